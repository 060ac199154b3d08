"""Trails and their events. Events are append-only, heads only grow (triggers in the second migration)."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.models import ZoneModel
from gongfu.base.trails.rules import Place, Written


class Trail(ZoneModel):
    """The head of one chain: how long it is, its last seal, and our signature over both."""

    OWNERS = ("party_code",)
    kind = models.CharField("种类", max_length=30)
    subject = models.CharField("对象", max_length=60)
    party_code = models.CharField("企业代码", max_length=18, blank=True)
    length = models.BigIntegerField("事件数", default=0)
    ended = models.BooleanField("已结束", default=False)
    seal = models.BinaryField("链头", default=bytes)
    signature = models.BinaryField("签名", default=bytes)
    opened_at = models.DateTimeField("建立时间", db_default=Now())

    class Meta:
        verbose_name = "履历"
        constraints = [models.UniqueConstraint(fields=["kind", "subject"], name="trails_trail_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}"

    def place(self) -> Place:
        """What each seal of the chain says about where it stands."""
        return Place(self.kind, self.subject, self.zone, self.party_code)


class Event(models.Model):
    """One event in its place.  at: the moment of record by the database's clock, given under the head's lock."""

    trail = models.ForeignKey(Trail, models.PROTECT, related_name="events")
    seq = models.BigIntegerField("序号")
    event = models.CharField("事件", max_length=30)
    facts = models.JSONField("内容", default=dict)
    happened_at = models.DateTimeField("发生时间", null=True)
    key = models.CharField("来源编号", max_length=80, blank=True)
    actor = models.CharField("记录人", max_length=80)
    at = models.DateTimeField("记录时间")
    seal = models.BinaryField("存证")

    class Meta:
        verbose_name = "履历事件"
        constraints = [
            models.UniqueConstraint(fields=["trail", "seq"], name="trails_event_once"),
            models.UniqueConstraint(fields=["trail", "key"], condition=~models.Q(key=""), name="trails_event_key_once"),
            models.CheckConstraint(condition=models.Q(seq__gte=1), name="trails_event_seq"),
        ]
        indexes = [GinIndex(fields=["facts"], opclasses=["jsonb_path_ops"], name="trails_event_facts")]

    def written(self) -> Written:
        """What its seal is made over."""
        return Written(self.seq, self.event, self.facts, self.happened_at, self.key, self.actor, self.at)
