"""Items of the work list: found anew by each run, one for each difference however often it is found, cleared when a run finds it no more."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

import polars as pl

from gongfu.base.kit import bulk
from gongfu.modules.risk import frames

# Cut to what the columns hold.
SHOWN, KEY = 200, 120
COLUMNS = ("zone", "source", "day", "kind", "key", "party_code", "declaration", "ours", "theirs", "facts")
# The day is that of the run which found it last: a run of another day that no longer finds it leaves it alone.
KEEP = (
    "INSERT INTO risk_item (zone, source, day, kind, key, party_code, declaration_id, ours, theirs, facts, found_at, seen_at) "
    "SELECT n.*, %(at)s, %(at)s FROM unnest(%(zone)s::text[], %(source)s::text[], %(day)s::date[], %(kind)s::text[], %(key)s::text[], %(party_code)s::text[], "
    "%(declaration)s::bigint[], %(ours)s::text[], %(theirs)s::text[], %(facts)s::jsonb[]) "
    "AS n(zone, source, day, kind, key, party_code, declaration_id, ours, theirs, facts) ORDER BY n.zone, n.source, n.kind, n.key, n.party_code "
    "ON CONFLICT (zone, source, kind, key, party_code) DO UPDATE SET day = EXCLUDED.day, ours = EXCLUDED.ours, theirs = EXCLUDED.theirs, "
    "facts = EXCLUDED.facts, seen_at = EXCLUDED.seen_at, state = 'open', settled_at = NULL WHERE risk_item.state <> 'settled'"
)
CLEAR = (
    "UPDATE risk_item SET state = 'cleared', settled_at = %(at)s WHERE zone = %(zone)s AND source = %(source)s AND day = %(day)s "
    "AND state = 'open' AND seen_at < %(at)s"
)
RELEASED = (
    "UPDATE risk_item SET state = 'cleared', settled_at = %s WHERE source = 'clock' AND kind = 'running' AND state = 'open' "
    "AND (zone, key) IN (SELECT * FROM unnest(%s::text[], %s::text[]))"
)
ENDED = (
    "UPDATE risk_item i SET state = 'cleared', settled_at = %s FROM declarations_declaration d WHERE d.id = i.declaration_id "
    "AND i.zone = %s AND i.source = 'clock' AND i.kind = 'running' AND i.state = 'open' AND d.state <> ALL(%s)"
)


def keep(rows: pl.DataFrame, at: datetime) -> pl.DataFrame:
    """Put what was found on the work list; gives the rows kept, one for each (kind, key, party).  What a person settled stays so.

    rows: COLUMNS, facts as JSON text; without that column they have none.
    """
    if "facts" not in rows.columns:
        rows = rows.with_columns(facts=pl.lit("{}"))
    cut = rows.with_columns(pl.col("ours", "theirs").str.slice(0, SHOWN), pl.col("key").str.slice(0, KEY))
    told = cut.select(COLUMNS).unique(
        ["zone", "source", "kind", "key", "party_code"], keep="first", maintain_order=True
    )
    if not told.is_empty():
        bulk.execute(KEEP, {"at": at, **told.to_dict(as_series=False)})
    return told


def clear(zone: str, source: str, day: date, at: datetime) -> int:
    """Clear the open items of a day and side that the run of this moment did not find; gives how many."""
    return bulk.execute(CLEAR, {"zone": zone, "source": source, "day": day, "at": at})


def clear_released(zones: Collection[str], lists: Collection[int], at: datetime) -> int:
    """Lists that were late while they ran are released: from now on only how late they were released counts.  zones: of each list."""
    return bulk.execute(RELEASED, [at, list(zones), [str(one) for one in lists]])


def clear_ended(zone: str, at: datetime) -> int:
    """Lists that were late while they ran are ended, one way or another."""
    return bulk.execute(ENDED, [at, zone, list(frames.OPEN)])
