"""Kinds of account as data: what their owner, period and unit mean, and whether their limit is stock."""

from __future__ import annotations

from dataclasses import dataclass

from gongfu.base.kit.kinds import Kinds


@dataclass(frozen=True, slots=True)
class LedgerKind:
    """One kind of account.

    unit: what one unit of its amounts is, such as `fen` or `1e-5` (hundred-thousandths of the goods' own unit).
    stocked: the limit is what lies there. It starts at nothing and only deposits and withdrawals move it, so that
    opening + in = out + balance holds at every commit; nobody sets it by hand.
    """

    code: str
    title: str
    title_en: str
    unit: str
    stocked: bool = False


KINDS: Kinds[LedgerKind] = Kinds()
