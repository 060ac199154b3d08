"""Entries of registers."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.models import ZoneModel


class Entry(ZoneModel):
    """One entry; `facts` holds clean values, personal ones enciphered. An entry counts from `valid_from` to `valid_until`."""

    OWNERS = ("party_code",)
    kind = models.CharField("名录", max_length=40)
    key = models.CharField("键", max_length=80)
    title = models.CharField("名称", max_length=200)
    party_code = models.CharField("企业", max_length=18, blank=True)
    facts = models.JSONField("内容", default=dict)
    longitude = models.DecimalField("经度", max_digits=9, decimal_places=6, null=True)
    latitude = models.DecimalField("纬度", max_digits=8, decimal_places=6, null=True)
    valid_from = models.DateField("生效")
    valid_until = models.DateField("失效", null=True)
    withdrawn_on = models.DateField("撤销", null=True)
    reminded_on = models.DateField("最近提醒", null=True)
    version = models.IntegerField("版本", db_default=1)
    case_id = models.BigIntegerField("认定事项", null=True)
    at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "名录条目"
        constraints = [
            models.UniqueConstraint(fields=["kind", "zone", "key"], name="registers_entry_once"),
            models.CheckConstraint(
                condition=models.Q(valid_until=None) | models.Q(valid_until__gte=models.F("valid_from")),
                name="registers_entry_dates",
            ),
        ]
        indexes = [models.Index(fields=["kind", "zone", "-id"], name="registers_of_kind")]
