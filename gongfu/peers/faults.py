"""Faults planted in a demonstration day, each with what should become of it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from gongfu.peers.firms import firm_code, id_number
from gongfu.peers.orders import Unit
from gongfu.peers.papers import yuan
from gongfu.zones.plan import Plan

Plant = Callable[[Unit, Plan, Random], None]
PRICE_FEN = 300_000


def _payment_missing(unit: Unit, plan: Plan, rng: Random) -> None:
    del unit.heads["CEB411Message"]


def _order_missing(unit: Unit, plan: Plan, rng: Random) -> None:
    del unit.heads["CEB311Message"]


def _amount(unit: Unit, plan: Plan, rng: Random) -> None:
    head = unit.heads["CEB411Message"]
    head["amountPaid"] = yuan(round(float(head["amountPaid"]) * 100) - 1)


def _sum(unit: Unit, plan: Plan, rng: Random) -> None:
    line = unit.lines["CEB621Message"][0]
    line["totalPrice"] = yuan(round(float(line["totalPrice"]) * 100) + 500)


def _code(unit: Unit, plan: Plan, rng: Random) -> None:
    unit.lines["CEB621Message"][0]["unit"] = "ZZZ"


def _identity(unit: Unit, plan: Plan, rng: Random) -> None:
    head = unit.heads["CEB621Message"]
    last = head["buyerIdNumber"][-1]
    head["buyerIdNumber"] = head["buyerIdNumber"][:-1] + ("1" if last != "1" else "2")


def _unfiled(unit: Unit, plan: Plan, rng: Random) -> None:
    unit.heads["CEB621Message"]["agentCode"] = firm_code(plan.adcode, 9999)


def _payer(unit: Unit, plan: Plan, rng: Random) -> None:
    head = unit.heads["CEB411Message"]
    head["payerIdNumber"], head["payerName"] = id_number(plan.adcode, 90_001), "演示他人"


def _weight(unit: Unit, plan: Plan, rng: Random) -> None:
    unit.heads["CEB511Message"]["weight"] = "99.000"


def _no_account_book(unit: Unit, plan: Plan, rng: Random) -> None:
    unit.heads["CEB621Message"].pop("emsNo", None)
    unit.heads["CEB621Message"].pop("voyageNo", None)


def _two_dear_pieces(unit: Unit, plan: Plan, rng: Random) -> None:
    """Two pieces of 3,000 yuan: above the single limit, and not one indivisible piece."""
    for kind in ("CEB311Message", "CEB621Message"):
        line = unit.lines[kind][0]
        line |= {"qty": "2", "price": yuan(PRICE_FEN), "totalPrice": yuan(2 * PRICE_FEN)}
        if "gcode" in line:
            line["gcode"] = "4202210090"
        unit.lines[kind] = [line]
    head = unit.heads["CEB311Message"]
    paid = 2 * PRICE_FEN + round(float(head["freight"]) * 100)
    head |= {"goodsValue": yuan(2 * PRICE_FEN), "acturalPaid": yuan(paid)}
    unit.heads["CEB411Message"]["amountPaid"] = yuan(paid)


# name: (how, state, code of the reason)
IMPORT_FAULTS: dict[str, tuple[Plant, str, str]] = {
    "payment_missing": (_payment_missing, "waiting", "BIZ-WAIT-PAYMENT"),
    "order_missing": (_order_missing, "waiting", "BIZ-WAIT-ORDER"),
    "amount_differs": (_amount, "refused", "BIZ-MATCH-AMOUNT"),
    "wrong_sum": (_sum, "absent", "BIZ-LINE-TOTAL"),
    "unknown_code": (_code, "absent", "SCHEMA-CODE"),
    "bad_identity": (_identity, "absent", "BIZ-ID-NUMBER"),
    "unfiled": (_unfiled, "absent", "BIZ-PARTY-UNFILED"),
    "payer_differs": (_payer, "refused", "BIZ-MATCH-PAYER"),
    "weight_off": (_weight, "refused", "BIZ-MATCH-WEIGHT"),
    "condition": (_no_account_book, "absent", "SCHEMA-CONDITION"),
    "two_dear_pieces": (_two_dear_pieces, "refused", "IMP-SINGLE-LIMIT"),
}
