"""Which firms are filed for what, and with which certificates they sign."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

import polars as pl
from django.db.models import Q, QuerySet

from gongfu.base.access.actor import Actor
from gongfu.base.cases.models import Case
from gongfu.base.kit.beijing import civil_date
from gongfu.core.ceb.certificates import Certificate as Loaded
from gongfu.core.ceb.certificates import load_certificate
from gongfu.core.codes import NO_CODE
from gongfu.core.rule import Finding
from gongfu.modules.parties import rules
from gongfu.modules.parties.flows import KINDS
from gongfu.modules.parties.models import Certificate, Party
from gongfu.zones.plan import plans


@lru_cache(maxsize=10_000)
def _loaded(fingerprint: str, pem: str) -> Loaded:
    return load_certificate(pem.encode())


def _codes(party: Party) -> list[str]:
    return [code for code in (party.code, party.customs_code) if code]


def kinds(codes: Iterable[str], on: date) -> dict[str, frozenset[str]]:
    """For each of the codes (USCC or customs code) filed on that day, the kinds it is filed for."""
    wanted = set(codes)
    filed = Party.objects.filter(Q(code__in=wanted) | Q(customs_code__in=wanted), filed_on__lte=on).filter(
        Q(revoked_on=None) | Q(revoked_on__gt=on)
    )
    return {code: frozenset(party.kinds) for party in filed for code in _codes(party) if code in wanted}


def certificates(codes: Iterable[str], at: datetime) -> dict[str, list[Loaded]]:
    """For each code the certificates registered and not withdrawn at that moment."""
    wanted = set(codes)
    rows = Certificate.objects.select_related("party").filter(
        Q(party__code__in=wanted) | Q(party__customs_code__in=wanted), Q(revoked_at=None) | Q(revoked_at__gt=at)
    )
    found: dict[str, list[Loaded]] = {code: [] for code in wanted}
    for row in rows:
        for code in _codes(row.party):
            if code in found:
                found[code].append(_loaded(row.fingerprint, row.pem))
    return found


def home_zones(codes: Iterable[str]) -> dict[str, str]:
    """The home zone of each filed code."""
    wanted = set(codes)
    parties = Party.objects.filter(Q(code__in=wanted) | Q(customs_code__in=wanted))
    return {code: party.zone for party in parties for code in _codes(party)}


def names(codes: Iterable[str]) -> dict[str, str]:
    """The name of each filed code, USCC or customs code."""
    wanted = set(codes)
    found = Party.objects.filter(Q(code__in=wanted) | Q(customs_code__in=wanted))
    return {code: party.name for party in found for code in _codes(party)}


def credit_codes(codes: Iterable[str]) -> dict[str, str]:
    """The credit code (USCC) of each filed code."""
    wanted = {code for code in codes if code}
    rows = Party.objects.filter(Q(code__in=wanted) | Q(customs_code__in=wanted))
    return {code: party.code for party in rows for code in _codes(party) if code in wanted}


def codes_of(codes: Iterable[str]) -> list[str]:
    """All codes of these firms: those given, and their other ones."""
    wanted = {code for code in codes if code}
    rows = Party.objects.filter(Q(code__in=wanted) | Q(customs_code__in=wanted))
    return sorted(wanted.union(*(_codes(party) for party in rows)))


def by_code(code: str) -> Party | None:
    """The firm with this USCC or customs code."""
    return Party.objects.filter(Q(code=code) | Q(customs_code=code)).first() if code else None


def unfiled(heads: pl.DataFrame, wanted: dict[str, str], at: datetime) -> list[tuple[int, Finding]]:
    """(document, finding) for each firm named in `wanted` fields that is not filed for its kind (R-701).

    heads: document, guid and the fields.  wanted: field -> kind.  无 stands for a foreign platform (R-1506).
    """
    named = pl.concat([heads.select(pl.col(name).alias("code")) for name in wanted]).unique().drop_nulls()
    filed = kinds(named["code"].to_list(), civil_date(at))
    found = []
    for name, kind in wanted.items():
        good = [code for code, has in filed.items() if kind in has]
        missing = heads.filter(~pl.col(name).is_in([*good, NO_CODE]) & pl.col(name).is_not_null())
        for document, guid, code in missing.select("document", "guid", name).iter_rows():
            facts = {"kind": KINDS[kind]}
            found.append(
                (document, Finding("BIZ-PARTY-UNFILED", guid, field=name, value=code, facts=facts, rules=("R-701",)))
            )
    return found + _elsewhere(heads, wanted)


def _elsewhere(heads: pl.DataFrame, wanted: Iterable[str]) -> list[tuple[int, Finding]]:
    """Firms filed in a zone whose filings the document's zone does not take; zones that take all, as most do, cost no query."""
    known = plans()
    choosy = [zone for zone in heads["zone"].unique() if zone in known and "*" not in known[zone].filings_from]
    rows = heads.filter(pl.col("zone").is_in(choosy))
    if rows.is_empty():
        return []
    homes = home_zones({code for name in wanted for code in rows[name].drop_nulls()})
    return [
        (document, Finding("BIZ-PARTY-ELSEWHERE", guid, field=name, value=code, facts=_named(homes[code]), rules=("R-707",)))
        for name in wanted
        for document, guid, zone, code in rows.select("document", "guid", "zone", name).iter_rows()
        if code in homes and not known[zone].takes_filings_of(homes[code])
    ]


