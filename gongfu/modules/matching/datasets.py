"""What matching can share: evidence packages, each under the consent of its firm."""

from __future__ import annotations

from gongfu.base.sharing.datasets import Dataset
from gongfu.core.fields import INTERNAL, Field
from gongfu.modules.matching import queries

DATASETS = (
    Dataset(
        "matching.evidence", "真实交易证明", "Evidence packages", "企业为结汇、贷款、保险生成的真实交易证明。", "Packages that firms make of their transactions for settlement, loans and insurance.",
        "declarations.share", queries.packages,
        fields=(
            Field("number", "编号", "Number"), Field("party_code", "企业", "Firm", klass=INTERNAL), Field("purpose", "用途", "Purpose", klass=INTERNAL),
            Field("result", "结论", "Result", klass=INTERNAL), Field("supported_fen", "支持金额", "Supported", "money", klass=INTERNAL), Field("state", "状态", "State", klass=INTERNAL),
        ),
        subject="party_code", by=("party_code",),
    ),
)  # fmt: skip
