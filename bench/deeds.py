"""What is done to the platform while it dies: messages handed in, and acts of people, each done again as whoever got no answer would."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from gongfu.core.ceb.schema import RECEIPT_OF

ZONE, CUSTOMS_WORDS = "nanchong", '{"code": "10000", "message": "上传成功", "total": 0, "serviceTime": 1}'
LOG = "customs-179"  # folder of what customs was given under the 179 interface, a file for each upload
AT_DOOR = ("accept.before", "accept.inserted", "decode.claimed", "decode.{type}", "decode.handled", "decode.committed")
MATCHED = ("match.claimed", "match.handled", "match.committed", "file.flows.claimed", "file.flows.handled", "file.flows.committed")
AWAY = ("dispatch.written", "dispatch.before", "collect.accepted")
OUT = (*AWAY, "decode.{receipt}")
ENDED = (
    "clocks.claimed", "clocks.handled", "clocks.committed", "file.lists.claimed", "file.lists.handled", "file.lists.committed",
    "file.claimed", "file.handled", "file.committed", "chain.claimed", "chain.handled", "chain.committed",
)  # fmt: skip
# Points that a deed passes where nothing is lacking, in their order, beside those of the door that every message passes.
PATHS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("CEB311", "CEB411", "CEB511", "CEB303", "CEB403", "CEB505"), (*MATCHED, *AWAY, *ENDED)),
    "CEB621": (*MATCHED, "tax.reserved", *OUT, "decode.CEB816", *ENDED),
    "CEB603": (*MATCHED, *OUT, "overseas.in", *ENDED),
    "CEB623": ("follow.recorded", *OUT, "lists.cancelled"),
    "CEB605": ("follow.recorded", *OUT, "lists.cancelled"),
    "CEB625": ("follow.recorded", *OUT),
    "CEB213": ("follow.recorded", *OUT),
    "CEB215": ("follow.recorded", *OUT, "returns.arrived", "books.back"),
    "CEB507": ("follow.recorded", *OUT),
    "CEB607": ("follow.recorded", *OUT),
    "CEB509": ("follow.recorded", *OUT),
    "CEB701": ("follow.recorded", "summary.taken", *OUT, "decode.CEB792", "summary.formed"),
    "stock": ("books.in",),
    "typed": ("drafts.handed", "accept.before", "accept.inserted", "decode.claimed", "decode.CEB311", "decode.committed", *MATCHED),
    "arrived": ("returns.arrived", "tax.returned", "books.back"),
    "sold": ("overseas.out",),
    "proved": ("evidence.kept",),
    "asked": ("realtime.claimed", "realtime.sent"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that a firm does.  kind: CEB… of a message, or a name of ACTS.  what: the message, or what the act needs as JSON."""

    kind: str
    firm: str
    what: bytes

    @property
    def is_message(self) -> bool:
        return self.kind.startswith("CEB")

    def path(self) -> tuple[str, ...]:
        """Points that it passes where nothing is lacking."""
        receipt = RECEIPT_OF.get(f"{self.kind}Message", "")[:6]
        points = (*AT_DOOR, *PATHS[self.kind]) if self.is_message else PATHS[self.kind]
        return tuple(one.format(type=self.kind, receipt=receipt) for one in points)


def message(kind: str, firm: str, data: bytes) -> Deed:
    return Deed(kind[:6], firm, data)


def act(kind: str, firm: str, **told: Any) -> Deed:
    return Deed(kind, firm, json.dumps(told).encode())


def points() -> tuple[str, ...]:
    """Every point that some deed passes."""
    found = [one for kind in PATHS for one in Deed(kind, "", b"").path()]
    return tuple(dict.fromkeys(found))


def do(deed: Deed, folder: Path) -> None:
    """Do it, as if for the first time or again."""
    from gongfu.base.access.actor import OPERATOR
    from gongfu.modules.intake.actions import accept

    if deed.is_message:
        accept(OPERATOR, deed.what, zone=ZONE, sender_code=deed.firm, channel="api")
    else:
        ACTS[deed.kind](_person(deed.firm), json.loads(deed.what), folder)


def _person(firm: str) -> Any:
    from gongfu.base.access.actor import Actor

    return Actor(f"person:{firm}", "own", frozenset({"*"}), (ZONE,), (firm,), "firm.operator")


