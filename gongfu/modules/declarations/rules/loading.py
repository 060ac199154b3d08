"""Inspect first, load later (先查验后装运): loose export cargo enters the site, is inspected, then consolidated (R-406)."""

from __future__ import annotations

from collections.abc import Sequence

from gongfu.core.rule import Finding

RULES = ("R-406",)
# The first two digits of the offices of the twelve customs districts that allow it: Shanghai, Hangzhou, Ningbo, Xiamen, Qingdao,
# Zhengzhou, Wuhan, Changsha, Guangzhou, Huangpu, Chengdu, Xi'an.
DISTRICTS = frozenset({"22", "29", "31", "37", "42", "46", "47", "49", "51", "52", "79", "90"})
RECEIVED, INSPECTED, PASSED, LOADED, SEALED, LEFT = "received", "inspected", "passed", "loaded", "sealed", "left"
STEPS = {
    RECEIVED: ("散货入场", "Loose cargo received"),
    INSPECTED: ("查验", "Inspected"),
    PASSED: ("免于查验", "Inspection waived"),
    LOADED: ("集拼装箱", "Consolidated"),
    SEALED: ("施封", "Sealed"),
    LEFT: ("离场", "Left the site"),
}
# step → what may follow it; "" stands for nothing recorded yet
NEXT: dict[str, tuple[str, ...]] = {
    "": (RECEIVED,),
    RECEIVED: (INSPECTED, PASSED),
    INSPECTED: (INSPECTED, LOADED),
    PASSED: (INSPECTED, LOADED),
    LOADED: (SEALED,),
    SEALED: (LEFT,),
    LEFT: (),
}


def open_at(customs_code: str) -> bool:
    """Whether the office's district allows loose cargo to be inspected before it is loaded."""
    return customs_code[:2] in DISTRICTS


def step_findings(customs_code: str, recorded: Sequence[str], step: str, sound: bool, parcel: str) -> list[Finding]:
    """Why a step cannot be taken now.  recorded: the steps so far.  sound: the result of the last inspection."""
    if not open_at(customs_code):
        return [Finding("BIZ-LOADING-CLOSED", parcel, field="customs_code", value=customs_code, rules=RULES)]
    last = recorded[-1] if recorded else ""
    if step not in NEXT[last]:
        facts = {"possible": "、".join(STEPS[one][0] for one in NEXT[last]) or "—"}
        return [Finding("BIZ-LOADING-STEP", parcel, field="step", value=STEPS[step][0], facts=facts, rules=RULES)]
    if step == LOADED and not sound:
        return [Finding("BIZ-LOADING-FAULTY", parcel, field="step", value=parcel, rules=RULES)]
    return []
