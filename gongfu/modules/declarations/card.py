"""What the lists offer."""

from gongfu.base.cards import Card, Screen
from gongfu.base.sharing.datasets import Dataset
from gongfu.core.fields import INTERNAL, Field
from gongfu.modules.declarations import queries, screens

LISTS = ("declarations.imports", "declarations.exports", "declarations.b2b")
CARD = Card(
    "declarations", "清单", "Lists",
    screens=(
        Screen("journey", "报文进度", "Message journey", "enterprise", "messages/<int:number>", screens.journey, "intake.read", features=("intake.messages",)),
        Screen("journey", "报文进度", "Message journey", "bureau", "messages/<int:number>", screens.journey, "intake.read", features=("intake.messages",)),
        Screen("lists", "清单", "Lists", "enterprise", "lists", screens.lists, "declarations.read", "申报", "Declaring", "file-text", features=LISTS),
        Screen("lists", "清单", "Lists", "bureau", "lists", screens.lists, "declarations.read", "运行", "Running", "file-text", features=LISTS),
        Screen("differences", "对账差异", "Reconciliation", "enterprise", "differences", screens.differences, "declarations.read", "申报", "Declaring", "arrows-diff", features=("intake.messages",)),
        Screen("differences", "对账差异", "Reconciliation", "bureau", "differences", screens.differences, "declarations.read", "运行", "Running", "arrows-diff", features=("intake.messages",)),
        Screen("orphans", "无主回执", "Orphan receipts", "bureau", "orphans", screens.orphans, "declarations.read", "运行", "Running", "mail-question", features=("intake.messages",)),
    ),
    datasets=(
        Dataset(
            "declarations.exports", "出口清单", "Export lists", "出口清单的单证数据，供退免税、结汇和统计核对。", "Export lists, for tax exemption, settlement and statistics.",
            "declarations.share", queries.exports,
            fields=(
                Field("invt_no", "清单编号", "List number"), Field("mode", "监管方式", "Mode"), Field("declared_on", "申报日期", "Declared on", "date"), Field("state", "状态", "State"),
                Field("ebc_code", "电商企业", "Seller", klass=INTERNAL), Field("order_no", "订单编号", "Order", klass=INTERNAL), Field("country", "运抵国", "Country", klass=INTERNAL),
                Field("goods_fen", "货值", "Value", "money", klass=INTERNAL), Field("logistics_no", "运单编号", "Waybill", klass=INTERNAL),
            ),
            subject="ebc_code", by=("ebc_code", "mode"),
        ),
    ),
)  # fmt: skip
