"""Whose identity is whose, by a keyed hash: the same key that orders carry for their buyers, so that no number is kept."""

from __future__ import annotations

from gongfu.base.kit import vault

RESIDENT = "1"  # buyerIdType of the customs messages: a resident's identity card


def identity_key(number: str, name: str, kind: str = RESIDENT) -> str:
    """The key (32 hex signs) of a person by number and name of the identity document, as `keyed()` makes it from the messages."""
    return vault.blind("|".join((kind, number.strip(), name.strip())))
