"""Feeds, their mappings, deliveries, rows by version, parcels, and what was found twice."""

from __future__ import annotations

from datetime import timedelta

from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.beijing import BEIJING
from gongfu.base.kit.models import ZoneModel
from gongfu.modules.feeds.schedules import Schedule


class Feed(ZoneModel):
    """One registered source. Its owner is a firm (`party_code`) or a desk of the zone."""

    OWNERS = ("party_code",)
    code = models.CharField("接入编号", max_length=40)
    kind = models.CharField("种类", max_length=40)
    title = models.CharField("名称", max_length=100)
    desk = models.CharField("责任部门", max_length=40, blank=True)
    party_code = models.CharField("提供企业", max_length=18, blank=True)
    form = models.CharField("格式", max_length=4)
    every = models.IntegerField("间隔")
    unit = models.CharField("间隔单位", max_length=6)
    due_at = models.TimeField("应到时刻")
    working_days = models.BooleanField("仅工作日")
    grace_minutes = models.IntegerField("宽限(分钟)")
    active = models.BooleanField("启用", db_default=True)
    mapping = models.IntegerField("映射版本", db_default=1)
    registered_by = models.CharField("登记人", max_length=80)
    registered_at = models.DateTimeField("登记时间")
    scheduled_at = models.DateTimeField("周期起算")

    class Meta:
        verbose_name = "数据接入"
        constraints = [
            models.UniqueConstraint(fields=["zone", "code"], name="feeds_code_once"),
            models.CheckConstraint(condition=~models.Q(desk="", party_code=""), name="feeds_owned"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def schedule(self) -> Schedule:
        """When deliveries are due, in Beijing time."""
        grace, since = timedelta(minutes=self.grace_minutes), self.scheduled_at.astimezone(BEIJING)
        return Schedule(self.every, self.unit, self.due_at, self.working_days, grace, since)


class Mapping(models.Model):
    """One version of a feed's mapping; a later one comes by a case."""

    feed = models.ForeignKey(Feed, models.PROTECT, related_name="mappings")
    version = models.IntegerField("版本")
    text = models.TextField("映射")
    rows_at = models.CharField("数据行所在", max_length=120, blank=True)
    case_id = models.BigIntegerField("变更事项", null=True)
    by = models.CharField("启用人", max_length=80)
    since = models.DateTimeField("启用时间", db_default=Now())

    class Meta:
        verbose_name = "接入映射"
        constraints = [models.UniqueConstraint(fields=["feed", "version"], name="feeds_mapping_once")]


class Delivery(ZoneModel):
    """One delivery: its bytes once per feed, and what became of its rows. state: received, read, held, refused."""

    OWNERS = ("party_code",)
    feed = models.ForeignKey(Feed, models.PROTECT, related_name="deliveries")
    party_code = models.CharField("提供企业", max_length=18, blank=True)
    sha256 = models.CharField("SHA-256", max_length=64)
    name = models.CharField("文件名", max_length=120)
    size = models.BigIntegerField("大小")
    file = models.ForeignKey("files.File", models.PROTECT, related_name="+")
    channel = models.CharField("渠道", max_length=10)
    actor = models.CharField("送达人", max_length=80)
    received_at = models.DateTimeField("送达时间")
    mapping = models.IntegerField("映射版本")
    state = models.CharField("状态", max_length=10)
    rows = models.IntegerField("行数", default=0)
    accepted = models.IntegerField("采用", default=0)
    repeated = models.IntegerField("重复", default=0)
    refused = models.IntegerField("不合格", default=0)
    declared = models.JSONField("申报合计", default=dict)
    counted = models.JSONField("实收合计", default=dict)
    findings = models.JSONField("校验结果", default=list)
    quality = models.JSONField("字段质量", default=list)
    read_at = models.DateTimeField("读取时间", null=True)

    class Meta:
        verbose_name = "数据送达"
        constraints = [models.UniqueConstraint(fields=["feed", "sha256"], name="feeds_delivery_once")]
        indexes = [models.Index(fields=["feed", "-received_at"], name="feeds_delivery_newest")]


class Row(ZoneModel):
    """One version of one thing; `facts` holds clean values, personal ones enciphered. digest: keyed hash of the content."""

    feed = models.ForeignKey(Feed, models.PROTECT, related_name="records")
    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="records")
    key = models.CharField("业务键", max_length=200)
    version = models.IntegerField("版本")
    current = models.BooleanField("现行")
    line = models.IntegerField("行号")
    digest = models.CharField("内容键", max_length=32)
    facts = models.JSONField("内容")

    class Meta:
        verbose_name = "接入数据"
        constraints = [
            models.UniqueConstraint(fields=["feed", "key", "version"], name="feeds_row_version_once"),
            models.UniqueConstraint(fields=["feed", "key"], name="feeds_row_current", condition=models.Q(current=True)),
        ]


class Parcel(ZoneModel):
    """What a parcel of a mail or express list is recognised by: numbers, and the keyed hash of its consignee's address."""

    row = models.OneToOneField(Row, models.PROTECT, related_name="parcel")
    waybill_no = models.CharField("运单号", max_length=60, blank=True)
    order_key = models.CharField("平台与订单", max_length=90, blank=True)
    consignee_key = models.CharField("收件地址", max_length=32, blank=True)
    grams = models.BigIntegerField("毛重(克)")
    day = models.DateField("寄递日期")

    class Meta:
        verbose_name = "邮(快)件"
        indexes = [
            models.Index(fields=["waybill_no"], name="feeds_parcel_waybill"),
            models.Index(fields=["order_key"], name="feeds_parcel_order", condition=~models.Q(order_key="")),
            models.Index(fields=["consignee_key"], name="feeds_parcel_to", condition=~models.Q(consignee_key="")),
        ]


class Duplicate(ZoneModel):
    """The same thing met twice, with the evidence. way: key or inside (a row of its feed), feed (a parcel of another feed),
    waybill, order or consignee (a 9610 list)."""

    feed = models.ForeignKey(Feed, models.PROTECT, related_name="duplicates")
    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="duplicates")
    row = models.ForeignKey(Row, models.PROTECT, related_name="duplicates", null=True)
    line = models.IntegerField("行号")
    way = models.CharField("依据", max_length=10)
    declaration = models.BigIntegerField("清单", null=True)
    score = models.DecimalField("相似度", max_digits=5, decimal_places=4)
    evidence = models.JSONField("证据")
    found_at = models.DateTimeField("发现时间", db_default=Now())

    class Meta:
        verbose_name = "重复数据"
        constraints = [
            models.UniqueConstraint(fields=["declaration"], name="feeds_list_matched_once", condition=~models.Q(declaration=None)),
        ]  # fmt: skip
        indexes = [models.Index(fields=["zone", "-id"], name="feeds_duplicates_of_zone")]


class Telling(models.Model):
    """The owner was told of this miss: once for each overdue due moment or unreadable delivery."""

    feed = models.ForeignKey(Feed, models.PROTECT, related_name="tellings")
    miss = models.CharField("事由", max_length=60)
    at = models.DateTimeField("通知时间", db_default=Now())

    class Meta:
        verbose_name = "断档通知"
        constraints = [models.UniqueConstraint(fields=["feed", "miss"], name="feeds_told_once")]
