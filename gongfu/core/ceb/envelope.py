"""A message with or without its DXP envelope: what it is, and the business bytes inside."""

from __future__ import annotations

from gongfu.core.ceb import dxp, gate
from gongfu.core.rule import Finding

ENVELOPES = ("DxpMsg", "DxpMsgSv")


def peek(data: bytes) -> gate.Peek:
    """Type, guid and version of the business message, read through an envelope when there is one; never raises."""
    seen = gate.peek(data)
    if seen.finding or seen.type not in ENVELOPES:
        return seen
    inner, finding = business(data)
    if finding:
        return gate.Peek(seen.type, "", seen.version, finding)
    return gate.peek(inner)


def business(data: bytes) -> tuple[bytes, Finding | None]:
    """The business message's bytes: the data themselves, or what their envelope carries."""
    seen = gate.peek(data)
    if seen.finding or seen.type not in ENVELOPES:
        return data, seen.finding
    parsed = gate.parse(data)
    if parsed.root is None:
        return b"", parsed.findings[0]
    opened = dxp.unwrap(parsed.root)
    if isinstance(opened, dxp.Envelope):
        return opened.data, None
    return b"", opened[0]
