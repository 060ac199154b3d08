"""What tax offers."""

from gongfu.base.cards import Card, Command, Screen
from gongfu.modules.tax import bill_screens, buyer_screens, return_screens, screens

FEATURES = ("tax.imports", "matching.flows", "declarations.imports")
RETURNS = ("declarations.returns", "tax.imports")
CARD = Card(
    "tax", "税费", "Tax",
    screens=(
        Screen("list", "清单详情", "One list", "enterprise", "lists/<int:number>", screens.detail, "declarations.read", features=FEATURES),
        Screen("list", "清单详情", "One list", "bureau", "lists/<int:number>", screens.detail, "declarations.read", features=FEATURES),
        Screen("returns", "退货", "Returns", "enterprise", "returns", return_screens.returns, "declarations.read", "申报", "Declaring", "arrow-back-up", order=60, features=RETURNS),
        Screen("return", "退货", "One return", "enterprise", "returns/<int:number>", return_screens.detail, "declarations.read", features=RETURNS),
        Screen("returns", "退货", "Returns", "bureau", "returns", return_screens.returns, "declarations.read", "运行", "Running", "arrow-back-up", order=60, features=RETURNS),
        Screen("return", "退货", "One return", "bureau", "returns/<int:number>", return_screens.detail, "declarations.read", features=RETURNS),
        Screen("bills", "税单", "Tax bills", "enterprise", "bills", bill_screens.listed, "tax.read", "申报", "Declaring", "receipt-tax", order=61, features=("tax.imports",)),
        Screen("bill", "税单", "One bill", "enterprise", "bills/<int:number>", bill_screens.detail, "tax.read", features=("tax.imports",)),
        Screen("bills", "税单", "Tax bills", "bureau", "bills", bill_screens.listed, "tax.read", "运行", "Running", "receipt-tax", order=61, features=("tax.imports",)),
        Screen("bill", "税单", "One bill", "bureau", "bills/<int:number>", bill_screens.detail, "tax.read", features=("tax.imports",)),
        Screen("import_tax", "算进口税", "Import tax", "public", "import-tax", buyer_screens.estimate, features=("tax.imports",)),
    ),
    commands=(Command("gongfu parties import", ("parties.filing", "tax.imports")), Command("gongfu parties certificate add", ("parties.filing",))),
)  # fmt: skip
