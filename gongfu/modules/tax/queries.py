"""Tax, quota and guarantee of one list."""

from __future__ import annotations

from typing import Any

from gongfu.base.ledgers.models import Account, Movement
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.tax import rules
from gongfu.modules.tax.models import Assessment, Bill
from gongfu.reference.tables import parameters

AMOUNTS = ("share_fen", "dv_fen", "duty_fen", "ct_fen", "vat_fen")


def lines(declaration: Declaration) -> list[dict[str, Any]]:
    """Goods lines with their tax and how each amount came about."""
    assessed = {row["gnum"]: row for row in Assessment.objects.filter(declaration_id=declaration.pk).values()}
    levy_bp = parameters(declaration.declared_on)["import.within_limit_levy_bp"]
    found = []
    for line in declaration.lines.order_by("gnum"):
        tax = assessed.get(line.gnum)
        due = tax["duty_fen"] + tax["ct_fen"] + tax["vat_fen"] if tax else None
        found.append({"line": line, "tax": tax, "due_fen": due, "how": rules.explain(tax, levy_bp) if tax else []})
    return found


def totals(told: list[dict[str, Any]]) -> dict[str, int]:
    """Sums of the lines (R-113: the head is the sum of rounded lines)."""
    taxed = [one["tax"] for one in told if one["tax"]]
    sums = {name: sum(one[name] for one in taxed) for name in AMOUNTS}
    return {
        **sums,
        "total_fen": sum(one["line"].total_fen for one in told),
        "due_fen": sums["duty_fen"] + sums["ct_fen"] + sums["vat_fen"],
    }


def bill(declaration_id: int) -> Bill | None:
    return Bill.objects.filter(declaration_id=declaration_id).order_by("-returned_at").first()


def gauge(kind: str, declaration_id: int) -> dict[str, int] | None:
    """The account a list reserved on: limit, used by it, used by others, left."""
    entry = (
        Movement.objects.filter(account__kind=kind, subject=str(declaration_id), verb="reserve")
        .select_related("account")
        .first()
    )
    if entry is None:
        return None
    account: Account = entry.account
    used = account.reserved_fen + account.committed_fen
    own = (
        entry.amount_fen
        if not Movement.objects.filter(account=account, subject=str(declaration_id), verb="release").exists()
        else 0
    )
    share = max(account.limit_fen, 1)
    return {
        "limit_fen": account.limit_fen, "left_fen": account.limit_fen - used, "own_fen": own, "others_fen": used - own,
        "others_part": round(200 * (used - own) / share), "own_part": max(round(200 * own / share), 1 if own else 0),
    }  # fmt: skip
