"""Exports by themselves beyond the list's own arithmetic: what a day asks for, controls that close a lane, which lane to choose."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from gongfu.core.documents import Found
from gongfu.core.money import yuan
from gongfu.core.rule import Finding
from gongfu.modules.declarations.rules.lists import RETAIL_EXPORT, ExportCase, acceptable, lanes_of
from gongfu.reference.tables import parameters, table

Order = tuple[str, str]
KEYS = {"R-301": "export.receipt_data_required", "R-405": "export.9810.warehouse_filing"}
LICENCES = ("licence", "dual_use", "endangered", "biosecurity", "banned")
INSPECTIONS = ("inspection", "quarantine")
DUTIABLE = "export_duty"
Said = tuple[str, str]


def by_day(heads: pl.DataFrame, collected: Collection[Order], filed: Collection[str]) -> Found:
    """Receipts of money (R-301) and the filing of overseas warehouses (R-405), as long as their day asks for them.

    collected: (platform, order) that money was received for.  filed: sellers that filed their overseas warehouse.
    """
    found: Found = []
    names = ("document", "guid", "tradeMode", "appTime", "ebpCode", "orderNo", "ebcCode")
    for number, guid, mode, told, platform, order, seller in heads.select(names).iter_rows():
        on = _day(told)
        case = ExportCase(mode, 0, on, receipt_data=(platform, order) in collected, warehouse_filed=seller in filed)
        rule = acceptable(case)
        facts = {"until": _last_day(KEYS[rule], on)} if rule else {}
        if rule == "R-301":
            said = Finding("BIZ-COLLECTION-MISSING", guid, field="orderNo", value=order, facts=facts, rules=(rule,))
            found.append((number, said))
        elif rule == "R-405":
            said = Finding("BIZ-WAREHOUSE-UNFILED", guid, field="ebcCode", value=seller, facts=facts, rules=(rule,))
            found.append((number, said))
    return found


def asks_money(heads: pl.DataFrame) -> bool:
    """Whether any of the lists is of a day that asks for receipts of money or filed warehouses at all."""
    days = [_day(told) for told in heads["appTime"].unique()]
    return any(parameters(on)[key] for on in days for key in KEYS.values())


def _last_day(key: str, on: date) -> str:
    """The last day on which the parameter holds as it does on this day."""
    rows = table("parameters").filter(
        (pl.col("key") == key) & (pl.col("valid_from") <= on) & (pl.col("valid_to") >= on)
    )
    return str(rows["valid_to"][0].isoformat())


def special_areas(heads: pl.DataFrame) -> Found:
    """1210 exports name their account book and the firm in the area (R-307)."""
    special = heads.filter(pl.col("tradeMode") == "1210")
    return [
        (number, Finding("BIZ-AREA-MISSING", guid, field=name, rules=("R-307",)))
        for name in ("emsNo", "iacCode")
        for number, guid in special.filter(pl.col(name).fill_null("") == "").select("document", "guid").iter_rows()
    ]


def doubtful(
    heads: pl.DataFrame, items: pl.DataFrame, flags: Mapping[str, Sequence[Said]], closing: Mapping[str, Sequence[str]]
) -> Found:
    """A remark on each line whose goods have controls that may close the list's lane (R-304, R-403): the tables of controls at hand
    are partial, so that they advise and do not refuse.  flags: by goods code, (Chinese, English).  closing: by code, names of flags."""
    found: Found = []
    lines = items.select("document", "gnum", "gcode").filter(pl.col("gcode").is_in(list(flags)))
    modes = heads.select("document", "guid", "tradeMode", "statisticsFlag", "appTime")
    for number, gnum, code, guid, mode, lane, told in lines.join(modes, on="document", how="inner").iter_rows():
        case = ExportCase(mode, 0, _day(told), **flagged(closing[code]))
        allowed = lanes_of(case)
        if (lane if mode in RETAIL_EXPORT else "list") not in allowed:
            facts = {"flags": "、".join(zh for zh, _ in flags[code]), "allowed": "、".join(allowed)}
            said = Finding("BIZ-LANE-CONTROLS", guid, gnum, "gcode", code, facts, ("R-304", "R-403"))
            found.append((number, said))
    return found


def flagged(flags: Sequence[str]) -> dict[str, bool]:
    """The facts of a case that controls of its goods make."""
    return {
        "licence": any(one in LICENCES for one in flags),
        "inspection": any(one in INSPECTIONS for one in flags),
        "duty": DUTIABLE in flags,
    }


@dataclass(frozen=True, slots=True)
class Advice:
    """lanes: those open.  best: the one advised.  reasons: (Chinese, English) for what is closed, then for the advice."""

    lanes: tuple[str, ...]
    best: str
    reasons: tuple[Said, ...]


def advise(case: ExportCase, refund_bp: int = 0) -> Advice:
    """The lane of an export with the reasons (R-305, R-403).  refund_bp: the refund rate of its goods in 1/10,000, 0 for none."""
    limit_fen = parameters(case.on)["export.list_max_fen"]
    told: list[Said] = []
    if case.value_fen > limit_fen:
        told.append(
            (
                f"货值 {yuan(case.value_fen)} 元超过 {yuan(limit_fen)} 元",
                f"the value {yuan(case.value_fen)} is above {yuan(limit_fen)} yuan",
            )
        )
    if case.licence:
        told.append(("涉及许可证件", "a licence is needed"))
    if case.inspection and case.mode not in RETAIL_EXPORT:
        told.append(("涉及检验检疫", "inspection is needed"))
    if case.duty:
        told.append(("涉及出口关税", "export duty is due"))
    if case.refund and case.mode in RETAIL_EXPORT:
        told.append(("要办理出口退税", "an export refund is wanted"))
    open_ = lanes_of(case)
    best = open_[0]
    told.append(_why(best, refund_bp))
    return Advice(open_, best, tuple(told))


def _why(best: str, refund_bp: int) -> Said:
    rate = f"{refund_bp / 100:g}"
    if best == "A" and refund_bp:
        return (
            f"可用 A（免报关单）；要退税（退税率 {rate}%）须选 B，放行后不能再改",
            f"A is open (no form); for the refund of {rate} % choose B, it cannot be changed after clearance",
        )
    return {
        "A": ("可用 A：不需要按月报关单", "A is open: no monthly form"),
        "B": ("须用 B：次月 15 日前汇总申报", "B it is: a summary by the 15th of the next month"),
        "list": ("可用清单，也可用报关单", "a list will do, a form as well"),
        "form": ("须用报关单", "a declaration form is needed"),
    }[best]  # fmt: skip


def _day(told: str) -> date:
    return date(int(told[:4]), int(told[4:6]), int(told[6:8]))


def due_in(due: date, today: date) -> tuple[str, int]:
    """(tone, days left) of a due day: ok, warn in the last five days, bad when it is past."""
    left = (due - today) // timedelta(days=1)
    return ("bad" if left < 0 else "warn" if left <= 5 else "ok"), left
