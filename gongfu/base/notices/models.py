"""Notices to a firm, to a desk of a zone or to one person, who has read which, and the ways by which they also go out."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now

from gongfu.base.access.actor import Actor
from gongfu.base.kit.models import Reach, ZoneModel, manager

DISPATCH_STATES = ("pending", "sent", "shown", "dead", "off")


class Notices(Reach["Notice"]):
    """A firm's notices for its people; a desk's for those who hold its permission in the zone; a person's own."""

    def seen_by(self, actor: Actor) -> Notices:
        own = models.Q(party_code__in=[code for code in actor.party_codes if code])
        own |= models.Q(person=actor.name) & ~models.Q(person="")
        if actor.zones:
            own |= models.Q(party_code="", zone__in=actor.zones, permission__in=list(actor.may))
        return self.filter(own)


class Notice(ZoneModel):
    """One notice in both languages. It names a place to go; it holds no personal value."""

    OWNERS = ("party_code",)
    party_code = models.CharField("企业", max_length=32, blank=True)
    permission = models.CharField("岗位权限", max_length=60, blank=True)
    person = models.CharField("收件人", max_length=80, blank=True, db_default="")
    title = models.CharField("标题", max_length=200)
    title_en = models.CharField("英文标题", max_length=200)
    place = models.CharField("去处", max_length=200, blank=True)
    at = models.DateTimeField("时间", db_default=Now())

    objects: ClassVar[Any] = manager(Notices)

    class Meta:
        verbose_name = "站内信"
        indexes = [
            models.Index(fields=["party_code", "-id"], name="notices_of_party"),
            models.Index(fields=["zone", "permission", "-id"], name="notices_of_desk"),
            models.Index(fields=["person", "-id"], condition=~models.Q(person=""), name="notices_of_person"),
        ]


class Reading(models.Model):
    """A person has read a notice."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="readings")
    person = models.ForeignKey("access.Person", models.CASCADE)
    at = models.DateTimeField("阅读时间", db_default=Now())

    class Meta:
        verbose_name = "已读"
        constraints = [models.UniqueConstraint(fields=["person", "notice"], name="notices_read_once")]


class Way(models.Model):
    """A way by which a person wants notices too. The address is enciphered under person and channel; `shown` is its mask."""

    person = models.ForeignKey("access.Person", models.CASCADE, related_name="ways")
    channel = models.CharField("渠道", max_length=10)
    sealed = models.BinaryField("地址密文")
    shown = models.CharField("地址", max_length=100)
    language = models.CharField("语言", max_length=2, default="zh")
    on = models.BooleanField("启用", default=True)
    changed_at = models.DateTimeField("变更时间", db_default=Now())

    class Meta:
        verbose_name = "通知渠道"
        constraints = [models.UniqueConstraint(fields=["person", "channel"], name="notices_way_once")]

    @property
    def context(self) -> bytes:
        """Under which its address is sealed."""
        return f"way:{self.person_id}:{self.channel}".encode()


class Dispatch(models.Model):
    """One notice on one way.  notice: none for a trial.  state: pending, sent, shown (nothing stands behind the way), dead, or off."""

    way = models.ForeignKey(Way, models.CASCADE, related_name="dispatches")
    notice = models.ForeignKey(Notice, models.CASCADE, null=True, related_name="dispatches")
    text = models.CharField("内容", max_length=500)
    state = models.CharField("状态", max_length=8, db_default="pending")
    tries = models.SmallIntegerField("次数", db_default=0)
    next_at = models.DateTimeField("下次发送", db_default=Now())
    error = models.CharField("原因", max_length=100, blank=True, db_default="")
    at = models.DateTimeField("产生时间", db_default=Now())
    sent_at = models.DateTimeField("发出时间", null=True)

    class Meta:
        verbose_name = "通知发送"
        constraints = [
            models.UniqueConstraint(fields=["way", "notice"], name="notices_dispatch_once"),
            models.CheckConstraint(condition=models.Q(state__in=DISPATCH_STATES), name="notices_dispatch_state"),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=models.Q(state="pending"), name="notices_dispatch_due"),
            models.Index(fields=["way", "-id"], name="notices_dispatch_of_way"),
        ]
