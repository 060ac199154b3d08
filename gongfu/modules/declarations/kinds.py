"""The account of goods in overseas warehouses: one for each declared line, what lies there is its limit (R-408)."""

from gongfu.base.ledgers.kinds import KINDS, LedgerKind

OVERSEAS = KINDS.declare(LedgerKind("overseas_stock", "海外仓库存", "Overseas stock", "1e-5", stocked=True))


def owner(declaration: int, gnum: int) -> str:
    """The holder of the account: the line."""
    return f"{declaration}-{gnum}"
