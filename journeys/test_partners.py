"""Two installations, two databases, two processes: a filing made in one is used in the other, and so are its change and its end (R-707)."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gongfu.config.processes import until

pytestmark = [pytest.mark.feature("parties.filing"), pytest.mark.rule("R-707"), pytest.mark.xdist_group("partners")]
HEAD = "code,name,kinds,zone\n"
FIRM = "91510700MA6DEM014Q"
ROW = f"{FIRM},绵阳顺达贸易有限公司,ecommerce,mianyang\n"
DRIVE = """
import django, sys
django.setup()
from gongfu.base.access.actor import OPERATOR, Actor
from gongfu.base.access.roles import roles
from gongfu.base.cases import actions as cases
from gongfu.base.cases.models import Case
from gongfu.base.events import worker
from gongfu.base.notices.models import Notice
from gongfu.modules.parties import actions, queries
verb, code = sys.argv[1:3]
FIRM = Actor("person:1", "own", roles()["firm.operator"].may, ("nanchong",), (code,), "firm.operator")
OFFICER = Actor("person:2", "zone", roles()["officer.commerce"].may, ("nanchong", "mianyang"), (), "officer.commerce")
if verb == "revoke":
    actions.revoke_party(OPERATOR, code, "停业")
if verb == "ask":
    told = {"code": code, "name": "绵阳顺达国际贸易有限公司", "kinds": ["ecommerce"], "address": "涪城区一号"}
    made = cases.open_case(FIRM, "parties.elsewhere", zone="nanchong", raw=told)
    assert cases.take(FIRM, made.case.pk, "submit").done
    assert cases.take(OFFICER, made.case.pk, "forward").done
if verb in ("approve", "refuse"):
    row = Case.objects.get(kind="parties.handled", closed_at=None)
    assert cases.take(OFFICER, row.pk, verb, {"reason": "材料不符"}).done
if verb == "state":
    row = Case.objects.filter(kind="parties.elsewhere").latest("pk")
    print(row.state, Notice.objects.filter(party_code=code, place=f"cases/{row.pk}").count())
    sys.exit()
worker.drain()
party = queries.by_code(code)
print("absent" if party is None else f"{party.name} {party.version} {'revoked' if party.revoked_on else 'valid'} {party.origin}")
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Site:
    """One installation: its data folder, its own PostgreSQL, its commands, its web server."""

    def __init__(self, code: str, folder: Path) -> None:
        folder.mkdir(mode=0o711)
        self.code, self.folder, self.port, self.web = code, folder, free_port(), None
        self.env = {
            **os.environ,
            "GONGFU_DATA": str(folder),
            "GONGFU_SITE": code,
            "GONGFU_DEMO": "0",
            "DJANGO_SETTINGS_MODULE": "gongfu.config.settings",
        }
        self.env.pop("DATABASE_URL", None)

    def run(self, *argv: str) -> str:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", *argv], capture_output=True, text=True, env=self.env, check=False
        )
        assert done.returncode in (0, 1), done.stderr[-2000:]
        return done.stdout.strip()

    def gongfu(self, *argv: str) -> Any:
        return json.loads(self.run("-m", "gongfu.config.cli", *argv, "--json"))

    def file(self, rows: str) -> None:
        path = self.folder / "parties.csv"
        path.write_text(HEAD + rows, "utf-8")
        assert self.gongfu("parties", "import", str(path))["findings"] == []

    def says(self, verb: str, code: str) -> str:
        return self.run("-c", DRIVE, verb, code).splitlines()[-1]

    def open(self) -> None:
        argv = [
            "-m",
            "granian",
            "--interface",
            "wsgi",
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--log-level",
            "warning",
            "gongfu.config.wsgi:application",
        ]
        self.web: Any = subprocess.Popen([sys.executable, "-W", "ignore", *argv], env=self.env)
        assert until(self.answers, 60)

    def answers(self) -> bool:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/exchange/v1/snapshots", timeout=2)
        except urllib.error.HTTPError as fault:
            return fault.code == 401
        except OSError:
            return False
        return False

    def close(self) -> None:
        if self.web is not None:
            self.web.terminate()
            self.web.wait(20)
            self.web = None


@pytest.fixture(scope="module")
def sites() -> Iterator[tuple[Site, Site]]:
    from gongfu.config.postgres import Cluster

    with tempfile.TemporaryDirectory(prefix="gongfu-partners-", ignore_cleanup_errors=True) as root:
        Path(root).chmod(0o711)
        pair = Site("mianyang-site", Path(root) / "a"), Site("chengdu-site", Path(root) / "b")
        clusters = [Cluster(one.folder) for one in pair]
        for cluster in clusters:
            cluster.start()
            cluster.furnish()
        try:
            for one in pair:
                one.gongfu("parties", "import", str(_empty(one.folder)))
            yield pair
        finally:
            for one in pair:
                one.close()
            for cluster in clusters:
                cluster.stop()


def _empty(folder: Path) -> Path:
    path = folder / "first.csv"
    path.write_text(HEAD + "91511300MA6DEM014G,南充某某有限公司,agent,nanchong\n", "utf-8")
    return path


def acquainted(here: Site, there: Site, zones: str) -> None:
    key = there.gongfu("partner", "key")["public_key"]
    here.gongfu(
        "partner",
        "add",
        "--code",
        there.code,
        "--url",
        f"http://127.0.0.1:{there.port}",
        "--key",
        key,
        "--zones",
        zones,
        "--until",
        "2099-12-31",
    )


def both_answer(home: Site, partner: Site, verb: str) -> None:
    """The home asks its partner, decides what came, and the partner asks back; each is up only while it is asked."""
    home.close()
    partner.open()
    assert home.gongfu("partner", "pull")[0]["outcomes"]["applied"] == 1
    partner.close()
    home.says(verb, FIRM)
    home.open()
    assert set(partner.gongfu("partner", "pull")[0]["outcomes"]) == {"applied"}


def test_a_filing_its_change_and_its_end_are_used_in_the_other_installation(sites: tuple[Site, Site]) -> None:
    home, partner = sites
    acquainted(home, partner, "nanchong")
    acquainted(partner, home, "mianyang")
    home.open()
    home.file(ROW)
    home.says("drain", FIRM)
    assert partner.says("drain", FIRM) == "absent"
    told = partner.gongfu("partner", "pull")
    assert told[0]["outcomes"] == {"not-home": 1, "applied": 1}
    assert partner.says("drain", FIRM) == "绵阳顺达贸易有限公司 1 valid mianyang-site"
    assert partner.gongfu("partner", "pull")[0]["outcomes"] == {}

    for verb, outcome, name in (
        ("refuse", "refused", "绵阳顺达贸易有限公司 1"),
        ("approve", "approved", "绵阳顺达国际贸易有限公司 2"),
    ):
        partner.says("ask", FIRM)
        assert partner.says("state", FIRM).split()[0] == "forwarded"
        both_answer(home, partner, verb)
        assert partner.says("state", FIRM).split()[0] == outcome
        assert partner.says("drain", FIRM) == f"{name} valid mianyang-site"

    home.close()
    home.says("revoke", FIRM)
    assert "refused" in partner.gongfu("partner", "pull")[0]["error"].lower()
    assert partner.says("drain", FIRM).split()[2] == "valid"
    home.open()
    assert partner.gongfu("partner", "pull")[0]["outcomes"] == {"applied": 1}
    assert partner.says("drain", FIRM).split()[1:] == ["3", "revoked", "mianyang-site"]
    assert partner.gongfu("audit", "verify")["faults"] == []
