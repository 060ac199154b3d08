"""The worked examples T-101 to T-119 of the rulebook, to the fen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongfu.core.money import share
from gongfu.modules.tax.rates import net_content, rate
from gongfu.modules.tax.rules import retail as rules
from gongfu.reference.tables import parameters

DAY = date(2025, 3, 1)
SHAMPOO, FOOD, PERFUME, CREAM, WINE, BAG, WATCH, SPIRIT = (
    "3305100000",
    "0409000000",
    "3303000000",
    "3304990000",
    "2204210000",
    "4202210000",
    "9101110000",
    "2208300000",
)
pytestmark = [pytest.mark.feature("tax.imports")]


def assess(*lines: tuple[str, int, int, str], freight: int = 0, on: date = DAY) -> pl.DataFrame:
    """lines: (hs10, qty, total_fen, model) of one list."""
    heads = pl.DataFrame({"declaration": [1], "freight_fen": [freight], "insured_fen": [0]})
    rows = pl.DataFrame(
        [
            (1, number, code, model, Decimal(qty), total)
            for number, (code, qty, total, model) in enumerate(lines, start=1)
        ],
        schema={
            "declaration": pl.Int64,
            "gnum": pl.Int64,
            "hs10": pl.String,
            "model": pl.String,
            "qty": pl.Decimal(38, 5),
            "total_fen": pl.Int64,
        },
        orient="row",
    )
    return rules.assess(heads, rows, on=on)


TAXED = [
    pytest.param([(SHAMPOO, 2, 20000, "400ml")], 1000, 21000, 0, 0, 1911, id="T-101", marks=pytest.mark.rule("R-106")),
    pytest.param([(FOOD, 1, 8888, "500g")], 0, 8888, 0, 0, 560, id="T-102", marks=pytest.mark.rule("R-106")),
    pytest.param(
        [(PERFUME, 1, 100000, "66ml")], 0, 100000, 0, 12353, 10706, id="T-103", marks=pytest.mark.rule("R-110")
    ),
    pytest.param([(CREAM, 1, 42500, "20g")], 0, 42500, 0, 5250, 4550, id="T-104", marks=pytest.mark.rule("R-110")),
    pytest.param([(CREAM, 1, 18000, "20g")], 0, 18000, 0, 0, 1638, id="T-105", marks=pytest.mark.rule("R-110")),
    pytest.param([(WINE, 1, 30000, "750ml")], 0, 30000, 0, 2333, 3033, id="T-106", marks=pytest.mark.rule("R-113")),
    pytest.param([(SPIRIT, 1, 20000, "0.7L")], 0, 20000, 0, 3556, 2282, id="T-115", marks=pytest.mark.rule("R-109")),
]


@pytest.mark.parametrize(("lines", "freight", "dv", "duty", "ct", "vat"), TAXED)
def test_tax_within_the_limits(
    lines: list[tuple[str, int, int, str]], freight: int, dv: int, duty: int, ct: int, vat: int
) -> None:
    row = assess(*lines, freight=freight).row(0, named=True)
    assert (row["dv_fen"], row["duty_fen"], row["ct_fen"], row["vat_fen"], row["path"], row["review"]) == (
        dv,
        duty,
        ct,
        vat,
        "within",
        None,
    )


@pytest.mark.rule("R-106")
def test_t103_composite_rate_is_for_display_only() -> None:
    known = rate(PERFUME, DAY)
    composite = Decimal(known.ct_bp + known.vat_bp) / (10_000 - known.ct_bp) * Decimal("0.70") * 100
    assert round(composite, 4) == Decimal("23.0588")


@pytest.mark.rule("R-107")
@pytest.mark.parametrize(
    ("value", "duty_bp", "ct_bp", "want"),
    [
        pytest.param(800_000, 600, 0, (48_000, 0, 110_240), id="T-107"),
        pytest.param(2_000_000, 800, 2000, (160_000, 540_000, 351_000), id="T-112"),
    ],
)
def test_one_indivisible_item_pays_in_full(
    value: int, duty_bp: int, ct_bp: int, want: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    from gongfu.modules.tax.rates import Rate

    given_rate = Rate(1300, duty_bp, "plain" if ct_bp else "none", ct_bp)
    monkeypatch.setattr(rules, "rate", lambda code, on: given_rate)
    row = assess((BAG, 1, value, "")).row(0, named=True)
    assert (row["duty_fen"], row["ct_fen"], row["vat_fen"], row["path"]) == (*want, "full")


@pytest.mark.rule("R-108")
@pytest.mark.parametrize(
    ("dv", "pieces", "used", "want"),
    [
        pytest.param(800_000, 1, 0, "full", id="T-107"),
        pytest.param(800_000, 2, 0, rules.SINGLE, id="T-108"),
        pytest.param(450_000, 1, 2_200_000, rules.ANNUAL, id="T-109"),
        pytest.param(450_000, 1, 2_150_000, "within", id="T-110"),
        pytest.param(650_000, 1, 2_000_000, rules.ANNUAL, id="T-111"),
        pytest.param(500_000, 3, 0, "within", id="T-113"),
        pytest.param(500_001, 2, 0, rules.SINGLE, id="T-114"),
    ],
)
def test_channel(dv: int, pieces: int, used: int, want: str) -> None:
    known = parameters(DAY)
    assert rules.channel(dv, pieces, used, known["import.single_limit_fen"], known["import.annual_limit_fen"]) == want


@pytest.mark.rule("R-104")
def test_t116_a_voucher_lowers_the_payment_and_not_the_value() -> None:
    row = assess((SHAMPOO, 2, 20000, ""), freight=1000).row(0, named=True)
    assert (row["dv_fen"], row["vat_fen"]) == (21000, 1911)
    assert 20000 + 1000 + row["vat_fen"] - 3000 == 19911


@pytest.mark.rule("R-102")
def test_t119_limits_of_the_declaration_day() -> None:
    row = assess((BAG, 1, 250_000, ""), on=date(2018, 12, 31)).row(0, named=True)
    assert row["path"] == "full"
    known = parameters(date(2018, 12, 31))
    assert rules.channel(250_000, 1, 0, known["import.single_limit_fen"], known["import.annual_limit_fen"]) == "full"
    assert assess((BAG, 1, 250_000, "")).row(0, named=True)["path"] == "within"


@pytest.mark.rule("R-110")
def test_unknown_net_content_is_looked_at_and_never_taken_for_nothing() -> None:
    row = assess((CREAM, 1, 18000, "瓶装")).row(0, named=True)
    assert (row["review"], row["ct_bp"]) == (rules.NO_CONTENT, 1500), "let pass, it is taxed as a dear one"


@pytest.mark.rule("R-107")
@pytest.mark.rule("R-109")
def test_what_cannot_be_taxed_says_why_and_is_never_taxed_at_nothing() -> None:
    assert assess((SPIRIT, 1, 20000, "瓶装")).row(0, named=True)["review"] == rules.NO_VOLUME == "TAX-NO-VOLUME"
    assert assess((SPIRIT, 1, 20000, "0.7L")).row(0, named=True)["review"] is None
    unknown = next(code for code in ("2716000000", "9706900000", "4907001000") if rate(code, DAY).duty_bp is None)
    assert assess((unknown, 1, 600_000, "")).row(0, named=True)["review"] == rules.NO_DUTY == "TAX-NO-DUTY-RATE"
    assert assess((unknown, 1, 400_000, "")).row(0, named=True)["review"] is None, "inside the limits no duty is due"


@pytest.mark.parametrize(
    ("text", "want"),
    [
        ("滋润型|50ml", (Decimal(50), "ml")),
        ("1L*6", (Decimal(6000), "ml")),
        ("25克×5", (Decimal(125), "g")),
        ("面膜 5片", (Decimal(5), "piece")),
        ("1.5kg", (Decimal(1500), "g")),
        ("红色", None),
        ("面霜套装|30ml+50ml", (Decimal(80), "ml")),
        ("30ml*2＋15毫升", (Decimal(75), "ml")),
        ("50ml，重200g", (Decimal(50), "ml")),
        ("30ml+20g", None),
    ],
)
def test_net_content_is_read_from_the_specification(text: str, want: tuple[Decimal, str] | None) -> None:
    assert net_content(text) == want


@pytest.mark.rule("R-105")
def test_freight_is_shared_and_the_last_line_takes_the_rest() -> None:
    assert share(1000, [10000, 5000, 3333]) == [545, 273, 182]
    assert assess((SHAMPOO, 1, 10000, ""), (SHAMPOO, 1, 5000, ""), (SHAMPOO, 1, 3333, ""), freight=1000)[
        "share_fen"
    ].to_list() == [545, 273, 182]


@pytest.mark.rule("R-105")
@given(st.integers(0, 10**7), st.lists(st.integers(0, 10**7), min_size=1, max_size=9))
def test_shares_always_add_up(total: int, weights: list[int]) -> None:
    assert sum(share(total, weights)) == total
    rows = assess(*[(SHAMPOO, 2, weight, "") for weight in weights], freight=total)
    assert rows["share_fen"].to_list() == share(total, weights)


@pytest.mark.rule("R-106")
def test_the_explanation_says_the_figures_of_the_case() -> None:
    line = assess((SHAMPOO, 2, 20000, ""), freight=1000).row(0, named=True)
    told = rules.explain(line)
    assert [(one["kind"], one["formula"], one["amount_fen"]) for one in told][-1] == (
        "增值税",
        "210.00 × 13% × 70%",
        1911,
    )


@pytest.mark.rule("R-107")
@pytest.mark.parametrize(
    ("lines", "path"),
    [
        ([(BAG, 1, 600_000, "")], "full"),
        ([(BAG, 2, 600_000, "")], "within"),
        ([(BAG, 1, 600_000, ""), (SHAMPOO, 0, 0, "")], "within"),
    ],
)
def test_one_piece_is_the_whole_of_one_line(lines: list[tuple[str, int, int, str]], path: str) -> None:
    rows = assess(*lines)
    assert set(rows["path"]) == {path}
    assert (rows.select(rules.pieces_of()).item() == 1) == (path == "full")


@pytest.mark.rule("R-105")
def test_shares_of_amounts_no_purchase_has_still_add_up() -> None:
    rows = assess((SHAMPOO, 1, 10**14, ""), (SHAMPOO, 1, 10**14, ""), freight=10**14)
    assert rows["share_fen"].to_list() == [5 * 10**13, 5 * 10**13]
