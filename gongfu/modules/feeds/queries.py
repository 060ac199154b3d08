"""Feeds and how they stand, deliveries, rows taken up, parcels counted once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl
from django.db.models import OuterRef, QuerySet, Subquery

from gongfu.base.access.actor import Actor
from gongfu.base.files import queries as files
from gongfu.base.kit import bulk
from gongfu.base.kit.beijing import civil_date
from gongfu.core.rule import Finding
from gongfu.modules.feeds import judging, rules
from gongfu.modules.feeds.kinds import FeedKind as FeedKind
from gongfu.modules.feeds.kinds import kinds
from gongfu.modules.feeds.models import Delivery, Feed, Row
from gongfu.modules.feeds.models import Mapping as MappingRow
from gongfu.modules.feeds.schedules import AMBER, GREEN, RED, Past, Standing, standing

ORDER = {RED: 0, AMBER: 1, GREEN: 2}


@dataclass(frozen=True, slots=True)
class Stood:
    """A feed, how it stands, and its newest delivery's moment."""

    feed: Feed
    standing: Standing
    last_at: datetime | None


def feed_of(actor: Actor, code: str, zone: str = "") -> Feed | None:
    """The feed with this code within reach, in the actor's (or the given) zone."""
    rows = Feed.objects.seen_by(actor).filter(code=code, active=True)
    found: Feed | None = rows.filter(zone__in=[zone] if zone else list(actor.zones)).first()
    return found


def board(actor: Actor, at: datetime, number: int | None = None) -> list[Stood]:
    """Active feeds within reach as they stand at a moment, the worst and longest first; one query."""
    rows = Feed.objects.seen_by(actor).filter(active=True, registered_at__lte=at)
    return stood(rows if number is None else rows.filter(pk=number), at)


def stood(rows: QuerySet[Feed], at: datetime) -> list[Stood]:
    """Each feed's standing, computed from its deliveries alone."""
    told = [
        Stood(row, standing(row.schedule, Past(row.good_at, row.good_faulty or 0, row.bad_at, row.bad_state or ""), at), row.last_at)
        for row in _with_past(rows, at)
    ]  # fmt: skip
    return sorted(told, key=lambda one: (ORDER[one.standing.colour], one.standing.since or at, one.feed.pk))


def _with_past(rows: Any, at: datetime) -> Any:
    came = Delivery.objects.filter(feed=OuterRef("pk"), received_at__lte=at).order_by("-received_at", "-pk")
    good, bad = came.filter(state="read"), came.filter(state__in=("refused", "held"))
    return rows.annotate(
        good_at=Subquery(good.values("received_at")[:1]),
        good_faulty=Subquery(good.values("refused")[:1]),
        bad_at=Subquery(bad.values("received_at")[:1]),
        bad_state=Subquery(bad.values("state")[:1]),
        last_at=Subquery(came.values("received_at")[:1]),
    )


def kind_of(feed: Feed) -> FeedKind:
    """KeyError when the module that brings the kind is gone."""
    return kinds()[feed.kind]


def mapping_of(feed: Feed, version: int | None = None) -> MappingRow:
    """The feed's mapping in this version, the one in use unless told."""
    return MappingRow.objects.get(feed=feed, version=version or feed.mapping)


def content(delivery: Delivery) -> bytes:
    """The original bytes of a delivery that was reached by its own row."""
    return b"".join(files.content(delivery.file))


def delivery_of(actor: Actor, code: str, number: str) -> Delivery | None:
    """A delivery of a feed within reach by its number as text."""
    if not (number.isdecimal() and len(number) < 19):
        return None
    found: Delivery | None = Delivery.objects.seen_by(actor).filter(feed__code=code, pk=int(number)).first()
    return found


def trial(feed: Feed, data: bytes, name: str, at: datetime) -> list[Finding]:
    """Every finding that these bytes would meet, about the file and row by row; nothing is written."""
    mapping, on = mapping_of(feed), civil_date(at)
    return judging.judge(kind_of(feed), feed.form, mapping.text, mapping.rows_at, data, name, on).findings


def known(feed: int, keys: Iterable[str]) -> pl.DataFrame:
    """The current rows of a feed with one of these keys, as rules.KNOWN."""
    query = "SELECT key, id AS row, version, digest AS known_digest FROM feeds_row WHERE feed_id = %s AND current AND key = ANY(%s)"
    return bulk.fetch(query, [feed, list(keys)], rules.KNOWN)


UNLISTED = (
    "SELECT p.row_id AS row, p.waybill_no, p.order_key, p.consignee_key, p.grams, p.day FROM feeds_parcel p JOIN feeds_row r ON r.id = p.row_id "
    "WHERE r.current AND p.zone = %s AND NOT EXISTS (SELECT FROM feeds_duplicate d WHERE d.row_id = r.id AND d.declaration IS NOT NULL) AND "
)


def unlisted(zone: str, lists: pl.DataFrame) -> pl.DataFrame:
    """Current parcels of a zone without a list that share a number or a consignee with one of these lists."""
    given = [lists[name].to_list() for name in ("waybill_no", "order_key", "consignee_key")]
    where = "(p.waybill_no = ANY(%s) OR (p.order_key <> '' AND p.order_key = ANY(%s)) OR (p.consignee_key <> '' AND p.consignee_key = ANY(%s)))"
    return bulk.fetch(UNLISTED + where, [zone, *given], {"row": pl.Int64, **rules.PARCELS})


def parcels(zone: str) -> dict[str, int]:
    """Parcels of a zone's mail and express lists: all, those that a 9610 list declares as well, and those counted here (R-906)."""
    query = (
        "SELECT count(DISTINCT p.waybill_no), count(DISTINCT p.waybill_no) FILTER (WHERE d.id IS NOT NULL) FROM feeds_parcel p "
        "JOIN feeds_row r ON r.id = p.row_id AND r.current LEFT JOIN feeds_duplicate d ON d.row_id = r.id AND d.declaration IS NOT NULL WHERE p.zone = %s"
    )
    rows, listed = bulk.fetch(query, [zone], {"rows": pl.Int64, "listed": pl.Int64}).row(0)
    return {"rows": rows, "listed": listed, "counted": rows - listed}


def taken_up(batch: int) -> list[dict[str, Any]]:
    """The facts of the rows that one delivery brought, by line; personal values stay enciphered."""
    rows = Row.objects.filter(delivery=batch).order_by("line")
    return [{"key": row.key, "version": row.version, **row.facts} for row in rows.iterator(chunk_size=5_000)]


def giver(batch: int) -> tuple[str, str]:
    """(zone, code of the firm) of a delivery; no firm where a desk gives it."""
    zone, code = Delivery.objects.values_list("zone", "feed__party_code").get(pk=batch)
    return zone, code or ""


def shared(where: Mapping[str, Any], limit: int) -> list[dict[str, Any]]:
    """Current rows as the dataset `feeds.rows`, newest first.  where: zone, kind and feed, each a list."""
    rows = Row.objects.filter(current=True)
    for name, column in (("zone", "zone"), ("kind", "feed__kind"), ("feed", "feed__code")):
        if where.get(name):
            rows = rows.filter(**{f"{column}__in": where[name]})
    return [
        {
            "feed": row.feed.code, "kind": row.feed.kind, "key": row.key, "version": row.version,
            "subject": str(row.facts.get(kinds()[row.feed.kind].subject, "")) if row.feed.kind in kinds() else "", "received_on": civil_date(row.delivery.received_at).isoformat(),
        }
        for row in rows.select_related("feed", "delivery").order_by("-pk")[:limit]
    ]  # fmt: skip
