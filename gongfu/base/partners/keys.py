"""This installation's key, and the signatures over snapshots and requests (Ed25519)."""

from __future__ import annotations

import base64
from functools import cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings


@cache
def _own() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(settings.PARTNER_KEY))


def public_key() -> str:
    """The public key to give to partners: 32 bytes in base64."""
    return base64.b64encode(_own().public_key().public_bytes_raw()).decode()


def sign(data: bytes) -> str:
    """A signature of this installation in base64."""
    return base64.b64encode(_own().sign(data)).decode()


def verified(data: bytes, signature: str, key: str) -> bool:
    """Whether the bytes were signed with the private key behind `key`; False for anything unreadable."""
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key)).verify(base64.b64decode(signature), data)
    except (InvalidSignature, ValueError):
        return False
    return True


def sound(key: str) -> bool:
    """Whether a text is a public key at all."""
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True))
    except ValueError:
        return False
    return True


def request_bytes(method: str, path: str, time: str, body: bytes = b"") -> bytes:
    """What a partner's request signs: method, path with query, its time and the body."""
    return b"\n".join((method.encode(), path.encode(), time.encode(), body))
