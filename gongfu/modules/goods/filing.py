"""Product filing as kinds of case: what is checked when a draft is handed in, what happens when it is decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.cases.actions import follow
from gongfu.base.cases.kinds import CaseKind
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.core.rule import Finding
from gongfu.modules.goods import actions, flows, queries, rules

Drafts = Sequence[tuple[Case, Mapping[str, Any]]]
TITLES = {field.name: (field.title, field.title_en) for field in flows.FIELDS}


def check_filings(drafts: Drafts) -> list[list[Finding]]:
    """The rules of the day, and each key once for a firm."""
    found = _by_rules(drafts)
    known = queries.by_keys(queries.key(case.party_code, facts) for case, facts in drafts)
    for at, (case, facts) in enumerate(drafts):
        other = known.get(queries.key(case.party_code, facts))
        if other is not None and other.state in actions.TAKEN and other.case_id != case.pk:
            found[at].append(Finding("GOODS-DUPLICATE", field="item_no", value=facts["item_no"], rules=("R-706",)))
    return found


def check_changes(drafts: Drafts) -> list[list[Finding]]:
    """The product is filed, and here; a new HS code or origin will be reviewed (R-706)."""
    found = _by_rules(drafts)
    known = queries.by_keys(queries.key(case.party_code, facts) for case, facts in drafts)
    for at, (case, facts) in enumerate(drafts):
        product = known.get(queries.key(case.party_code, facts))
        if product is None or product.home or product.state != "valid":
            found[at].append(Finding("GOODS-NOT-FILED", field="item_no", value=facts["item_no"], rules=("R-706",)))
        elif changed := rules.reopens(queries.facts_of(product), facts):
            zh, en = (sep.join(TITLES[name][lang] for name in changed) for lang, sep in ((0, "、"), (1, ", ")))
            found[at].append(Finding("GOODS-REOPENED", field=changed[0], facts={"what": zh, "what_en": en}, rules=("R-706",)))  # fmt: skip
    return found


def _by_rules(drafts: Drafts) -> list[list[Finding]]:
    found: list[list[Finding]] = [[] for _ in drafts]
    for row, fault in rules.findings(rules.goods(facts for _, facts in drafts), civil_date(clock.now())):
        found[row].append(fault)
    return found


def check_filing(case: Case, facts: Mapping[str, Any]) -> list[Finding]:
    return check_filings([(case, facts)])[0]


def check_change(case: Case, facts: Mapping[str, Any]) -> list[Finding]:
    return check_changes([(case, facts)])[0]


def said(case: Case) -> actions.Filing:
    """What a case says of its product."""
    return actions.Filing(case.pk, case.zone, case.party_code, case.facts)


def handed(actor: Actor, cases: Sequence[Case]) -> None:
    if cases:
        actions.hand_in(actor, [said(case) for case in cases])


def hand_in(actor: Actor, case: Case) -> None:
    handed(actor, [case])


def hand_in_change(actor: Actor, case: Case) -> None:
    """A new HS code or origin re-opens the review; any other change takes effect at once (R-706)."""
    one = said(case)
    product = queries.by_keys([one.key])[one.key]
    if rules.reopens(queries.facts_of(product), case.facts):
        actions.reopen(actor, one)
    else:
        actions.change(actor, one)
        follow(case, "settle", "", {})


def approve(actor: Actor, case: Case) -> None:
    actions.approve(actor, said(case))


def sent_back(actor: Actor, case: Case) -> None:
    actions.settle(actor, said(case), "draft")


def refused(actor: Actor, case: Case) -> None:
    actions.settle(actor, said(case), "refused")


def withdrawn(actor: Actor, case: Case) -> None:
    """A draft that never said which product it is about has none to withdraw."""
    if all(name in case.facts for name in flows.KEY):
        actions.settle(actor, said(case), "withdrawn")


def headline(facts: Mapping[str, Any]) -> str:
    return f"{facts.get('item_no', '')} {facts.get('name', '')}".strip()


def fresh(actor: Actor) -> dict[str, Any]:
    return {"lane": "simple"}


def known(actor: Actor, number: str) -> dict[str, Any]:
    """What is filed of one of the actor's products, by its row number."""
    product = (
        queries.reachable(actor).filter(pk=int(number)).first() if number.isdecimal() and len(number) < 19 else None
    )
    return queries.facts_of(product) if product else {}


ENDS = {"approve": approve, "send_back": sent_back, "refuse": refused, "withdraw": withdrawn}
COMMON: dict[str, Any] = {
    "opens": flows.APPLY,
    "module": "goods",
    "topic": ("商品与通关", "Goods and clearance"),
    "headline": headline,
    "features": ("goods.filing",),
}
KINDS = (
    CaseKind(
        flows.FILING, "Product filing", "一件商品每种贸易方式备案一次，各区都认；可以用 Excel 成批办。", "File a product once per mode; it holds in every zone, and Excel files many.",
        flows.FIELDS, prefix="SP", events=("export",), words="商品 归类 编码 备案 货号 product HS", check=check_filing, checks=check_filings, handed=handed,
        effects={"submit": hand_in, **ENDS}, prefill=fresh, **COMMON,
    ),
    CaseKind(
        flows.CHANGE, "Change of a product filing", "编码或原产国有变化要重新审核，其余变更直接生效。", "A new HS code or origin is reviewed again; other changes take effect at once.",
        flows.FIELDS, prefix="SB", events=("change",), words="商品 变更 归类 product change", check=check_change, checks=check_changes,
        effects={"submit": hand_in_change, **ENDS}, prefill_about=known, **COMMON,
    ),
)  # fmt: skip
