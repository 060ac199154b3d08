"""Typed fields as data: one list of them makes a form, a workbook, the check of a row, and the class of each value when it is shared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from gongfu.core import codes
from gongfu.core.mask import mask
from gongfu.core.rule import Finding

OPEN, INTERNAL, PERSONAL = "open", "internal", "personal"
MANY = "、"
# Control signs (but not line ends and tabs) and signs that turn the writing round: refused, because they hide what is read.
UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
EMAIL = re.compile(r"[^@\s<>\"']{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
PHONE = re.compile(r"\+?[0-9][0-9 -]{5,19}")
URL = re.compile(r"https?://[^\s<>\"']+")


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form, a row or a register.

    kind: text, lines, whole, money (yuan in, whole fen kept), decimal, date, moment (Beijing, to the minute), yes, choice, choices, uscc, customs_code, id_number,
    barcode, hs10, hs_code, country, phone, email, url, file (a document's hash),
    rows (a list of rows of the fields `rows`, at most `most`).  klass: open, internal or personal; personal values are kept
    enciphered and shown masked as `masked` says.  choices: (value, Chinese, English).  unit: shown behind the field.
    only: (other field, its values) under which the field is asked at all.  least, most: bounds of numbers.  source: where a value may be
    prefilled from, such as `party.name`.  suggest: address that answers what is typed with values to choose from.
    """

    name: str
    title: str
    title_en: str
    kind: str = "text"
    needed: bool = True
    klass: str = OPEN
    choices: tuple[tuple[str, str, str], ...] = ()
    help: str = ""
    help_en: str = ""
    longest: int = 200
    unit: str = ""
    only: tuple[str, tuple[str, ...]] | None = None
    least: int | None = None
    most: int | None = None
    masked: str = "name"
    source: str = ""
    suggest: str = ""
    rows: tuple[Field, ...] = ()

    def asked(self, raw: Mapping[str, Any]) -> bool:
        """Whether the field is asked, given the other answers."""
        if self.only is None:
            return True
        said = raw.get(self.only[0])
        told = said if isinstance(said, list) else str(said or "").split(MANY)
        return any(one in self.only[1] for one in told)

    def shown(self, value: Any, lang: str = "zh") -> str:
        """The value as people read it; personal values masked."""
        if value in (None, "", []):
            return ""
        if self.klass == PERSONAL:
            return mask(str(value), "id_number" if self.kind == "id_number" else self.masked)
        if self.kind == "rows":
            return ("; " if lang == "en" else "；").join(self._row(row, lang) for row in value)
        names = {code: (en if lang == "en" else zh) for code, zh, en in self.choices}
        if isinstance(value, list):
            return (", " if lang == "en" else MANY).join(str(names.get(one, one)) for one in value)
        if self.kind == "yes":
            return ("yes" if lang == "en" else "是") if value else ("no" if lang == "en" else "否")
        if self.kind == "moment":
            return str(value)[:16].replace("T", " ")
        if self.kind == "money":
            return f"{Decimal(value) / 100:,.2f}"
        return names.get(str(value), str(value))

    def _row(self, row: Mapping[str, Any], lang: str) -> str:
        told = ((one.shown(row.get(one.name), lang), one.unit) for one in self.rows)
        return " ".join(f"{text} {unit}".strip() for text, unit in told if text)

    def typed(self, value: Any) -> Any:
        """A kept value as it would be typed: whole fen as yuan, rows field by field."""
        if self.kind == "rows" and isinstance(value, list):
            return [{one.name: one.typed(row.get(one.name)) for one in self.rows} for row in value]
        return f"{value // 100}.{value % 100:02d}" if self.kind == "money" and isinstance(value, int) else value


