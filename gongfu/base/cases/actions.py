"""Opening cases and moving them on: one transaction, one lock, one sealed step a move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.access.queries import belongs_to, no_mandate
from gongfu.base.audit.action import action
from gongfu.base.cases import facts as personal
from gongfu.base.cases import seals
from gongfu.base.cases.kinds import ANSWER, MEASURED, CaseKind, kinds
from gongfu.base.cases.models import Case, Desk, Step
from gongfu.base.files import actions as files
from gongfu.base.files import queries
from gongfu.base.files.models import File
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.notices.actions import tell_case
from gongfu.base.screens.words import STATES
from gongfu.core.fields import Field, parse
from gongfu.core.flow import HOUSE, Move, StateConflict
from gongfu.core.rule import Finding
from gongfu.reference.workdays import add_working_days

OPENED = "open"


@dataclass(slots=True)
class Taken:
    """What became of it: the case as it stands, and the findings that stand in the way (then nothing was changed)."""

    case: Case | None
    findings: list[Finding] = field(default_factory=list)
    verb: str = ""

    @property
    def done(self) -> bool:
        return self.case is not None and not any(one.blocks for one in self.findings)

    def audit(self) -> dict[str, Any] | None:
        if not self.done or self.case is None:
            return None
        return {
            "subject": f"case:{self.case.number}",
            "zone": self.case.zone,
            "facts": {"kind": self.case.kind, "verb": self.verb, "state": self.case.state, **self._sealed()},
        }

    def _sealed(self) -> dict[str, Any]:
        """The place and seal of the step that was made, so that the log proves steps that are cut off or sealed anew."""
        one = self.case
        return {"step": one.steps_count, "seal": one.last_seal} if one is not None and one.last_seal else {}


@action("cases.open", title="发起事项")
def open_case(
    actor: Actor,
    kind_code: str,
    *,
    zone: str,
    raw: Mapping[str, Any],
    party_code: str = "",
    about: str = "",
    parent: Case | None = None,
    handler_code: str = "",
) -> Taken:
    """Open a case as a draft with what was said so far; faulty values are told and left out.

    A finding where the mandate of that firm has ended or leaves other business. KeyError for an unknown kind; PermissionDenied
    where the actor may not open it, or for a stranger's firm, and for a kind that a firm handles without that firm, unless its form
    names it.
    """
    kind = kinds()[kind_code]
    if bool(kind.handles and not kind.handled_by) != bool(handler_code):
        raise PermissionDenied(kind.opens)
    owner = applicant(actor, kind, party_code)
    if isinstance(owner, Finding):
        return Taken(None, [owner])
    clean, faults = parse(kind.fields, raw, on=civil_date(clock.now()))
    case = _new(actor, kind, zone, owner, clean, about, parent)
    case.handler_code = handler_code
    case.findings = [one.dump() for one in faults]
    _record(actor, kind, case, OPENED, "", case.state, "", {})
    case.save()
    if handler_code:
        _tell(kind, case, moved_by=kind.opens)
    return Taken(case, [one for one in faults if not one.blocks], OPENED)


def applicant(actor: Actor, kind: CaseKind, party_code: str = "") -> str | Finding:
    """The firm for which the actor opens a case of this kind, or why its mandate does not reach; PermissionDenied for a stranger's."""
    actor.require(kind.opens)
    owner = party_code or (actor.own_codes[0] if actor.own_codes else "")
    if actor.reach == "own" and owner not in actor.doing(kind.opens).party_codes:
        why = no_mandate(actor, owner)
        if why is None:
            raise PermissionDenied(kind.opens)
        return why
    return owner


def _new(
    actor: Actor, kind: CaseKind, zone: str, owner: str, clean: dict[str, Any], about: str, parent: Case | None
) -> Case:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('cases_case', 'id'))")
        serial = cursor.fetchone()[0]
    at = clock.now()
    case = drafted(actor, kind, zone, owner, clean, (serial, civil_date(at)))
    case.about, case.parent, case.opened_at, case.moved_at = about, parent, at, at
    case.save(force_insert=True)
    return case


