"""Retail import tax: dutiable value, consumption tax, VAT, limits (R-101 to R-113). Whole fen, rounded by line and kind.

With B = DV + duty + specific tax, the consumption-tax price is B / (1 - t_ct): consumption tax is that price times t_ct plus
the specific tax, VAT is that price times t_vat. Inside the limits both are levied at 70 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from gongfu.core.money import half_up, yuan
from gongfu.modules.tax.rates import Rate, net_content, rate
from gongfu.reference.tables import parameters

BP = 10_000
MICRO = 1_000_000
ML_PER_BEER_TONNE = 988_000
BEER_MICROFEN = {
    True: 25_303_644 // 1000,
    False: 22_267_206 // 1000,
}  # 250 and 220 yuan a tonne, per millilitre
BEER_THRESHOLD_FEN = 300_000  # 3,000 yuan a tonne
WITHIN, FULL = "within", "full"
SINGLE, ANNUAL = "IMP-SINGLE-LIMIT", "IMP-ANNUAL-LIMIT"
NO_CONTENT, NO_VOLUME, NO_DUTY = "TAX-NET-CONTENT", "TAX-NO-VOLUME", "TAX-NO-DUTY-RATE"


def shares(heads: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """Add share_fen and dv_fen: freight and insurance shared by line value, the last line of value takes the rest (R-103, R-105).

    heads: declaration, freight_fen, insured_fen.  lines: declaration, gnum, total_fen.
    """
    charges = heads.select("declaration", (pl.col("freight_fen") + pl.col("insured_fen")).alias("charge_fen"))
    rows = lines.join(charges, on="declaration", how="left", maintain_order="left")
    whole = pl.col("total_fen").sum().over("declaration")
    number = pl.int_range(pl.len()).over("declaration")
    last = (
        pl.when(whole > 0)
        .then(pl.when(pl.col("total_fen") > 0).then(number).max().over("declaration"))
        .otherwise(number.max().over("declaration"))
    )
    rows = rows.with_columns(
        is_last=number == last,
        part=pl.when(whole > 0)
        .then(half_up(pl.col("charge_fen").cast(pl.Int128) * pl.col("total_fen"), whole.clip(1)))
        .otherwise(0),
    )
    others = pl.when(pl.col("is_last")).then(0).otherwise(pl.col("part")).sum().over("declaration")
    share = pl.when(pl.col("is_last")).then(pl.col("charge_fen") - others).otherwise(pl.col("part"))
    return (
        rows.with_columns(share_fen=share)
        .with_columns(dv_fen=pl.col("total_fen") + pl.col("share_fen"))
        .drop("charge_fen", "part", "is_last")
    )


def pieces_of() -> pl.Expr:
    """Pieces of a list as R-107 counts them: the quantity of its only line; two lines are two items, whatever they add up to."""
    return pl.when(pl.len() == 1).then(pl.col("qty").sum()).otherwise(pl.max_horizontal(pl.col("qty").sum(), pl.lit(2)))


def assess(heads: pl.DataFrame, lines: pl.DataFrame, *, on: date) -> pl.DataFrame:
    """Tax of every line, by the rules and rates of the declaration day.

    lines: declaration, gnum, hs10, model, qty, total_fen.  Adds share_fen, dv_fen, vat_bp, duty_bp, ct_bp, duty_fen, ct_fen,
    vat_fen, path (within | full) and review: null, or why an officer must look (net content or duty rate unknown).
    """
    known = parameters(on)
    rows = _rated(shares(heads, lines), on)
    value = pl.col("dv_fen").sum().over("declaration")
    full = (value > known["import.single_limit_fen"]) & (pieces_of().over("declaration") == 1)
    rows = rows.with_columns(path=pl.when(full).then(pl.lit(FULL)).otherwise(pl.lit(WITHIN)))
    rows = rows.with_columns(
        duty_bp=pl.when(full).then(pl.col("mfn_bp")).otherwise(known["import.within_limit_duty_bp"]).fill_null(0),
        review=pl.coalesce("review", pl.when(full & pl.col("mfn_bp").is_null()).then(pl.lit(NO_DUTY))),
    )
    levy = pl.when(full).then(BP).otherwise(known["import.within_limit_levy_bp"])
    rows = rows.with_columns(duty_fen=half_up(pl.col("dv_fen").cast(pl.Int128) * pl.col("duty_bp"), BP))
    base = (pl.col("dv_fen") + pl.col("duty_fen")).cast(pl.Int128) * MICRO + pl.col("specific")
    rest = BP - pl.col("ct_bp")
    return rows.with_columns(
        ct_fen=half_up(
            (base * pl.col("ct_bp") + pl.col("specific").cast(pl.Int128) * rest) * levy,
            rest.cast(pl.Int128) * MICRO * BP,
        ),
        vat_fen=half_up(base * pl.col("vat_bp") * levy, rest.cast(pl.Int128) * MICRO * BP),
    ).drop("mfn_bp", "specific")


def _rated(rows: pl.DataFrame, on: date) -> pl.DataFrame:
    """Add vat_bp, mfn_bp, ct_bp, specific (micro-fen) and review. Only goods under consumption tax are looked at one by one."""
    codes = rows["hs10"].unique().to_list()
    rates = {code: rate(code, on) for code in codes}
    plain = pl.DataFrame(
        {
            "hs10": codes,
            "vat_bp": [rates[code].vat_bp for code in codes],
            "mfn_bp": [rates[code].duty_bp for code in codes],
            "taxed": [rates[code].kind != "none" for code in codes],
        },
        schema={"hs10": pl.String, "vat_bp": pl.Int64, "mfn_bp": pl.Int64, "taxed": pl.Boolean},
    )
    rows = rows.join(plain, on="hs10", how="left", maintain_order="left")
    taxed = rows.filter(pl.col("taxed"))
    found = [
        (number, gnum, *consumption(rates[code], dv, qty, model, on))
        for number, gnum, code, dv, qty, model in taxed.select(
            "declaration", "gnum", "hs10", "dv_fen", "qty", "model"
        ).iter_rows()
    ]
    schema = {"declaration": pl.Int64, "gnum": pl.Int64, "ct_bp": pl.Int64, "specific": pl.Int64, "review": pl.String}
    added = pl.DataFrame(found, schema=schema, orient="row")
    return (
        rows.join(added, on=["declaration", "gnum"], how="left", maintain_order="left")
        .with_columns(pl.col("ct_bp", "specific").fill_null(0))
        .drop("taxed")
    )


def consumption(known: Rate, dv_fen: int, qty: Decimal, model: str, on: date) -> tuple[int, int, str | None]:
    """(rate in bp, specific tax in micro-fen, reason for review) of one line under consumption tax (R-109 to R-111).

    A cosmetic that tells no content is never taken for a cheap one (R-110): an officer looks, and lets it pass at the dear rate.
    """
    if known.kind == "plain":
        return known.ct_bp, 0, None
    if known.kind == "watch":
        return (known.ct_bp if dv_fen >= known.threshold_fen * qty else 0), 0, None
    content = net_content(model)
    if content is None or not qty:
        return (known.ct_bp, 0, NO_CONTENT) if known.kind == "cosmetic" else (0, 0, NO_VOLUME)
    amount = content[0] * qty
    if known.kind == "cosmetic":
        return cosmetic(known.ct_bp, dv_fen, amount, content[1], on), 0, None
    if content[1] != "ml":
        return 0, 0, NO_VOLUME
    if known.kind == "beer":
        dear = dv_fen * ML_PER_BEER_TONNE >= BEER_THRESHOLD_FEN * amount
        return 0, int(amount * BEER_MICROFEN[dear]), None
    return known.ct_bp, int(amount * known.specific_microfen), None


def cosmetic(ct_bp: int, dv_fen: int, amount: Decimal, unit: str, on: date) -> int:
    """The rate of a cosmetic: due from 10 yuan a millilitre or gram, or 15 yuan a piece (R-110)."""
    limit = parameters(on)["import.cosmetics.per_piece_fen" if unit == "piece" else "import.cosmetics.per_ml_or_g_fen"]
    return ct_bp if dv_fen >= limit * amount else 0


def channel(dv_fen: int, pieces: Decimal | int, used_fen: int, single_limit_fen: int, annual_limit_fen: int) -> str:
    """within | full | IMP-SINGLE-LIMIT | IMP-ANNUAL-LIMIT (R-108). Both limits are inclusive (R-102)."""
    if dv_fen > single_limit_fen and pieces != 1:
        return SINGLE
    if used_fen + dv_fen > annual_limit_fen:
        return ANNUAL
    return FULL if dv_fen > single_limit_fen else WITHIN


def percent(rate_bp: int) -> str:
    """1300 → 13%."""
    return f"{Decimal(rate_bp) / 100:f}".rstrip("0").rstrip(".") + "%" if rate_bp % 100 else f"{rate_bp // 100}%"


def explain(line: Mapping[str, Any], levy_bp: int = 7000) -> list[dict[str, Any]]:
    """How each amount of an assessed line came about, in its own figures.  line: a row of tax_assessment."""
    full = line["path"] == FULL
    factor = "" if full else f" × {percent(levy_bp)}"
    rule = "R-107" if full else "R-106"
    net = f"({yuan(line['dv_fen'])} + {yuan(line['duty_fen'])})" if line["duty_fen"] else yuan(line["dv_fen"])
    price = f"{net} ÷ (1 − {percent(line['ct_bp'])})" if line["ct_bp"] else net
    rows = [
        (
            "完税价格",
            "Dutiable value",
            f"{yuan(line['dv_fen'] - line['share_fen'])} + {yuan(line['share_fen'])}",
            "R-103",
            line["dv_fen"],
        ),
        ("关税", "Customs duty", f"{yuan(line['dv_fen'])} × {percent(line['duty_bp'])}", rule, line["duty_fen"]),
        ("消费税", "Consumption tax", f"{price} × {percent(line['ct_bp'])}{factor}", rule, line["ct_fen"]),
        ("增值税", "VAT", f"{price} × {percent(line['vat_bp'])}{factor}", rule, line["vat_fen"]),
    ]
    return [
        {"kind": zh, "kind_en": en, "formula": formula, "rule": cited, "amount_fen": amount}
        for zh, en, formula, cited, amount in rows
    ]
