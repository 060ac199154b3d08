"""The retail import list (正面清单): membership, the four controls of its remarks, and goods under trade remedies (R-119, R-201)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from gongfu.core.documents import Found
from gongfu.core.rule import Finding
from gongfu.reference.tables import table

COLUMNS: dict[str, Any] = {
    "hs8": pl.String, "name": pl.String, "remark": pl.String, "control": pl.String, "mode": pl.String, "words": pl.String, "group": pl.String, "limit_g": pl.Int64,
}  # fmt: skip
CONTROLS = ("", "exclusion", "mode", "name", "quantity")
MODES = ("9610", "1210")
REQUIRED = ("hs8", "name")
WORDS = re.compile(r"[、|；;，, ]+")
DOCUMENT = re.compile(r"随附单证号[:：]\s*([A-Za-z0-9-]{4,40})\s*$")
SURE = ("A", "C")  # of a table row: confirmed; all others advise and never refuse
REMEDY_KINDS = {"ad": "反倾销", "cvd": "反补贴", "safeguard": "保障措施", "extra": "加征关税"}


@dataclass(frozen=True, slots=True)
class Version:
    """One official version, whole, in force from a day.  lines: COLUMNS."""

    valid_from: date
    source: str
    lines: pl.DataFrame


def findings(heads: pl.DataFrame, items: pl.DataFrame, version: Version | None) -> Found:
    """Lines off the list or against a control of it: refusals by the official list, remarks by the excerpt (version None)."""
    if version is None:
        return _off(heads, items, table("positive_list")["hs8"], "BIZ-POSITIVE-LIST", {})
    told = {"version": f"{version.valid_from:%Y-%m-%d} {version.source}"}
    return [*_off(heads, items, version.lines["hs8"], "BIZ-NOT-LISTED", told), *_controlled(heads, items, version)]


def _off(heads: pl.DataFrame, items: pl.DataFrame, known: pl.Series, code: str, facts: dict[str, Any]) -> Found:
    wrong = items.filter(~pl.col("gcode").str.slice(0, 8).is_in(known.unique().implode()))
    told = wrong.join(heads.select("document", "guid"), on="document", how="inner", maintain_order="left")
    return [
        (number, Finding(code, guid, gnum, "gcode", value, facts, ("R-201", "R-120")))
        for number, guid, gnum, value in told.select("document", "guid", "gnum", "gcode").iter_rows()
    ]


def _controlled(heads: pl.DataFrame, items: pl.DataFrame, version: Version) -> Found:
    """Lines against an exclusion, a mode or a list of names; quantities are kept by the ledger (R-201)."""
    controls = version.lines.filter(pl.col("control").is_in(["exclusion", "mode", "name"]))
    lines = items.with_columns(hs8=pl.col("gcode").str.slice(0, 8)).join(
        controls, on="hs8", how="inner", maintain_order="left"
    )
    told = lines.join(heads.select("document", "guid", "tradeMode"), on="document", how="inner", maintain_order="left")
    found: Found = []
    for row in told.iter_rows(named=True):
        said = against(row, row["gname"], row["tradeMode"])
        if said:
            facts = {"remark": row["remark"], "mode": row["mode"], "words": row["words"]}
            found.append(
                (
                    row["document"],
                    Finding(said, row["guid"], row["gnum"], "gcode", row["gcode"], facts, ("R-201", "R-120")),
                )
            )
    return found


def against(control: Mapping[str, Any], name: str, mode: str) -> str:
    """The finding's code, or "" when goods of this name and mode are within the control.

    exclusion: names with one of the words are out; without words the remark asks for a document and no name tells.
    """
    words = [one for one in WORDS.split(control["words"] or "") if one]
    if control["control"] == "exclusion":
        return "BIZ-LISTED-EXCLUDED" if any(one in name for one in words) else ""
    if control["control"] == "mode":
        return "BIZ-LISTED-MODE" if control["mode"] and mode != control["mode"] else ""
    return "BIZ-LISTED-NAME" if words and not any(one in name for one in words) else ""


def remedies(heads: pl.DataFrame, items: pl.DataFrame, on: date, rows: pl.DataFrame | None = None) -> Found:
    """Goods under a trade remedy whose specification does not end with the accompanying document's number (R-119).

    A row from memory (M, D, X) only advises.  rows: those of the table on the day, unless given.
    """
    rows = table("trade_remedies", on) if rows is None else rows
    found: Found = []
    guids = dict(heads.select("document", "guid").rows())
    prefixes = "|".join(rows["hs_prefix"].unique().sort())
    under = items.filter(pl.col("gcode").str.contains(f"^(?:{prefixes})")) if prefixes else items.clear()
    for number, gnum, code, origin, model in under.select("document", "gnum", "gcode", "country", "gmodel").iter_rows():
        hit = next(
            (
                row
                for row in rows.iter_rows(named=True)
                if code.startswith(row["hs_prefix"]) and origin in row["origins"].split()
            ),
            None,
        )
        if hit and not DOCUMENT.search((model or "").split("|")[-1]):
            facts = {"origin": origin, "kind": REMEDY_KINDS[hit["kind"]], "source": hit["source"]}
            said = "BIZ-REMEDY" if hit["confidence"] in SURE else "BIZ-REMEDY-LIKELY"
            found.append((number, Finding(said, guids[number], gnum, "gmodel", code, facts, ("R-119", "R-120"))))
    return found


def suspended(heads: pl.DataFrame, items: pl.DataFrame, banned: Mapping[tuple[str, str], Sequence[str]]) -> Found:
    """A remark on goods that may not come in at all, as from an epidemic area (R-202): the table of them is from memory (M), so
    that it advises.  banned: notes, Chinese and English, by (goods code, origin)."""
    under = items.filter(pl.col("gcode").is_in([code for code, _ in banned]))
    told = under.join(heads.select("document", "guid"), on="document", how="inner", maintain_order="left")
    found: Found = []
    for number, guid, gnum, code, origin in told.select("document", "guid", "gnum", "gcode", "country").iter_rows():
        if (code, origin) in banned:
            zh, en = banned[code, origin]
            facts = {"origin": origin, "note": zh, "note_en": en}
            found.append((number, Finding("BIZ-SUSPENDED", guid, gnum, "gcode", code, facts, ("R-202", "R-120"))))
    return found


def file_faults(rows: Sequence[Mapping[str, str]]) -> list[Finding]:
    """Every fault of a list file's rows (names of COLUMNS as headings), none when it may be imported."""
    said = []
    for at, row in enumerate(rows, start=2):
        said += [Finding("LIST-FILE", line=at, field=name, value=text) for name, text in _row_faults(row)]
    seen: dict[tuple[str, str], int] = {}
    for at, row in enumerate(rows, start=2):
        key = (row.get("hs8", ""), row.get("control", ""))
        if key in seen:
            said.append(Finding("LIST-FILE", line=at, field="hs8", value=f"{key[0]} {key[1]} 与第 {seen[key]} 行重复"))
        seen.setdefault(key, at)
    return said or ([] if rows else [Finding("LIST-FILE", line=1, field="hs8", value="文件没有数据行")])


