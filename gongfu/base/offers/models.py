"""Listings (needs and offers) and the deals between them. The database keeps who, which and in what order (triggers in 0002)."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.models import ZoneModel
from gongfu.base.offers.flows import LISTING_TITLES, LIVE, TITLES

SIDE_TITLES = {"need": "需求", "offer": "供给"}


class Listing(ZoneModel):
    """A need or an offer of one firm. Its facts never change: whoever wants other ones withdraws it and posts anew."""

    OWNERS = ("party_code",)
    kind = models.CharField("种类", max_length=20)
    side = models.CharField("方向", max_length=5, choices=list(SIDE_TITLES.items()))
    party_code = models.CharField("发布方", max_length=18)
    title = models.CharField("标题", max_length=100)
    facts = models.JSONField("要素", default=dict)
    confidential = models.BooleanField("不公开", db_default=False)
    until = models.DateField("有效期至", null=True)
    state = models.CharField("状态", max_length=10, choices=list(LISTING_TITLES.items()), default="open")
    made_at = models.DateTimeField("发布时间", db_default=Now())

    class Meta:
        verbose_name = "供需信息"
        constraints = [
            models.CheckConstraint(condition=models.Q(side__in=list(SIDE_TITLES)), name="offers_listing_side"),
            models.CheckConstraint(condition=models.Q(state__in=list(LISTING_TITLES)), name="offers_listing_state"),
        ]
        indexes = [
            models.Index(fields=["kind", "side", "-id"], condition=models.Q(state="open"), name="offers_listing_open"),
            models.Index(fields=["party_code", "-id"], name="offers_listing_party"),
            GinIndex(fields=["facts"], name="offers_listing_facts", opclasses=["jsonb_path_ops"]),
        ]

    def __str__(self) -> str:
        return self.title


class Deal(ZoneModel):
    """A need and an offer brought together, with the score and reasons of that day. `zone` is that of the need."""

    OWNERS = ("need_party", "offer_party")
    ZONES = ("zone", "offer_zone")
    need = models.ForeignKey(Listing, models.PROTECT, related_name="deals_as_need", verbose_name="需求")
    offer = models.ForeignKey(Listing, models.PROTECT, related_name="deals_as_offer", verbose_name="供给")
    kind = models.CharField("种类", max_length=20)
    need_party = models.CharField("需求方", max_length=18)
    offer_party = models.CharField("供给方", max_length=18)
    offer_zone = models.CharField("供给方综试区", max_length=20)
    single_need = models.BooleanField("需求只成交一次")
    single_offer = models.BooleanField("供给只成交一次")
    score = models.IntegerField("匹配分")
    reasons = models.JSONField("匹配理由")
    state = models.CharField("状态", max_length=10, choices=list(TITLES.items()), default="proposed")
    answer_by = models.DateTimeField("答复期限")
    need_accepted_at = models.DateTimeField("需求方同意时间", null=True)
    offer_accepted_at = models.DateTimeField("供给方同意时间", null=True)
    value_fen = models.BigIntegerField("成交额", null=True)
    reference = models.CharField("成交凭据编号", max_length=60, db_default="")
    why = models.CharField("原因", max_length=200, db_default="")
    made_at = models.DateTimeField("提出时间", db_default=Now())
    moved_at = models.DateTimeField("变更时间", db_default=Now())

    class Meta:
        verbose_name = "撮合"
        constraints = [
            models.CheckConstraint(condition=models.Q(state__in=list(TITLES)), name="offers_deal_state"),
            models.CheckConstraint(condition=models.Q(score__gte=0, score__lte=100), name="offers_deal_score"),
            models.CheckConstraint(
                condition=~models.Q(need_party=models.F("offer_party")), name="offers_deal_two_parties"
            ),
            models.CheckConstraint(
                condition=~models.Q(state__in=["accepted", "closed"])
                | models.Q(need_accepted_at__isnull=False, offer_accepted_at__isnull=False),
                name="offers_deal_both_accept",
            ),
            models.CheckConstraint(
                condition=models.Q(state="closed", value_fen__isnull=False, value_fen__gte=0)
                | (~models.Q(state="closed") & models.Q(value_fen__isnull=True)),
                name="offers_deal_value_when_closed",
            ),
            models.UniqueConstraint(
                fields=["need", "offer"], condition=models.Q(state__in=list(LIVE)), name="offers_deal_live_once"
            ),
            models.UniqueConstraint(
                fields=["need"],
                condition=models.Q(single_need=True, state__in=["accepted", "closed"]),
                name="offers_deal_one_of_need",
            ),
            models.UniqueConstraint(
                fields=["offer"],
                condition=models.Q(single_offer=True, state__in=["accepted", "closed"]),
                name="offers_deal_one_of_offer",
            ),
        ]
        indexes = [
            models.Index(fields=["need_party", "-id"], name="offers_deal_need_party"),
            models.Index(fields=["offer_party", "-id"], name="offers_deal_offer_party"),
            models.Index(fields=["answer_by"], condition=models.Q(state="proposed"), name="offers_deal_lapsing"),
        ]
