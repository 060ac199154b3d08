"""Electronic tax bills: kept as customs says them; where they differ from ours, an item for reconciliation (R-005, R-113)."""

from __future__ import annotations

import polars as pl

from gongfu.base.access.actor import WORKER
from gongfu.base.kit import bulk
from gongfu.base.kit.columns import fen
from gongfu.base.ledgers import actions as ledgers
from gongfu.core.money import yuan
from gongfu.modules.declarations import actions as declarations
from gongfu.modules.tax.actions import GUARANTEE

OURS = {
    "declaration_id": pl.Int64,
    "zone": pl.String,
    "agent_code": pl.String,
    "invt_no": pl.String,
    "lines": pl.Int64,
    "our_duty": pl.Int64,
    "our_ct": pl.Int64,
    "our_vat": pl.Int64,
}
QUERY = (
    "SELECT d.id, d.zone, d.agent_code, d.invt_no, count(a.id), coalesce(sum(a.duty_fen), 0)::bigint, coalesce(sum(a.ct_fen), 0)::bigint, "
    "coalesce(sum(a.vat_fen), 0)::bigint FROM declarations_declaration d LEFT JOIN tax_assessment a ON a.declaration_id = d.id "
    "WHERE d.invt_no = ANY(%s) GROUP BY d.id"
)
UPSERT = (
    "INSERT INTO tax_bill (declaration_id, tax_no, duty_fen, ct_fen, vat_fen, status, returned_at) "
    "SELECT * FROM unnest(%s::bigint[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[]) "
    "ON CONFLICT (tax_no) DO UPDATE SET duty_fen = EXCLUDED.duty_fen, ct_fen = EXCLUDED.ct_fen, vat_fen = EXCLUDED.vat_fen, "
    "status = EXCLUDED.status, returned_at = EXCLUDED.returned_at WHERE tax_bill.returned_at < EXCLUDED.returned_at"
)
KINDS = (("duty", "关税"), ("ct", "消费税"), ("vat", "增值税"))


def record(heads: pl.DataFrame) -> None:
    """Keep the bills of our lists; amounts beyond one fen a line apart become reconciliation items."""
    told = heads.with_columns(duty_fen=fen("customsTax"), ct_fen=fen("consumptionTax"), vat_fen=fen("valueAddedTax"))
    ours = bulk.fetch(QUERY, [told["invtNo"].to_list()], OURS)
    known = (
        told.sort("returnTime")
        .join(ours, left_on="invtNo", right_on="invt_no", how="inner", maintain_order="left")
        .unique("taxNo", keep="last", maintain_order=True)
    )
    names = ("declaration_id", "taxNo", "duty_fen", "ct_fen", "vat_fen", "status", "returnTime")
    bulk.execute(UPSERT, [known[name].to_list() for name in names])
    rows = [row for kind, title in KINDS for row in _differences(known, kind, title)]
    if rows:
        schema = {
            "zone": pl.String,
            "declaration_id": pl.Int64,
            "agent_code": pl.String,
            "kind": pl.String,
            "ours": pl.String,
            "theirs": pl.String,
        }
        declarations.record_differences(WORKER, pl.DataFrame(rows, schema=schema, orient="row"))


def _differences(known: pl.DataFrame, kind: str, title: str) -> list[tuple[object, ...]]:
    apart = known.filter((pl.col(f"{kind}_fen") - pl.col(f"our_{kind}")).abs() > pl.col("lines"))
    picked = apart.select("zone", "declaration_id", "agent_code", f"our_{kind}", f"{kind}_fen")
    return [
        (zone, number, agent, title, yuan(ours), yuan(theirs))
        for zone, number, agent, ours, theirs in picked.iter_rows()
    ]


def update_status(heads: pl.DataFrame) -> None:
    """CEB818: a bill that is summarised or void frees the guarantee its list held."""
    bulk.execute(
        "UPDATE tax_bill b SET status = n.status, returned_at = n.at FROM unnest(%s::text[], %s::text[], %s::text[]) AS n(tax_no, status, at) "
        "WHERE b.tax_no = n.tax_no AND b.returned_at <= n.at",
        [heads["taxNo"].to_list(), heads["status"].to_list(), heads["returnTime"].to_list()],
    )
    settled = heads.filter(pl.col("status").is_in(["2", "3"]))["taxNo"].to_list()
    found = bulk.fetch("SELECT declaration_id FROM tax_bill WHERE tax_no = ANY(%s)", [settled], {"id": pl.Int64})
    ledgers.settle("release", [str(number) for number in found["id"]], (GUARANTEE,))