def _row_faults(row: Mapping[str, str]) -> list[tuple[str, str]]:
    control = row.get("control", "")
    said = [(name, f"缺少 {name}") for name in REQUIRED if not row.get(name)]
    if row.get("hs8") and not re.fullmatch(r"\d{8}", row["hs8"]):
        said.append(("hs8", f"税则号列 {row['hs8']} 不是 8 位数字"))
    if control not in CONTROLS:
        said.append(("control", f"控制 {control} 不在 {'、'.join(CONTROLS[1:])} 之内"))
    if control == "mode" and row.get("mode") not in MODES:
        said.append(("mode", "mode 控制要写 9610 或 1210"))
    if control == "name" and not row.get("words"):
        said.append(("words", "name 控制要列出品名词语"))
    if control == "quantity" and not (row.get("group") and re.fullmatch(r"[1-9]\d{0,8}", row.get("limit_g", ""))):
        said.append(("limit_g", "quantity 控制要写 group 和每人每年克数 limit_g"))
    return said


def difference(before: pl.DataFrame, after: pl.DataFrame) -> dict[str, list[str]]:
    """added, removed, changed: tariff lines of one version against another; changed is a name, a remark or a control."""
    old, new = _by_line(before), _by_line(after)
    return {
        "added": sorted(new.keys() - old.keys()),
        "removed": sorted(old.keys() - new.keys()),
        "changed": sorted(code for code in new.keys() & old.keys() if new[code] != old[code]),
    }


def _by_line(lines: pl.DataFrame) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in lines.select(list(COLUMNS)).rows():
        found.setdefault(row[0], []).append(row)
    return {code: sorted(rows, key=str) for code, rows in found.items()}
