"""Documents: whose, which content, under which generated name the body lies; and what refers to them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.models import ZoneModel


class File(ZoneModel):
    """One document of one owner. owner: a firm's code, or `person:<number>`. Without a zone it is its owner's alone."""

    OWNERS = ("owner",)
    owner = models.CharField("所有者", max_length=64)
    sha256 = models.CharField("SHA-256", max_length=64)
    name = models.CharField("文件名", max_length=120)
    kind = models.CharField("类型", max_length=5)
    size = models.BigIntegerField("大小")
    stored = models.CharField("存放名", max_length=32, unique=True)
    kept_at = models.DateTimeField("存入时间", db_default=Now())

    class Meta:
        verbose_name = "文件"
        constraints = [
            models.UniqueConstraint(fields=["owner", "sha256"], name="files_once_per_owner"),
            models.CheckConstraint(condition=models.Q(sha256__regex=r"^[0-9A-F]{64}$"), name="files_sha256"),
        ]
        indexes = [models.Index(fields=["sha256"], name="files_by_content")]

    def audit(self) -> dict[str, Any]:
        facts = {"name": self.name, "kind": self.kind, "size": self.size}
        return {"subject": f"file:{self.sha256}", "zone": self.zone, "facts": facts}


class Use(models.Model):
    """What refers to a document, such as `credit.objection:12`. The database keeps every document that is in use."""

    file = models.ForeignKey(File, models.PROTECT, related_name="uses")
    holder = models.CharField("引用处", max_length=80)
    since = models.DateTimeField("开始时间", db_default=Now())

    class Meta:
        verbose_name = "文件引用"
        constraints = [models.UniqueConstraint(fields=["file", "holder"], name="files_use_once")]
