"""One imagined purchase: who takes part in it, what is bought, and the documents each party sends about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random

import polars as pl

from gongfu.peers import papers
from gongfu.peers.firms import Firm, firms, id_number
from gongfu.peers.papers import Purchase, Values
from gongfu.reference.tables import table
from gongfu.zones.plan import Plan

SURNAMES, GIVEN = "赵钱孙李周吴郑王冯陈", "安宁和平思远知行若水"
STREETS = ("演示路", "试验街", "样例大道")


@dataclass(slots=True)
class Unit:
    """One purchase: the heads of its documents by message type, its goods lines, and the fault planted in it."""

    number: int
    mode: str
    export: bool
    platform: Firm
    seller: Firm
    payer: Firm
    carrier: Firm
    agent: Firm
    heads: dict[str, Values] = field(default_factory=dict)
    lines: dict[str, list[Values]] = field(default_factory=dict)
    fault: str = ""

    @property
    def order_no(self) -> str:
        return next(iter(self.heads.values()))["orderNo"]


def goods() -> list[dict[str, object]]:
    """The sample goods of the reference tables."""
    return table("goods_samples").with_columns(pl.col("price_fen", "net_g", "gross_g").cast(pl.Int64)).to_dicts()


def make(
    plan: Plan,
    number: int,
    rng: Random,
    at: datetime,
    stock: list[dict[str, object]],
    mode: str,
    export: bool,
    buyers: int,
    known: dict[str, list[Firm]] | None = None,
) -> Unit:
    """A sound purchase of `number` in a zone, declared at `at` (Beijing time) by firms of `known` (else of the zone)."""
    known = known or firms(plan)
    kinds = ("platform", "ecommerce", "payment", "logistics", "declarant")
    platform, seller, payer, carrier, agent = (rng.choice(known[kind]) for kind in kinds)
    unit = Unit(number, mode, export, platform, seller, payer, carrier, agent)
    chosen = [(rng.choice(stock), rng.choice((1, 1, 1, 2, 3))) for _ in range(rng.choice((1, 1, 2, 3)))]
    freight_fen = rng.choice((0, 0, 500, 1000, 1500))
    buyer = rng.randrange(buyers)
    purchase = Purchase(
        plan, rng, at, f"{plan.adcode}{at:%y%m%d}{number:07d}", mode, unit.platform, unit.seller, unit.payer, unit.carrier,
        unit.agent, firms(plan)["warehouse"][0], chosen, freight_fen, person(plan, buyer), address(plan, buyer), f"U{buyer}",
    )  # fmt: skip
    heads, lines = papers.exports(purchase) if export else papers.imports(purchase)
    unit.heads, unit.lines = heads, lines
    return unit


def person(plan: Plan, buyer: int) -> Values:
    """A buyer who does not exist."""
    return {
        "buyerIdType": "1",
        "buyerIdNumber": id_number(plan.adcode, buyer),
        "buyerName": SURNAMES[buyer % 10] + GIVEN[buyer // 10 % 10] + GIVEN[buyer // 100 % 10],
        "buyerTelephone": f"139{buyer:08d}"[:11],
    }


def address(plan: Plan, buyer: int) -> str:
    return f"四川省{plan.short}市{STREETS[buyer % 3]}{buyer}号"
