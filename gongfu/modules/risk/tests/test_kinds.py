"""Every kind of difference has its desk and its days, and people sit at that desk who may settle it."""

from __future__ import annotations

import ast
import inspect
from datetime import date

import pytest

from gongfu.base.access.actor import Actor
from gongfu.base.access.roles import roles
from gongfu.base.tasks.desks import desks, desks_of
from gongfu.modules.risk.kinds import kinds
from gongfu.modules.risk.rules import reconciling

pytestmark = [pytest.mark.feature("risk.whitelist"), pytest.mark.feature("intake.messages")]


def test_every_kind_that_is_found_is_known() -> None:
    tree = ast.parse(inspect.getsource(reconciling))
    found = {
        node.args[1].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_told" and isinstance(node.args[1], ast.Constant)
    }
    assert len(found) > 10
    assert set(kinds()) == {*found, "state", "count", "late", "running", "R-1004"}


def test_every_kind_has_a_desk_at_which_somebody_may_settle_it() -> None:
    for kind in kinds().values():
        assert kind.desk in desks()
        assert [code for code, one in roles().items() if "risk.settle" in one.may and kind.desk in desks_of(Actor("", role=code))], kind.code
        assert kind.days >= 1


def test_it_is_due_so_many_days_after_it_was_found() -> None:
    assert kinds()["undelivered"].due_on(date(2026, 11, 30)) == date(2026, 12, 1)
