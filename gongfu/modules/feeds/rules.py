"""Rows of a delivery: what is wrong with each, which are known, which agree with the declared totals, which are 9610 parcels (R-906, R-910)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl

from gongfu.core.codes import valid_id_number
from gongfu.core.fields import PERSONAL, Field, parse
from gongfu.core.mask import mask
from gongfu.core.money import fen, yuan
from gongfu.core.rule import Finding
from gongfu.modules.feeds.mappings import Source, applied

IDENTITY = re.compile(r"(?<![0-9A-Za-z])[1-6]\d{16}[0-9Xx](?![0-9A-Za-z])")
LONG_DIGITS = re.compile(r"\d{6,}")
# a parcel without a common number is the same only at this score.
SURE, PER_DAY = 0.95, 0.02
KEY_LENGTH = 200
ROWS = {"line": pl.Int64, "key": pl.String, "digest": pl.String}
KNOWN = {"key": pl.String, "row": pl.Int64, "version": pl.Int64, "known_digest": pl.String}
PARCELS = {
    "waybill_no": pl.String,
    "order_key": pl.String,
    "consignee_key": pl.String,
    "grams": pl.Int64,
    "day": pl.Date,
}
WAYS = ("waybill", "order", "consignee")


@dataclass(slots=True)
class Checked:
    """good: (line, clean values).  bad: (line, texts as sent, findings)."""

    good: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    bad: list[tuple[int, dict[str, str], list[Finding]]] = field(default_factory=list)


def check(
    fields: Sequence[Field],
    key: Sequence[str],
    sources: Sequence[Source],
    rows: Sequence[Mapping[str, str]],
    numbers: Sequence[int],
    on: date,
) -> Checked:
    """Every row through the mapping and against the fields; all faults of a row are told, personal values only masked.

    key: names of the fields that name one thing; a row that contradicts an earlier one of its delivery is faulty (R-910).
    """
    by_name, done, first = {one.name: one for one in fields}, Checked(), dict[str, tuple[int, str]]()
    for line, row in zip(numbers, rows, strict=True):
        raw, faults = applied(sources, row, by_name)
        refused = {one.field for one in faults}
        clean, more = parse(fields, raw, on=on, line=line)
        faults += [one for one in more if one.field not in refused] + _misplaced(by_name, clean, on)
        if not faults:
            said = content(clean)
            earlier, other = first.setdefault(key_of(key, clean), (line, said))
            faults = [] if other == said else [_contrary([by_name[name] for name in key], earlier)]
        if faults:
            done.bad.append((line, dict(row), [_veiled(replace(one, line=line), by_name) for one in faults]))
        else:
            done.good.append((line, clean))
    return done


def _contrary(key: Sequence[Field], first: int) -> Finding:
    titles = {"title": "、".join(one.title for one in key), "title_en": ", ".join(one.title_en for one in key)}
    return Finding("FEED-CONTRARY", field=key[0].name, facts={**titles, "first": first}, rules=("R-910",))


def _misplaced(fields: Mapping[str, Field], clean: Mapping[str, Any], on: date) -> list[Finding]:
    """An identity number in a field that is not kept enciphered (I12)."""
    return [
        Finding("FEED-PERSONAL", field=name, value=value, facts={"title": fields[name].title, "title_en": fields[name].title_en})
        for name, value in clean.items()
        if fields[name].klass != PERSONAL and isinstance(value, str)
        if any(valid_id_number(one.upper(), on) for one in IDENTITY.findall(value))
    ]  # fmt: skip


def _veiled(fault: Finding, fields: Mapping[str, Field]) -> Finding:
    """The finding with its value fit to be kept: personal values masked, long numbers cut in any other."""
    one = fields[fault.field]
    if one.klass == PERSONAL:
        return replace(fault, value=mask(fault.value, one.masked))
    return replace(fault, value=LONG_DIGITS.sub(lambda digits: mask(digits[0], "id_number"), fault.value)[:40])


def veiled_name(name: str) -> str:
    """A file's name without an identity number (I12)."""
    return IDENTITY.sub(lambda found: mask(found[0], "id_number"), name)


def veiled_remark(finding: Finding) -> Finding:
    """A finding about the file whose value, such as an unknown heading, holds no long number in clear."""
    return replace(finding, value=LONG_DIGITS.sub(lambda digits: mask(digits[0], "id_number"), finding.value))


def key_of(names: Sequence[str], clean: Mapping[str, Any]) -> str:
    """The business key of a row as one text; a very long one by its fingerprint."""
    text = "|".join(str(clean[name]) for name in names)
    return text if len(text) <= KEY_LENGTH else hashlib.sha256(text.encode()).hexdigest()


def content(clean: Mapping[str, Any]) -> str:
    """A row's whole content as one text, the same in whatever order it came; only its keyed hash may be kept."""
    return json.dumps(clean, ensure_ascii=False, sort_keys=True)


