"""The ceilings: parsing alone, verifying alone, COPY alone, and the bare pipeline without a product around it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from time import perf_counter
from typing import Any

import bench.ready  # noqa: F401  isort: skip
import polars as pl

from bench.material import Material
from gongfu.core.ceb import codec, gate, sign
from gongfu.core.ceb.certificates import Certificate
from gongfu.peers.firms import Keyring

NOW = datetime.now(timezone.utc)
FLOWS = {"CEB311Message": "orders", "CEB411Message": "payments", "CEB511Message": "waybills"}


def timed(groups: list[Any], work: Callable[[Any], None]) -> list[float]:
    """Seconds of each group's work."""
    spent = []
    for group in groups:
        start = perf_counter()
        work(group)
        spent.append(perf_counter() - start)
    return spent


def parse(group: list[tuple[str, Any, bytes]]) -> None:
    """Gate, structure and columns of the four messages of a unit, without their signatures."""
    for kind, _, data in group:
        root = gate.parse(data).root
        batch = codec.read_batch(kind, [codec.Parsed(root, sign.canonical(root))]) if root is not None else None
        assert batch is not None
        assert not batch.bad


def verifier(material: Material, keys: Keyring) -> Callable[[list[tuple[str, Any, bytes]]], None]:
    certificates: dict[str, list[Certificate]] = {firm.code: [keys.of(firm)[1]] for firm in material.senders.values()}

    def verify(group: list[tuple[str, Any, bytes]]) -> None:
        for _, firm, data in group:
            root = gate.parse(data).root
            assert root is not None
            assert isinstance(sign.verify(root, certificates[firm.code], NOW), sign.Verified)

    return verify


def verified(group: list[tuple[str, Any, bytes]], certificates: dict[str, list[Certificate]]) -> dict[str, codec.Batch]:
    """The four messages, verified and read."""
    found = {}
    for kind, firm, data in group:
        root = gate.parse(data).root
        outcome = sign.verify(root, certificates[firm.code], NOW) if root is not None else None
        assert isinstance(outcome, sign.Verified)
        found[kind] = codec.read_batch(kind, [codec.Parsed(root, outcome.canonical)])
    return found


def with_origin(batch: codec.Batch) -> pl.DataFrame:
    """Heads with the columns that intake adds."""
    told = {
        "message_id": pl.lit(0, dtype=pl.Int64),
        "zone": pl.lit("bench"),
        "sender_code": pl.lit("bench"),
        "reason": pl.lit(""),
        "received_at": pl.lit(NOW),
    }
    return batch.heads.with_columns(**told)
