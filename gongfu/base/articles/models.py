"""Articles and their versions. What was published is never changed; of two versions only one holds on a day (migration 2)."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from gongfu.base.articles import rules
from gongfu.base.articles.flows import STATES
from gongfu.base.kit.models import ZoneModel


class Article(ZoneModel):
    """One article under its short name. zone: the desk that writes it, "" for the platform's; who may read is on the versions."""

    kind = models.CharField("种类", max_length=20)
    name = models.CharField("短名", max_length=60)
    created_at = models.DateTimeField("建立时间", db_default=Now())

    class Meta:
        verbose_name = "文章"
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="articles_article_once")]

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"


class Version(models.Model):
    """One text of an article. The columns that `rules.Text` names are its content."""

    article = models.ForeignKey(Article, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("版次")
    title_zh = models.CharField("标题", max_length=rules.TITLE_LIMIT)
    title_en = models.CharField("英文标题", max_length=rules.TITLE_LIMIT, blank=True)
    body_zh = models.TextField("正文", blank=True)
    body_en = models.TextField("英文正文", blank=True)
    audiences = ArrayField(models.CharField(max_length=10), verbose_name="读者")
    zones = ArrayField(models.CharField(max_length=20), default=list, blank=True, verbose_name="适用综试区")
    valid_from = models.DateField("生效日期")
    valid_to = models.DateField("失效日期", null=True)
    push = models.BooleanField("推送", default=False)
    source = models.CharField("依据", max_length=rules.SOURCE_LIMIT, blank=True)
    state = models.CharField("状态", max_length=10, default="draft", choices=[(k, v[0]) for k, v in STATES.items()])
    editors = ArrayField(models.CharField(max_length=80), verbose_name="起草人")
    made_at = models.DateTimeField("起草时间", db_default=Now())
    approved_by = models.CharField("审核人", max_length=80, blank=True)
    published_at = models.DateTimeField("发布时间", null=True)
    withdrawn_by = models.CharField("撤回人", max_length=80, blank=True)
    withdrawn_at = models.DateTimeField("撤回时间", null=True)
    reason = models.CharField("撤回原因", max_length=rules.REASON_LIMIT, blank=True)

    class Meta:
        verbose_name = "文章版本"
        constraints = [
            models.UniqueConstraint(fields=["article", "number"], name="articles_version_once"),
            models.UniqueConstraint(
                fields=["article"], condition=models.Q(state="draft"), name="articles_version_one_draft"
            ),
            models.CheckConstraint(condition=models.Q(state__in=list(STATES)), name="articles_version_state"),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                name="articles_version_period",
            ),
            models.CheckConstraint(
                condition=models.Q(audiences__contained_by=list(rules.AUDIENCES)) & ~models.Q(audiences=[]),
                name="articles_version_audiences",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="published")
                | (~models.Q(approved_by="") & models.Q(published_at__isnull=False)),
                name="articles_version_published_by_someone",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="withdrawn")
                | (~models.Q(withdrawn_by="") & ~models.Q(reason="") & models.Q(withdrawn_at__isnull=False)),
                name="articles_version_withdrawn_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title_zh

    def text(self) -> rules.Text:
        """What it says, as the rules know it."""
        return rules.Text(
            title_zh=self.title_zh,
            title_en=self.title_en,
            body_zh=self.body_zh,
            body_en=self.body_en,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            audiences=tuple(self.audiences),
            zones=tuple(self.zones),
            push=self.push,
            source=self.source,
        )

    def title(self, lang: str) -> str:
        """The title in `zh` or `en`; the Chinese one where there is no other."""
        return (self.title_en if lang == "en" else "") or self.title_zh

    def body(self, lang: str) -> str:
        """The Markdown in `zh` or `en`; the Chinese one where there is no other."""
        return (self.body_en if lang == "en" else "") or self.body_zh

    def audit(self) -> dict[str, Any]:
        facts = {"number": self.number, "state": self.state, "sha256": rules.fingerprint(self.text())}
        return {"subject": f"article:{self.article_id}", "zone": self.article.zone, "facts": facts}
