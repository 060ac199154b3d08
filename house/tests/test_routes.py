"""Every route has a declared policy, and every declaration a route (quality §5)."""

from __future__ import annotations

import pytest

from gongfu.config.house import all_cards
from gongfu.config.policy import named, policies, routes

pytestmark = pytest.mark.feature("access.security")
WHO = {"everyone", "signed_in", "partner", "closed"}


def test_every_route_has_a_declared_policy() -> None:
    assert [route for route in routes() if route.path not in policies()] == []


def test_no_declaration_outlived_its_route() -> None:
    names, paths = {route.name for route in routes()}, {route.path for route in routes()}
    assert set(named()) - names == set()
    assert set(named().values()) <= WHO
    endpoints = [one for card in all_cards() for one in card.endpoints if one.path.startswith("/gateway/")]
    told = {one.path: one.path.lstrip("/").replace("{", "<").replace("}", ">") for one in endpoints}
    assert {path for path, route in told.items() if route not in paths} == set()
