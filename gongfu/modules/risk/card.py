"""What risk offers."""

from gongfu.base.cards import Card, Command, Panel, Screen
from gongfu.modules.risk import filing, reconciliation, screens

WHITELIST, MESSAGES = ("risk.whitelist",), ("intake.messages",)
BOTH = ("risk.whitelist", "intake.messages")
CARD = Card(
    "risk", "风险防控", "Risk",
    screens=(
        Screen("step_times", "通关环节用时", "Clearance times", "public", "clearance", screens.step_times, features=WHITELIST),
        Screen("standing", "白名单与用时", "Whitelist and times", "enterprise", "standing", screens.own_standing, "risk.read", "申报", "Declaring", "award", order=60, features=WHITELIST),
        Screen("clocks", "清单用时", "Clocks of lists", "enterprise", "clocks", screens.clocks, "risk.read", "申报", "Declaring", "stopwatch", order=61, features=WHITELIST),
        Screen("reconciliation", "对账事项", "Items to clear up", "enterprise", "reconciliation", reconciliation.own_items, "risk.read", "申报", "Declaring", "scale", order=62, features=BOTH),
        Screen("clearance", "24 小时通关", "24-hour clearance", "bureau", "clearance", screens.clearance, "risk.read", "风险", "Risk", "stopwatch", order=60, features=WHITELIST),
        Screen("clocks", "清单用时", "Clocks of lists", "bureau", "clocks", screens.clocks, "risk.read", "风险", "Risk", "list-details", order=61, features=WHITELIST),
        Screen("whitelist", "白名单", "Whitelist", "bureau", "whitelist", screens.members, "risk.read", "风险", "Risk", "award", order=62, features=WHITELIST),
        Screen("standing", "企业指标", "Standing of a firm", "bureau", "whitelist/<str:code>", screens.standing, "risk.read", features=WHITELIST),
        Screen("reconciliation", "对账事项", "Items to clear up", "bureau", "reconciliation", reconciliation.items, "risk.read", "风险", "Risk", "scale", order=63, features=BOTH),
        Screen("item", "对账事项", "One item", "bureau", "reconciliation/<int:number>", reconciliation.item, "risk.read", features=BOTH),
        Screen("runs", "每日对账", "Daily reconciliation", "bureau", "reconciliation/days", reconciliation.runs, "risk.read", "风险", "Risk", "calendar-check", order=64, features=MESSAGES),
    ),
    cases=(filing.APPLICATION,),
    registers=(filing.WHITELIST, filing.FLAGS),
    commands=(Command("gongfu reconcile", MESSAGES),),
    panels=(Panel("tax:list", screens.clock, "risk.read"),),
)  # fmt: skip
