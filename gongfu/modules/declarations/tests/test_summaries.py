"""Lists merge to forms: by the merge key of R-303, at most 50 lines, sums exact whatever the chunks."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongfu.modules.declarations.rules import results, summaries

pytestmark = [pytest.mark.feature("declarations.exports"), pytest.mark.rule("R-303")]
ONE = {
    "list": 1, "ebc_code": "A", "traf_mode": "5", "owner_code": "A", "country": "502", "port_code": "7913", "line_country": "502",
    "hs10": "6109100000", "currency": "142", "unit": "011", "unit1": "011", "qty_units": 100_000, "qty1_units": 100_000, "total_fen": 1_999,
}  # fmt: skip
KEYS = [*summaries.HEADER, *summaries.LINE]


def merged(*rows: dict[str, Any], most: int = 50) -> pl.DataFrame:
    return summaries.forms([summaries.partial(pl.DataFrame(list(rows)))], most)


def test_equal_keys_become_one_line_with_exact_sums() -> None:
    (line,) = merged(ONE, {**ONE, "list": 2, "total_fen": 1, "qty_units": 50_000}).to_dicts()
    assert (line["form"], line["place"], line["lists"], line["lines"]) == (1, 1, 2, 2)
    assert (line["total_fen"], line["qty_units"], line["qty1_units"]) == (2_000, 150_000, 200_000)


def test_t_306_another_currency_is_another_line_of_the_same_form() -> None:
    rows = merged(ONE, {**ONE, "list": 2, "currency": "502"})
    assert rows.select("form", "place", "currency").rows() == [(1, 1, "142"), (1, 2, "502")]


@pytest.mark.parametrize("name", summaries.LINE)
def test_each_part_of_the_line_key_makes_another_line(name: str) -> None:
    rows = merged(ONE, {**ONE, "list": 2, name: "Z"})
    assert rows.select("form", "place").rows() == [(1, 1), (1, 2)]


@pytest.mark.parametrize("name", summaries.HEADER)
def test_each_part_of_the_header_key_makes_another_form(name: str) -> None:
    rows = merged(ONE, {**ONE, "list": 2, name: "Z"})
    assert rows.select("form", "place").rows() == [(1, 1), (2, 1)]


@pytest.mark.parametrize(("codes", "sizes"), [(50, [50]), (51, [50, 1]), (120, [50, 50, 20])])
def test_a_form_has_at_most_50_lines(codes: int, sizes: list[int]) -> None:
    rows = merged(*({**ONE, "list": at, "hs10": f"{at:010d}"} for at in range(codes)))
    assert rows.group_by("form", maintain_order=True).len()["len"].to_list() == sizes
    assert rows["place"].max() == min(codes, 50)


LINES = st.lists(
    st.fixed_dictionaries(
        {
            "list": st.integers(0, 12), "hs10": st.sampled_from(["1", "2", "3"]), "currency": st.sampled_from(["142", "502"]),
            "country": st.sampled_from(["502", "116"]), "total_fen": st.integers(0, 2**40), "qty_units": st.integers(0, 2**40),
        }
    ),
    min_size=1, max_size=60,
)  # fmt: skip


@given(LINES, st.integers(1, 4), st.integers(1, 5))
def test_forms_sum_exactly_to_their_lists_whatever_the_chunks(
    rows: list[dict[str, Any]], chunks: int, most: int
) -> None:
    frame = pl.DataFrame([{**ONE, **row} for row in rows])
    whole = summaries.forms([summaries.partial(frame)], most)
    pieces = [frame.filter(pl.col("list") % chunks == at) for at in range(chunks)]
    assert summaries.forms(map(summaries.partial, pieces), most).equals(whole)
    back = frame.join(whole.select("form", *KEYS), on=KEYS, how="left")
    assert back["form"].null_count() == 0
    for name in ("total_fen", "qty_units", "qty1_units"):
        assert (
            back.group_by("form")
            .agg(pl.col(name).sum())
            .sort("form")
            .equals(whole.group_by("form").agg(pl.col(name).sum()).sort("form"))
        )
    assert whole["lines"].sum() == frame.height
    assert (whole.group_by("form").len()["len"] <= most).all()


def test_no_list_makes_no_form() -> None:
    assert summaries.forms([]).is_empty()


TOLD = {"sumNo": "S", "declSeqNo": "F1", "invtNo": "L", "gseqno": 1, "gnum": 1, "gcode": "6109100000"}
OURS = {
    "sumNo": "S",
    "declaration": 5,
    "agent_code": "A",
    "invtNo": "L",
    "gnum": 1,
    "hs10": "6109100000",
    "seq_no": None,
}


def compared(told: list[dict[str, Any]], ours: list[dict[str, Any]]) -> tuple[list[Any], list[Any]]:
    sound, wrong = results.compared(pl.DataFrame(told), pl.DataFrame(ours, schema_overrides={"seq_no": pl.String}))
    return sound.rows(), wrong.select("kind", "ours", "theirs").rows()


@pytest.mark.rule("R-005")
@pytest.mark.parametrize(
    ("told", "ours", "sound", "wrong"),
    [
        ([TOLD], [OURS], [("F1", 1, 5, 1)], []),
        ([TOLD], [{**OURS, "seq_no": "F1"}], [], []),
        ([TOLD], [{**OURS, "seq_no": "F0"}], [], [("summary_form", "#1 F0", "#1 F1")]),
        ([TOLD, {**TOLD, "declSeqNo": "F2"}], [OURS], [("F1", 1, 5, 1)], [("summary_form", "#1 —", "#1 F2")]),
        ([{**TOLD, "gcode": "1"}], [OURS], [("F1", 1, 5, 1)], [("summary_code", "#1 6109100000", "#1 1")]),
        ([{**TOLD, "invtNo": "M"}], [OURS], [], []),
    ],
)
def test_results_against_the_summary(told: list[Any], ours: list[Any], sound: list[Any], wrong: list[Any]) -> None:
    assert compared(told, ours) == (sound, wrong)
