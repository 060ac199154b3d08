"""Filing products: handed in, decided, changed, revoked; and filling the index of codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.events.bus import announce
from gongfu.base.files import queries as files
from gongfu.base.files.actions import hold
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.modules.goods import flows, hs, queries, rules
from gongfu.modules.goods.events import ProductsChanged
from gongfu.modules.goods.models import HsEdition, HsEntry, Product, Version
from gongfu.reference.tables import table

TEXTS = tuple(name for name in queries.FACTS if name not in ("price_low", "price_high", "declared"))
TAKEN = ("reviewing", "valid")


@dataclass(frozen=True, slots=True)
class Told:
    """Products as they stand after an act upon them."""

    products: list[Product]

    def audit(self) -> dict[str, Any]:
        first = self.products[0] if self.products else None
        numbers = [one.pk for one in self.products[:20]]
        return {
            "subject": f"product:{first.pk}" if first and len(self.products) == 1 else "products",
            "zone": first.zone if first else "",
            "facts": {"count": len(self.products), "numbers": numbers, "state": first.state if first else ""},
        }


@dataclass(frozen=True, slots=True)
class Filing:
    """What a case says of a product."""

    case: int
    zone: str
    party_code: str
    facts: Mapping[str, Any]

    @property
    def key(self) -> queries.Key:
        return queries.key(self.party_code, self.facts)


@action("goods.apply", title="提交商品备案")
def hand_in(actor: Actor, filings: Sequence[Filing]) -> Told:
    """Keep the products of new filings as under review; a product that was refused, withdrawn or revoked begins anew."""
    known = queries.by_keys((one.key for one in filings), locked=True)
    told = [known.get(one.key) or Product(zone=one.zone, party_code=one.party_code) for one in filings]
    _say(told, filings)
    for product in told:
        product.state, product.home, product.edition = "reviewing", "", product.edition + 1
    Product.objects.bulk_create([one for one in told if not one.pk], batch_size=500)
    for product in known.values():
        product.save()
    _hold(actor, told)
    _leave({one.case for one in filings}, {one.pk for one in told})
    return Told(told)


def _hold(actor: Actor, products: Sequence[Product]) -> None:
    """Documents that a product names are kept as long as it is."""
    for product in products:
        for name in flows.DOCUMENTS:
            file = files.found(actor, getattr(product, name)) if getattr(product, name) else None
            if file is not None:
                hold(file, f"goods.product:{product.pk}")


def _leave(cases: set[int], kept: set[int]) -> None:
    """What a draft was about before its item number was corrected, and what was never filed, is withdrawn."""
    left = Product.objects.filter(case_id__in=cases, version=0).exclude(pk__in=kept)
    left.update(state="withdrawn", changed_at=clock.now())


def _say(products: Sequence[Product], filings: Sequence[Filing]) -> None:
    """Put what the filings say into the products' columns, with the flags and findings of today; statutory units not given come
    from the nomenclature."""
    today, now = civil_date(clock.now()), clock.now()
    frame = rules.goods(one.facts for one in filings)
    flags = dict(rules.flagged(frame, today).group_by("row").agg("flag").iter_rows())
    findings: dict[int, list[dict[str, Any]]] = {}
    for row, fault in rules.findings(frame, today):
        findings.setdefault(row, []).append(fault.dump())
    units = {hs8: rest for hs8, *rest in table("hs8", today).select("hs8", "unit1", "unit2").iter_rows()}
    for row, (product, one) in enumerate(zip(products, filings, strict=True)):
        for name in TEXTS:
            setattr(product, name, one.facts.get(name) or "")
        product.price_low, product.price_high = one.facts.get("price_low"), one.facts.get("price_high")
        product.declared, product.flags = list(one.facts.get("declared") or []), sorted(flags.get(row, []))
        product.findings, product.case_id, product.changed_at = findings.get(row, []), one.case, now
        known = units.get(product.hs_code[:8], ["", ""])
        product.unit1, product.unit2 = product.unit1 or known[0], product.unit2 or known[1]


@action("goods.reopen", title="商品备案重新审核")
def reopen(actor: Actor, one: Filing) -> Told:
    """HS code or origin is to change: the product rests until that is decided; what is filed stays as it was (R-706)."""
    return Told([_moved(queries.by_keys([one.key], locked=True)[one.key], "reviewing")])


@action("goods.settle", title="商品备案未通过")
def settle(actor: Actor, one: Filing, state: str) -> Told:
    """The case ended, or went back, without approval: a product that was filed before is valid again, any other has `state`."""
    product = queries.by_keys([one.key], locked=True).get(one.key)
    return Told([_moved(product, "valid" if product.version else state)] if product else [])


@action("goods.revoke", title="撤销商品备案")
def revoke(actor: Actor, number: int) -> Told:
    """End a filing, in every zone. Product.DoesNotExist out of reach, or for one that a partner filed."""
    return Told(
        [_moved(Product.objects.seen_by(actor).select_for_update().get(pk=number, home="", state="valid"), "revoked")]
    )


def _moved(product: Product, state: str) -> Product:
    product.state, product.changed_at, product.edition = state, clock.now(), product.edition + 1
    product.save(update_fields=["state", "changed_at", "edition"])
    announce(ProductsChanged([product.pk]), zone=product.zone)
    return product


@action("goods.review", title="准予商品备案")
def approve(actor: Actor, one: Filing) -> Told:
    """File the product of an approved case, or its change; every zone may rely on it from now on (R-707)."""
    return Told([_filed(actor, one)])


@action("goods.change", title="商品备案变更直接生效")
def change(actor: Actor, one: Filing) -> Told:
    """A change that leaves HS code and origin as they are. ValueError for any other."""
    if rules.reopens(queries.facts_of(queries.by_keys([one.key])[one.key]), one.facts):
        raise ValueError("this change is reviewed first")
    return Told([_filed(actor, one)])


def _filed(actor: Actor, one: Filing) -> Product:
    """The product valid under its next version, which is kept for ever."""
    product = queries.by_keys([one.key], locked=True)[one.key]
    _say([product], [one])
    product.version, product.filed_on = product.version + 1, product.filed_on or civil_date(clock.now())
    product.save()
    _hold(actor, [product])
    Version.objects.create(
        product=product, number=product.version, facts=queries.facts_of(product), flags=product.flags, findings=product.findings,
        case_id=one.case, by=actor.name, at=product.changed_at,
    )  # fmt: skip
    return _moved(product, "valid")


@dataclass(frozen=True, slots=True)
class Filled:
    entries: int
    fresh: bool

    def audit(self) -> dict[str, Any] | None:
        return {"subject": "hs", "facts": {"entries": self.entries}} if self.fresh else None


@action("goods.codes", title="装入商品编码")
def load_codes(actor: Actor) -> Filled:
    """Fill the index of codes from the tables that come with the platform; nothing to do when it has that edition."""
    edition = hs.fingerprint()
    if HsEdition.objects.filter(fingerprint=edition).exists():
        return Filled(HsEntry.objects.count(), fresh=False)
    entries = hs.fill(table("goods_records"))
    HsEdition.objects.all().delete()
    HsEdition.objects.create(fingerprint=edition, entries=entries)
    return Filled(entries, fresh=True)
