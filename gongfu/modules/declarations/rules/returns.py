"""Returns of imports (CEB625), of exports (CEB213) and their tally (CEB215): windows, lines, what is left to return.

Days are civil days of Beijing; the day of release is day 0 and the last day counts (R-002, R-214, R-308).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from gongfu.core.rule import Finding
from gongfu.modules.declarations.rules.known import Found, Known
from gongfu.reference.tables import parameters

IMPORT, EXPORT, TALLY = "CEB625Message", "CEB213Message", "CEB215Message"
MODE_OF = {"9610": "9661", "1210": "1261"}  # supervision mode of the list → that of its return
RELEASED = ("released", "closed")
DISTRICT_ANY, PILOT_DISTRICT = 2, "79"  # 1: only the pilot offices, of which Chengdu's are here
BEIJING = ZoneInfo("Asia/Shanghai")
Left = dict[tuple[int, int], Decimal]


def last_day_to_apply(released_on: date, on: date) -> date:
    """The last day on which a return of an import may be applied for, by the days that hold on `on` (R-214)."""
    return released_on + timedelta(days=parameters(on)["import.return.apply_days"])


def last_day_to_arrive(released_on: date, on: date) -> date:
    """The last day on which the goods of an import return may be back at their site (R-214)."""
    return released_on + timedelta(days=parameters(on).get("import.return.arrive_days", 30))


def last_day_back(released_on: date, on: date) -> date:
    """The last day on which exported goods may be back: the same day of the year after (R-308, T-307)."""
    return months_after(released_on, 12 * parameters(on)["export.return.years"])


def months_after(day: date, months: int) -> date:
    """The same day so many months later; the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    nearest = day.day
    while True:
        try:
            return date(year, month + 1, nearest)
        except ValueError:
            nearest -= 1


def import_findings(heads: pl.DataFrame, items: pl.DataFrame, known: Known) -> Found:
    """Faults of import returns: by the list's declarant or its seller's domestic agent, after release, within 30 days (R-214)."""
    return _findings(heads, items, known, IMPORT)


def export_findings(heads: pl.DataFrame, items: pl.DataFrame, known: Known) -> Found:
    """Faults of export returns: own list, within a year of release, in the mode of its return, at an office that may (R-308)."""
    return _findings(heads, items, known, EXPORT)


def _findings(heads: pl.DataFrame, items: pl.DataFrame, known: Known, kind: str) -> Found:
    left, lines = _left(known, kind), _lines(known)
    own: dict[int, list[dict[str, Any]]] = {}
    for item in items.iter_rows(named=True):
        own.setdefault(item["document"], []).append(item)
    found: Found = []
    for head in _cited(heads, known).iter_rows(named=True):
        fault = _head_fault(head, known, kind)
        said = [fault] if fault else _line_faults(head, own.get(head["document"], []), lines, left)
        found += [(head["document"], one) for one in said]
        if not said:
            for item in own.get(head["document"], []):
                left[head["declaration"], int(item["gnum"])] -= item["qty"]
    return found


def _cited(heads: pl.DataFrame, known: Known) -> pl.DataFrame:
    whole = known.lists.filter(pl.col("gnum") == 0).drop("gnum")
    return heads.join(whole, on="document", how="left", maintain_order="left")


def _lines(known: Known) -> dict[tuple[int, int], dict[str, Any]]:
    return {(row["declaration"], row["gnum"]): row for row in known.lines.iter_rows(named=True)}


def _left(known: Known, kind: str) -> Left:
    """What of each line may still be returned: the original quantity less that of earlier live returns."""
    gone = known.earlier.filter((pl.col("kind") == kind) & pl.col("of_gnum").is_not_null())
    back = {(one, line): qty for one, line, qty in gone.group_by("declaration", "of_gnum").agg(pl.col("qty").sum()).iter_rows()}  # fmt: skip
    return {key: line["qty"] - back.get(key, Decimal(0)) for key, line in _lines(known).items()}


def _head_fault(head: Mapping[str, Any], known: Known, kind: str) -> Finding | None:
    guid, number, rule = head["guid"], head["invtNo"], "R-214" if kind == IMPORT else "R-308"
    flow = "I" if kind == IMPORT else "E"
    if (
        head["declaration"] is None
        or head["list_flow"] != flow
        or head["agentCode"] not in (head["list_agent"], head["list_seller"])
    ):
        return Finding("BIZ-LIST-UNKNOWN", guid, field="invtNo", value=number, rules=(rule,))
    released = head["list_released_on"]
    if head["list_state"] not in RELEASED or released is None:
        facts = {"state": head["list_state"]}
        return Finding("BIZ-RETURN-STATE", guid, field="invtNo", value=number, facts=facts, rules=(rule, "R-1507"))
    applied = known.at.astimezone(BEIJING).date()
    until = last_day_to_apply(released, applied) if kind == IMPORT else last_day_back(released, applied)
    if applied > until:
        days = {"released": f"{released}", "until": f"{until}", "applied": f"{applied}"}
        code = "BIZ-RETURN-LATE" if kind == IMPORT else "BIZ-EXPORT-RETURN-LATE"
        return Finding(code, guid, field="invtNo", value=number, facts=days, rules=(rule, "R-120"))
    return _way_fault(head, applied) if kind == EXPORT else None


