"""What feeds can share: which rows came, not what they say."""

from __future__ import annotations

from gongfu.base.sharing.datasets import Dataset
from gongfu.core.fields import INTERNAL, Field
from gongfu.modules.feeds import queries

DATASETS = (
    Dataset(
        "feeds.rows", "接入数据目录", "Rows delivered", "各部门和伙伴送达的数据：种类、业务键、版本和送达日期。", "What departments and partners delivered: kind, key, version, day.",
        "feeds.approve", queries.shared,
        fields=(
            Field("feed", "接入编号", "Feed"), Field("kind", "种类", "Kind"), Field("subject", "主体", "Subject"), Field("version", "版本", "Version", "whole"),
            Field("received_on", "送达日期", "Received on", "date"), Field("key", "业务键", "Key", klass=INTERNAL),
        ),
        subject="subject", by=("kind", "feed"),
    ),
)  # fmt: skip
