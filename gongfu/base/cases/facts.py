"""A case's facts: clean values as they are, personal ones enciphered (I12)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from gongfu.base.kit import vault
from gongfu.core import chain
from gongfu.core.fields import PERSONAL, Field

SEALED = "sealed"


def kept(fields: Iterable[Field], clean: Mapping[str, Any]) -> dict[str, Any]:
    """The facts as they are stored: a personal value becomes {"sealed": …, "key": its blind index}."""
    personal = {field.name for field in fields if field.klass == PERSONAL}
    return {name: _seal(name, str(value)) if name in personal else value for name, value in clean.items()}


def _seal(name: str, clear: str) -> dict[str, str]:
    sealed = base64.b64encode(vault.seal(clear.encode(), name.encode())).decode()
    return {SEALED: sealed, "key": vault.blind(clear)}


def clear(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts with personal values deciphered: for checks and effects, never for pages."""
    return {
        name: vault.unseal(base64.b64decode(value[SEALED]), name.encode()).decode()
        if isinstance(value, dict) and SEALED in value
        else value
        for name, value in facts.items()
    }


def with_kept(facts: Mapping[str, Any], raw: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, and for personal fields left empty what is kept: pages never show those, so empty means unchanged."""
    unsaid = {
        name: value
        for name, value in facts.items()
        if isinstance(value, dict) and SEALED in value and not raw.get(name)
    }
    return {**raw, **clear(unsaid)}


def digests(facts: Mapping[str, Any]) -> dict[str, str]:
    """A short digest of each fact as it is stored, by which a step seals what the case says without keeping it twice."""
    return {name: digest(value) for name, value in facts.items()}


def digest(value: Any) -> str:
    """The first 32 hex digits of a value's SHA-256."""
    return hashlib.sha256(chain.payload({"value": value})).hexdigest()[:32]
