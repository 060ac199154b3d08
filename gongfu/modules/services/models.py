"""Ratings of what providers did."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.models import ZoneModel


class Rating(ZoneModel):
    """What a principal says of one provider of a completed order: once, changeable for a while, answered by the provider."""

    OWNERS = ("provider_code", "principal_code")
    order: Any = models.ForeignKey("cases.Case", models.PROTECT, verbose_name="委托单", related_name="ratings")
    provider_code = models.CharField("服务商", max_length=18)
    principal_code = models.CharField("委托方", max_length=18)
    stars = models.SmallIntegerField("评分")
    words = models.CharField("评价", max_length=500, blank=True)
    at = models.DateTimeField("时间", db_default=Now())
    changed_at = models.DateTimeField("修改时间", null=True)
    answer = models.CharField("回复", max_length=500, blank=True, db_default="")
    answered_at = models.DateTimeField("回复时间", null=True)

    class Meta:
        verbose_name = "服务评价"
        constraints = [
            models.UniqueConstraint(fields=["order", "provider_code"], name="services_rated_once"),
            models.CheckConstraint(condition=models.Q(stars__range=(1, 5)), name="services_stars"),
            models.CheckConstraint(
                condition=~models.Q(principal_code=models.F("provider_code")), name="services_rated_another"
            ),
        ]
        indexes = [
            models.Index(fields=["provider_code", "-id"], name="services_ratings_of"),
            models.Index(fields=["zone", "-id"], name="services_ratings_in"),
        ]
