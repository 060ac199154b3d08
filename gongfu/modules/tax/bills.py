"""Electronic tax bills: kept as customs says them; where they differ from ours, an item for reconciliation (R-005, R-113).

A bill, its status and the receipts of its list come in any order: a bill that names no list of ours yet is kept without one,
and found again when the list's number is told.
"""

from __future__ import annotations

import polars as pl

from gongfu.base.access.actor import WORKER
from gongfu.base.kit import bulk
from gongfu.base.kit.columns import fen
from gongfu.base.ledgers import actions as ledgers
from gongfu.core.money import yuan
from gongfu.modules.declarations import actions as declarations
from gongfu.modules.tax.actions import GUARANTEE, guarantors, wake_held

SETTLED = ("2", "3")  # summarised, void
KINDS = (("duty", "关税"), ("ct", "消费税"), ("vat", "增值税"))
UPSERT = (
    "INSERT INTO tax_bill (declaration_id, tax_no, invt_no, duty_fen, ct_fen, vat_fen, status, returned_at) "
    "SELECT (SELECT max(d.id) FROM declarations_declaration d WHERE d.invt_no = n.invt_no), n.* "
    "FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[]) "
    "AS n(tax_no, invt_no, duty_fen, ct_fen, vat_fen, status, returned_at) ORDER BY n.tax_no "
    "ON CONFLICT (tax_no) DO UPDATE SET duty_fen = EXCLUDED.duty_fen, ct_fen = EXCLUDED.ct_fen, vat_fen = EXCLUDED.vat_fen, "
    "declaration_id = coalesce(tax_bill.declaration_id, EXCLUDED.declaration_id), "
    "status = CASE WHEN tax_bill.told_at > EXCLUDED.returned_at THEN tax_bill.status ELSE EXCLUDED.status END, "
    "returned_at = EXCLUDED.returned_at WHERE tax_bill.returned_at < EXCLUDED.returned_at"
)
STATUS = (
    "INSERT INTO tax_bill (declaration_id, tax_no, invt_no, duty_fen, ct_fen, vat_fen, status, returned_at, told_at) "
    "SELECT (SELECT max(d.id) FROM declarations_declaration d WHERE d.invt_no = n.invt_no), n.tax_no, n.invt_no, 0, 0, 0, n.status, '', n.at "
    "FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS n(tax_no, invt_no, status, at) ORDER BY n.tax_no "
    "ON CONFLICT (tax_no) DO UPDATE SET status = EXCLUDED.status, told_at = EXCLUDED.told_at "
    "WHERE greatest(tax_bill.returned_at, tax_bill.told_at) <= EXCLUDED.told_at"
)
ADOPT = (
    "UPDATE tax_bill b SET declaration_id = d.id FROM declarations_declaration d "
    "WHERE d.id = ANY(%s) AND d.invt_no <> '' AND b.declaration_id IS NULL AND b.invt_no = d.invt_no RETURNING b.tax_no"
)
COMPARED = {
    "zone": pl.String,
    "declaration_id": pl.Int64,
    "agent_code": pl.String,
    "status": pl.String,
    "lines": pl.Int64,
    **{f"{whose}_{kind}": pl.Int64 for whose in ("their", "our") for kind, _ in KINDS},
}
# What customs billed beside what we computed; a status that came before its bill has no amounts yet.
COMPARE = (
    "SELECT d.zone, d.id, d.agent_code, b.status, count(a.id), b.duty_fen, b.ct_fen, b.vat_fen, coalesce(sum(a.duty_fen), 0)::bigint, "
    "coalesce(sum(a.ct_fen), 0)::bigint, coalesce(sum(a.vat_fen), 0)::bigint FROM tax_bill b JOIN declarations_declaration d ON d.id = b.declaration_id "
    "LEFT JOIN tax_assessment a ON a.declaration_id = d.id WHERE b.tax_no = ANY(%s) AND b.returned_at <> '' GROUP BY d.id, b.id ORDER BY b.id"
)
DIFFERENCE = {
    "zone": pl.String,
    "declaration_id": pl.Int64,
    **dict.fromkeys(("agent_code", "kind", "ours", "theirs"), pl.String),
}


def record(heads: pl.DataFrame) -> None:
    """CEB816: keep the bills; amounts beyond one fen a line apart become reconciliation items."""
    told = heads.with_columns(duty_fen=fen("customsTax"), ct_fen=fen("consumptionTax"), vat_fen=fen("valueAddedTax"))
    newest = told.sort("returnTime").unique("taxNo", keep="last", maintain_order=True)
    names = ("taxNo", "invtNo", "duty_fen", "ct_fen", "vat_fen", "status", "returnTime")
    bulk.execute(UPSERT, [newest[name].to_list() for name in names])
    _follow(newest["taxNo"].to_list())


def update_status(heads: pl.DataFrame) -> None:
    """CEB818: what has become of bills; of several for one bill the newest holds."""
    newest = heads.sort("returnTime").unique("taxNo", keep="last", maintain_order=True)
    bulk.execute(STATUS, [newest[name].to_list() for name in ("taxNo", "invtNo", "status", "returnTime")])
    _follow(newest["taxNo"].to_list())


def adopt(lists: list[int]) -> None:
    """Bills that came before the number of their list was told find it now."""
    if lists:
        found = bulk.fetch(ADOPT, [lists], {"tax_no": pl.String})["tax_no"].to_list()
        if found:
            _follow(found)


def _follow(bills: list[str]) -> None:
    """Keep differences; a bill that is summarised or void frees the guarantee its list held, and others go on with it (R-115, R-116)."""
    known = bulk.fetch(COMPARE, [bills], COMPARED)
    rows = [row for kind, title in KINDS for row in _differences(known, kind, title)]
    if rows:
        declarations.record_differences(WORKER, pl.DataFrame(rows, schema=DIFFERENCE, orient="row"))
    query = "SELECT DISTINCT declaration_id FROM tax_bill WHERE tax_no = ANY(%s) AND status = ANY(%s) AND declaration_id IS NOT NULL"
    done = bulk.fetch(query, [bills, list(SETTLED)], {"id": pl.Int64})["id"].to_list()
    if ledgers.settle("release", [str(number) for number in done], (GUARANTEE,)):
        wake_held(guarantors(done))


def _differences(known: pl.DataFrame, kind: str, title: str) -> list[tuple[object, ...]]:
    apart = known.filter((pl.col(f"their_{kind}") - pl.col(f"our_{kind}")).abs() > pl.col("lines"))
    picked = apart.select("zone", "declaration_id", "agent_code", f"our_{kind}", f"their_{kind}")
    return [
        (zone, number, agent, title, yuan(ours), yuan(theirs))
        for zone, number, agent, ours, theirs in picked.iter_rows()
    ]
