"""Lists by themselves: zone, mode, office, direction, goods codes, arithmetic, lane (R-103, R-201, R-204, R-3xx, R-4xx)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Protocol

import polars as pl

from gongfu.core.codes import age_on, birth_date
from gongfu.core.documents import (
    CNY,
    Found,
    amounts,
    bad_codes,
    bad_ids,
    currency,
    drafts,
    line_currency,
    line_totals,
)
from gongfu.core.mask import mask
from gongfu.core.money import fen, yuan
from gongfu.core.rule import Finding
from gongfu.reference.exchange import cny_fen
from gongfu.reference.tables import LAST, parameters, table
from gongfu.reference.workdays import next_working_day

IMPORT_MODES = ("9610", "1210", "1239")
EXPORT_MODES = ("9610", "1210", "9710", "9810")
YOUNG, LATE = "BIZ-BUYER-AGE", "BIZ-DECL-LATE"
RETAIL_EXPORT = ("9610", "1210")
# How many digits of a goods code must be right: all that the nomenclature knows, or in a simplified lane the first of them.
WHOLE, OF_LANE, OF_B2B = 8, 4, 6


class Zone(Protocol):
    """What the checks need of a zone's plan."""

    @property
    def modes(self) -> tuple[str, ...]: ...
    @property
    def short(self) -> str: ...


def import_findings(heads: pl.DataFrame, items: pl.DataFrame, zone: Zone) -> Found:
    """CEB621: everything that can be said of a list before its order, payment and waybill are looked at."""
    return [
        *drafts(heads),
        *days(heads, "declTime", "import.single_limit_fen"),
        *amounts(heads, items),
        *modes(heads, zone, IMPORT_MODES),
        *direction(heads, "I"),
        *currency(heads),
        *line_currency(heads, items),
        *guarantors(heads),
        *bad_codes(heads, "ebpCode", "ebcCode", "logisticsCode", "agentCode"),
        *bad_ids(heads, "buyerIdNumber", "buyerIdType"),
        *young(heads),
        *goods_codes(heads, items),
        *line_totals(heads, items),
    ]


def export_findings(heads: pl.DataFrame, items: pl.DataFrame, zone: Zone) -> Found:
    """CEB603: mode, direction, codes, arithmetic and the lane's threshold."""
    return [
        *drafts(heads),
        *days(heads, "appTime", "export.list_max_fen"),
        *amounts(heads, items),
        *modes(heads, zone, EXPORT_MODES),
        *direction(heads, "E"),
        *bad_codes(heads, "ebpCode", "ebcCode", "logisticsCode", "agentCode", foreign=("ebpCode",)),
        *export_goods_codes(heads, items),
        *line_totals(heads, items),
        *lanes(heads, items),
    ]


def _each(rows: pl.DataFrame, code: str, field: str, *cited: str, **facts: object) -> Found:
    return [
        (number, Finding(code, guid, field=field, value=str(value), facts=dict(facts), rules=cited))
        for number, guid, value in rows.select("document", "guid", field).iter_rows()
    ]


def modes(heads: pl.DataFrame, zone: Zone, known: Iterable[str]) -> Found:
    """The supervision mode is one for this direction and one the zone's plan opens."""
    allowed = [mode for mode in known if mode in zone.modes]
    return _each(
        heads.filter(~pl.col("tradeMode").is_in(allowed)),
        "BIZ-MODE",
        "tradeMode",
        "R-212",
        zone=zone.short,
        known="、".join(allowed),
    )


def days(heads: pl.DataFrame, field: str, needed: str) -> Found:
    """Days on which the parameter `needed` does not hold yet: nothing could be decided by it (R-003)."""
    found: Found = []
    for (told,), part in heads.group_by(pl.col(field), maintain_order=True):
        if needed not in parameters(_day(str(told))):
            said = {"reason": "这一天还没有可适用的规则", "reason_en": "no rule holds on it"}
            found += _each(part, "BIZ-DECL-DAY", field, "R-003", **said)
    return found


def early(heads: pl.DataFrame, field: str) -> Found:
    """Days of a year that had not begun when the list came in: it would draw on a quota that is not there yet (R-118)."""
    year = pl.col("received_at").dt.convert_time_zone("Asia/Shanghai").dt.year()
    ahead = heads.filter(pl.col(field).str.slice(0, 4).cast(pl.Int32) > year)
    said = {"reason": "这一年还没有开始", "reason_en": "its year has not begun"}
    return _each(ahead, "BIZ-DECL-DAY", field, "R-118", **said)


