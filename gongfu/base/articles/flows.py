"""A version's way: written, published by someone else, withdrawn."""

from __future__ import annotations

from gongfu.core.flow import Flow, Move

VERSION = Flow(
    "articles.version",
    "文章版本",
    start="draft",
    moves=(
        Move("revise", "修改", "draft", "draft", by="articles.revise"),
        Move("publish", "发布", "draft", "published", by="articles.publish"),
        Move("withdraw", "撤回", ("draft", "published"), "withdrawn", by="articles.withdraw"),
    ),
    finals=("withdrawn",),
)
STATES = {"draft": ("草稿", "Draft"), "published": ("已发布", "Published"), "withdrawn": ("已撤回", "Withdrawn")}
