"""Receipt types and statuses: how our verdicts are said in the customs' own words."""

from __future__ import annotations

from gongfu.core.rule import Finding

DECLARING = "2"
# What a module of ours takes up; every other type is checked, kept and answered, and done at the single window itself.
TAKEN_UP = frozenset({
    "CEB303Message", "CEB311Message", "CEB411Message", "CEB505Message", "CEB511Message", "CEB513Message", "CEB603Message", "CEB621Message",
    "CEB605Message", "CEB623Message",
    "CEB403Message", "CEB507Message", "CEB509Message", "CEB607Message", "CEB701Message",
    "CEB508Message", "CEB510Message", "CEB608Message", "CEB702Message", "CEB792Message",
    "CEB604Message", "CEB606Message", "CEB622Message", "CEB624Message", "CEB816Message", "CEB818Message",
})  # fmt: skip

# Negative codes of the customs tables (return_error): (repeated, anything else).
NEGATIVE = {
    "CEB311Message": ("-301010", "-301008"),
    "CEB411Message": ("-401007", "-401009"),
    "CEB511Message": ("-504015", "-504011"),
    "CEB513Message": ("-505000", "-505000"),
    "CEB621Message": ("-621004", "-621001"),
    "CEB623Message": ("-623009", "-623001"),
    "CEB625Message": ("-625001", "-625001"),
    "CEB303Message": ("-303001", "-303001"),
    "CEB505Message": ("-503001", "-503001"),
    "CEB603Message": ("-603001", "-603001"),
    "CEB403Message": ("-403001", "-403001"),
    "CEB507Message": ("-803001", "-803001"),
    "CEB509Message": ("-507001", "-507001"),
    "CEB607Message": ("-903001", "-903001"),
    "CEB701Message": ("-703001", "-703001"),
}
BY_CODE = {"SIGN-INVALID": "-621029", "IMP-SINGLE-LIMIT": "-621005", "IMP-ANNUAL-LIMIT": "-621018"}
INFO_LENGTH = 900


def status_of(message_type: str, findings: list[Finding]) -> str:
    """The receipt status for a refused document: a negative code of the customs table."""
    repeated, other = NEGATIVE.get(message_type, ("-100", "-100"))
    first = next((finding for finding in findings if finding.blocks), None)
    if first is None:
        return DECLARING
    if message_type == "CEB621Message" and first.code in BY_CODE:
        return BY_CODE[first.code]
    return repeated if first.code == "REPLAY-DOCUMENT" else other


def info_of(findings: list[Finding]) -> str:
    """returnInfo in the customs' pattern, one `[Code:…;Desc:…]` for each blocking finding, cut at the field's length."""
    texts = [f"[Code:{one.code};Desc:{_where(one)}{one.message()}{one.remedy()}]" for one in findings if one.blocks]
    return "".join(texts)[:INFO_LENGTH]


def _where(finding: Finding) -> str:
    return f"第{finding.line}项 " if finding.line else ""
