"""What product filing offers."""

from gongfu.base.cards import Card, Command, Screen
from gongfu.modules.goods import filing, screens
from gongfu.modules.goods.sheet import PRODUCTS

FILING = ("goods.filing",)
CARD = Card(
    "goods", "商品", "Products",
    screens=(
        *(
            screen
            for portal, section in (("enterprise", ("备案", "Filing")), ("bureau", ("主体", "Subjects")))
            for screen in (
                Screen("goods", "备案商品", "Filed products", portal, "goods", screens.products, "goods.read", *section, "package", order=31, features=FILING),
                Screen("product", "商品", "One product", portal, "goods/<int:number>", screens.product, "goods.read", features=FILING),
                Screen("hs", "查商品编码", "HS codes", portal, "hs", screens.look_up, "goods.read", *section, "zoom-question", order=32, features=FILING),
                Screen("hs.suggest", "编码建议", "Suggested codes", portal, "hs/suggest", screens.suggest, "goods.read", features=FILING, page=False),
            )
        ),
        *PRODUCTS.screens("enterprise", "goods/import", FILING),
    ),
    cases=filing.KINDS,
    commands=tuple(Command(f"gongfu {name}", FILING) for name in ("goods codes", "bench hs")),
)  # fmt: skip
