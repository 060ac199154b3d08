"""Filed products with every version they had, and the codes that people look up by words."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.models import ZoneModel

STATES = ("draft", "reviewing", "valid", "refused", "withdrawn", "revoked")


class Product(ZoneModel):
    """One product of one firm under one mode and direction (R-706). `zone` is its home; the filing holds in every zone (R-707).

    home: the partner installation that filed it, empty for ours.  facts of the filing stand in columns; `flags` and `findings` are
    those of the day of the decision.  state: reviewing until decided, and again while HS code or origin are reviewed.
    version: of what is filed.  edition: grows with every change, also of the state alone; partners keep the newest.
    """

    OWNERS = ("party_code",)
    party_code = models.CharField("企业", max_length=18)
    item_no = models.CharField("企业商品货号", max_length=20)
    mode = models.CharField("贸易方式", max_length=4)
    direction = models.CharField("进出口", max_length=1)
    name = models.CharField("商品名称", max_length=100)
    spec = models.CharField("规格型号", max_length=200)
    hs_code = models.CharField("商品编码", max_length=10)
    origin_country = models.CharField("原产国", max_length=3)
    brand = models.CharField("品牌", max_length=60, blank=True)
    authority = models.CharField("品牌授权", max_length=12, blank=True)
    gtin = models.CharField("商品条码", max_length=14, blank=True)
    unit1 = models.CharField("法定第一单位", max_length=3, blank=True)
    unit2 = models.CharField("法定第二单位", max_length=3, blank=True)
    net_content = models.CharField("净含量", max_length=22, blank=True)
    net_unit = models.CharField("净含量单位", max_length=5, blank=True)
    price_low = models.BigIntegerField("最低单价（分）", null=True)
    price_high = models.BigIntegerField("最高单价（分）", null=True)
    declared = ArrayField(models.CharField(max_length=12), verbose_name="企业申明的要求", default=list)
    licence_no = models.CharField("许可证件号", max_length=40, blank=True)
    authorisation = models.CharField("品牌授权书", max_length=64, blank=True)
    certificate = models.CharField("标准或质量证书", max_length=64, blank=True)
    photo = models.CharField("商品照片", max_length=64, blank=True)
    lane = models.CharField("申报方式", max_length=6)
    flags = ArrayField(models.CharField(max_length=12), verbose_name="监管要求", default=list)
    findings = models.JSONField("校验结果", default=list)
    state = models.CharField("状态", max_length=10, choices=[(one, one) for one in STATES])
    version = models.IntegerField("版本", default=0)
    edition = models.IntegerField("变动次数", default=0)
    case_id = models.BigIntegerField("备案事项", null=True)
    filed_on = models.DateField("备案日期", null=True)
    changed_at = models.DateTimeField("最近变动", db_default=Now())
    home = models.CharField("来源平台", max_length=40, blank=True, db_default="")

    class Meta:
        verbose_name = "备案商品"
        constraints = [
            models.UniqueConstraint(fields=["party_code", "item_no", "mode", "direction"], name="goods_product_once")
        ]
        indexes = [
            models.Index(fields=["zone", "-id"], name="goods_of_zone"),
            models.Index(fields=["party_code", "-id"], name="goods_of_party"),
            models.Index(fields=["hs_code"], name="goods_by_code"),
            models.Index(fields=["case_id"], name="goods_of_case"),
        ]

    def __str__(self) -> str:
        return f"{self.item_no} {self.name}"


class Version(models.Model):
    """A product as it was filed from a moment on; never changed or removed."""

    product = models.ForeignKey(Product, models.PROTECT, related_name="versions")
    number = models.IntegerField("版本")
    facts = models.JSONField("内容")
    flags = ArrayField(models.CharField(max_length=12), verbose_name="监管要求", default=list)
    findings = models.JSONField("校验结果", default=list)
    case_id = models.BigIntegerField("备案事项", null=True)
    by = models.CharField("操作人", max_length=80)
    at = models.DateTimeField("生效时间", db_default=Now())

    class Meta:
        verbose_name = "商品备案版本"
        constraints = [models.UniqueConstraint(fields=["product", "number"], name="goods_version_once")]

    def audit(self) -> dict[str, Any]:
        return {"subject": f"product:{self.product_id}", "facts": {"version": self.number}}


class HsEntry(models.Model):
    """One eight-digit code in force, with the words that find it: its own names (A), its heading's (B), real filings' (D)."""

    hs8 = models.CharField("商品编码", max_length=8, unique=True)
    name_zh = models.CharField("名称", max_length=500)
    name_en = models.CharField("英文名称", max_length=500)
    heading_zh = models.CharField("品目", max_length=500)
    heading_en = models.CharField("英文品目", max_length=500)
    unit1 = models.CharField("法定第一单位", max_length=3)
    unit2 = models.CharField("法定第二单位", max_length=3, blank=True)
    endings = models.CharField("后两位", max_length=200, blank=True)
    filings = models.IntegerField("真实备案数")
    usual = models.CharField("常用编码", max_length=10)
    words = SearchVectorField("词")

    class Meta:
        verbose_name = "商品编码"
        indexes = [GinIndex(fields=["words"], name="goods_hs_words")]


class HsEdition(models.Model):
    """Which edition of the tables the codes were filled from."""

    fingerprint = models.CharField("指纹", max_length=64, unique=True)
    entries = models.IntegerField("条数")
    loaded_at = models.DateTimeField("装入时间", db_default=Now())

    class Meta:
        verbose_name = "商品编码版本"
