"""When three flows match: tax by line, the buyer's year, the agent's guarantee. When customs answers: settle them."""

from __future__ import annotations

import polars as pl

from gongfu.base.access.actor import WORKER
from gongfu.base.events.bus import announce, hears
from gongfu.modules.declarations.events import DeclarationsMoved, FollowUpsMoved, ListsTold, ReturnsArrived
from gongfu.modules.intake.events import MessagesDecoded
from gongfu.modules.matching.events import ThreeFlowsMatched
from gongfu.modules.tax import actions, bills, parts, returns
from gongfu.modules.trade.events import FilesSought, PartsSought


@hears(ThreeFlowsMatched)
def assess(event: ThreeFlowsMatched) -> None:
    """Imports are assessed and reserved for; exports go on as they are (their lane was checked at intake)."""
    for flow, settle in (("I", actions.assess_imports), ("E", actions.pass_exports)):
        lists = event.lists.filter(pl.col("flow") == flow)
        if not lists.is_empty():
            settle(WORKER, lists)


@hears(DeclarationsMoved)
def settle(event: DeclarationsMoved) -> None:
    """Released: what was reserved is used. Ended otherwise: it is given back, also where customs ships back what was released."""
    if event.released or event.ended:
        actions.settle_reserved(WORKER, list(event.released), list(event.ended))
    bills.adopt([*event.released, *event.ended])
    if event.ended:
        returns.ship_back(WORKER, list(event.ended))


@hears(FollowUpsMoved)
def conclude_returns(event: FollowUpsMoved) -> None:
    """Customs has concluded import returns: those whose goods are back take effect (R-117)."""
    if event.kind == "CEB625Message" and event.concluded:
        returns.take_effect(WORKER, list(event.concluded))


@hears(ReturnsArrived)
def returns_arrived(event: ReturnsArrived) -> None:
    """Goods are back: returns that customs has concluded take effect (R-117)."""
    returns.take_effect(WORKER, list(event.follow_ups))


@hears(MessagesDecoded)
def hear_bills(event: MessagesDecoded) -> None:
    """Electronic tax bills (CEB816) and their status (CEB818)."""
    if event.type == "CEB816Message":
        bills.record(event.heads)
    elif event.type == "CEB818Message":
        bills.update_status(event.heads)


@hears(MessagesDecoded)
def tell_lists_billed(event: MessagesDecoded) -> None:
    """The files of the orders that were billed have something new."""
    if event.type == "CEB816Message":
        announce(ListsTold(parts.billed(event.heads["taxNo"].to_list())))


@hears(PartsSought)
def tell_parts(event: PartsSought) -> None:
    """Tax bills for the files of orders."""
    event.parts.extend(parts.of_orders(event.orders))


@hears(FilesSought)
def tell_files(event: FilesSought) -> None:
    """The order that a tax bill's number names."""
    event.found.extend(parts.found(event.number))
