"""What one return does and by when, told for its page: windows, lines, tax and quota, each with its rule."""

from __future__ import annotations

from datetime import date
from typing import Any

from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.screens.words import say
from gongfu.modules.declarations import queries as declarations
from gongfu.modules.tax.models import Returned
from gongfu.modules.tax.rules.returns import in_time

IMPORT = "CEB625Message"
EXPORT_WORDS = {
    "exempt": ("免征进口税", "Exempt from import tax"),
    "ordinary": ("按一般退运货物", "Ordinary returned goods"),
    "general": ("按一般进口", "General import"),
}


def lines(row: Any) -> list[dict[str, Any]]:
    """Lines of a return: goods, quantity beside what was declared, and what it took back or how its re-entry is taxed."""
    taken = {one.gnum: one for one in Returned.objects.filter(follow_up=row.pk)}
    told = []
    for line, own in declarations.return_lines(row):
        back = taken.get(line.of_gnum or 0)
        tax_fen = back.duty_fen + back.ct_fen + back.vat_fen if back else None
        entry: dict[str, Any] = {"line": line, "own": own, "back": back, "tax_fen": tax_fen}
        if row.kind != IMPORT and own is not None:
            entry["decision"] = _decision(row, own.hs10)
        told.append(entry)
    return told


def _decision(row: Any, hs10: str) -> dict[str, Any] | None:
    """How goods that come back are taxed on the day they are back, or today while they are not (R-309)."""
    released = declarations.released_day(row.declaration_id)
    if released is None:
        return None
    made = declarations.reentry(released, arrived_on(row) or civil_date(clock.now()), hs10, row.declaration.mode)
    return {
        "title": say(*EXPORT_WORDS[made.outcome]), "outcome": made.outcome, "food": made.food, "until": made.exempt_until,
        "back_until": made.back_until, "confidence": made.confidence, "rules": made.rules,
    }  # fmt: skip


def arrived_on(row: Any) -> date | None:
    """The day the goods were back, as noted."""
    text = row.facts.get("arrived_on")
    return date.fromisoformat(text) if text else None


def sums(told: list[dict[str, Any]]) -> dict[str, int]:
    """What the return took back in all; tax by kind and together."""
    back = [one["back"] for one in told if one["back"]]
    found = {name: sum(getattr(one, name) for one in back) for name in ("dv_fen", "duty_fen", "ct_fen", "vat_fen")}
    return {**found, "tax_fen": found["duty_fen"] + found["ct_fen"] + found["vat_fen"]}


def windows(row: Any) -> list[dict[str, Any]]:
    """Each window: its title, last day, the day it was met or None, whether it was, and the rule."""
    released = declarations.released_day(row.declaration_id)
    if released is None:
        return []
    applied, back = civil_date(row.received_at), arrived_on(row)
    apply_until, back_until = declarations.return_days(row.kind, released, applied)
    rule = "R-214" if row.kind == IMPORT else "R-308"
    first = [_window(("申请退货", "Apply"), apply_until, applied, rule)] if apply_until else []
    return [*first, _window(("货物运抵", "Goods back"), back_until, back, rule)]


def _window(title: tuple[str, str], until: date, met: date | None, rule: str) -> dict[str, Any]:
    today = civil_date(clock.now())
    late = (met or today) > until
    return {"title": say(*title), "until": until, "met": met, "late": late, "left": (until - today).days, "rule": rule}


def standing(row: Any, told: list[dict[str, Any]]) -> dict[str, str]:
    """Where the return stands for tax and quota, in one sentence, and its tone."""
    if any(one["back"] for one in told):
        return _said("ok", "税款和额度已冲回，担保和税单已相应减少。", "Tax and quota are taken back; guarantee and bill are lower by it.")  # fmt: skip
    if not row.live:
        return _said(
            "bad", "退货未获同意，税款和额度不变。", "The return was not agreed to; tax and quota stay as they are."
        )
    if row.kind != IMPORT:
        return _said("run", "出口退货按货物回来的日期决定进口税，见各项商品。", "The day the goods are back decides on import tax; see the lines.")  # fmt: skip
    released, back = declarations.released_day(row.declaration_id), arrived_on(row)
    if released and back and not in_time(released, civil_date(row.received_at), back):
        return _said("warn", "货物运抵超过期限：退货照办，但税款照缴、额度不退（R-214）。", "The goods came back too late: the return goes on, but tax stays due and quota used (R-214).")  # fmt: skip
    if row.state != "concluded":
        return _said("run", "等海关办结；办结且货物按期运抵后冲回税款和额度。", "Waiting for customs; tax and quota are taken back once it has concluded and the goods are back in time.")  # fmt: skip
    return _said("wait", "海关已办结，等货物运抵登记；按期运抵后冲回税款和额度。", "Customs has concluded; tax and quota are taken back once the goods are noted as back in time.")  # fmt: skip


def _said(tone: str, zh: str, en: str) -> dict[str, str]:
    return {"tone": tone, "text": say(zh, en)}
