"""What papers offer."""

from gongfu.base.cards import Card, Screen
from gongfu.base.papers import screens

FEATURES = ("parties.filing",)
CARD = Card(
    "papers", "电子证照", "Papers",
    screens=(
        Screen("check", "证照核验", "Check a paper", "public", "check/", screens.check, features=FEATURES),
        Screen("checked", "证照核验", "A paper checked", "public", "check/<str:number>", screens.check, features=FEATURES),
        *(
            Screen("paper", "电子证照", "Paper", portal, "papers/<str:kind>/<str:key>", screens.make, "papers.issue", features=FEATURES)
            for portal in ("enterprise", "bureau")
        ),
    ),
)  # fmt: skip
