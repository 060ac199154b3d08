"""Assessing imports, reserving quota and guarantee, and settling both when customs has answered."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import polars as pl

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.events.bus import announce
from gongfu.base.kit import bulk
from gongfu.base.kit.crash import crash_point
from gongfu.base.ledgers import actions as ledgers
from gongfu.core.money import yuan
from gongfu.core.rule import Finding
from gongfu.modules.declarations import actions as declarations
from gongfu.modules.matching import queries as matching
from gongfu.modules.matching.queries import settling
from gongfu.modules.tax.rules import retail as rules
from gongfu.modules.trade.events import FlowsRecorded
from gongfu.reference.tables import parameters

QUOTA, GUARANTEE = "quota", "guarantee"
KINDS = (QUOTA, GUARANTEE)
PAID = ("duty_fen", "ct_fen", "vat_fen")
STORED = ("declaration_id", "gnum", "path", "share_fen", "dv_fen", "duty_bp", "vat_bp", "ct_bp", *PAID)


@dataclass(frozen=True, slots=True)
class Assessed:
    counts: dict[str, int]

    def audit(self) -> dict[str, Any]:
        return {"subject": "tax", "facts": self.counts}


@action("tax.assess", title="计税与核扣")
def assess_imports(actor: Actor, lists: pl.DataFrame) -> Assessed:
    """Tax each matched import list and reserve its value and tax; what fits is ready, the rest is refused or held.

    lists: locked rows of matching.queries.  Quota before guarantee, always in account order, so that batches never deadlock.
    """
    lines = _assess(lists)
    totals = lines.group_by("declaration").agg(
        pl.col("dv_fen").sum(),
        pl.sum_horizontal(*PAID).sum().alias("tax_fen"),
        rules.pieces_of().alias("pieces"),
        pl.col("review").drop_nulls().first().alias("review"),
    )
    lists = lists.join(totals, on="declaration", how="left", maintain_order="left")
    lists = _reserve_guarantee(_reserve_quota(lists))
    crash_point("tax.reserved")
    ready = lists.filter(pl.col("code").is_null())
    stored = lines.join(ready.select("declaration", "full"), on="declaration", how="inner", maintain_order="left")
    _forget(lists)
    bulk.copy_in("tax_assessment", stored.rename({"declaration": "declaration_id"}).select(STORED))
    declarations.settle(actor, _verdicts(lists))
    return Assessed({"ready": ready.height, "other": lists.height - ready.height})


def _assess(lists: pl.DataFrame) -> pl.DataFrame:
    """Assessed lines of every list, with the parameters and rates of its declaration day."""
    own = matching.lines(lists)
    parts = []
    for (day,), heads in lists.group_by("declared_on", maintain_order=True):
        lines = own.filter(pl.col("declaration").is_in(heads["declaration"].implode()))
        parts.append(rules.assess(heads.select("declaration", "freight_fen", "insured_fen"), lines, on=day))
    return pl.concat(parts)


def _reserve_quota(lists: pl.DataFrame) -> pl.DataFrame:
    """Add `code` (null when the buyer's year allows the list) and `full`; reserve for those that fit, in order of receipt (R-102, R-108)."""
    lists = lists.with_columns(period=pl.col("declared_on").dt.year().cast(pl.String))
    days = {day: parameters(day) for day in lists["declared_on"].unique()}
    limits = {
        day: (int(known["import.single_limit_fen"]), int(known["import.annual_limit_fen"]))
        for day, known in days.items()
    }
    owners = lists.select("quota_key", "period", "declared_on").unique(
        ["quota_key", "period"], keep="first", maintain_order=True
    )
    ledgers.open_accounts(
        QUOTA, owners["quota_key"], owners["period"], [limits[day][1] for day in owners["declared_on"]]
    )
    accounts = ledgers.lock(QUOTA, owners["quota_key"].to_list(), owners["period"].to_list())
    used = {(owner, period): [account, left] for account, owner, period, _, left in accounts.iter_rows()}
    decided, entries = [], []
    order = ("declaration", "quota_key", "period", "declared_on", "dv_fen", "pieces", "review", "state", "reason")
    for number, owner, period, day, value, pieces, review, *_ in lists.select(order).iter_rows():
        account = used[owner, period]
        path = rules.channel(value, pieces, account[1], *limits[day])
        fits = path in ("within", "full")
        decided.append((number, path if not fits else review, path == "full"))
        if fits and not review:
            account[1] += value
            entries.append((account[0], str(number), value))
    said = pl.DataFrame(decided, schema={"declaration": pl.Int64, "code": pl.String, "full": pl.Boolean}, orient="row")
    lists = lists.join(said, on="declaration", how="left", maintain_order="left")
    return lists.with_columns(
        quota_account=pl.col("declaration").replace_strict(
            {int(s): a for a, s, _ in entries}, default=None, return_dtype=pl.Int64
        )
    )


def _reserve_guarantee(lists: pl.DataFrame) -> pl.DataFrame:
    """Hold the lists whose agent's guarantee is short (R-115); reserve quota and guarantee for the others."""
    wanted = lists.filter(pl.col("code").is_null())
    agents = wanted["assure_code"].unique().sort().to_list()
    accounts = ledgers.lock(GUARANTEE, agents, [""] * len(agents))
    left = {owner: [account, limit - used] for account, owner, _, limit, used in accounts.iter_rows()}
    short, entries = [], []
    for number, agent, tax in wanted.select("declaration", "assure_code", "tax_fen").iter_rows():
        account = left.get(agent)
        if account is None or account[1] < tax:
            short.append(number)
            continue
        account[1] -= tax
        entries.append((account[0], str(number), tax))
    schema = {"account": pl.Int64, "subject": pl.String, "amount_units": pl.Int64}
    kept = wanted.filter(~pl.col("declaration").is_in(short))
    ledgers.post(
        "reserve",
        kept.select(
            pl.col("quota_account").alias("account"),
            pl.col("declaration").cast(pl.String).alias("subject"),
            pl.col("dv_fen").alias("amount_units"),
        ),
    )
    ledgers.post("reserve", pl.DataFrame(entries, schema=schema, orient="row"))
    return lists.with_columns(
        code=pl.when(pl.col("declaration").is_in(short)).then(pl.lit("QUOTA-GUARANTEE")).otherwise(pl.col("code"))
    )


HOLDING = ("QUOTA-GUARANTEE", "TAX-NET-CONTENT", "TAX-NO-DUTY-RATE")


def _verdicts(lists: pl.DataFrame) -> pl.DataFrame:
    """Verdict rows for declarations.settle: ready, refused (limits) or held (guarantee, review)."""
    rows = []
    for number, guid, code, value, tax, assure in lists.select(
        "declaration", "guid", "code", "dv_fen", "tax_fen", "assure_code"
    ).iter_rows():
        found = _finding(code, guid, value, tax, assure)
        state = "ready" if found is None else "held" if found.code in HOLDING else "refused"
        why = found.title() if found else "三单相符，额度和担保已预扣"
        rows.append(
            (
                number,
                state,
                found.code if found else "",
                json.dumps([found.dump()] if found else [], ensure_ascii=False),
                why,
            )
        )
    schema = {"id": pl.Int64, "state": pl.String, "reason": pl.String, "findings": pl.String, "why": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").join(
        settling(lists), on="id", how="left", maintain_order="left"
    )


def _finding(code: str | None, guid: str, value_fen: int, tax_fen: int, assure: str) -> Finding | None:
    if code is None:
        return None
    facts = {"dv": yuan(value_fen), "tax": yuan(tax_fen)}
    if code == "QUOTA-GUARANTEE":
        return Finding(code, guid, field="assureCode", value=assure, facts=facts, rules=("R-115",))
    if code.startswith("IMP-"):
        return Finding(
            code, guid, field="totalPrice", value=yuan(value_fen), facts=facts, rules=("R-102", "R-108", "R-120")
        )
    return Finding(code, guid, field="gmodel", facts=facts, rules=("R-107", "R-110"))


def _forget(lists: pl.DataFrame) -> None:
    """A held list that is looked at again is assessed afresh."""
    held = lists.filter(pl.col("state") == "held")["declaration"].to_list()
    if held:
        bulk.execute("DELETE FROM tax_assessment WHERE declaration_id = ANY(%s)", [held])


@action("tax.pass", title="出口清单放行条件")
def pass_exports(actor: Actor, lists: pl.DataFrame) -> Assessed:
    """Matched export lists need no quota and no guarantee: they are ready for the single window."""
    verdicts = settling(lists).with_columns(
        state=pl.lit("ready"), reason=pl.lit(""), findings=pl.lit("[]"), why=pl.lit("订单运单相符")
    )
    declarations.settle(actor, verdicts)
    return Assessed({"ready": lists.height})


@action("tax.settle", title="额度与担保结转")
def settle_reserved(actor: Actor, released: list[int], ended: list[int]) -> Assessed:
    """Commit quota of released lists, give back both of ended ones; a guarantee stays frozen until the tax is paid."""
    committed = ledgers.settle("commit", [str(number) for number in released], (QUOTA,))
    freed = ledgers.settle("release", [str(number) for number in ended], KINDS)
    wake_held(guarantors(ended))
    return Assessed({"committed": committed, "released": freed})


def guarantors(lists: list[int]) -> list[str]:
    """Whose guarantees these lists draw on."""
    query = "SELECT DISTINCT assure_code FROM declarations_declaration WHERE id = ANY(%s) AND assure_code <> ''"
    return bulk.fetch(query, [lists], {"code": pl.String})["code"].to_list() if lists else []


def wake_held(codes: list[str]) -> None:
    """Lists held because the guarantee of these firms was short are looked at again: some of it came free, or it was raised."""
    if not codes:
        return
    rows = bulk.fetch(
        "SELECT zone, ebp_code, order_no FROM declarations_declaration WHERE hold AND reason = 'QUOTA-GUARANTEE' AND assure_code = ANY(%s)",
        [codes],
        {"zone": pl.String, "ebp_code": pl.String, "order_no": pl.String},
    )
    for (zone,), part in rows.group_by("zone"):
        announce(
            FlowsRecorded(str(zone), [list(row) for row in part.select("ebp_code", "order_no").rows()], []),
            zone=str(zone),
        )


@dataclass(frozen=True, slots=True)
class Opened:
    code: str
    limit_fen: int

    def audit(self) -> dict[str, Any]:
        return {"subject": f"guarantee:{self.code}", "facts": {"limit_fen": self.limit_fen}}


@action("tax.guarantee", title="税款担保额度")
def set_guarantee(actor: Actor, code: str, limit_fen: int) -> Opened:
    """Set an agent's guarantee limit (R-115), and let lists that waited for it go on; IntegrityError below what is frozen."""
    ledgers.set_limit(GUARANTEE, code, "", limit_fen)
    wake_held([code])
    return Opened(code, limit_fen)
