"""Kinds of task as data: the tasks of a zone's plan, and the controls of information security."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gongfu.base.kit.kinds import Kinds


@dataclass(frozen=True, slots=True)
class TaskKind:
    """One kind of task.

    recurring: its evidence grows old; every task of it has an interval of `check_days` (its own, or this one).
    ownerless: a task may be opened before it has a leading desk (it is shown red until then).
    rule: where the kind comes from in the rulebook.
    """

    code: str
    title: str
    title_en: str
    rule: str = ""
    recurring: bool = False
    check_days: int | None = None
    ownerless: bool = False


@dataclass(frozen=True, slots=True)
class Seed:
    """One task to be opened, as a plan or a list gives it.

    no: its key within zone, kind and party_code; parent: the `no` of the task it is a part of, of the same owner.  lead, helpers: desks of desks.toml.
    proof: what counts as evidence.  basis: clause, standard or rule.  check_days: days until the next check.
    confidence: how sure the source is (C, P, M, D, X).
    """

    no: str
    title: str
    title_en: str = ""
    lead: str = ""
    helpers: tuple[str, ...] = ()
    parent: str = ""
    due_on: date | None = None
    check_days: int | None = None
    proof: str = ""
    basis: str = ""
    confidence: str = ""
    party_code: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return self.party_code, self.no


KINDS: Kinds[TaskKind] = Kinds()
PLAN = KINDS.declare(TaskKind("plan", "方案任务", "Plan task", "R-1621"))
CONTROL = KINDS.declare(
    TaskKind("control", "安全控制点", "Security control", "R-1402", recurring=True, check_days=365, ownerless=True)
)
