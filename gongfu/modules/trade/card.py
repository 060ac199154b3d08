"""What orders, payments and waybills offer."""

from gongfu.base.cards import Card, Command, Finder, Screen
from gongfu.modules.trade import b2b, b2b_screens, realtime_screens, screens

FILE = ("trade.file",)
CARD = Card(
    "trade", "三单与交易档案", "Orders and trade files",
    screens=(
        Screen("files", "交易档案", "Trade files", "enterprise", "trade-files", screens.files, "trade.read", "申报", "Declaring", "folders", features=FILE),
        Screen("files", "交易档案", "Trade files", "bureau", "trade-files", screens.files, "trade.read", "运行", "Running", "folders", features=FILE),
        Screen("requests", "支付原始数据请求", "Requests for payment data", "enterprise", "payment-data", realtime_screens.requests, "trade.read", "申报", "Declaring", "cash", features=FILE),
        Screen("requests", "支付原始数据请求", "Requests for payment data", "bureau", "payment-data", realtime_screens.requests, "trade.read", "运行", "Running", "cash", features=FILE),
        Screen("platforms", "支付数据服务平台", "Platforms served for payment data", "bureau", "payment-platforms", realtime_screens.served, "realtime.read", "运行", "Running", "building-store", features=FILE),
        *(
            Screen("b2b", "B2B 订单", "B2B orders", portal, "b2b", b2b_screens.orders, "cases.read", section, section_en, "building-factory", features=("trade.b2b",))
            for portal, section, section_en in (("enterprise", "申报", "Declaring"), ("bureau", "运行", "Running"))
        ),
    ),
    cases=(b2b.KIND,),
    commands=(Command("gongfu realtime add", FILE),),
    finders=(Finder("交易档案", "Trade files", "trade.read", screens.find_files),),
)  # fmt: skip
