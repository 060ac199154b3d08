"""Papers that were issued."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.models import ZoneModel


class Paper(ZoneModel):
    """One paper as it was issued: what it says, and the hash of its bytes. number: not to be guessed; it stands in the QR code."""

    OWNERS = ("party_code",)
    number = models.CharField("证照编号", max_length=26, unique=True)
    kind = models.CharField("证照", max_length=40)
    key = models.CharField("对象", max_length=80)
    version = models.IntegerField("版本")
    lang = models.CharField("语言", max_length=2)
    party_code = models.CharField("企业", max_length=18, blank=True)
    lines = models.JSONField("内容", default=list)
    sha256 = models.CharField("SHA-256", max_length=64, unique=True)
    file = models.ForeignKey("files.File", models.PROTECT, verbose_name="文件")
    issued_at = models.DateTimeField("签发时间", db_default=Now())

    class Meta:
        verbose_name = "电子证照"
        constraints = [models.UniqueConstraint(fields=["kind", "key", "version", "lang"], name="papers_paper_once")]

    def audit(self) -> dict[str, Any]:
        facts = {"number": self.number, "version": self.version, "sha256": self.sha256}
        return {"subject": f"paper:{self.kind}:{self.key}", "zone": self.zone, "facts": facts}
