"""What firms hand in after a list was declared: its cancellation, its return, the tally; made from the list's own head."""

from __future__ import annotations

from datetime import datetime
from random import Random

from gongfu.core.ceb import codec
from gongfu.core.ceb.samples import guid
from gongfu.core.ceb.schema import table
from gongfu.peers.papers import Values, stamp

OF_LIST = {"CEB621Message": "CEB623Message", "CEB603Message": "CEB605Message"}


def cancellation(kind: str, head: Values, invt_no: str, at: datetime, rng: Random) -> codec.Document:
    """The cancellation of a list (`kind` and `head` are the list's) that customs has numbered, for CEB623 or CEB605."""
    own = {"copNo": f"X{head['copNo']}"[:20], "invtNo": invt_no, "reason": "订购人取消订单"}
    return document(OF_LIST[kind], head, own, at, rng)


RETURN_OF = {"CEB621Message": "CEB625Message", "CEB603Message": "CEB213Message"}
RETURN_MODE = {"9610": "9661", "1210": "1261"}
ABROAD = "502"


def goods_return(
    kind: str, head: Values, items: list[Values], quantities: dict[int, str], invt_no: str, at: datetime, rng: Random
) -> codec.Document:
    """The return of some of a list's goods, for CEB625 or CEB213.  quantities: what comes back, by line number of the list."""
    made = RETURN_OF[kind]
    names = {field.name for field in table(made).item_fields}
    serial = rng.randrange(10**6)
    own = {"invtNo": invt_no, "reason": "消费者退货", "copNo": f"R{serial}", "coElNo": f"R{serial}"}
    if made == "CEB213Message":
        own |= {
            "tradeMode": RETURN_MODE.get(head["tradeMode"], ""), "ieFlag": "I", "country": ABROAD, "billNo": f"B{serial}",
            "trafMode": "5", "trafName": "CA0001", "voyageNo": "CA001", "portCode": head["customsCode"], "logisticsNo": f"T{serial}",
        }  # fmt: skip
    told = {name: value for name, value in own.items() if name in {field.name for field in table(made).head_fields}}
    lines = []
    for item in items:
        if int(item["gnum"]) in quantities:
            kept = {
                name: value for name, value in item.items() if name in names and name not in ("note", "qty2", "unit2")
            }
            lines.append({**kept, "qty": quantities[int(item["gnum"])]})
    return document(made, head, told, at, rng, lines)


def tally(back: codec.Document, operator: tuple[str, str], at: datetime, rng: Random) -> codec.Document:
    """The site's tally (CEB215) of an export return that came in.  operator: the site's code and name."""
    own = {
        "operatorCode": operator[0],
        "operatorName": operator[1],
        "location": "A1",
        "coElNo": f"L{rng.randrange(10**6)}",
    }
    return document("CEB215Message", back.head, own, at, rng)


def document(
    kind: str, head: Values, own: Values, at: datetime, rng: Random, items: list[Values] | None = None
) -> codec.Document:
    """A document of `kind`: what the list's head has in common with it, its own values, fresh guid and times."""
    names = {field.name for field in table(kind).head_fields}
    fresh = {"guid": guid(rng), "appType": "1", "appTime": stamp(at), "appStatus": "2"}
    told = {**{name: value for name, value in head.items() if name in names and name != "preNo"}, **fresh, **own}
    return codec.Document(0, told["guid"], told, items or [])
