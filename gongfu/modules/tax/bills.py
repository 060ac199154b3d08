"""Electronic tax bills: kept as customs says them; where they differ from ours, an item for reconciliation (R-005, R-113, R-116)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from gongfu.base.access.actor import WORKER, Actor
from gongfu.base.audit.action import action
from gongfu.base.kit import bulk, clock
from gongfu.base.kit.beijing import civil_date
from gongfu.base.kit.columns import blank, fen
from gongfu.base.ledgers import actions as ledgers
from gongfu.core.money import yuan
from gongfu.core.rule import Finding
from gongfu.modules.declarations import actions as declarations
from gongfu.modules.declarations.queries import released_on
from gongfu.modules.tax.actions import GUARANTEE
from gongfu.modules.tax.models import Bill

TAXES = ("duty", "ct", "vat")
OURS: dict[str, Any] = {
    "declaration_id": pl.Int64,
    "zone": pl.String,
    "agent_code": pl.String,
    "assure_code": pl.String,
    "invt_no": pl.String,
    "released_on": pl.Date,
    "lines": pl.Int64,
    **{f"our_{one}": pl.Int64 for one in TAXES},
    **{f"back_{one}": pl.Int64 for one in TAXES},
}
QUERY = (
    f"SELECT d.id, d.zone, d.agent_code, d.assure_code, d.invt_no, {released_on('d')}, a.lines, a.duty, a.ct, a.vat, r.duty, r.ct, r.vat "
    "FROM declarations_declaration d CROSS JOIN LATERAL (SELECT count(*) AS lines, coalesce(sum(duty_fen), 0)::bigint AS duty, coalesce(sum(ct_fen), 0)::bigint AS ct, "
    "coalesce(sum(vat_fen), 0)::bigint AS vat FROM tax_assessment WHERE declaration_id = d.id) a CROSS JOIN LATERAL "
    "(SELECT coalesce(sum(duty_fen), 0)::bigint AS duty, coalesce(sum(ct_fen), 0)::bigint AS ct, coalesce(sum(vat_fen), 0)::bigint AS vat "
    "FROM tax_returned WHERE declaration_id = d.id) r WHERE d.invt_no = ANY(%s)"
)
UPSERT = (
    "INSERT INTO tax_bill (zone, declaration_id, invt_no, agent_code, assure_code, released_on, tax_no, duty_no, duty_fen, ct_fen, vat_fen, returned_fen, status, returned_at) "
    "SELECT * FROM unnest(%s::text[], %s::bigint[], %s::text[], %s::text[], %s::text[], %s::date[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[]) "
    "ON CONFLICT (tax_no) DO UPDATE SET duty_no = EXCLUDED.duty_no, duty_fen = EXCLUDED.duty_fen, ct_fen = EXCLUDED.ct_fen, vat_fen = EXCLUDED.vat_fen, "
    "returned_fen = EXCLUDED.returned_fen, status = EXCLUDED.status, returned_at = EXCLUDED.returned_at WHERE tax_bill.returned_at < EXCLUDED.returned_at"
)
COLUMNS = (
    "zone", "declaration_id", "invtNo", "agent_code", "assure_code", "released_on", "taxNo", "duty_no",
    "duty_fen", "ct_fen", "vat_fen", "returned_fen", "status", "returnTime",
)  # fmt: skip
KINDS = (("duty", "关税"), ("ct", "消费税"), ("vat", "增值税"))
NO_DUTY = pl.lit("", pl.String)


def record(heads: pl.DataFrame) -> None:
    """Keep the bills of our lists; amounts beyond one fen a line apart become reconciliation items.

    After a return a bill is either the old one, of which the returned tax is no longer due, or one issued anew for the rest.
    """
    told = heads.with_columns(
        duty_fen=fen("customsTax"), ct_fen=fen("consumptionTax"), vat_fen=fen("valueAddedTax"),
        duty_no=blank("entDutyNo") if "entDutyNo" in heads.columns else NO_DUTY,
    ).drop("agent_code", "assure_code", "zone", strict=False)  # fmt: skip
    ours = bulk.fetch(QUERY, [told["invtNo"].to_list()], OURS)
    known = (
        told.sort("returnTime")
        .join(ours, left_on="invtNo", right_on="invt_no", how="inner", maintain_order="left")
        .unique("taxNo", keep="last", maintain_order=True)
    )
    known = _expected(known)
    bulk.execute(UPSERT, [known[name].to_list() for name in COLUMNS])
    rows = [row for kind, title in KINDS for row in _differences(known, kind, title)]
    if rows:
        names = ("zone", "declaration_id", "agent_code", "kind", "ours", "theirs")
        schema = {name: pl.Int64 if name == "declaration_id" else pl.String for name in names}
        declarations.record_differences(WORKER, pl.DataFrame(rows, schema=schema, orient="row"))


def _expected(known: pl.DataFrame) -> pl.DataFrame:
    """Add returned_fen, and make `our_…` what the bill should say: the whole tax, or the rest where it was issued for the rest."""
    told = pl.sum_horizontal("duty_fen", "ct_fen", "vat_fen")
    ours, back = (pl.sum_horizontal(*(f"{side}_{one}" for one in TAXES)) for side in ("our", "back"))
    anew = (back > 0) & ((told - (ours - back)).abs() < (told - ours).abs())
    return known.with_columns(
        returned_fen=pl.when(anew).then(0).otherwise(pl.min_horizontal(back, told)),
        **{f"our_{one}": pl.when(anew).then(pl.col(f"our_{one}") - pl.col(f"back_{one}")).otherwise(f"our_{one}") for one in TAXES},
    )  # fmt: skip


def _differences(known: pl.DataFrame, kind: str, title: str) -> list[tuple[object, ...]]:
    apart = known.filter((pl.col(f"{kind}_fen") - pl.col(f"our_{kind}")).abs() > pl.col("lines"))
    picked = apart.select("zone", "declaration_id", "agent_code", f"our_{kind}", f"{kind}_fen")
    return [
        (zone, number, agent, title, yuan(ours), yuan(theirs))
        for zone, number, agent, ours, theirs in picked.iter_rows()
    ]


# A void bill frees the guarantee only where nothing of the list's tax is left to bill: after a return for a part, a bill for the
# rest takes its place, and the returned part was freed by the return itself.
FREED = (
    "SELECT DISTINCT b.declaration_id FROM tax_bill b WHERE b.tax_no = ANY(%s) AND (b.status = '2' OR (b.status = '3' AND NOT EXISTS "
    "(SELECT FROM tax_bill o WHERE o.declaration_id = b.declaration_id AND o.status <> '3') AND NOT EXISTS "
    "(SELECT FROM tax_returned r WHERE r.declaration_id = b.declaration_id)))"
)


def update_status(heads: pl.DataFrame) -> None:
    """CEB818: a bill that is summarised, or void with nothing in its place, frees the guarantee its list held."""
    numbers = blank("entDutyNo") if "entDutyNo" in heads.columns else NO_DUTY
    told = heads.sort("returnTime").unique("taxNo", keep="last", maintain_order=True).with_columns(duty_no=numbers)
    bulk.execute(
        "UPDATE tax_bill b SET status = n.status, returned_at = n.at, duty_no = CASE WHEN n.duty_no = '' THEN b.duty_no ELSE n.duty_no END "
        "FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS n(tax_no, status, at, duty_no) WHERE b.tax_no = n.tax_no AND b.returned_at <= n.at",
        [told[name].to_list() for name in ("taxNo", "status", "returnTime", "duty_no")],
    )
    found = bulk.fetch(FREED, [told["taxNo"].to_list()], {"id": pl.Int64})
    ledgers.settle("release", [str(number) for number in found["id"]], (GUARANTEE,))


def note_release(lists: list[int]) -> None:
    """A bill that came before the release of its list learns the day."""
    bulk.execute(
        f"UPDATE tax_bill b SET released_on = {released_on('d')} FROM declarations_declaration d "
        "WHERE b.declaration_id = ANY(%s) AND d.id = b.declaration_id AND b.released_on IS NULL",
        [lists],
    )


@dataclass(frozen=True, slots=True)
class Noted:
    """A bill noted as paid, or why it was not."""

    tax_no: str
    paid_on: date
    zone: str = ""
    findings: tuple[Finding, ...] = ()

    def audit(self) -> dict[str, Any] | None:
        facts = {"paid_on": str(self.paid_on)}
        return None if self.findings else {"subject": f"bill:{self.tax_no}", "zone": self.zone, "facts": facts}


@action("tax.pay", title="登记税单缴款")
def note_payment(actor: Actor, number: int, paid_on: date) -> Noted:
    """Note the day on which a bill within reach was paid (the late fee stops there); a finding where it cannot be."""
    bill = Bill.objects.seen_by(actor).select_for_update().filter(pk=number).first()
    if bill is None:
        return Noted("", paid_on, findings=(Finding("TAX-BILL-UNKNOWN", field="number", value=str(number)),))
    facts = {"tax_no": bill.tax_no}
    if bill.paid_on is not None or bill.status == "3":
        return Noted(bill.tax_no, paid_on, findings=(Finding("TAX-BILL-SETTLED", field="number", value=bill.tax_no, rules=("R-116",)),))  # fmt: skip
    first = bill.released_on or paid_on
    if not first <= paid_on <= civil_date(clock.now()):
        return Noted(bill.tax_no, paid_on, findings=(Finding("TAX-BILL-DAY", field="paid_on", value=str(paid_on), facts=facts, rules=("R-116",)),))  # fmt: skip
    bill.paid_on = paid_on
    bill.save(update_fields=["paid_on"])
    return Noted(bill.tax_no, paid_on, bill.zone)
