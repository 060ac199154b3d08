"""What the lists offer."""

from gongfu.base.cards import Card, Command, Finder, Screen
from gongfu.base.registers.actions import accreditation
from gongfu.modules.declarations import (
    b2b_screens,
    book_cases,
    book_screens,
    export_screens,
    online_returns,
    return_screens,
    screens,
    site_screens,
    stock_screens,
)
from gongfu.modules.declarations.book_sheet import STOCK, STOCK_FEED
from gongfu.modules.declarations.datasets import DATASETS
from gongfu.modules.declarations.kinds import BOOKS, SITES

EXPORTS, B2B = ("declarations.exports",), ("declarations.b2b",)
LISTS = ("declarations.imports", "declarations.exports", "declarations.b2b")
RETURNS = ("declarations.returns",)
BOOKED, SITED = ("declarations.accounts",), ("declarations.sites", "declarations.imports")
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
        *(
            screen
            for portal, section in (("enterprise", ("申报", "Declaring")), ("bureau", ("运行", "Running")))
            for screen in (
                Screen("summaries", "汇总申报", "Summaries", portal, "summaries", export_screens.calendar, "declarations.read", *section, "calendar-due", order=51, features=EXPORTS),
                Screen("unsummarised", "待汇总清单", "Lists to be summarised", portal, "summaries/lists", export_screens.waiting, "declarations.read", features=EXPORTS),
                Screen("summary.message", "汇总申请报文", "Summary message", portal, "summaries/message", export_screens.message, "declarations.read", features=EXPORTS, page=False),
                Screen("forms", "汇总报关单", "Forms of summaries", portal, "forms", export_screens.forms, "declarations.read", features=EXPORTS),
                Screen("form", "汇总报关单", "One form", portal, "forms/<int:number>", export_screens.form, "declarations.read", features=EXPORTS),
                Screen("chain", "出口全程", "Export chain", portal, "lists/<int:number>/export", export_screens.chain, "declarations.read", features=LISTS[1:]),
                Screen("stock", "海外仓库存", "Overseas stock", portal, "stock", stock_screens.lines, "declarations.read", *section, "building-warehouse", order=52, features=B2B),
                Screen("stock.line", "海外仓货物", "Goods abroad", portal, "stock/<int:number>", stock_screens.line, "declarations.read", features=B2B),
            )
        ),
        Screen("industries", "行业模板", "Industry templates", "enterprise", "industries", b2b_screens.templates, "declarations.read", "申报", "Declaring", "template", order=53, features=B2B),
        Screen("loading", "先查验后装运", "Inspect first, load later", "enterprise", "loading", b2b_screens.steps, "loading.record", "申报", "Declaring", "checklist", order=54, features=B2B),
        *stock_screens.SALES.screens("enterprise", "stock/sales", B2B),
        Screen("online-returns", "退换货申请", "Return applications", "enterprise", "online-returns", return_screens.applications, "cases.read", "申报", "Declaring", "transfer-in", order=62, features=RETURNS),
        Screen("online-returns", "退换货申请", "Return applications", "bureau", "online-returns", return_screens.applications, "cases.read", "运行", "Running", "transfer-in", order=62, features=RETURNS),
        Screen("online-returns.message", "预填退货报文", "Prefilled return", "enterprise", "online-returns/<int:number>/file", return_screens.message, "declarations.read", features=RETURNS, page=False),
        *(
            screen
            for portal in ("enterprise", "bureau")
            for screen in (
                Screen("sites", "监管场所", "Sites", portal, "sites", site_screens.listed, "books.read", "保税", "Bonded", "building-warehouse", order=35, features=SITED),
                Screen("site", "一个场所", "One site", portal, "site", site_screens.detail, "books.read", features=SITED),
                Screen("books", "账册收付存", "Bonded books", portal, "books", book_screens.statement, "books.read", "保税", "Bonded", "book", order=36, features=BOOKED),
                Screen("book.entries", "账册分录", "Entries of an item", portal, "book-entries", book_screens.entries, "books.read", features=BOOKED),
                Screen("book.documents", "账册单证", "Documents of books", portal, "book-documents", book_screens.documents, "books.read", features=BOOKED),
                Screen("displays", "保税展示", "Bonded displays", portal, "displays", book_screens.displays, "books.read", "保税", "Bonded", "building-store", order=37, features=BOOKED),
                Screen("stocktakes", "盘点对账", "Stocktakes", portal, "stocktakes", book_screens.stocktakes, "books.read", "保税", "Bonded", "clipboard-check", order=38, features=BOOKED),
            )
        ),
        *STOCK.screens("enterprise", "books/stock-in", BOOKED),
    ),
    cases=(online_returns.KIND, accreditation(BOOKS), accreditation(SITES), *book_cases.KINDS),
    registers=(BOOKS, SITES),
    datasets=DATASETS,
    feeds=(STOCK_FEED,),
    commands=(Command("gongfu positive-list import", ("declarations.imports",)),),
    finders=(Finder("清单", "Lists", "declarations.read", screens.find_lists),),
)  # fmt: skip
