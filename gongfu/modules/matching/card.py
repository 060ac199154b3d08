"""What matching offers."""

from gongfu.base.cards import Card, Command, Screen
from gongfu.modules.matching import evidence_screens as evidence
from gongfu.modules.matching import screens
from gongfu.modules.matching.datasets import DATASETS

FLOWS, EVIDENCE = ("matching.flows",), ("matching.evidence",)
CARD = Card(
    "matching", "三流合一", "Three flows",
    screens=(
        Screen("gaps", "三流差异", "Gaps of the three flows", "enterprise", "gaps", screens.gaps, "trade.read", "申报", "Declaring", "arrows-join", features=FLOWS),
        Screen("gaps", "三流差异", "Gaps of the three flows", "bureau", "gaps", screens.gaps, "trade.read", "运行", "Running", "arrows-join", features=FLOWS),
        Screen("rates", "三流匹配率", "Match rates", "enterprise", "match-rates", screens.rates, "trade.read", "申报", "Declaring", "chart-bar", features=FLOWS),
        Screen("rates", "三流匹配率", "Match rates", "bureau", "match-rates", screens.rates, "trade.read", "运行", "Running", "chart-bar", features=FLOWS),
        Screen("packages", "真实交易证明", "Evidence packages", "enterprise", "evidence", evidence.packages, "evidence.read", "数据", "Data", "certificate", features=EVIDENCE),
        Screen("packages", "真实交易证明", "Evidence packages", "bureau", "evidence", evidence.packages, "evidence.read", "数据", "Data", "certificate", features=EVIDENCE),
        Screen("evidence_make", "生成真实交易证明", "New evidence package", "enterprise", "evidence-new", evidence.make, "evidence.make", features=EVIDENCE),
    ),
    commands=(Command("gongfu evidence verify", EVIDENCE),),
    datasets=DATASETS,
)  # fmt: skip
