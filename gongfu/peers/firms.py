"""Demonstration firms of a zone, with sound codes and keys of their own. Their names say what they are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from pathlib import Path

from stdnum.cn import ric, uscc

from gongfu.core.ceb.certificates import Certificate, SigningKey, load_certificate, make_certificate, make_key
from gongfu.zones.plan import Plan

ROLES = (
    ("platform", "平台", 2),
    ("ecommerce", "电商", 3),
    ("payment", "支付", 2),
    ("logistics", "物流", 2),
    ("declarant", "报关", 2),
    ("warehouse", "保税仓", 1),
    ("site", "监管场所", 1),
)
DIGITS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
GUARANTEE_YUAN = 5_000_000
DAYS_VALID = 3650
EPOCH = datetime(2020, 1, 1, tzinfo=timezone.utc)


@dataclass(frozen=True, slots=True)
class Firm:
    """A firm that exists only for demonstration."""

    code: str
    name: str
    kind: str
    zone: str
    dxp_id: str
    algorithm: str

    def row(self) -> dict[str, str]:
        """Its row of parties.csv."""
        guarantee = str(GUARANTEE_YUAN) if self.kind == "platform" else ""
        return {
            "code": self.code,
            "name": self.name,
            "kinds": self.kind,
            "zone": self.zone,
            "customs_code": "",
            "dxp_id": self.dxp_id,
            "guarantee_yuan": guarantee,
        }


def firm_code(adcode: str, number: int) -> str:
    """A sound unified social credit code of a firm that does not exist (organisation part MA0DM…)."""
    body = f"91{adcode}MA0DM{number:04d}"
    return body + str(uscc.calc_check_digit(body))


@cache
def firms(plan: Plan) -> dict[str, list[Firm]]:
    """The demonstration firms of a zone, by kind. The second of each kind signs with SM2."""
    found: dict[str, list[Firm]] = {}
    number = 0
    for kind, title, count in ROLES:
        for index in range(count):
            number += 1
            name = f"演示{title}{index + 1:02d}（{plan.short}）"
            dxp_id = f"DXPENT{int(plan.adcode) % 10**6:06d}{number:04d}"
            found.setdefault(kind, []).append(
                Firm(firm_code(plan.adcode, number), name, kind, plan.code, dxp_id, "sm2" if index == 1 else "rsa")
            )
    return found


def id_number(adcode: str, number: int) -> str:
    """A sound identity number of a person who does not exist: serial 000 to 999 on days of 1970 to 1999."""
    year, rest = 1970 + number % 30, number // 30
    body = f"{adcode}{year}{rest % 12 + 1:02d}{rest // 12 % 28 + 1:02d}{rest // 336 % 1000:03d}"
    return body + str(ric.calc_check_digit(body + "0"))


class Keyring:
    """Keys of the demonstration firms, made once and kept in a folder of the owner's."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._kept: dict[str, tuple[SigningKey, Certificate, bytes]] = {}

    def of(self, firm: Firm) -> tuple[SigningKey, Certificate, bytes]:
        """(key, certificate, PEM) of a firm."""
        if firm.code not in self._kept:
            self._kept[firm.code] = self._read(firm.code, firm.name, firm.algorithm)
        return self._kept[firm.code]

    def named(self, code: str, name: str, algorithm: str = "rsa") -> tuple[SigningKey, Certificate, bytes]:
        """The key of anyone else, such as the platform itself."""
        if code not in self._kept:
            self._kept[code] = self._read(code, name, algorithm)
        return self._kept[code]

    def _read(self, code: str, name: str, algorithm: str) -> tuple[SigningKey, Certificate, bytes]:
        key_file, pem_file = self.folder / f"{code}.key", self.folder / f"{code}.pem"
        if not (key_file.exists() and pem_file.exists()):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            key = make_key(algorithm)
            pem = make_certificate(
                key, name, int.from_bytes(code.encode()[-8:], "big"), EPOCH, EPOCH + timedelta(days=DAYS_VALID)
            )
            with os.fdopen(os.open(key_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
                out.write(key.dump())
            pem_file.write_bytes(pem)
        pem = pem_file.read_bytes()
        return SigningKey.load(key_file.read_bytes()), load_certificate(pem), pem
