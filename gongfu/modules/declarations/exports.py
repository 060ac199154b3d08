"""What happens to export lists besides their state: cleared, on a bill, out of the country, in a summary, on a declaration form."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import bulk
from gongfu.base.kit.columns import grams
from gongfu.base.kit.crash import crash_point
from gongfu.modules.declarations.actions import Settled, record_differences
from gongfu.modules.declarations.follow_ups import SUMMARY
from gongfu.modules.declarations.rules import results

CLEARED = (
    "UPDATE declarations_exported e SET cleared_on = to_date(left(m.returned_at, 8), 'YYYYMMDD') FROM declarations_move m "
    "WHERE e.declaration_id = ANY(%s) AND m.declaration_id = e.declaration_id AND m.state = 'closed' AND e.cleared_on IS NULL"
)
BILLED = (
    "UPDATE declarations_exported e SET vehicle = left(f.facts ->> 'trafName', 100), voyage_no = left(f.facts ->> 'voyageNo', 32), "
    "bill_no = left(f.facts ->> 'billNo', 37), traf_mode = f.facts ->> 'trafMode' "
    "FROM declarations_followupline l JOIN declarations_followup f ON f.id = l.follow_up_id "
    "WHERE f.id = ANY(%s) AND e.declaration_id = l.declaration_id AND e.summary_id IS NULL"
)
LEFT = (
    "UPDATE declarations_exported e SET left_at = to_timestamp((f.facts ->> 'leaveTime') || '+08', 'YYYYMMDDHH24MISSTZH') "
    "FROM declarations_followupline l JOIN declarations_followup f ON f.id = l.follow_up_id "
    "WHERE f.id = ANY(%s) AND e.declaration_id = l.declaration_id AND e.left_at IS NULL"
)
SUMMED = (
    "UPDATE declarations_exported e SET summary_id = l.follow_up_id FROM declarations_followupline l "
    "WHERE l.follow_up_id = ANY(%s) AND e.declaration_id = l.declaration_id AND e.summary_id IS NULL"
)
UNSUMMED = "UPDATE declarations_exported SET summary_id = NULL WHERE summary_id = ANY(%s)"


@action("declarations.cleared", title="出口清单结关")
def clear(actor: Actor, declarations: Sequence[int]) -> Settled:
    """Note the day on which customs cleared these export lists (R-302); imports among them are left out."""
    return _told("cleared", bulk.execute(CLEARED, [list(declarations)]))


@action("declarations.shipped", title="出口清单运输信息")
def ship(actor: Actor, kind: str, follow_ups: Sequence[int]) -> Settled:
    """What a master bill or a departure that customs took says of its lists. A list that is in a summary keeps its merge key."""
    query = {"CEB607Message": BILLED, "CEB509Message": LEFT}[kind]
    return _told("shipped", bulk.execute(query, [list(follow_ups)]))


@action("declarations.summed", title="清单列入汇总")
def take_in(actor: Actor, follow_ups: Sequence[int]) -> Settled:
    """The lists of these summary applications are in them and in no other (R-303)."""
    taken = bulk.execute(SUMMED, [list(follow_ups)])
    crash_point("summary.taken")
    return _told("summed", taken)


@action("declarations.unsummed", title="清单移出汇总")
def give_back(actor: Actor, follow_ups: Sequence[int]) -> Settled:
    """Customs refused these applications: their lists are to be summarised again."""
    return _told("unsummed", bulk.execute(UNSUMMED, [list(follow_ups)]))


def _told(what: str, count: int) -> Settled:
    return Settled({what: count} if count else {})


OF_SUMMARY = {
    "sumNo": pl.String,
    "follow_up_id": pl.Int64,
    "zone": pl.String,
    "agent_code": pl.String,
    "ebc_code": pl.String,
}
APPLIED = (
    "SELECT official_no, id, zone, agent_code, ebc_code FROM declarations_followup WHERE kind = %s AND live AND official_no = ANY(%s) "
    "ORDER BY id FOR UPDATE"
)
LISTED = {"sumNo": pl.String, "declaration": pl.Int64, "agent_code": pl.String, "invtNo": pl.String, "gnum": pl.Int64, "hs10": pl.String, "seq_no": pl.String}  # fmt: skip
LISTS = (
    "SELECT f.official_no, d.id, d.agent_code, d.invt_no, n.gnum, n.hs10, s.seq_no FROM declarations_followup f "
    "JOIN declarations_followupline l ON l.follow_up_id = f.id JOIN declarations_declaration d ON d.id = l.declaration_id "
    "JOIN declarations_line n ON n.declaration_id = d.id LEFT JOIN declarations_summaryline x ON x.declaration_id = d.id AND x.gnum = n.gnum "
    "LEFT JOIN declarations_summaryform s ON s.id = x.form_id WHERE f.id = ANY(%s) ORDER BY d.id, n.gnum"
)
FORMED = (
    "INSERT INTO declarations_summaryform (zone, follow_up_id, sum_no, seq_no, entry_id, state, agent_code, ebc_code, customs_code, gross_g, "
    "net_g, told_at) SELECT * FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], %s::text[], "
    "%s::text[], %s::bigint[], %s::bigint[], %s::text[]) "
    "ON CONFLICT (seq_no) DO UPDATE SET state = EXCLUDED.state, told_at = EXCLUDED.told_at, gross_g = EXCLUDED.gross_g, net_g = EXCLUDED.net_g, "
    "entry_id = CASE WHEN EXCLUDED.entry_id = '' THEN declarations_summaryform.entry_id ELSE EXCLUDED.entry_id END "
    "WHERE declarations_summaryform.told_at <= EXCLUDED.told_at"
)
COLUMNS = (
    "zone",
    "follow_up_id",
    "sumNo",
    "declSeqNo",
    "entry_id",
    "decState",
    "agent_code",
    "ebc_code",
    "customsCode",
    "gross_g",
    "net_g",
    "opDate",
)


@action("declarations.formed", title="汇总结果单")
def record_results(actor: Actor, heads: pl.DataFrame, items: pl.DataFrame) -> Settled:
    """Keep the forms that customs made of summaries (CEB792) and which list line went into which form line.

    A later telling of the same form (declSeqNo) brings its state up to date; an older one is history. What names no summary
    of ours is put aside (`Orphan`), and so is a line of a list that is not in it; a line told otherwise than it was declared is a
    reconciliation item: theirs holds (R-005).
    """
    known = bulk.fetch(APPLIED, [SUMMARY, heads["sumNo"].unique().to_list()], OF_SUMMARY)
    firsts = known.unique("sumNo", keep="first", maintain_order=True)
    orphans = heads.join(firsts, on="sumNo", how="anti", maintain_order="left")
    _put_aside(orphans)
    ours = heads.drop("zone").join(firsts, on="sumNo", how="inner", maintain_order="left")
    if ours.is_empty():
        return _told("orphans", orphans.height)
    _keep_forms(ours)
    crash_point("summary.formed")
    listed = bulk.fetch(LISTS, [known["follow_up_id"].to_list()], LISTED)
    told = items.join(ours.select("document", "sumNo", "declSeqNo"), on="document", how="inner", maintain_order="left")
    sound, wrong = results.compared(told, listed)
    strange = results.strangers(told, listed)
    _put_aside_lines(ours, strange)
    _keep_lines(sound)
    if not wrong.is_empty():
        rows = wrong.join(firsts.select("sumNo", "zone"), on="sumNo", how="left", maintain_order="left")
        record_differences(actor, rows.rename({"declaration": "declaration_id"}))
    counts = {"forms": ours["declSeqNo"].n_unique(), "lines": sound.height, "differences": wrong.height, "orphans": orphans.height + strange.height}  # fmt: skip
    return Settled({name: count for name, count in counts.items() if count})


def _keep_forms(ours: pl.DataFrame) -> None:
    """Of several parts or tellings of one form in the batch, the latest speaks for it."""
    last = ours.sort("opDate", maintain_order=True).unique("declSeqNo", keep="last", maintain_order=True)
    rows = last.with_columns(
        entry_id=pl.col("entryId").fill_null(""), gross_g=grams("grossWeight"), net_g=grams("netWeight")
    )
    bulk.execute(FORMED, [rows[name].to_list() for name in COLUMNS])


def _keep_lines(sound: pl.DataFrame) -> None:
    """sound: seq_no, place, declaration, gnum."""
    numbers = bulk.fetch(
        "SELECT seq_no, id FROM declarations_summaryform WHERE seq_no = ANY(%s)",
        [sound["seq_no"].unique().to_list()],
        {"seq_no": pl.String, "form_id": pl.Int64},
    )
    rows = sound.join(numbers, on="seq_no", how="inner", maintain_order="left")
    bulk.copy_in(
        "declarations_summaryline",
        rows.select("form_id", "place", pl.col("declaration").alias("declaration_id"), "gnum"),
    )


def _put_aside(orphans: pl.DataFrame) -> None:
    bulk.copy_in(
        "declarations_orphan",
        orphans.select(
            "zone",
            "message_id",
            pl.lit("CEB792Message").alias("type"),
            "guid",
            pl.col("decState").alias("status"),
            pl.col("opDate").alias("returned_at"),
            pl.format("汇总申请 {} 统一编号 {} 报关单 {}", "sumNo", "declSeqNo", pl.col("entryId").fill_null("—")).alias("info"),
        ),
    )  # fmt: skip


def _put_aside_lines(heads: pl.DataFrame, strange: pl.DataFrame) -> None:
    """Lines of lists that are not in the summary whose form they are told in."""
    rows = strange.join(heads.select("document", "zone", "message_id", "guid", "decState", "opDate"), on="document", how="inner", maintain_order="left")  # fmt: skip
    info = pl.format("汇总 {} 报关单 {} 中的清单 {} 第 {} 项不在申请内", "sumNo", "declSeqNo", "invtNo", "gnum")
    told = rows.select("zone", "message_id", pl.lit("CEB792Message").alias("type"), "guid", status="decState", returned_at="opDate", info=info)
    bulk.copy_in("declarations_orphan", told)
