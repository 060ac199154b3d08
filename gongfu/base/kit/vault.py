"""Encryption at rest and blind indexes: no personal number is ever stored in clear (invariant I12)."""

from __future__ import annotations

import base64
import hashlib
import os
from functools import cache

import pyarrow as pa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12


@cache
def _cipher(version: int) -> AESGCM:
    return AESGCM(base64.b64decode(settings.VAULT_KEYS[str(version)]))


@cache
def _newest() -> int:
    return max(int(version) for version in settings.VAULT_KEYS)


def seal(clear: bytes, context: bytes) -> bytes:
    """Compress (zstd) and encrypt (AES-256-GCM); `context` must be given again to open.

    Layout: one byte key version, four bytes length of the clear text, nonce, ciphertext with tag.
    """
    version, nonce = _newest(), os.urandom(NONCE_BYTES)
    packed = pa.compress(clear, codec="zstd", asbytes=True)
    head = bytes([version]) + len(clear).to_bytes(4, "big")
    return head + nonce + _cipher(version).encrypt(nonce, packed, head + context)


def unseal(sealed: bytes, context: bytes) -> bytes:
    """The clear bytes; cryptography's InvalidTag when bytes or context were altered."""
    head, nonce, body = sealed[:5], sealed[5 : 5 + NONCE_BYTES], sealed[5 + NONCE_BYTES :]
    packed = _cipher(head[0]).decrypt(nonce, body, head + context)
    clear: bytes = pa.decompress(packed, decompressed_size=int.from_bytes(head[1:], "big"), codec="zstd", asbytes=True)
    return clear


@cache
def _blind_key() -> bytes:
    return base64.b64decode(settings.BLIND_KEY)


def blind(text: str) -> str:
    """A keyed hash (BLAKE2b, 16 bytes, hex) by which equal personal values are found without reading them."""
    return hashlib.blake2b(text.encode(), key=_blind_key(), digest_size=16).hexdigest()
