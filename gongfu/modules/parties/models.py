"""Firms and the certificates they sign with."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.models import ZoneModel


class Party(ZoneModel):
    """A filed firm. `zone` is its home; the filing holds in every zone (R-707).

    origin: the partner installation that filed it, empty for ours; there its home decides (R-707).  confirmed_on: last yearly confirmation.
    """

    OWNERS = ("code", "customs_code")
    code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    customs_code = models.CharField("海关注册编码", max_length=10, blank=True)
    name = models.CharField("企业名称", max_length=100)
    kinds = ArrayField(models.CharField(max_length=20), verbose_name="企业类型")
    dxp_id = models.CharField("传输编号", max_length=30, blank=True)
    filed_on = models.DateField("备案日期")
    revoked_on = models.DateField("撤销日期", null=True)
    confirmed_on = models.DateField("最近确认", null=True)
    name_en = models.CharField("英文名称", max_length=120, blank=True, db_default="")
    name_key = models.CharField("名称键", max_length=100, blank=True, db_default="")
    sound_keys = ArrayField(models.CharField(max_length=200), verbose_name="读音键", default=list)
    version = models.IntegerField("版本", db_default=1)
    case_id = models.BigIntegerField("备案事项", null=True)
    origin = models.CharField("来源平台", max_length=40, blank=True, db_default="")

    class Meta:
        verbose_name = "备案企业"
        constraints = [
            models.UniqueConstraint(
                fields=["customs_code"], condition=~models.Q(customs_code=""), name="parties_customs_code"
            ),
        ]
        indexes = [
            models.Index(fields=["name_key"], name="parties_name_key"),
            GinIndex(fields=["sound_keys"], name="parties_sound_keys"),
            models.Index(fields=["zone", "-id"], name="parties_of_zone"),
        ]

    def __str__(self) -> str:
        return self.name


class Certificate(models.Model):
    """A certificate registered for a firm: only these verify its messages."""

    party = models.ForeignKey(Party, models.PROTECT, related_name="certificates")
    serial = models.CharField("证书编号", max_length=64)
    algorithm = models.CharField("算法", max_length=8)
    fingerprint = models.CharField("指纹", max_length=64, unique=True)
    pem = models.TextField("证书")
    not_before = models.DateTimeField("生效")
    not_after = models.DateTimeField("失效")
    registered_at = models.DateTimeField("登记时间", db_default=Now())
    revoked_at = models.DateTimeField("撤销时间", null=True)

    class Meta:
        verbose_name = "登记证书"
