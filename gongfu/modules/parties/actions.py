"""Filing firms and registering their certificates."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from django.db.models import F

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.events.bus import announce
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import civil_date
from gongfu.core import codes
from gongfu.core.ceb.certificates import load_certificate
from gongfu.core.fields import Field, parse
from gongfu.core.rule import Finding
from gongfu.modules.parties import queries, rules
from gongfu.modules.parties.events import PartiesChanged
from gongfu.modules.parties.flows import FIELDS, KINDS
from gongfu.modules.parties.models import Certificate, Party

COLUMNS = ("code", "name", "kinds", "zone")
GUARANTEE = Field("guarantee_yuan", "担保额度", "Guarantee", "money", needed=False, least=0)
ROW_FIELDS = (
    *(one for one in FIELDS if one.name in ("name", "customs_code", "dxp_id")),
    GUARANTEE,
)


@dataclass(slots=True)
class Imported:
    """What an import did: rows filed anew, changed, the findings of the rows left out; guarantees that rows name, in fen by code."""

    filed: int = 0
    changed: int = 0
    rows: list[dict[str, str]] = field(default_factory=list)
    guarantees: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def audit(self) -> dict[str, Any]:
        return {
            "subject": "parties",
            "facts": {"filed": self.filed, "changed": self.changed, "refused": len(self.findings)},
        }


def read_csv(path: Path) -> list[dict[str, str]]:
    """Rows of a UTF-8 (or GB18030) CSV with a header; ValueError naming the columns that are missing."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030")
    rows = list(csv.DictReader(text.splitlines()))
    missing = [name for name in COLUMNS if rows and name not in rows[0]]
    if missing or not rows:
        raise ValueError(
            f"the file needs a header and rows with the columns {', '.join(COLUMNS)}; missing: {', '.join(missing) or 'rows'}"
        )
    return [{key: (value or "").strip() for key, value in row.items() if key} for row in rows]


def row_findings(row: dict[str, str], number: int, zones: frozenset[str]) -> list[Finding]:
    """Faults of one row: code, kinds, zone, name."""
    found = []
    at: dict[str, Any] = {"document": f"#{number}", "line": number}
    if not codes.valid_party_code(row["code"]):
        found.append(Finding("PARTY-CODE", field="code", value=row["code"], rules=("R-702",), **at))
    unknown = [kind for kind in row["kinds"].split(";") if kind not in KINDS]
    if unknown:
        found.append(
            Finding("PARTY-KIND", field="kinds", value=";".join(unknown), facts={"known": ";".join(KINDS)}, **at)
        )
    if row["zone"] not in zones:
        found.append(
            Finding("PARTY-ZONE", field="zone", value=row["zone"], facts={"known": "、".join(sorted(zones))}, **at)
        )
    if not row["name"]:
        found.append(Finding("PARTY-NAME", field="name", **at))
    _, faults = parse(ROW_FIELDS, {one.name: row.get(one.name, "") for one in ROW_FIELDS}, on=civil_date(clock.now()))
    found += [replace(one, **at) for one in faults if one.code != "FIELD-NEEDED"]
    return found or _taken(row, at)


def _taken(row: dict[str, str], at: dict[str, Any]) -> list[Finding]:
    """A firm that a partner filed is changed there; a customs code belongs to one firm."""
    party, other = queries.valid(row["code"]), queries.by_code(row.get("customs_code", ""))
    if party is not None and party.origin:
        facts = {"origin": party.origin}
        return [Finding("FILING-ELSEWHERE", field="code", value=row["code"], facts=facts, rules=("R-707",), **at)]
    if other is not None and other.code != row["code"]:
        value = row["customs_code"]
        return [Finding("FILING-CUSTOMS-CODE", field="customs_code", value=value, rules=("R-703",), **at)]
    return []


@action("parties.import", title="导入备案企业")
def import_rows(actor: Actor, rows: list[dict[str, str]], *, zones: frozenset[str], on: date) -> Imported:
    """File each sound row (or bring its filing up to date); the others are left out with their findings."""
    done = Imported()
    for number, row in enumerate(rows, start=2):
        faults = row_findings(row, number, zones)
        if faults:
            done.findings += faults
            continue
        fresh = _brought_in(row, on)
        done.filed += fresh
        done.changed += not fresh
        done.rows.append(row)
        told, _ = parse((GUARANTEE,), row, on=on)
        if told:
            done.guarantees[row["code"]] = told[GUARANTEE.name]
    if done.rows:
        announce(PartiesChanged([row["code"] for row in done.rows]))
    return done


