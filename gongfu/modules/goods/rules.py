"""What is checked of products before they are filed: batches in, findings out (R-110, R-201, R-202, R-517, R-706, R-915, R-1015, R-1040)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

import polars as pl

from gongfu.core.rule import Finding
from gongfu.core.words import pairs
from gongfu.reference.tables import FIRST, LAST, table, under

Found = list[tuple[int, Finding]]
COLUMNS = (
    "item_no", "mode", "direction", "name", "spec", "hs_code", "origin_country", "brand", "authority", "unit1", "unit2", "net_content", "net_unit", "lane",
)  # fmt: skip
SCHEMA: dict[str, Any] = {
    "row": pl.Int64, **dict.fromkeys(COLUMNS, pl.String), "price_low": pl.Int64, "price_high": pl.Int64, "declared": pl.List(pl.String),
}  # fmt: skip
FLAGS = {
    "licence": ("许可证件", "licence"),
    "inspection": ("检验", "inspection"),
    "quarantine": ("检疫", "quarantine"),
    "biosecurity": ("生物安全", "biosecurity"),
    "dual_use": ("两用物项", "dual use"),
    "endangered": ("濒危物种", "endangered species"),
    "export_duty": ("出口关税", "export duty"),
}
RETAIL_IMPORT, B2B = ("9610", "1210"), ("9710", "9810")
REOPENING = ("hs_code", "origin_country")
STOPPING = ("biosecurity", "licence", "dual_use", "endangered", "export_duty")
# How sure a word of the real filings must be of another heading before it speaks against the code that is given.
SEEN, SURE, SCARCE, OWN = 5, 0.6, 0.02, 0.1


def goods(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Facts of products as the checks take them, numbered from 0 in the column `row`."""
    told = [{"row": at, **{name: one.get(name) for name in SCHEMA if name != "row"}} for at, one in enumerate(rows)]
    frame = pl.DataFrame(told, schema=SCHEMA)
    return frame.with_columns(pl.col(COLUMNS).fill_null(""), pl.col("declared").fill_null([]))


def findings(frame: pl.DataFrame, on: date) -> Found:
    """Everything that can be said of the products on the day; rows without a fault have no entry."""
    return [
        *directions(frame),
        *prices(frame),
        *codes(frame, on),
        *units(frame, on),
        *listed(frame, table("positive_list", on), table("positive_controls", on)),
        *net_contents(frame, on),
        *banned(frame, flagged(frame, on)),
        *lanes(frame, flagged(frame, on), table("positive_list", on)),
        *brands(frame),
        *misdescribed(frame),
    ]


