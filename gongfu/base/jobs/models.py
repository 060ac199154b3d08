"""A job: who asked for what, how far it is, what came of it."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now

from gongfu.base.files.models import File

STATES = ("queued", "running", "done", "failed", "cancelled")


class Job(models.Model):
    """owner: `person:<number>`, the only one who sees it. done of total: rows; total 0 while it is not known."""

    owner = models.CharField("申请人", max_length=64)
    kind = models.CharField("种类", max_length=40)
    title = models.CharField("名称", max_length=120)
    title_en = models.CharField("英文名称", max_length=120, blank=True)
    parameters = models.JSONField("参数", default=dict)
    state = models.CharField("状态", max_length=10, db_default="queued", choices=[(one, one) for one in STATES])
    done = models.IntegerField("已完成", db_default=0)
    total = models.IntegerField("总数", db_default=0)
    file = models.ForeignKey(File, models.PROTECT, null=True, related_name="+")
    error = models.JSONField("原因", null=True)
    cancel = models.BooleanField("要求取消", db_default=False)
    asked_at = models.DateTimeField("申请时间", db_default=Now())
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        verbose_name = "后台任务"
        indexes = [models.Index(fields=["owner", "-id"], name="jobs_of_owner")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="done", file__isnull=False) | (~models.Q(state="done") & models.Q(file=None)),
                name="jobs_done_has_file",
            ),
        ]

    def audit(self) -> dict[str, Any]:
        return {"subject": f"job:{self.pk}", "facts": {"kind": self.kind, "parameters": self.parameters}}
