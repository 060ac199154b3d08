"""Official receipts: whatever their order, number and batches, a list ends in one state, and released never goes back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gongfu.core.ceb.schema import code_table
from gongfu.modules.declarations.flows import CUSTOMS_STATE, DECLARATION, LIST, fold_receipts, steps

DAY = "20261124"
AFTER_RELEASE = {"released", "closed", "returned"}
ENDING_WELL = ("800", "899", "700")
ENDING_BADLY = ("100", "4", "-301011")
UNDER_WAY = ("1", "2", "3", "120", "300", "399", "500", "501", "502", "503", "599", "600", "777")


def at(second: int) -> str:
    """A returnTime of 17 digits."""
    return f"{DAY}1200{second:02d}000"


def receipts(*codes: str) -> st.SearchStrategy[list[tuple[str, str]]]:
    return st.lists(st.tuples(st.integers(0, 5).map(at), st.sampled_from(codes)), max_size=8)


CONSISTENT = receipts(*UNDER_WAY, *ENDING_WELL) | receipts(*UNDER_WAY, *ENDING_BADLY)
ANY = receipts(*UNDER_WAY, *ENDING_WELL, *ENDING_BADLY)


def walk(batches: list[list[tuple[str, str]]]) -> list[str]:
    """The states one after another when receipts come in these batches."""
    states, heard = ["sent"], []
    for batch in batches:
        states.append(steps(states[-1], heard, batch)[1])
        heard += ["|".join(one) for one in batch]
    return states


@pytest.mark.feature("declarations.imports")
@pytest.mark.rule("R-211")
@settings(max_examples=50)
@given(ANY, st.randoms(use_true_random=False))
def test_order_and_repetition_do_not_change_the_fold(told, rng) -> None:
    shuffled = [*told, *told[:3]]
    rng.shuffle(shuffled)
    assert fold_receipts(shuffled) == fold_receipts(told)


@pytest.mark.feature("declarations.imports")
@pytest.mark.rule("R-211")
@settings(max_examples=50)
@given(CONSISTENT, st.randoms(use_true_random=False), st.integers(1, 4))
def test_any_batches_in_any_order_end_in_the_fold(told, rng, size) -> None:
    shuffled = [*told, *told[:3]]
    rng.shuffle(shuffled)
    batches = [shuffled[start : start + size] for start in range(0, len(shuffled), size)]
    assert walk(batches)[-1] == fold_receipts(told)


@pytest.mark.feature("declarations.imports")
@pytest.mark.rule("R-211")
@settings(max_examples=50)
@given(ANY, st.randoms(use_true_random=False))
def test_released_never_goes_back_whatever_comes(told, rng) -> None:
    shuffled = [(at(3), "800"), *told]
    rng.shuffle(shuffled)
    states = walk([[one] for one in shuffled])
    released = [number for number, state in enumerate(states) if state == "released"]
    assert all(state in AFTER_RELEASE for state in states[released[0] :]) if released else states[-1] != "released"
    assert sum(1 for before, after in zip(states, states[1:], strict=False) if before != after == "released") <= 1


@pytest.mark.feature("declarations.imports")
@pytest.mark.parametrize(
    ("told", "state"),
    [
        ([], "sent"),
        ([(1, "2"), (2, "120"), (3, "800")], "released"),
        ([(3, "800"), (4, "300")], "released"),
        ([(3, "800"), (4, "100")], "released"),
        ([(3, "800"), (4, "899")], "closed"),
        ([(3, "800"), (2, "899")], "released"),
        ([(3, "800"), (4, "899"), (5, "700")], "returned"),
        ([(1, "100"), (2, "120")], "rejected"),
        ([(1, "120"), (2, "-301011")], "failed"),
        ([(1, "120"), (2, "777")], "accepted"),
        ([(1, "300"), (2, "120")], "accepted"),
        ([(1, "300"), (1, "120")], "review"),
        ([(1, "120"), (2, "3")], "accepted"),
    ],
)
def test_the_fold_of_known_courses(told, state) -> None:
    assert fold_receipts([(at(second), code) for second, code in told]) == state


@pytest.mark.feature("declarations.imports")
def test_a_release_that_comes_late_still_releases_and_closes() -> None:
    moves, state = steps("inspection", [f"{at(4)}|500", f"{at(5)}|899"], [(at(2), "800")])
    assert state == "closed"
    assert moves == [("inspection", "released", at(2)), ("released", "closed", at(5))]


@pytest.mark.feature("declarations.imports")
def test_a_list_handed_in_again_moves_on_although_its_first_was_rejected() -> None:
    moves, state = steps("sent", [f"{at(1)}|100"], [(at(2), "120")])
    assert (moves, state) == ([("sent", "accepted", at(2))], "accepted")


def test_a_list_the_platform_refused_is_moved_by_no_receipt() -> None:
    assert steps("refused", [], [(at(1), "120"), (at(2), "800")]) == ([], "refused")


def test_every_published_receipt_status_has_a_state_that_the_flow_reaches() -> None:
    published = set(code_table("return_status")) - {"400"}  # 400 is not in the specification
    assert published == set(CUSTOMS_STATE)
    assert set(CUSTOMS_STATE.values()) <= DECLARATION.states()
    assert (LIST.state_of("-1"), LIST.state_of("400"), LIST.state_of("777")) == ("failed", "", "")


def test_nothing_leads_out_of_a_final_state_but_a_later_rejection() -> None:
    out = {(move.verb, final) for move in DECLARATION.moves for final in DECLARATION.finals if final in move.sources}
    assert out == {("reject", "failed")}
