"""Grants, consents of subjects, and who read what."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.models import ZoneModel


class Grant(ZoneModel):
    """Some fields of some rows of one dataset, for one desk or firm, one purpose, on one basis, until a day."""

    OWNERS = ("party_code",)
    dataset = models.CharField("数据资源", max_length=60)
    role = models.CharField("岗位", max_length=40, blank=True)
    party_code = models.CharField("机构", max_length=18, blank=True)
    fields = ArrayField(models.CharField(max_length=40), verbose_name="字段")
    where = models.JSONField("范围", default=dict)
    purpose = models.CharField("用途", max_length=200)
    basis = models.CharField("依据", max_length=300)
    needs_consent = models.BooleanField("须主体同意", default=False)
    valid_from = models.DateField("生效")
    valid_until = models.DateField("失效")
    revoked_at = models.DateTimeField("撤销时间", null=True)
    agreement = models.CharField("合作协议", max_length=80, blank=True)
    case_id = models.BigIntegerField("申请事项")

    class Meta:
        verbose_name = "数据授权"
        indexes = [
            models.Index(fields=["dataset", "zone"], name="sharing_grant_of"),
            models.Index(fields=["agreement"], name="sharing_grant_under"),
        ]
        constraints = [
            models.CheckConstraint(condition=~models.Q(role="", party_code=""), name="sharing_grant_to_someone"),
            models.CheckConstraint(
                condition=models.Q(valid_until__gte=models.F("valid_from")), name="sharing_grant_ends"
            ),
        ]


class Consent(ZoneModel):
    """A subject allows a firm (a bank, say) to read its rows of a dataset for a purpose until a day; withdrawn at will."""

    OWNERS = ("subject_code",)
    subject_code = models.CharField("主体", max_length=32)
    reader_code = models.CharField("读取机构", max_length=18)
    dataset = models.CharField("数据资源", max_length=60)
    purpose = models.CharField("用途", max_length=200)
    given_by = models.CharField("同意人", max_length=80)
    given_at = models.DateTimeField("同意时间", db_default=Now())
    valid_until = models.DateField("失效")
    withdrawn_at = models.DateTimeField("撤回时间", null=True)

    class Meta:
        verbose_name = "主体同意"
        indexes = [models.Index(fields=["reader_code", "dataset"], name="sharing_consent_to")]


class Access(ZoneModel):
    """One read or refused read through the door: who, why, which fields, how many rows, of whom. Its seal is its entry in the log."""

    OWNERS = ("party_code",)
    dataset = models.CharField("数据资源", max_length=60)
    grant = models.ForeignKey(Grant, models.PROTECT, null=True)
    actor = models.CharField("读取人", max_length=80)
    role = models.CharField("岗位", max_length=40, blank=True)
    party_code = models.CharField("机构", max_length=18, blank=True)
    purpose = models.CharField("用途", max_length=200)
    fields = ArrayField(models.CharField(max_length=40), verbose_name="字段")
    rows = models.IntegerField("行数")
    subjects = ArrayField(models.CharField(max_length=32), verbose_name="涉及主体", default=list)
    refused = models.CharField("拒绝原因", max_length=40, blank=True)
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = "数据读取记录"
        indexes = [
            models.Index(fields=["dataset", "-id"], name="sharing_access_of"),
            GinIndex(fields=["subjects"], name="sharing_access_subjects"),
        ]
