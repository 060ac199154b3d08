"""Electronic tax bills: kept as customs says them; where they differ from ours, an item for reconciliation (R-005, R-113).

A bill, its status and the receipts of its list come in any order: a bill that names no list of ours yet is kept without one,
and found again when the list's number is told.
"""

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
from gongfu.modules.tax.actions import GUARANTEE, guarantors, wake_held
from gongfu.modules.tax.models import Bill

KINDS = (("duty", "关税"), ("ct", "消费税"), ("vat", "增值税"))
UPSERT = (
    "INSERT INTO tax_bill (declaration_id, tax_no, invt_no, duty_no, duty_fen, ct_fen, vat_fen, status, returned_at) "
    "SELECT (SELECT max(d.id) FROM declarations_declaration d WHERE d.invt_no = n.invt_no), n.* "
    "FROM unnest(%s::text[], %s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[]) "
    "AS n(tax_no, invt_no, duty_no, duty_fen, ct_fen, vat_fen, status, returned_at) ORDER BY n.tax_no "
    "ON CONFLICT (tax_no) DO UPDATE SET duty_fen = EXCLUDED.duty_fen, ct_fen = EXCLUDED.ct_fen, vat_fen = EXCLUDED.vat_fen, "
    "declaration_id = coalesce(tax_bill.declaration_id, EXCLUDED.declaration_id), duty_no = coalesce(nullif(EXCLUDED.duty_no, ''), tax_bill.duty_no), "
    "returned_fen = least(tax_bill.returned_fen, EXCLUDED.duty_fen + EXCLUDED.ct_fen + EXCLUDED.vat_fen), "
    "status = CASE WHEN tax_bill.told_at > EXCLUDED.returned_at THEN tax_bill.status ELSE EXCLUDED.status END, "
    "returned_at = EXCLUDED.returned_at WHERE tax_bill.returned_at < EXCLUDED.returned_at"
)
STATUS = (
    "INSERT INTO tax_bill (declaration_id, tax_no, invt_no, duty_no, duty_fen, ct_fen, vat_fen, status, returned_at, told_at) "
    "SELECT (SELECT max(d.id) FROM declarations_declaration d WHERE d.invt_no = n.invt_no), n.tax_no, n.invt_no, n.duty_no, 0, 0, 0, n.status, '', n.at "
    "FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[], %s::text[]) AS n(tax_no, invt_no, duty_no, status, at) ORDER BY n.tax_no "
    "ON CONFLICT (tax_no) DO UPDATE SET status = EXCLUDED.status, told_at = EXCLUDED.told_at, duty_no = coalesce(nullif(EXCLUDED.duty_no, ''), tax_bill.duty_no) "
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
# What a bill knows of its list: whose it is, and the day of release.
OWN = (
    "UPDATE tax_bill b SET zone = d.zone, agent_code = d.agent_code, assure_code = d.assure_code, "
    f"released_on = coalesce(b.released_on, {released_on('d')}) FROM declarations_declaration d WHERE d.id = b.declaration_id AND "
)
# After a return a bill is either an older one, of which the returned tax is no longer due, or one issued anew for the rest: then what
# was returned before it came is not in its amounts. Which of the two it is, its amounts say.
BACK = (
    "CROSS JOIN LATERAL (SELECT coalesce(sum(duty_fen + ct_fen + vat_fen), 0)::bigint AS ours FROM tax_assessment WHERE declaration_id = b.declaration_id) a "
    "CROSS JOIN LATERAL (SELECT coalesce(sum(duty_fen + ct_fen + vat_fen), 0)::bigint AS whole, "
    "coalesce(sum(duty_fen + ct_fen + vat_fen) FILTER (WHERE at < b.recorded_at), 0)::bigint AS earlier, "
    "coalesce(sum(duty_fen) FILTER (WHERE at < b.recorded_at), 0)::bigint AS duty, coalesce(sum(ct_fen) FILTER (WHERE at < b.recorded_at), 0)::bigint AS ct, "
    "coalesce(sum(vat_fen) FILTER (WHERE at < b.recorded_at), 0)::bigint AS vat FROM tax_returned WHERE declaration_id = b.declaration_id) r "
    "CROSS JOIN LATERAL (SELECT b.duty_fen + b.ct_fen + b.vat_fen AS told) t "
    "CROSS JOIN LATERAL (SELECT r.earlier > 0 AND abs(t.told - (a.ours - r.earlier)) < abs(t.told - a.ours) AS anew) n "
)
LESS = (
    "UPDATE tax_bill u SET returned_fen = least(s.told, greatest(0, s.whole - CASE WHEN s.anew THEN s.earlier ELSE 0 END)) FROM "
    f"(SELECT b.id, t.told, r.whole, r.earlier, n.anew FROM tax_bill b {BACK} WHERE b.declaration_id = ANY(%s)) s WHERE u.id = s.id AND s.whole > 0"
)
# What customs billed beside what we computed; a status that came before its bill has no amounts yet.
COMPARE = (
    "SELECT d.zone, d.id, d.agent_code, b.status, (SELECT count(*) FROM tax_assessment x WHERE x.declaration_id = d.id), b.duty_fen, b.ct_fen, b.vat_fen, "
    + ", ".join(
        f"(SELECT coalesce(sum(x.{kind}_fen), 0)::bigint FROM tax_assessment x WHERE x.declaration_id = d.id) - CASE WHEN n.anew THEN r.{kind} ELSE 0 END"
        for kind, _ in KINDS
    )
    + f" FROM tax_bill b JOIN declarations_declaration d ON d.id = b.declaration_id {BACK}"
    "WHERE b.tax_no = ANY(%s) AND b.returned_at <> '' ORDER BY b.id"
)
DIFFERENCE = {
    "zone": pl.String,
    "declaration_id": pl.Int64,
    **dict.fromkeys(("agent_code", "kind", "ours", "theirs"), pl.String),
}


# A void bill frees the guarantee only where nothing of the list's tax is left to bill: after a return of a part, a bill for the
# rest takes its place, and the returned part was freed by the return itself.
FREED = (
    "SELECT DISTINCT b.declaration_id FROM tax_bill b WHERE b.tax_no = ANY(%s) AND b.declaration_id IS NOT NULL AND (b.status = '2' OR "
    "(b.status = '3' AND NOT EXISTS (SELECT FROM tax_bill o WHERE o.declaration_id = b.declaration_id AND o.status <> '3') "
    "AND NOT EXISTS (SELECT FROM tax_returned r WHERE r.declaration_id = b.declaration_id)))"
)


def record(heads: pl.DataFrame) -> None:
    """CEB816: keep the bills; amounts beyond one fen a line apart become reconciliation items."""
    told = heads.with_columns(duty_fen=fen("customsTax"), ct_fen=fen("consumptionTax"), vat_fen=fen("valueAddedTax"))
    newest = _newest(told)
    names = ("taxNo", "invtNo", "duty_no", "duty_fen", "ct_fen", "vat_fen", "status", "returnTime")
    bulk.execute(UPSERT, [newest[name].to_list() for name in names])
    _follow(newest["taxNo"].to_list())


def update_status(heads: pl.DataFrame) -> None:
    """CEB818: what has become of bills; of several for one bill the newest holds."""
    newest = _newest(heads)
    bulk.execute(STATUS, [newest[name].to_list() for name in ("taxNo", "invtNo", "duty_no", "status", "returnTime")])
    _follow(newest["taxNo"].to_list())


def _newest(heads: pl.DataFrame) -> pl.DataFrame:
    """The newest of each bill, with the number of its payment book."""
    number = blank("entDutyNo") if "entDutyNo" in heads.columns else pl.lit("", pl.String)
    return heads.sort("returnTime").unique("taxNo", keep="last", maintain_order=True).with_columns(duty_no=number)


def less_returned(lists: list[int]) -> None:
    """Make every bill of these lists say how much of its tax returns took back (R-117)."""
    if lists:
        bulk.execute(LESS, [lists])


def adopt(lists: list[int]) -> None:
    """Bills that came before the number of their list was told find it now, and all of them learn the day of release."""
    if lists:
        bulk.execute(OWN + "b.declaration_id = ANY(%s) AND b.released_on IS NULL", [lists])
        found = bulk.fetch(ADOPT, [lists], {"tax_no": pl.String})["tax_no"].to_list()
        if found:
            _follow(found)


def _follow(bills: list[str]) -> None:
    """Keep differences; a bill that is summarised or void frees the guarantee its list held, and others go on with it (R-115, R-116)."""
    bulk.execute(OWN + "b.tax_no = ANY(%s)", [bills])
    known = bulk.fetch(COMPARE, [bills], COMPARED)
    less_returned(known["declaration_id"].to_list())
    rows = [row for kind, title in KINDS for row in _differences(known, kind, title)]
    if rows:
        declarations.record_differences(WORKER, pl.DataFrame(rows, schema=DIFFERENCE, orient="row"))
    done = bulk.fetch(FREED, [bills], {"id": pl.Int64})["id"].to_list()
    if ledgers.settle("release", [str(number) for number in done], (GUARANTEE,)):
        wake_held(guarantors(done))


def _differences(known: pl.DataFrame, kind: str, title: str) -> list[tuple[object, ...]]:
    apart = known.filter((pl.col(f"their_{kind}") - pl.col(f"our_{kind}")).abs() > pl.col("lines"))
    picked = apart.select("zone", "declaration_id", "agent_code", f"our_{kind}", f"their_{kind}")
    return [
        (zone, number, agent, title, yuan(ours), yuan(theirs))
        for zone, number, agent, ours, theirs in picked.iter_rows()
    ]


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
    """Note the day on which a bill within reach was paid (the late fee stops there); a finding where it cannot be (R-116)."""
    bill = Bill.objects.seen_by(actor).select_for_update().filter(pk=number).first()
    if bill is None:
        return Noted("", paid_on, findings=(Finding("TAX-BILL-UNKNOWN", field="number", value=str(number)),))
    code, value = "", bill.tax_no
    if bill.paid_on is not None or bill.status == "3":
        code = "TAX-BILL-SETTLED"
    elif not (bill.released_on or paid_on) <= paid_on <= civil_date(clock.now()):
        code, value = "TAX-BILL-DAY", str(paid_on)
    if code:
        said = Finding(code, field="paid_on", value=value, facts={"tax_no": bill.tax_no}, rules=("R-116",))
        return Noted(bill.tax_no, paid_on, findings=(said,))
    bill.paid_on = paid_on
    bill.save(update_fields=["paid_on"])
    return Noted(bill.tax_no, paid_on, bill.zone)
