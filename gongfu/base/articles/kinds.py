"""Kinds of article as data: policies, guides, alerts and practices."""

from __future__ import annotations

from dataclasses import dataclass

from gongfu.base.kit.kinds import Kinds


@dataclass(frozen=True, slots=True)
class ArticleKind:
    """One kind of article.

    english: an English body is needed to publish (titles always are in both languages).  expires: it needs a last day.
    review_days: after so many days its text is looked at again, None for never.
    """

    code: str
    title: str
    title_en: str
    english: bool = True
    expires: bool = False
    review_days: int | None = None


KINDS: Kinds[ArticleKind] = Kinds()
POLICY = KINDS.declare(ArticleKind("policy", "政策", "Policy", english=False))
GUIDE = KINDS.declare(ArticleKind("guide", "办事指南", "Guide", review_days=365))
ALERT = KINDS.declare(ArticleKind("alert", "预警提示", "Alert", expires=True))
PRACTICE = KINDS.declare(ArticleKind("practice", "经验做法", "Practice", english=False, review_days=730))
