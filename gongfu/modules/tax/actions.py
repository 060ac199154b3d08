"""Assessing imports, reserving quota and guarantee, and settling both when customs has answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
from gongfu.modules.tax import reserving
from gongfu.modules.tax.rules import retail as rules
from gongfu.modules.trade.events import FlowsRecorded

QUOTA, GUARANTEE = reserving.QUOTA, reserving.GUARANTEE
KINDS = reserving.KINDS
USED_UP = tuple(kind for kind in KINDS if kind != GUARANTEE)
PAID = ("duty_fen", "ct_fen", "vat_fen")
STORED = ("declaration_id", "gnum", "path", "share_fen", "dv_fen", "duty_bp", "vat_bp", "ct_bp", *PAID)


@dataclass(frozen=True, slots=True)
class Assessed:
    counts: dict[str, int]

    def audit(self) -> dict[str, Any]:
        return {"subject": "tax", "facts": self.counts}


@action("tax.assess", title="计税与核扣")
def assess_imports(actor: Actor, lists: pl.DataFrame) -> Assessed:
    """Tax each matched import list and reserve on all its accounts at once; what fits is ready, the rest is refused or held.

    lists: locked rows of matching.queries.  The accounts are locked in one order, so that batches never deadlock (tax.reserving).
    """
    lines = _assess(lists)
    totals = lines.group_by("declaration").agg(
        pl.col("dv_fen").sum(),
        pl.sum_horizontal(*PAID).sum().alias("tax_fen"),
        rules.pieces_of().alias("pieces"),
        pl.col("review").drop_nulls().first().alias("review"),
    )
    looked = pl.col("passed").list.contains(pl.col("review"))
    lists = lists.join(totals, on="declaration", how="left", maintain_order="left").with_columns(
        review=pl.when(looked).then(None).otherwise(pl.col("review"))
    )
    lists, why = reserving.reserve(lists)
    crash_point("tax.reserved")
    ready = lists.filter(pl.col("code").is_null())
    stored = lines.join(ready.select("declaration", "full"), on="declaration", how="inner", maintain_order="left")
    _forget(lists)
    bulk.copy_in("tax_assessment", stored.rename({"declaration": "declaration_id"}).select(STORED))
    declarations.settle(actor, _verdicts(lists, _against(lists, why), "三单相符，额度、担保和账册已预扣"))
    return Assessed({"ready": ready.height, "other": lists.height - ready.height})


def _assess(lists: pl.DataFrame) -> pl.DataFrame:
    """Assessed lines of every list, with the parameters and rates of its declaration day."""
    own = matching.lines(lists)
    parts = []
    for (day,), heads in lists.group_by("declared_on", maintain_order=True):
        lines = own.filter(pl.col("declaration").is_in(heads["declaration"].implode()))
        parts.append(rules.assess(heads.select("declaration", "freight_fen", "insured_fen"), lines, on=day))
    return pl.concat(parts)


HOLDING = ("QUOTA-GUARANTEE", "BOOK-SHORT", "TAX-NET-CONTENT", "TAX-NO-VOLUME", "TAX-NO-DUTY-RATE")


def _verdicts(lists: pl.DataFrame, found: Mapping[int, Finding], passed: str) -> pl.DataFrame:
    """Verdict rows for declarations.settle: ready, refused (limits) or held (guarantee, short book, review).

    found: what stands against a list.  passed: the reason of those that nothing stands against.
    """
    rows = []
    for number in lists["declaration"]:
        said = found.get(number)
        state = "ready" if said is None else "held" if said.code in HOLDING else "refused"
        told = json.dumps([said.dump()] if said else [], ensure_ascii=False)
        rows.append((number, state, said.code if said else "", told, said.title() if said else passed))
    schema = {"id": pl.Int64, "state": pl.String, "reason": pl.String, "findings": pl.String, "why": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").join(
        settling(lists), on="id", how="left", maintain_order="left"
    )


def _against(lists: pl.DataFrame, made: Mapping[int, Finding]) -> dict[int, Finding]:
    """What stands against each import list: findings made while reserving, else the limit that its own amounts explain."""
    names = ("declaration", "guid", "code", "dv_fen", "tax_fen", "assure_code")
    told = ((row[0], made.get(row[0]) or _finding(row[2], row[1], *row[3:])) for row in lists.select(names).iter_rows())
    return {number: one for number, one in told if one is not None}


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
    """Matched export lists need no quota and no guarantee; those out of a bonded book kept here draw on it (R-307)."""
    why = reserving.draw(lists)
    declarations.settle(actor, _verdicts(lists, why, "订单运单相符"))
    return Assessed({"ready": lists.height - len(why), "other": len(why)})


@action("tax.settle", title="额度与担保结转")
def settle_reserved(actor: Actor, released: list[int], ended: list[int]) -> Assessed:
    """Commit quota of released lists, give back both of ended ones; a guarantee stays frozen until the tax is paid."""
    if released and ended:  # all of both in one order, as reserving locks them; one after the other would deadlock with it
        ledgers.lock_of([str(number) for number in (*released, *ended)], KINDS)
    committed = ledgers.settle("commit", [str(number) for number in released], USED_UP)
    freed = ledgers.settle("release", [str(number) for number in ended], KINDS)
    wake_held(guarantors(ended))
    if ended:
        declarations.wake_short(ended)
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
    findings: tuple[Finding, ...] = ()

    def audit(self) -> dict[str, Any] | None:
        if self.findings:
            return None
        return {"subject": f"guarantee:{self.code}", "facts": {"limit_fen": self.limit_fen}}


@action("tax.guarantee", title="税款担保额度")
def set_guarantee(actor: Actor, code: str, limit_fen: int) -> Opened:
    """Set an agent's guarantee limit (R-115), and let lists that waited for it go on; below what is frozen a finding, and no change."""
    said = ledgers.change_limit(GUARANTEE, code, "", limit_fen)
    if not said:
        wake_held([code])
    return Opened(code, limit_fen, tuple(said))