def drafted(
    actor: Actor, kind: CaseKind, zone: str, owner: str, clean: Mapping[str, Any], number: tuple[int, date]
) -> Case:
    """A draft, not yet saved. number: the row's and the day, of which its own is made."""
    serial, day = number
    return Case(
        pk=serial, zone=zone, number=f"{kind.prefix}{day:%Y%m%d}{serial:06d}", kind=kind.code, party_code=owner,
        title=_headline(kind, clean), opened_by=actor.name, state=kind.flow.start, facts=personal.kept(kind.fields, clean),
        flow_version=kind.flow.version(), plan_version=seals.plan_version(zone), steps_count=0, handler_code="",
    )  # fmt: skip


def _headline(kind: CaseKind, clean: Mapping[str, Any]) -> str:
    return ((kind.headline(clean) if kind.headline else "") or kind.flow.title)[:200]


@action("cases.save", title="保存草稿")
def save_draft(actor: Actor, number: int, raw: Mapping[str, Any]) -> Taken:
    """Keep what was typed into a draft; faulty values are told and the earlier ones stay. PermissionDenied out of reach."""
    case, kind = _locked(actor, number)
    if not may_move(actor, case, kind, kind.opens):
        raise PermissionDenied(kind.opens)
    if case.state not in kind.editable:
        return Taken(case, [_conflict(case, kind, "save")])
    clean, faults = parse(kind.fields, personal.with_kept(case.facts, raw), on=civil_date(clock.now()))
    case.facts = {**case.facts, **personal.kept(kind.fields, clean)}
    case.title, case.findings = _headline(kind, clean), [one.dump() for one in faults]
    case.save(update_fields=["facts", "title", "findings"])
    return Taken(case, [one for one in faults if not one.blocks], "save")


@action("cases.move", title="办理事项")
def take(actor: Actor, number: int, verb: str, raw: Mapping[str, Any] | None = None, note: str = "") -> Taken:
    """Move a case on. A hand-in (`submit`) checks the whole draft first; findings that block change nothing.

    PermissionDenied when the case is out of reach, the move is another desk's, or four eyes are asked for.
    """
    case, kind = _locked(actor, number)
    on = civil_date(clock.now())
    move = next((one for one in kind.flow.moves_from(case.state) if one.verb == verb), None)
    if move is None:
        return Taken(case, [_conflict(case, kind, verb)])
    if not may_move(actor, case, kind, move.by):
        raise PermissionDenied(move.by)
    _four_eyes(actor, kind, case, move)
    if kind.measures is not None:
        case.facts = {**case.facts, MEASURED: kind.measures(case)}
    said, faults = parse(move.asks, raw or {}, on=on)
    faults += _strange(actor, move.asks, said)
    if verb == "submit":
        faults += _complete(case, kind, on) + _missing(actor, case, kind)
    if verb in kind.guards and not faults:
        faults += kind.guards[verb](case, {**personal.clear(case.facts), **said})
    if any(one.blocks for one in faults):
        if verb == "submit":
            Case.objects.filter(pk=case.pk).update(findings=[one.dump() for one in faults])
        return Taken(case, faults, verb)
    target = kind.flow.take(case.state, verb, {**personal.clear(case.facts), **said})
    if isinstance(target, StateConflict):
        return Taken(case, [target.finding(case.number)], verb)
    _advance(actor, kind, case, move, target, note, said, faults)
    return Taken(case, faults, verb)


def _advance(
    actor: Actor,
    kind: CaseKind,
    case: Case,
    move: Move,
    target: str,
    note: str,
    said: dict[str, Any],
    remarks: list[Finding],
) -> None:
    before, case.findings = case.state, [one.dump() for one in remarks]
    if move.verb == "submit":
        hand_over(kind, case)
    kept = personal.kept(move.asks, said)
    case.facts = {**case.facts, **kept}
    _record(actor, kind, case, move.verb, before, target, note, kept)
    case.save()
    handed = {
        **(_documents(actor, case, kind) if move.verb == "submit" else {}),
        **_own_documents(actor, move.asks, said),
    }
    for document in handed.values():
        if document is not None:
            files.hold(document, f"case:{case.pk}")
    effect = kind.effects.get(move.verb)
    if effect is not None:
        effect(actor, case)
    _tell(kind, case, moved_by=move.by)


