"""Roles: who may do what is data, the three administrators are apart, and nobody both makes and approves (quality §5, R-1402)."""

from __future__ import annotations

from itertools import combinations

import pytest

from gongfu.base.access.roles import EVERYONE, PACKS, REACHES, Role, roles
from gongfu.base.audit.action import ACTIONS
from gongfu.base.cases.kinds import CaseKind, kinds
from gongfu.config.house import all_cards
from gongfu.core.flow import HOUSE
from house.tree import ROOT, code

pytestmark = [pytest.mark.feature("access.security"), pytest.mark.rule("R-1402")]
NAMED = (
    "consumer.person", "firm.admin", "firm.operator", "firm.viewer", "broker.operator", "bank.officer", "insurer.officer", "officer.customs",
    "officer.tax", "officer.fx", "officer.commerce", "officer.market", "zone.office", "province.office", "platform.operator",
    "platform.security_admin", "platform.audit_admin",
)  # fmt: skip
ADMINISTRATORS = [one for one in roles().values() if one.code.startswith("platform.")]
# Permissions that hold two sides of a case together; their four eyes are two people of the desk (cases._four_eyes).
TWO_OF_A_DESK = frozenset({("sharing.apply", "sharing.decide"), ("feeds.propose", "feeds.approve")})
# Held for pages that are still to come.
AHEAD = frozenset({"tax.read", "intake.operate", "registers.decide"})


def test_every_role_of_the_table_is_there() -> None:
    assert set(NAMED) <= set(roles())
    assert {one.reach for one in roles().values()} <= set(REACHES)


def test_the_three_administrators_have_nothing_in_common_but_their_reading_and_answering() -> None:
    shared = frozenset(PACKS["administrator"]) | EVERYONE
    assert len(ADMINISTRATORS) == 3
    for one, other in combinations(ADMINISTRATORS, 2):
        assert (one.may & other.may) - shared == set(), (one.code, other.code)
    assert {name for name in shared - EVERYONE if not name.endswith(".read")} == {"tasks.report", "cases.move"}


def test_administrators_reach_no_zone_and_no_person_reaches_everything() -> None:
    assert {one.reach for one in ADMINISTRATORS} == {"house"}
    assert not any("*" in one.may for one in roles().values())


def test_administrators_hold_no_permission_of_business() -> None:
    business = {one for role in roles().values() if not role.code.startswith("platform.") for one in role.may}
    own = {one for role in ADMINISTRATORS for one in role.may} - set(PACKS["administrator"]) - EVERYONE
    assert own & business <= {
        "cases.open",
        "cases.save",
        "registers.write",
        "tasks.accept",
        "tasks.send_back",
        "tasks.assign",
        "people.read",
    }


def both_sides(role: Role, kind: CaseKind) -> set[tuple[str, str, str]]:
    """Moves under four eyes whose maker and decider the role could both be."""
    return {
        (role.code, kind.opens, move.by)
        for move in kind.flow.moves
        if move.other and move.by != HOUSE and {kind.opens, move.by} <= role.may
    }


def test_no_role_holds_maker_and_approver_of_a_case() -> None:
    found = {one for role in roles().values() for kind in kinds().values() for one in both_sides(role, kind)}
    assert {one for one in found if one[1:] not in TWO_OF_A_DESK} == set()


def test_every_permission_of_a_role_is_asked_somewhere() -> None:
    """A permission is the name of an action, of a screen, of an endpoint or of a move; anything else would be a slip of the pen."""
    told = {one.permission for card in all_cards() for one in (*card.screens, *card.endpoints)} | set(ACTIONS)
    told |= {move.by for kind in kinds().values() for move in kind.flow.moves} | {
        kind.opens for kind in kinds().values()
    }
    text = "\n".join((ROOT / path).read_text("utf-8") for path in code())
    held = {one for role in roles().values() for one in role.may}
    assert {one for one in held - told if f'"{one}"' not in text} <= AHEAD
