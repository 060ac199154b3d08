"""What the sandbox answered, what conformance tests found, and which versions a firm's system is certified for."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.models import ZoneModel


class SandboxMessage(ZoneModel):
    """A message of a sandbox key: checked in full and answered, never recorded as trade. Its bytes are not kept."""

    OWNERS = ("party_code",)
    party_code = models.CharField("企业代码", max_length=18)
    client_id = models.CharField("接入账号", max_length=100)
    key = models.CharField("唯一键", max_length=64)
    guid = models.CharField("报文编号", max_length=64)
    type = models.CharField("报文类型", max_length=20)
    sha256 = models.CharField("指纹", max_length=64)
    state = models.CharField("状态", max_length=10)
    documents = models.IntegerField("单证数")
    sound = models.IntegerField("合格单证数")
    findings = models.JSONField("校验结果", default=list)
    batch = models.CharField("回执报文编号", max_length=36)
    receipts = models.JSONField("回执", default=list)
    received_at = models.DateTimeField("接收时间", db_default=Now())

    class Meta:
        verbose_name = "沙箱报文"
        constraints = [models.UniqueConstraint(fields=["party_code", "key"], name="gateway_sandbox_once")]
        indexes = [models.Index(fields=["party_code", "id"], name="gateway_sandbox_party")]


class ConformanceRun(ZoneModel):
    """One conformance test with its report; the messages themselves are not kept."""

    OWNERS = ("party_code",)
    party_code = models.CharField("企业代码", max_length=18)
    client = models.CharField("接入账号", max_length=100)
    standard = models.CharField("标准", max_length=20)
    version = models.CharField("版本", max_length=20)
    verdict = models.CharField("结论", max_length=10)
    report = models.JSONField("报告")
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = "一致性测试"
        indexes = [models.Index(fields=["party_code", "-id"], name="gateway_run_party")]


class Certified(ZoneModel):
    """A client passed all published samples of one message type of one version; the first day on which it did."""

    OWNERS = ("party_code",)
    party_code = models.CharField("企业代码", max_length=18)
    client = models.CharField("接入账号", max_length=100)
    standard = models.CharField("标准", max_length=20)
    version = models.CharField("版本", max_length=20)
    message_type = models.CharField("报文类型", max_length=20)
    own_signature = models.BooleanField("以自有证书签名")
    run = models.ForeignKey(ConformanceRun, models.PROTECT)
    certified_at = models.DateTimeField("通过时间", db_default=Now())

    class Meta:
        verbose_name = "通过的版本"
        constraints = [
            models.UniqueConstraint(
                fields=["party_code", "client", "standard", "version", "message_type"], name="gateway_certified_once"
            )
        ]
