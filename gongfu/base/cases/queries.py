"""Cases, looked up: what waits for whom, what happened, how long each step takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from gongfu.base.access.actor import Actor
from gongfu.base.cases.actions import OPENED
from gongfu.base.cases.facts import digest
from gongfu.base.cases.kinds import ANSWER, CaseKind, kinds
from gongfu.base.cases.life import EVENTS
from gongfu.base.cases.models import Case, Desk, FlowVersion, Step
from gongfu.base.cases.seals import payload, told
from gongfu.core import chain
from gongfu.core.flow import HOUSE, StateConflict
from gongfu.zones.plan import plans

ASIDE = (OPENED, "answer")
JOINT = "cases.joint"

MEASURED = """
WITH gone AS (
  SELECT s.before AS state, s.verb, s.flow_version, extract(epoch FROM s.at - lag(s.at) OVER (PARTITION BY s.case_id ORDER BY s.seq)) / 3600 AS hours
  FROM cases_step s JOIN cases_case c ON c.id = s.case_id WHERE c.kind = %s AND (%s = '' OR c.zone = %s) AND s.verb <> 'answer')
SELECT flow_version, state, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY hours), percentile_cont(0.95) WITHIN GROUP (ORDER BY hours)
FROM gone WHERE hours IS NOT NULL GROUP BY flow_version, state ORDER BY flow_version, state
"""

LOGGED = """
SELECT c.number, e.facts->>'step' FROM audit_entry e JOIN cases_case c ON e.subject = 'case:' || c.number
LEFT JOIN cases_step s ON s.case_id = c.id AND s.seq = (e.facts->>'step')::int
WHERE e.facts ? 'seal' AND (s.seal IS NULL OR encode(s.seal, 'hex') <> e.facts->>'seal') ORDER BY c.id, s.seq
"""


def inbox(actor: Actor) -> QuerySet[Case]:
    """Open cases that wait for this actor (待办), the most urgent first: his permission, within his reach, on his firm's side."""
    decided = Case.objects.all().decided_by(actor).filter(_waits(actor)).values("pk")
    asked = Desk.objects.filter(role=actor.role or "-", zone__in=actor.zones, answered_at=None).values("case_id")
    return Case.objects.filter(Q(pk__in=decided) | Q(pk__in=asked), closed_at=None).order_by("due_on", "pk")


def _waits(actor: Actor) -> Q:
    """Cases that wait for a permission of the actor's; for a firm, the applicant's or the handling firm's own."""
    handling = {one.handles for one in kinds().values() if one.handles}
    others = Q(waits_for__overlap=sorted(actor.may - handling))
    theirs = Q(waits_for__overlap=sorted(actor.may & handling))
    if actor.reach != "own":
        return others | theirs
    return others & Q(party_code__in=actor.party_codes) | theirs & Q(handler_code__in=actor.party_codes)


def measured(kind: str, zone: str = "") -> list[dict[str, Any]]:
    """Median and 95 % hours spent in each state, by version of the flow, counted from the steps themselves."""
    with connection.cursor() as cursor:
        cursor.execute(MEASURED, [kind, zone, zone])
        rows = cursor.fetchall()
    return [
        {"version": version, "state": state, "count": count, "median_hours": median, "p95_hours": p95}
        for version, state, count, median, p95 in rows
    ]


def versions(kind: str) -> list[FlowVersion]:
    """The versions of a flow in the order they came into use."""
    return list(FlowVersion.objects.filter(kind=kind).order_by("first_at"))


def services(zone: str) -> list[CaseKind]:
    """Every service that a zone offers: the kinds of its enabled modules and of the house itself."""
    plan = plans().get(zone)
    offered = [one for one in kinds().values() if one.opens != HOUSE]
    return [one for one in offered if plan is None or one.module in plan.modules or one.module in ALWAYS]


ALWAYS = ("cases", "sharing", "access", "registers")


def found(zone: str, words: str) -> list[CaseKind]:
    """Services whose name, topic, words or description hold every word said."""
    wanted = words.lower().split()
    return [one for one in services(zone) if all(word in _text(one) for word in wanted)]


