"""Documents of the bonded book as kinds of case: stock-in, changes and exits, display, stocktaking; each entry names its case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.cases.actions import follow
from gongfu.base.cases.kinds import CaseKind
from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.core.ceb.schema import code_names
from gongfu.core.fields import Field
from gongfu.core.rule import Finding
from gongfu.modules.declarations import book_flows as flows
from gongfu.modules.declarations import bookkeeping, books
from gongfu.modules.declarations.kinds import BOOK_APPLY
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.declarations.rules import books as rules

Facts = Mapping[str, Any]
EMS = Field("ems_no", "账册编号", "Book number (emsNo)", longest=30)
ITEM = Field("record_no", "料号", "Item number", longest=30)
QTY = Field("qty", "数量", "Quantity", "decimal", least=0, help="按账册的计量单位。", help_en="In the book's own unit.")
NEW_ITEM = (
    Field("hs10", "商品编码", "HS code", "hs10", needed=False),
    Field("name", "商品名称", "Name", needed=False, longest=250),
    Field("unit", "计量单位", "Unit", "choice", needed=False, choices=code_names("unit")),
    Field("expires_on", "到期日", "Expires on", "date", needed=False),
)
INBOUND = Field(
    "inbound_no",
    "入库单证号",
    "Inbound document",
    longest=40,
    help="核注清单或入库单编号。",
    help_en="Number of the bonded note or inbound list.",
)
CHANGES = (
    ("transfer", "转入另一账册", "Transfer to another book"),
    ("up", "调增", "Adjust upwards"),
    ("down", "调减", "Adjust downwards"),
    ("loss", "损耗、灭失", "Loss"),
    ("general", "出区：一般贸易进口", "Exit: general trade"),
    ("reexport", "出区：退运出境", "Exit: re-export"),
    ("destroy", "出区：销毁", "Exit: destruction"),
)
CAUSES = (
    ("loss", "损耗", "Loss"),
    ("mislaid", "错放、串货", "Mislaid"),
    ("late_entry", "单证未及时录入", "Document entered late"),
    ("miscount", "上次盘点有误", "Earlier miscount"),
    ("unknown", "原因待查", "Not yet known"),
)
STOCK_IN_FIELDS = (EMS, INBOUND, Field("rows", "入库明细", "Lines", "rows", rows=(ITEM, QTY, *NEW_ITEM), most=99))
CHANGE_FIELDS = (
    EMS,
    Field("change", "变动种类", "Kind of change", "choice", choices=CHANGES),
    Field("to_ems_no", "转入账册编号", "Receiving book", longest=30, only=("change", ("transfer",))),
    Field("document_no", "依据单证号", "Document behind it", longest=40),
    Field("why", "说明", "Why", "lines", longest=500),
    Field("rows", "明细", "Lines", "rows", rows=(ITEM, QTY), most=99),
)
DISPLAY_FIELDS = (
    EMS,
    Field(
        "place",
        "展示场所",
        "Where it is shown",
        longest=100,
        help="展厅、直播间或门店；展示商品不能当场提走。",
        help_en="Hall, studio or shop; nothing is carried away.",
    ),
    Field("guarantor", "担保企业", "Guarantor", "uscc"),
    Field("guarantee_fen", "担保金额", "Guarantee", "money", unit="元", least=0),
    Field("due_on", "返区期限", "Back by", "date"),
    Field("rows", "展示明细", "Lines", "rows", rows=(ITEM, QTY), most=40),
)
COUNT_ROWS = (
    ITEM,
    Field("qty", "实盘数量", "Counted", "decimal", least=0),
    Field("cause", "差异原因", "Cause", "choice", needed=False, choices=CAUSES),
)
STOCKTAKE_FIELDS = (
    EMS,
    Field("counted_at", "盘点截止时间", "Cut-off", "moment"),
    Field("owner", "差异责任岗位", "Who owns differences", longest=60),
    Field("rows", "实盘明细", "Counted", "rows", rows=COUNT_ROWS, most=2000),
)  # fmt: skip


def _own(case: Case, facts: Facts, name: str = "ems_no") -> list[Finding]:
    """The book is in use in the zone and the applicant's own."""
    if books.opened(case.zone, [facts[name]]).get(facts[name]) == case.party_code:
        return []
    return [Finding("BOOK-CLOSED", field=name, value=facts[name], rules=("R-212",))]


