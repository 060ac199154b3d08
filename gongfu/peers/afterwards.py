"""What firms hand in after a list was declared: its cancellation; made from the list's own head."""

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


def document(kind: str, head: Values, own: Values, at: datetime, rng: Random) -> codec.Document:
    """A document of `kind`: what the list's head has in common with it, its own values, fresh guid and times."""
    names = {field.name for field in table(kind).head_fields}
    fresh = {"guid": guid(rng), "appType": "1", "appTime": stamp(at), "appStatus": "2"}
    told = {**{name: value for name, value in head.items() if name in names and name != "preNo"}, **fresh, **own}
    return codec.Document(0, told["guid"], told)
