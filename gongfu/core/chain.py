"""Seals: a hash over one entry and the seal before it, so that no edit, removal or swap goes unseen (I10)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = bytes(32)


def payload(entry: Mapping[str, Any]) -> bytes:
    """The canonical bytes of an entry: JSON with sorted keys."""
    return json.dumps(entry, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def link(previous: bytes, body: bytes) -> bytes:
    """The seal of an entry that follows `previous` (SHA-256)."""
    return hashlib.sha256(previous + body).digest()


@dataclass(frozen=True, slots=True)
class Break:
    seq: int
    fault: str

    def __str__(self) -> str:
        return f"entry {self.seq}: {self.fault}"


def verify(entries: Iterable[tuple[int, bytes, bytes]], start: bytes = GENESIS) -> Iterator[Break]:
    """Walk (seq, payload, seal) in order and yield each gap, inversion and wrong seal; needs no memory."""
    expected, previous = 1, start
    for seq, body, seal in entries:
        if seq != expected:
            yield Break(seq, f"expected number {expected}")
        if link(previous, body) != seal:
            yield Break(seq, "the seal does not fit")
        expected, previous = seq + 1, seal
