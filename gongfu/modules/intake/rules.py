"""Receipt types and statuses: how our verdicts are said in the customs' own words."""

from __future__ import annotations

import polars as pl

from gongfu.core.rule import Finding

DECLARING = "2"
# What a module of ours takes up; every other type is checked, kept and answered, and done at the single window itself.
TAKEN_UP = frozenset({
    "CEB303Message", "CEB311Message", "CEB411Message", "CEB505Message", "CEB511Message", "CEB513Message", "CEB603Message", "CEB621Message",
    "CEB403Message", "CEB507Message", "CEB509Message", "CEB607Message", "CEB701Message",
    "CEB508Message", "CEB510Message", "CEB608Message", "CEB702Message", "CEB792Message",
    "CEB213Message", "CEB214Message", "CEB215Message", "CEB216Message", "CEB625Message", "CEB626Message",
    "CEB605Message", "CEB623Message", "CEB711Message", "CEB712Message",
    "CEB604Message", "CEB606Message", "CEB622Message", "CEB624Message", "CEB816Message", "CEB818Message",
    "CEB304Message", "CEB312Message", "CEB404Message", "CEB412Message", "CEB506Message", "CEB512Message", "CEB514Message", "CEB900Message",
})  # fmt: skip
# The format receipt: what could not be read as documents at all is answered with it, as the e-port does.
FORMAT, UNREADABLE, UNKNOWN_TYPE = "CEB900Message", "-900", "Unknown"

# Negative codes of the customs tables (return_error): (repeated, anything else).
NEGATIVE = {
    "CEB311Message": ("-301010", "-301008"),
    "CEB411Message": ("-401007", "-401009"),
    "CEB511Message": ("-504015", "-504011"),
    "CEB513Message": ("-505012", "-505011"),
    "CEB621Message": ("-621004", "-621001"),
    "CEB623Message": ("-623009", "-623001"),
    "CEB625Message": ("-625001", "-625001"),
    "CEB711Message": ("-711001", "-711001"),
    "CEB303Message": ("-303001", "-303001"),
    "CEB505Message": ("-503001", "-503001"),
    "CEB603Message": ("-603001", "-603001"),
    "CEB403Message": ("-403001", "-403001"),
    "CEB507Message": ("-803001", "-803001"),
    "CEB509Message": ("-507001", "-507001"),
    "CEB607Message": ("-903001", "-903001"),
    "CEB701Message": ("-703001", "-703001"),
}
# Refusals that the tables have a code of their own for: a document that a list has been sent on with; another's document.
IN_STATE = {
    "CEB311Message": "-301011",
    "CEB411Message": "-401008",
    "CEB511Message": "-504016",
    "CEB621Message": "-621012",
}
BY_CODE = {
    "SIGN-INVALID": "-621029",
    "IMP-SINGLE-LIMIT": "-621005",
    "IMP-ANNUAL-LIMIT": "-621018",
    "BIZ-NOT-OWN": "-621016",
}
INFO_LENGTH = 900
MORE = "[另有{:>4}项，见平台]"


def status_of(message_type: str, findings: list[Finding]) -> str:
    """The receipt status for a refused document: a negative code of the customs table."""
    repeated, other = NEGATIVE.get(message_type, ("-100", "-100"))
    first = next((finding for finding in findings if finding.blocks), None)
    if first is None:
        return DECLARING
    if message_type == "CEB621Message" and first.code in BY_CODE:
        return BY_CODE[first.code]
    if first.code == "STATE-CONFLICT":
        return IN_STATE.get(message_type, other)
    return repeated if first.code == "REPLAY-DOCUMENT" else other


def taken(message_type: str, columns: list[str]) -> pl.Expr:
    """returnInfo of documents that were taken (status 2), as the customs writes it; by appType 新增, 变更 or 删除."""
    verb = pl.lit("新增")
    if "appType" in columns:
        verb = pl.col("appType").replace_strict({"2": "变更", "3": "删除"}, default="新增")
    if message_type in ("CEB621Message", "CEB603Message"):
        text = "清单{}申报成功[{}][电商企业编码：{}订单编号：{}]"
        return pl.format(text, verb, "guid", pl.col("ebcCode").fill_null(""), pl.col("orderNo").fill_null(""))
    return pl.format("{}申报成功[{}]", verb, "guid")


def info_of(findings: list[Finding]) -> str:
    """returnInfo in the customs' pattern, one whole `[Code:…;Desc:…]` for each blocking finding as far as the field reaches."""
    texts = [f"[Code:{one.code};Desc:{_where(one)}{one.message()}{one.remedy()}]" for one in findings if one.blocks]
    said = texts[0][: INFO_LENGTH - len(MORE)] if texts else ""
    for number, text in enumerate(texts[1:], start=1):
        if len(said) + len(text) > INFO_LENGTH - len(MORE):
            return said + MORE.format(len(texts) - number)
        said += text
    return said


def _where(finding: Finding) -> str:
    return f"第{finding.line}项 " if finding.line else ""
