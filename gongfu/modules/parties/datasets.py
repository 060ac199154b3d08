"""What filing can share, field by field."""

from __future__ import annotations

from gongfu.base.sharing.datasets import Dataset
from gongfu.core.fields import INTERNAL, Field
from gongfu.modules.parties import queries
from gongfu.modules.parties.flows import CHOICES

DATASETS = (
        Dataset(
            "parties.register", "市场主体名录", "Register of firms", "备案有效的市场主体。", "Firms with a valid filing.", "parties.review", queries.register,
            fields=(
                Field("code", "统一社会信用代码", "Credit code"), Field("name", "企业名称", "Name"), Field("kinds", "企业类型", "Kinds", "choices", choices=CHOICES),
                Field("zone", "备案地", "Home zone"), Field("filed_on", "备案日期", "Filed on", "date"),
                Field("customs_code", "海关注册编码", "Customs code", klass=INTERNAL), Field("dxp_id", "传输编号", "DXP number", klass=INTERNAL),
            ),
            subject="code", by=("code",), level="public",
        ),
    )  # fmt: skip
