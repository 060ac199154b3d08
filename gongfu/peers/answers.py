"""What customs says about each list, drawn from the seed and the list's guid."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

import polars as pl

from gongfu.core.ceb import codec
from gongfu.core.ceb.samples import guid as fresh_guid
from gongfu.core.ceb.schema import FLOWS, RECEIPT_OF, table
from gongfu.core.money import fen
from gongfu.modules.declarations.follow_ups import KINDS
from gongfu.modules.tax.rules import retail as rules

if TYPE_CHECKING:
    from gongfu.peers.single_window import Scenario

Answer = tuple[float, str, list[codec.Document]]
RECEIPT = {one: RECEIPT_OF[one] for one in ("CEB621Message", "CEB603Message", *FLOWS, *KINDS)}
TEXTS = {
    "2": "清单新增申报成功",
    "120": "[Code:1800;Desc:逻辑校验通过]",
    "300": "[Code:2300;Desc:人工审核]",
    "500": "[Code:2500;Desc:查验]",
    "800": "[Code:2600;Desc:放行]",
    "899": "[Code:2700;Desc:结关]",
    "402": "[Code:2699;Desc:待确认]",
    "399": "[Code:2400;Desc:审结]",
}
REASONS = (
    "[Code:13035;Desc:支付企业不一致]",
    "[Code:13062;Desc:商品编码与商品名称不符]",
    "[Code:13081;Desc:收发货人信息有误]",
)


def answer(message: codec.Decoded, scenario: Scenario, seed: int, now: datetime) -> list[Answer]:
    """(seconds to wait, receipt type, documents) for one message; receipts that are due together come together.

    A late receipt comes after those of later stages, so that its returnTime is older than theirs.
    """
    due: dict[tuple[float, str], list[codec.Document]] = {}
    pause = scenario.stage_seconds / 8
    for document in message.documents:
        rng = Random(f"{seed}{document.guid}")
        for step, (kind, receipt) in enumerate(_course(message.type, document, scenario, rng, now)):
            wait = step * pause + (scenario.late_seconds if rng.random() < scenario.late else 0)
            due.setdefault((wait, kind), []).append(receipt)
            if rng.random() < scenario.repeated:
                due.setdefault((wait + 2 * pause, kind), []).append(receipt)
    if due and Random(f"{seed}{message.guid}").random() < scenario.orphaned * len(message.documents):
        due.setdefault((pause, RECEIPT[message.type]), []).append(_orphan(message, now))
    return [(wait, kind, rows) for (wait, kind), rows in sorted(due.items(), key=lambda one: one[0])]


def _course(
    kind: str, document: codec.Document, scenario: Scenario, rng: Random, now: datetime
) -> list[tuple[str, codec.Document]]:
    """The receipts of one list, in order of their returnTime."""
    if rng.random() < scenario.silent:
        return []
    if kind in KINDS:
        return _follow_up(kind, document, scenario, rng, now)
    if kind in FLOWS:
        return [(RECEIPT[kind], _receipt(kind, document, "120", now, 0, rng))]
    statuses = ["2", "120"]
    if rng.random() < scenario.rejected:
        return [
            (RECEIPT[kind], _receipt(kind, document, status, now, index, rng))
            for index, status in enumerate([*statuses, "100"])
        ]
    if scenario.stored and rng.random() < scenario.stored:
        return [(RECEIPT[kind], _receipt(kind, document, status, now, step, rng)) for step, status in enumerate(statuses)]
    statuses += ["300"] if rng.random() < scenario.review else []
    statuses += ["500"] if rng.random() < scenario.inspected else []
    statuses += ["402"] if rng.random() < scenario.unknown else []
    statuses += ["800", "899"]
    told = [(RECEIPT[kind], _receipt(kind, document, status, now, index, rng)) for index, status in enumerate(statuses)]
    if kind == "CEB621Message":
        told.append(("CEB816Message", _bill(document, now, len(statuses), rng.random() < scenario.bill_differs)))
    return told


def _follow_up(
    kind: str, document: codec.Document, scenario: Scenario, rng: Random, now: datetime
) -> list[tuple[str, codec.Document]]:
    """The receipts of a follow-up document: stored, accepted, then concluded or rejected."""
    last = "100" if rng.random() < scenario.rejected else min(KINDS[kind].concludes)
    statuses = dict.fromkeys(("2", "120", last))
    return [(RECEIPT[kind], _receipt(kind, document, status, now, index, rng)) for index, status in enumerate(statuses)]


def number_of(document: codec.Document, now: datetime, kind: str) -> str:
    """invtNo: district, year, direction, nine digits that follow from the guid."""
    serial = int.from_bytes(document.guid.encode(), "big") % 10**9
    return f"{document.head['customsCode']}{now:%Y}{'I' if kind == 'CEB621Message' else 'E'}{serial:09d}"


def _time(now: datetime, stage: int) -> str:
    at = now + timedelta(seconds=stage, milliseconds=stage)
    return at.strftime("%Y%m%d%H%M%S") + f"{at.microsecond // 1000:03d}"


def _receipt(
    kind: str, document: codec.Document, status: str, now: datetime, stage: int, rng: Random
) -> codec.Document:
    head = document.head
    serial = int.from_bytes(document.guid.encode(), "big") % 10**9
    number = f"B{now:%Y%m%d}{serial:09d}"
    names = [field.name for field in table(RECEIPT[kind]).head_fields]
    told = {name: head[name] for name in names if head.get(name)}
    told |= {name: number for name in ("preNo", "rkdNo", "sumNo") if name in names}
    told |= {"invtNo": number_of(document, now, kind)} if kind not in KINDS and kind not in FLOWS else {}
    told |= {
        "guid": document.guid,
        "returnStatus": status,
        "returnTime": _time(now, stage),
        "returnInfo": rng.choice(REASONS) if status == "100" else f"{TEXTS[status]}[{document.guid}]",
    }
    # what a receipt must have and its document need not, such as the bill of an arrival (CEB508)
    needed = [one.name for one in table(RECEIPT[kind]).head_fields if one.required == "Y"]
    return codec.Document(0, document.guid, {**dict.fromkeys(needed, "无"), **told})


def _orphan(message: codec.Decoded, now: datetime) -> codec.Document:
    """A receipt for a list that nobody sent."""
    rng = Random(message.guid)
    stranger = codec.Document(0, fresh_guid(rng), dict(message.documents[0].head))
    return _receipt(message.type, stranger, "800", now, 3, rng)


def _bill(document: codec.Document, now: datetime, stage: int, differs: bool) -> codec.Document:
    """An electronic tax bill by the rulebook, or, where the scenario wants a difference, one yuan more."""
    heads = pl.DataFrame(
        {
            "declaration": [0],
            "freight_fen": [fen(document.head["freight"])],
            "insured_fen": [fen(document.head["insuredFee"])],
        }
    )
    rows = [
        (0, int(item["gnum"]), item["gcode"], item["gmodel"], Decimal(item["qty"]), fen(item["totalPrice"]))
        for item in document.items
    ]
    schema: dict[str, Any] = {
        "declaration": pl.Int64,
        "gnum": pl.Int64,
        "hs10": pl.String,
        "model": pl.String,
        "qty": pl.Decimal(38, 5),
        "total_fen": pl.Int64,
    }
    assessed = rules.assess(heads, pl.DataFrame(rows, schema=schema, orient="row"), on=now.date())
    lines = [
        {
            "gnum": str(row["gnum"]),
            "gcode": row["hs10"],
            "taxPrice": _yuan(row["dv_fen"]),
            "customsTax": _yuan(row["duty_fen"]),
            "valueAddedTax": _yuan(row["vat_fen"]),
            "consumptionTax": _yuan(row["ct_fen"]),
        }
        for row in assessed.iter_rows(named=True)
    ]
    number = number_of(document, now, "CEB621Message")
    vat = int(assessed["vat_fen"].sum()) + (100 if differs else 0)
    head = {
        "guid": document.guid,
        "returnTime": _time(now, stage),
        "invtNo": number,
        "taxNo": f"{number}_0",
        "customsTax": _yuan(int(assessed["duty_fen"].sum())),
        "valueAddedTax": _yuan(vat),
        "consumptionTax": _yuan(int(assessed["ct_fen"].sum())),
        "status": "1",
        **{
            name: document.head[name] for name in ("assureCode", "ebcCode", "logisticsCode", "agentCode", "customsCode")
        },
    }
    return codec.Document(0, document.guid, head, lines)


def _yuan(amount_fen: int) -> str:
    return f"{Decimal(amount_fen) / 100:.2f}"
