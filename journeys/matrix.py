"""The world of the matrix: three firms in two zones, a citizen, one person a role, and rows that carry their firm's mark."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone
from oauth2_provider.models import AccessToken, get_application_model

from gongfu.base.access.actor import Actor, of_person
from gongfu.base.access.models import MachineClient, Person
from gongfu.base.access.roles import roles
from gongfu.base.cases import actions as cases
from gongfu.base.files import store
from gongfu.base.files.models import File, Use
from gongfu.base.hooks.models import Delivery, Endpoint
from gongfu.base.jobs.models import Job
from gongfu.base.registers.models import Entry
from gongfu.base.screens.models import Upload
from gongfu.modules.declarations.book_sheet import STOCK
from gongfu.modules.declarations.kinds import BOOKS
from gongfu.modules.declarations.models import BookItem, Declaration, Exported, FollowUp, Line, SummaryForm
from gongfu.modules.declarations.stock_screens import SALES
from gongfu.modules.drafts.models import Draft
from gongfu.modules.drafts.queries import sealed
from gongfu.modules.drafts.sheet import SHEETS
from gongfu.modules.feeds.models import Delivery as Delivered
from gongfu.modules.feeds.models import Feed, Mapping
from gongfu.modules.goods.models import Product
from gongfu.modules.goods.sheet import PRODUCTS
from gongfu.modules.intake.models import Message, Receipt
from gongfu.modules.parties.models import Party
from gongfu.modules.risk.models import Item
from gongfu.modules.services.orders import PROVIDERS
from gongfu.modules.tax.models import Bill
from gongfu.portals.gateway.clients import MAY
from gongfu.portals.gateway.models import ConformanceRun

# label → (code, zone): the actor's own firm, another of its zone, one of another zone.
FIRMS = {
    "own": ("91511300MA6DEM014G", "nanchong"),
    "tenant": ("91511300MA6DEM022B", "nanchong"),
    "zone": ("91511400MA6DEM013T", "meishan"),
}
MARKS = {label: f"MARK{label.upper()}7Q" for label in FIRMS}
REPORT = {
    "standard": "ceb", "version": "202205", "verdict": "passed", "at": "2026-11-20T00:00:00+08:00", "types": [], "files": [],
    "counts": {"passed": 0, "as_documented": 0, "failed": 0},
}  # fmt: skip
ABSENT = 99_999_999
ABSENT_SHA = "0" * 64


@dataclass
class World:
    """people: by role.  rows: kind of row → label → what the address names.  tokens: scope → bearer token of the own firm."""

    people: dict[str, Person] = field(default_factory=dict)
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def actor(self, role: str) -> Actor:
        return of_person(self.people[role])


def build() -> World:
    """Everything the matrix needs, in the transaction at hand."""
    world = World()
    for code, role in roles().items():
        firm, zone = FIRMS["own"] if role.reach == "own" and role.portal == "enterprise" else ("", "nanchong")
        world.people[code] = Person.objects.create(
            username=f"m-{code}", role=code, zone=zone, party_code=firm, title=code, password=make_password(None)
        )
    for label, (code, zone) in FIRMS.items():
        for kind, key in _rows(MARKS[label], code, zone).items():
            world.rows.setdefault(kind, {})[label] = key
    world.rows.update({"job": _jobs(world), "upload": _uploads(world, PRODUCTS.name), "stock_upload": _uploads(world, STOCK.name), "case_upload": _uploads(world, "case:parties.confirm"), "entry_upload": _uploads(world, "register:agreements"), "sales_upload": _uploads(world, SALES.name)})  # fmt: skip
    world.rows.update({one.name: _uploads(world, one.name) for one in SHEETS})
    for kind, keys in world.rows.items():
        keys["none"] = ABSENT_SHA if kind == "file" else "NONE" if isinstance(keys["own"], str) else ABSENT
    world.tokens = {scope: _token(scope) for scope in MAY}
    return world


def _rows(mark: str, code: str, zone: str) -> dict[str, Any]:
    """One row of each kind for a firm."""
    now, today = timezone.now(), date(2026, 11, 20)
    message = Message.objects.create(
        zone=zone, sender_code=code, channel="api", guid=f"{mark}-G", type="CEB603Message", sha256="a" * 64, size=1, file_name=f"{mark}.xml", state="accepted", received_at=now
    )  # fmt: skip
    Receipt.objects.create(
        zone=zone, message_id=message.pk, party_code=code, type="CEB604Message", batch="b", document_guid=f"{mark}-D", document_key=f"{mark}-D", origin="platform", status="-1",
        returned_at="20261120000000000", info=mark, fields={},
    )  # fmt: skip
    listed = Declaration.objects.create(
        zone=zone, message_id=message.pk, sender_code=code, guid=f"{mark}-D", flow="E", mode="9610", ebp_code=code, order_no=f"{mark}-O", ebc_code=code, logistics_code=code,
        logistics_no=f"{mark}-W", agent_code=code, customs_code="7900", currency="142", goods_fen=1, freight_fen=0, insured_fen=0, gross_g=1, declared_on=today, declared_at=now,
        received_at=now, state="ready",
    )  # fmt: skip
    form, goods = _exported(mark, code, listed)
    party = Party.objects.create(code=code, zone=zone, name=mark, kinds=["ecommerce"], filed_on=today)
    firm = Actor(f"firm:{mark}", "own", frozenset({"cases.open", "parties.apply"}), (zone,), (code,), "firm.operator")
    case = cases.open_case(firm, "parties.confirm", zone=zone, raw={"code": code}).case
    assert case is not None
    type(case).objects.filter(pk=case.pk).update(title=mark)
    run = ConformanceRun.objects.create(
        zone=zone, party_code=code, client=mark, standard="ceb", version="202205", verdict="passed", report=REPORT
    )  # fmt: skip
    body = store.write([mark.encode()])
    sha = body.sha256
    file = File.objects.create(
        owner=code, zone=zone, sha256=sha, name=f"{mark}.pdf", kind="pdf", size=body.size, stored=body.name
    )
    Use.objects.create(file=file, holder=f"case:{case.pk}")
    entry = Entry.objects.create(
        zone=zone, kind="agreements", key=mark, title=mark, valid_from=today, valid_until=today + timedelta(days=900), facts={"key": mark, "title": mark, "partner": mark, "partner_kind": "zone"}
    )  # fmt: skip
    named = {"name": mark, "services": [], "licences": [], "region": mark, "hotline": mark}
    Entry.objects.create(
        zone=zone, kind=PROVIDERS.code, key=code, title=mark, party_code=code, valid_from=today, facts=named
    )
    Entry.objects.create(
        zone=zone, kind=BOOKS.code, key=mark, title=mark, party_code=code, valid_from=today, facts={"operator": code}
    )
    BookItem.objects.create(
        zone=zone, ems_no=mark, record_no=mark, operator_code=code, hs10="3304990021", name=mark, unit="035"
    )
    feed, delivered = _fed(mark, code, zone, file)
    product = Product.objects.create(
        zone=zone, party_code=code, item_no=mark, mode="1210", direction="I", name=mark, spec=mark, hs_code="3304990021", origin_country="392", lane="list", state="valid", version=1, edition=1
    )  # fmt: skip
    item = Item.objects.create(zone=zone, source="window", kind="undelivered", key=mark, day=today, party_code=code)
    guid = f"{mark}-DRAFT"
    draft = Draft.objects.create(
        zone=zone, party_code=code, agent_code=code, kind="CEB303Message", guid=guid, number=mark, body=sealed({"head": {"orderNo": mark}, "lines": []}, guid), by=mark
    )  # fmt: skip
    return {
        "draft": draft.pk, **_back(listed, mark, code, zone), "product": product.pk, "feed": feed.pk, "feed_code": feed.code, "feed_delivery": delivered.pk, "paper": code, "provider": code, "standing": code, "item": item.pk, **_ordered(mark, code, zone),
        "message": message.pk, "list": listed.pk, "form": form, "stock": goods, "party": party.pk, "case": case.pk, "report": run.pk, "file": sha, "entry": entry.pk, **_hook(mark, code, zone),
    }  # fmt: skip


def _ordered(mark: str, code: str, zone: str) -> dict[str, int]:
    """An order of services, and one from a factory whose goods are ready to go."""
    may = frozenset({"cases.open", "services.entrust", "trade.order"})
    firm = Actor(f"firm:{mark}", "own", may, (zone,), (code,), "firm.operator")
    order = cases.open_case(firm, "services.order", zone=zone, raw={"scope": mark}).case
    wanted = {
        "factory": code, "goods": mark, "spec": mark, "item_no": mark, "qty": "1", "unit": "011", "currency": "142", "buyer": mark, "order_no": mark,
        "wish_on": "2027-01-01",
    }  # fmt: skip
    made = cases.open_case(firm, "trade.b2b", zone=zone, raw=wanted).case
    assert order is not None
    assert made is not None
    type(made).objects.filter(pk=made.pk).update(state="departing")
    return {"order": order.pk, "made": made.pk}


def _fed(mark: str, code: str, zone: str, file: File) -> tuple[Feed, Delivered]:
    """A feed of the firm, and one delivery of it."""
    now = timezone.now()
    feed = Feed.objects.create(
        zone=zone, code=f"F-{mark}", kind="parcels", title=mark, party_code=code, form="csv", every=1, unit="day", due_at=time(9), working_days=False, grace_minutes=60,
        registered_by=mark, registered_at=now, scheduled_at=now,
    )  # fmt: skip
    Mapping.objects.create(feed=feed, version=1, text="no = A", by=mark)
    delivered = Delivered.objects.create(
        zone=zone, feed=feed, party_code=code, sha256="b" * 64, name=mark, size=1, file=file, channel="api", actor=mark, received_at=now, mapping=1, state="read"
    )  # fmt: skip
    return feed, delivered


def _back(listed: Declaration, mark: str, code: str, zone: str) -> dict[str, int]:
    """A return of the firm's list, a tax bill, and a return asked for on line that waits for the declarant."""
    now = timezone.now()
    back = FollowUp.objects.create(
        zone=zone, message_id=listed.message_id, sender_code=code, guid=f"{mark}-R", kind="CEB213Message", number=mark, declaration=listed, agent_code=code, said_at=now,
        received_at=now, state="ready",
    )  # fmt: skip
    bill = Bill.objects.create(
        zone=zone, declaration_id=listed.pk, invt_no=mark, agent_code=code, assure_code=code, tax_no=mark, duty_fen=0, ct_fen=0, vat_fen=100, status="1",
        released_on=date(2026, 11, 1), returned_at="20261120000000000",
    )  # fmt: skip
    asked = cases.open_case(
        Actor(f"firm:{mark}", "own", frozenset({"cases.open", "returns.apply"}), (zone,), (code,), "firm.operator"), "declarations.return", zone=zone, raw={"number": mark}
    ).case  # fmt: skip
    assert asked is not None
    type(asked).objects.filter(pk=asked.pk).update(title=mark)
    return {"return": back.pk, "bill": bill.pk, "asked": asked.pk}


