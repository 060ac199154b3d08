"""Customs by hand: a test tells the platform exactly the receipts it wants, when it wants them."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random

from gongfu.base.access.actor import WORKER
from gongfu.base.events import worker
from gongfu.core.ceb import codec
from gongfu.core.ceb.samples import guid, value
from gongfu.core.ceb.schema import table
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.links import EXPORT_NODE, IMPORT_NODE

IMPORTS = ("CEB622Message", "CEB624Message", "CEB626Message", "CEB712Message", "CEB816Message", "CEB818Message")


def tell(kind: str, rows: Iterable[dict[str, str]], *, seed: int = 1) -> None:
    """Receipts of one type, each with at least `guid`, `returnStatus` and `returnTime`; worked off at once."""
    documents = [
        codec.Document(position, row["guid"], _whole(kind, row)) for position, row in enumerate(rows)
    ]  # fmt: skip
    body = codec.encode(codec.Decoded(kind, guid(Random(f"{seed}{kind}{documents[0].head}")), "1.0", documents))
    node = IMPORT_NODE if kind in IMPORTS else EXPORT_NODE
    accept(WORKER, body, zone="nanchong", sender_code=node, channel="customs")
    worker.drain()


def _whole(kind: str, row: dict[str, str]) -> dict[str, str]:
    """The row with something in every element that the receipt must have."""
    given = {"returnInfo": f"[{row['returnStatus']}]", **row}
    needed = [one for one in table(kind).head_fields if one.required == "Y" and one.name not in given]
    return {**{one.name: value(one, Random(one.name)) for one in needed}, **given}
