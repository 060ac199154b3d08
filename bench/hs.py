"""Codes found by words: time over all codes and filings for real queries, and how often a held-out filing's code is found.

GONGFU_DATA=<a folder of its own> python -m bench.hs [queries]
"""

from __future__ import annotations

import json
import random
import statistics
import sys
from time import perf_counter
from typing import Any

from gongfu.config.runtime import ready

SEED, HELD_OUT = 20261125, 0.1
BAR_MS = 100.0
TYPED = (
    "牛奶",
    "milk powder",
    "face mask",
    "面膜",
    "红酒",
    "wine",
    "茶",
    "婴儿奶粉",
    "chocolate",
    "3304",
    "运动鞋",
    "headphones",
    "维生素",
    "咖啡豆",
    "无人机",
)


def queries(count: int) -> list[str]:
    """What people type: names of real filings, whole and begun, English names, digits, and some words by hand."""
    from gongfu.reference.tables import table

    chance = random.Random(SEED)
    names = table("goods_records")["name_zh"].to_list()
    english = table("hs8")["name_en"].to_list()
    found = list(TYPED)
    while len(found) < count:
        name = chance.choice(names)
        found += [name, name[: chance.randint(2, 6)], chance.choice(english)[:30]]
    return found[:count]


def timed(count: int) -> dict[str, Any]:
    """p50 and p95 in milliseconds, the first query left out."""
    from gongfu.modules.goods import hs

    spent = []
    for text in queries(count):
        start = perf_counter()
        hs.find(text)
        spent.append((perf_counter() - start) * 1000)
    spent = sorted(spent[1:])
    return {
        "queries": count,
        "p50_ms": round(statistics.median(spent), 1),
        "p95_ms": round(spent[int(len(spent) * 0.95)], 1),
    }


def held_out(count: int) -> dict[str, Any]:
    """Of filings that the index was not filled with: how often their own code is first, among three, among eight."""
    from django.db import transaction

    from gongfu.modules.goods import hs
    from gongfu.reference.tables import table

    rows = table("goods_records").sample(fraction=1.0, shuffle=True, seed=SEED)
    asked, known = rows.head(int(rows.height * HELD_OUT)), rows.tail(rows.height - int(rows.height * HELD_OUT))
    ranks = []
    with transaction.atomic():
        hs.fill(known)
        for name, code in asked.select("name_zh", "hs10").head(count).iter_rows():
            ranks.append(next((at for at, one in enumerate(hs.find(name), start=1) if one.hs8 == code[:8]), 99))
        transaction.set_rollback(True)
    return {f"first_{at}": round(sum(rank <= at for rank in ranks) / len(ranks), 3) for at in (1, 3, 8)}


def main(count: int = 400, as_json: bool = False) -> int:
    """Print the figures; 1 when the bar is missed."""
    with ready():
        from gongfu.base.access.actor import OPERATOR
        from gongfu.modules.goods.actions import load_codes

        start = perf_counter()
        filled = load_codes(OPERATOR)
        told = {
            "codes": filled.entries,
            "filled_s": round(perf_counter() - start, 1),
            **timed(count),
            **held_out(count),
        }
    print(json.dumps(told) if as_json else "\n".join(f"{name:10} {value}" for name, value in told.items()))
    return 0 if told["p95_ms"] <= BAR_MS else 1


if __name__ == "__main__":
    raise SystemExit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 400))
