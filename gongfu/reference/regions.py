"""Administrative divisions, and the words with which firms' names begin."""

from __future__ import annotations

from functools import cache

from gongfu.reference.tables import table

ENDINGS = (
    "特别行政区",
    "维吾尔自治区",
    "壮族自治区",
    "回族自治区",
    "自治区",
    "自治州",
    "地区",
    "省",
    "市",
    "县",
    "区",
    "州",
    "盟",
)
SHORTEST = 2


@cache
def region_words() -> tuple[str, ...]:
    """Every division's name, whole and without its ending, the longest first."""
    found = {"中国", "国家级", "四川自贸区"}
    for name in table("divisions")["name_zh"].to_list():
        ending = next((one for one in ENDINGS if name.endswith(one)), "")
        found |= {word for word in (name, name.removesuffix(ending)) if len(word) >= SHORTEST}
    return tuple(sorted(found, key=lambda word: (-len(word), word)))
