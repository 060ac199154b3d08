"""What everyone can see."""

from gongfu.base.cards import Card, Command, Screen
from gongfu.portals.public import screens

CARD = Card(
    "public", "公共门户", "Public",
    screens=(
        Screen("home", "首页", "Home", "public", "", screens.home, features=("intake.messages",)),
        Screen("errors", "错误代码", "Error codes", "public", "errors/", screens.errors, features=("gateway.developers",)),
    ),
    commands=(
        Command("gongfu up"), Command("gongfu zone check", ("kpi.targets",)), Command("gongfu zone open", ("kpi.targets",)),
        Command("gongfu house map"), Command("gongfu house features"), Command("gongfu parties client add", ("gateway.developers",)),
    ),
)  # fmt: skip
