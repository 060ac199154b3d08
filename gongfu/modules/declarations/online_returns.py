"""Returns asked for on line (R-1104): a consumer, agent or exporter names the list; papers that agree go straight to the declarant.

Nothing is released or refunded here: the declarant hands in the return (CEB625, CEB213), customs decides, and this case follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.cases import actions as cases
from gongfu.base.cases.kinds import CaseKind
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.core.fields import INTERNAL, Field
from gongfu.core.flow import HOUSE, Flow, Move
from gongfu.core.rule import Finding
from gongfu.modules.declarations import queries
from gongfu.modules.declarations.models import Declaration, FollowUp
from gongfu.modules.declarations.rules import returns
from gongfu.modules.trade import queries as trade

CODE, APPLY, REVIEW = "declarations.return", "returns.apply", "returns.review"
INTACT = "unopened"
CONDITIONS = (
    (INTACT, "未拆封，原状", "Unopened, as it came"), ("opened", "已拆封，未使用", "Opened, not used"), ("damaged", "破损或有质量问题", "Damaged or faulty"),
    ("wrong", "发错货", "Not what was ordered"),
)  # fmt: skip
WANTS = (("return", "退货", "Return"), ("exchange", "换货（退货并重新下单）", "Exchange (return and a new order)"))
TITLES_OF = {code: zh for code, zh, _ in WANTS}
WHY = (Field("why", "理由", "Why", "lines"),)
FIELDS = (
    Field("number", "清单编号或订单编号", "List or order number", longest=60),
    Field("waybill", "原运单编号", "Waybill it came with", longest=80, help="与清单比对，不一致时转人工审核。", help_en="Compared with the list; an officer looks where they differ."),
    Field("gnum", "退第几项商品", "Which line", "whole", least=1, most=100),
    Field("qty", "退货数量", "How many", "decimal"),
    Field("condition", "商品状况", "Condition", "choice", choices=CONDITIONS),
    Field("reason", "退货原因", "Reason", "lines", klass=INTERNAL, longest=300, help="请不要写证件号和电话。", help_en="Please leave out identity and telephone numbers."),
    Field("want", "办理", "You want", "choice", choices=WANTS),
    Field("new_order", "新订单编号", "Number of the new order", longest=60, only=("want", ("exchange",)), help="换货另下一单；新订单的税款和额度单独计算（R-1104）。", help_en="An exchange is a new order; its tax and quota are counted apart (R-1104)."),
)  # fmt: skip
FLOW = Flow("declarations.return", "退换货", start="draft", finals=("settled", "refused", "withdrawn"), moves=(
    Move("submit", "提交", "draft", "comparing", by=APPLY, title_en="Hand in"),
    Move("agree", "单证相符", "comparing", "agreed", by=HOUSE, title_en="The papers agree"),
    Move("doubt", "单证不符，转人工审核", "comparing", "reviewing", by=HOUSE, title_en="The papers differ: an officer looks"),
    Move("accept", "同意退货", "reviewing", "agreed", by=REVIEW, days=2, title_en="Agree"),
    Move("send_back", "退回补正", "reviewing", "draft", by=REVIEW, title_en="Send back", asks=WHY),
    Move("refuse", "不同意退货", "reviewing", "refused", by=REVIEW, title_en="Refuse", asks=WHY),
    Move("hand_in", "已向海关报退货申请", "agreed", "handed_in", by=HOUSE, title_en="Handed in to customs"),
    Move("reopen", "海关退单，待重报", "handed_in", "agreed", by=HOUSE, title_en="Rejected by customs, to be handed in again"),
    Move("conclude", "海关办结，等货物运抵", "handed_in", "arriving", by=HOUSE, title_en="Concluded by customs, waiting for the goods"),
    Move("finish", "货物运抵，退货完成", ("handed_in", "arriving"), "settled", by=HOUSE, title_en="The goods are back: done"),
    Move("withdraw", "撤回", ("draft", "reviewing", "agreed"), "withdrawn", by=APPLY, title_en="Withdraw"),
))  # fmt: skip


def check(case: Case, facts: Mapping[str, Any]) -> list[Finding]:
    """The list is the applicant's own, released, in time, and has that much of the line left; an exchange names another order."""
    row = queries.own_list(facts["number"], case.zone, case.party_code)
    if row is None:
        return [Finding("BIZ-RETURN-NOT-YOURS", field="number", value=facts["number"], rules=("R-1104",))]
    found = _in_time(row, facts["number"]) or _line(case, row, facts)
    return found + (_exchange(row, facts["new_order"]) if facts["want"] == "exchange" else [])


def _exchange(row: Declaration, order_no: str) -> list[Finding]:
    """An exchange is sent with a new order of the same platform, which has come in (R-1104)."""
    code = "BIZ-EXCHANGE-ORDER" if order_no == row.order_no else "BIZ-EXCHANGE-UNKNOWN"
    known = order_no != row.order_no and trade.ordered_since(row.ebp_code, order_no, row.order_no)
    return [] if known else [Finding(code, field="new_order", value=order_no, rules=("R-1104",))]


