"""A message as values: what decoding gives and encoding takes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from gongfu.core.rule import Finding


@dataclass(slots=True)
class Document:
    """One business document. `message` is the index of its message in a batch, `line` its line in the file."""

    position: int
    guid: str
    head: dict[str, str]
    items: list[dict[str, str]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    message: int = 0

    @property
    def sound(self) -> bool:
        return not any(finding.blocks for finding in self.findings)


@dataclass(slots=True)
class Decoded:
    """One message: its documents, its transfer block, and the faults of the message as a whole."""

    type: str
    guid: str
    version: str = "1.0"
    documents: list[Document] = field(default_factory=list)
    transfer: dict[str, str] = field(default_factory=dict)
    subscribes: list[dict[str, str]] = field(default_factory=list)
    extend: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A verified message: its tree, and the canonical bytes that were digested."""

    root: Any
    canonical: bytes


@dataclass(slots=True)
class Batch:
    """Many messages of one type as columns.

    heads: message, document, position, then the head fields (N Decimal(38,5), I Int64, C String).
    items: document, then the line fields.  bad: documents with a blocking finding, in neither frame.
    findings: (index of the message, finding), both of messages and of their documents.  transfers: one for each message.
    """

    type: str
    heads: pl.DataFrame
    items: pl.DataFrame
    bad: list[Document] = field(default_factory=list)
    findings: list[tuple[int, Finding]] = field(default_factory=list)
    transfers: list[dict[str, str]] = field(default_factory=list)