def _text(kind: CaseKind) -> str:
    """All words by which a service is found; its Chinese name also by the first letters of its pinyin (tgdl)."""
    events = (word for code in kind.events for word in EVENTS[code])
    names = (kind.flow.title, kind.title_en, *kind.topic, *events, kind.words, kind.about, kind.about_en)
    return " ".join((*names, initials(kind.flow.title))).lower()


@cache
def initials(text: str) -> str:
    from pypinyin import Style, lazy_pinyin  # its dictionary takes half a second: not every process reads it

    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER))


def grouped(kinds: Iterable[CaseKind], by: str) -> dict[tuple[str, str], list[CaseKind]]:
    """Services under their subject, or (by: event) under each life event they belong to, in the order of the events."""
    if by != "event":
        topics: dict[tuple[str, str], list[CaseKind]] = {}
        for kind in kinds:
            topics.setdefault(kind.topic, []).append(kind)
        return topics
    every = list(kinds)
    told = {title: [one for one in every if code in (one.events or ("other",))] for code, title in EVENTS.items()}
    return {title: rows for title, rows in told.items() if rows}


def joint_orders(case: Case) -> list[Case]:
    """The orders that other desks were asked to answer about this case, the newest first."""
    return list(Case.objects.filter(kind=JOINT, about=case.number).exclude(state__in=("draft", "withdrawn")).order_by("-pk"))


def overdue(on: date) -> QuerySet[Desk]:
    """Desks that were asked on a case still open, have not answered, and whose day has passed."""
    return Desk.objects.filter(case__closed_at=None, answered_at=None, due_on__lt=on)


def documents(kind: CaseKind, step: Step) -> list[str]:
    """The hashes of the documents that were handed in with a step."""
    asked = {one.name for move in kind.flow.moves for one in (*move.asks, *ANSWER) if one.kind == "file"}
    return [value for name, value in step.facts.items() if name in asked]


def broken(case: Case) -> list[str]:
    """Every break of a case's chain, a state that is not the fold of its steps, facts that are not those handed in; empty when sound."""
    steps = list(Step.objects.filter(case=case).order_by("seq"))
    faults = [str(one) for one in chain.verify((step.seq, payload(step), bytes(step.seal)) for step in steps)]
    if len(steps) != case.steps_count:
        faults.append(f"case {case.number}: {len(steps)} steps of {case.steps_count}")
    if case.kind not in kinds():
        return faults
    kind = kinds()[case.kind]
    state = kind.flow.fold(step.verb for step in steps if step.verb not in ASIDE)
    current = bool(steps) and steps[-1].flow_version == kind.flow.version()
    if (current and (isinstance(state, StateConflict) or state != case.state)) or (
        steps and steps[-1].state != case.state
    ):
        faults.append(f"case {case.number}: its state {case.state} is not the fold of its steps")
    return faults + _retold(kind, case, steps)


def _retold(kind: CaseKind, case: Case, steps: list[Step]) -> list[str]:
    """Facts, or whose case it is, that differ from what was handed in and said since; a draft under way may differ."""
    if case.state in kind.editable:
        return []
    sealed: dict[str, str] = {}
    for step in steps:
        sealed = dict(step.told) if step.told else sealed
        sealed |= {name: digest(value) for name, value in step.facts.items() if sealed and step.verb != "answer"}
    now = told(kind, case)
    return [
        f"case {case.number}: {name or 'whose case it is'} is not what was sealed"
        for name, kept in sealed.items()
        if now.get(name) != kept
    ]


def all_broken() -> Iterator[str]:
    """The breaks of all cases, and steps that the sealed log knows with another seal or that are gone (cut off, sealed anew)."""
    for case in Case.objects.order_by("pk").iterator(chunk_size=500):
        yield from broken(case)
    with connection.cursor() as cursor:
        cursor.execute(LOGGED)
        for number, seq in cursor.fetchall():
            yield f"case {number}: step {seq} is not the one that the log knows"
