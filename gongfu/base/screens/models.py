"""Filters of lists that people keep for themselves."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now


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
