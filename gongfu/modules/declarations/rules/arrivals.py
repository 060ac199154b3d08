"""Inbound lists (CEB711): the site's operator says which parcels have arrived; each is a known 9610 import and arrives once (R-212, R-1507)."""

from __future__ import annotations

import polars as pl

from gongfu.core.documents import Found
from gongfu.core.rule import Finding
from gongfu.modules.declarations.rules.known import Known

KIND = "CEB711Message"
GONE = ("returned",)  # sent back abroad: its parcel does not arrive any more


def findings(heads: pl.DataFrame, items: pl.DataFrame, known: Known) -> Found:
    """Faults of inbound lists, by document: direction, parcels nobody declared, parcels that came before or twice in the list."""
    found: Found = [
        (number, Finding("BIZ-DIRECTION", guid, field="ieFlag", value=flag, facts={"expected": "I"}, rules=("R-1501",)))
        for number, guid, flag in heads.select("document", "guid", "ieFlag").iter_rows()
        if flag != "I"
    ]
    arrived = set(known.earlier.filter(pl.col("kind") == KIND)["declaration"])
    cited = known.lists.filter(pl.col("gnum") != 0).select(
        "document", "gnum", "declaration", "list_flow", "list_mode", "list_state"
    )
    told = (
        items.with_columns(pl.col("gnum").cast(pl.Int64))
        .join(cited, on=["document", "gnum"], how="left", maintain_order="left")
        .join(heads.select("document", "guid"), on="document", how="inner", maintain_order="left")
    )
    for number, guid, gnum, waybill, declaration, flow, mode, state in told.select(
        "document", "guid", "gnum", "logisticsNo", "declaration", "list_flow", "list_mode", "list_state"
    ).iter_rows():
        code = ""
        if declaration is None or (flow, mode) != ("I", "9610"):
            code = "BIZ-PARCEL-UNKNOWN"
        elif declaration in arrived:
            code = "BIZ-INBOUND-TWICE"
        elif state in GONE:
            code = "BIZ-PARCEL-STATE"
        if code:
            facts = {"state": state} if code == "BIZ-PARCEL-STATE" else {}
            found.append((number, Finding(code, guid, gnum, "logisticsNo", waybill, facts, ("R-212", "R-1507"))))
        arrived.add(declaration)
    return found
