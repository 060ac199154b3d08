"""What may be listed, what an order costs, how ratings are counted, and where entrustments and declarations differ."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from gongfu.core.rule import Finding
from gongfu.modules.services.catalogue import LICENCES, SERVICES

RATE_DAYS = 30  # a convention of this project (D): how long after completion a rating can be given or changed
PAIR = tuple[str, str]


def listing_findings(facts: Mapping[str, Any]) -> list[Finding]:
    """Each service once, and under a licence of a kind it needs (R-601, R-701).  facts: licences, services."""
    held = {row["kind"] for row in facts["licences"]}
    named = [row["service"] for row in facts["services"]]
    twice = sorted({code for code in named if named.count(code) > 1})
    found = [Finding("SERVICE-TWICE", field="services", value=SERVICES[code].title) for code in twice]
    for code in dict.fromkeys(named):
        needed = SERVICES[code].licences
        if needed and not held & set(needed):
            titles = "、".join(zh for kind, zh, _ in LICENCES if kind in needed)
            titles_en = " / ".join(en for kind, _, en in LICENCES if kind in needed)
            told = {
                "service": SERVICES[code].title,
                "service_en": SERVICES[code].title_en,
                "licences": titles,
                "licences_en": titles_en,
            }
            found.append(Finding("SERVICE-LICENCE", field="licences", value=code, facts=told, rules=("R-601", "R-701")))
    return found


def rate_until(done_on: date) -> date:
    """The last day on which a completed order can be rated or its rating changed."""
    return done_on + timedelta(days=RATE_DAYS)


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of the year, as 2026Q4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def read(cls, text: str) -> Quarter | None:
        """The quarter that the text names; None when it names none."""
        year, mark, number = text.partition("Q")
        good = mark and re.fullmatch("20[0-9]{2}", year) and number in ("1", "2", "3", "4")
        return cls(int(year), int(number)) if good else None

    @property
    def first(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> date:
        return date(self.year, 3 * self.number, 31 if self.number in (1, 4) else 30)

    def before(self) -> Quarter:
        return Quarter(self.year - (self.number == 1), (self.number - 2) % 4 + 1)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


@dataclass(frozen=True, slots=True)
class Exported:
    """What an agent declared for an actual exporter in a quarter, in one currency (R-532).

    difference: "" where entrustment and declarations agree; `no_entrustment`, `no_declaration` where one of them is missing.
    """

    agent: str
    exporter: str
    currency: str = ""
    count: int = 0
    goods_fen: int = 0
    difference: str = ""


def same_firm(rows: Iterable[Exported], codes: Mapping[str, str]) -> list[Exported]:
    """Rows under the firms' credit codes, added up; what a firm declared for itself is no agency.  codes: any code → credit code."""
    sums: dict[tuple[str, str, str], Exported] = {}
    for row in rows:
        agent, exporter = codes.get(row.agent, row.agent), codes.get(row.exporter, row.exporter)
        if agent != exporter:
            key = (agent, exporter, row.currency)
            before = sums.get(key, Exported(agent, exporter, row.currency))
            sums[key] = replace(before, count=before.count + row.count, goods_fen=before.goods_fen + row.goods_fen)
    return [sums[key] for key in sorted(sums)]


def disclosed(declared: Sequence[Exported], entrusted: Collection[PAIR], silent: Iterable[PAIR]) -> list[Exported]:
    """The quarter's list: every agency declaration, marked where nothing was entrusted, and what was entrusted without one.

    entrusted: (agent, exporter) with a clearance in force in the quarter.  silent: of these, pairs whose clearance saw no declaration.
    """
    marked = [
        row if (row.agent, row.exporter) in entrusted else replace(row, difference="no_entrustment") for row in declared
    ]
    known = {(row.agent, row.exporter) for row in declared}
    return [*marked, *(Exported(*pair, difference="no_declaration") for pair in sorted(set(silent) - known))]