def check_stock_in(case: Case, facts: Facts) -> list[Finding]:
    """Its own book, each item once, new ones whole, known ones in their unit, the inbound document once."""
    said = [*_own(case, facts), *rules.repeated(facts["rows"])]
    known = books.items(facts["ems_no"], [row["record_no"] for row in facts["rows"]])
    for at, row in enumerate(facts["rows"]):
        item = known.get(row["record_no"])
        whole = (
            all(row.get(name) for name in ("hs10", "name", "unit"))
            if item is None
            else row.get("unit", item.unit) == item.unit
        )
        if not whole:
            said.append(
                Finding("BOOK-ITEM", line=at + 1, field=f"rows-{at}-unit", value=row["record_no"], rules=("R-212",))
            )
    earlier = Case.objects.filter(
        kind=flows.STOCK_IN.code, state="entered", facts__ems_no=facts["ems_no"], facts__inbound_no=facts["inbound_no"]
    )
    if earlier.exclude(pk=case.pk).exists():
        told = {"book": facts["ems_no"]}
        said.append(
            Finding("BOOK-INBOUND-TWICE", field="inbound_no", value=facts["inbound_no"], facts=told, rules=("R-1507",))
        )
    return said


def stock_in(actor: Actor, case: Case) -> None:
    bookkeeping.put_in(actor, case.zone, case.facts["ems_no"], case.number, case.facts["rows"])


def check_change(case: Case, facts: Facts) -> list[Finding]:
    """Its own book, known items, enough of them where they leave; the receiving book is in use."""
    said = _own(case, facts)
    if facts["change"] == "transfer":
        other = facts["to_ems_no"]
        if other == facts["ems_no"]:
            said.append(Finding("BOOK-SAME", field="to_ems_no", value=other, rules=("R-215",)))
        elif not books.opened(case.zone, [other]):
            said.append(Finding("BOOK-CLOSED", field="to_ems_no", value=other, rules=("R-215",)))
        else:
            said += _other_units(facts)
    if facts["change"] == "up":
        known = books.items(facts["ems_no"])
        told = {"book": facts["ems_no"]}
        said += [
            Finding(
                "BOOK-UNKNOWN-ITEM",
                line=at + 1,
                field=f"rows-{at}-record_no",
                value=row["record_no"],
                facts=told,
                rules=("R-212",),
            )
            for at, row in enumerate(facts["rows"])
            if row["record_no"] not in known
        ]
        return said + rules.repeated(facts["rows"])
    return said + bookkeeping.short(facts["ems_no"], facts["rows"])


def _other_units(facts: Facts) -> list[Finding]:
    """Items that the receiving book keeps in another unit: a quantity of one is none of the other."""
    names = [row["record_no"] for row in facts["rows"]]
    mine, theirs = books.items(facts["ems_no"], names), books.items(facts["to_ems_no"], names)
    return [
        Finding("BOOK-ITEM", line=at + 1, field=f"rows-{at}-record_no", value=name, rules=("R-212",))
        for at, name in enumerate(names)
        if name in mine and name in theirs and mine[name].unit != theirs[name].unit
    ]


def change(actor: Actor, case: Case) -> None:
    facts = case.facts
    if facts["change"] == "transfer":
        bookkeeping.transfer(actor, case.zone, facts["ems_no"], facts["to_ems_no"], case.number, facts["rows"])
    elif facts["change"] == "up":
        known = books.items(facts["ems_no"])
        last = {name: item.expires_last.isoformat() if item.expires_last else "" for name, item in known.items()}
        rows = [{**row, "expires_on": last[row["record_no"]]} for row in facts["rows"]]
        bookkeeping.put_in(actor, case.zone, facts["ems_no"], case.number, rows)
    else:
        bookkeeping.take_out(actor, facts["ems_no"], case.number, facts["rows"])


