"""Sites (监管场所, 保税载体): what a register entry says, which site a list names, and what is missing before a mode may be opened (R-204)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from gongfu.core.documents import Found
from gongfu.core.fields import INTERNAL, Field
from gongfu.core.rule import Finding

KINDS = (
    ("supervised", "监管作业场所", "Supervised workplace"),
    ("blc_b", "保税物流中心（B型）", "Bonded logistics centre, type B"),
    ("comprehensive", "综合保税区", "Comprehensive bonded zone"),
    ("port", "指定监管场地（口岸）", "Designated port"),
)
MODES = (
    ("9610", "9610", "9610"),
    ("1210", "1210", "1210"),
    ("1239", "1239", "1239"),
    ("9710", "9710", "9710"),
    ("9810", "9810", "9810"),
)
FUNCTIONS = (
    ("cbec", "跨境电商监管", "CBEC supervision"),
    ("bonded", "保税仓储", "Bonded storage"),
    ("inspection", "查验", "Inspection"),
    ("designated", "指定监管", "Designated goods"),
    ("inspect_first", "先查验后装运", "Inspect first, load later"),
)
BONDED_KINDS, BONDED_MODES = ("blc_b", "comprehensive"), ("1210", "1239")
FUNCTION_ROWS = (
    Field("function", "功能", "Function", "choice", choices=FUNCTIONS),
    Field("document", "批准文件", "Approval document", longest=80),
    Field("approved_on", "批准日期", "Approved on", "date"),
)
MILESTONE_ROWS = (
    Field("title", "节点", "Milestone", longest=80),
    Field("due_on", "计划日期", "Due", "date", needed=False),
    Field("done_on", "完成日期", "Done", "date", needed=False),
    Field("document", "依据", "Document", needed=False, longest=80),
)
FIELDS = (
    Field("code", "场所编号", "Code", longest=40, help="平台内的编号，每区唯一。", help_en="Its own code within the zone."),
    Field("title", "名称", "Name", longest=100),
    Field("kind", "类型", "Kind", "choice", choices=KINDS),
    Field("loct_no", "监管场所代码", "Customs site code (loctNo)", needed=False, longest=10),
    Field("area_codes", "区内企业代码", "Firms inside (areaCode)", "lines", needed=False, longest=2000, help="一行一个统一社会信用代码。", help_en="One code a line."),
    Field("operator", "经营人", "Operator", "uscc", needed=False),
    Field("modes", "业务模式", "Modes", "choices", choices=MODES),
    Field("functions", "功能与批准", "Functions and approvals", "rows", needed=False, rows=FUNCTION_ROWS, most=8),
    Field("lanes", "卡口与通道数", "Lanes", "whole", needed=False, least=0),
    Field("equipment", "设备", "Equipment", "lines", needed=False, longest=500),
    Field("networked", "已与海关联网", "Networked with customs", "yes", needed=False),
    Field("capacity", "日处理能力（票）", "Capacity, lists a day", "whole", needed=False, least=0),
    Field("accepted_on", "验收日期", "Accepted on", "date", needed=False),
    Field("open_from", "可受理起始日", "Lists taken from", "date", needed=False, klass=INTERNAL),
    Field("milestones", "建设节点", "Milestones", "rows", needed=False, rows=MILESTONE_ROWS, most=12),
    Field("source", "依据说明", "Basis", "lines", needed=False, longest=300),
)  # fmt: skip
LOOSE = "loose"  # not a mode: loose export cargo that is inspected before it is loaded
# What a mode needs of a site before it may be opened: function, whether it must be accepted.
NEEDS: dict[str, tuple[str, ...]] = {
    "9610": ("cbec", "networked", "lanes", "equipment", "capacity"),
    "1210": ("place", "accepted", "bonded", "networked", "lanes", "equipment", "capacity", "operator"),
    "1239": ("place", "accepted", "bonded", "networked", "lanes", "equipment", "capacity", "operator"),
    "9710": ("cbec", "networked", "inspection"),
    "9810": ("cbec", "networked", "inspection"),
    LOOSE: ("inspect_first", "networked"),
}
TITLES: dict[str, tuple[str, str]] = {
    **{code: (f"“{zh}”功能的批准文件和日期", f"approval and date of “{en}”") for code, zh, en in FUNCTIONS},
    "place": ("保税物流中心（B型）或综合保税区", "a bonded logistics centre (B) or comprehensive bonded zone"),
    "accepted": ("验收日期", "day of acceptance"),
    "networked": ("与海关联网", "network with customs"),
    "lanes": ("卡口与通道", "lanes"),
    "equipment": ("查验和监控设备", "equipment"),
    "capacity": ("日处理能力", "capacity"),
    "operator": ("经营人", "operator"),
}


@dataclass(frozen=True, slots=True)
class Site:
    """What the gate and the readiness list know of a site; `facts` are those of its register entry."""

    code: str
    title: str
    kind: str
    modes: tuple[str, ...]
    accepted_on: date | None
    open_from: date | None
    loct_no: str = ""
    area_codes: tuple[str, ...] = ()
    source: str = ""
    seeded: bool = False
    facts: Mapping[str, Any] | None = None

    def takes(self, mode: str, on: date) -> bool:
        """Whether bonded lists of the mode are taken on the day (R-204)."""
        since = self.open_from or self.accepted_on
        return mode in self.modes and self.kind in BONDED_KINDS and since is not None and since <= on


def site_of(facts: Mapping[str, Any], *, seeded: bool = False) -> Site:
    """A site from the facts of its entry."""
    days = {name: date.fromisoformat(facts[name]) if facts.get(name) else None for name in ("accepted_on", "open_from")}
    return Site(
        str(facts["code"]), str(facts["title"]), str(facts["kind"]), tuple(facts.get("modes", ())), days["accepted_on"], days["open_from"],
        str(facts.get("loct_no", "")), tuple(str(facts.get("area_codes", "")).split()), str(facts.get("source", "")), seeded, facts,
    )  # fmt: skip


def unfit(facts: Mapping[str, Any]) -> list[Finding]:
    """Criteria of an entry: bonded modes only in bonded places, lists not taken before acceptance."""
    said = []
    if set(facts.get("modes", ())) & set(BONDED_MODES) and facts.get("kind") not in BONDED_KINDS:
        said.append(Finding("SITE-KIND", field="modes", value="、".join(facts["modes"]), rules=("R-204",)))
    accepted, opened = facts.get("accepted_on"), facts.get("open_from")
    if opened and accepted and opened < accepted:
        said.append(
            Finding("SITE-DATES", field="open_from", value=opened, facts={"accepted": accepted}, rules=("R-204",))
        )
    return said


def missing(site: Site, mode: str, on: date) -> list[str]:
    """Keys of TITLES: what is missing before the mode may be opened at the site on the day; empty when it is ready."""
    facts: Mapping[str, Any] = site.facts or {}
    approved = {
        row["function"]
        for row in facts.get("functions", ())
        if row.get("document") and row.get("approved_on", "9") <= on.isoformat()
    }
    held: dict[str, bool] = {
        **{code: code in approved for code, _, _ in FUNCTIONS},
        "place": site.kind in BONDED_KINDS,
        "accepted": site.accepted_on is not None and site.accepted_on <= on,
        **{name: bool(facts.get(name)) for name in ("networked", "lanes", "equipment", "capacity", "operator")},
    }  # fmt: skip
    return [name for name in NEEDS.get(mode, ()) if not held[name]]


def milestones(site: Site, *, done: bool) -> list[Mapping[str, Any]]:
    """Its milestones that are done, or still open."""
    return [row for row in (site.facts or {}).get("milestones", ()) if bool(row.get("done_on")) is done]


def named(heads: pl.DataFrame, sites: Iterable[Site]) -> pl.Series:
    """The code of the site each document names: by loctNo, else by the firm inside (areaCode, iacCode); empty for none of ours."""
    by_place = {one.loct_no: one.code for one in sites if one.loct_no}
    by_firm = {code: one.code for one in sites for code in one.area_codes}
    empty = [None] * heads.height
    place = heads["loctNo"] if "loctNo" in heads.columns else empty
    inside = next((name for name in ("areaCode", "iacCode") if name in heads.columns), "")
    firm = heads[inside] if inside else empty
    found = [by_place.get(where or "") or by_firm.get(who or "", "") for where, who in zip(place, firm, strict=True)]
    return pl.Series("site", found, dtype=pl.String)


def gate(heads: pl.DataFrame, sites: Sequence[Site], zone: str, day: str = "declTime") -> Found:
    """Bonded lists are taken by the site they name, if it is open on the day (R-204).

    One that names none of the register is taken while an open site of the zone has not said which place and firms are its own.
    """
    found: Found = []
    told = heads.with_columns(named(heads, sites)).filter(pl.col("tradeMode").is_in(BONDED_MODES))
    known = {one.code: one for one in sites}
    for number, guid, mode, text, code in told.select("document", "guid", "tradeMode", day, "site").iter_rows():
        on = date(int(text[:4]), int(text[4:6]), int(text[6:8]))
        if code:
            if not known[code].takes(mode, on):
                since = known[code].accepted_on
                facts = {"site": known[code].title, "accepted": since.isoformat() if since else "—"}
                found.append((number, Finding("BIZ-SITE-CLOSED", guid, field="areaCode", value=mode, facts=facts, rules=("R-204",))))  # fmt: skip
            continue
        opened = [one for one in sites if one.takes(mode, on)]
        if not opened:
            found.append((number, Finding("BIZ-BONDED-SITE", guid, field="tradeMode", value=mode, facts={"zone": zone}, rules=("R-204",))))  # fmt: skip
        elif all(one.loct_no or one.area_codes for one in opened):
            facts = {"sites": "、".join(one.title for one in opened)}
            found.append((number, Finding("BIZ-SITE-UNKNOWN", guid, field="areaCode", value=mode, facts=facts, rules=("R-204",))))  # fmt: skip
    return found
