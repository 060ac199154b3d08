"""Filing firms and registering their certificates."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.core import codes
from gongfu.core.ceb.certificates import load_certificate
from gongfu.core.rule import Finding
from gongfu.modules.parties import queries
from gongfu.modules.parties.models import KINDS, Certificate, Party

COLUMNS = ("code", "name", "kinds", "zone")


@dataclass(slots=True)
class Imported:
    """What an import did: rows filed anew, changed, and the findings of the rows left out."""

    filed: int = 0
    changed: int = 0
    rows: list[dict[str, str]] = field(default_factory=list)
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
    return found


@action("parties.import", title="导入备案企业")
def import_rows(actor: Actor, rows: list[dict[str, str]], *, zones: frozenset[str], on: date) -> Imported:
    """File each sound row (or bring its filing up to date); the others are left out with their findings."""
    done = Imported()
    for number, row in enumerate(rows, start=2):
        faults = row_findings(row, number, zones)
        if faults:
            done.findings += faults
            continue
        _, fresh = Party.objects.update_or_create(
            code=row["code"],
            defaults={
                "name": row["name"],
                "kinds": row["kinds"].split(";"),
                "zone": row["zone"],
                "customs_code": row.get("customs_code", ""),
                "dxp_id": row.get("dxp_id", ""),
            },
            create_defaults={
                "name": row["name"],
                "kinds": row["kinds"].split(";"),
                "zone": row["zone"],
                "filed_on": on,
                "customs_code": row.get("customs_code", ""),
                "dxp_id": row.get("dxp_id", ""),
            },
        )
        done.filed += fresh
        done.changed += not fresh
        done.rows.append(row)
    return done


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
