"""The bureau's board: the day of its zone."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from gongfu.base.access.actor import Actor
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import BEIJING, civil_date
from gongfu.base.screens.words import MODES, STATES, say
from gongfu.modules.statistics import queries

WIDTH, HEIGHT = 96, 32
WEEKDAYS = (
    ("星期一", "Monday"),
    ("星期二", "Tuesday"),
    ("星期三", "Wednesday"),
    ("星期四", "Thursday"),
    ("星期五", "Friday"),
    ("星期六", "Saturday"),
    ("星期日", "Sunday"),
)


def chosen_day(request: HttpRequest) -> date:
    """The day asked for, else the Beijing day of the database's clock."""
    try:
        return datetime.strptime(request.GET.get("day", ""), "%Y-%m-%d").replace(tzinfo=BEIJING).date()
    except ValueError:
        return civil_date(clock.now())


def today(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The board; an htmx request gets its figures alone."""
    day = chosen_day(request)
    told = queries.today(actor, day)
    context = {
        "told": told, "day": f"{day:%Y-%m-%d}", "weekday": say(*WEEKDAYS[day.weekday()]), "now": timezone.now(), "table": table(told),
        "may_open": actor.allows("declarations.read"), "spark": spark([count for count, _ in told.hours]),
        "spark_released": spark([count for _, count in told.hours]), "series": series(told), "most": max((one["count"] for one in told.reasons), default=1),
    }  # fmt: skip
    return render(
        request, "statistics/figures.html" if getattr(request, "htmx", False) else "statistics/today.html", context
    )


def spark(values: list[int]) -> str:
    """Points of a small line; empty when there is nothing to show."""
    most = max(values)
    if not most:
        return ""
    step = WIDTH / (len(values) - 1)
    return " ".join(
        f"{place * step:.1f},{HEIGHT - 2 - value * (HEIGHT - 4) / most:.1f}" for place, value in enumerate(values)
    )


def series(told: queries.Today) -> dict[str, Any]:
    """Lists by hour, for the chart."""
    released = [count for _, count in told.hours]
    other = [count - done for count, done in told.hours]
    return {
        "labels": [f"{hour:02d}" for hour in queries.HOURS],
        "series": [
            {"name": say("已放行", "Released"), "values": released},
            {"name": say("其他", "Other"), "values": other},
        ],
    }


def table(told: queries.Today) -> list[dict[str, Any]]:
    """Rows by mode and direction, a cell for each state met today."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for cell in told.cells:
        zh, en = MODES.get(cell["mode"], ("", ""))
        title = (
            f"{cell['mode']} {say(zh, en)} · {say('进口', 'import') if cell['flow'] == 'I' else say('出口', 'export')}"
        )
        row = found.setdefault(
            (cell["mode"], cell["flow"]),
            {"title": title, "mode": cell["mode"], "flow": cell["flow"], "count": 0, "value": 0, "states": []},
        )
        row["count"] += cell["count"]
        row["value"] += cell["value"]
        _, state_zh, state_en = STATES[cell["state"]]
        row["states"].append(
            {"code": cell["state"], "title": say(state_zh, state_en), "count": cell["count"], "value": cell["value"]}
        )
    return list(found.values())