def _way_fault(head: Mapping[str, Any], applied: date) -> Finding | None:
    """The supervision mode of an export return follows that of its list; another district only where it is open (R-308)."""
    told, wanted = head["tradeMode"] or "", MODE_OF.get(head["list_mode"], "")
    if told != wanted or not wanted:
        facts = {"mode": head["list_mode"], "wanted": wanted or "—"}
        return Finding("BIZ-RETURN-MODE", head["guid"], field="tradeMode", value=told, facts=facts, rules=("R-308",))
    if elsewhere_open(head["list_mode"], head["list_customs"], head["customsCode"], applied):
        return None
    facts = {"office": head["list_customs"]}
    return Finding("BIZ-RETURN-DISTRICT", head["guid"], field="customsCode", value=head["customsCode"], facts=facts, rules=("R-308",))  # fmt: skip


def elsewhere_open(mode: str, exported_at: str, returned_at: str, on: date) -> bool:
    """Whether goods exported at one customs office may come back at another: one district always, else 9610 only (R-308)."""
    if exported_at[:2] == returned_at[:2]:
        return True
    opened = parameters(on).get("export.return.cross_district_9610", 0)
    return mode == "9610" and (opened == DISTRICT_ANY or (opened == 1 and returned_at[:2] == PILOT_DISTRICT))


def _line_faults(
    head: Mapping[str, Any], items: list[dict[str, Any]], lines: Mapping[tuple[int, int], Any], left: Left
) -> list[Finding]:
    """Faults of the lines: a line of the list, once, the same goods and unit, not more than is left."""
    found, seen = [], set()
    for item in items:
        key, guid, at = (head["declaration"], int(item["gnum"])), head["guid"], int(item["gnum"])
        line, qty = lines.get(key), item["qty"]
        if line is None or key in seen:
            found.append(Finding("BIZ-RETURN-LINE", guid, at, "gnum", str(at), rules=("R-214",)))
        elif line["hs10"] != item["gcode"] or line["unit"] != item["unit"]:
            field, value, was = _apart(line, item)
            found.append(Finding("BIZ-RETURN-GOODS", guid, at, field, value, {"was": was}, rules=("R-214",)))
        elif not 0 < qty <= left[key]:
            facts = {"declared": plain(line["qty"]), "left": plain(left[key])}
            found.append(Finding("BIZ-RETURN-QTY", guid, at, "qty", plain(qty), facts, rules=("R-214", "R-117")))
        seen.add(key)
    return found


def _apart(line: Mapping[str, Any], item: Mapping[str, Any]) -> tuple[str, str, str]:
    """(element, what was said, what the list has) of the first difference."""
    if line["hs10"] != item["gcode"]:
        return "gcode", item["gcode"], line["hs10"]
    return "unit", item["unit"], line["unit"]


def plain(qty: Decimal | None) -> str:
    """A quantity without needless zeros."""
    return "" if qty is None else f"{qty.normalize():f}"


def tally_findings(heads: pl.DataFrame, items: pl.DataFrame, known: Known) -> Found:
    """Faults of tallies: of a list for whose goods an export return was handed in, one tally for each (R-308)."""
    returns = known.earlier.filter(pl.col("kind") == EXPORT).group_by("declaration").agg(pl.col("follow_up").n_unique())
    tallies = known.earlier.filter(pl.col("kind") == TALLY).group_by("declaration").agg(pl.col("follow_up").n_unique())
    waiting = dict(returns.rows())
    for number, count in tallies.rows():
        waiting[number] = waiting.get(number, 0) - count
    found: Found = []
    for head in _cited(heads, known).iter_rows(named=True):
        number = head["declaration"]
        if number is None or waiting.get(number, 0) <= 0:
            code = "BIZ-LIST-UNKNOWN" if number is None else "BIZ-TALLY-NO-RETURN"
            said = Finding(code, head["guid"], field="invtNo", value=head["invtNo"] or "", rules=("R-308",))
            found.append((head["document"], said))
        else:
            waiting[number] -= 1
    return found
