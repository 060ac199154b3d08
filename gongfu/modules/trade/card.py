"""What orders, payments and waybills offer."""

from gongfu.base.cards import Card, Finder, Screen
from gongfu.modules.trade import screens

FILE = ("trade.file",)
CARD = Card(
    "trade", "三单与交易档案", "Orders and trade files",
    screens=(
        Screen("files", "交易档案", "Trade files", "enterprise", "trade-files", screens.files, "trade.read", "申报", "Declaring", "folders", features=FILE),
        Screen("files", "交易档案", "Trade files", "bureau", "trade-files", screens.files, "trade.read", "运行", "Running", "folders", features=FILE),
    ),
    finders=(Finder("交易档案", "Trade files", "trade.read", screens.find_files),),
)  # fmt: skip