def parse(
    fields: Sequence[Field], raw: Mapping[str, Any], *, on: date, line: int = 0
) -> tuple[dict[str, Any], list[Finding]]:
    """(clean values that JSON can keep, every fault found). Values come as texts, as forms and workbooks give them.

    on: the day against which identity numbers are checked.  line: the row in an import.  Unknown names are left out.
    """
    clean: dict[str, Any] = {}
    faults: list[Finding] = []
    for field in fields:
        if not field.asked(raw):
            continue
        if field.kind == "rows":
            value, more = _rows(field, raw.get(field.name), on)
            faults += [replace(one, line=line or one.line) for one in more]
            if value:
                clean[field.name] = value
            continue
        value, fault = _read(field, raw.get(field.name), on)
        if fault is not None:
            faults.append(
                replace(
                    fault,
                    line=line,
                    field=field.name,
                    facts={**fault.facts, "title": field.title, "title_en": field.title_en},
                )
            )
        elif value is not None:
            clean[field.name] = value
    return clean, faults


def _rows(field: Field, value: Any, on: date) -> tuple[list[dict[str, Any]], list[Finding]]:
    """Each row's clean values; its faults stand at `name-number-column`, counted from 0."""
    rows = [row for row in value if isinstance(row, Mapping)] if isinstance(value, list) else []
    titles = {"title": field.title, "title_en": field.title_en}
    if not rows:
        return [], [Finding("FIELD-NEEDED", field=field.name, facts=titles)] if field.needed else []
    if field.most is not None and len(rows) > field.most:
        bounds = {"least": 1, "most": field.most, **titles}
        return [], [Finding("FIELD-RANGE", field=field.name, value=str(len(rows)), facts=bounds)]
    told = [parse(field.rows, row, on=on, line=at) for at, row in enumerate(rows, start=1)]
    faults = [replace(one, field=f"{field.name}-{one.line - 1}-{one.field}") for _, more in told for one in more]
    return [clean for clean, _ in told], faults


def _read(field: Field, value: Any, on: date) -> tuple[Any, Finding | None]:
    if field.kind == "choices":
        return _choices(field, value)
    text = unicodedata.normalize("NFC", str(value if value is not None else "")).strip()
    if UNSEEN.search(text):
        return None, Finding("FIELD-SIGNS", value=UNSEEN.sub("�", text)[:40])
    if not text:
        return None, Finding("FIELD-NEEDED") if field.needed and field.kind != "yes" else None
    if len(text) > field.longest:
        return None, Finding("FIELD-LONG", value=text[:20] + "…", facts={"longest": field.longest, "length": len(text)})
    if field.kind in READERS:
        return READERS[field.kind](field, text, on)
    return text, None


def _choices(field: Field, value: Any) -> tuple[Any, Finding | None]:
    said = value if isinstance(value, list | tuple) else re.split(r"[、;；,，]", str(value or ""))
    found = [_choice_of(field, str(one).strip()) for one in said if str(one).strip()]
    if not found:
        return None, Finding("FIELD-NEEDED") if field.needed else None
    wrong = next((str(one) for one, code in zip(said, found, strict=False) if code is None), None)
    if wrong is not None:
        return None, Finding("FIELD-CHOICE", value=wrong[:40], facts={"known": _known(field)})
    return list(dict.fromkeys(found)), None


def _choice_of(field: Field, text: str) -> str | None:
    return next((code for code, zh, en in field.choices if text in (code, zh, en)), None)


def _known(field: Field) -> str:
    return MANY.join(zh for _, zh, _ in field.choices[:12])


def _choice(field: Field, text: str, on: date) -> tuple[Any, Finding | None]:
    code = _choice_of(field, text)
    return (
        (code, None)
        if code is not None
        else (None, Finding("FIELD-CHOICE", value=text[:40], facts={"known": _known(field)}))
    )


DECIMALS = {"whole": 0, "money": 2}
NUMBER = re.compile(r"-?\d{1,15}(\.(\d{1,5}))?")


