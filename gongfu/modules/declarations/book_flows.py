"""The flows of a bonded book's documents: who hands in, who decides, where each may end (R-203, R-212, R-215)."""

from __future__ import annotations

from gongfu.core.fields import Field
from gongfu.core.flow import HOUSE, Flow, Move

BOOK_REASON = (Field("reason", "理由", "Why", "lines"),)
ORDER_SOLD = (Field("order_no", "订单编号", "Order", longest=60),)
SOME_SOLD = (*ORDER_SOLD, Field(
    "sold", "售出明细", "What was sold", "rows", rows=(Field("record_no", "料号", "Item number", longest=30), Field("qty", "数量", "Quantity", "decimal", least=0)), most=40,
))  # fmt: skip
EXITED = (Field("exit_document", "出口单证号", "Document of the exit", longest=40),)
COUNTED = (
    Field(
        "differences", "账实差异", "Differences", "rows", needed=False,
        rows=(
            Field("record_no", "料号", "Item"), Field("book", "账面", "Book"), Field("counted", "实盘", "Counted"),
            Field("difference", "差异", "Difference"), Field("cause", "原因", "Cause"), Field("owner", "责任人", "Owner"),
        ),
    ),
)  # fmt: skip
STOCK_IN = Flow(
    "declarations.stock_in", "账册入库", start="draft", finals=("entered", "withdrawn"),
    moves=(
        Move("submit", "提交入账", "draft", "entered", by="books.apply", title_en="Enter"),
        Move("withdraw", "撤回", "draft", "withdrawn", by="books.apply", title_en="Withdraw"),
    ),
)  # fmt: skip


def _decided(code: str, title: str, done: str, *more: Move) -> Flow:
    """Handed in by the warehouse, decided by customs with four eyes."""
    return Flow(code, title, start="draft", finals=tuple({done, "refused", "withdrawn"} - {one.sources[0] for one in more}), moves=(
        Move("submit", "提交", "draft", "reviewing", by="books.apply", title_en="Submit"),
        Move("approve", "核准", "reviewing", done, by="books.review", days=2, title_en="Approve", other=True),
        Move("send_back", "退回补正", "reviewing", "draft", by="books.review", title_en="Send back", asks=BOOK_REASON),
        Move("refuse", "不予核准", "reviewing", "refused", by="books.review", title_en="Refuse", asks=BOOK_REASON, other=True),
        Move("withdraw", "撤回", ("draft", "reviewing"), "withdrawn", by="books.apply", title_en="Withdraw"),
        *more,
    ))  # fmt: skip


BOOK_CHANGE = _decided("declarations.book_change", "账册变动", "done")
DISPLAY = Flow(
    "declarations.display", "保税展示", start="draft", finals=("back", "sold", "exited", "refused", "withdrawn"),
    moves=(
        *_decided("declarations.display", "保税展示", "shown").moves,
        Move("return", "返区", "shown", "back", by="books.apply", title_en="Back in the site"),
        Move("sell_some", "部分售出", "shown", "shown", by="books.apply", title_en="Some of it sold", asks=SOME_SOLD),
        Move("sell", "已售出", "shown", "sold", by="books.apply", title_en="Sold", asks=ORDER_SOLD),
        Move("exit", "以其他方式出区", "shown", "exited", by="books.review", title_en="Exited", asks=EXITED, other=True),
    ),
)  # fmt: skip
STOCKTAKE = Flow(
    "declarations.stocktake", "盘点对账", start="draft", finals=("adjusted", "refused", "withdrawn"),
    moves=(
        *_decided("declarations.stocktake", "盘点对账", "adjusted").moves,
        Move("reckon", "比对账面", "reviewing", "reviewing", by=HOUSE, title_en="Compared with the book", asks=COUNTED),
    ),
)  # fmt: skip