def _exported(mark: str, code: str, listed: Declaration) -> tuple[int, int]:
    """What an export list has besides: a form of a summary, and goods in a warehouse abroad."""
    zone, now = listed.zone, timezone.now()
    abroad = Declaration.objects.create(
        zone=zone, message_id=listed.message_id, sender_code=code, guid=f"{mark}-S", flow="E", mode="9810", ebp_code=code, order_no=f"{mark}-S", ebc_code=code, logistics_code=code,
        logistics_no=f"{mark}-S", agent_code=code, customs_code="7900", currency="142", goods_fen=1, freight_fen=0, insured_fen=0, gross_g=1, declared_on=listed.declared_on, declared_at=now,
        received_at=now, state="released", released_at=now,
    )  # fmt: skip
    told = {"zone": zone, "ebc_code": code, "agent_code": code, "owner_code": code, "customs_code": "7900", "traf_mode": "5", "country": "502", "port_code": "7900", "net_g": 1}  # fmt: skip
    Exported.objects.create(
        declaration=listed, mode="9610", lane="B", cleared_on=listed.declared_on, vehicle=mark, **told
    )
    Exported.objects.create(declaration=abroad, mode="9810", lane="B", **told)
    line = Line.objects.create(declaration=abroad, gnum=1, hs10="6109100000", name=mark, model="", country="502", qty=1, unit="011", qty1=1, unit1="011", price=1, total_fen=100)  # fmt: skip
    asked = FollowUp.objects.create(
        zone=zone, message_id=listed.message_id, sender_code=code, guid=f"{mark}-F", kind="CEB701Message", number=mark, official_no=mark, agent_code=code, ebc_code=code, said_at=now,
        received_at=now, state="concluded",
    )  # fmt: skip
    form = SummaryForm.objects.create(
        zone=zone, follow_up=asked, sum_no=mark, seq_no=mark, state="R", agent_code=code, ebc_code=code, customs_code="7900", gross_g=1, net_g=1, told_at="20261120000000000"
    )  # fmt: skip
    return form.pk, line.pk


