"""Taking up: a delivery is read once, its new and changed rows are written, and parcels meet their 9610 lists."""

from __future__ import annotations

import json
from collections.abc import Mapping as Values
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.cases.facts import kept
from gongfu.base.events.bus import announce
from gongfu.base.kit import bulk, clock, vault
from gongfu.base.kit.beijing import civil_date
from gongfu.base.kit.columns import address_key
from gongfu.core.rule import Finding
from gongfu.modules.feeds import judging, queries, rules
from gongfu.modules.feeds.events import FeedRowsReceived, ListsSought
from gongfu.modules.feeds.kinds import FeedKind
from gongfu.modules.feeds.models import Delivery, Feed, Parcel

FINDINGS_KEPT = 500
Good = dict[int, dict[str, Any]]


@dataclass(slots=True)
class TakenUp:
    delivery: Delivery | None = None

    def audit(self) -> dict[str, Any] | None:
        one = self.delivery
        if one is None:
            return None
        facts = {
            "state": one.state,
            "rows": one.rows,
            "accepted": one.accepted,
            "repeated": one.repeated,
            "refused": one.refused,
        }
        return {"subject": f"delivery:{one.pk}", "zone": one.zone, "facts": facts}


@action("feeds.take_up", title="读取数据送达")
def take_up(actor: Actor, number: int) -> TakenUp:
    """Read a delivery that is waiting, and settle it: read, held or refused. One that is settled is left alone.

    Deliveries of one feed are read one after another; the rows of a held or refused one do not count.
    """
    delivery = Delivery.objects.select_for_update(of=("self",)).filter(pk=number, state="received").first()
    if delivery is None:
        return TakenUp()
    feed = Feed.objects.select_for_update().get(pk=delivery.feed_id)
    kind, mapping = queries.kind_of(feed), queries.mapping_of(feed, delivery.mapping)
    data, on = queries.content(delivery), civil_date(delivery.received_at)
    judged = judging.judge(kind, feed.form, mapping.text, mapping.rows_at, data, delivery.name, on)
    good, rows = dict(judged.checked.good), _fated(feed, kind, judged.checked)
    delivery.findings = [one.dump() for one in judged.findings[:FINDINGS_KEPT]]
    _settle(delivery, kind, judged, rows, good)
    if delivery.state == "read":
        _write(delivery, kind, rows.filter(pl.col("fate").is_in(["new", "changed"])), good)
        announce(FeedRowsReceived(feed.zone, feed.kind, delivery.pk), zone=feed.zone)
    delivery.save()
    return TakenUp(delivery)


def _fated(feed: Feed, kind: FeedKind, checked: rules.Checked) -> pl.DataFrame:
    """The good rows with what becomes of each."""
    told = [(line, rules.key_of(kind.key, clean), vault.blind(rules.content(clean))) for line, clean in checked.good]
    frame = pl.DataFrame(told, schema=rules.ROWS, orient="row")
    return rules.fates(frame, queries.known(feed.pk, frame["key"].unique()))


def _settle(delivery: Delivery, kind: FeedKind, judged: judging.Judged, rows: pl.DataFrame, good: Good) -> None:
    """Counts, totals, quality and state, by what was found."""
    bad, fresh = judged.checked.bad, rows.filter(pl.col("fate").is_in(["new", "changed"])).height
    delivery.rows, delivery.refused, delivery.read_at = rows.height + len(bad), len(bad), clock.now()
    delivery.accepted, delivery.repeated = fresh, rows.height - fresh
    delivery.counted = rules.totals(kind.sums, [good[line] for line in rows["line"]])
    delivery.quality = rules.quality(kind.fields, delivery.rows, bad) if judged.sheet.sound else []
    apart = rules.reconcile(kind.sums, delivery.declared, delivery.counted, needed=kind.reconciled)
    if not judged.sheet.sound or rows.is_empty():
        delivery.state, delivery.accepted, delivery.repeated = "refused", 0, 0
    elif apart:
        delivery.state, delivery.accepted, delivery.repeated = "held", 0, 0
    else:
        delivery.state = "read"
    remarks = [Finding("FEED-ROWS-REFUSED", value=str(len(bad)))] if bad else []
    delivery.findings = [one.dump() for one in [*remarks, *(apart if judged.sheet.sound else [])]] + delivery.findings
    if delivery.state == "read":
        _note_known(delivery, rows)


