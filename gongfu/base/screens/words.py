"""The words that several pages say, in both languages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils.translation import get_language, override

from gongfu.zones.plan import plans

_spoken: ContextVar[bool | None] = ContextVar("spoken", default=None)


def english() -> bool:
    spoken = _spoken.get()
    return (get_language() or "").startswith("en") if spoken is None else spoken


@contextmanager
def speaking(lang: str) -> Iterator[None]:
    """Within it everything is said in `lang`, and asking which costs next to nothing (for files of many rows)."""
    token = _spoken.set(lang.startswith("en"))
    try:
        with override(lang):
            yield
    finally:
        _spoken.reset(token)


def say(zh: str, en: str) -> str:
    """The text in the reader's language."""
    return en if english() else zh


def zone_name(code: str) -> str:
    """The short name of the zone in the reader's language; the text itself where it is no zone of ours."""
    plan = plans().get(code)
    return say(plan.short, plan.short_en) if plan else code


# state: (tone, Chinese, English)
STATES: dict[str, tuple[str, str, str]] = {
    "received": ("run", "已接收", "Received"),
    "processed": ("ok", "已处理", "Processed"),
    "waiting": ("wait", "等三单", "Waiting for documents"),
    "held": ("hold", "暂缓", "On hold"),
    "refused": ("bad", "平台退单", "Refused by platform"),
    "ready": ("run", "待发送", "Ready to send"),
    "sent": ("run", "已送海关", "Sent to customs"),
    "accepted": ("run", "海关入库", "Accepted by customs"),
    "review": ("run", "人工审核", "Manual review"),
    "inspection": ("hold", "查验", "Inspection"),
    "detained": ("hold", "扣留", "Detained"),
    "concluded": ("run", "审结", "Concluded"),
    "released": ("ok", "已放行", "Released"),
    "closed": ("ok", "已结关", "Closed"),
    "rejected": ("bad", "海关退单", "Rejected by customs"),
    "failed": ("bad", "处理失败", "Failed"),
    "returned": ("off", "退运", "Shipped back"),
    "cancelled": ("off", "已撤销", "Cancelled"),
    "asked": ("wait", "等工厂报价", "Waiting for a quote"),
    "making": ("run", "生产中", "In production"),
    "made": ("wait", "生产待确认", "Production to be confirmed"),
    "inspecting": ("run", "检验中", "Under inspection"),
    "inspected": ("wait", "检验待确认", "Inspection to be confirmed"),
    "shipped": ("wait", "发运待确认", "Shipping to be confirmed"),
    "departing": ("run", "待发运", "To be shipped"),
    "underway": ("run", "运输中", "On its way"),
    "handed": ("wait", "交付待确认", "Delivery to be confirmed"),
    "finished": ("ok", "已完成", "Finished"),
    "ok": ("ok", "一致", "Match"),
    "within": ("warn", "容差内", "Within tolerance"),
    "differ": ("bad", "不一致", "Differs"),
    "queued": ("wait", "排队", "Queued"),
    "delivered": ("ok", "已送达", "Delivered"),
    "dead": ("bad", "已搁置", "Set aside"),
    "draft": ("off", "草稿", "Draft"),
    "draft.draft": ("off", "草稿", "Draft"),
    "draft.submitted": ("ok", "已提交", "Handed in"),
    "draft.deleted": ("off", "已删除", "Deleted"),
    "forwarded": ("wait", "等备案地决定", "Waiting for its home"),
    "reviewing": ("run", "审核中", "Under review"),
    "checking": ("run", "复核中", "Second check"),
    "approved": ("ok", "已核准", "Approved"),
    "valid": ("ok", "有效", "Valid"),
    "withdrawn": ("off", "已撤回", "Withdrawn"),
    "revoked": ("bad", "已撤销备案", "Revoked"),
    "expired": ("off", "已过期", "Expired"),
    "off": ("off", "已停用", "Switched off"),
    "granted": ("ok", "已授权", "Granted"),
    "quiet": ("warn", "一季无往来", "No activity for a quarter"),
    "consent": ("wait", "等主体同意", "Waiting for consent"),
    "asking": ("run", "各单位答复中", "Desks answering"),
    "answered": ("run", "已答复", "Answered"),
    "settled": ("ok", "已办结", "Settled"),
    "handling": ("run", "处置中", "Being handled"),
    "notified": ("run", "已报告", "Reported"),
    "working": ("run", "办理中", "Under way"),
    "delivering": ("run", "服务中", "Service under way"),
    "done": ("ok", "已完成", "Done"),
    "entered": ("ok", "已入账", "Entered"),
    "shown": ("hold", "展示中", "On display"),
    "back": ("ok", "已返区", "Back in the site"),
    "sold": ("ok", "已售出", "Sold"),
    "exited": ("off", "已出区", "Exited"),
    "adjusted": ("ok", "已调账", "Adjusted"),
    "rated": ("ok", "已评价", "Rated"),
    "offered": ("wait", "待接单", "Waiting for the provider"),
    "quoted": ("wait", "待同意报价", "Quoted, waiting for agreement"),
    "declined": ("off", "已谢绝", "Declined"),
    "stopped": ("bad", "已终止", "Stopped"),
    "void": ("off", "未成交", "Nothing came about"),
    "papers": ("run", "备单证", "Collecting papers"),
    "declaring": ("run", "申报中", "Declaring"),
    "clearing": ("run", "等放行", "Waiting for release"),
    "claiming": ("run", "申报退税", "Claiming the refund"),
    "refunding": ("run", "等退税到账", "Waiting for the refund"),
    "collecting": ("run", "收汇中", "Collecting payment"),
    "converting": ("run", "结汇中", "Converting"),
    "preparing": ("run", "准备中", "Preparing"),
    "shipping": ("run", "运输中", "Shipping"),
    "storing": ("run", "入库中", "Storing"),
    "assessing": ("run", "审批中", "Being assessed"),
    "paying": ("run", "放款中", "Paying out"),
    "confirm_overdue": ("warn", "逾期未确认", "Confirmation overdue"),
    "recorded": ("run", "已登记", "Recorded"),
    "return.concluded": ("ok", "海关已办结", "Concluded by customs"),
    "bill.generated": ("wait", "已生成", "Generated"),
    "bill.payable": ("run", "可缴款", "Payable"),
    "bill.overdue": ("bad", "已逾期", "Overdue"),
    "bill.summarised": ("run", "已汇总", "Summarised"),
    "bill.paid": ("ok", "已缴款", "Paid"),
    "bill.void": ("off", "已作废", "Void"),
    "comparing": ("run", "单证比对", "Comparing documents"),
    "agreed": ("ok", "可以退货", "Return agreed"),
    "arriving": ("wait", "等货物运抵", "Goods on their way back"),
    "handed_in": ("run", "已向海关申请", "Handed in to customs"),
    "job.queued": ("wait", "排队", "Waiting"),
    "job.running": ("run", "进行中", "Running"),
    "job.done": ("ok", "完成", "Done"),
    "job.failed": ("bad", "失败", "Failed"),
    "job.cancelled": ("off", "已取消", "Cancelled"),
    "pending": ("wait", "待送达", "Pending"),
    "passed": ("ok", "通过", "Passed"),
    "as_documented": ("ok", "按公布的原因拒收", "As documented"),
    "read": ("ok", "已读取", "Read"),
    "feed.green": ("ok", "正常", "In time"),
    "feed.amber": ("warn", "留意", "Attention"),
    "feed.red": ("bad", "断档", "Broken"),
    "open": ("wait", "待处理", "Open"),
    "cleared": ("off", "已自行消除", "Cleared by itself"),
    "met": ("ok", "达标", "Met"),
    "below": ("bad", "未达标", "Not met"),
    "unmeasured": ("warn", "尚不能计算", "Not measurable yet"),
    "message.received": ("run", "已接收", "Received"),
    "message.accepted": ("ok", "已处理", "Processed"),
    "message.refused": ("bad", "已拒收", "Refused"),
}
MODES = {
    "9610": ("直购 / 零售出口", "Direct retail"),
    "1210": ("保税", "Bonded"),
    "9710": ("B2B 直接出口", "B2B direct export"),
    "9810": ("出口海外仓", "Export to overseas warehouse"),
    "1239": ("保税A", "Bonded A"),
}
KINDS = {
    "CEB311Message": ("进口订单", "Import order"),
    "CEB411Message": ("支付单", "Payment"),
    "CEB511Message": ("运单", "Waybill"),
    "CEB513Message": ("运单状态", "Waybill status"),
    "CEB621Message": ("进口清单", "Import list"),
    "CEB303Message": ("出口订单", "Export order"),
    "CEB505Message": ("出口运单", "Export waybill"),
    "CEB603Message": ("出口清单", "Export list"),
    "CEB622Message": ("进口清单回执", "Import list receipt"),
    "CEB604Message": ("出口清单回执", "Export list receipt"),
    "CEB403Message": ("收款单", "Receipt of money"),
    "CEB507Message": ("运抵单", "Arrival"),
    "CEB509Message": ("离境单", "Departure"),
    "CEB607Message": ("清单总分单", "Master bill"),
    "CEB701Message": ("汇总申请单", "Summary application"),
    "CEB792Message": ("汇总结果单", "Result of a summary"),
    "CEB816Message": ("电子税单", "Electronic tax bill"),
    "CEB818Message": ("税单状态", "Tax bill status"),
}
CHECKS = {
    "order_type": ("订单类型", "Order type"),
    "seller": ("电商企业", "Seller"),
    "payment_key": ("支付编号", "Payment number"),
    "amount": ("支付金额", "Amount paid"),
    "goods": ("商品金额", "Goods value"),
    "freight": ("运费", "Freight"),
    "buyer": ("订购人", "Buyer"),
    "payer": ("支付人", "Payer"),
    "address": ("收货地址", "Address"),
    "consignee": ("收货人", "Consignee"),
    "waybill_order": ("运单订单号", "Waybill's order"),
    "weight": ("毛重", "Gross weight"),
    "quantities": ("商品数量", "Quantities"),
    "items": ("商品货号", "Item numbers"),
    "prices": ("商品单价", "Prices"),
    "waybill_address": ("运单收货地址", "Waybill's address"),
    "pay_time": ("支付时间", "Time of payment"),
    "list_time": ("申报时间", "Time of the list"),
    "buyer_age": ("订购人年龄", "Buyer's age"),
    "order_age": ("订单时效", "Age of order"),
}
# Why the platform itself moved a list; customs' own words stay as they are.
WHYS = {
    "清单已登记，等待三单": "List recorded; waiting for its documents",
    "申报企业变更或删除": "Changed or deleted by the declarant",
    "三单齐备": "All documents are there",
    "三单相符，额度、担保和账册已预扣": "The documents agree; quota, guarantee and book are reserved",
    "订单运单相符": "Order and waybill agree",
    "已送单一窗口": "Sent to the single window",
}
FLOWS = {"订单": "Order", "支付单": "Payment", "运单": "Waybill", "清单": "List"}