def reopens(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The changed fields that re-open the review: HS code and origin, nothing else (R-706)."""
    return [name for name in REOPENING if before.get(name, "") != after.get(name, "")]


def _each(rows: pl.DataFrame, code: str, field: str, rule: str, *facts: str) -> Found:
    """One finding a row; its value is the field, its facts the columns named."""
    return [
        (
            one["row"],
            Finding(code, field=field, value=str(one[field]), facts={name: one[name] for name in facts}, rules=(rule,)),
        )
        for one in rows.iter_rows(named=True)
    ]


def directions(frame: pl.DataFrame) -> Found:
    """9710 and 9810 go out, 1239 comes in."""
    wrong = (pl.col("mode").is_in(B2B) & (pl.col("direction") != "E")) | (
        (pl.col("mode") == "1239") & (pl.col("direction") != "I")
    )
    return _each(frame.filter(wrong), "GOODS-DIRECTION", "mode", "R-706")


def prices(frame: pl.DataFrame) -> Found:
    return _each(frame.filter(pl.col("price_low") > pl.col("price_high")), "GOODS-PRICE", "price_low", "R-706")


def codes(frame: pl.DataFrame, on: date) -> Found:
    """The first eight digits are in force on the day; a ten-digit ending nobody has seen is a remark, as its list is of 2018."""
    ever = table("hs8").select("hs8", "valid_from", "valid_to", "endings")
    told = frame.with_columns(hs8=pl.col("hs_code").str.slice(0, 8)).join(
        ever, on="hs8", how="left", maintain_order="left"
    )
    told = told.with_columns(
        ending=pl.col("hs_code").str.slice(8),
        since=pl.when(pl.col("valid_from") > FIRST).then(pl.col("valid_from").cast(pl.String)).otherwise(pl.lit("—")),
        until=pl.when(pl.col("valid_to") < LAST).then(pl.col("valid_to").cast(pl.String)).otherwise(pl.lit("—")),
    )
    never = pl.col("valid_from").is_null()
    past = (pl.col("valid_from") > on) | (pl.col("valid_to") < on)
    unseen = (pl.col("ending") != "") & (pl.col("endings") != "") & ~pl.col("endings").str.contains(pl.col("ending"))
    return [
        *_each(told.filter(never), "GOODS-HS", "hs_code", "R-706"),
        *_each(told.filter(past), "GOODS-HS-DATE", "hs_code", "R-706", "since", "until"),
        *_each(told.filter(~never & ~past & unseen), "GOODS-HS-ENDING", "hs_code", "R-706", "endings"),
    ]


def units(frame: pl.DataFrame, on: date) -> Found:
    """Statutory units that were given are those of the nomenclature."""
    known = table("hs8", on).select("hs8", known1="unit1", known2="unit2")
    told = frame.with_columns(hs8=pl.col("hs_code").str.slice(0, 8)).join(known, on="hs8", maintain_order="left")
    found: Found = []
    for name in ("unit1", "unit2"):
        wrong = told.filter((pl.col(name) != "") & (pl.col(name) != pl.col(f"known{name[-1]}")))
        found += _each(wrong.with_columns(known=pl.col(f"known{name[-1]}")), "GOODS-UNIT", name, "R-706", "known")
    return found


def listed(frame: pl.DataFrame, known: pl.DataFrame, controls: pl.DataFrame) -> Found:
    """Retail imports (9610, 1210) against the positive list of the day and its remarks (R-201).

    known: hs8.  controls: hs_prefix, control (off, exclusion, mode, name, quantity), flag, words, mode, remark_zh, remark_en.
    """
    retail = frame.filter((pl.col("direction") == "I") & pl.col("mode").is_in(RETAIL_IMPORT))
    if retail.is_empty():
        return []
    told = under(retail, controls.rename({"mode": "only_mode"})).with_columns(
        text=pl.concat_str("name", pl.lit(" "), "spec"), words=pl.col("words").fill_null("").str.split(" ")
    )
    found: Found = []
    for one in told.iter_rows(named=True):
        fault = _remark(one)
        if fault:
            facts = {"remark": one["remark_zh"], "remark_en": one["remark_en"], "only": one["only_mode"] or ""}
            found.append((one["row"], Finding(fault, field="hs_code", value=one["hs_code"], facts=facts, rules=("R-201",))))  # fmt: skip
    off = {row for row, fault in found if fault.code == "GOODS-LIST-OFF"}
    absent = retail.filter(
        ~pl.col("hs_code").str.slice(0, 8).is_in(known["hs8"].implode()) & ~pl.col("row").is_in(list(off))
    )
    return found + _each(absent, "GOODS-LIST-UNKNOWN", "hs_code", "R-201")


def _remark(one: Mapping[str, Any]) -> str:
    """The fault that a remark of the list finds in a product, "" for none."""
    said = [word for word in one["words"] if word and word in one["text"]]
    match one["control"]:
        case "off":
            return "GOODS-LIST-OFF"
        case "exclusion" if said or (one["flag"] and one["flag"] in one["declared"]):
            return "GOODS-LIST-EXCLUDED"
        case "mode" if one["mode"] != one["only_mode"]:
            return "GOODS-LIST-MODE"
        case "name" if not said:
            return "GOODS-LIST-NAME"
        case "quantity":
            return "GOODS-LIST-QUANTITY"
    return ""


def net_contents(frame: pl.DataFrame, on: date) -> Found:
    """Imported cosmetics are taxed by the price of a millilitre, gram or piece: without a content nothing is assumed (R-110)."""
    cosmetics = table("consumption", on).filter(pl.col("kind") == "cosmetic").select("hs_prefix")
    told = under(frame.filter(pl.col("direction") == "I"), cosmetics)
    lacks = (pl.col("net_content") == "") | (pl.col("net_unit") == "") | (pl.col("net_content") == "0")
    return _each(told.filter(lacks), "GOODS-NET-CONTENT", "net_content", "R-110")


def flagged(frame: pl.DataFrame, on: date) -> pl.DataFrame:
    """row, flag, note_zh, note_en: what the tables of the day and the firm itself say of each product, each flag once.

    Codes of chapters 01 to 14 by the official conditions of 2019, others by prefix; see SOURCES.md for how sure they are.
    """
    hand = table("goods_controls", on).select("hs_prefix", "flow", "origin", "flag", "note_zh", "note_en")
    kept = table("goods_controls_2019").with_columns(
        origin=pl.lit(None, pl.String), note_zh=pl.lit("2019 年监管条件"), note_en=pl.lit("conditions of 2019")
    )
    told = under(frame, pl.concat([hand, kept.select(hand.columns), _dutiable(hand.columns)])).filter(
        (pl.col("flow").is_null() | (pl.col("flow") == pl.col("direction")))
        & (pl.col("origin").is_null() | (pl.col("origin") == pl.col("origin_country")))
    )
    own = frame.explode("declared").drop_nulls("declared").select("row", flag="declared")
    own = own.with_columns(note_zh=pl.lit("企业申明"), note_en=pl.lit("said by the firm"))
    return pl.concat([told.select(own.columns), own]).unique(["row", "flag"], keep="first", maintain_order=True)


def _dutiable(columns: list[str]) -> pl.DataFrame:
    """Lines under export duty as rows of controls (R-304, R-305)."""
    year = pl.col("rate_date").str.slice(0, 4)
    return table("export_duty").select(
        hs_prefix="hs8", flow=pl.lit("E"), origin=pl.lit(None, pl.String), flag=pl.lit("export_duty"),
        note_zh=pl.format("{} 年税则", year), note_en=pl.format("tariff of {}", year),
    ).select(columns)  # fmt: skip


def banned(frame: pl.DataFrame, flags: pl.DataFrame) -> Found:
    """Goods that may not come in, or go out, at all on the day (R-202)."""
    told = frame.join(flags.filter(pl.col("flag") == "banned"), on="row", how="inner")
    return _each(told, "GOODS-BANNED", "hs_code", "R-202", "note_zh", "note_en")


def lanes(frame: pl.DataFrame, flags: pl.DataFrame, known: pl.DataFrame) -> Found:
    """Flags that keep a product out of the simple lane (R-202, R-304, R-403, R-1040).

    A licence does not stop retail imports on the positive list, which need none (R-202); inspection stops B2B lists only (R-403).
    """
    told = frame.filter(pl.col("lane") == "simple").join(flags, on="row", how="inner")
    free = (
        (pl.col("direction") == "I")
        & pl.col("mode").is_in(RETAIL_IMPORT)
        & pl.col("hs_code").str.slice(0, 8).is_in(known["hs8"].implode())
    )
    stops = pl.col("flag").is_in(STOPPING) & ~((pl.col("flag") == "licence") & free)
    stops |= pl.col("flag").is_in(("inspection", "quarantine")) & pl.col("mode").is_in(B2B)
    found: Found = []
    for (row,), part in told.filter(stops).group_by("row", maintain_order=True):
        names = [FLAGS[flag] for flag in part["flag"]]
        facts = {"flags": "、".join(zh for zh, _ in names), "flags_en": ", ".join(en for _, en in names)}
        found.append((int(str(row)), Finding("GOODS-LANE", field="lane", value="simple", facts=facts, rules=("R-202", "R-1040"))))  # fmt: skip
    return found


def brands(frame: pl.DataFrame) -> Found:
    """A brand without authorisation is a remark for the reviewer (R-1015)."""
    without = frame.filter((pl.col("brand") != "") & ~pl.col("authority").is_in(("own", "authorised")))
    return _each(without, "GOODS-BRAND", "brand", "R-1015")


@cache
def _speech() -> dict[str, Counter[str]]:
    """Pair of signs → headings under which the real filings use it, with counts."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for name, hs in table("goods_records").select("name_zh", "hs10").iter_rows():
        for pair in set(pairs(name)):
            counts[pair][hs[:4]] += 1
    return dict(counts)


def misdescribed(frame: pl.DataFrame) -> Found:
    """Names whose words belong, in the real filings, to another heading than the code's; the words are named (R-1015)."""
    found: Found = []
    for row, name, hs in frame.select("row", "name", "hs_code").iter_rows():
        against = speaks_against(name, hs)
        if against:
            said, heading = "、".join(against), _speech()[against[0]].most_common(1)[0][0]
            facts = {"words": said, "heading": heading, "given": hs[:4]}
            found.append((row, Finding("GOODS-MISMATCH", field="name", value=name[:40], facts=facts, rules=("R-1015",))))  # fmt: skip
    return found


def speaks_against(name: str, hs_code: str) -> list[str]:
    """The words of a name that speak for another heading; none as soon as one speaks for the heading given, or only one against.

    On a tenth of the real filings held out, 0.6 % of sound names are warned of, and 54 % of names under a code drawn by lot.
    """
    against = []
    for pair in dict.fromkeys(pairs(name)):
        seen = _speech().get(pair, Counter())
        total = seen.total()
        if total < SEEN:
            continue
        own = seen[hs_code[:4]] / total
        if own >= OWN:
            return []
        if own <= SCARCE and seen.most_common(1)[0][1] / total >= SURE:
            against.append(pair)
    return against if len(against) > 1 else []


def refunds(hs_codes: Iterable[str], on: date) -> pl.DataFrame:
    """hs_code, refund_bp, confidence: the export refund rate of the longest prefix known on the day (R-517); codes unknown left out.

    Chapters 01 to 14 have the ten-digit rates of April 2019, which later notices raised in part: X from 2020-03-20 on.
    """
    asked = pl.DataFrame({"hs_code": list(hs_codes)}, schema={"hs_code": pl.String})
    later = on >= date(2020, 3, 20)
    old = table("export_refund_2019").with_columns(confidence=pl.lit("X" if later else "B"))
    columns = ("hs_prefix", "refund_bp", "confidence")
    rows = [table("export_refund", on).select(columns)]
    if on >= date(2019, 4, 1):
        rows.append(old.select(columns))
    return _longest(asked, pl.concat(rows))


def groups(hs_codes: Iterable[str]) -> pl.DataFrame:
    """hs_code, group, name_zh, name_en, marketplace: the statistical group of each code, as published (R-915); unmapped ones left out."""
    return _longest(pl.DataFrame({"hs_code": list(hs_codes)}, schema={"hs_code": pl.String}), table("goods_groups"))


def _longest(asked: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Each code once, with the row of the longest prefix it begins with; codes that meet none are left out."""
    codes = asked.unique(maintain_order=True)
    longest = under(codes, rows).sort(pl.col("hs_prefix").str.len_chars(), descending=True)
    return codes.join(longest.unique("hs_code", keep="first"), on="hs_code", how="inner").drop("hs_prefix")


def on_list(hs8: Iterable[str], on: date) -> frozenset[str]:
    """Which of the eight-digit codes are on the excerpt of the positive list that holds on the day, and not off it (R-201)."""
    asked = pl.DataFrame({"hs_code": list(hs8)}, schema={"hs_code": pl.String})
    off = under(asked, table("positive_controls", on).filter(pl.col("control") == "off"))["hs_code"]
    known = table("positive_list", on)["hs8"]
    return frozenset(asked.filter(pl.col("hs_code").is_in(known.implode()))["hs_code"]) - frozenset(off)
