"""Codes of firms, persons and goods: check digits and patterns (R-702 to R-704, R-706)."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from stdnum import ean
from stdnum.cn import ric, uscc

CUSTOMS_CODE = re.compile(r"[0-9]{4}[0-9A-Z][1-9A-Z][0-9A-Z]{4}")
NO_CODE = "无"


@lru_cache(maxsize=100_000)
def valid_uscc(code: str) -> bool:
    """统一社会信用代码: 18 signs with the check sign of GB 32100 (R-702)."""
    return len(code) == 18 and bool(uscc.is_valid(code))


def valid_customs_code(code: str) -> bool:
    """海关注册编码: ten signs; the pattern alone can be checked (R-703)."""
    return bool(CUSTOMS_CODE.fullmatch(code))


def valid_party_code(code: str) -> bool:
    return valid_uscc(code) or valid_customs_code(code)


@lru_cache(maxsize=100_000)
def valid_id_number(number: str, on: date) -> bool:
    """居民身份证号: check sign and a birth date not after `on` (R-704). Region codes change and are not checked."""
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number) or ric.calc_check_digit(number) != number[-1]:
        return False
    born = birth_date(number)
    return born is not None and born <= on


def birth_date(number: str) -> date | None:
    """The birth date in an identity number; None when there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def age_on(number: str, day: date) -> int:
    """Whole years of age; 0 when the number has no birth date."""
    born = birth_date(number)
    if born is None:
        return 0
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def valid_barcode(code: str) -> bool:
    """GTIN of 8, 12, 13 or 14 digits with its check digit (R-706)."""
    return code.isascii() and code.isdigit() and bool(ean.is_valid(code))
