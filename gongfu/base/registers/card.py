"""What registers offer: their pages, made from the kinds on all cards."""

from gongfu.base.cards import Card, Screen
from gongfu.base.registers import screens, sheets

FEATURES = ("parties.services", "sharing.agreements")
CARD = Card(
    "registers", "名录", "Registers",
    screens=(
        Screen("register", "公开名录", "Public register", "public", "registers/<str:code>", screens.public, features=FEATURES),
        *(
            screen
            for portal in ("enterprise", "bureau", "admin")
            for screen in (
                Screen("entries", "名录", "Register", portal, "registers/<str:code>", screens.entries, "registers.read", features=FEATURES),
                Screen("entry", "条目", "Entry", portal, "registers/<str:code>/<int:number>", screens.entry, "registers.read", features=FEATURES),
                Screen("write", "登记", "New entry", portal, "registers/<str:code>/new", screens.write, "registers.write", features=FEATURES),
            )
        ),
        *(
            Screen(name, "Excel 导入", "From Excel", portal, path, view, sheets.PERMISSION, page=page, features=FEATURES)
            for portal in ("bureau", "admin")
            for name, path, view, page in sheets.PAGES
        ),
    ),
)  # fmt: skip