def _named(zone: str) -> dict[str, str]:
    plan = plans().get(zone)
    return {"home": plan.short, "home_en": plan.short_en} if plan else {"home": zone, "home_en": zone}


def valid(code: str) -> Party | None:
    """The firm with this USCC or customs code, while its filing holds."""
    party = by_code(code)
    return party if party is not None and party.revoked_on is None else None


def similar(name: str, name_en: str, code: str) -> list[tuple[Party, str, str]]:
    """Other filed firms whose name may be the same, with the reason in Chinese and English; at most five."""
    key = rules.name_key(name)
    sounds = sorted({rules.sound_key(one) for one in (name, name_en) if one} - {""})
    near = Party.objects.filter(Q(name_key=key) | Q(sound_keys__overlap=sounds)).exclude(code=code).order_by("pk")[:5]
    same, alike = (
        ("去掉地区和组织形式后相同", "the same without region and legal form"),
        ("读音相同", "it sounds the same"),
    )
    return [(party, *(same if party.name_key == key else alike)) for party in near]


def overdue(firms: QuerySet[Any], on: date) -> QuerySet[Any]:
    """Those of the firms whose yearly confirmation is overdue on the day (R-708)."""
    last = on - timedelta(days=rules.CONFIRM_DAYS)
    return firms.filter(Q(confirmed_on__lt=last) | Q(confirmed_on=None, filed_on__lt=last), revoked_on=None, origin="")


def count(zone: str, on: date) -> int:
    """Subjects of a zone on the day, each USCC once (R-1611)."""
    return Party.objects.filter(zone=zone, filed_on__lte=on).filter(Q(revoked_on=None) | Q(revoked_on__gt=on)).count()


def cases_of(actor: Actor, code: str) -> list[Case]:
    """The cases of a firm within the actor's reach, newest first; at most 20."""
    return list(Case.objects.seen_by(actor).filter(party_code=code).order_by("-pk")[:20])


def register(where: Mapping[str, Any], limit: int) -> list[dict[str, Any]]:
    """Valid filings as rows of the dataset `parties.register`.  where: zone and code, each a list."""
    rows = Party.objects.filter(revoked_on=None)
    if where.get("zone"):
        rows = rows.filter(zone__in=where["zone"])
    if where.get("code"):
        rows = rows.filter(code__in=where["code"])
    columns = ("code", "name", "kinds", "zone", "filed_on", "customs_code", "dxp_id")
    return [dict(row) for row in rows.order_by("pk").values(*columns)[:limit]]
