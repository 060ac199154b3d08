"""R-1022: what a package holds, what was not received, and what the platform does not hold at all."""

from __future__ import annotations

import pytest

from gongfu.modules.matching.contents import ABSENT, HELD, NONE, listed

pytestmark = [pytest.mark.feature("matching.evidence"), pytest.mark.rule("R-1022")]


def test_every_content_of_the_rule_is_named_with_whether_it_is_there() -> None:
    told = {one["part"]: one for one in listed({"order": 2, "list": 2, "released": 1, "delivery": 3, "departure": 1})}
    assert [(told[name]["held"], told[name]["count"]) for name in ("order", "inventory", "logistics_events")] == [(HELD, 2), (HELD, 3), (HELD, 4)]
    assert {told[name]["held"] for name in ("payment", "waybill", "receipt", "returns")} == {NONE}
    absent = {name for name, one in told.items() if one["held"] == ABSENT}
    assert absent == {"page_snapshot", "identity_check", "device_ip", "bank_confirmation", "prior_cases"}
    assert {(told[name]["zh"], told[name]["en"]) for name in absent} == {("平台不持有", "not held by the platform")}
