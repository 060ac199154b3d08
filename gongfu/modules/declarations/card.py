"""What the lists offer."""

from gongfu.base.cards import Card, Finder, Screen
from gongfu.modules.declarations import online_returns, return_screens, screens
from gongfu.modules.declarations.datasets import DATASETS

LISTS = ("declarations.imports", "declarations.exports", "declarations.b2b")
RETURNS = ("declarations.returns",)
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
        Screen("online-returns", "退换货申请", "Return applications", "enterprise", "online-returns", return_screens.applications, "cases.read", "申报", "Declaring", "transfer-in", order=62, features=RETURNS),
        Screen("online-returns", "退换货申请", "Return applications", "bureau", "online-returns", return_screens.applications, "cases.read", "运行", "Running", "transfer-in", order=62, features=RETURNS),
        Screen("online-returns.message", "预填退货报文", "Prefilled return", "enterprise", "online-returns/<int:number>/file", return_screens.message, "declarations.read", features=RETURNS, page=False),
    ),
    cases=(online_returns.KIND,),
    datasets=DATASETS,
    finders=(Finder("清单", "Lists", "declarations.read", screens.find_lists),),
)  # fmt: skip
