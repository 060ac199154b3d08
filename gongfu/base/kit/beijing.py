"""Beijing time, in which every regulatory date is read (R-002)."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


def civil_date(moment: datetime) -> date:
    return moment.astimezone(BEIJING).date()


def digits14(moment: datetime) -> str:
    """YYYYMMDDhhmmss, as CEB appTime."""
    return moment.astimezone(BEIJING).strftime("%Y%m%d%H%M%S")


def digits17(moment: datetime) -> str:
    """yyyyMMddHHmmssSSS, as CEB returnTime."""
    local = moment.astimezone(BEIJING)
    return local.strftime("%Y%m%d%H%M%S") + f"{local.microsecond // 1000:03d}"


def moment(digits: str) -> datetime:
    """The moment that 14 or 17 digits of Beijing time name; ValueError when they name none."""
    clear = datetime.strptime(digits[:14], "%Y%m%d%H%M%S").replace(tzinfo=BEIJING)
    return clear.replace(microsecond=int(digits[14:17]) * 1000) if len(digits) == 17 else clear
