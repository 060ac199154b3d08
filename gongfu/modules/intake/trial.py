"""Messages judged by the same checks as in earnest, and not recorded: for the sandbox and the conformance test."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gongfu.base.kit import clock
from gongfu.core.ceb import envelope
from gongfu.core.ceb.certificates import Certificate
from gongfu.core.rule import Finding
from gongfu.modules.intake.events import MessagesTried
from gongfu.modules.intake.handlers import Item, judge, verify_all


@dataclass(slots=True)
class Tried:
    """What became of one message: its findings and the receipts it would have got (rows as `actions.reply` takes them)."""

    data: bytes
    sha256: str
    guid: str
    type: str
    finding: Finding | None = None
    documents: int = 0
    sound: int = 0
    findings: list[Finding] = field(default_factory=list)
    receipts: list[dict[str, Any]] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Read, signed, and nothing in it refused."""
        return not any(one.blocks for one in self.findings) and self.documents == self.sound > 0


def try_out(
    messages: Sequence[bytes],
    *,
    zone: str,
    sender_of: Callable[[bytes], str],
    signers: Mapping[str, list[Certificate]],
    forgiven: Callable[[Finding], bool],
) -> list[Tried]:
    """Judge messages together: gate, envelope, schema, signature by `signers`, and every check of a document by itself.

    sender_of: the firm a message must be signed by and name as its transfer company.  forgiven: findings that do not
    count here. What is compared with other firms' documents (三单比对, quota, guarantee) is not touched.
    """
    tried = [_opened(data) for data in messages]
    items = {index: _item(index, one, zone, sender_of(one.data)) for index, one in enumerate(tried) if not one.finding}
    verify_all(list(items.values()), dict(signers), lambda item: tried[item.number].data)
    by_type: dict[str, list[Item]] = {}
    for item in items.values():
        if item.verified is not None:
            by_type.setdefault(item.type, []).append(item)
    for kind in sorted(by_type):
        for row in judge(kind, by_type[kind], MessagesTried, forgiven=forgiven).iter_rows(named=True):
            tried[row["message_id"]].receipts.append(row)
    for index, item in items.items():
        one = tried[index]
        one.documents, one.sound, one.findings = item.documents, item.documents - item.refused, item.findings
    return tried


def _opened(data: bytes) -> Tried:
    seen = envelope.peek(data)
    one = Tried(data, hashlib.sha256(data).hexdigest(), seen.guid.upper(), seen.type[:20], seen.finding)
    if seen.finding:
        one.findings.append(seen.finding)
    return one


def _item(index: int, one: Tried, zone: str, sender: str) -> Item:
    return Item(index, zone, sender, "trial", one.type, clock.now(), b"", one.sha256)
