"""What steps, criteria and differences are called, in both languages."""

from __future__ import annotations

from gongfu.base.screens.words import STATES, say

STEP_NOTES = {"whole": ("全程（不含停表）", "Whole, clock running")}
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
}
KINDS = {
    "undelivered": ("未送达单一窗口", "Not delivered"),
    "unanswered": ("已送未答复", "Sent, never answered"),
    "unsent": ("未送却有答复", "Answered, never sent"),
    "unknown": ("有答复无单证", "Answered, not known here"),
    "state": ("状态与回执不符", "State differs from receipts"),
    "twice": ("重复送达", "Delivered twice"),
    "count": ("份数不等", "Counts differ"),
    "bill_alone": ("税单无清单", "Bill without list"),
    "bill_missing": ("放行后无税单", "Released, no bill"),
    "bill_amount": ("税额不等", "Tax differs"),
    "not_ours": ("对方有我方无", "Theirs, not ours"),
    "not_theirs": ("我方有对方无", "Ours, not theirs"),
    "amount": ("金额不等", "Amounts differ"),
    "repeated": ("对方重复", "Twice in the statement"),
    "late": ("放行超时", "Released late"),
    "running": ("已超时未放行", "Late, not released"),
}


def step(code: str) -> str:
    """A step by the name of the state in which it is spent."""
    return say(*STEP_NOTES[code]) if code in STEP_NOTES else say(*STATES[code][1:]) if code in STATES else "—"


def kind(code: str) -> str:
    return say(*KINDS[code])


def source(code: str) -> str:
    return say(*SOURCES[code])
