"""What statistics offers."""

from gongfu.base.cards import Card, Screen
from gongfu.modules.statistics import screens

CARD = Card(
    "statistics", "统计监测", "Statistics",
    screens=(Screen("today", "今日", "Today", "bureau", "today", screens.today, "statistics.read", "运行", "Running", "chart-bar", 0, ("statistics.series", "statistics.analysis")),),
)  # fmt: skip
