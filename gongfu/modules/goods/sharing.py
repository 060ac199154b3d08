"""A product filing as a signed snapshot, kept by partner installations as their own zones' copy (R-707)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from gongfu.base.access.actor import WORKER
from gongfu.base.audit.action import record
from gongfu.base.kit import clock
from gongfu.base.partners.actions import applies
from gongfu.base.partners.actions import publish as sign
from gongfu.modules.goods import queries
from gongfu.modules.goods.flows import DOCUMENTS
from gongfu.modules.goods.models import Product

KIND = "product"
# Documents stay with the home platform.
SAID = tuple(name for name in queries.FACTS if name not in DOCUMENTS)
COLUMNS = ("zone", "party_code", *SAID, "flags", "state", "filed_on")


def publish(numbers: Iterable[int]) -> None:
    """Sign the products filed here as they stand; one that was never filed, or that a partner filed, is not passed on."""
    for product in Product.objects.filter(pk__in=list(numbers), home="", version__gt=0):
        body = {name: getattr(product, name) for name in COLUMNS} | {"number": product.version}
        sign(KIND, "/".join(queries.key_of(product)), product.edition, body)


@applies(KIND)
def keep(body: Mapping[str, Any], partner: str) -> str:
    """Keep a partner's filing, its change or its end. Its home decides; a product filed here is left alone (R-707)."""
    key = queries.key(body["party_code"], body)
    product = queries.by_keys([key], locked=True).get(key)
    if product is not None and product.home != partner:
        return "ours"
    if product is not None and product.edition >= body["version"]:
        return "older"
    told = {name: body[name] for name in COLUMNS if name != "filed_on"}
    told |= {
        "home": partner,
        "version": body["number"],
        "edition": body["version"],
        "case_id": None,
        "changed_at": clock.now(),
    }
    told["filed_on"] = date.fromisoformat(body["filed_on"])
    kept = product or Product()
    for name, value in told.items():
        setattr(kept, name, value)
    kept.save()
    facts = {"partner": partner, "version": body["version"]}
    record(WORKER, "goods.take_over", f"product:{'/'.join(key)}", body["zone"], facts)
    return "applied"
