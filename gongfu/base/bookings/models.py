"""Resources, their slots and the bookings in them. The database keeps the sums and the limits (triggers in 0002)."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from gongfu.base.bookings.flows import LIVE, TITLES
from gongfu.base.kit.models import ZoneModel


class Resource(ZoneModel):
    """Something with capacity: a train line, a truck, a cold store, a floor of a warehouse.

    `capacity` is the usual one of a slot, in `unit`; `party_cap` the most one firm may have live in one slot, None for no cap;
    `offered_in` the zones whose firms may book, none named for all.
    """

    OWNERS = ("party_code",)
    kind = models.CharField("种类", max_length=20)
    code = models.CharField("编号", max_length=40)
    title = models.CharField("名称", max_length=100)
    title_en = models.CharField("英文名称", max_length=100)
    party_code = models.CharField("提供方", max_length=18)
    unit = models.CharField("计量单位", max_length=20)
    unit_en = models.CharField("英文单位", max_length=20)
    capacity = models.BigIntegerField("每时段容量")
    party_cap = models.BigIntegerField("单户上限", null=True)
    overlaps = models.BooleanField("时段可重叠", db_default=False)
    hold_minutes = models.IntegerField("占位分钟")
    late_hours = models.IntegerField("免费退订提前小时", db_default=0)
    late_fee_bp = models.IntegerField("逾期退订费率", db_default=0)
    offered_in = ArrayField(models.CharField(max_length=20), verbose_name="开放范围", default=list)
    facts = models.JSONField("属性", default=dict)

    class Meta:
        verbose_name = "可订资源"
        constraints = [
            models.UniqueConstraint(fields=["kind", "code"], name="bookings_resource_once"),
            models.CheckConstraint(
                condition=models.Q(capacity__gte=0, hold_minutes__gt=0, late_hours__gte=0)
                & models.Q(late_fee_bp__gte=0, late_fee_bp__lte=10_000),
                name="bookings_resource_figures",
            ),
            models.CheckConstraint(
                condition=models.Q(party_cap__isnull=True) | models.Q(party_cap__gt=0), name="bookings_resource_cap"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Slot(models.Model):
    """One departure, one day, one month of a resource. held + confirmed ≤ capacity at every commit."""

    resource = models.ForeignKey(Resource, models.PROTECT, related_name="slots", verbose_name="资源")
    starts_at = models.DateTimeField("开始")
    ends_at = models.DateTimeField("结束")
    capacity = models.BigIntegerField("容量")
    held = models.BigIntegerField("已占位", db_default=0)
    confirmed = models.BigIntegerField("已确认", db_default=0)
    price_fen = models.BigIntegerField("单价", db_default=0)

    class Meta:
        verbose_name = "时段"
        constraints = [
            models.UniqueConstraint(fields=["resource", "starts_at"], name="bookings_slot_once"),
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="bookings_slot_times"),
            models.CheckConstraint(
                condition=models.Q(held__gte=0, confirmed__gte=0, price_fen__gte=0), name="bookings_slot_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(capacity__gte=models.F("held") + models.F("confirmed")),
                name="bookings_slot_not_oversold",
            ),
        ]
        indexes = [models.Index(fields=["starts_at"], name="bookings_slot_starts")]


class Booking(ZoneModel):
    """A quantity of one slot for one firm. `zone` is the firm's; `reference` the caller's own number for it."""

    OWNERS = ("party_code",)
    slot = models.ForeignKey(Slot, models.PROTECT, related_name="bookings", verbose_name="时段")
    party_code = models.CharField("预订方", max_length=18)
    quantity = models.BigIntegerField("数量")
    state = models.CharField("状态", max_length=10, choices=list(TITLES.items()), default="held")
    reference = models.CharField("业务编号", max_length=40, db_default="")
    held_until = models.DateTimeField("占位至")
    fee_fen = models.BigIntegerField("退订费", db_default=0)
    why = models.CharField("原因", max_length=200, db_default="")
    facts = models.JSONField("属性", default=dict)
    made_at = models.DateTimeField("占位时间", db_default=Now())
    moved_at = models.DateTimeField("变更时间", db_default=Now())

    class Meta:
        verbose_name = "预订"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(quantity__gt=0, fee_fen__gte=0), name="bookings_booking_quantity"
            ),
            models.CheckConstraint(condition=models.Q(state__in=list(TITLES)), name="bookings_booking_state"),
            models.UniqueConstraint(
                fields=["slot", "party_code", "reference"],
                condition=models.Q(state__in=list(LIVE)) & ~models.Q(reference=""),
                name="bookings_booking_once",
            ),
        ]
        indexes = [
            models.Index(fields=["party_code", "-id"], name="bookings_booking_party"),
            models.Index(fields=["held_until"], condition=models.Q(state="held"), name="bookings_booking_lapsing"),
        ]
