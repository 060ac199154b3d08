"""What typing documents offers."""

from gongfu.base.cards import Card, Screen
from gongfu.modules.drafts import screens
from gongfu.modules.drafts.sheet import SHEETS

LISTS = ("declarations.imports", "declarations.exports", "declarations.b2b")
CARD = Card(
    "drafts", "制单", "Typing documents",
    screens=(
        Screen("drafts", "制单", "Documents to declare", "enterprise", "drafts", screens.drafts, "drafts.read", "申报", "Declaring", "file-plus", order=49, features=LISTS),
        Screen("drafts.new", "新建单证", "New document", "enterprise", "drafts/new", screens.start, "drafts.open", features=LISTS),
        Screen("drafts.again", "改正重报", "Correct and hand in again", "enterprise", "drafts/again", screens.again, "drafts.open", features=LISTS, page=False),
        Screen("drafts.template", "由行业模板填写", "From an industry template", "enterprise", "drafts/from-template", screens.from_template, "drafts.open", features=("declarations.b2b",), page=False),
        Screen("drafts.from", "由 B2B 订单填写", "From a B2B order", "enterprise", "drafts/from-order/<int:number>", screens.from_order, "drafts.open", features=("trade.b2b",), page=False),
        Screen("draft", "填写单证", "Document", "enterprise", "drafts/<int:number>", screens.edit, "drafts.read", features=LISTS),
        *(page for sheet in SHEETS for page in sheet.screens("enterprise", f"drafts/{sheet.name}", LISTS)),
    ),
)  # fmt: skip
