"""What the lists can share, field by field."""

from __future__ import annotations

from gongfu.base.sharing.datasets import Dataset
from gongfu.core.fields import INTERNAL, Field
from gongfu.modules.declarations import queries

DATASETS = (
        Dataset(
            "declarations.exports", "出口清单", "Export lists", "出口清单的单证数据，供退免税、结汇和统计核对。", "Export lists, for tax exemption, settlement and statistics.",
            "declarations.share", queries.exports,
            fields=(
                Field("invt_no", "清单编号", "List number"), Field("mode", "监管方式", "Mode"), Field("declared_on", "申报日期", "Declared on", "date"), Field("state", "状态", "State"),
                Field("ebc_code", "电商企业", "Seller", klass=INTERNAL), Field("order_no", "订单编号", "Order", klass=INTERNAL), Field("country", "运抵国", "Country", klass=INTERNAL),
                Field("goods_fen", "货值", "Value", "money", klass=INTERNAL), Field("logistics_no", "运单编号", "Waybill", klass=INTERNAL),
            ),
            subject="ebc_code", by=("ebc_code", "mode"),
        ),
        Dataset(
            queries.PURCHASES, "个人跨境消费", "Personal purchases", "个人进口清单；谁读过，本人看得到。", "Import lists of persons; each person sees who read them.",
            "declarations.share", queries.purchases,
            fields=(
                Field("invt_no", "清单编号", "List number", klass=INTERNAL), Field("mode", "监管方式", "Mode", klass=INTERNAL), Field("declared_on", "申报日期", "Declared on", "date", klass=INTERNAL),
                Field("state", "状态", "State", klass=INTERNAL), Field("goods_fen", "货值", "Value", "money", klass=INTERNAL),
            ),
            subject="buyer_key", by=("buyer_key", "mode"),
        ),
    )  # fmt: skip
