"""Our signature over a chain's head: whoever rewrites events cannot make a head that fits."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings

from gongfu.base.trails.rules import Place
from gongfu.core import chain


def sign(place: Place, length: int, seal: bytes) -> bytes:
    """HMAC-SHA256 over the place, the length and the last seal."""
    body = chain.payload({"kind": place.kind, "subject": place.subject, "length": length})
    return hmac.digest(settings.SECRET_KEY.encode(), b"trail|" + body + seal, hashlib.sha256)


def signed(place: Place, length: int, seal: bytes, signature: bytes) -> bool:
    """Whether the signature is ours."""
    return hmac.compare_digest(signature, sign(place, length, seal))
