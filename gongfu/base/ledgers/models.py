"""Ledger accounts and their entries. The database itself keeps balances and limits (triggers in the first migration)."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

VERBS = ("reserve", "commit", "release", "reverse", "deposit", "withdraw")


class Account(models.Model):
    """One account: a buyer's year (`quota`), an agent's tax guarantee (`guarantee`), an item of a bonded book.

    used = committed_units + reserved_units ≤ limit_units at every commit; the sums follow the entries by trigger. Of stock,
    the limit is what was ever put in less what was taken away, and follows them as well. Units: `ledgers.kinds`.
    """

    kind = models.CharField("种类", max_length=20)
    owner = models.CharField("户主", max_length=64)
    period = models.CharField("期间", max_length=40, blank=True)
    limit_units = models.BigIntegerField("限额")
    reserved_units = models.BigIntegerField("已冻结", db_default=0)
    committed_units = models.BigIntegerField("已使用", db_default=0)
    stocked = models.BooleanField("限额即库存", db_default=False)

    class Meta:
        verbose_name = "台账账户"
        constraints = [
            models.UniqueConstraint(fields=["kind", "owner", "period"], name="ledgers_account_once"),
            models.CheckConstraint(
                condition=models.Q(reserved_units__gte=0, committed_units__gte=0), name="ledgers_account_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(limit_units__gte=models.F("reserved_units") + models.F("committed_units")),
                name="ledgers_account_within_limit",
            ),
        ]


class Movement(models.Model):
    """One entry: a verb and an amount for one subject; the same verb never twice for one subject and part."""

    account = models.ForeignKey(Account, models.PROTECT)
    verb = models.CharField("动作", max_length=8, choices=[(verb, verb) for verb in VERBS])
    subject = models.CharField("对象", max_length=40)
    part = models.CharField("部分", max_length=40, db_default="")
    amount_units = models.BigIntegerField("金额")
    at = models.DateTimeField("时间", db_default=Now())

    class Meta:
        verbose_name = "台账分录"
        constraints = [
            models.UniqueConstraint(fields=["subject", "account", "verb", "part"], name="ledgers_movement_once"),
            models.CheckConstraint(condition=models.Q(amount_units__gte=0), name="ledgers_movement_amount"),
        ]
