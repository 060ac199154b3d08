"""The sealed log: append-only, hash-chained, one entry for each action."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Entry(models.Model):
    """One act. `seq` and `seal` are given once, in order of commit, by `audit.actions.seal_new`."""

    at = models.DateTimeField("时间", db_default=Now())
    zone = models.CharField("综试区", max_length=20, blank=True)
    actor = models.CharField("操作人", max_length=80)
    verb = models.CharField("动作", max_length=60)
    subject = models.CharField("对象", max_length=80, blank=True)
    facts = models.JSONField("事实", default=dict)
    seq = models.BigIntegerField("序号", null=True, unique=True)
    seal = models.BinaryField("存证", null=True)

    class Meta:
        verbose_name = "留痕"
        indexes = [models.Index(fields=["id"], condition=models.Q(seq__isnull=True), name="audit_unsealed")]
        constraints = [
            models.UniqueConstraint(
                fields=["subject"], condition=models.Q(verb="intake.accept"), name="audit_one_accept"
            ),
        ]


class Head(models.Model):
    """The chain's last link at the end of a day, kept apart so that a full rewrite shows."""

    day = models.DateField("日", unique=True)
    seq = models.BigIntegerField("序号")
    seal = models.BinaryField("存证")
    signature = models.BinaryField("签名")

    class Meta:
        verbose_name = "每日链头"
