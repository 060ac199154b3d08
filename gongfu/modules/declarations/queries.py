"""Lists and messages, looked up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import polars as pl
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection
from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum

from gongfu.base.access.actor import Actor
from gongfu.base.cases.models import Case
from gongfu.base.kit import bulk
from gongfu.base.kit.beijing import moment
from gongfu.base.screens.words import say
from gongfu.core.rule import Finding
from gongfu.modules.declarations import flows, listed, sites
from gongfu.modules.declarations.books import drawn as drawn
from gongfu.modules.declarations.follow_ups import KINDS
from gongfu.modules.declarations.listed import rationed as rationed
from gongfu.modules.declarations.models import Declaration, FollowUp, FollowUpLine, Line, Move, Orphan
from gongfu.modules.declarations.rules import listed as positive
from gongfu.modules.declarations.rules import returns
from gongfu.modules.declarations.rules.books import shown as quantity
from gongfu.modules.declarations.rules.industries import templated as templated
from gongfu.modules.declarations.rules.reentry import Decision, decision
from gongfu.modules.intake import queries as intake

if TYPE_CHECKING:
    from gongfu.modules.intake.models import Message

MAX_LISTS, MAX_EVENTS = 200, 60
__all__ = ["drawn", "quantity", "rationed"]  # of books and the retail list, for those above


def released_on(lists: str) -> str:
    """SQL of the day a list was released: by customs' own receipt, else by our clock.  lists: the table's name in the query."""
    told = f"(SELECT left(m.returned_at, 8) FROM declarations_move m WHERE m.declaration_id = {lists}.id AND m.state = 'released')"
    own = f"({lists}.released_at AT TIME ZONE 'Asia/Shanghai')::date"
    return f"(SELECT CASE WHEN pg_input_is_valid(t.day, 'date') THEN t.day::date ELSE {own} END FROM (SELECT {told}) t(day))"


def states_of(message_id: int, lang: str = "zh") -> list[dict[str, Any]]:
    """Key, state and findings of each list that came in one message."""
    rows = Declaration.objects.filter(message_id=message_id).order_by("id")[:MAX_LISTS]
    return [
        {
            "key": row.order_no,
            "guid": row.guid,
            "state": row.state,
            "reason": row.reason,
            "invt_no": row.invt_no,
            "findings": [Finding.load(one).as_dict(lang) for one in row.findings],
        }
        for row in rows
    ]


def found(rows: QuerySet[Declaration], text: str) -> QuerySet[Declaration]:
    """By order, waybill, list or local number, or guid."""
    return rows.filter(
        Q(order_no=text) | Q(logistics_no=text) | Q(invt_no=text) | Q(local_ref_no=text) | Q(guid__iexact=text)
    )


def of_message(message_id: int) -> list[Declaration]:
    return list(Declaration.objects.filter(message_id=message_id).order_by("id")[:MAX_LISTS])


EXPORT_COLUMNS = (
    "invt_no",
    "mode",
    "declared_on",
    "state",
    "ebc_code",
    "order_no",
    "country",
    "goods_fen",
    "logistics_no",
)


PURCHASES = "declarations.purchases"
PURCHASE_COLUMNS = ("buyer_key", "zone", "invt_no", "mode", "declared_on", "state", "goods_fen")


def purchases(where: Mapping[str, Any], limit: int) -> list[dict[str, Any]]:
    """Import lists of persons as rows of the dataset `declarations.purchases`, newest first; the person is a keyed hash."""
    rows = Declaration.objects.filter(flow="I").exclude(buyer_key="")
    for name in ("zone", "buyer_key", "mode"):
        if where.get(name):
            rows = rows.filter(**{f"{name}__in": where[name]})
    return list(rows.order_by("-pk").values(*PURCHASE_COLUMNS)[:limit])


def quota_of(buyer_key: str, on: date) -> str:
    """The key of the quota of a person, as this year's import lists under that identity have it; empty without one (R-118)."""
    rows = Declaration.objects.filter(flow="I", declared_on__gte=date(on.year, 1, 1), buyer_key=buyer_key)
    return rows.values_list("quota_key", flat=True).first() or ""


def on_retail_list(code: str, name: str, mode: str, on: date) -> list[Finding]:
    """What the retail import list in force says against goods (R-201); a remark only where no more than the excerpt is at hand."""
    heads = pl.DataFrame({"document": [0], "guid": [""], "tradeMode": [mode]})
    items = pl.DataFrame({"document": [0], "gnum": [1], "gcode": [code], "gname": [name]})
    return [said for _, said in positive.findings(heads, items, listed.version(on))]


