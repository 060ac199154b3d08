"""HS codes found by words: what the index is filled with, and how it is asked. Chinese goes by pairs of signs, English by stems."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl
from django.db import connection

from gongfu.base.kit import bulk
from gongfu.core.words import latin, pairs, plain
from gongfu.reference.tables import FOLDER, LAST, table

TABLES = ("hs8", "hs_headings", "goods_records")
MOST_PLACES, MOST_WORDS = 60, 40
STAGING = (
    "CREATE TEMP TABLE hs_staging (hs8 text, name_zh text, name_en text, heading_zh text, heading_en text, unit1 text, unit2 text, endings text, "
    "filings int, usual text, zh text, latin text) ON COMMIT DROP"
)
FILL = (
    "INSERT INTO goods_hsentry (hs8, name_zh, name_en, heading_zh, heading_en, unit1, unit2, endings, filings, usual, words) "
    "SELECT hs8, name_zh, name_en, heading_zh, heading_en, unit1, unit2, endings, filings, usual, "
    "zh::tsvector || setweight(to_tsvector('english', name_en), 'A') || setweight(to_tsvector('english', heading_en), 'B') "
    "|| setweight(to_tsvector('simple', latin), 'D') FROM hs_staging"
)
# Every word said first, then by where the words stand and how often real filings use the code.
FIND = (
    "SELECT hs8, name_zh, name_en, heading_zh, heading_en, unit1, unit2, endings, filings, usual FROM goods_hsentry, "
    "(SELECT %s::tsquery AS any_of, %s::tsquery AS all_of) q WHERE words @@ any_of "
    "ORDER BY (words @@ all_of)::int * 0.5 + ts_rank('{0.15, 0.2, 0.4, 1.0}', words, any_of) * (1 + 0.3 * ln(1 + filings)) DESC, hs8 LIMIT %s"
)
BY_DIGITS = (
    "SELECT hs8, name_zh, name_en, heading_zh, heading_en, unit1, unit2, endings, filings, usual FROM goods_hsentry "
    "WHERE hs8 LIKE %s ORDER BY filings DESC, hs8 LIMIT %s"
)


def fingerprint() -> str:
    """Of the tables the index is made from: the same tables give the same index."""
    return hashlib.sha256(b"".join((FOLDER / f"{name}.parquet").read_bytes() for name in TABLES)).hexdigest()


def entries(records: pl.DataFrame) -> pl.DataFrame:
    """Rows of the staging table: every code in force, with its words and those of the real filings (name_zh, spec, hs10)."""
    headings = {code: (zh, en) for code, zh, en in table("hs_headings").iter_rows()}
    filed = {hs8: part for (hs8,), part in records.with_columns(hs8=pl.col("hs10").str.slice(0, 8)).group_by("hs8")}
    none = records.clear()
    rows = [_entry(code, headings, filed.get(code["hs8"], none)) for code in table("hs8", LAST).iter_rows(named=True)]
    return pl.DataFrame(rows)


def _entry(code: dict[str, Any], headings: dict[str, tuple[str, str]], filed: pl.DataFrame) -> dict[str, Any]:
    hs8 = code["hs8"]
    above = [headings.get(hs8[:length], ("", "")) for length in (4, 6, 2)]
    heading_zh = next((zh for zh, _ in above if zh), "")
    heading_en = "; ".join(en for _, en in above[:2] if en)
    names = filed["name_zh"].to_list()
    usual = filed["hs10"].mode().sort().to_list()
    return {
        "hs8": hs8, "name_zh": code["name_zh"], "name_en": code["name_en"], "heading_zh": heading_zh, "heading_en": heading_en[:500],
        "unit1": code["unit1"], "unit2": code["unit2"], "endings": code["endings"][:200], "filings": filed.height,
        "usual": usual[0] if usual else "", "zh": _vector(code["name_zh"], heading_zh, names),
        "latin": " ".join(word for name in names for word in latin(name)),
    }  # fmt: skip


def _vector(name: str, heading: str, filed: Iterable[str]) -> str:
    """A text search vector in its own writing: pairs and single signs of the name (A), of the heading (B), of real filings (D)."""
    places: dict[str, list[str]] = {}
    single = [sign for sign in plain(name) if pairs(sign)]
    for weight, words in (("A", [*pairs(name), *single]), ("B", pairs(heading)), ("D", _usual(filed))):
        for at, word in enumerate(words, start=1):
            places.setdefault(word, []).append(f"{at}{weight}")
    return " ".join(f"'{word}':{','.join(dict.fromkeys(found))}" for word, found in places.items())


def _usual(filed: Iterable[str]) -> list[str]:
    """The pairs of real filings' names, each as often as filings have it, up to a bound."""
    counts = Counter(pair for name in filed for pair in set(pairs(name)))
    return [pair for pair, count in counts.items() for _ in range(min(count, MOST_PLACES))][:16_000]


def fill(records: pl.DataFrame) -> int:
    """Fill the index anew, in the transaction at hand; gives how many codes it has."""
    frame = entries(records)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM goods_hsentry")
        cursor.execute("DROP TABLE IF EXISTS hs_staging")
        cursor.execute(STAGING)
    bulk.copy_in("hs_staging", frame)
    return bulk.execute(FILL)


@dataclass(frozen=True, slots=True)
class Code:
    """A code found.  usual: the ten digits that real filings use most, "" for none."""

    hs8: str
    name_zh: str
    name_en: str
    heading_zh: str
    heading_en: str
    unit1: str
    unit2: str
    endings: str
    filings: int
    usual: str

    @property
    def offered(self) -> str:
        """What a form takes: the usual ten digits, the only ending there is, or the eight digits."""
        if self.usual and (not self.endings or self.usual[8:] in self.endings.split()):
            return self.usual
        return self.hs8 + self.endings if len(self.endings) == 2 else self.hs8


def find(text: str, limit: int = 12) -> list[Code]:
    """Codes for words in Chinese or English, or for the first digits of a code; the best first."""
    digits = "".join(plain(text).replace(".", "").split())
    with connection.cursor() as cursor:
        if digits.isdecimal():
            cursor.execute(BY_DIGITS, [f"{digits[:8]}%", limit])
        else:
            meant = _meant(text)
            words = [f"'{one}'" for one in dict.fromkeys((*pairs(meant), *_stems(meant)))][:MOST_WORDS]
            if not words:
                return []
            cursor.execute(FIND, [" | ".join(words), " & ".join(words), limit])
        return [Code(*row) for row in cursor.fetchall()]


def one(hs8: str) -> Code | None:
    """A code in force, by its eight digits."""
    return next(iter(find(hs8, 1)), None) if len(hs8) == 8 else None


def _meant(text: str) -> str:
    """The text, with the nomenclature's own words for everyday ones in it."""
    said = plain(text)
    return " ".join([text, *(means for word, means in table("hs_synonyms").iter_rows() if plain(word) in said)])


def _stems(text: str) -> list[str]:
    """Latin words as the index has them: as they stand, which is how brands are kept, and their English stems."""
    words = latin(text)[:MOST_WORDS]
    if not words:
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tsvector_to_array(to_tsvector('english', %s))", [" ".join(words)])
        return list(cursor.fetchone()[0])
