"""Export lists as pages and summaries need them: months still to be summarised, their lists in chunks, forms, the chain of one list."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import polars as pl
from django.db import connection, transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from gongfu.base.access.actor import Actor
from gongfu.base.kit import bulk
from gongfu.base.kit.beijing import digits14
from gongfu.core.ceb import codec
from gongfu.modules.declarations.follow_ups import SUMMARY
from gongfu.modules.declarations.models import Exported, FollowUp, FollowUpLine, Line, SummaryForm
from gongfu.modules.declarations.rules import summaries
from gongfu.modules.declarations.rules.lists import summary_due
from gongfu.modules.parties import queries as parties

PER_MESSAGE = 20_000  # lists of one CEB701: below the limits of elements and of size of a message
CHUNK = 100_000
GROUP = ("zone", "ebc_code", "agent_code", "customs_code")


@dataclass(frozen=True, slots=True)
class Month:
    """The cleared lists of a month, of one seller, declarant and office, that no summary holds yet."""

    first: date
    zone: str
    ebc_code: str
    agent_code: str
    customs_code: str
    lists: int

    @property
    def due(self) -> date:
        return summary_due(self.first.year, self.first.month)

    @property
    def parts(self) -> int:
        return -(-self.lists // PER_MESSAGE)

    @property
    def key(self) -> str:
        """How an address names it."""
        return f"{self.first:%Y-%m}.{self.ebc_code}.{self.agent_code}.{self.customs_code}"


def unsummarised(actor: Actor) -> QuerySet[Exported]:
    """Cleared lists of lane B within reach that are in no summary (R-302)."""
    told = Exported.objects.seen_by(actor)
    rows: QuerySet[Exported] = told.filter(
        summary=None, lane=summaries.LANE, mode__in=summaries.RETAIL, cleared_on__isnull=False
    )
    return rows


def months(actor: Actor) -> list[Month]:
    """What is still to be summarised, the earliest due first."""
    told = unsummarised(actor).annotate(first=TruncMonth("cleared_on")).values("first", *GROUP)
    rows = told.annotate(lists=Count("pk")).order_by("first", *GROUP)
    return [Month(**row) for row in rows]


def month(actor: Actor, key: str) -> Month | None:
    """The month that an address names, within reach."""
    return next((one for one in months(actor) if one.key == key), None)


def lists_of(actor: Actor, one: Month) -> QuerySet[Exported]:
    """Its lists, by their number."""
    after = date(one.first.year + one.first.month // 12, one.first.month % 12 + 1, 1)
    rows = unsummarised(actor).filter(cleared_on__gte=one.first, cleared_on__lt=after)
    return rows.filter(**{name: getattr(one, name) for name in GROUP}).order_by("pk").select_related("declaration")


def application(actor: Actor, one: Month, part: int, at: datetime) -> bytes | None:
    """The CEB701 of one part of a month's lists, ready for its declarant to sign; None where there is no such part."""
    if not 1 <= part <= one.parts:
        return None
    numbers = numbers_of(actor, one)[(part - 1) * PER_MESSAGE : part * PER_MESSAGE]
    return codec.encode(message(one, list(numbers), part, one.parts, at))


def numbers_of(actor: Actor, one: Month) -> QuerySet[Exported, str]:
    """The official numbers of its lists, in their order."""
    return lists_of(actor, one).values_list("declaration__invt_no", flat=True)


def message(one: Month, numbers: Sequence[str], part: int, parts: int, at: datetime) -> codec.Decoded:
    """The CEB701 of these lists of a month, its part of so many."""
    names = parties.names([one.agent_code, one.ebc_code])
    agent, seller = names.get(one.agent_code, one.agent_code), names.get(one.ebc_code, one.ebc_code)
    head = {
        "guid": str(uuid.uuid4()).upper(), "appType": "1", "appTime": digits14(at), "appStatus": "2", "customsCode": one.customs_code,
        "copNo": f"SUM{one.first:%Y%m}-{one.ebc_code[-6:]}-{digits14(at)[2:]}", "agentCode": one.agent_code, "agentName": agent,
        "ebcCode": one.ebc_code, "ebcName": seller, "declAgentCode": one.agent_code, "declAgentName": agent, "summaryFlag": "2",
        "itemNameFlag": "", "msgCount": str(parts), "msgSeqNo": str(part),
    }  # fmt: skip
    items = [{"invtNo": number} for number in numbers]
    party = parties.by_code(one.agent_code)
    transfer = {"copCode": one.agent_code, "copName": agent, "dxpMode": "DXP", "dxpId": party.dxp_id if party else ""}
    document = codec.Document(0, head["guid"], head, items)
    return codec.Decoded(SUMMARY, str(uuid.uuid4()).upper(), "1.0", [document], transfer)