def hand_over(kind: CaseKind, case: Case) -> None:
    """From handing in on, the firm that the form names handles the case; a draft is the applicant's alone."""
    if kind.handled_by:
        case.handler_code = str(personal.clear(case.facts)[kind.handled_by])


def _tell(kind: CaseKind, case: Case, *, moved_by: str) -> None:
    """The applicant and the firm that handles it are told what the other did; desks, that it waits for them."""
    said_now = STATES.get(case.state, ("", case.state, case.state))[1:]
    desks = tuple(one for one in case.waits_for if one not in (kind.opens, kind.handles, HOUSE))
    owner = "" if moved_by == kind.opens else case.party_code
    handler = "" if moved_by == kind.handles else case.handler_code
    firms = tuple(one for one in (owner, handler) if one)
    tell_case(case.pk, case.zone, firms, (case.number, kind.flow.title, kind.title_en), desks, said_now)


def _own_documents(actor: Actor, asks: Sequence[Field], said: Mapping[str, Any]) -> dict[str, File | None]:
    """The documents handed in, by field; None where it is not the mover's own."""
    return {one.name: queries.own(actor, said[one.name]) for one in asks if one.kind == "file" and one.name in said}


def _strange(actor: Actor, asks: Sequence[Field], said: Mapping[str, Any]) -> list[Finding]:
    """Documents handed in that are another's, or none."""
    return [
        Finding("FILE-NOT-FOUND", field=name, value=said[name][:12])
        for name, document in _own_documents(actor, asks, said).items()
        if document is None
    ]


def _documents(actor: Actor, case: Case, kind: CaseKind) -> dict[str, File | None]:
    """The documents that a draft names, by field: those the case holds already, or the actor's own; None for any other."""
    named = {one.name: case.facts[one.name] for one in kind.fields if one.kind == "file" and case.facts.get(one.name)}
    return {name: queries.used(sha, f"case:{case.pk}") or queries.own(actor, sha) for name, sha in named.items()}


def _missing(actor: Actor, case: Case, kind: CaseKind) -> list[Finding]:
    """Documents named in a draft that are another's, or none."""
    return [
        Finding("FILE-NOT-FOUND", field=name, value=str(case.facts[name])[:12])
        for name, document in _documents(actor, case, kind).items()
        if document is None
    ]


def may_move(actor: Actor, case: Case, kind: CaseKind, by: str) -> bool:
    """Whether the actor holds the permission and, as a firm, stands on its side: the applicant's, or the handling firm's."""
    side = case.handler_code if kind.handles and by == kind.handles else case.party_code
    return actor.allows(by) and (actor.reach != "own" or side in actor.doing(by).party_codes)


def follow(case: Case, verb: str, note: str, said: dict[str, Any]) -> None:
    """A move that the house itself makes, in the transaction at hand (its `by` is HOUSE). ValueError where it does not start here."""
    kind = kinds()[case.kind]
    target = kind.flow.take(case.state, verb)
    if isinstance(target, StateConflict):
        raise ValueError(f"{verb} does not start from {case.state}")
    case.facts = {**case.facts, **said}
    _record(WORKER, kind, case, verb, case.state, target, note, said)
    case.save()


def _complete(case: Case, kind: CaseKind, on: date) -> list[Finding]:
    """Every fault of the whole draft: its fields, then the kind's own check over sound values."""
    clear = personal.clear(case.facts)
    told = {field.name: field.typed(clear.get(field.name)) for field in kind.fields}
    clean, faults = parse(kind.fields, told, on=on)
    return faults + (kind.check(case, clean) if kind.check and not faults else [])