def _brought_in(row: dict[str, str], on: date) -> bool:
    """File one sound row, or bring its filing up to date as a new version when anything differs; whether it was filed anew."""
    told = {
        "name": row["name"],
        "kinds": row["kinds"].split(";"),
        "zone": row["zone"],
        "customs_code": row.get("customs_code", ""),
        "dxp_id": row.get("dxp_id", ""),
    }
    keys = keys_of(row["name"], "")
    party, fresh = Party.objects.select_for_update().get_or_create(
        code=row["code"], defaults={**told, **keys, "filed_on": on}
    )
    if not fresh and any(getattr(party, name) != value for name, value in told.items()):
        Party.objects.filter(pk=party.pk).update(
            **told, **keys_of(row["name"], party.name_en), version=F("version") + 1
        )
    return fresh


@dataclass(frozen=True, slots=True)
class Registered:
    code: str
    serial: str
    fresh: bool

    def audit(self) -> dict[str, Any]:
        return {"subject": f"party:{self.code}", "facts": {"serial": self.serial, "fresh": self.fresh}}


@action("parties.certificate", title="登记证书")
def add_certificate(actor: Actor, code: str, pem: bytes, ca: bytes | None = None) -> Registered:
    """Register a certificate for a filed firm; ValueError when the firm, the certificate or its issuer does not fit."""
    party = queries.by_code(code)
    if party is None:
        raise ValueError(f"{code} is not filed; import it first with: gongfu parties import FILE.csv")
    loaded = load_certificate(pem)
    if ca is not None and not loaded.issued_by(load_certificate(ca)):
        raise ValueError("the certificate was not issued by the given CA")
    row, fresh = Certificate.objects.get_or_create(
        fingerprint=loaded.fingerprint,
        defaults={
            "party": party,
            "serial": loaded.serial,
            "algorithm": loaded.algorithm,
            "pem": pem.decode(),
            "not_before": loaded.not_before,
            "not_after": loaded.not_after,
        },
    )
    if row.party_id != party.pk:
        raise ValueError("the certificate is registered for another firm")
    return Registered(party.code, loaded.serial, fresh)


def keys_of(name: str, name_en: str) -> dict[str, Any]:
    """The keys by which the same firm under another spelling is found."""
    sounds = sorted({rules.sound_key(one) for one in (name, name_en) if one} - {""})
    return {"name_key": rules.name_key(name), "sound_keys": sounds}


@dataclass(frozen=True, slots=True)
class Filed:
    """A firm as it stands after an act upon its filing."""

    party: Party

    def audit(self) -> dict[str, Any]:
        return {
            "subject": f"party:{self.party.code}",
            "zone": self.party.zone,
            "facts": {"version": self.party.version, "kinds": self.party.kinds, "revoked_on": self.party.revoked_on},
        }


@action("parties.review", title="准予备案")
def file_party(actor: Actor, case: int, zone: str, facts: dict[str, Any]) -> Filed:
    """File the firm of an approved case, or bring its filing up to date; every zone may rely on it from now on (R-707).

    A firm whose filing had ended is filed anew, in the zone of the case.
    """
    today = civil_date(clock.now())
    told = {
        "name": facts["name"], "name_en": facts.get("name_en", ""), "kinds": facts["kinds"], "customs_code": facts.get("customs_code", ""),
        "dxp_id": facts.get("dxp_id", ""), "case_id": case, "confirmed_on": today, "revoked_on": None, "origin": "",
        **keys_of(facts["name"], facts.get("name_en", "")),
    }  # fmt: skip
    party, fresh = Party.objects.select_for_update().get_or_create(
        code=facts["code"], defaults={**told, "zone": zone, "filed_on": today}
    )
    if not fresh:
        anew = {"zone": zone, "filed_on": today} if party.revoked_on is not None else {}
        Party.objects.filter(pk=party.pk).update(**told, **anew, version=F("version") + 1)
        party.refresh_from_db()
    announce(PartiesChanged([party.code]), zone=party.zone)
    return Filed(party)


@action("parties.revoke", title="撤销备案")
def revoke_party(actor: Actor, code: str, why: str) -> Filed:
    """End a filing from today on, in every zone; Party.DoesNotExist for a code that is not filed."""
    party = Party.objects.select_for_update().get(code=code)
    party.revoked_on, party.version = civil_date(clock.now()), party.version + 1
    party.save(update_fields=["revoked_on", "version"])
    announce(PartiesChanged([code]), zone=party.zone)
    return Filed(party)


@action("parties.confirm", title="年度确认")
def confirm_party(actor: Actor, code: str) -> Filed:
    """The firm says that its filing still holds (R-708)."""
    party = Party.objects.select_for_update().get(code=code)
    party.confirmed_on = civil_date(clock.now())
    party.save(update_fields=["confirmed_on"])
    announce(PartiesChanged([code]), zone=party.zone)
    return Filed(party)
