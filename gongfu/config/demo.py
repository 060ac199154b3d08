"""The demonstration: an account for each role, firms with their certificates, and a day played in every zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import polars as pl

from gongfu.base.access.actions import add_person
from gongfu.base.access.actor import OPERATOR, WORKER, Actor
from gongfu.base.access.identity import identity_key
from gongfu.base.access.models import Person
from gongfu.base.access.roles import roles
from gongfu.base.cases import many
from gongfu.base.cases.actions import take
from gongfu.base.registers.actions import write
from gongfu.base.tasks.actions import open_controls
from gongfu.config.accounts import PASSWORD, demo_name
from gongfu.config.exchange import sender_of
from gongfu.core.money import fen
from gongfu.modules.declarations.book_flows import STOCK_IN
from gongfu.modules.declarations.books import opened
from gongfu.modules.declarations.kinds import BOOKS, SITES
from gongfu.modules.declarations.opening import seed_sites
from gongfu.modules.declarations.sites import planned
from gongfu.modules.goods import queries
from gongfu.modules.goods.flows import FILING
from gongfu.modules.intake.actions import accept
from gongfu.modules.intake.models import Message
from gongfu.modules.parties.actions import add_certificate, import_rows
from gongfu.modules.tax.actions import set_guarantee
from gongfu.peers.day import day
from gongfu.peers.firms import Keyring, firms
from gongfu.peers.orders import person
from gongfu.reference.tables import table
from gongfu.zones.plan import Plan, plans

HOME_ZONE, PRODUCTS = "nanchong", 24
STOCKED, LINES_A_DOCUMENT = "1000000", 99
# The firm of a demonstration account: its kind, and which of that kind.
FIRM_OF_ROLE = {
    "firm.admin": ("declarant", 0),
    "firm.operator": ("declarant", 0),
    "firm.viewer": ("platform", 0),
    "broker.operator": ("declarant", 1),
    "provider.operator": ("logistics", 0),
    "bank.officer": ("payment", 0),
    "insurer.officer": ("payment", 1),
}


def accounts() -> None:
    """One account for each role, in the home zone, and the list of controls.

    Accounts that are there stay: hashing a password takes half a second, and every start comes by here.
    """
    plan = plans()[HOME_ZONE]
    buyer = person(plan, 0)
    citizen = identity_key(buyer["buyerIdNumber"], buyer["buyerName"])
    open_controls(OPERATOR)
    there = set(Person.objects.filter(demo=True).values_list("username", flat=True))
    for code, role in roles().items():
        name = demo_name(code)
        if name in there:
            continue
        kind, which = FIRM_OF_ROLE.get(code, ("", 0))
        firm = firms(plan)[kind][which] if kind else None
        title = f"演示{role.title_zh}" + (f" · {firm.name}" if firm else "")
        add_person(
            OPERATOR,
            name,
            PASSWORD,
            role=code,
            title=title,
            zone=plan.code,
            party_code=firm.code if firm else citizen if code == "consumer.person" else "",
            identity=citizen if code == "consumer.person" else "",
            demo=True,
        )


def enrol(plan: Plan, keys: Keyring, on: date) -> None:
    """File the demonstration firms of a zone, register their certificates, set the guarantees."""
    rows = [firm.row() for group in firms(plan).values() for firm in group]
    import_rows(OPERATOR, rows, zones=frozenset(plans()), on=on)
    for group in firms(plan).values():
        for firm in group:
            add_certificate(OPERATOR, firm.code, keys.of(firm)[2])
            if firm.row()["guarantee_yuan"]:
                set_guarantee(OPERATOR, firm.code, fen(firm.row()["guarantee_yuan"]))
    bonded(plan, on)


def bonded(plan: Plan, on: date) -> None:
    """The plan's bonded sites in the register; where one is open, a book of its warehouse with stock of all sample goods; once."""
    seed_sites(OPERATOR, plan)
    book, owner = f"T{plan.adcode}W000001", firms(plan)["warehouse"][0]
    if not plan.bonded_open(on) or opened(plan.code, [book]):
        return
    seed = next(one for one in planned(plan) if one.get("open_from") or one.get("accepted_on"))
    inside = {"area_codes": owner.code, "operator": firms(plan)["site"][0].code}
    write(OPERATOR, SITES.code, zone=plan.code, raw={**seed, **inside})
    facts = {
        "ems_no": book, "title": f"{owner.name}账册", "operator": owner.code, "site": seed["code"], "customs_code": plan.customs_codes[0],
        "opened_on": on.isoformat(),
    }  # fmt: skip
    write(OPERATOR, BOOKS.code, zone=plan.code, raw=facts, party_code=owner.code)
    says = Actor(f"demo:{owner.code}", "own", frozenset({"*"}), (plan.code,), (owner.code,))
    rows = [
        {"record_no": f"R{one['goods_id']}", "qty": STOCKED, "hs10": one["hs10"], "name": one["name_zh"], "unit": "035"}
        for one in table("goods_samples").unique("goods_id", maintain_order=True).iter_rows(named=True)
    ]
    parts = [rows[at : at + LINES_A_DOCUMENT] for at in range(0, len(rows), LINES_A_DOCUMENT)]
    drafts = [
        {"ems_no": book, "inbound_no": f"HZ{on:%Y%m%d}{number:04d}", "rows": part}
        for number, part in enumerate(parts, 1)
    ]
    many.hand_in(says, STOCK_IN.code, zone=plan.code, drafts=drafts)


def goods(plan: Plan) -> None:
    """Products of the zone's first declarant, real goods under its name: most approved, the newest three under review; once."""
    firm = firms(plan)["declarant"][0]
    if queries.count(plan.code):
        return
    says = Actor(f"demo:{firm.code}", "own", frozenset({"*"}), (plan.code,), (firm.code,))
    rows = table("goods_samples").filter(pl.col("origin") != "").head(PRODUCTS).iter_rows(named=True)
    drafts = [
        {"item_no": one["goods_id"], "mode": "1210", "direction": "I", "name": one["name_zh"][:100], "spec": one["spec"][:200] or "—", "hs_code": one["hs10"],
         "origin_country": one["origin"], "net_content": str(one["net_g"]), "net_unit": "g", "price_low": one["price_fen"], "price_high": one["price_fen"], "lane": "simple"}
        for one in rows
    ]  # fmt: skip
    handed = [one for one in many.hand_in(says, FILING.code, zone=plan.code, drafts=drafts).cases if one is not None]
    for case in handed[:-3]:
        take(OPERATOR, case.pk, "approve")


def play(folder: Path, lists: int, on: date, say: Callable[[str], None]) -> int:
    """Hand in a day of every zone (once a day); the running workers do the rest. Gives how many messages."""
    keys = Keyring(folder / "demo-keys")
    count = 0
    for plan in plans().values():
        if Message.objects.filter(zone=plan.code, received_at__date=on, channel="demo").exists():
            continue
        enrol(plan, keys, on)
        goods(plan)
        made = day(plan, max(lists // len(plans()), 1), on.toordinal(), on, keys)
        for name, data in made.messages:
            accept(WORKER, data, zone=plan.code, sender_code=sender_of(data), channel="demo", file_name=name)
        count += len(made.messages)
        say(f"{plan.short}: {len(made.messages)} messages of the demonstration day handed in")
    return count
