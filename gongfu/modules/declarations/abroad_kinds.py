"""The account of goods in overseas warehouses (R-408) and the trail of loose cargo at a site (R-406), as data."""

from gongfu.base.ledgers.kinds import KINDS, LedgerKind
from gongfu.base.trails.kinds import KINDS as TRAILS
from gongfu.base.trails.kinds import EventKind, Fact, TrailKind
from gongfu.modules.declarations.rules import loading

FACTS = (Fact("customs_code"), Fact("site"))
MORE = {
    loading.RECEIVED: (Fact("packs", "int"), Fact("grams", "int")),
    loading.INSPECTED: (Fact("sound", "bool"), Fact("remark", required=False)),
    loading.LOADED: (Fact("container"),),
    loading.SEALED: (Fact("seal"),),
}
# One account for each declared line; what lies there is its limit.
OVERSEAS = KINDS.declare(LedgerKind("overseas_stock", "海外仓库存", "Overseas stock", "1e-5", stocked=True))


def owner(declaration: int, gnum: int) -> str:
    """The holder of the account: the line."""
    return f"{declaration}-{gnum}"


# What a supervised site records of loose export cargo that is inspected before it is loaded: one trail a parcel.
LOOSE = TRAILS.declare(
    TrailKind(
        "loose_cargo",
        "先查验后装运",
        "Inspected before loading",
        events=tuple(
            EventKind(code, zh, en, (*FACTS, *MORE.get(code, ())), ends=code == loading.LEFT)
            for code, (zh, en) in loading.STEPS.items()
        ),
    )
)
