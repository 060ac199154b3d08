"""`gongfu feeds …`: deliveries by hand or by cron through the same door as the interface, and how every feed stands."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

Result = tuple[Any, str, int]


def deliver(told: argparse.Namespace) -> Result:
    """Take a file in and read it; 1 when it was refused, held, or has faulty rows. ValueError when it cannot be taken at all."""
    from gongfu.base.kit.clock import standing_at
    from gongfu.config import feeds

    with standing_at(told.at):
        done = feeds.deliver(told.file, told.code, told.zone, rows=told.rows, sums=told.sums)
    faulty = done["state"] != "read" or done["refused"] > 0
    counts = f"{done['rows']} rows: {done['accepted']} accepted, {done['repeated']} repeated, {done['refused']} refused"
    lines = [f"  row {one['line']} {one['field']}: {one['message']} {one['remedy']}" for one in done["findings"][:20]]
    return done, "\n".join([f"{done['feed']} {done['state']}; {counts}", *lines]), int(faulty)


def listed(told: argparse.Namespace) -> Result:
    """Every feed with its colour, why and since when; 1 when one is red."""
    from gongfu.config import feeds

    rows = feeds.standings(told.at)
    lines = [
        f"{one['colour']:<6} {one['zone']}/{one['code']:<24} {one['why']:<8} next due {one['next_due']}" for one in rows
    ]
    return rows, "\n".join(lines) or "no feed", int(any(one["colour"] == "red" for one in rows))


def options(into: Any, add: Any, handler: Any, moment: Any) -> None:
    """`gongfu feeds deliver` and `gongfu feeds list`."""
    one = add(into, "deliver", handler(deliver), "take a delivery of a feed, read it, and show what became of its rows")
    one.add_argument("code", help="the feed's code")
    one.add_argument("file", type=Path)
    one.add_argument("--zone", default="", help="its zone, where several zones have a feed of this code")
    one.add_argument("--rows", default="", help="control total: how many rows")
    one.add_argument("--sums", default="", help="control totals of money, such as amount:12.00")
    one.add_argument("--at", type=moment, help="time of receipt (ISO), for replays and tests")
    one = add(into, "list", handler(listed), "show how every feed stands, the worst first")
    one.add_argument("--at", type=moment, default=None, help="as it stood then (ISO); now, unless told")
