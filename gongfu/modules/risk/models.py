"""Clocks of released lists, published step times, checks of whitelisted firms, and differences with their runs."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.models import ZoneModel


class Clock(ZoneModel):
    """The clock of one released list, in whole seconds by step: what rules/clocks.py makes of its moves."""

    OWNERS = ("agent_code", "ebc_code")
    declaration_id = models.BigIntegerField("清单", unique=True)
    agent_code = models.CharField("申报企业代码", max_length=18)
    ebc_code = models.CharField("电商企业代码", max_length=18)
    mode = models.CharField("监管方式", max_length=4)
    started_at = models.DateTimeField("接受时间")
    released_at = models.DateTimeField("放行时间")
    waiting_s = models.BigIntegerField("等三单")
    held_s = models.BigIntegerField("暂缓")
    officer_s = models.BigIntegerField("待人工确认", db_default=0)
    ready_s = models.BigIntegerField("待发送")
    sent_s = models.BigIntegerField("已送海关")
    accepted_s = models.BigIntegerField("海关入库")
    review_s = models.BigIntegerField("人工审核")
    inspection_s = models.BigIntegerField("查验")
    detained_s = models.BigIntegerField("扣留")
    concluded_s = models.BigIntegerField("审结")
    counted_s = models.BigIntegerField("计时")
    stopped_s = models.BigIntegerField("停表")
    slowest = models.CharField("最慢环节", max_length=12, blank=True)
    whitelisted = models.BooleanField("白名单")
    late = models.BooleanField("超时")

    class Meta:
        verbose_name = "通关计时"
        indexes = [
            models.Index(fields=["zone", "released_at"], name="risk_clock_day"),
            models.Index(fields=["agent_code", "released_at"], name="risk_clock_agent"),
            models.Index(fields=["ebc_code", "released_at"], name="risk_clock_seller"),
        ]


class StepTime(ZoneModel):
    """Published: of the lists of a zone released in a month, how long a step (or `whole`) took. Sums of many firms only."""

    month = models.CharField("月份", max_length=7)
    step = models.CharField("环节", max_length=12)
    lists = models.IntegerField("票数")
    p50_s = models.BigIntegerField("P50")
    p90_s = models.BigIntegerField("P90")
    p95_s = models.BigIntegerField("P95")
    whitelisted = models.IntegerField("白名单票数", default=0)
    on_time = models.IntegerField("白名单按时票数", default=0)
    computed_at = models.DateTimeField("计算时间", db_default=Now())

    class Meta:
        verbose_name = "环节用时"
        constraints = [models.UniqueConstraint(fields=["zone", "month", "step"], name="risk_step_time_once")]


class Check(ZoneModel):
    """One look at a firm on the whitelist: monthly, or because of a red flag; whoever fails is suspended at once."""

    OWNERS = ("party_code",)
    party_code = models.CharField("企业", max_length=18)
    entry_id = models.BigIntegerField("名录条目")
    month = models.CharField("月份", max_length=7)
    why = models.CharField("事由", max_length=8)
    measured = models.JSONField("指标")
    failed = models.JSONField("未达标", default=list)
    suspended = models.BooleanField("暂停")
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = "白名单复核"
        constraints = [
            models.UniqueConstraint(
                fields=["entry_id", "month"], condition=models.Q(why="monthly"), name="risk_check_once_a_month"
            )
        ]
        indexes = [models.Index(fields=["party_code", "-id"], name="risk_check_party")]


class Item(ZoneModel):
    """One thing to clear up: a difference with another side, a breach of the 24 hours, a signal of a risk rule; aged, owned, settled with a reason.

    source: window, bills, payments, waybills, clock, risk.  state: open, settled (by a person), cleared (a later run found it in order).
    kind: of kinds.toml.  facts: of a signal, its rule, the values used and the lists concerned.  party_code: "" keeps it from every
    firm, as signals are (R-1023).
    """

    OWNERS = ("party_code",)
    source = models.CharField("来源", max_length=10)
    kind = models.CharField("种类", max_length=20)
    key = models.CharField("编号", max_length=120)
    day = models.DateField("所属日期")
    party_code = models.CharField("企业", max_length=18, blank=True)
    declaration_id = models.BigIntegerField("清单", null=True)
    ours = models.CharField("平台", max_length=200, blank=True)
    theirs = models.CharField("对方", max_length=200, blank=True)
    state = models.CharField("状态", max_length=8, db_default="open")
    facts = models.JSONField("依据", default=dict, db_default={})
    owner = models.CharField("负责人", max_length=80, blank=True, db_default="")
    owner_title = models.CharField("负责人姓名", max_length=60, blank=True, db_default="")
    assigned_at = models.DateTimeField("认领时间", null=True)
    reason = models.CharField("处理结果", max_length=500, blank=True, db_default="")
    settled_by = models.CharField("办结人", max_length=80, blank=True, db_default="")
    settled_at = models.DateTimeField("办结时间", null=True)
    reminded_at = models.DateTimeField("催办时间", null=True)
    found_at = models.DateTimeField("发现时间", db_default=Now())
    seen_at = models.DateTimeField("最近发现", db_default=Now())

    class Meta:
        verbose_name = "对账事项"
        constraints = [
            models.UniqueConstraint(fields=["zone", "source", "kind", "key", "party_code"], name="risk_item_once"),
            models.CheckConstraint(
                condition=~models.Q(state="settled") | ~models.Q(reason=""), name="risk_item_settled_with_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["zone", "state", "-id"], name="risk_item_zone"),
            models.Index(fields=["party_code", "-id"], name="risk_item_party"),
        ]


class Run(ZoneModel):
    """One reconciliation of a day with one side: how many records of each, and how many differences of each kind."""

    day = models.DateField("日期")
    source = models.CharField("来源", max_length=10)
    ours = models.IntegerField("平台记录")
    theirs = models.IntegerField("对方记录")
    found = models.JSONField("差异", default=dict)
    at = models.DateTimeField("对账时间")

    class Meta:
        verbose_name = "对账"
        constraints = [models.UniqueConstraint(fields=["zone", "day", "source"], name="risk_run_once")]
        indexes = [models.Index(fields=["zone", "-id"], name="risk_run_zone")]
