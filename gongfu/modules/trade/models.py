"""Orders, payments and waybills: figures and keyed hashes only; persons stay in the encrypted originals (I12)."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from gongfu.base.kit.models import ZoneModel


class Document(ZoneModel):
    """What every handed-in document has."""

    message_id = models.BigIntegerField("报文")
    guid = models.CharField("系统唯一序号", max_length=36)
    received_at = models.DateTimeField("接收时间")
    recorded_at = models.DateTimeField("入库时间", db_default=Now())
    withdrawn = models.BooleanField("已删除", db_default=False)

    class Meta:
        abstract = True


class Order(Document):
    """电子订单 (CEB311, CEB303); amounts in fen, foreign amounts in hundredths of their currency."""

    OWNERS = ("ebp_code", "ebc_code")
    order_type = models.CharField("订单类型", max_length=1)
    ebp_code = models.CharField("电商平台代码", max_length=18)
    order_no = models.CharField("订单编号", max_length=60)
    ebc_code = models.CharField("电商企业代码", max_length=18)
    pay_code = models.CharField("支付企业代码", max_length=18, blank=True)
    pay_no = models.CharField("支付交易编号", max_length=60, blank=True)
    currency = models.CharField("币制", max_length=3)
    goods_fen = models.BigIntegerField("商品价格")
    freight_fen = models.BigIntegerField("运杂费")
    discount_fen = models.BigIntegerField("非现金抵扣", db_default=0)
    tax_fen = models.BigIntegerField("代扣税款", db_default=0)
    paid_fen = models.BigIntegerField("实际支付", db_default=0)
    buyer_key = models.CharField("订购人", max_length=32, blank=True)
    consignee_key = models.CharField("收货人", max_length=32, blank=True)
    address_key = models.CharField("收货地址", max_length=32, blank=True)
    ordered_at = models.DateTimeField("订单时间")
    lines = models.JSONField("商品", default=list)

    class Meta:
        verbose_name = "订单"
        constraints = [
            models.UniqueConstraint(
                fields=["ebp_code", "order_no"], condition=models.Q(withdrawn=False), name="trade_order_once"
            ),
        ]


class Payment(Document):
    """支付凭证 (CEB411): one payment serves one order."""

    OWNERS = ("pay_code", "ebp_code")
    pay_code = models.CharField("支付企业代码", max_length=18)
    pay_no = models.CharField("支付交易编号", max_length=60)
    ebp_code = models.CharField("电商平台代码", max_length=18)
    order_no = models.CharField("订单编号", max_length=60)
    currency = models.CharField("币制", max_length=3)
    paid_fen = models.BigIntegerField("支付金额")
    payer_key = models.CharField("支付人", max_length=32)
    paid_at = models.DateTimeField("支付时间")

    class Meta:
        verbose_name = "支付单"
        constraints = [
            models.UniqueConstraint(
                fields=["pay_code", "pay_no"], condition=models.Q(withdrawn=False), name="trade_payment_once"
            ),
            models.UniqueConstraint(
                fields=["ebp_code", "order_no"], condition=models.Q(withdrawn=False), name="trade_payment_order"
            ),
        ]


class Collection(Document):
    """收款单 (CEB403): money received for an export order; one receipt of a bank may serve several orders, an order may have several."""

    OWNERS = ("ebp_code", "ebc_code", "pay_code")
    ebp_code = models.CharField("电商平台代码", max_length=18)
    ebc_code = models.CharField("电商企业代码", max_length=18)
    order_no = models.CharField("订单编号", max_length=60)
    pay_code = models.CharField("支付企业代码", max_length=18, blank=True)
    pay_no = models.CharField("支付交易编号", max_length=60)
    currency = models.CharField("币制", max_length=3)
    charge_fen = models.BigIntegerField("收款金额")
    collected_at = models.DateTimeField("到账时间")

    class Meta:
        verbose_name = "收款单"
        constraints = [
            models.UniqueConstraint(
                fields=["order_no", "pay_no"], condition=models.Q(withdrawn=False), name="trade_collection_once"
            ),
        ]
        indexes = [models.Index(fields=["pay_no"], name="trade_collection_paid")]


class Waybill(Document):
    """运单 (CEB511, CEB505): a number is not used again by the same carrier within six months."""

    OWNERS = ("logistics_code",)
    logistics_code = models.CharField("物流企业代码", max_length=18)
    logistics_no = models.CharField("物流运单编号", max_length=60)
    order_no = models.CharField("订单编号", max_length=60, blank=True)
    currency = models.CharField("币制", max_length=3)
    freight_fen = models.BigIntegerField("运费")
    insured_fen = models.BigIntegerField("保价费")
    weight_g = models.BigIntegerField("毛重(克)")
    packs = models.IntegerField("件数")
    goods_info = models.CharField("主要货物", max_length=200, blank=True)
    consignee_key = models.CharField("收货人", max_length=32, blank=True)
    address_key = models.CharField("收货地址", max_length=32, blank=True)

    class Meta:
        verbose_name = "运单"
        constraints = [
            models.UniqueConstraint(
                fields=["logistics_code", "logistics_no"],
                condition=models.Q(withdrawn=False),
                name="trade_waybill_once",
            ),
        ]


class WaybillStatus(Document):
    """运单状态 (CEB513): S signed for (the only one that is taken now), R on the way; the latest holds, older ones are history."""

    OWNERS = ("logistics_code",)
    logistics_code = models.CharField("物流企业代码", max_length=18)
    logistics_no = models.CharField("物流运单编号", max_length=60)
    status = models.CharField("运单状态", max_length=1)
    happened_at = models.DateTimeField("状态时间")

    class Meta:
        verbose_name = "运单状态"
        constraints = [
            models.UniqueConstraint(
                fields=["logistics_code", "logistics_no", "status", "happened_at"],
                condition=models.Q(withdrawn=False),
                name="trade_status_once",
            ),
        ]


class RealtimeKey(ZoneModel):
    """A platform served under the 179 interface: its certificate's number at customs, its signing key (sealed), and what its answers say of it."""

    OWNERS = ("ebp_code",)
    ebp_code = models.CharField("电商平台代码", max_length=18, unique=True)
    cert_no = models.CharField("证书编号", max_length=60)
    sealed_key = models.BinaryField("签名私钥(密)")
    fingerprint = models.CharField("公钥指纹", max_length=64, blank=True, db_default="")
    ver_dept = models.CharField("验核机构", max_length=1)
    pay_type = models.CharField("支付类型", max_length=1)
    account = models.CharField("收款账号", max_length=60)
    item_link = models.CharField("商品链接", max_length=300)
    registered_at = models.DateTimeField("登记时间", db_default=Now())
    ended_at = models.DateTimeField("停止时间", null=True)

    class Meta:
        verbose_name = "实时数据签名"


