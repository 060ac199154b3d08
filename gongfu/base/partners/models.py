"""Partner installations, snapshots published, and what was taken over from partners."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class Partner(models.Model):
    """Another installation: where it is, the key it signs with, the zones it is home of, until when the agreement runs."""

    code = models.CharField("代码", max_length=40, unique=True)
    title = models.CharField("名称", max_length=100)
    url = models.URLField("地址")
    public_key = models.TextField("公钥")
    zones = ArrayField(models.CharField(max_length=20), verbose_name="综试区")
    until = models.DateField("协议有效期至")
    cursor = models.CharField("已取到", max_length=60, blank=True, db_default="")
    pulled_at = models.DateTimeField("最近取得", null=True)
    error = models.CharField("最近错误", max_length=300, blank=True, db_default="")

    class Meta:
        verbose_name = "伙伴平台"


class Snapshot(models.Model):
    """One version of one record of ours, signed; handed out in order of commit to every partner, or to its audience alone."""

    kind = models.CharField("种类", max_length=30)
    key = models.CharField("键", max_length=40)
    version = models.IntegerField("版本")
    body = models.TextField("内容")
    signature = models.CharField("签名", max_length=100)
    audience = models.CharField("只给", max_length=40, blank=True, db_default="")
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = "对外快照"
        constraints = [models.UniqueConstraint(fields=["kind", "key", "version"], name="partners_snapshot_once")]


class Taken(models.Model):
    """One snapshot of a partner that was verified, and what became of it: applied, older, or refused with its reason."""

    partner = models.ForeignKey(Partner, models.PROTECT)
    kind = models.CharField("种类", max_length=30)
    key = models.CharField("键", max_length=40)
    version = models.IntegerField("版本")
    body = models.TextField("内容")
    signature = models.CharField("签名", max_length=100)
    outcome = models.CharField("结果", max_length=30)
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = "伙伴快照"
        indexes = [models.Index(fields=["partner", "-id"], name="partners_taken_of")]
        constraints = [
            models.UniqueConstraint(fields=["partner", "kind", "key", "version"], name="partners_taken_once")
        ]
