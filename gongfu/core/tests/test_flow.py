"""Flows: what the table allows, what it refuses, and the fold of steps."""

from __future__ import annotations

import pytest

from gongfu.core.flow import Flow, Move, StateConflict

APPLICATION = Flow(
    "policy.application",
    "补贴申报",
    start="draft",
    finals=("disbursed",),
    moves=(
        Move(
            "submit", "提交", "draft", "reviewing", by="policy.apply", needs=lambda facts: bool(facts.get("complete"))
        ),
        Move("send_back", "退回补正", "reviewing", "draft", by="policy.review", days=5),
        Move("approve", "初审通过", ("reviewing", "appealed"), "publicity", by="policy.review", days=7),
        Move("disburse", "公示期满拨付", "publicity", "disbursed", by="policy.disburse"),
    ),
)


@pytest.mark.feature("cases.hall")
def test_take_follows_the_table() -> None:
    assert APPLICATION.take("draft", "submit", {"complete": True}) == "reviewing"
    assert APPLICATION.take("appealed", "approve") == "publicity"
    assert APPLICATION.allowed("reviewing", "send_back")
    assert not APPLICATION.allowed("draft", "approve")


@pytest.mark.feature("cases.hall")
def test_a_move_outside_the_table_is_a_conflict_that_names_the_way_on() -> None:
    answer = APPLICATION.take("draft", "disburse")
    assert answer == StateConflict("policy.application", "draft", "disburse", possible=("submit",))
    assert isinstance(answer, StateConflict)
    told = answer.finding("A-1")
    assert (told.code, told.document) == ("STATE-CONFLICT", "A-1")
    assert "draft" in told.message("zh")
    assert "draft" in told.message("en")


@pytest.mark.feature("cases.hall")
def test_unmet_needs_refuse_the_move_and_say_so() -> None:
    answer = APPLICATION.take("draft", "submit", {"complete": False})
    assert isinstance(answer, StateConflict)
    assert answer.unmet
    assert answer.possible == ("submit",)


@pytest.mark.feature("cases.hall")
def test_fold_gives_the_state_or_the_first_conflict() -> None:
    assert APPLICATION.fold([]) == "draft"
    assert APPLICATION.fold(["submit", "send_back", "submit", "approve", "disburse"]) == "disbursed"
    assert APPLICATION.fold(["submit", "disburse", "approve"]) == StateConflict(
        "policy.application", "reviewing", "disburse", possible=("send_back", "approve")
    )


def test_states_are_those_of_the_table() -> None:
    assert APPLICATION.states() == {"draft", "reviewing", "appealed", "publicity", "disbursed"}
    assert APPLICATION.leads("reviewing", "draft")
    assert not APPLICATION.leads("publicity", "draft")
