"""Services as data: their steps and usual days, the licences they need, the packages they are chosen in."""

from __future__ import annotations

from dataclasses import dataclass

# state: (verb that leaves it, Chinese, English); what a state is called stands in base/screens/words.py.
STEPS = {
    "papers": ("papers_ready", "单证备齐", "Papers complete"),
    "declaring": ("declared", "已申报", "Declared"),
    "clearing": ("cleared", "已放行", "Cleared"),
    "claiming": ("claimed", "已申报退税", "Refund claimed"),
    "refunding": ("refunded", "退税到账", "Refund received"),
    "collecting": ("collected", "已收汇", "Payment collected"),
    "converting": ("converted", "结汇入账", "Converted and credited"),
    "preparing": ("prepared", "准备就绪", "Prepared"),
    "shipping": ("shipped", "已运抵", "Delivered to the place"),
    "storing": ("stored", "已入库", "Stored"),
    "assessing": ("assessed", "审批通过", "Approved by the lender"),
    "paying": ("paid_out", "已放款", "Paid out"),
    "delivering": ("delivered", "交付完成", "Delivered"),
}


@dataclass(frozen=True, slots=True)
class Service:
    """One kind of service.

    way: (state, working days usually promised for it).  licences: kinds of licence of which one is needed (R-601, R-701).
    agency: done in the exporter's name, so that the actual exporter is kept (R-532).  event: the life event it belongs to.
    """

    code: str
    title: str
    title_en: str
    way: tuple[tuple[str, int], ...]
    licences: tuple[str, ...] = ()
    agency: bool = False
    event: str = "grow"
    words: str = ""


PROJECT = (("preparing", 3), ("delivering", 10))
SERVICES = {one.code: one for one in (
    Service("clearance", "代理报关", "Customs clearance", (("papers", 2), ("declaring", 1), ("clearing", 3)), ("customs",), True, "export", "通关 清关 报关行"),
    Service("refund", "代办退税", "Export tax refund", (("papers", 3), ("claiming", 5), ("refunding", 15)), ("refund",), True, "money", "退税 外综服"),
    Service("collection", "代理收汇", "Collection of payment", (("preparing", 3), ("collecting", 10), ("converting", 1)), ("payment", "finance"), True, "money", "收款 结汇 外汇"),
    Service("logistics", "国际物流", "Logistics", (("preparing", 2), ("shipping", 20)), ("express", "freight"), False, "export", "货代 运输 快递"),
    Service("warehousing", "仓储", "Warehousing", (("preparing", 2), ("storing", 3), ("delivering", 10)), (), False, "export", "海外仓 保税仓"),
    Service("finance", "融资与保险", "Finance and insurance", (("papers", 3), ("assessing", 5), ("paying", 2)), ("finance",), False, "money", "贷款 信用保险"),
    Service("training", "培训", "Training", (("preparing", 5), ("delivering", 10)), (), False, "people", "课程 人才"),
    Service("marketing", "营销推广", "Marketing", PROJECT, (), False, "grow", "直播 广告 选品"),
    Service("sites", "建站", "Site building", PROJECT, (), False, "start", "独立站 店铺"),
    Service("legal", "法律服务", "Legal services", PROJECT, ("law",), False, "trouble", "律师 知识产权 合规"),
    Service("telecom", "网络与通信", "Telecom", PROJECT, ("telecom",), False, "start", "专线 云"),
    Service("consulting", "咨询", "Consulting", PROJECT, (), False, "start", "顾问 财税"),
)}  # fmt: skip
PACKAGES = {
    "export": ("出口一条龙：报关、退税、收汇", "Export in one: clearance, refund, collection", ("clearance", "refund", "collection")),
    "start": ("开店起步：建站、营销、培训", "Opening a shop: site, marketing, training", ("sites", "marketing", "training")),
    "ship": ("发货：报关、物流、仓储", "Shipping: clearance, logistics, warehousing", ("clearance", "logistics", "warehousing")),
}  # fmt: skip
LICENCES = (
    ("business", "营业执照", "Business licence"), ("customs", "报关单位备案", "Customs declarant filing"), ("refund", "外综服代办退税备案", "Refund agent filing"),
    ("express", "快递业务经营许可", "Express licence"), ("freight", "国际货运代理备案", "Freight forwarder filing"), ("payment", "支付业务许可（含外汇名录）", "Payment licence with SAFE listing"),
    ("finance", "金融许可", "Financial licence"), ("law", "律师事务所执业许可", "Law firm licence"), ("telecom", "增值电信业务经营许可", "Value-added telecom licence"), ("other", "其他", "Other"),
)  # fmt: skip
UNITS = (
    ("order", "单", "order"), ("list", "票", "declaration"), ("item", "项", "project"), ("person", "人", "person"), ("hour", "小时", "hour"), ("month", "月", "month"),
)  # fmt: skip
CHOICES = tuple((one.code, one.title, one.title_en) for one in SERVICES.values())