def exports(where: Mapping[str, Any], limit: int) -> list[dict[str, Any]]:
    """Export lists as rows of the dataset `declarations.exports`, newest first.  where: zone, ebc_code and mode, each a list."""
    rows = Declaration.objects.filter(flow="E")
    for name in ("zone", "ebc_code", "mode"):
        if where.get(name):
            rows = rows.filter(**{f"{name}__in": where[name]})
    return list(rows.order_by("-pk").values(*EXPORT_COLUMNS)[:limit])


EXPORTED = ("released", "closed")


def agency(
    agents: Collection[str] | None, zones: Collection[str] | None, since: date, until: date
) -> list[dict[str, Any]]:
    """Exports declared on these days, and released, by an agent that is not the seller: sums by agent, exporter (the seller) and
    currency (R-532).  agents, zones: None for all."""
    rows = Declaration.objects.filter(flow="E", state__in=EXPORTED, declared_on__range=(since, until))
    rows = rows.exclude(agent_code=F("ebc_code")).exclude(agent_code="")
    if agents is not None:
        rows = rows.filter(agent_code__in=agents)
    if zones is not None:
        rows = rows.filter(zone__in=zones)
    told = rows.values("currency", agent=F("agent_code"), exporter=F("ebc_code"))
    return [
        dict(row)
        for row in told.annotate(count=Count("pk"), goods_fen=Sum("goods_fen")).order_by(
            "agent", "exporter", "currency"
        )
    ]


# Live 9610 lists as parcels; each arm of the search has an index of its own.
PARCELS = (
    "SELECT id AS list, zone, logistics_no AS waybill_no, ebp_code || '|' || order_no AS order_key, address_key AS consignee_key, "
    "gross_g AS grams, declared_on AS day FROM declarations_declaration WHERE live AND mode = '9610' AND "
)
PARCEL = {
    "list": pl.Int64,
    "zone": pl.String,
    "waybill_no": pl.String,
    "order_key": pl.String,
    "consignee_key": pl.String,
    "grams": pl.Int64,
    "day": pl.Date,
}
DAYS_NEAR = timedelta(days=3)  # fmt: skip


def lists_among(zone: str, parcels: pl.DataFrame) -> pl.DataFrame:
    """Live 9610 lists of a zone with a parcel's waybill or order number, or, within three days, its consignee's address."""
    columns = ("waybill_no", "order_key", "consignee_key")
    known = {name: parcels[name].filter(parcels[name] != "").unique().to_list() for name in columns}
    orders = [one.partition("|")[2] for one in known["order_key"]]
    first, last = (parcels["day"].sort()[place] for place in (0, -1))
    arms = (
        ("zone = %s AND logistics_no = ANY(%s)", [zone, known["waybill_no"]]),
        ("zone = %s AND order_no = ANY(%s)", [zone, orders]),
        ("zone = %s AND received_at BETWEEN %s AND %s::date + 1 AND address_key = ANY(%s)", [zone, first - DAYS_NEAR, last + DAYS_NEAR, known["consignee_key"]]),
    )  # fmt: skip
    return pl.concat(
        [bulk.fetch(PARCELS + where, given, PARCEL) for where, given in arms if given[-1]]
        or [pl.DataFrame(schema=PARCEL)]
    ).unique("list")


def lists_of(messages: list[int]) -> pl.DataFrame:
    """Live 9610 lists that came in these messages, as parcels."""
    return bulk.fetch(PARCELS + "message_id = ANY(%s)", [messages], PARCEL)


NOT_SENT = ("waiting", "held")
SENT_ON = (
    "SELECT {0}, {1}, state FROM declarations_declaration WHERE live AND NOT state = ANY(%s) AND ({0}, {1}) IN "
    "(SELECT * FROM unnest(%s::text[], %s::text[])) ORDER BY id FOR SHARE"
)


def sent_on(keys: Collection[tuple[str, str]], *, by_waybill: bool) -> dict[tuple[str, str], str]:
    """The state of each live list that has left us, by (platform, order number) or (carrier, waybill number); kept so until the end of the transaction."""
    columns = ("logistics_code", "logistics_no") if by_waybill else ("ebp_code", "order_no")
    found = bulk.fetch(
        SENT_ON.format(*columns),
        [list(NOT_SENT), [key[0] for key in keys], [key[1] for key in keys]],
        dict.fromkeys((*columns, "state"), pl.String),
    )
    return {(one, two): state for one, two, state in found.iter_rows()}


