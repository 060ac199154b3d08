"""The three waves of deeds of the crash harness: purchases of every mode, what follows them, and what follows that."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from random import Random

from bench.deeds import ZONE, Deed, act, message
from bench.material import BUYERS, keyring, today
from gongfu.base.access.actor import OPERATOR, Actor
from gongfu.base.kit.beijing import BEIJING
from gongfu.config.demo import enrol
from gongfu.config.runtime import bring_up_to_date, platform_signer
from gongfu.core.ceb import codec
from gongfu.core.ceb.certificates import make_key
from gongfu.core.money import fen
from gongfu.modules.declarations.models import Declaration, FollowUp, Line
from gongfu.modules.drafts.actions import begin
from gongfu.modules.drafts.layouts import LINES, forms
from gongfu.modules.trade import realtime
from gongfu.peers import afterwards, chain
from gongfu.peers.day import SENDERS, signed
from gongfu.peers.day import message as papers
from gongfu.peers.firms import Firm, Keyring, firms
from gongfu.peers.orders import Unit, goods, make
from gongfu.peers.papers import yuan
from gongfu.zones.plan import Plan, plans

WAYS = (("9610", False), ("1210", False), ("9610", True), ("1210", True), ("9710", True), ("9810", True))
IMPORT, EXPORT, ORDER = "CEB621Message", "CEB603Message", "CEB311Message"
# Of import orders every so many is typed; so many lists are summarised together; so many documents enter the book; the papers of so many
# purchases come mixed.
TYPED_EVERY, TOGETHER, STOCKED, MIXED = 4, 2, 8, 6
RELEASED, BANK = ("released", "closed"), "91511300MA6DEM022B"
Wave = Callable[[Path, int], list[Deed]]


def purchases(folder: Path, lists: int) -> list[Deed]:
    """Purchases of every mode both ways, one document a message, late and early ones mixed; orders typed by hand; goods that enter the book."""
    bring_up_to_date()
    plan, keys, rng = plans()[ZONE], keyring(folder), Random(1)
    enrol(plan, keys, today())
    platform_signer(folder)
    serve(plan)
    units = [_bought(plan, number, rng) for number in range(lists)]
    (folder / "units.pickle").write_bytes(pickle.dumps(units))
    deeds = [(unit.number, one) for unit in units for one in _papers(unit, keys, rng)]
    deeds += [(number * lists // STOCKED, _stocked(plan, number)) for number in range(STOCKED)]
    return [deed for _, _, deed in sorted((turn + rng.random() * MIXED, place, deed) for place, (turn, deed) in enumerate(deeds))]


def serve(plan: Plan) -> None:
    """Customs may ask the first platform for payment data."""
    platform, link = firms(plan)["platform"][0].code, "https://shop.invalid/{itemNo}"
    realtime.register(OPERATOR, plan.code, platform, "CERT-1", make_key("rsa"), account="6222-1", item_link=link)


def _bought(plan: Plan, number: int, rng: Random) -> Unit:
    """A sound purchase of the first firm of each kind; retail exports take lane B, so that they are summarised."""
    mode, export = WAYS[number % len(WAYS)]
    known = {kind: group[:1] for kind, group in firms(plan).items()}
    stock = [one for one in goods() if not str(one["hs10"]).startswith(("33", "22"))]
    at = datetime.combine(today(), time(9)) + timedelta(seconds=number)
    unit = make(plan, number, rng, at, stock, mode, export, BUYERS, known)
    if export:
        unit.heads[EXPORT]["statisticsFlag"] = "B"
        order = unit.heads["CEB303Message"]
        paid = yuan(fen(order["goodsValue"]) + fen(order["freight"]))
        unit.heads["CEB403Message"] = chain.collection(unit.heads[EXPORT], paid, at, rng).head
    return unit


def _papers(unit: Unit, keys: Keyring, rng: Random) -> list[Deed]:
    """Its documents, each in a message of its own; some import orders are typed in the browser instead."""
    typed = unit.number // len(WAYS) % TYPED_EVERY == 0 and not unit.export
    deeds = []
    for kind, role in {"CEB403Message": "platform", **SENDERS}.items():
        if kind == ORDER and typed:
            deeds.append(_typed(unit))
        elif kind in unit.heads:
            sender: Firm = getattr(unit, role)
            deeds.append(message(kind, sender.code, papers(kind, sender, [unit], keys, rng)))
    return deeds


def _typed(unit: Unit) -> Deed:
    """A draft of the order as its seller typed it."""
    form, head, firm = forms()[ORDER], unit.heads[ORDER], unit.seller.code
    body = {
        "head": {one.field.name: str(head.get(one.field.name, "")) for one in form.head},
        LINES: [{one.field.name: str(line.get(one.field.name, "")) for one in form.line} for line in unit.lines[ORDER]],
    }
    says = Actor(f"person:{firm}", "own", frozenset({"*"}), (ZONE,), (firm,), "firm.operator")
    draft = begin(says, ORDER, firm, given=body).draft
    assert draft is not None
    return act("typed", firm, draft=draft.pk)


def _stocked(plan: Plan, number: int) -> Deed:
    item = goods()[number % 20]
    told = {"record_no": f"R{item['goods_id']}", "hs10": str(item["hs10"]), "qty": "1", "ems_no": f"T{plan.adcode}W000001"}
    return act("stock", firms(plan)["warehouse"][0].code, inbound_no=f"CRASH{number}", **told)


def _units(folder: Path) -> list[Unit]:
    found: list[Unit] = pickle.loads((folder / "units.pickle").read_bytes())  # noqa: S301  (our own child wrote it)
    return found


def follow_ups(folder: Path, _: int) -> list[Deed]:
    """Of released imports every other comes back; of cleared retail exports every third, the others leave the country and are summarised.
    Lists that customs left lying are cancelled, or their parcels arrive and get a master bill."""
    plan, keys, rng, now = plans()[ZONE], keyring(folder), Random(2), datetime.now(BEIJING)
    known = {row.order_no: row for row in Declaration.objects.all()}
    deeds: list[Deed] = []
    gone: list[Unit] = []
    backs: list[codec.Document] = []

    def hand(kind: str, sender: Firm, made: codec.Document) -> None:
        deeds.append(message(kind, sender.code, signed(kind, sender, [made], keys, rng)))

    for place, unit in enumerate(_units(folder)):
        row, kind, turn = known[unit.order_no], EXPORT if unit.export else IMPORT, place // len(WAYS)
        head, own = unit.heads[kind], f"{unit.number}"
        if row.state in RELEASED and unit.mode in afterwards.RETURN_MODE and turn % (3 if unit.export else 2) == 0:
            back = _back(kind, unit, row.invt_no, now, rng)
            hand(afterwards.RETURN_OF[kind], unit.agent, back)
            backs += [back] if unit.export else []
        elif row.state in RELEASED and unit.export:
            gone.append(unit)
            hand("CEB509Message", unit.carrier, chain.departure([head], f"D{own}", now, rng))
        elif row.state == "accepted" and (not unit.export or turn % 2 == 0):
            made = afterwards.cancellation(kind, head, row.invt_no, now, rng)
            made.head["copNo"] = f"X{own}"
            hand(afterwards.OF_LIST[kind], unit.agent, made)
        elif row.state == "accepted":
            site = firms(plan)["site"][0]
            hand("CEB507Message", site, chain.arrival([head], site, f"A{own}", now, rng))
            hand("CEB607Message", unit.agent, chain.master([head], f"999-{unit.number:08d}", f"M{own}", now, rng))
    for made in _summaries(gone, known, now, rng):
        hand("CEB701Message", gone[0].agent, made)
    (folder / "backs.pickle").write_bytes(pickle.dumps(backs))
    rng.shuffle(deeds)
    return deeds


def _back(kind: str, unit: Unit, invt_no: str, now: datetime, rng: Random) -> codec.Document:
    lines = unit.lines[kind]
    whole = {int(line["gnum"]): line["qty"] for line in lines}
    return afterwards.goods_return(kind, unit.heads[kind], lines, whole, invt_no, now, rng)


def _summaries(gone: list[Unit], known: dict[str, Declaration], now: datetime, rng: Random) -> list[codec.Document]:
    """Applications for cleared retail lists, a few in each."""
    retail = [unit for unit in gone if unit.mode in afterwards.RETURN_MODE and known[unit.order_no].state == "closed"]
    found = []
    for at in range(0, len(retail), TOGETHER):
        part = retail[at : at + TOGETHER]
        numbers = [known[unit.order_no].invt_no for unit in part]
        found.append(chain.summary(part[0].heads[EXPORT], numbers, f"SUM{at}", now, rng))
    return found


def sequels(folder: Path, _: int) -> list[Deed]:
    """Tallies of export returns, import returns noted at their site, goods sold abroad, evidence packages, and payment data asked by customs."""
    plan, keys, rng, now = plans()[ZONE], keyring(folder), Random(3), datetime.now(BEIJING)
    backs: list[codec.Document] = pickle.loads((folder / "backs.pickle").read_bytes())  # noqa: S301  (our own child wrote it)
    site = firms(plan)["site"][0]
    sheets = [afterwards.tally(one, (site.code, site.name), now, rng) for one in backs]
    deeds = [message("CEB215Message", site.code, signed("CEB215Message", site, [one], keys, rng)) for one in sheets]
    returned = FollowUp.objects.filter(kind="CEB625Message").values_list("pk", "declaration")
    deeds += [act("arrived", site.code, number=number) for number, _ in returned]
    abroad = Line.objects.filter(declaration__mode="9810", declaration__state__in=RELEASED).select_related("declaration")
    deeds += [_sold(line) for line in abroad]
    kept = Declaration.objects.filter(flow="I", state__in=RELEASED).exclude(pk__in=[row for _, row in returned])
    for row in kept.order_by("pk"):
        deeds.append(act("proved", row.ebc_code, order=row.order_no, bank=BANK, fen=row.goods_fen))
        deeds.append(act("asked", row.ebp_code, order=row.order_no, platform=row.ebp_code, session=f"S-{row.pk}"))
    rng.shuffle(deeds)
    return deeds


def _sold(line: Line) -> Deed:
    row = line.declaration
    return act("sold", row.ebc_code, invt_no=row.invt_no, gnum=line.gnum, qty="1", document=f"SO-{line.pk}")


WAVES: tuple[tuple[str, Wave, int], ...] = (("purchases", purchases, 60), ("follow-ups", follow_ups, 25), ("sequels", sequels, 15))
