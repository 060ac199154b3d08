"""What matching makes of the rows below it: a verdict for each order, and the gaps between its three flows."""

from __future__ import annotations

from django.db import models

from gongfu.base.kit.models import ZoneModel


class Chain(ZoneModel):
    """The verdict on one order's three flows; made anew whenever something of the order is recorded."""

    OWNERS = ("ebc_code", "ebp_code")
    ebp_code = models.CharField("电商平台代码", max_length=18)
    order_no = models.CharField("订单编号", max_length=60)
    ebc_code = models.CharField("电商企业代码", max_length=18, blank=True)
    flow = models.CharField("流向", max_length=1)
    day = models.DateField("日期")
    verdict = models.CharField("结果", max_length=8)

    class Meta:
        verbose_name = "三流合一"
        constraints = [models.UniqueConstraint(fields=["ebp_code", "order_no"], name="matching_chain_once")]
        indexes = [models.Index(fields=["zone", "day"], name="matching_chain_day")]


class Gap(ZoneModel):
    """One gap: what lacks or differs, both values, who can correct it, and since when."""

    OWNERS = ("ebc_code", "ebp_code", "owner_code")
    ebp_code = models.CharField("电商平台代码", max_length=18)
    order_no = models.CharField("订单编号", max_length=60)
    ebc_code = models.CharField("电商企业代码", max_length=18, blank=True)
    flow = models.CharField("流向", max_length=1)
    kind = models.CharField("差异", max_length=20)
    left = models.CharField("一方", max_length=80)
    right = models.CharField("另一方", max_length=80)
    owner_kind = models.CharField("责任方", max_length=10)
    owner_code = models.CharField("责任企业", max_length=18, blank=True)
    since = models.DateTimeField("始于")

    class Meta:
        verbose_name = "三流差异"
        constraints = [models.UniqueConstraint(fields=["ebp_code", "order_no", "kind"], name="matching_gap_once")]
        indexes = [models.Index(fields=["zone", "kind"], name="matching_gap_kind"), models.Index(fields=["owner_code"], name="matching_gap_owner")]  # fmt: skip


class Package(ZoneModel):
    """真实交易证明: a firm's transactions for one request at one reader (a bank, or a desk by its role), signed as they stood."""

    OWNERS = ("party_code", "reader_code")
    number = models.CharField("编号", max_length=20, unique=True)
    party_code = models.CharField("企业代码", max_length=18)
    reader_code = models.CharField("受理机构", max_length=18)
    purpose = models.CharField("用途", max_length=12)
    currency = models.CharField("币制", max_length=3, blank=True)
    asked_fen = models.BigIntegerField("申请金额")
    supported_fen = models.BigIntegerField("支持金额")
    result = models.CharField("结论", max_length=7)
    findings = models.JSONField("依据", default=list)
    orders = models.JSONField("订单", default=list)
    documents = models.JSONField("文件", default=dict)
    manifest = models.TextField("目录")
    signature = models.CharField("签名", max_length=100)
    consent = models.ForeignKey("sharing.Consent", models.PROTECT)
    state = models.CharField("状态", max_length=9)
    made_at = models.DateTimeField("生成时间")
    opened_at = models.DateTimeField("首次查看", null=True)
    ended_at = models.DateTimeField("使用或撤回", null=True)
    ended_by = models.CharField("办理人", max_length=80, blank=True)
    keep_until = models.DateField("保存至")

    class Meta:
        verbose_name = "真实交易证明"
        indexes = [models.Index(fields=["party_code", "-id"], name="matching_package_of"), models.Index(fields=["reader_code", "-id"], name="matching_package_to")]  # fmt: skip


class Claim(models.Model):
    """The registry of uses: while it is live, no second request can rest on the order (the hash names it, R-610)."""

    package = models.ForeignKey(Package, models.PROTECT, related_name="claims")
    order_hash = models.CharField("订单摘要", max_length=64)
    live = models.BooleanField("占用", db_default=True)

    class Meta:
        verbose_name = "订单使用登记"
        constraints = [models.UniqueConstraint(fields=["order_hash"], condition=models.Q(live=True), name="matching_claim_once")]  # fmt: skip
