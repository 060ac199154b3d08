"""What notices offer."""

from gongfu.base.cards import Card, Screen
from gongfu.base.notices import screens

CARD = Card(
    "notices", "站内信", "Notices",
    screens=tuple(
        screen for portal in ("enterprise", "bureau", "citizen", "admin") for screen in (
            Screen("notices", "站内信", "Notices", portal, "notices", screens.centre, "notices.read", "工作台", "Desk", "bell", order=3, features=("cases.hall",), badge=screens.fresh),
            Screen("notice.ways", "通知方式", "Ways of notices", portal, "notices/ways", screens.ways, "notices.read", features=("cases.hall",)),
        )
    ),
)  # fmt: skip
