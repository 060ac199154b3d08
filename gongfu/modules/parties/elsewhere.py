"""A change of a filing handled away from its home (异地办理): taken in here, decided where the firm is filed, answered back (R-707)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.cases import actions as cases
from gongfu.base.cases.kinds import CaseKind
from gongfu.base.cases.models import Case
from gongfu.base.notices.actions import tell
from gongfu.base.partners.actions import publish
from gongfu.core.flow import HOUSE
from gongfu.core.rule import Finding
from gongfu.modules.parties import actions, filing, flows, queries

REQUEST, ANSWER = "party.request", "party.answer"


def check(case: Case, facts: Mapping[str, Any]) -> list[Finding]:
    """The firm is the applicant's own, and filed at a partner; nothing personal is asked, so nothing personal goes there."""
    filed = queries.valid(facts["code"])
    if filed is None:
        return [*filing.yours(case, facts["code"]), Finding("FILING-NOT-THERE", field="code", value=facts["code"])]
    here = [] if filed.origin else [Finding("FILING-HERE", field="code", value=facts["code"], rules=("R-707",))]
    return filing.yours(case, facts["code"]) + here


def forward(actor: Actor, case: Case) -> None:
    """Send the request, signed, to the firm's home installation alone."""
    filed = queries.valid(case.facts["code"])
    home = filed.origin if filed else ""
    publish(REQUEST, case.number, 1, {"zone": case.zone, "facts": case.facts}, audience=home)


def receive(body: Mapping[str, Any], partner: str) -> str:
    """A partner took in a change of a firm filed here: a case for our own officers."""
    party = queries.valid(str(body["facts"].get("code", "")))
    if party is None or party.origin:
        return "not-home"
    raw = {**body["facts"], "from_site": partner, "from_number": body["key"]}
    cases.open_case(WORKER, flows.HANDLED.code, zone=party.zone, raw=raw, party_code=party.code)
    return "applied"


def approve(actor: Actor, case: Case) -> None:
    actions.file_party(actor, case.pk, case.zone, case.facts)
    _answer(case, "granted", "")


def refuse(actor: Actor, case: Case) -> None:
    _answer(case, "denied", str(case.facts.get("reason", "")))


def _answer(case: Case, verb: str, reason: str) -> None:
    said = {"zone": case.zone, "verb": verb, "reason": reason, "home_number": case.number}
    publish(ANSWER, case.facts["from_number"], 1, said, audience=case.facts["from_site"])


def answered(body: Mapping[str, Any], partner: str) -> str:
    """The home has decided: our case follows, and the applicant is told. Only the firm's home may answer."""
    case = (
        Case.objects.select_for_update()
        .filter(number=body["key"], kind=flows.ELSEWHERE.code, state="forwarded")
        .first()
    )
    filed = queries.by_code(case.facts["code"]) if case else None
    if case is None or filed is None or filed.origin != partner or body["verb"] not in ("granted", "denied"):
        return "not-home"
    cases.follow(case, body["verb"], body["reason"], {"home_number": body["home_number"]})
    title, title_en = f"异地办理 {case.number} 有结果了", f"{case.number} was decided at the firm's home"
    tell(zone=case.zone, party_code=case.party_code, title=title, title_en=title_en, place=f"cases/{case.pk}")
    return "applied"


KINDS = (
    CaseKind(
        flows.ELSEWHERE, "Change of a filing, handled here for its home", "企业在伙伴平台备案，在这里就能办变更；决定由备案地作出。",
        "For firms filed at a partner installation; the home decides.", flows.OPEN_FIELDS, opens="parties.apply", prefix="YD", events=("change",), module="parties",
        topic=filing.TOPIC, words="异地 跨区 通办 变更", check=check, effects={"forward": forward}, prefill=filing.prefill, headline=filing.headline, features=("parties.filing",),
    ),
    CaseKind(
        flows.HANDLED, "Change of a filing, taken in by a partner", "伙伴平台受理的变更，由本地决定。", "Taken in by a partner; decided here.", flows.HANDLED_FIELDS,
        opens=HOUSE, prefix="YS", module="parties", topic=filing.TOPIC, guards={"approve": filing.check_change}, effects={"approve": approve, "refuse": refuse}, headline=filing.headline, features=("parties.filing",),
    ),
)  # fmt: skip
