"""Tax as we compute it, by line and kind, and as customs bills it."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.models import ZoneModel


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


class Returned(models.Model):
    """What a return took back of one line: of its value from the buyer's year, of its tax from the bill (R-117).

    follow_up: the return (declarations.FollowUp), 0 where customs shipped the whole list back.
    """

    declaration_id = models.BigIntegerField("清单")
    follow_up = models.BigIntegerField("退货申请")
    gnum = models.SmallIntegerField("序号")
    qty = models.DecimalField("数量", max_digits=19, decimal_places=5)
    dv_fen = models.BigIntegerField("完税价格")
    duty_fen = models.BigIntegerField("关税")
    ct_fen = models.BigIntegerField("消费税")
    vat_fen = models.BigIntegerField("增值税")
    at = models.DateTimeField("冲回时间", db_default=Now())

    class Meta:
        verbose_name = "退货冲回"
        constraints = [
            models.UniqueConstraint(fields=["declaration_id", "follow_up", "gnum"], name="tax_returned_once")
        ]


class Bill(ZoneModel):
    """电子税单 (CEB816, CEB818) of customs; its amounts hold over ours.

    returned_fen: what returns took back of this bill's tax. paid_on: as told to us; customs does not say.
    """

    OWNERS = ("agent_code", "assure_code")
    declaration_id = models.BigIntegerField("清单", null=True)  # none while its number is not known here
    agent_code = models.CharField("申报企业代码", max_length=18, db_default="", blank=True)
    assure_code = models.CharField("担保企业代码", max_length=30, db_default="", blank=True)
    tax_no = models.CharField("税单编号", max_length=50, unique=True)
    duty_no = models.CharField("缴款书编号", max_length=50, db_default="", blank=True)
    duty_fen = models.BigIntegerField("应征关税")
    ct_fen = models.BigIntegerField("应征消费税")
    vat_fen = models.BigIntegerField("应征增值税")
    returned_fen = models.BigIntegerField("退货冲减", db_default=0)
    status = models.CharField("税单状态", max_length=1)
    invt_no = models.CharField("清单编号", max_length=20, db_default="", blank=True)
    released_on = models.DateField("放行日期", null=True)
    paid_on = models.DateField("缴款日期", null=True)
    returned_at = models.CharField("回执时间", max_length=17)  # of CEB816; empty while only its status is known
    told_at = models.CharField("状态时间", max_length=17, db_default="", blank=True)  # of CEB818
    recorded_at = models.DateTimeField("入库时间", db_default=Now())
    zone = models.CharField("综试区", max_length=20, db_default="", blank=True)  # its list's, once that is known

    class Meta:
        verbose_name = "电子税单"
        indexes = [
            models.Index(fields=["declaration_id"], name="tax_bill_of"),
            models.Index(fields=["invt_no"], condition=models.Q(declaration_id=None), name="tax_bill_alone"),
            models.Index(fields=["assure_code", "-id"], name="tax_bill_assured"),
            models.Index(fields=["agent_code", "-id"], name="tax_bill_agent"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(returned_fen__gte=0)
                & models.Q(returned_fen__lte=models.F("duty_fen") + models.F("ct_fen") + models.F("vat_fen")),
                name="tax_bill_returned",
            )
        ]

    @property
    def tax_fen(self) -> int:
        return self.duty_fen + self.ct_fen + self.vat_fen

    @property
    def due_fen(self) -> int:
        """What is still to be paid of it, without any late fee."""
        return self.tax_fen - self.returned_fen