def check_display(case: Case, facts: Facts) -> list[Finding]:
    """Its own book, enough goods and guarantee, a day that lies ahead."""
    said = _own(case, facts)
    if date.fromisoformat(facts["due_on"]) <= civil_date(clock.now()):
        said.append(Finding("BOOK-DUE", field="due_on", value=facts["due_on"], rules=("R-203",)))
    return said + bookkeeping.short(facts["ems_no"], facts["rows"], facts["guarantor"], facts["guarantee_fen"])


def show(actor: Actor, case: Case) -> None:
    facts = case.facts
    bookkeeping.show(actor, facts["ems_no"], case.number, facts["rows"], facts["guarantor"], facts["guarantee_fen"])


def back_by(case: Case) -> date | None:
    return date.fromisoformat(case.facts["due_on"]) if case.state == "shown" else None


def _selling(case: Case, facts: Facts) -> dict[str, int]:
    """Ledger units by item that are sold: those named, else all that is still shown."""
    rows = facts.get("sold")
    return {row["record_no"]: rules.units(row["qty"]) for row in rows} if rows else books.on_display(case.number)


def _list_of(case: Case, order_no: str) -> Declaration | None:
    rows = Declaration.objects.filter(zone=case.zone, order_no=order_no, ems_no=case.facts["ems_no"], live=True, flow="I")
    row: Declaration | None = rows.order_by("-pk").first()
    return row


def check_sale(case: Case, facts: Facts) -> list[Finding]:
    """What is sold is still shown, and a list of the order draws that much besides what it has sold from displays before (R-203:
    sold by order and list, delivered from bonded stock)."""
    ems_no, shown, row = facts["ems_no"], books.on_display(case.number), _list_of(case, facts["order_no"])
    left = {name: -units for name, units in books.sold_from_display(ems_no, row.pk).items()} if row else {}
    for record_no, code, amount in books.drawn([row.pk] if row else []).select("record_no", "code", "amount_units").iter_rows():
        left[record_no] = left.get(record_no, 0) + (amount if not code else 0)
    told = {"book": ems_no}
    said = rules.repeated(facts.get("sold") or [], "sold")
    for name, units in _selling(case, facts).items():
        if units > shown.get(name, 0):
            have = {**told, "left": rules.shown(shown.get(name, 0)), "wanted": rules.shown(units)}
            said.append(Finding("BOOK-SHORT", field="sold", value=name, facts=have, rules=("R-203",)))
        elif units > left.get(name, 0):
            said.append(Finding("BOOK-NO-SALE", field="order_no", value=facts["order_no"], facts=told, rules=("R-203",)))
    return said


def check_all_sold(case: Case, facts: Facts) -> list[Finding]:
    """As a sale of everything that is still shown."""
    return check_sale(case, {**facts, "sold": None})


def sold(actor: Actor, case: Case) -> None:
    _sell(actor, case, case.facts)


def all_sold(actor: Actor, case: Case) -> None:
    _sell(actor, case, {**case.facts, "sold": None})


def _sell(actor: Actor, case: Case, facts: Facts) -> None:
    row = _list_of(case, facts["order_no"])
    if row is not None:
        bookkeeping.sell_shown(actor, facts["ems_no"], case.number, row.pk, _selling(case, facts))


def came_back(actor: Actor, case: Case) -> None:
    bookkeeping.end_show(actor, case.facts["ems_no"], case.number, exited=False)


def exited(actor: Actor, case: Case) -> None:
    bookkeeping.end_show(actor, case.facts["ems_no"], case.number, exited=True)


def check_stocktake(case: Case, facts: Facts) -> list[Finding]:
    """Its own book, each item once, a cut-off that has passed."""
    said = [*_own(case, facts), *rules.repeated(facts["rows"])]
    if datetime.fromisoformat(facts["counted_at"]) > clock.now():
        said.append(Finding("BOOK-AHEAD", field="counted_at", value=facts["counted_at"][:16], rules=("R-212",)))
    return said


def compared(facts: Facts) -> list[rules.Gap]:
    """Counted against the book at the cut-off; what is on display elsewhere need not lie in the warehouse."""
    book = {
        name: stock - away
        for name, (stock, away) in books.at(facts["ems_no"], datetime.fromisoformat(facts["counted_at"])).items()
    }
    return rules.gaps({row["record_no"]: rules.units(row["qty"]) for row in facts["rows"]}, book)