def late(heads: pl.DataFrame, field: str) -> Found:
    """Days longer ago than a list may take to come in: an old day would draw on an old year's quota, rates and rules (R-003, R-118)."""
    said_on = pl.col(field).str.slice(0, 8).str.to_date("%Y%m%d", strict=False)
    came_on = pl.col("received_at").dt.convert_time_zone("Asia/Shanghai").dt.date()
    days_ = {day: int(parameters(day)["declaration.late_days"]) for day in heads.select(came_on.alias("day"))["day"].unique()}
    most = came_on.replace_strict(days_, return_dtype=pl.Int64)
    found: Found = []
    for (limit,), part in heads.filter((came_on - said_on).dt.total_days() > most).group_by(most):
        found += _each(part, LATE, field, "R-003", limit=limit)
    return found


def young(heads: pl.DataFrame) -> Found:
    """Buyers under the age from which a purchase is taken without a look (R-209); a remark that holds the list later."""
    found: Found = []
    told = heads.filter(pl.col("buyerIdType") == "1").select("document", "guid", "buyerIdNumber", "declTime")
    for number, guid, person, day in told.iter_rows():
        least = parameters(_day(day)).get("buyer.minimum_age", 0)
        if birth_date(person) is not None and age_on(person, _day(day)) < least:
            facts = {"limit": least}
            seen = mask(person, "id_number")
            found.append(
                (number, Finding(YOUNG, guid, field="buyerIdNumber", value=seen, facts=facts, rules=("R-209",)))
            )
    return found


def direction(heads: pl.DataFrame, flag: str) -> Found:
    return _each(heads.filter(pl.col("ieFlag") != flag), "BIZ-DIRECTION", "ieFlag", "R-1501", expected=flag)


def guarantors(heads: pl.DataFrame) -> Found:
    """The guarantor is the platform, the e-commerce firm, the carrier or the declaring agent of the list (R-114)."""
    parts = [pl.col("assureCode") == pl.col(name) for name in ("ebpCode", "ebcCode", "logisticsCode", "agentCode")]
    return _each(heads.filter(~pl.any_horizontal(parts)), "BIZ-GUARANTOR", "assureCode", "R-114")


def goods_codes(heads: pl.DataFrame, items: pl.DataFrame) -> Found:
    """Ten digits whose first eight the nomenclature knows (1 to 97)."""
    return _of_lines(heads, _unknown(items.with_columns(digits=pl.lit(WHOLE))), "BIZ-GOODS-CODE", "R-201")


def export_goods_codes(heads: pl.DataFrame, items: pl.DataFrame) -> Found:
    """As imports, but lane A needs the heading alone (four digits, R-304), a list of 9710 or 9810 six digits (R-403)."""
    retail, simple = pl.col("tradeMode").is_in(RETAIL_EXPORT), pl.col("statisticsFlag") == "A"
    digits = pl.when(retail & simple).then(OF_LANE).when(retail).then(WHOLE).otherwise(OF_B2B)
    lines = items.join(heads.select("document", digits=digits), on="document", how="inner", maintain_order="left")
    return _of_lines(heads, _unknown(lines), "BIZ-GOODS-CODE", "R-304")