def _note_known(delivery: Delivery, rows: pl.DataFrame) -> None:
    """The rows that were there already, or twice in the file, with the evidence; new rows are numbered later."""
    known = rows.filter(pl.col("fate") == "known").select(
        "line", "key", row_id="row", way=pl.lit("key"), first="version"
    )
    inside = rows.filter(pl.col("fate") == "inside").select(
        "line", "key", row_id=pl.lit(None, pl.Int64), way=pl.lit("inside"), first="first"
    )
    for way, said, part in (("key", "version", known), ("inside", "line", inside)):
        _duplicates(
            delivery,
            part,
            [
                json.dumps({"key": key, said: first}, ensure_ascii=False)
                for key, first in part.select("key", "first").iter_rows()
            ],
            way,
        )


def _duplicates(delivery: Delivery, part: pl.DataFrame, evidence: list[str], way: str) -> None:
    bulk.copy_in(
        "feeds_duplicate",
        part.select("line", "row_id").with_columns(
            zone=pl.lit(delivery.zone), feed_id=pl.lit(delivery.feed_id), delivery_id=pl.lit(delivery.pk), way=pl.lit(way),
            score=pl.lit(1), evidence=pl.Series(evidence, dtype=pl.String),
        ),
    )  # fmt: skip


def _write(delivery: Delivery, kind: FeedKind, rows: pl.DataFrame, good: Good) -> None:
    """New rows, and new versions of changed ones; what a changed row was matched with goes over to its new version."""
    if rows.is_empty():
        return
    old = rows["row"].drop_nulls().to_list()
    bulk.execute("UPDATE feeds_row SET current = false WHERE id = ANY(%s)", [old])
    facts = [json.dumps(kept(kind.fields, good[line]), ensure_ascii=False) for line in rows["line"]]
    made = rows.with_columns(
        id=pl.Series(bulk.next_ids("feeds_row", rows.height), dtype=pl.Int64), facts=pl.Series(facts)
    )
    told = {
        "zone": pl.lit(delivery.zone),
        "feed_id": pl.lit(delivery.feed_id),
        "delivery_id": pl.lit(delivery.pk),
        "current": pl.lit(True),
    }
    bulk.copy_in(
        "feeds_row",
        made.select("id", "key", "line", "digest", "facts", version=pl.col("version").fill_null(0) + 1, **told),
    )
    if kind.parcels:
        for new, before in made.filter(pl.col("row").is_not_null()).select("id", "row").iter_rows():
            bulk.execute(
                "UPDATE feeds_duplicate SET row_id = %s WHERE row_id = %s AND declaration IS NOT NULL", [new, before]
            )
        _parcels(delivery, made.select("id", "line"), good)


def _grams(text: Any) -> int:
    return int((Decimal(str(text)) * 1000).quantize(Decimal(1), ROUND_HALF_UP))


def _parcels(delivery: Delivery, made: pl.DataFrame, good: Good) -> None:
    """What the new parcels are recognised by; those that a 9610 list declares as well are noted."""
    told = [(row, *_recognised(good[line])) for row, line in made.iter_rows()]
    columns = ["row", "waybill_no", "order_key", "address", "grams", "day"]
    frame = pl.DataFrame(told, schema=columns, orient="row", infer_schema_length=None).with_columns(
        pl.col("day").str.to_date()
    )
    keys = pl.when(pl.col("address") == "").then(pl.lit("")).otherwise(address_key("address"))
    frame = frame.with_columns(consignee_key=keys).drop("address")
    bulk.copy_in("feeds_parcel", frame.rename({"row": "row_id"}).with_columns(zone=pl.lit(delivery.zone)))
    bulk.execute(ELSEWHERE, [delivery.pk])
    sought = ListsSought(delivery.zone, parcels=frame.drop("row", "grams"))
    announce(sought)
    if sought.found:
        lists = pl.concat(sought.found)
        _matched(
            delivery.zone,
            queries.unlisted(delivery.zone, lists).filter(pl.col("row").is_in(frame["row"].implode())),
            lists,
        )