def _in_time(row: Declaration, number: str) -> list[Finding]:
    imported = row.flow == "I"
    rule = "R-214" if imported else "R-308"
    released = queries.released_day(row.pk)
    if row.state not in returns.RELEASED or released is None:
        facts = {"state": row.state}
        return [Finding("BIZ-RETURN-STATE", field="number", value=number, facts=facts, rules=(rule,))]
    today = civil_date(clock.now())
    until = returns.last_day_to_apply(released, today) if imported else returns.last_day_back(released, today)
    if today <= until:
        return []
    code = "BIZ-RETURN-LATE" if imported else "BIZ-EXPORT-RETURN-LATE"
    days = {"released": f"{released}", "until": f"{until}", "applied": f"{today}"}
    return [Finding(code, field="number", value=number, facts=days, rules=(rule, "R-120"))]


def _line(case: Case, row: Declaration, facts: Mapping[str, Any]) -> list[Finding]:
    gnum, qty = int(facts["gnum"]), Decimal(str(facts["qty"]))
    line = row.lines.filter(gnum=gnum).first()
    if line is None:
        return [Finding("BIZ-RETURN-LINE", field="gnum", value=str(gnum), rules=("R-214",))]
    left = line.qty - queries.returning(row.pk, gnum) - _asked(case, row.pk, gnum)
    if not 0 < qty <= left:
        told = {"declared": returns.plain(line.qty), "left": returns.plain(left)}
        return [Finding("BIZ-RETURN-QTY", line=gnum, field="qty", value=returns.plain(qty), facts=told, rules=("R-214",))]  # fmt: skip
    return []


def _asked(case: Case, declaration: int, gnum: int) -> Decimal:
    """What other open applications ask of the same line and the declarant has not handed in yet."""
    others = Case.objects.filter(about=about(declaration), kind=CODE, state__in=("comparing", "reviewing", "agreed")).exclude(pk=case.pk)  # fmt: skip
    return sum((Decimal(str(one["qty"])) for one in others.values_list("facts", flat=True) if int(one["gnum"]) == gnum), Decimal(0))  # fmt: skip


def about(declaration: int) -> str:
    return f"declaration:{declaration}"


def compare(actor: Actor, case: Case) -> None:
    """Compare what was said with the list; what agrees is agreed to at once, anything else goes to an officer (MY-22, R-214)."""
    facts = case.facts
    row = queries.own_list(facts["number"], case.zone, case.party_code)
    if row is None:
        cases.follow(case, "doubt", "", {"differences": ["number"]})
        return
    case.about = about(row.pk)
    differing = [name for name, differs in _differences(row, facts) if differs]
    told = {"list": row.pk, "list_number": row.invt_no, "agent": row.agent_code, "differences": differing}
    cases.follow(case, "doubt" if differing else "agree", "、".join(TITLES[one] for one in differing), told)


TITLES = {"waybill": "运单编号与清单不一致", "condition": "商品不是原状", "qty": "数量不是整件"}


def _differences(row: Declaration, facts: Mapping[str, Any]) -> list[tuple[str, bool]]:
    qty = Decimal(str(facts["qty"]))
    return [
        ("waybill", facts["waybill"].strip() != row.logistics_no),
        ("condition", facts["condition"] != INTACT),
        ("qty", qty != qty.to_integral_value()),
    ]


def handed_in(kind: str, message_ids: Iterable[int]) -> None:
    """Returns were recorded: the applications that wait for one of the same line are linked with it."""
    if kind not in queries.RETURN_KINDS:
        return
    rows = FollowUp.objects.filter(kind=kind, message_id__in=list(message_ids), live=True)
    for number, declaration, gnum in rows.values_list("pk", "declaration_id", "lines__of_gnum").order_by("pk"):
        waiting = Case.objects.select_for_update().filter(kind=CODE, about=about(declaration), state="agreed", facts__gnum=gnum)  # fmt: skip
        case = waiting.order_by("pk").first()
        if case is not None:
            cases.follow(case, "hand_in", "", {"follow_up": number})


def ended(kind: str, concluded: Iterable[int], failed: Iterable[int]) -> None:
    """Customs has decided on returns: their applications wait for the goods (or are done when those are back), or for the declarant
    again."""
    if kind not in queries.RETURN_KINDS:
        return
    back = set(FollowUp.objects.filter(pk__in=list(concluded), facts__has_key="arrived_on").values_list("pk", flat=True))
    _follow("finish", back)
    _follow("conclude", set(concluded) - back)
    _follow("reopen", failed)


def arrived(numbers: Iterable[int]) -> None:
    """The goods of returns are back: the applications that customs has concluded are done."""
    _follow("finish", FollowUp.objects.filter(pk__in=list(numbers), state="concluded").values_list("pk", flat=True))


def _follow(verb: str, follow_ups: Iterable[int]) -> None:
    rows = Case.objects.select_for_update().filter(kind=CODE, facts__follow_up__in=list(follow_ups))
    for case in rows.filter(state__in=("handed_in", "arriving")).order_by("pk"):
        cases.follow(case, verb, "", {})


def headline(facts: Mapping[str, Any]) -> str:
    return f"{TITLES_OF.get(str(facts.get('want')), '退货')} {facts.get('number', '')}"


KIND = CaseKind(
    FLOW, "Return or exchange", "凭清单或订单编号在线申请退换货，看得到每一步；进口 30 天内、出口一年内。", "Ask for a return or exchange by list or order number and follow every step; imports within 30 days, exports within a year.",
    FIELDS, opens=APPLY, prefix="TH", module="declarations", topic=("退换货", "Returns and exchanges"), words="退货 换货 退运 退款 return exchange refund",
    events=("trouble",), check=check, effects={"submit": compare}, headline=headline, features=("declarations.returns",),
)  # fmt: skip
