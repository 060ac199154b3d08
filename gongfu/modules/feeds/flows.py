"""A change of mapping: proposed by one officer, agreed by another (R-1408)."""

from __future__ import annotations

from gongfu.core.fields import Field
from gongfu.core.flow import Flow, Move

REASON = (Field("reason", "退回或不同意的理由", "What to correct, or why not", "lines"),)
MAPPING = Flow("feeds.mapping", "接入映射变更", start="draft", finals=("approved", "refused", "withdrawn"), moves=(
    Move("submit", "提交", "draft", "checking", by="feeds.propose", title_en="Submit"),
    Move("approve", "同意启用", "checking", "approved", by="feeds.approve", days=2, title_en="Approve", other=True),
    Move("send_back", "退回修改", "checking", "draft", by="feeds.approve", title_en="Send back", asks=REASON),
    Move("refuse", "不同意", "checking", "refused", by="feeds.approve", title_en="Refuse", asks=REASON, other=True),
    Move("withdraw", "撤回", ("draft", "checking"), "withdrawn", by="feeds.propose", title_en="Withdraw"),
))  # fmt: skip
LONGEST_MAPPING = 8_000
MAPPED = (
    Field("rows_at", "数据行所在", "Place of the rows", needed=False, longest=120, help="JSON、XML 才填，如 data/items 或 Parcels/Parcel。", help_en="JSON and XML only, such as data/items or Parcels/Parcel."),
    Field("mapping", "映射", "Mapping", "lines", longest=LONGEST_MAPPING, help="每行“字段 = 列名 | 变换 参数”。", help_en="A line each: field = column | transform argument."),
)  # fmt: skip
FIELDS = (
    Field("feed", "接入编号", "Feed", longest=40),
    *MAPPED,
    Field("why", "变更原因", "Why", "lines", longest=500),
)