ELSEWHERE = (
    "INSERT INTO feeds_duplicate (zone, feed_id, delivery_id, row_id, line, way, score, evidence) "
    "SELECT r.zone, r.feed_id, r.delivery_id, r.id, r.line, 'feed', 1, jsonb_build_object('waybill_no', p.waybill_no, 'feed', f.code) "
    "FROM feeds_row r JOIN feeds_parcel p ON p.row_id = r.id JOIN feeds_parcel q ON q.waybill_no = p.waybill_no AND q.zone = p.zone "
    "JOIN feeds_row o ON o.id = q.row_id AND o.current AND o.feed_id <> r.feed_id JOIN feeds_feed f ON f.id = o.feed_id WHERE r.delivery_id = %s"
)


def _recognised(clean: Values[str, Any]) -> tuple[str, str, str, int, str]:
    order = f"{clean['ebp_code']}|{clean['order_no']}" if clean.get("ebp_code") and clean.get("order_no") else ""
    return (
        clean["waybill_no"],
        order,
        clean.get("consignee_address", ""),
        _grams(clean["weight_kg"]),
        clean["posted_on"],
    )


def _matched(zone: str, parcels: pl.DataFrame, lists: pl.DataFrame) -> int:
    """Keep the evidence that a parcel and a 9610 list are one; a list that was matched before is passed over."""
    if parcels.is_empty() or lists.is_empty():
        return 0
    taken = bulk.fetch(
        "SELECT declaration FROM feeds_duplicate WHERE declaration = ANY(%s)",
        [lists["list"].to_list()],
        {"declaration": pl.Int64},
    )
    free = lists.filter(~pl.col("list").is_in(taken["declaration"].implode())).drop("zone")
    pairs = rules.match(parcels, free)
    known = {one["row"]: one for one in parcels.iter_rows(named=True)}
    query = (
        "INSERT INTO feeds_duplicate (zone, feed_id, delivery_id, row_id, line, way, declaration, score, evidence) "
        "SELECT zone, feed_id, delivery_id, id, line, %s, %s, %s, %s FROM feeds_row WHERE id = %s ON CONFLICT DO NOTHING"
    )
    return sum(
        bulk.execute(
            query,
            [
                one["way"],
                one["list"],
                one["score"],
                json.dumps(rules.evidence(one, known[one["row"]]), ensure_ascii=False),
                one["row"],
            ],
        )
        for one in pairs.iter_rows(named=True)
    )


@dataclass(slots=True)
class Met:
    matched: int = 0

    def audit(self) -> dict[str, Any] | None:
        return {"subject": "feeds.parcels", "facts": {"matched": self.matched}} if self.matched else None


@action("feeds.meet", title="邮(快)件与清单比对")
def meet_lists(actor: Actor, messages: list[int]) -> Met:
    """9610 lists came in after a mail or express list: those that are among its parcels are noted; again changes nothing."""
    if not Parcel.objects.exists():
        return Met()
    sought = ListsSought(messages=messages)
    announce(sought)
    lists = pl.concat(sought.found) if sought.found else pl.DataFrame(schema={"zone": pl.String})
    parts = [(str(zone), part) for (zone,), part in lists.group_by("zone", maintain_order=True)]
    return Met(sum(_matched(zone, queries.unlisted(zone, part), part) for zone, part in parts))
