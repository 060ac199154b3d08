"""What cases offer: the hall, the inbox, a form and a page for every kind."""

from gongfu.base.cards import Card, Finder, Screen
from gongfu.base.cases import joint, screens, sheets

HALL = ("cases.hall",)
CARD = Card(
    "cases", "事项", "Cases",
    screens=(
        Screen("hall", "办事大厅", "Service hall", "public", "hall", screens.hall, features=HALL),
        Screen("service", "事项说明", "A service", "public", "hall/<str:code>", screens.service, features=HALL),
        *(
            screen
            for portal in ("enterprise", "bureau", "citizen", "admin")
            for screen in (
                Screen("inbox", "待办", "Inbox", portal, "inbox", screens.inbox, "cases.move", "工作台", "Desk", "list-check", order=1, features=HALL, badge=screens.waiting),
                Screen("hall", "办事大厅", "Service hall", portal, "hall", screens.hall, "cases.read", "工作台", "Desk", "building-bank", order=2, features=HALL),
                Screen("service", "事项说明", "A service", portal, "hall/<str:code>", screens.service, "cases.read", features=HALL),
                Screen("cases", "事项", "Cases", portal, "cases", screens.cases, "cases.read", "工作台", "Desk", "folders", order=4, features=HALL),
                Screen("start", "办理", "Begin a case", portal, "cases/new/<str:code>", screens.start, "cases.open", features=HALL),
                Screen("case", "事项详情", "One case", portal, "cases/<int:number>", screens.detail, "cases.read", features=("cases.hall", "cases.joint")),
                Screen("document", "事项附件", "A document of a case", portal, "cases/<int:number>/files/<str:sha256>", screens.document, "cases.read", features=HALL),
                Screen("edit", "填写", "Fill in", portal, "cases/<int:number>/edit", screens.edit, "cases.save", features=HALL),
            )
        ),
        *(
            Screen(name, "Excel 导入", "From Excel", portal, path, view, sheets.PERMISSION, page=page, features=HALL)
            for portal in ("enterprise", "bureau") for name, path, view, page in sheets.PAGES
        ),
    ),
    cases=(joint.KIND,),
    finders=(
        Finder("事项", "Services", "cases.read", screens.find_services),
        Finder("在办和办过的", "Cases", "cases.read", screens.find_cases),
    ),
)  # fmt: skip
