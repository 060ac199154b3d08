"""The kinds of feed that the platform comes with."""

from __future__ import annotations

from gongfu.core.fields import INTERNAL, PERSONAL, Field
from gongfu.modules.feeds.kinds import FeedKind

AUTHORITIES = (
    ("customs", "海关", "Customs"), ("tax", "税务", "Tax"), ("safe", "外汇管理", "Foreign exchange"), ("market", "市场监管", "Market supervision"),
    ("court", "法院", "Court"), ("credit_china", "信用中国", "Credit China"), ("other", "其他", "Other"),
)  # fmt: skip
CODE = Field("code", "统一社会信用代码", "Credit code", "uscc")
UNTIL = Field("valid_until", "有效期至", "Valid until", "date", needed=False)
KINDS = (
    FeedKind("grades", "部门评级与记录", "Grades and records of departments", "海关、税务、外汇、市场监管等部门的信用评级和奖惩记录。", "Grades, awards and penalties as departments give them.", (
        Field("authority", "部门", "Authority", "choice", choices=AUTHORITIES), CODE, Field("item", "评级事项", "Item", longest=80), Field("grade", "等级或结果", "Grade or result", longest=40),
        Field("graded_on", "评定日期", "Graded on", "date"), UNTIL, Field("document_no", "文书号", "Document number", needed=False, longest=80),
    ), key=("authority", "code", "item", "graded_on"), subject="code", rules=("R-711", "R-801")),
    FeedKind("ratings", "电商平台评价", "Marketplace ratings", "电商平台对店铺的评价、成交和投诉，按月。", "What marketplaces say of shops, by month.", (
        Field("ebp_code", "电商平台代码", "Marketplace", longest=18), Field("shop_no", "店铺编号", "Shop", longest=60), CODE, Field("month", "月份", "Month", longest=7),
        Field("rating", "评分", "Rating", "decimal", least=0, most=100), Field("orders", "成交单数", "Orders", "whole", least=0), Field("complaints", "投诉数", "Complaints", "whole", least=0),
    ), key=("ebp_code", "shop_no", "month"), subject="code", rules=("R-708", "R-801")),
    FeedKind("orders", "电商平台交易", "Marketplace orders", "电商平台的订单与收入：总额、退款、净额。", "Orders and income by marketplace: total, refunds, net.", (
        Field("ebp_code", "电商平台代码", "Marketplace", longest=18), Field("order_no", "订单编号", "Order number", longest=60), CODE, Field("ordered_on", "下单日期", "Ordered on", "date"),
        Field("country", "国别", "Country", "country", needed=False), Field("total", "收入总额", "Total", "money", unit="元"), Field("refunded", "退款", "Refunds", "money", needed=False, unit="元"),
        Field("net", "收入净额", "Net", "money", needed=False, unit="元"),
    ), key=("ebp_code", "order_no"), sums=("total", "refunded", "net"), subject="code", rules=("R-531", "R-910")),
    FeedKind("credit_reports", "第三方信用报告", "Third-party credit reports", "信用服务机构对企业的报告与评分。", "Reports and scores of credit agencies.", (
        Field("agency", "信用服务机构", "Agency", "uscc"), Field("report_no", "报告编号", "Report number", longest=60), CODE, Field("score", "评分", "Score", "decimal", needed=False),
        Field("level", "等级", "Level", longest=20), Field("issued_on", "出具日期", "Issued on", "date"), UNTIL, Field("summary", "摘要", "Summary", "lines", needed=False, klass=INTERNAL, longest=1_000),
    ), key=("agency", "report_no"), subject="code", rules=("R-801",)),
    FeedKind("parcels", "邮(快)件清单", "Mail and express parcels", "邮政和快递的出口件，与 9610 清单去重后计入统计。", "Mail and express, counted in statistics once a parcel, next to 9610 lists.", (
        Field("waybill_no", "运单号", "Waybill number", longest=60), Field("sender", "寄件人", "Sender", klass=PERSONAL), Field("consignee", "收件人", "Consignee", needed=False, klass=PERSONAL),
        Field("consignee_address", "收件地址", "Consignee's address", needed=False, klass=PERSONAL, masked="address"), Field("ebp_code", "电商平台代码", "Marketplace", needed=False, longest=18),
        Field("order_no", "订单编号", "Order number", needed=False, longest=60), Field("goods", "品名", "Goods"), Field("hs4", "税号前四位", "HS-4", longest=4), Field("quantity", "数量", "Quantity", "decimal", least=0),
        Field("amount", "金额", "Amount", "money"), Field("currency", "币制", "Currency", longest=3), Field("weight_kg", "重量", "Weight", "decimal", least=0, unit="千克"),
        Field("country", "目的国", "Destination", "country"), Field("posted_on", "寄递日期", "Posted on", "date"),
    ), key=("waybill_no",), sums=("amount",), parcels=True, rules=("R-906", "R-910")),
    FeedKind("carrier_events", "承运与传感事件", "Carrier and sensor events", "承运人的节点和车、箱、库的传感读数。", "Milestones of carriers and readings of sensors.", (
        Field("thing", "运单、箱号或设备", "Waybill, container or device", longest=60), Field("event", "事件", "Event", longest=40), Field("happened_at", "发生时间", "Happened at", longest=25),
        Field("place", "地点", "Place", needed=False, longest=120), Field("value", "读数", "Reading", "decimal", needed=False), Field("unit", "单位", "Unit", needed=False, longest=12),
    ), key=("thing", "event", "happened_at")),
    FeedKind("statements", "承运与支付对账单", "Statements of carriers and payment firms", "承运人和支付企业每天的单号和金额，与平台的运单、支付单逐笔对账。", "Numbers and amounts of a day, reconciled one by one with waybills and payments.", (
        Field("flow", "单证", "Document", "choice", choices=(("payments", "支付单", "Payments"), ("waybills", "运单", "Waybills"))), Field("firm", "企业代码", "Firm", longest=18),
        Field("number", "支付交易号或运单号", "Payment or waybill number", longest=60), Field("day", "日期", "Day", "date"), Field("amount", "金额（运单为运费与保价费）", "Amount (freight and cover of a waybill)", "money", unit="元"),
    ), key=("flow", "firm", "number", "day"), sums=("amount",), rules=("R-005",)),
    FeedKind("neighbours", "邻区平台记录", "Records of neighbouring platforms", "其他综试区公共服务平台的记录。", "Records of other zones' public platforms.", (
        Field("site", "来源平台", "Platform", longest=60), Field("record", "记录种类", "Kind of record", longest=40), Field("number", "记录编号", "Number", longest=60), CODE,
        Field("title", "标题", "Title"), Field("changed_on", "变更日期", "Changed on", "date"),
    ), key=("site", "record", "number"), subject="code", rules=("R-1408",)),
    FeedKind("legacy", "旧系统数据表", "Tables of old systems", "旧平台迁入的数据，按行数和金额核对，一行不少。", "Records moved from an old platform, reconciled by count and sum.", (
        Field("table", "原表名", "Table", longest=60), Field("number", "原记录号", "Number", longest=60), Field("code", "统一社会信用代码", "Credit code", "uscc", needed=False),
        Field("title", "标题", "Title"), Field("amount", "金额", "Amount", "money", needed=False, unit="元"), Field("dated_on", "日期", "Date", "date", needed=False),
        Field("body", "内容", "Content", "lines", needed=False, klass=INTERNAL, longest=2_000),
    ), key=("table", "number"), sums=("amount",), reconciled=True, subject="code", rules=("R-910",)),
)  # fmt: skip