def _locked(actor: Actor, number: int, *, asked: bool = False) -> tuple[Case, CaseKind]:
    """The case, locked, and its kind.  asked: a desk that was only asked to answer may have it too."""
    case = Case.objects.select_for_update(of=("self",)).filter(pk=number).first()
    within = Case.objects.all().seen_by(actor) if asked else Case.objects.all().decided_by(actor)
    if case is None or not within.filter(pk=number).exists():
        raise PermissionDenied("cases.move")
    return case, kinds()[case.kind]


def _conflict(case: Case, kind: CaseKind, verb: str) -> Finding:
    return StateConflict(kind.code, case.state, verb, kind.flow.verbs(case.state)).finding(case.number)


def _four_eyes(actor: Actor, kind: CaseKind, case: Case, move: Move) -> None:
    """No officer decides on a firm he belongs to; under four eyes nobody does, nor on what he opened or on his own step."""
    decides = move.by != kind.opens and (move.other or actor.reach != "own")
    if decides and case.party_code and case.party_code in belongs_to(actor):
        raise PermissionDenied("own firm")
    if not move.other:
        return
    last = Step.objects.filter(case=case).order_by("-seq").values_list("actor", flat=True).first()
    if actor.name in (case.opened_by, last):
        raise PermissionDenied("four eyes")


def _record(
    actor: Actor, kind: CaseKind, case: Case, verb: str, before: str, target: str, note: str, said: dict[str, Any]
) -> None:
    """Write one sealed step and bring the case's copies up to date."""
    last = Step.objects.filter(case=case).order_by("-seq").values_list("seal", flat=True).first()
    step = seals.sealed(actor, kind, case, (verb, before, target, note, said), last, clock.now())
    seals.noted(kind, case.flow_version)
    step.save(force_insert=True)


@dataclass(frozen=True, slots=True)
class Answered:
    """A desk asked or answered; with findings it has not answered yet."""

    case: Case
    desk: Desk
    findings: tuple[Finding, ...] = ()

    def audit(self) -> dict[str, Any] | None:
        if self.findings:
            return None
        return {"subject": f"case:{self.case.number}", "zone": self.case.zone, "facts": {"desk": self.desk.role}}


@action("cases.ask", title="请求联办")
def ask_desk(actor: Actor, number: int, *, zone: str, role: str, days: int) -> Answered:
    """Ask a desk (a role of a zone) to answer within so many working days; asking again changes nothing."""
    case, _ = _locked(actor, number)
    due = add_working_days(civil_date(clock.now()), days)
    desk, _ = Desk.objects.get_or_create(case=case, zone=zone, role=role, defaults={"due_on": due})
    return Answered(case, desk)


@action("cases.answer", title="联办答复")
def answer_desk(actor: Actor, number: int, answer: str, result: dict[str, Any] | None = None) -> Answered:
    """Answer from one's own desk, once.  result: what goes with it, a document of one's own under `paper`.

    PermissionDenied for a desk that was not asked or has answered.
    """
    case, kind = _locked(actor, number, asked=True)
    desk = (
        Desk.objects.select_for_update()
        .filter(case=case, role=actor.role, zone__in=actor.zones, answered_at=None)
        .first()
    )
    if desk is None:
        raise PermissionDenied("cases.answer")
    strange = _strange(actor, ANSWER, result or {})
    if strange:
        return Answered(case, desk, tuple(strange))
    desk.answered_at, desk.answered_by, desk.answer, desk.result = clock.now(), actor.name, answer[:1000], result or {}
    desk.save()
    _record(actor, kind, case, "answer", case.state, case.state, answer, result or {})
    case.save()
    for document in _own_documents(actor, ANSWER, result or {}).values():
        if document is not None:
            files.hold(document, f"case:{case.pk}")
    if "gather" in kind.flow.verbs(case.state) and not case.desks.filter(answered_at=None).exists():
        follow(case, "gather", "", {})
    return Answered(case, desk)