def _number(field: Field, text: str, on: date) -> tuple[Any, Finding | None]:
    plain = text.replace(",", "").replace("，", "")
    shape = NUMBER.fullmatch(plain)
    if shape is None or len(shape.group(2) or "") > DECIMALS.get(field.kind, 5):
        return None, Finding("FIELD-NUMBER", value=text[:40], facts={"kind": field.kind})
    number = Decimal(plain)
    if (field.least is not None and number < field.least) or (field.most is not None and number > field.most):
        least, most = ("−∞" if field.least is None else field.least), ("∞" if field.most is None else field.most)
        return None, Finding("FIELD-RANGE", value=text[:40], facts={"least": least, "most": most})
    if field.kind == "decimal":
        return str(number), None
    return int(number * 100) if field.kind == "money" else int(number), None


def _date(field: Field, text: str, on: date) -> tuple[Any, Finding | None]:
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?( 00:00:00)?", text)
    try:
        return (
            (date(*map(int, found.groups()[:3])).isoformat(), None)
            if found
            else (None, Finding("FIELD-DATE", value=text[:40]))
        )
    except ValueError:
        return None, Finding("FIELD-DATE", value=text[:40])


MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2})(:\d{2})?(\+08:00)?")


def _moment(field: Field, text: str, on: date) -> tuple[Any, Finding | None]:
    """Beijing time to the minute, kept as ISO 8601 with its offset."""
    shape = MOMENT.fullmatch(text)
    try:
        kept = datetime.fromisoformat(f"{shape[1]}T{shape[2]}:00+08:00").isoformat() if shape else ""
    except ValueError:
        kept = ""
    return (kept, None) if kept else (None, Finding("FIELD-MOMENT", value=text[:40]))


def _yes(field: Field, text: str, on: date) -> tuple[Any, Finding | None]:
    said = text.lower()
    if said in ("是", "有", "yes", "y", "true", "1", "on"):
        return True, None
    if said in ("否", "无", "no", "n", "false", "0"):
        return False, None
    return None, Finding("FIELD-CHOICE", value=text[:40], facts={"known": "是、否"})


def _coded(good: Callable[[str, date], bool], rule: str) -> Callable[[Field, str, date], tuple[Any, Finding | None]]:
    def read(field: Field, text: str, on: date) -> tuple[Any, Finding | None]:
        code = text.upper().replace(" ", "")
        if good(code, on):
            return code, None
        value = mask(code, "id_number") if field.klass == PERSONAL else code[:40]
        return None, Finding("FIELD-CODE", value=value, rules=(rule,) if rule else ())

    return read


def _shaped(shape: re.Pattern[str]) -> Callable[[Field, str, date], tuple[Any, Finding | None]]:
    def read(field: Field, text: str, on: date) -> tuple[Any, Finding | None]:
        if shape.fullmatch(text):
            return text, None
        return None, Finding("FIELD-SHAPE", value=mask(text, field.masked) if field.klass == PERSONAL else text[:40])

    return read


READERS: dict[str, Callable[[Field, str, date], tuple[Any, Finding | None]]] = {
    "whole": _number,
    "money": _number,
    "decimal": _number,
    "date": _date,
    "moment": _moment,
    "yes": _yes,
    "choice": _choice,
    "uscc": _coded(lambda code, on: codes.valid_uscc(code), "R-702"),
    "customs_code": _coded(lambda code, on: codes.valid_customs_code(code), "R-703"),
    "id_number": _coded(codes.valid_id_number, "R-704"),
    "barcode": _coded(lambda code, on: codes.valid_barcode(code), "R-706"),
    "hs10": _coded(lambda code, on: bool(re.fullmatch(r"\d{10}", code)), ""),
    "hs_code": _coded(lambda code, on: bool(re.fullmatch(r"\d{8}(\d{2})?", code)), "R-706"),
    "country": _coded(lambda code, on: bool(re.fullmatch(r"\d{3}", code)), ""),
    "file": _coded(lambda code, on: bool(re.fullmatch(r"[0-9A-F]{64}", code)), ""),
    "phone": _shaped(PHONE),
    "email": _shaped(EMAIL),
    "url": _shaped(URL),
}
