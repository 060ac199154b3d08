"""Masks for personal values: enough to recognise one's own, not enough to learn another's (I12)."""

from __future__ import annotations


def mask(value: str, kind: str) -> str:
    """kind: id_number (5113**********0031), name (王*明), phone (138****1234), mail (l****@example.com), address (first six signs), account, bank_card."""
    if not value:
        return ""
    if kind == "id_number":
        return value[:4] + "*" * max(len(value) - 8, 1) + value[-4:] if len(value) > 8 else "*" * len(value)
    if kind == "name":
        return value[0] + "*" * max(len(value) - 2, 1) + (value[-1] if len(value) > 2 else "")
    if kind in ("phone", "bank_card"):
        return value[:3] + "****" + value[-4:] if len(value) >= 9 else "****"
    if kind == "mail" and "@" in value:
        return value[:1] + "****" + value[value.index("@") :]
    if kind == "address":
        return value[:6] + "****"
    return value[:2] + "****"
