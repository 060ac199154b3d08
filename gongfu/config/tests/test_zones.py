"""Opening a zone enters what its plan names; doing it again changes nothing."""

from __future__ import annotations

import pytest

from gongfu.base.access.actor import OPERATOR
from gongfu.base.audit.models import Entry
from gongfu.base.registers.models import Entry as Registered
from gongfu.base.tasks.models import Task
from gongfu.config.zones import furnish
from gongfu.zones.plan import plans

pytestmark = pytest.mark.django_db


@pytest.mark.feature("sharing.agreements", "kpi.tasks", "access.security")
def test_what_a_plan_names_is_entered_once() -> None:
    furnish(OPERATOR, plans())
    for code, plan in plans().items():
        assert set(Registered.objects.filter(kind="agreements", zone=code).values_list("key", flat=True)) == {
            one.key for one in plan.agreements
        }
        assert Task.objects.filter(kind="plan", zone=code).count() >= len(plan.tasks) > 0
    assert Task.objects.filter(kind="control").count() >= 16
    rows, logged = Task.objects.count(), Entry.objects.count()
    furnish(OPERATOR, plans())
    assert (Task.objects.count(), Entry.objects.count()) == (rows, logged)
