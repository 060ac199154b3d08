"""What people keep for themselves: filters of lists, and the files they import."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now

from gongfu.base.files.models import File


class SavedFilter(models.Model):
    """owner: `person:<number>`.  listing: the list's name.  query: its query string."""

    owner = models.CharField("所有者", max_length=64)
    listing = models.CharField("列表", max_length=80)
    title = models.CharField("名称", max_length=40)
    query = models.CharField("条件", max_length=1000, blank=True)
    saved_at = models.DateTimeField("保存时间", db_default=Now())

    class Meta:
        verbose_name = "常用条件"
        constraints = [models.UniqueConstraint(fields=["owner", "listing", "title"], name="screens_filter_once")]

    def audit(self) -> dict[str, Any]:
        return {"subject": f"filter:{self.listing}", "facts": {"title": self.title}}


class Upload(models.Model):
    """One file of an import. owner: `person:<number>`.  kind: the import's name.  good, bad: rows by its check.  job: 0 until its rows
    were taken.  preview: what its page shows (imports.py)."""

    owner = models.CharField("上传人", max_length=64)
    kind = models.CharField("导入", max_length=40)
    file = models.ForeignKey(File, models.PROTECT, related_name="+")
    name = models.CharField("文件名", max_length=120)
    sha256 = models.CharField("SHA-256", max_length=64)
    good = models.IntegerField("可受理行")
    bad = models.IntegerField("待更正行")
    preview = models.JSONField("预览")
    job = models.BigIntegerField("后台任务", db_default=0)
    sent_at = models.DateTimeField("上传时间", db_default=Now())

    class Meta:
        verbose_name = "导入文件"
        constraints = [models.UniqueConstraint(fields=["owner", "kind", "sha256"], name="screens_upload_once")]

    def audit(self) -> dict[str, Any]:
        facts = {"kind": self.kind, "sha256": self.sha256, "good": self.good, "bad": self.bad, "job": self.job}
        return {"subject": f"upload:{self.pk}", "facts": facts}
