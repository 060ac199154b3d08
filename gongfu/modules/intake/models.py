"""Messages as they came, the receipts that answer them, and what goes out to the single window."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.models import ZoneModel

STATES = {"received": ("已接收", "Received"), "accepted": ("已处理", "Processed"), "refused": ("已拒收", "Refused")}


class Message(ZoneModel):
    """One message file of one sender; its bytes lie encrypted in Original."""

    OWNERS = ("sender_code",)
    sender_code = models.CharField("发送方", max_length=18, blank=True)
    channel = models.CharField("通道", max_length=10)
    guid = models.CharField("报文编号", max_length=64)
    type = models.CharField("报文类型", max_length=20)
    version = models.CharField("版本", max_length=10, blank=True)
    sha256 = models.CharField("指纹", max_length=64)
    size = models.IntegerField("字节数")
    file_name = models.CharField("文件名", max_length=255, blank=True)
    state = models.CharField("状态", max_length=10, default="received")
    documents = models.IntegerField("单证数", default=0)
    sound = models.IntegerField("合格单证数", default=0)
    findings = models.JSONField("校验结果", default=list)
    received_at = models.DateTimeField("接收时间")
    recorded_at = models.DateTimeField("入库时间", db_default=Now())
    decided_at = models.DateTimeField("处理时间", null=True)

    class Meta:
        verbose_name = "报文"
        indexes = [
            models.Index(fields=["sender_code", "-id"], name="intake_message_sender"),
            models.Index(fields=["zone", "-id"], name="intake_message_zone"),
        ]


class MessageKey(models.Model):
    """Once only: a sender's guid (upper case) names one message for ever (I2, I3)."""

    sender_code = models.CharField(max_length=18)
    guid = models.CharField(max_length=64)
    message_id = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        verbose_name = "报文唯一键"
        constraints = [models.UniqueConstraint(fields=["sender_code", "guid"], name="intake_key_once")]


class Original(models.Model):
    """The bytes as received, compressed and encrypted; `copy` for the same guid with other bytes is never stored."""

    message = models.OneToOneField(Message, models.PROTECT, primary_key=True)
    sealed = models.BinaryField("密文")

    class Meta:
        verbose_name = "原始报文"


class Receipt(ZoneModel):
    """One verdict on one document, ours or customs'; its XML is written from these columns when it is fetched."""

    OWNERS = ("party_code",)
    message_id = models.BigIntegerField("报文")
    type = models.CharField("回执类型", max_length=20)
    batch = models.CharField("回执报文编号", max_length=36)
    document_guid = models.CharField("单证序号", max_length=36)
    document_key = models.CharField("单证编号", max_length=80, blank=True)
    party_code = models.CharField("接收企业", max_length=18)
    origin = models.CharField("来源", max_length=8)
    status = models.CharField("回执状态", max_length=10)
    returned_at = models.CharField("回执时间", max_length=17)
    info = models.CharField("回执信息", max_length=1000)
    fields = models.JSONField("其他字段", default=dict)
    recorded_at = models.DateTimeField("入库时间", db_default=Now())

    class Meta:
        verbose_name = "回执"
        indexes = [
            models.Index(fields=["party_code", "id"], name="intake_receipt_party"),
            models.Index(fields=["message_id"], name="intake_receipt_message"),
            models.Index(fields=["document_guid"], name="intake_receipt_document"),
        ]


class Outgoing(ZoneModel):
    """Documents of one message on their way to the single window; at the peer one item has one id (I9)."""

    type = models.CharField("报文类型", max_length=20)
    message_id = models.BigIntegerField("报文")
    guids = ArrayField(models.CharField(max_length=36), verbose_name="单证")
    peer_id = models.CharField("传输编号", max_length=64, unique=True)
    state = models.CharField("状态", max_length=10, db_default="queued")
    tries = models.SmallIntegerField("次数", db_default=0)
    reason = models.TextField("原因", blank=True, db_default="")
    created_at = models.DateTimeField("产生时间", db_default=Now())
    delivered_at = models.DateTimeField("送达时间", null=True)

    class Meta:
        verbose_name = "出站报文"
        indexes = [models.Index(fields=["id"], condition=models.Q(state="queued"), name="intake_outgoing_due")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["queued", "delivered", "refused", "dead"]), name="intake_outgoing_state"
            ),
        ]
