"""What is overdue, what is green, and which evidence, terms and lists are sound: facts in, findings or figures out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from gongfu.base.tasks.kinds import Seed, TaskKind
from gongfu.core.rule import Finding
from gongfu.core.text import hidden
from gongfu.reference.workdays import next_working_day, working_days_between

TEXT_LIMIT = 4000
REASON_LIMIT = 500
NO, TITLE_LIMIT = re.compile(r"[\w.\-]{1,40}"), 200
SHA256 = re.compile(r"[0-9a-f]{64}")
EARLIEST = date(2000, 1, 1)
CONFIDENCE = frozenset({"", "C", "P", "M", "D", "X"})


@dataclass(frozen=True, slots=True)
class Standing:
    """What a judgement of a task rests on.  proved_on: the day its accepted evidence is dated."""

    lead: str
    state: str
    due_on: date | None = None
    proved_on: date | None = None
    check_days: int | None = None


@dataclass(frozen=True, slots=True)
class Light:
    """green or red, and why it is red: owner, evidence, stale, overdue."""

    colour: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a set of tasks is; all numbers but `share_bp` count tasks.  share_bp: done of all, in basis points, rounded down."""

    total: int = 0
    done: int = 0
    accepted: int = 0
    reported: int = 0
    sent_back: int = 0
    open: int = 0
    overdue: int = 0

    @property
    def share_bp(self) -> int:
        return self.done * 10_000 // self.total if self.total else 0


def recurs(facts: Mapping[str, Any]) -> bool:
    """Whether the task is checked again and again.  facts: recurring."""
    return bool(facts.get("recurring"))


def closable(facts: Mapping[str, Any]) -> bool:
    """Done when all its parts are; a recurring task never is.  facts: recurring, open_parts."""
    return not facts.get("recurring") and not facts.get("open_parts")


def overdue_days(standing: Standing, on: date) -> int:
    """Working days past the term, 0 when it is not past (R-006, R-1621).

    A term that ends on a day off ends on the next working day. What was reported waits for the reviewer and is not overdue.
    """
    waits = standing.state in ("open", "sent_back") or (
        standing.state == "accepted" and standing.check_days is not None
    )
    if standing.due_on is None or not waits:
        return 0
    return max(0, working_days_between(next_working_day(standing.due_on), on))


def light(standing: Standing, on: date) -> Light:
    """Green on the day, or red with every reason (R-1402: an owner and dated evidence, or red).

    A recurring task needs accepted evidence dated not after the day and at most `check_days` calendar days old;
    any other is red while overdue.
    """
    reasons = [] if standing.lead else ["owner"]
    if standing.check_days is None:
        reasons += ["overdue"] if overdue_days(standing, on) else []
    elif standing.proved_on is None or standing.proved_on > on:
        reasons.append("evidence")
    elif on > next_check(standing.proved_on, standing.check_days):
        reasons.append("stale")
    return Light("red" if reasons else "green", tuple(reasons))


def next_check(proved_on: date, check_days: int) -> date:
    """The last day on which the evidence still holds."""
    return proved_on + timedelta(days=check_days)


def progress(standings: Iterable[Standing], on: date) -> Progress:
    """Count tasks by state, and those overdue on the day."""
    tasks = list(standings)
    states = Counter(task.state for task in tasks)
    return Progress(
        total=len(tasks),
        overdue=sum(overdue_days(task, on) > 0 for task in tasks),
        **{name: states[name] for name in ("done", "accepted", "reported", "sent_back", "open")},
    )


def text_findings(field: str, text: str, *, limit: int, required: bool = True) -> list[Finding]:
    """Faults of a typed text: empty, too long, signs that cannot be seen."""
    sign = hidden(text)
    if (required and not text.strip()) or len(text) > limit or sign:
        found = sign or len(text)
        return [Finding("TASK-TEXT", field=field, value=str(found), facts={"limit": limit}, rules=("R-1621",))]
    return []


def evidence_findings(text: str, document: str, dated_on: date, today: date) -> list[Finding]:
    """Faults of reported evidence: its words, the SHA-256 of its document (or ""), its day (not in the future)."""
    found = text_findings("text", text, limit=TEXT_LIMIT)
    if document and not SHA256.fullmatch(document):
        found.append(Finding("TASK-DOCUMENT", field="document", value=document[:64]))
    return found + day_findings("dated_on", dated_on, EARLIEST, today)


def day_findings(field: str, day: date, low: date, high: date) -> list[Finding]:
    """A day outside low..high, both inside."""
    if low <= day <= high:
        return []
    return [Finding("TASK-DAY", field=field, value=day.isoformat(), facts={"low": str(low), "high": str(high)})]


def seed_findings(
    seeds: Collection[Seed], kind: TaskKind, desks: Collection[str], known: Collection[tuple[str, str]]
) -> list[Finding]:
    """Every fault of a list of tasks; a sound list gives none.

    desks: those there are.  known: (party_code, no) of tasks that may get parts.  A part comes after the task it is a part of,
    so that no circle can be made.
    """
    times = Counter(seed.key for seed in seeds)
    above, found = set(known), []
    for seed in seeds:
        faults = list(_seed_faults(seed, kind, desks))
        if times[seed.key] > 1:
            faults.append(("no", f"×{times[seed.key]}"))
        if seed.parent and ((seed.party_code, seed.parent) not in above or seed.parent == seed.no):
            faults.append(("parent", seed.parent))
        found += [Finding("TASK-SEED", seed.no[:40], field=field, value=value[:80]) for field, value in faults]
        above.add(seed.key)
    return found


def _seed_faults(seed: Seed, kind: TaskKind, desks: Collection[str]) -> Iterator[tuple[str, str]]:
    if not NO.fullmatch(seed.no):
        yield "no", seed.no
    for field in ("title", "title_en", "proof", "basis"):
        text = getattr(seed, field)
        if (field == "title" and not text.strip()) or len(text) > TITLE_LIMIT or hidden(text):
            yield field, text
    wanted = [seed.lead] if seed.lead or not kind.ownerless else []
    for desk in [*wanted, *seed.helpers]:
        if desk not in desks:
            yield "desk", desk or "—"
    if seed.lead in seed.helpers or len(set(seed.helpers)) < len(seed.helpers):
        yield "helpers", ", ".join(seed.helpers)
    days = seed.check_days or kind.check_days
    if kind.recurring != (days is not None) or (days is not None and not 1 <= days <= 3660):
        yield "check_days", str(days)
    if seed.confidence not in CONFIDENCE:
        yield "confidence", seed.confidence
    if len(seed.party_code) > 18 or hidden(seed.party_code):
        yield "party_code", seed.party_code
