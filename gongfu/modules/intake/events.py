"""What intake announces."""

from __future__ import annotations

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