LINES = (
    "SELECT e.declaration_id AS list, e.ebc_code, e.traf_mode, e.owner_code, e.country, e.port_code, l.country AS line_country, l.hs10, l.currency, "
    "l.unit, l.unit1, (l.qty * 100000)::bigint AS qty_units, (l.qty1 * 100000)::bigint AS qty1_units, l.total_fen "
    "FROM declarations_exported e JOIN declarations_line l ON l.declaration_id = e.declaration_id "
)
TO_COME = (
    LINES
    + "WHERE e.zone = %s AND e.summary_id IS NULL AND e.lane = 'B' AND e.mode IN ('9610', '1210') AND e.cleared_on >= %s AND e.cleared_on < %s"
)
SCHEMA: dict[str, Any] = {
    "list": pl.Int64, **dict.fromkeys((*summaries.HEADER, *summaries.LINE), pl.String), "qty_units": pl.Int64, "qty1_units": pl.Int64,
    "total_fen": pl.Int64,
}  # fmt: skip


def streamed(query: str, params: list[Any], chunk: int = CHUNK) -> Iterator[pl.DataFrame]:
    """The lines of a query in frames of whole lists, `chunk` rows or a little more each; a cursor of the server holds the rest."""
    kept = pl.DataFrame(schema=SCHEMA)
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(f"{query} ORDER BY e.declaration_id", params)
        while rows := cursor.fetchmany(chunk):
            frame = pl.concat([kept, pl.DataFrame(rows, SCHEMA, orient="row")])
            whole = frame["list"] != frame["list"][-1]
            kept = frame.filter(~whole)
            if whole.any():
                yield frame.filter(whole)
    if not kept.is_empty():
        yield kept


def forms_to_come(zone: str, first: date, chunk: int = CHUNK) -> pl.DataFrame:
    """The forms that the lists of a month would merge to (R-303): columns of summaries.MERGED.  first: the month's first day."""
    after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return summaries.forms(map(summaries.partial, streamed(TO_COME, [zone, first, after], chunk)))


def preview(actor: Actor, one: Month) -> pl.DataFrame:
    """The forms of one seller's month, before it is applied for."""
    numbers = list(lists_of(actor, one).values_list("pk", flat=True))
    return summaries.forms(
        [summaries.partial(bulk.fetch(LINES + "WHERE e.declaration_id = ANY(%s)", [numbers], SCHEMA))]
    )


def forms(actor: Actor) -> QuerySet[SummaryForm]:
    """Forms within reach."""
    rows: QuerySet[SummaryForm] = SummaryForm.objects.seen_by(actor)
    return rows


FORM_LINES = (
    "SELECT s.place, n.hs10, min(n.name), n.country, n.currency, n.unit, sum(n.qty), sum(n.total_fen), count(*), count(DISTINCT n.declaration_id) "
    "FROM declarations_summaryline s JOIN declarations_line n ON n.declaration_id = s.declaration_id AND n.gnum = s.gnum WHERE s.form_id = %s "
    "GROUP BY s.place, n.hs10, n.country, n.currency, n.unit ORDER BY s.place"
)
FORM_COLUMNS = ("place", "hs10", "name", "country", "currency", "unit", "qty", "total_fen", "lines", "lists")


def form_lines(form: SummaryForm) -> list[dict[str, Any]]:
    """Its lines, each the exact sum of the list lines that went into it."""
    with connection.cursor() as cursor:
        cursor.execute(FORM_LINES, [form.pk])
        return [dict(zip(FORM_COLUMNS, row, strict=True)) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Balance:
    """The lists of a summary against all its forms: lines and value (hundredths, by currency)."""

    listed: dict[str, tuple[int, int]]
    formed: dict[str, tuple[int, int]]

    @property
    def agrees(self) -> bool:
        return self.listed == self.formed


def balance(sum_no: str) -> Balance:
    """Whether the forms of a summary sum exactly to its lists."""
    asked = FollowUp.objects.filter(kind=SUMMARY, live=True, official_no=sum_no)
    cited = FollowUpLine.objects.filter(follow_up__in=asked).values("declaration")
    told = Line.objects.filter(declaration__in=cited).values("currency")
    listed = {
        row["currency"]: (row["n"], row["v"]) for row in told.annotate(n=Count("pk"), v=Sum("total_fen")).order_by()
    }
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.currency, count(*), sum(n.total_fen)::bigint FROM declarations_summaryline s JOIN declarations_summaryform f ON f.id = s.form_id "
            "JOIN declarations_line n ON n.declaration_id = s.declaration_id AND n.gnum = s.gnum WHERE f.sum_no = %s GROUP BY 1",
            [sum_no],
        )
        formed = {currency: (count, value) for currency, count, value in cursor.fetchall()}
    return Balance(listed, formed)


def steps(exported: Exported) -> list[FollowUpLine]:
    """What was handed in about the list or its parcel, in order."""
    one = exported.declaration
    parcel = Q(waybill_no=one.logistics_no, follow_up__facts__logisticsCode=one.logistics_code)
    rows = (
        FollowUpLine.objects.filter(Q(declaration=one) | parcel)
        .select_related("follow_up")
        .order_by("follow_up__said_at")
    )
    return list(rows)


def applications(actor: Actor) -> QuerySet[FollowUp]:
    """Summary applications within reach."""
    rows: QuerySet[FollowUp] = FollowUp.objects.seen_by(actor).filter(kind=SUMMARY)
    return rows
