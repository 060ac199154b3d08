"""What follows export lists: arrival, master bill, departure, summary application, and the forms that customs makes of a summary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from random import Random

import polars as pl

from gongfu.core.ceb import codec
from gongfu.core.ceb.samples import guid
from gongfu.core.money import fen
from gongfu.modules.declarations.rules import summaries
from gongfu.peers.afterwards import document
from gongfu.peers.firms import Firm
from gongfu.peers.papers import Values, stamp

PARTS = {"msgCount": "1", "msgSeqNo": "1"}
# (invtNo, head and lines of a CEB603)
Listed = tuple[str, Values, list[Values]]


def arrival(heads: Sequence[Values], site: Firm, own_no: str, at: datetime, rng: Random) -> codec.Document:
    """CEB507 of the parcels of these lists; the operator of the site hands it in."""
    own = {
        "copNo": own_no, "operatorCode": site.code, "operatorName": site.name, "domesticTrafNo": "川A00001", **PARTS,
    }  # fmt: skip
    return _with_parcels(document("CEB507Message", heads[0], own, at, rng), heads)


def master(heads: Sequence[Values], bill_no: str, own_no: str, at: datetime, rng: Random) -> codec.Document:
    """CEB607 of these lists under one bill."""
    grams = sum(fen(head["grossWeight"]) for head in heads)
    own = {
        "copNo": own_no, "billNo": bill_no, "trafMode": "5", "trafName": "演示货机", "voyageNo": f"CA{at:%j}",
        "grossWeight": f"{grams / 100:.2f}", **PARTS,
    }  # fmt: skip
    return _with_parcels(document("CEB607Message", heads[0], own, at, rng), heads)


def departure(heads: Sequence[Values], own_no: str, at: datetime, rng: Random) -> codec.Document:
    """CEB509 of the parcels of these lists."""
    own = {"copNo": own_no, "trafMode": "5", "leaveTime": stamp(at), **PARTS}
    return _with_parcels(document("CEB509Message", heads[0], own, at, rng), heads)


def _with_parcels(made: codec.Document, heads: Iterable[Values]) -> codec.Document:
    made.items = [{"gnum": str(place), "logisticsNo": head["logisticsNo"]} for place, head in enumerate(heads, 1)]
    return made


def summary(
    head: Values, numbers: Iterable[str], own_no: str, at: datetime, rng: Random, part: int = 1, count: int = 1
) -> codec.Document:
    """CEB701 of lists of one seller and one declarant; `head` is that of any of them."""
    declarant = {"declAgentCode": head["agentCode"], "declAgentName": head["agentName"]}
    own = {
        "copNo": own_no, **declarant, "summaryFlag": "2", "itemNameFlag": "", "msgCount": str(count), "msgSeqNo": str(part),
    }  # fmt: skip
    made = document("CEB701Message", head, own, at, rng)
    made.items = [{"invtNo": number} for number in numbers]
    return made


def collection(head: Values, amount: str, at: datetime, rng: Random) -> codec.Document:
    """CEB403 for the order of a list."""
    own = {"payName": "演示银行", "payNo": f"R{head['orderNo']}", "charge": amount, "currency": "142", "accountingDate": stamp(at)}  # fmt: skip
    return document("CEB403Message", head, own, at, rng)


def results(application: codec.Document, sum_no: str, lists: Sequence[Listed], at: datetime) -> list[codec.Document]:
    """CEB792: the forms that the lists of a summary merge to, with the form line of each of their lines."""
    lines = _lines(lists)
    forms = summaries.forms([summaries.partial(lines)])
    keys = [*summaries.HEADER, *summaries.LINE]
    placed = lines.join(forms.select("form", "place", *keys), on=keys, how="left", maintain_order="left")
    made = []
    for (form,), part in placed.group_by("form", maintain_order=True):
        rng = Random(f"{sum_no}{form}")
        made.append(_form(application.head, sum_no, int(str(form)), part, at, rng))
    return made


def _lines(lists: Sequence[Listed]) -> pl.DataFrame:
    rows = [
        {
            "list": place, "invtNo": number, "logisticsNo": head["logisticsNo"], "gnum": line["gnum"], "gcode": line["gcode"],
            "ebc_code": head["ebcCode"], "traf_mode": head["trafMode"], "owner_code": head["ownerCode"], "country": head["country"],
            "port_code": head["portCode"], "line_country": line["country"], "hs10": line["gcode"], "currency": line["currency"],
            "unit": line["unit"], "unit1": line["unit1"], "qty_units": fen(line["qty"]) * 1000, "qty1_units": fen(line["qty1"]) * 1000,
            "total_fen": fen(line["totalPrice"]),
        }
        for place, (number, head, lines) in enumerate(lists)
        for line in lines
    ]  # fmt: skip
    return pl.DataFrame(rows)


def _form(head: Values, sum_no: str, number: int, lines: pl.DataFrame, at: datetime, rng: Random) -> codec.Document:
    firms = ("customsCode", "agentCode", "agentName", "ebcCode", "ebcName", "declAgentCode", "declAgentName")
    told = {
        "guid": guid(rng), "sumNo": sum_no, "opDate": at.strftime("%Y%m%d%H%M%S") + "000", "declSeqNo": f"I{number:04d}{rng.randrange(10**13):013d}",
        "entryId": f"{head['customsCode']}{at:%Y}{'0'}{rng.randrange(10**9):09d}", "decState": "R", "grossWeight": "1.00", "netWeight": "1.00",
        **PARTS, **{name: head[name] for name in firms},
    }  # fmt: skip
    items = [
        {"invtNo": row["invtNo"], "logisticsNo": row["logisticsNo"], "gseqno": str(row["place"]), "gnum": row["gnum"], "gcode": row["gcode"]}
        for row in lines.iter_rows(named=True)
    ]  # fmt: skip
    return codec.Document(0, told["guid"], told, items)
