"""What services can share, field by field."""

from __future__ import annotations

from gongfu.base.sharing.datasets import Dataset
from gongfu.core.fields import INTERNAL, Field
from gongfu.modules.services import queries

DATASETS = (
    Dataset(
        "services.agency", "实际出口人清单", "Actual exporters", "代理申报背后的实际委托出口人，按季（国家税务总局公告2025年第17号）。", "Who really exports behind agents, by quarter.",
        "services.review", queries.rows,
        fields=(
            Field("quarter", "季度", "Quarter"), Field("agent", "代理企业", "Agent", klass=INTERNAL), Field("agent_name", "代理企业名称", "Name of the agent", klass=INTERNAL),
            Field("exporter", "实际出口人", "Actual exporter", klass=INTERNAL), Field("exporter_name", "实际出口人名称", "Name of the exporter", klass=INTERNAL),
            Field("lists", "清单数", "Lists", "whole", klass=INTERNAL), Field("goods_fen", "货值", "Value", "money", klass=INTERNAL), Field("standing", "核对", "Check", klass=INTERNAL),
        ),
        subject="exporter", by=("agent", "quarter"),
    ),
)  # fmt: skip