def _hook(mark: str, code: str, zone: str) -> dict[str, str]:
    """An address for notices, and one notice."""
    address = Endpoint.objects.create(
        uid=f"wh_{mark}", zone=zone, party_code=code, environment="live", url=f"https://{mark.lower()}.example/hook", events=["receipt.ready"], secret=b""
    )  # fmt: skip
    notice = Delivery.objects.create(
        uid=f"nt_{mark}", zone=zone, party_code=code, endpoint=address, event="receipt.ready", subject=mark, body="{}"
    )
    return {"hook": address.uid, "delivery": notice.uid}


def _jobs(world: World) -> dict[str, Any]:
    """Jobs belong to persons: each has an own one, `tenant` and `zone` are another's."""
    return _personal(world, lambda owner, mark: Job.objects.create(owner=owner, kind="listing.export", title=mark).pk)


def _uploads(world: World, kind: str) -> dict[str, Any]:
    """Files of imports, likewise."""
    file = File.objects.all()[0]

    def made(owner: str, mark: str) -> int:
        row = Upload.objects.create(
            owner=owner, kind=kind, file=file, name=mark, sha256="c" * 64, good=0, bad=0, preview={"good": [], "bad": [], "remarks": []}
        )  # fmt: skip
        return row.pk

    return _personal(world, made)


def _personal(world: World, made: Callable[[str, str], int]) -> dict[str, Any]:
    """role → the person's own row; `own` is the firm administrator's."""
    rows = {code: made(f"person:{one.pk}", code) for code, one in world.people.items()}
    other = made("person:0", MARKS["tenant"])
    return {**rows, "own": rows["firm.admin"], "tenant": other, "zone": other}


def _token(scope: str) -> str:
    """A live token of the own firm that holds one scope."""
    code, zone = FIRMS["own"]
    kind = get_application_model()
    client = kind.objects.create(
        name=scope,
        client_type="confidential",
        authorization_grant_type="client-credentials",
        client_secret=secrets.token_hex(8),
    )
    MachineClient.objects.create(application=client, party_code=code, zone=zone, scopes=[scope])
    token = secrets.token_urlsafe(24)
    AccessToken.objects.create(
        application=client, token=token, scope=scope, expires=timezone.now() + timedelta(minutes=10)
    )
    return token
