"""Addresses that firms registered, what is on its way to them, and every try."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.models import ZoneModel

ENVIRONMENTS = ("sandbox", "live")
ENDPOINT_STATES = ("active", "removed")
DELIVERY_STATES = ("pending", "delivered", "dead")


class Endpoint(ZoneModel):
    """An address of a firm for some events. The secret is sealed under `uid`; the one before holds until `previous_until`."""

    OWNERS = ("party_code",)
    uid = models.CharField("编号", max_length=40, unique=True)
    party_code = models.CharField("企业代码", max_length=18)
    environment = models.CharField("环境", max_length=8)
    url = models.CharField("接收地址", max_length=500)
    events = ArrayField(models.CharField(max_length=40), verbose_name="事件")
    secret = models.BinaryField("密钥密文")
    previous = models.BinaryField("上一密钥密文", null=True)
    previous_until = models.DateTimeField("上一密钥有效至", null=True)
    state = models.CharField("状态", max_length=8, db_default="active")
    reason = models.CharField("停用原因", max_length=200, blank=True, db_default="")
    created_at = models.DateTimeField("登记时间", db_default=Now())

    class Meta:
        verbose_name = "通知地址"
        indexes = [models.Index(fields=["party_code", "environment"], name="hooks_endpoint_party")]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=ENDPOINT_STATES), name="hooks_endpoint_state"),
            models.CheckConstraint(condition=models.Q(environment__in=ENVIRONMENTS), name="hooks_endpoint_environment"),
        ]


class Delivery(ZoneModel):
    """One notice for one address: the same id and the same bytes however often it is sent. `next_at` says when it is due."""

    OWNERS = ("party_code",)
    uid = models.CharField("通知编号", max_length=40, unique=True)
    endpoint = models.ForeignKey(Endpoint, models.PROTECT, related_name="deliveries")
    party_code = models.CharField("企业代码", max_length=18)
    event = models.CharField("事件", max_length=40)
    subject = models.CharField("对象", max_length=60)
    body = models.TextField("内容")
    state = models.CharField("状态", max_length=10, db_default="pending")
    tries = models.SmallIntegerField("次数", db_default=0)
    next_at = models.DateTimeField("下次发送", db_default=Now())
    status = models.SmallIntegerField("最近回答", null=True)
    error = models.CharField("最近原因", max_length=200, blank=True, db_default="")
    created_at = models.DateTimeField("产生时间", db_default=Now())
    delivered_at = models.DateTimeField("送达时间", null=True)

    class Meta:
        verbose_name = "通知"
        indexes = [
            models.Index(
                fields=["endpoint", "next_at"], condition=models.Q(state="pending"), name="hooks_delivery_due"
            ),
            models.Index(fields=["party_code", "-id"], name="hooks_delivery_party"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event", "subject"], name="hooks_delivery_once"),
            models.CheckConstraint(condition=models.Q(state__in=DELIVERY_STATES), name="hooks_delivery_state"),
        ]


class Attempt(models.Model):
    """One try: when, what was answered or why nothing was, and how long it took."""

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="attempts")
    at = models.DateTimeField("时间", db_default=Now())
    status = models.SmallIntegerField("回答", null=True)
    error = models.CharField("原因", max_length=200, blank=True)
    millis = models.IntegerField("毫秒")

    class Meta:
        verbose_name = "通知发送记录"
