"""What feeds offer."""

from gongfu.base.cards import Card, Command, Endpoint, Finder, Screen
from gongfu.modules.feeds import mapping_case, screens
from gongfu.modules.feeds.catalogue import KINDS
from gongfu.modules.feeds.datasets import DATASETS

FEATURES = ("intake.feeds",)
CARD = Card(
    "feeds", "数据接入", "Feeds",
    screens=(
        Screen("feeds", "数据接入", "Feeds", "bureau", "feeds", screens.board, "feeds.read", "运行", "Running", "plug-connected", features=FEATURES),
        Screen("feed_new", "登记数据接入", "Register a feed", "bureau", "feeds/new", screens.new, "feeds.register", features=FEATURES),
        Screen("feed_duplicates", "重复数据", "Duplicates", "bureau", "feeds/duplicates", screens.duplicates, "feeds.read", features=FEATURES),
        Screen("feed_deliveries", "数据送达", "Deliveries", "bureau", "feeds/deliveries", screens.deliveries, "feeds.read", features=FEATURES),
        Screen("feed_delivery", "数据送达", "One delivery", "bureau", "feeds/deliveries/<int:number>", screens.delivery, "feeds.read", features=FEATURES),
        Screen("feed", "一项接入", "One feed", "bureau", "feeds/<int:number>", screens.feed, "feeds.read", features=FEATURES),
        Screen("feed_edit", "修改接入", "Change a feed", "bureau", "feeds/<int:number>/edit", screens.edit, "feeds.amend", features=FEATURES),
    ),
    endpoints=(
        Endpoint("POST", "/gateway/v1/feeds/{code}", "feeds.deliver", FEATURES),
        Endpoint("GET", "/gateway/v1/feeds/{code}/deliveries/{number}", "feeds.deliver", FEATURES),
    ),
    commands=(Command("gongfu feeds deliver", FEATURES), Command("gongfu feeds list", FEATURES)),
    cases=(mapping_case.KIND,),
    datasets=DATASETS,
    finders=(Finder("数据接入", "Feeds", "feeds.read", screens.find_feeds),),
    feeds=KINDS,
)  # fmt: skip
