"""Windows of returns to the day, tax on exports that come back, and what is refused with which words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from gongfu.core.rule import Finding
from gongfu.modules.declarations.cited import CITED, EARLIER, LINES
from gongfu.modules.declarations.rules import reentry, returns
from gongfu.modules.declarations.rules.known import Found, Known

pytestmark = pytest.mark.feature("declarations.returns")
LIST = {
    "declaration": 1, "list_flow": "I", "list_mode": "9610", "list_state": "released", "list_number": "N1", "list_agent": "A",
    "list_seller": "S", "list_customs": "7905", "list_released_on": date(2025, 3, 1),
}  # fmt: skip
LINE = {"declaration": 1, "gnum": 1, "hs10": "3305100090", "qty": Decimal(2), "unit": "011"}
ITEM = {"document": 0, "gnum": 1, "gcode": "3305100090", "qty": Decimal(1), "unit": "011"}
HEAD = {"document": 0, "guid": "G", "invtNo": "N1", "agentCode": "A", "customsCode": "7905", "tradeMode": "9661"}


def asked(
    on: str = "2025-03-31", back: tuple[Decimal, ...] = (), kind: str = returns.IMPORT, head: dict[str, Any] | None = None,
    items: tuple[dict[str, Any], ...] = ({},), **of_list: Any,
) -> Found:  # fmt: skip
    """The findings of one return, by default one of two pieces, on a day of Beijing."""
    lists = {**dict.fromkeys(CITED), **LIST, **of_list, "document": 0, "gnum": 0, "list_open": False}
    earlier = [{"follow_up": n, "kind": kind, "state": "sent", "declaration": 1, "of_gnum": 1, "qty": qty, "open": True} for n, qty in enumerate(back)]  # fmt: skip
    at = datetime.fromisoformat(f"{on}T23:59:59+08:00").astimezone(UTC)
    known = Known(
        pl.DataFrame([lists], schema={"document": pl.Int64, "gnum": pl.Int64, **CITED, "list_open": pl.Boolean}),
        pl.DataFrame([{**dict.fromkeys(LINES), **LINE}], schema=LINES),
        pl.DataFrame(earlier, schema={**EARLIER, "open": pl.Boolean}),
        at,
    )
    rows = pl.DataFrame([{**ITEM, **one} for one in items], schema_overrides={"qty": pl.Decimal(38, 5)})
    check = returns.import_findings if kind == returns.IMPORT else returns.export_findings
    return check(pl.DataFrame([{**HEAD, **(head or {})}]), rows, known)


def said(found: Found) -> list[str]:
    return [one.code for _, one in found]


@pytest.mark.rule("R-214")
def test_t117_the_thirtieth_day_counts_and_t118_the_next_does_not() -> None:
    assert asked("2025-03-31") == []
    assert said(asked("2025-04-01")) == ["BIZ-RETURN-LATE"]


@pytest.mark.rule("R-120")
def test_what_is_too_late_is_told_the_ways_still_open() -> None:
    finding: Finding = asked("2025-04-01")[0][1]
    assert finding.facts == {"released": "2025-03-01", "until": "2025-03-31", "applied": "2025-04-01"}
    assert all(word in finding.remedy() for word in ("退款", "一般贸易", "个人物品"))
    assert {"R-120", "R-214"} <= set(finding.rules)


@pytest.mark.rule("R-214")
def test_a_return_before_release_of_a_strange_list_or_by_a_stranger_is_refused() -> None:
    assert said(asked(list_state="accepted", list_released_on=None)) == ["BIZ-RETURN-STATE"]
    assert said(asked(list_state="returned")) == ["BIZ-RETURN-STATE"]
    assert said(asked(declaration=None)) == ["BIZ-LIST-UNKNOWN"]
    assert said(asked(list_flow="E")) == ["BIZ-LIST-UNKNOWN"]
    assert said(asked(list_agent="B")) == ["BIZ-LIST-UNKNOWN"]
    assert asked(list_agent="B", list_seller="A") == [], "the seller's domestic agent may apply as well"


@pytest.mark.rule("R-117")
def test_quantities_never_exceed_what_was_declared_less_earlier_returns() -> None:
    assert said(asked(items=({"qty": Decimal("2.00001")},))) == ["BIZ-RETURN-QTY"]
    assert said(asked(items=({"qty": Decimal(0)},))) == ["BIZ-RETURN-QTY"]
    assert asked(back=(Decimal(1),)) == []
    assert said(asked(back=(Decimal(1), Decimal(1)))) == ["BIZ-RETURN-QTY"]
    assert said(asked(items=({}, {}))) == ["BIZ-RETURN-LINE"], "the same line twice in one return"


@pytest.mark.rule("R-214")
def test_other_goods_another_unit_or_no_such_line() -> None:
    assert said(asked(items=({"gcode": "3304990099"},))) == ["BIZ-RETURN-GOODS"]
    assert said(asked(items=({"unit": "035"},))) == ["BIZ-RETURN-GOODS"]
    assert said(asked(items=({"gnum": 2},))) == ["BIZ-RETURN-LINE"]


EXPORT = {"kind": returns.EXPORT, "list_flow": "E", "list_released_on": date(2025, 1, 10)}


@pytest.mark.rule("R-308")
def test_t307_a_year_to_the_day() -> None:
    assert returns.last_day_back(date(2025, 1, 10), date(2026, 1, 10)) == date(2026, 1, 10)
    assert asked("2026-01-10", **EXPORT) == []
    late = asked("2026-01-11", **EXPORT)
    assert said(late) == ["BIZ-EXPORT-RETURN-LATE"]
    assert "一般进口" in late[0][1].remedy()
    assert returns.last_day_back(date(2024, 2, 29), date(2025, 1, 1)) == date(2025, 2, 28)


@pytest.mark.rule("R-308")
def test_the_mode_of_a_return_follows_the_list_and_other_districts_open_by_date() -> None:
    on = "2025-06-01"
    assert said(asked(on, head={"tradeMode": "1261"}, **EXPORT)) == ["BIZ-RETURN-MODE"]
    assert asked(on, head={"tradeMode": "1261"}, list_mode="1210", **EXPORT) == []
    assert said(asked(on, list_mode="9710", **EXPORT)) == ["BIZ-RETURN-MODE"]
    assert said(asked(on, head={"customsCode": "2201"}, **EXPORT)) == ["BIZ-RETURN-DISTRICT"]
    assert returns.elsewhere_open("9610", "2201", "7905", date(2025, 6, 1)), "Chengdu was among the pilot offices"
    assert not returns.elsewhere_open("9610", "2201", "7905", date(2024, 12, 14))
    assert returns.elsewhere_open("9610", "7905", "2201", date(2026, 4, 1))
    assert not returns.elsewhere_open("1210", "7905", "2201", date(2026, 4, 1))


CLOTHES, BISCUITS = "6109100010", "1905310000"


@pytest.mark.rule("R-309")
def test_t308_six_calendar_months_and_never_food() -> None:
    exported = date(2026, 1, 15)
    outcomes = {
        day: reentry.decision(exported, day, CLOTHES).outcome
        for day in (date(2026, 7, 15), date(2026, 7, 16), date(2027, 1, 15), date(2027, 1, 16))
    }
    assert list(outcomes.values()) == ["exempt", "ordinary", "ordinary", "general"]
    assert reentry.decision(exported, date(2026, 1, 16), BISCUITS).outcome == "ordinary"
    assert reentry.decision(exported, date(2026, 7, 15), CLOTHES).exempt_until == date(2026, 7, 15)
    assert reentry.decision(date(2022, 6, 1), date(2022, 7, 1), CLOTHES).outcome == "ordinary", (
        "before the relief began"
    )
    assert reentry.decision(exported, date(2026, 7, 15), CLOTHES, "1210").confidence == "M"
    assert reentry.decision(date(2025, 8, 31), date(2026, 2, 28), CLOTHES).outcome == "exempt", "February has no 31st"