def orphaned(messages: Collection[int]) -> frozenset[tuple[int, str]]:
    """(message, guid) of the receipts in these messages that name no list of ours."""
    return frozenset(Orphan.objects.filter(message_id__in=set(messages)).values_list("message_id", "guid"))


def stages(message: Message) -> list[dict[str, Any]]:
    """The stage rail: what was done and when, where it stands, what is to come."""
    sent = intake.sent_on(message.pk)
    moves = Move.objects.filter(declaration__message_id=message.pk)
    heard = moves.filter(origin="customs").aggregate(first=Min("at"))["first"]
    released = moves.filter(state="released").aggregate(at=Max("at"), count=Count("id"))
    refused = message.state == "refused"
    first: list[tuple[str, datetime | None, bool]] = [
        (say("接收", "Received"), message.received_at, False),
        (say("验签与校验", "Checked"), message.decided_at, refused),
    ]
    if message.type in ("CEB621Message", "CEB603Message"):
        lost = not refused and not sent["queued"] and bool(message.decided_at) and not message.sound
        first += [
            (say("三单比对", "Matched"), sent["at"] or (message.decided_at if sent["queued"] else None), lost),
            (say("转单一窗口", "Sent on"), sent["at"], False),
            (say("海关审单", "Customs"), heard, False),
            (say("放行", "Released"), released["at"], False),
        ]
    elif sent["queued"]:
        first += [(say("转单一窗口", "Sent on"), sent["at"], False)]
    return [{"title": title, "at": at, "tone": "x" if bad else "d" if at else "n"} for title, at, bad in first]


def events(message: Message) -> list[dict[str, Any]]:
    """Everything that happened to the message's documents, newest first."""
    told: list[dict[str, Any]] = [
        {"at": message.received_at, "title": say("收到报文", "Message received"), "by": f"{message.sender_code} · {message.channel}", "state": "ok"}
    ]  # fmt: skip
    if message.decided_at:
        good = message.state != "refused"
        told.append({
            "at": message.decided_at, "by": say(f"{message.documents} 份单证，{message.sound} 份合格", f"{message.documents} documents, {message.sound} in order"),
            "title": say("校验完成", "Checked") if good else say("拒收", "Refused"), "state": "ok" if good else "bad"})  # fmt: skip
    for row in intake.official(message.pk, MAX_EVENTS):
        bad = row["status"] == "100" or row["status"].startswith("-")
        told.append({
            "at": moment(row["at"]), "title": say(f"回执 {row['status']}（{row['count']} 份）", f"Receipt {row['status']} ({row['count']})"),
            "by": row["info"][:120], "state": "bad" if bad else "ok"})  # fmt: skip
    return sorted(told, key=lambda one: one["at"], reverse=True)


# ── one list, and the figures of a day ───────────────────────────────────────
RELEASED, REFUSED = ("released", "closed"), ("refused", "rejected", "failed")
PERCENTILES = (
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY s), percentile_cont(0.95) WITHIN GROUP (ORDER BY s) FROM ("
    "SELECT extract(epoch FROM released_at - received_at) AS s FROM declarations_declaration "
    "WHERE zone = ANY(%s) AND received_at >= %s AND received_at < %s AND released_at IS NOT NULL) t"
)
# Receipts refuse them, and no row was ever made.
NOT_TAKEN = (
    "SELECT substring(r.info from '^\\[Code:([^;]+);'), count(*) FROM intake_receipt r WHERE r.origin = 'platform' AND r.status LIKE '-%%' "
    "AND r.type IN ('CEB622Message', 'CEB604Message') AND r.zone = ANY(%s) AND r.recorded_at >= %s AND r.recorded_at < %s "
    "AND NOT EXISTS (SELECT FROM declarations_declaration d WHERE d.message_id = r.message_id AND d.guid = r.document_guid) GROUP BY 1 ORDER BY 2 DESC"
)
HOURLY = (
    "SELECT extract(hour FROM received_at AT TIME ZONE 'Asia/Shanghai')::int AS hour, count(*), count(*) FILTER (WHERE state = ANY(%s)) "
    "FROM declarations_declaration WHERE zone = ANY(%s) AND received_at >= %s AND received_at < %s GROUP BY 1"
)