class RealtimeRequest(ZoneModel):
    """One request of customs under the 179 interface, answered or refused: what came, what was said, and how the upload went.

    due_at: until when the data are to be at customs; none of a refused request.  tries, next_at: of the upload under way.
    failed_told, late_told: whether its people have heard that.
    """

    OWNERS = ("ebp_code",)
    ebp_code = models.CharField("电商平台代码", max_length=18)
    session_id = models.CharField("会话", max_length=60, blank=True)
    order_no = models.CharField("订单编号", max_length=60, blank=True)
    asked_at = models.DateTimeField("收到时间")
    due_at = models.DateTimeField("上传期限", null=True)
    code = models.CharField("答复代码", max_length=5)
    message = models.CharField("答复", max_length=200, blank=True)
    state = models.CharField("状态", max_length=8)
    tries = models.SmallIntegerField("次数", db_default=0)
    next_at = models.DateTimeField("下次上传", db_default=Now())
    sha256 = models.CharField("上传内容摘要", max_length=64, blank=True)
    outcome = models.CharField("海关结果", max_length=5, blank=True)
    outcome_text = models.CharField("海关说明", max_length=200, blank=True)
    uploaded_at = models.DateTimeField("上传时间", null=True)
    failed_told = models.BooleanField("失败已提醒", db_default=False)
    late_told = models.BooleanField("逾期已提醒", db_default=False)

    class Meta:
        verbose_name = "实时数据请求"
        constraints = [
            models.UniqueConstraint(
                fields=["ebp_code", "session_id"], condition=~models.Q(state="refused"), name="trade_realtime_once"
            ),
        ]
        indexes = [
            models.Index(fields=["zone", "-id"], name="trade_realtime_zone"),
            models.Index(fields=["ebp_code", "asked_at"], name="trade_realtime_platform"),
            models.Index(fields=["next_at"], condition=models.Q(state="taken"), name="trade_realtime_ready"),
            models.Index(fields=["due_at"], condition=models.Q(state__in=["taken", "failed"]), name="trade_realtime_due"),
        ]
