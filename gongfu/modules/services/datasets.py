"""What the tax desk may read: for whom agents exported (R-532)."""

from __future__ import annotations

from gongfu.base.sharing.datasets import Dataset
from gongfu.core.fields import INTERNAL, Field
from gongfu.modules.services import queries
from gongfu.modules.services.flows import DECIDE

DATASETS = (
    Dataset(
        "services.agency", "代理出口实际委托人清单", "Actual exporters behind agents", "按季度，由代理申报的出口清单汇总，供企业所得税预缴核对（R-532）。",
        "By quarter, summed from the export lists that agents declared, for the corporate income tax pre-filing (R-532).", DECIDE, queries.disclosure,
        fields=(
            Field("quarter", "季度", "Quarter"), Field("agent", "代理企业", "Agent", klass=INTERNAL), Field("exporter", "实际委托人", "Actual exporter", klass=INTERNAL),
            Field("currency", "币制", "Currency", klass=INTERNAL), Field("count", "清单数", "Lists", "whole", klass=INTERNAL), Field("goods_fen", "出口金额", "Value", "money", klass=INTERNAL),
            Field("difference", "差异", "Difference", klass=INTERNAL),
        ),
        subject="agent", by=("agent", "quarter"),
    ),
)  # fmt: skip
