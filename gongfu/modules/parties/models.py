"""Firms and the certificates they sign with."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.models import ZoneModel

KINDS = {
    "ecommerce": "跨境电商企业",
    "agent": "境内代理人",
    "platform": "电商平台",
    "payment": "支付企业",
    "logistics": "物流企业",
    "declarant": "报关企业",
    "site": "监管场所经营人",
    "warehouse": "区内仓储企业",
}


class Party(ZoneModel):
    """A filed firm. `zone` is its home; the filing holds in every zone (R-707)."""

    OWNERS = ("code", "customs_code")
    code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    customs_code = models.CharField("海关注册编码", max_length=10, blank=True)
    name = models.CharField("企业名称", max_length=100)
    kinds = ArrayField(models.CharField(max_length=20), verbose_name="企业类型")
    dxp_id = models.CharField("传输编号", max_length=30, blank=True)
    filed_on = models.DateField("备案日期")
    revoked_on = models.DateField("撤销日期", null=True)

    class Meta:
        verbose_name = "备案企业"
        constraints = [
            models.UniqueConstraint(
                fields=["customs_code"], condition=~models.Q(customs_code=""), name="parties_customs_code"
            ),
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
