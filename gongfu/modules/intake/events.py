"""What intake announces."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

import polars as pl

from gongfu.core.event import Event
from gongfu.core.rule import Finding


@dataclass(frozen=True)
class MessageAccepted(Event):
    """A message's bytes, entry and work are committed; a worker will read it."""

    message_id: int


@dataclass(slots=True)
class Outcome:
    """What the hearers say about each document of a batch, by its running index."""

    findings: dict[int, list[Finding]] = field(default_factory=dict)

    def refuse(self, found: list[tuple[int, Finding]]) -> None:
        for document, finding in found:
            self.findings.setdefault(document, []).append(finding)

    def forgive(self, forgiven: Callable[[Finding], bool]) -> None:
        """Leave out the findings that do not count here."""
        for document, found in self.findings.items():
            self.findings[document] = [one for one in found if not forgiven(one)]

    def refused(self) -> list[int]:
        return [document for document, found in self.findings.items() if any(one.blocks for one in found)]


@dataclass(frozen=True)
class MessagesDecoded(Event):
    """The sound documents of many messages of one type, as columns (heard at once, in the same transaction).

    heads: document, message_id, zone, sender_code, received_at, then the CEB head fields.
    items: document, then the CEB line fields.
    """

    inline: ClassVar[bool] = True
    type: str
    heads: pl.DataFrame
    items: pl.DataFrame
    outcome: Outcome
    at: datetime


@dataclass(frozen=True)
class MessagesTried(MessagesDecoded):
    """The same, to be judged only (sandbox, conformance): hearers say what is wrong and write nothing."""


@dataclass(frozen=True)
class MessagesDecided(Event):
    """The verdicts on these messages are committed."""

    message_ids: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class ReceiptsWritten(Event):
    """Receipts of these messages are committed, in these receipt messages (`batch`)."""

    message_ids: list[int] = field(default_factory=list)
    batches: list[str] = field(default_factory=list)