def reckon(actor: Actor, case: Case) -> None:
    """Keep the differences with the case, typed and owned, before anyone decides on them."""
    causes = {row["record_no"]: row.get("cause", "unknown") for row in case.facts["rows"]}
    titles = {code: zh for code, zh, _ in CAUSES}
    rows = [
        {
            "record_no": one.record_no, "book": "—" if one.book_units is None else rules.shown(one.book_units), "counted": rules.shown(one.counted_units),
            "difference": rules.shown(one.difference), "cause": titles[causes.get(one.record_no, "unknown")], "owner": case.facts["owner"],
        }
        for one in compared(case.facts)
        if one.kind
    ]  # fmt: skip
    follow(case, "reckon", "", {"differences": rows})


def check_adjustment(case: Case, facts: Facts) -> list[Finding]:
    """What was counted without an account must be entered first; what is missing must still be free in the book."""
    told = {"book": facts["ems_no"]}
    found = compared(facts)
    said = [
        Finding("BOOK-COUNT-UNKNOWN", field="rows", value=one.record_no, facts=told, rules=("R-212",))
        for one in found
        if one.kind == "unknown"
    ]
    missing = [
        {"record_no": one.record_no, "qty": rules.shown(-one.difference)} for one in found if one.kind == "short"
    ]
    return said or bookkeeping.short(facts["ems_no"], missing)


def adjusted(actor: Actor, case: Case) -> None:
    differences = {one.record_no: one.difference for one in compared(case.facts) if one.kind}
    bookkeeping.adjust(actor, case.facts["ems_no"], case.number, differences)


def headline(facts: Facts) -> str:
    return " ".join(
        str(facts.get(name, "")) for name in ("ems_no", "inbound_no", "document_no", "place") if facts.get(name)
    )


COMMON: dict[str, Any] = {
    "opens": BOOK_APPLY,
    "module": "declarations",
    "topic": ("保税与场所", "Bonded business and sites"),
    "events": ("grow",),
    "headline": headline,
    "features": ("declarations.accounts",),
}
KINDS: Sequence[CaseKind] = (
    CaseKind(
        flows.STOCK_IN, "Stock-in of a bonded book", "一线入区的货物按入库单证记入账册；也可以用 Excel 成批办。", "Goods that enter the site, by their inbound document; Excel enters many.",
        STOCK_IN_FIELDS, prefix="RK", words="入库 账册 保税 stock", check=check_stock_in, effects={"submit": stock_in}, **COMMON,
    ),
    CaseKind(
        flows.BOOK_CHANGE, "Change of a bonded book", "转移、调整、损耗和非零售出区；须海关核准。", "Transfer, adjustment, loss and exits other than retail; customs approves.",
        CHANGE_FIELDS, prefix="ZY", words="转移 调整 损耗 出区 销毁 退运 exit", check=check_change, guards={"approve": check_change}, effects={"approve": change}, **COMMON,
    ),
    CaseKind(
        flows.DISPLAY, "Bonded display", "凭担保出区展示，按期返区、售出或出区；门店销售仍按订单申报、由保税库存发货。", "Shown outside under guarantee; back, sold by list or exited by its day.",
        DISPLAY_FIELDS, prefix=books.SHOWN_AWAY, words="展示 门店 直播 前店后仓 display", check=check_display, term=back_by,
        guards={"approve": check_display, "sell_some": check_sale, "sell": check_all_sold},
        effects={"approve": show, "return": came_back, "sell_some": sold, "sell": all_sold, "exit": exited}, **COMMON,
    ),
    CaseKind(
        flows.STOCKTAKE, "Stocktake", "按截止时间比对实物和账册，差异定性到岗，核准后调账。", "Count against the book at a cut-off; differences typed and owned, adjusted when approved.",
        STOCKTAKE_FIELDS, prefix="PD", words="盘点 账实相符 对账 stocktake", check=check_stocktake, guards={"approve": check_adjustment},
        effects={"submit": reckon, "approve": adjusted}, **COMMON,
    ),
)  # fmt: skip
