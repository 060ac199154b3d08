"""What an amount in another currency comes to in yuan, near enough to advise by: not the rate of customs."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from gongfu.reference.tables import table

MICRO = 1_000_000


@cache
def _rates() -> dict[tuple[str, str], int]:
    rows = table("exchange_rates").select("currency", "month", "cny_micro").rows()
    return {(currency, month): int(rate) for currency, month, rate in rows}


def cny_fen(amount_cents: int, currency: str, on: date) -> int | None:
    """Fen of an amount in hundredths of a currency (customs code), by the last rate of the month before the day; None where it is not known."""
    before = on.replace(day=1) - timedelta(days=1)
    rate = _rates().get((currency, f"{before:%Y-%m}"))
    return None if rate is None else (2 * amount_cents * rate + MICRO) // (2 * MICRO)
