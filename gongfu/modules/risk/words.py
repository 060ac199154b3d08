"""What steps, criteria and differences are called, in both languages."""

from __future__ import annotations

from gongfu.base.screens.words import STATES, say
from gongfu.base.tasks.desks import desks
from gongfu.core.rule import registry
from gongfu.modules.risk.kinds import kinds

STEP_NOTES = {
    "whole": ("全程（不含停表）", "Whole, clock running"),
    "officer": ("暂缓（待人工确认）", "On hold for an officer"),
    "held": ("暂缓（待企业处理）", "On hold for the firm"),
}
CLOCKS = {
    "runs": ("在走", "Running"), "still": ("停表", "Stopped"), "released": ("放行时止", "Ended with the release"), "ended": ("已终止", "Ended, not released"),
}  # fmt: skip
CRITERIA = {
    "errors": ("近三个月差错率", "Error rate, last three months", "bp"),
    "matches": ("近三个月三单相符率", "Three-flow match rate, last three months", "bp"),
    "months": ("平台数据月数", "Months of data", "whole"),
    "cases": ("未结案件", "Open cases", "whole"),
    "grade": ("海关信用等级", "Customs grade", "grade"),
    "score": ("平台信用分", "Platform credit score", "whole"),
}
SOURCES = {
    "window": ("单一窗口", "Single window"),
    "bills": ("电子税单", "Tax bills"),
    "payments": ("支付企业", "Payment firms"),
    "waybills": ("承运企业", "Carriers"),
    "clock": ("24 小时承诺", "24-hour promise"),
    "risk": ("风险规则", "Risk rules"),
}
SIGNALS = {
    "address": ("同一地址多名订购人", "One address, many buyers"),
    "buyer": ("同一订购人短期多单，合计超过单次限值", "One buyer, several orders, above the single limit together"),
    "near": ("同一地址多单，货值接近单次限值", "One address, several orders near the single limit"),
}
VALUES = {
    "address_days": ("同一地址看几天", "Days looked back at an address"), "buyers": ("不同订购人起点", "Different buyers from"),
    "days": ("同一订购人看几天", "Days looked back at a buyer"), "near_days": ("接近限值看几天", "Days looked back near the limit"),
    "near_lists": ("接近限值的票数起点", "Lists near the limit from"), "near_fen": ("接近限值的货值起点", "Value near the limit from"),
    "limit_fen": ("单次交易限值（R-102）", "Single limit (R-102)"),
}  # fmt: skip


def step(code: str) -> str:
    """A step by the name of the state in which it is spent."""
    return say(*STEP_NOTES[code]) if code in STEP_NOTES else say(*STATES[code][1:]) if code in STATES else "—"


def stop(state: str, reason: str) -> str:
    """Why a clock stands still: the papers of the list are awaited, or what holds it is the firm's to mend."""
    if state == "waiting":
        return say("等三单", "Waiting for its documents")
    told = registry()[reason].title
    return say(told["zh"], told["en"])


def kind(code: str) -> str:
    told = kinds()[code]
    return say(told.title, told.title_en)


def desk(code: str) -> str:
    """The desk that clears up a kind."""
    told = desks()[kinds()[code].desk]
    return say(told.title, told.title_en)


def source(code: str) -> str:
    return say(*SOURCES[code])