def fates(rows: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """What becomes of each row: new, changed, known (the same content is there), inside (the same row earlier in the delivery).

    rows: ROWS, in the order of lines; equal keys have equal content.  known: KNOWN, one current row a key.  Adds `fate`, `first` (line
    of the first row of the key), `row` and `version` of the known row.
    """
    numbered = rows.with_columns(first=pl.col("line").first().over("key"))
    joined = numbered.join(known, on="key", how="left", maintain_order="left")
    return joined.with_columns(
        fate=pl.when(pl.col("line") != pl.col("first")).then(pl.lit("inside"))
        .when(pl.col("row").is_null()).then(pl.lit("new"))
        .when(pl.col("known_digest") == pl.col("digest")).then(pl.lit("known"))
        .otherwise(pl.lit("changed"))
    ).drop("known_digest")  # fmt: skip


def totals(sums: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Count of rows and, in whole fen, the sum of each money field."""
    return {"rows": len(rows), **{name: sum(row.get(name) or 0 for row in rows) for name in sums}}


def declared(text_rows: str, text_sums: str, sums: Sequence[str]) -> tuple[dict[str, int], list[Finding]]:
    """Control totals as a sender declares them: `3` and `amount:12.00; paid:9.00` (yuan); nothing where nothing is said."""
    told: dict[str, int] = {}
    try:
        if text_rows.strip():
            told["rows"] = int(text_rows)
        for name, _, amount in (
            one.strip().partition(":") for one in text_sums.replace("；", ";").split(";") if one.strip()
        ):
            if name not in sums:
                raise ValueError(name)
            told[name] = fen(amount)
    except (ValueError, ArithmeticError):
        return {}, [
            Finding(
                "FEED-DECLARED",
                field="rows",
                value=f"{text_rows} {text_sums}".strip()[:60],
                facts={"known": "、".join(sums) or "—"},
            )
        ]
    return told, []  # fmt: skip


def reconcile(
    sums: Sequence[str], said: Mapping[str, int], counted: Mapping[str, int], *, needed: bool
) -> list[Finding]:
    """Declared against counted totals; where they are `needed`, each has to be declared (R-910)."""
    missing = [name for name in ("rows", *sums) if name not in said] if needed else []
    found = [Finding("FEED-TOTALS-MISSING", field=name, value=name) for name in missing]
    return found + [
        Finding(
            "FEED-TOTALS",
            field=name,
            value=_shown(name, said[name]),
            facts={"counted": _shown(name, counted[name])},
            rules=("R-910",),
        )
        for name in said
        if said[name] != counted[name]
    ]


def _shown(name: str, total: int) -> str:
    return f"{total:,}" if name == "rows" else yuan(total)


def quality(
    fields: Sequence[Field], rows: int, bad: Sequence[tuple[int, Mapping[str, str], list[Finding]]]
) -> list[dict[str, Any]]:
    """For each field: how many rows lack it, how many have a bad value, and how the faults are distributed by code."""
    told = {one.name: {"name": one.name, "missing": 0, "invalid": 0, "codes": {}} for one in fields}
    for _, _, findings in bad:
        for name, code in {(one.field, one.code) for one in findings}:
            entry: dict[str, Any] = told[name]
            entry["missing" if code == "FIELD-NEEDED" else "invalid"] += 1
            entry["codes"][code] = entry["codes"].get(code, 0) + 1
    return [{**one, "sound": rows - one["missing"] - one["invalid"]} for one in told.values()]  # type: ignore[operator]


def match(parcels: pl.DataFrame, lists: pl.DataFrame) -> pl.DataFrame:
    """Parcels that a 9610 list declares as well: row, list, way, score, weight of the list and days between (R-906, R-910).

    parcels: row and PARCELS.  lists: list and PARCELS.  By waybill number, else by platform and order number, else by consignee with
    weight and day at a score of 0.95 or more.  A parcel has one list at most, and a list one parcel.
    """
    found = pl.concat([_pairs(parcels, lists, rank) for rank in range(len(WAYS))])
    found = found.sort("rank", "score", "row", "list", descending=[False, True, False, False])
    rows, taken, kept = set[int](), set[int](), []
    for place, (row, one) in enumerate(found.select("row", "list").iter_rows()):
        if row not in rows and one not in taken:
            rows.add(row)
            taken.add(one)
            kept.append(place)
    return found[kept].with_columns(way=pl.col("rank").replace_strict(dict(enumerate(WAYS)), return_dtype=pl.String))


def _pairs(parcels: pl.DataFrame, lists: pl.DataFrame, rank: int) -> pl.DataFrame:
    on = ("waybill_no", "order_key", "consignee_key")[rank]
    some = parcels.filter(pl.col(on) != "").join(lists.filter(pl.col(on) != ""), on=on, suffix="_list")
    heavier = pl.max_horizontal("grams", "grams_list", pl.lit(1))
    days = (pl.col("day") - pl.col("day_list")).dt.total_days().abs()
    near = 1 - (pl.col("grams") - pl.col("grams_list")).abs() / heavier - days * PER_DAY
    scored = some.with_columns(days=days, score=near.round(4) if rank == 2 else pl.lit(1.0), rank=pl.lit(rank))
    return scored.filter(pl.col("score") >= SURE).select("row", "list", "rank", "score", "grams", "grams_list", "days")


def evidence(pair: Mapping[str, Any], parcel: Mapping[str, Any]) -> dict[str, Any]:
    """What a match rests on, as it is kept: the common number, or weights and days; no personal value."""
    if pair["way"] == "waybill":
        return {"waybill_no": parcel["waybill_no"]}
    if pair["way"] == "order":
        return {"order": parcel["order_key"]}
    return {"grams": [pair["grams"], pair["grams_list"]], "days": pair["days"]}
