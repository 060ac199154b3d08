"""Tax as we compute it, by line and kind, and as customs bills it."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now


class Assessment(models.Model):
    """Tax of one goods line; every amount in fen, every rate in basis points (R-103 … R-113)."""

    declaration_id = models.BigIntegerField("清单")
    gnum = models.SmallIntegerField("序号")
    path = models.CharField("计税方式", max_length=8)
    share_fen = models.BigIntegerField("运保费分摊")
    dv_fen = models.BigIntegerField("完税价格")
    duty_bp = models.IntegerField("关税税率")
    vat_bp = models.IntegerField("增值税税率")
    ct_bp = models.IntegerField("消费税税率")
    duty_fen = models.BigIntegerField("关税")
    ct_fen = models.BigIntegerField("消费税")
    vat_fen = models.BigIntegerField("增值税")

    class Meta:
        verbose_name = "税费"
        constraints = [models.UniqueConstraint(fields=["declaration_id", "gnum"], name="tax_assessment_once")]


class Bill(models.Model):
    """电子税单 (CEB816, CEB818) of customs; its amounts hold over ours."""

    declaration_id = models.BigIntegerField("清单", null=True)  # none while its number is not known here
    tax_no = models.CharField("税单编号", max_length=50, unique=True)
    duty_fen = models.BigIntegerField("应征关税")
    ct_fen = models.BigIntegerField("应征消费税")
    vat_fen = models.BigIntegerField("应征增值税")
    status = models.CharField("税单状态", max_length=1)
    invt_no = models.CharField("清单编号", max_length=20, db_default="", blank=True)
    returned_at = models.CharField("回执时间", max_length=17)  # of CEB816; empty while only its status is known
    told_at = models.CharField("状态时间", max_length=17, db_default="", blank=True)  # of CEB818
    recorded_at = models.DateTimeField("入库时间", db_default=Now())

    class Meta:
        verbose_name = "电子税单"
        indexes = [
            models.Index(fields=["declaration_id"], name="tax_bill_of"),
            models.Index(fields=["invt_no"], condition=models.Q(declaration_id=None), name="tax_bill_alone"),
        ]
