"""Notices to a firm or to a desk of a zone, and who has read which."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models.functions import Now

from gongfu.base.access.actor import Actor
from gongfu.base.kit.models import Reach, ZoneModel, manager


class Notices(Reach["Notice"]):
    """A firm's notices for its people; a desk's for those who hold its permission in the zone."""

    def seen_by(self, actor: Actor) -> Notices:
        own = models.Q(party_code__in=[code for code in actor.party_codes if code])
        if actor.zones:
            own |= models.Q(party_code="", zone__in=actor.zones, permission__in=list(actor.may))
        return self.filter(own)


class Notice(ZoneModel):
    """One notice in both languages. It names a place to go; it holds no personal value."""

    OWNERS = ("party_code",)
    party_code = models.CharField("企业", max_length=32, blank=True)
    permission = models.CharField("岗位权限", max_length=60, blank=True)
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
        ]


class Reading(models.Model):
    """A person has read a notice."""

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="readings")
    person = models.ForeignKey("access.Person", models.CASCADE)
    at = models.DateTimeField("阅读时间", db_default=Now())

    class Meta:
        verbose_name = "已读"
        constraints = [models.UniqueConstraint(fields=["person", "notice"], name="notices_read_once")]
