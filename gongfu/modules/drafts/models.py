"""Drafts: what a firm is typing, enciphered as a whole because it names persons (I12)."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.models import ZoneModel

DRAFT, SUBMITTED, DELETED = "draft", "submitted", "deleted"


class Draft(ZoneModel):
    """One document on its way. party_code: whose it is; agent_code: the firm that types it.  number: its order number.

    guid: of the document, and the context its body is sealed with.  faults: what was wrong when it was last judged, none before.
    quota_of: keys of the persons whose year has been shown for it.
    """

    OWNERS = ("party_code",)
    party_code = models.CharField("企业", max_length=18)
    agent_code = models.CharField("制单企业", max_length=18)
    kind = models.CharField("单证类型", max_length=14)
    guid = models.CharField("系统唯一序号", max_length=36, unique=True)
    number = models.CharField("订单编号", max_length=60, blank=True)
    body = models.BinaryField("密文")
    state = models.CharField("状态", max_length=10, default=DRAFT)
    faults = models.SmallIntegerField("要改", null=True)
    message_id = models.BigIntegerField("报文", null=True)
    by = models.CharField("制单人", max_length=80)
    made_at = models.DateTimeField("建立时间", db_default=Now())
    saved_at = models.DateTimeField("保存时间", db_default=Now())
    submitted_at = models.DateTimeField("提交时间", null=True)
    quota_of = ArrayField(models.CharField(max_length=32), verbose_name="已显示额度的人", default=list, db_default=[])

    class Meta:
        verbose_name = "草稿"
        indexes = [models.Index(fields=["party_code", "-id"], name="drafts_of_party")]
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=[DRAFT, SUBMITTED, DELETED]), name="drafts_state"),
            models.CheckConstraint(
                condition=models.Q(state=SUBMITTED, message_id__isnull=False)
                | models.Q(~models.Q(state=SUBMITTED), message_id__isnull=True),
                name="drafts_submitted_once",
            ),
        ]

    @property
    def stand(self) -> str:
        """Which saving this is: differs after every one."""
        return self.saved_at.isoformat()

    def audit(self) -> dict[str, Any]:
        facts = {"kind": self.kind, "for": self.party_code, "state": self.state, "message": self.message_id}
        return {"subject": f"draft:{self.pk}", "zone": self.zone, "facts": facts}
