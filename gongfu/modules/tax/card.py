"""What tax offers."""

from gongfu.base.cards import Card, Command, Screen
from gongfu.modules.tax import screens

FEATURES = ("tax.imports", "matching.flows", "declarations.imports")
CARD = Card(
    "tax", "税费", "Tax",
    screens=(
        Screen("list", "清单详情", "One list", "enterprise", "lists/<int:number>", screens.detail, "declarations.read", features=FEATURES),
        Screen("list", "清单详情", "One list", "bureau", "lists/<int:number>", screens.detail, "declarations.read", features=FEATURES),
    ),
    commands=(Command("gongfu parties import", ("parties.filing", "tax.imports")), Command("gongfu parties certificate add", ("parties.filing",))),
)  # fmt: skip