def _unknown(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines whose code is not ten digits, or whose first `digits` begin no code of the nomenclature."""
    known = pl.lit(False)
    for digits in (OF_LANE, OF_B2B, WHOLE):
        begun = pl.col("gcode").str.slice(0, digits).is_in(_beginnings(digits).implode())
        known = known | ((pl.col("digits") == digits) & begun)
    return lines.filter(~known | ~pl.col("gcode").str.contains(r"^[0-9]{10}$"))


@cache
def _beginnings(digits: int) -> pl.Series:
    """The first digits with which a code of the nomenclature begins."""
    return table("hs8", LAST)["hs8"].str.slice(0, digits).unique()


def _of_lines(heads: pl.DataFrame, lines: pl.DataFrame, code: str, rule: str) -> Found:
    if lines.is_empty():
        return []
    told = lines.join(heads.select("document", "guid"), on="document", how="inner", maintain_order="left")
    return [
        (number, Finding(code, guid, gnum, "gcode", value, rules=(rule,)))
        for number, guid, gnum, value in told.select("document", "guid", "gnum", "gcode").iter_rows()
    ]


def lanes(heads: pl.DataFrame, items: pl.DataFrame) -> Found:
    """The list lane is for lists of at most 5,000 yuan without licence (R-304, R-403). Where a value is in another currency, the
    limit only advises: the rates at hand are not those of customs."""
    found: Found = []
    sums: dict[int, list[tuple[str, Decimal]]] = {}
    for number, currency_, value in items.group_by("document", "currency", maintain_order=True).agg(pl.col("totalPrice").sum()).iter_rows():
        sums.setdefault(number, []).append((currency_ or "", value))
    rows = heads.filter(pl.col("tradeMode").is_in(EXPORT_MODES))
    names = ("document", "guid", "tradeMode", "statisticsFlag", "licenseNo", "appTime")
    for number, guid, mode, flag, licence, told in rows.select(names).iter_rows():
        on = _day(told)
        if "export.list_max_fen" not in parameters(on):
            continue  # said by days()
        in_cny, about = _worth(sums.get(number, []), on)
        wanted = flag if mode in RETAIL_EXPORT else "list"
        sure, likely = (lanes_of(ExportCase(mode, value, on, licence=bool(licence))) for value in (in_cny, about))
        allowed = sure if wanted not in sure else likely
        if wanted in allowed:
            continue
        facts = {"lane": wanted, "allowed": "、".join(allowed), "reason": yuan(in_cny if allowed is sure else about)}
        code = "BIZ-LANE" if allowed is sure else "BIZ-LANE-VALUE"
        said = Finding(code, guid, field="statisticsFlag", value=flag, facts=facts, rules=("R-304", "R-403"))
        found.append((number, said))
    return found


def _worth(sums: list[tuple[str, Decimal]], on: date) -> tuple[int, int]:
    """(fen that are declared in yuan, fen of all as far as rates are known) of a list's sums by currency."""
    in_cny = sum(fen(value) for currency_, value in sums if currency_ == CNY)
    known = (cny_fen(fen(value), currency_, on) for currency_, value in sums if currency_ != CNY)
    return in_cny, in_cny + sum(one for one in known if one is not None)


@dataclass(frozen=True, slots=True)
class ExportCase:
    """The facts on which an export's lane depends.  value_fen: of one list, in fen of CNY."""

    mode: str
    value_fen: int
    on: date
    refund: bool = False
    licence: bool = False
    inspection: bool = False
    duty: bool = False
    receipt_data: bool = False
    warehouse_filed: bool = False


def lanes_of(case: ExportCase) -> tuple[str, ...]:
    """A, B for retail (9610, 1210); list, form for B2B (9710, 9810) (R-304, R-305, R-403)."""
    known = parameters(case.on)
    small = case.value_fen <= known["export.list_max_fen"]
    licence = case.licence and bool(known["export.form_for_licence"])
    tax = case.duty and bool(known["export.form_for_tax"])
    if case.mode in ("9710", "9810"):
        inspected = case.inspection and bool(known["export.form_for_inspection"])
        return ("list", "form") if small and not (licence or inspected or tax) else ("form",)
    return ("A", "B") if small and not (case.refund or licence or tax) else ("B",)


def acceptable(case: ExportCase) -> str:
    """ "" or why the case cannot be declared on its day: receipt data (R-301), overseas warehouse filing (R-405)."""
    known = parameters(case.on)
    if case.mode in RETAIL_EXPORT and known["export.receipt_data_required"] and not case.receipt_data:
        return "R-301"
    if case.mode == "9810" and known["export.9810.warehouse_filing"] and not case.warehouse_filed:
        return "R-405"
    return ""


def summary_due(year: int, month: int) -> date:
    """The day by which lists cleared in a month are summarised: the 15th of the next, or the working day after (R-302, R-006)."""
    first = date(year + month // 12, month % 12 + 1, 1)
    return next_working_day(first.replace(day=parameters(first)["export.summary.day_of_month"]))


def merge_key(line: dict[str, str]) -> tuple[str, ...]:
    """What lines of several lists must share to become one line of a form (R-303)."""
    return tuple(line.get(name, "") for name in ("country", "hs10", "currency"))


def _day(told: str) -> date:
    return date(int(told[:4]), int(told[4:6]), int(told[6:8]))
