"""Workbooks for every form: the template to fill in, the check of what comes back, and the faulty rows to correct."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from gongfu.base.kit.packed import Bounds
from gongfu.base.screens.sheets import Sheet, read
from gongfu.core.fields import Field, parse
from gongfu.core.rule import Finding

__all__ = ["Checked", "Sheet", "check", "fingerprint", "read", "result", "template", "told"]

NAMES, TITLES, FIRST = 0, 1, 2
WIDEST = 40
YES = (("", "是", "yes"), ("", "否", "no"))
KINDS = {
    "text": ("文字", "text"),
    "lines": ("文字，可多行", "text of several lines"),
    "whole": ("整数", "whole number"),
    "money": ("金额（元，最多两位小数）", "amount (yuan, at most two decimals)"),
    "decimal": ("数", "number"),
    "date": ("日期，如 2026-01-31", "date, such as 2026-01-31"),
    "yes": ("是 / 否", "yes / no"),
    "choice": ("从列表选一项", "one of the list"),
    "choices": ("可选多项，用“、”分开", "one or several of the list, separated by commas"),
    "uscc": ("统一社会信用代码，18 位", "unified social credit code, 18 signs"),
    "customs_code": ("海关编码，10 位", "customs code, 10 signs"),
    "id_number": ("居民身份证号，18 位", "identity number, 18 signs"),
    "barcode": ("商品条码", "barcode"),
    "hs10": ("商品编码，10 位数字", "HS code, 10 digits"),
    "hs_code": ("商品编码，8 位或 10 位数字", "HS code, 8 or 10 digits"),
    "country": ("国别代码，3 位数字", "country code, 3 digits"),
    "phone": ("电话", "telephone"),
    "email": ("电子邮箱", "mail address"),
    "url": ("网址", "web address"),
    "file": ("附件编号", "number of a document"),
}
FAULTS = (("错误列", "Column at fault"), ("错误原因", "Reason"), ("建议", "Suggestion"))


@dataclass(frozen=True, slots=True)
class Checked:
    """good: (row number, clean values).  bad: (row number, the texts as sent, findings)."""

    good: list[tuple[int, dict[str, Any]]]
    bad: list[tuple[int, dict[str, str], list[Finding]]]


def fingerprint(data: bytes) -> str:
    """The file's SHA-256 in upper-case hex, as base.files keeps it: the same file again is the same file."""
    return hashlib.sha256(data).hexdigest().upper()


def check(
    fields: Sequence[Field],
    rows: Sequence[Mapping[str, str]],
    on: date,
    numbers: Sequence[int] = (),
    once: Sequence[str] = (),
) -> Checked:
    """Every row against the fields; all faults of a row are told.

    on: the day of the check.  numbers: the rows' numbers in the file (1, 2, … if left out).  once: fields whose values together may
    occur only once in the file.
    """
    done = Checked([], [])
    seen: dict[tuple[Any, ...], int] = {}
    for number, row in zip(numbers or range(1, len(rows) + 1), rows, strict=True):
        clean, faults = parse(fields, row, on=on, line=number)
        key = tuple(clean.get(name) for name in once)
        if any(key) and seen.setdefault(key, number) != number:
            faults.append(_double(fields, once, number, seen[key]))
        if faults:
            done.bad.append((number, dict(row), faults))
        else:
            done.good.append((number, clean))
    return done


def _double(fields: Sequence[Field], once: Sequence[str], number: int, first: int) -> Finding:
    of = [one for one in fields if one.name in once]
    titles = {"title": "、".join(one.title for one in of), "title_en": ", ".join(one.title_en for one in of)}
    return Finding("IMPORT-DOUBLE", line=number, field=once[0], facts={**titles, "first": first})


def template(fields: Sequence[Field], title: str, lang: str = "zh") -> bytes:
    """An empty XLSX to fill in: headings with what is needed, lists to choose from, notes. Texts only, never a formula."""
    out = io.BytesIO()
    with _book(out) as book:
        sheet = book.add_worksheet(_sheet_name(title))
        _headings(book, sheet, fields, lang)
        _notes(book, fields, title, lang)
        _lists(book, sheet, fields, lang)
    return out.getvalue()


def result(fields: Sequence[Field], checked: Checked, lang: str = "zh", taken: Sequence[tuple[int, str]] = ()) -> bytes:
    """An XLSX of the user's own faulty rows with the columns 错误列, 错误原因, 建议; corrected, it can be sent again as it is.

    taken: (row number, what it became) of the rows that were accepted, on a sheet of their own.
    """
    out = io.BytesIO()
    with _book(out) as book:
        sheet = book.add_worksheet(_say(lang, "待更正", "To correct"))
        _headings(book, sheet, fields, lang)
        others = list(dict.fromkeys(name for _, row, _ in checked.bad for name in row))
        names = [one.name for one in fields]
        columns = [*names, *(name for name in others if name not in names)]
        head, plain = _looks(book)
        for at, name in enumerate(columns[len(names) :], start=len(names)):
            sheet.write_string(TITLES, at, name, head)
        for at, pair in enumerate(FAULTS, start=len(columns)):
            sheet.write_string(TITLES, at, _say(lang, *pair), head)
            sheet.set_column(at, at, WIDEST, plain)
        for line, (_, row, findings) in enumerate(checked.bad, start=FIRST):
            told = _faults(fields, findings, lang)
            for at, text in enumerate((*(row.get(name, "") for name in columns), *told)):
                if text:
                    sheet.write_string(line, at, text[:32_000], plain)
        _lists(book, sheet, fields, lang)
        _accepted(book, taken, lang)
    return out.getvalue()