def seen(actor: Actor, number: int) -> Declaration | None:
    """A list within the actor's reach; None for any other."""
    found: Declaration | None = Declaration.objects.seen_by(actor).filter(pk=number).first()
    return found


def zones(actor: Actor) -> list[str]:
    """The zones whose lists the actor may count."""
    if actor.reach == "zone":
        return list(actor.zones)
    return list(Declaration.objects.values_list("zone", flat=True).distinct())


def by_mode_and_state(actor: Actor, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Lists received from `start` until before `end`: count and value (fen) by mode, flow and state."""
    rows = Declaration.objects.seen_by(actor).filter(received_at__gte=start, received_at__lt=end)
    told = rows.values("mode", "flow", "state").annotate(count=Count("id"), value=Sum("goods_fen"))
    return [dict(row) for row in told.order_by("mode", "flow", "state")]


def refused_by_reason(actor: Actor, start: datetime, end: datetime) -> list[tuple[str, int]]:
    """(reason code, count) of the lists of that time that were refused, the most frequent first."""
    rows = Declaration.objects.seen_by(actor).filter(received_at__gte=start, received_at__lt=end, state__in=REFUSED)
    return list(rows.values_list("reason").annotate(count=Count("id")).order_by("-count"))


def release_seconds(zones: list[str], start: datetime, end: datetime) -> tuple[float | None, float | None]:
    """(median, 95th percentile) of the time from receipt to release; None while nothing is released."""
    with connection.cursor() as cursor:
        cursor.execute(PERCENTILES, [zones, start, end])
        median, p95 = cursor.fetchone() or (None, None)
        return median, p95


def not_taken_up(zones: list[str], start: datetime, end: datetime) -> list[tuple[str, int]]:
    """(reason code, count) of lists that did not pass the checks, so that none was recorded; the most frequent first."""
    with connection.cursor() as cursor:
        cursor.execute(NOT_TAKEN, [zones, start, end])
        return [(code or "", count) for code, count in cursor.fetchall()]


def by_hour(zones: list[str], start: datetime, end: datetime) -> dict[int, tuple[int, int]]:
    """By hour of Beijing: (lists received, released of them)."""
    with connection.cursor() as cursor:
        cursor.execute(HOURLY, [list(RELEASED), zones, start, end])
        return {hour: (count, released) for hour, count, released in cursor.fetchall()}


# ── for reconciliation ───────────────────────────────────────────────────────
def folded(kind: str, statuses: tuple[str, ...]) -> str:
    """The state that receipts with these statuses, in their order, lead a sent document of a message type to."""
    pairs = [(f"{place:017d}", status) for place, status in enumerate(statuses)]
    track = flows.follow_up_track(KINDS[kind].concludes) if kind in KINDS else flows.LIST
    return flows.steps("sent", (), pairs, track)[1]


def status_ranks() -> dict[str, int]:
    """How far along its way each receipt status of customs speaks of: the order of two of one moment."""
    return {status: flows.RANK.get(state, 0) for status, state in flows.CUSTOMS_STATE.items()}


RETURNED: dict[str, Any] = {
    "follow_up": pl.Int64,
    "kind": pl.String,
    "state": pl.String,
    "applied_on": pl.Date,
    "arrived_on": pl.Date,
    "declaration": pl.Int64,
    "gnum": pl.Int64,
    "qty": pl.Decimal(38, 5),
    "released_on": pl.Date,
}
RETURNS_OF = (
    "SELECT f.id, f.kind, f.state, (f.received_at AT TIME ZONE 'Asia/Shanghai')::date, (f.facts ->> 'arrived_on')::date, l.declaration_id, l.of_gnum, l.qty, "
    f"{released_on('d')} FROM declarations_followup f JOIN declarations_followupline l ON l.follow_up_id = f.id "
    "JOIN declarations_declaration d ON d.id = l.declaration_id WHERE f.id = ANY(%s) AND f.kind = 'CEB625Message' ORDER BY f.id, l.gnum"
)


def import_returns(follow_ups: Collection[int]) -> pl.DataFrame:
    """The lines of these import returns, with the days on which they were applied for and came back."""
    return bulk.fetch(RETURNS_OF, [list(follow_ups)], RETURNED)


IMPORTS: dict[str, Any] = {
    "declaration": pl.Int64,
    "zone": pl.String,
    "state": pl.String,
    "quota_key": pl.String,
    "assure_code": pl.String,
    "agent_code": pl.String,
    "declared_on": pl.Date,
    "released_on": pl.Date,
}


def imports(numbers: Collection[int]) -> pl.DataFrame:
    """Import lists by number: whose quota and guarantee they use, and the days that count."""
    return bulk.fetch(
        f"SELECT d.id, d.zone, d.state, d.quota_key, d.assure_code, d.agent_code, d.declared_on, {released_on('d')} "
        "FROM declarations_declaration d WHERE d.id = ANY(%s) AND d.flow = 'I' ORDER BY d.id",
        [list(numbers)],
        IMPORTS,
    )


RETURN_KINDS = (returns.IMPORT, returns.EXPORT)


def returns_seen(actor: Actor) -> QuerySet[FollowUp]:
    """Returns of imports and exports within reach."""
    rows: QuerySet[FollowUp] = FollowUp.objects.seen_by(actor).filter(kind__in=RETURN_KINDS)
    return rows.select_related("declaration")


def return_lines(row: FollowUp) -> list[tuple[FollowUpLine, Line | None]]:
    """The lines of a return beside those of its list."""
    own = {line.gnum: line for line in Line.objects.filter(declaration=row.declaration)}
    return [(line, own.get(line.of_gnum or 0)) for line in row.lines.order_by("gnum")]


def released_day(declaration: int) -> date | None:
    """The day a list was released, by customs' receipt."""
    found = bulk.fetch(
        f"SELECT {released_on('d')} FROM declarations_declaration d WHERE d.id = %s", [declaration], {"day": pl.Date}
    )
    day: date | None = found["day"][0] if found.height else None
    return day


def reason_of(row: FollowUp) -> str:
    """Why the goods come back, from the enciphered original while that is kept; free text is kept nowhere else (I12)."""
    try:
        return str(intake.document(row.message_id, row.guid).get("reason", ""))
    except ObjectDoesNotExist:
        return ""


def reentry(exported_on: date, back_on: date, hs10: str, mode: str) -> Decision:
    """How exported goods that come back are taxed (R-309)."""
    return decision(exported_on, back_on, hs10, mode)


def return_days(kind: str, released: date, applied: date) -> tuple[date | None, date]:
    """The last days of a return: to apply (None for exports, R-214) and for the goods to be back (R-214, R-308)."""
    if kind == returns.IMPORT:
        return returns.last_day_to_apply(released, applied), returns.last_day_to_arrive(released, applied)
    return None, returns.last_day_back(released, applied)


def returned_to(row: FollowUp) -> str:
    """The site of the register to which the goods of an import return go back (R-214); "" where their list names none."""
    code = row.declaration.site if row.declaration and row.kind == returns.IMPORT else ""
    return next((one.title for one in sites.of_zone(row.zone) if one.code == code), "") if code else ""


def own_list(number: str, zone: str, owner: str) -> Declaration | None:
    """The newest list of the zone by its number or its order's that belongs to the owner: the buyer himself, the declarant, the seller.

    owner: a firm's code, or the key of a person; anybody else's list is as if it were not there (I11).
    """
    if not owner:
        return None
    whose = Q(buyer_key=owner) | Q(agent_code=owner) | Q(ebc_code=owner)
    rows = Declaration.objects.in_zone(zone).filter(whose, Q(invt_no=number) | Q(order_no=number))
    row: Declaration | None = rows.exclude(state="refused").order_by("-pk").first()
    return row


def returning(declaration: int, gnum: int) -> Decimal:
    """How much of a line live returns of either kind have named."""
    rows = FollowUpLine.objects.filter(declaration_id=declaration, of_gnum=gnum, follow_up__live=True, follow_up__kind__in=RETURN_KINDS)  # fmt: skip
    return rows.aggregate(sum=Sum("qty"))["sum"] or Decimal(0)


def applications(actor: Actor) -> QuerySet[Case]:
    """Returns asked for on line, within reach: of the applicant, of the list's declarant, of the zone."""
    own = Q(pk__in=Case.objects.seen_by(actor).values("pk"))
    if actor.reach == "own" and actor.party_codes:
        own |= Q(facts__agent__in=actor.party_codes)
    rows: QuerySet[Case] = Case.objects.filter(own, kind="declarations.return")
    return rows
