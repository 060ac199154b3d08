"""The accounts of import tax: a buyer's year and an agent's guarantee (R-102, R-115)."""

from gongfu.base.ledgers.kinds import KINDS, LedgerKind

QUOTA = KINDS.declare(LedgerKind("quota", "个人年度额度", "Yearly personal quota", "fen"))
GUARANTEE = KINDS.declare(LedgerKind("guarantee", "税款担保", "Customs guarantee", "fen"))
