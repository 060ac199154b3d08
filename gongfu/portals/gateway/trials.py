"""Who a tried message must come from: the client's own firm, or the published sample firm with the sample key."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from gongfu.base.kit import clock
from gongfu.core.ceb import envelope
from gongfu.core.rule import Finding
from gongfu.modules.intake.trial import Tried, try_out
from gongfu.modules.parties import queries as parties
from gongfu.portals.gateway import samples

COP_CODE = re.compile(rb"<(?:[\w.\-]+:)?copCode>\s*([^<\s]{1,40})\s*<")
UNFILED = "BIZ-PARTY-UNFILED"
AGED = "BIZ-DECL-LATE"  # published samples keep their day for ever


def is_sample(data: bytes) -> bool:
    """Whether a message names the sample firm as its transfer company."""
    body, fault = envelope.business(data)
    found = None if fault else COP_CODE.search(body)
    return bool(found) and found[1] == samples.SAMPLE_CODE.encode()  # type: ignore[index]


def sample_firm(finding: Finding) -> bool:
    """The sample firm counts as filed, and its samples as declared in time, wherever nothing is recorded."""
    return (finding.code == UNFILED and finding.value == samples.SAMPLE_CODE) or finding.code == AGED


def try_for(
    messages: Sequence[bytes], *, zone: str, party_code: str, forgiven: Callable[[Finding], bool] = sample_firm
) -> list[Tried]:
    """Judge messages of a firm (or published samples) in its zone; nothing is recorded."""
    signers = parties.certificates({party_code}, clock.now())
    return try_out(
        messages,
        zone=zone,
        sender_of=lambda data: samples.SAMPLE_CODE if is_sample(data) else party_code,
        signers={**signers, samples.SAMPLE_CODE: [samples.signer()[1]]},
        forgiven=forgiven,
    )