def told(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """An XLSX of one sheet of texts, for results of other kinds of work."""
    out = io.BytesIO()
    with _book(out) as book:
        sheet, (head, plain) = book.add_worksheet("1"), _looks(book)
        for at, text in enumerate(heads):
            sheet.write_string(0, at, text, head)
            sheet.set_column(at, at, 24, plain)
        for line, row in enumerate(rows, start=1):
            for at, text in enumerate(row):
                sheet.write_string(line, at, text[:32_000], plain)
    return out.getvalue()


def _accepted(book: Any, taken: Sequence[tuple[int, str]], lang: str) -> None:
    if not taken:
        return
    sheet, (head, plain) = book.add_worksheet(_say(lang, "已受理", "Accepted")), _looks(book)
    for at, pair in enumerate((("原表行号", "Row in your file"), ("受理结果", "Accepted as"))):
        sheet.write_string(0, at, _say(lang, *pair), head)
        sheet.set_column(at, at, 24, plain)
    for line, (number, what) in enumerate(taken, start=1):
        sheet.write_string(line, 0, str(number), plain)
        sheet.write_string(line, 1, what, plain)


def _faults(fields: Sequence[Field], findings: list[Finding], lang: str) -> tuple[str, str, str]:
    titles = {one.name: _say(lang, one.title, one.title_en) for one in fields}
    places = dict.fromkeys(titles.get(one.field, one.field) for one in findings)
    mark = "；" if lang == "zh" else "; "
    remedies = dict.fromkeys(one.remedy(lang) for one in findings)
    return mark.join(places), mark.join(one.message(lang) for one in findings), mark.join(remedies)


def _say(lang: str, zh: str, en: str) -> str:
    return en if lang == "en" else zh


def _book(out: io.BytesIO) -> Any:
    return xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})


def _sheet_name(title: str) -> str:
    kept = "".join(" " if sign in "[]:*?/\\'" else sign for sign in title)
    return kept.strip()[:31] or "1"


def _looks(book: Any) -> tuple[Any, Any]:
    """(heading, text): the number format @ keeps leading noughts and keeps a text a text when it is edited."""
    return book.add_format(
        {"bold": True, "bg_color": "#E8EEF5", "text_wrap": True, "num_format": "@"}
    ), book.add_format({"num_format": "@"})


def _headings(book: Any, sheet: Any, fields: Sequence[Field], lang: str) -> None:
    head, plain = _looks(book)
    must = book.add_format({"bold": True, "bg_color": "#FBE9E7", "text_wrap": True, "num_format": "@"})
    for at, one in enumerate(fields):
        text = _title(one, lang)
        sheet.set_column(at, at, min(max(len(text.encode("gb18030")) + 2, 12), WIDEST), plain)
        sheet.write_string(NAMES, at, one.name, plain)
        sheet.write_string(TITLES, at, text, must if one.needed else head)
        note = _say(lang, one.help, one.help_en or one.help)
        if note:
            sheet.write_comment(TITLES, at, note, {"author": "gongfu"})
    sheet.set_row(NAMES, None, None, {"hidden": True})
    sheet.freeze_panes(FIRST, 0)


def _title(one: Field, lang: str) -> str:
    title = _say(lang, one.title, one.title_en) + (f"({one.unit})" if one.unit else "")
    return title + _say(lang, "（必填）", " (required)") if one.needed else title


def _notes(book: Any, fields: Sequence[Field], title: str, lang: str) -> None:
    sheet = book.add_worksheet(_say(lang, "填写说明", "Notes"))
    head, plain = _looks(book)
    limits = Bounds()
    sheet.write_string(0, 0, title, head)
    sheet.write_string(
        1,
        0,
        _say(
            lang,
            f"最多 {limits.rows:,} 行、{limits.packed} MB；只填值，不用公式和宏；列的先后可以改，列名不要改。",
            f"At most {limits.rows:,} rows and {limits.packed} MB; plain values only, no formulas or macros; columns may change places, "
            "not names.",
        ),
    )
    heads = (("列", "Column"), ("必填", "Required"), ("填什么", "What to give"), ("可选", "Choices"), ("说明", "Help"))
    for at, pair in enumerate(heads):
        sheet.write_string(3, at, _say(lang, *pair), head)
    for line, one in enumerate(fields, start=4):
        choices = (", " if lang == "en" else "、").join(_say(lang, zh, en) for _, zh, en in one.choices)
        needed = _say(lang, "是", "yes") if one.needed else ""
        told = (_say(lang, one.title, one.title_en), needed, _say(lang, *KINDS[one.kind]), choices)
        for at, text in enumerate((*told, _say(lang, one.help, one.help_en or one.help))):
            sheet.write_string(line, at, text[:32_000], plain)
    sheet.set_column(0, 4, 28)


def _lists(book: Any, sheet: Any, fields: Sequence[Field], lang: str) -> None:
    """Drop-down lists, their values on a hidden sheet (a list written into a rule itself ends at 255 signs)."""
    asked = [(at, one) for at, one in enumerate(fields) if one.kind in ("choice", "yes")]
    if not asked:
        return
    kept = book.add_worksheet("lists")
    kept.hide()
    for column, (at, one) in enumerate(asked):
        values = [_say(lang, zh, en) for _, zh, en in (one.choices if one.kind == "choice" else YES)]
        kept.write_column(0, column, values)
        name = xl_col_to_name(column)
        source = f"=lists!${name}$1:${name}${max(len(values), 1)}"
        sheet.data_validation(
            FIRST, at, FIRST + Bounds().rows, at, {"validate": "list", "source": source, "error_type": "warning"}
        )
