"""The work lane: rows that a worker claims with FOR UPDATE SKIP LOCKED, in the transaction that does them; and what the clock does."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Work(models.Model):
    """One piece of deferred work. It goes when its effect commits, and is set aside (`dead`) after five tries."""

    lane = models.CharField("通道", max_length=40)
    zone = models.CharField("综试区", max_length=20, blank=True)
    payload = models.JSONField("内容", default=dict)
    weight = models.IntegerField("大小", default=1)
    created_at = models.DateTimeField("产生时间", db_default=Now())
    ready_at = models.DateTimeField("可处理时间", db_default=Now())
    tries = models.SmallIntegerField("次数", db_default=0)
    dead = models.BooleanField("已搁置", db_default=False)
    error = models.TextField("原因", blank=True, db_default="")

    class Meta:
        verbose_name = "后台作业"
        indexes = [models.Index(fields=["lane", "id"], condition=models.Q(dead=False), name="events_work_due")]


class Strike(models.Model):
    """One recurring piece of work: when it is due, when it was last done, and what went wrong then."""

    name = models.CharField("名称", max_length=60, primary_key=True)
    next_at = models.DateTimeField("下次", null=True)
    began_at = models.DateTimeField("最近开始", null=True)
    ended_at = models.DateTimeField("最近结束", null=True)
    error = models.CharField("错误", max_length=500, blank=True, db_default="")

    class Meta:
        verbose_name = "定时作业"
