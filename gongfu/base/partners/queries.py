"""Partners, looked up, and the proof that a request is theirs."""

from __future__ import annotations

from datetime import datetime

from gongfu.base.kit.beijing import civil_date
from gongfu.base.partners import keys
from gongfu.base.partners.models import Partner

WINDOW_SECONDS = 300


def asked_by(
    code: str, time: str, signature: str, method: str, path: str, body: bytes, now: datetime
) -> Partner | None:
    """The partner who signed this request within ±300 s, while its agreement runs; None for every fault alike."""
    partner = Partner.objects.filter(code=code, until__gte=civil_date(now)).first() if code.isprintable() else None
    fresh = time.isdecimal() and len(time) < 12 and abs(int(time) - now.timestamp()) <= WINDOW_SECONDS
    if (
        partner is None
        or not fresh
        or not keys.verified(keys.request_bytes(method, path, time, body), signature, partner.public_key)
    ):
        return None
    return partner