# ── acts ──────────────────────────────────────────────────────────────────────
def _stock(actor: Any, told: dict[str, str], folder: Path) -> None:
    """Goods enter the book under an inbound document; a draft that was left is handed in instead of another."""
    from gongfu.base.cases import actions as cases
    from gongfu.base.cases.models import Case

    known = Case.objects.filter(kind="declarations.stock_in", facts__inbound_no=told["inbound_no"])
    if known.filter(state="entered").exists():
        return
    row = {"record_no": told["record_no"], "qty": told["qty"], "hs10": told["hs10"], "name": "货物", "unit": "035"}
    raw = {"ems_no": told["ems_no"], "inbound_no": told["inbound_no"], "rows": [row]}
    case = known.filter(state="draft").first() or cases.open_case(actor, "declarations.stock_in", zone=ZONE, raw=raw).case
    done = cases.take(actor, case.pk, "submit") if case else None
    assert done is not None
    assert done.done, done.findings


def _typed(actor: Any, told: dict[str, int], folder: Path) -> None:
    """A typed order is handed in."""
    from gongfu.modules.drafts.actions import submit

    said = submit(actor, told["draft"]).findings
    assert {one.code for one in said} <= {"DRAFT-STATE"}, said


def _arrived(actor: Any, told: dict[str, int], folder: Path) -> None:
    """The goods of an import return are noted at their site."""
    from gongfu.base.access.actor import OPERATOR
    from gongfu.base.kit import clock
    from gongfu.base.kit.beijing import civil_date
    from gongfu.modules.declarations.actions import arrive
    from gongfu.modules.declarations.models import FollowUp
    from gongfu.modules.declarations.queries import returned_to

    site = returned_to(FollowUp.objects.get(pk=told["number"])) or "A1"
    said = arrive(OPERATOR, told["number"], civil_date(clock.now()), site).findings
    assert {one.code for one in said} <= {"BIZ-ARRIVAL-NOTED"}, said


def _sold(actor: Any, told: dict[str, Any], folder: Path) -> None:
    """Goods in an overseas warehouse are sold."""
    from gongfu.base.kit import clock
    from gongfu.base.kit.beijing import civil_date
    from gongfu.modules.declarations import overseas

    sale = {"platform": "Amazon", "price": Decimal("19.90"), "currency": "502", "country": "502"}
    row = {**told, **sale, "kind": "sold", "happened_on": civil_date(clock.now()).isoformat()}
    ((number, said),) = overseas.record(actor, [row]).rows
    assert number, said


def _proved(actor: Any, told: dict[str, Any], folder: Path) -> None:
    """An evidence package of one order is made for a bank."""
    from gongfu.base.kit import clock
    from gongfu.base.kit.beijing import civil_date
    from gongfu.modules.matching import evidence

    until = civil_date(clock.now()) + timedelta(days=30)
    done = evidence.make(
        actor, numbers=[told["order"]], purpose="loan", reader_code=told["bank"], asked_fen=told["fen"], until=until
    )
    assert {one.code for one in done.findings} <= {"EVID-USED"}, done.findings


def _asked(actor: Any, told: dict[str, str], folder: Path) -> None:
    """Customs asks for the payment data of an order, and gets it."""
    from gongfu.base.access.actor import WORKER
    from gongfu.base.kit import clock
    from gongfu.modules.trade import realtime

    at_ms = int(clock.now().timestamp() * 1000)
    text = json.dumps({"orderNo": told["order"], "sessionID": told["session"], "serviceTime": at_ms})
    answer = realtime.take(WORKER, told["platform"], text).answer
    assert answer["code"] == "10000", answer
    upload(folder)


def upload(folder: Path) -> int:
    """Send what is due under the 179 interface to customs' stand-in, which keeps every upload as a file; gives how many were tried."""
    from gongfu.modules.trade import links, uploads

    def keep(body: str) -> str:
        (folder / LOG).mkdir(exist_ok=True)
        (folder / LOG / f"{json.loads(body)['sessionID']}.{uuid.uuid4().hex}").write_text(body)
        return CUSTOMS_WORDS

    links.CUSTOMS["send"] = keep
    return uploads.run_once()


ACTS: dict[str, Callable[[Any, dict[str, Any], Path], None]] = {
    "stock": _stock, "typed": _typed, "arrived": _arrived, "sold": _sold, "proved": _proved, "asked": _asked,
}  # fmt: skip
