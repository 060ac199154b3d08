"""A filing as a signed snapshot: what a partner installation may rely on, and no personal value (R-707)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from gongfu.base.access.actor import WORKER
from gongfu.base.audit.action import record
from gongfu.base.partners.actions import publish as sign
from gongfu.modules.parties.actions import keys_of
from gongfu.modules.parties.models import Party

KIND = "party"
COLUMNS = (
    "code",
    "name",
    "name_en",
    "kinds",
    "customs_code",
    "dxp_id",
    "zone",
    "filed_on",
    "confirmed_on",
    "revoked_on",
)


def publish(codes: Iterable[str]) -> None:
    """Sign the newest version of the firms filed here; a partner's filings are not passed on."""
    for party in Party.objects.filter(code__in=list(codes), origin=""):
        sign(KIND, party.code, party.version, {name: getattr(party, name) for name in COLUMNS})


def keep(body: Mapping[str, Any], partner: str) -> str:
    """Keep a partner's filing, its change or its end. Its home decides; a firm filed here is left alone (R-707)."""
    party = Party.objects.select_for_update().filter(code=body["code"]).first()
    if party is not None and party.origin != partner and party.revoked_on is None:
        return "ours"
    if party is not None and party.origin == partner and party.version >= body["version"]:
        return "older"
    told = {
        "name": body["name"], "name_en": body["name_en"], "kinds": body["kinds"], "dxp_id": body["dxp_id"], "zone": body["zone"], "version": body["version"],
        "customs_code": _free(body["customs_code"], body["code"]), "filed_on": _day(body["filed_on"]), "confirmed_on": _day(body["confirmed_on"]),
        "revoked_on": _day(body["revoked_on"]), "origin": partner, "case_id": None, **keys_of(body["name"], body["name_en"]),
    }  # fmt: skip
    Party.objects.update_or_create(code=body["code"], defaults=told)
    record(
        WORKER,
        "parties.take_over",
        f"party:{body['code']}",
        body["zone"],
        {"partner": partner, "version": body["version"]},
    )
    return "applied"


def _free(customs_code: str, code: str) -> str:
    """The customs code, unless another firm here has it."""
    taken = Party.objects.filter(customs_code=customs_code).exclude(code=code).exists() if customs_code else False
    return "" if taken else customs_code


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text and text != "None" else None
