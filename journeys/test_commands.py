"""The console command as a user types it: help, JSON, exit codes, replays, a fifth zone."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench import modes
from bench.intake import Row
from gongfu.config import cli, commands_scenarios
from gongfu.config.simulation import Outcome
from gongfu.core import evidence
from gongfu.core.ceb.certificates import make_key
from gongfu.peers.scenarios import BOOK
from gongfu.zones.plan import FOLDER

pytestmark = [pytest.mark.feature("intake.messages"), pytest.mark.feature("parties.filing")]
COMMANDS = (
    ("up",), ("intake",), ("parties", "import"), ("parties", "certificate", "add"), ("parties", "client", "add"), ("simulate", "day"), ("zone", "check"),
    ("zone", "open"), ("check_invariants",), ("audit", "verify"), ("bench", "intake"), ("house", "map"), ("house", "features"), ("partner", "key"), ("partner", "add"),
    ("partner", "pull"), ("feeds", "deliver"), ("feeds", "list"), ("goods", "codes"), ("bench", "hs"), ("bench", "modes"),
    ("simulate", "play"), ("realtime", "add"), ("evidence", "verify"),
)  # fmt: skip


SERVED = ("realtime", "add", "--platform", "91511300MA6DEM022B", "--cert-no", "CERT-1", "--account", "6222-1", "--item-link", "https://shop.invalid/{itemNo}")  # fmt: skip


class Shell:
    """`gongfu` with a data folder of its own."""

    alone: tuple[int, bool]

    def __init__(self, data: Path) -> None:
        data.chmod(0o711)
        self.env = {**os.environ, "GONGFU_DATA": str(data), "GONGFU_DEMO": "0"}
        self.env.pop("DATABASE_URL", None)

    def __call__(self, *argv: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "gongfu.config.cli", *argv],
            capture_output=True,
            text=True,
            env=self.env,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def shell() -> Iterator[Shell]:
    """Its database runs all the while; `alone` is what a first command without one answered, and whether it left one running."""
    from gongfu.config.postgres import Cluster

    with tempfile.TemporaryDirectory(prefix="gongfu-commands-", ignore_cleanup_errors=True) as folder:
        made, server = Shell(Path(folder)), Cluster(Path(folder))
        made.alone = made("check_invariants", "--json")[0], server.running()
        server.start()
        try:
            yield made
        finally:
            server.stop()


def test_a_command_alone_brings_its_database_up_and_takes_it_down_again(shell: Shell) -> None:
    assert shell.alone == (0, False)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_help(shell: Shell, command: tuple[str, ...]) -> None:
    code, out, _ = shell(*command, "--help")
    assert code == 0
    assert "usage: gongfu" in out


def test_a_day_from_files_to_outcomes_without_a_server(shell: Shell, tmp_path: Path) -> None:
    day = tmp_path / "day"
    code, out, _ = shell(
        "simulate", "day", "--zone", "mianyang", "--lists", "60", "--seed", "5", "--out", str(day), "--json"
    )
    assert (code, json.loads(out)["lists"]) == (0, 60)
    assert json.loads(shell("parties", "import", str(day / "parties.csv"), "--json")[1])["filed"] == 13
    code, out, _ = shell("parties", "certificate", "add", "--cert", str(day / "certificates"), "--json")
    assert code == 0
    assert {json.loads(line)["code"] for line in out.splitlines()} == {
        pem.stem for pem in (day / "certificates").iterdir()
    }
    code, out, err = shell("intake", str(day / "messages"), "--zone", "mianyang", "--json")
    assert code in (0, 1), err
    results = [json.loads(line) for line in out.splitlines()]
    assert {tuple(result) for result in results} == {
        ("file", "message_id", "guid", "type", "status", "findings", "documents", "receipts")
    }
    lists = [
        one for result in results if result["type"] in ("CEB621Message", "CEB603Message") for one in result["documents"]
    ]
    assert len({one["key"] for one in lists}) == 60
    assert {one["state"] for one in lists} <= {"released", "refused", "held"}
    for finding in (found for result in results for one in result["documents"] for found in one["findings"]):
        assert set(finding) == {"code", "document", "line", "field", "message", "remedy"}
    code, out, _ = shell("check_invariants", "--json")
    assert (code, {name for name, rows in json.loads(out).items() if rows}) == (0, set())
    code, out, _ = shell("audit", "verify", "--json")
    assert (code, json.loads(out)) == (0, {"faults": []})
    again = shell("intake", str(day / "messages"), "--zone", "mianyang", "--json")
    assert [json.loads(line)["message_id"] for line in again[1].splitlines()] == [
        result["message_id"] for result in results
    ]


def test_a_replay_stands_at_the_time_it_is_given(shell: Shell, tmp_path: Path) -> None:
    day = tmp_path / "day"
    shell("simulate", "day", "--zone", "deyang", "--lists", "5", "--seed", "2", "--out", str(day))
    shell("parties", "import", str(day / "parties.csv"))
    shell("parties", "certificate", "add", "--cert", str(day / "certificates"))
    _, out, err = shell("intake", str(day / "messages"), "--zone", "deyang", "--at", "2026-12-01T08:00:00", "--json")
    platform = [one for line in out.splitlines() for one in json.loads(line)["receipts"] if one["origin"] == "platform"]
    assert platform, err
    assert {one["returned_at"][:12] for one in platform} == {"202612010800"}


@pytest.mark.parametrize(("argv", "said"), [
    (("intake", "/nowhere.xml"), "not there"), (("intake", "/nowhere.xml", "--zone", "atlantis"), "no zone atlantis"), (("simulate", "day", "--zone", "x", "--out", "/tmp/x"), "no zone x"),
    (("parties", "import", "/nowhere.csv"), "nowhere"), (("parties", "client", "add", "--code", "1"), "not filed"), (("zone", "open", "/nowhere.toml"), "nowhere"),
    (("zone", "check", "/nowhere.toml"), "not there"), (("simulate", "day", "--zone", "deyang", "--lists", "0", "--out", "/tmp/x"), "--lists"),
    (("simulate", "day", "--zone", "deyang", "--lists", "2", "--out", "/dev/null/x"), "/dev/null/x"), (("intake", __file__, "--scenario", "/nowhere.json"), "/nowhere.json"),
    (("intake", __file__, "--at", "yesterday"), "--at"), (("up", "--scenario", "/nowhere.json"), "/nowhere.json"), (("parties", "certificate", "add", "--code", "1", "--cert", "/nowhere.pem"), "/nowhere.pem"),
    (("parties", "certificate", "add", "--cert", "/nowhere.pem"), "--code is needed"),
    (("simulate", "play", "half-an-hour"), "half-an-hour"), (("simulate", "play", "calm-day", "--zone", "atlantis"), "atlantis"), (("evidence", "verify", "/nowhere.zip"), "/nowhere.zip"),
    ((*SERVED, "--zone", "atlantis", "--key", "/nowhere.key"), "no zone atlantis"), ((*SERVED, "--zone", "nanchong", "--key", "/nowhere.key"), "/nowhere.key"),
    ((*SERVED, "--zone", "nanchong", "--key", __file__), "PEM"),
])  # fmt: skip
def test_what_cannot_be_done_is_said_in_one_line_with_code_2(shell: Shell, argv: tuple[str, ...], said: str) -> None:
    code, out, err = shell(*argv)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_a_database_that_does_not_answer_is_said_in_one_line(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(shell.env, "DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    code, out, err = shell("check_invariants", "--json")
    assert (code, out) == (2, "")
    assert "the database does not answer" in err
    assert "Traceback" not in err


def test_a_bad_row_is_left_out_and_the_others_are_filed(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "firms.csv").write_text(
        "code,name,kinds,zone,guarantee_yuan\n91511400MA6DEM014M,好企业,platform,meishan,100.00\n91511400MA6DEM014L,坏代码,platform,meishan,\n"
        "91510700MA6DEM014Q,,seller,mars,\n91511300MA6DEM014G,坏额度,agent,nanchong,many\n"
    )
    code, out, _ = shell("parties", "import", str(tmp_path / "firms.csv"), "--json")
    told = json.loads(out)
    assert (code, told["filed"]) == (1, 1)
    assert [one["code"] for one in told["findings"]] == ["PARTY-CODE", "PARTY-KIND", "PARTY-ZONE", "PARTY-NAME", "FIELD-NUMBER"]


@pytest.mark.feature("kpi.targets")
def test_a_fifth_zone_opens_by_a_file_alone(shell: Shell, tmp_path: Path) -> None:
    text = (
        (FOLDER / "nanchong.toml")
        .read_text("utf-8")
        .replace('code = "nanchong"', 'code = "fifthcity"', 1)
        .replace('short = "南充"', 'short = "第五市"', 1)
        .replace('adcode = "511300"', 'adcode = "510500"', 1)
    )
    plan = tmp_path / "fifthcity.toml"
    plan.write_text(text, "utf-8")
    assert shell("zone", "check", str(plan))[0] == 0
    assert shell("zone", "open", str(plan))[0] == 0
    day = tmp_path / "day"
    assert shell("simulate", "day", "--zone", "fifthcity", "--lists", "6", "--seed", "1", "--out", str(day))[0] == 0
    shell("parties", "import", str(day / "parties.csv"))
    shell("parties", "certificate", "add", "--cert", str(day / "certificates"))
    _, out, _ = shell("intake", str(day / "messages"), "--json")
    states = [one["state"] for line in out.splitlines() for one in json.loads(line)["documents"]]
    assert "released" in states
    plan.write_text(text.replace("layout =", "lay_out =").replace('"9610"', '"9999"', 1), "utf-8")
    code, out, _ = shell("zone", "check", str(plan), "--json")
    assert code == 1
    assert len(json.loads(out)) >= 2
    assert all(set(one) == {"where", "problem", "remedy"} for one in json.loads(out))


@pytest.mark.feature("matching.flows")
def test_the_bench_measures_every_row_and_leaves_every_invariant_whole(shell: Shell) -> None:
    code, out, err = shell("bench", "intake", "--lists", "100", "--json")
    assert (code, err) == (0, "")
    rows = {row["name"]: row for row in json.loads(out)["rows"]}
    assert set(rows) == {"parse", "verify", "copy", "bare", "orm", "product", "product_at_rest", "product_single"}
    assert {"name", "lists_per_s", "p50_ms", "p95_ms", "p99_ms", "peak_mib"} == set(rows["product"])


@pytest.mark.feature("declarations.accounts")
def test_the_bench_of_modes_takes_every_mode_to_the_single_window(shell: Shell) -> None:
    code, out, err = shell("bench", "modes", "--lists", "100", "--records", "3000", "--summary", "300", "--json")
    assert (code, err) == (0, "")
    rows = json.loads(out)["rows"]
    assert [row["name"] for row in rows] == [
        "bare", "9610_import", "1210_import", "9610_export", "1210_export", "9710_export", "9810_export", "import_return", "1210_hot_item", "reconciliation",
        "summary",
    ]  # fmt: skip
    assert all(row["bar"] for row in rows[1:])
    assert {row["met"] for row in rows} == {None}, "so small a run says nothing about speed"


@pytest.mark.feature("declarations.accounts")
@pytest.mark.parametrize(("per_s", "mib", "met", "fails"), [(17_000, 100, True, False), (9_000, 100, False, False), (8_000, 100, False, True), (17_000, 4_096, False, True)])
def test_a_bar_of_the_bench_is_told_and_fails_it_when_missed_by_a_factor_of_two(per_s: float, mib: float, met: bool, fails: bool) -> None:
    name = "summary" if mib > 1_000 else "reconciliation"
    told = modes.judged(Row(name, per_s, 1, 1, 1, mib), 1_000_000)
    assert (told["met"], bool(modes.too_far([told]))) == (met, fails)
    small = modes.judged(Row(name, 1, 1, 1, 1, mib), 100)
    assert (small["met"], modes.too_far([small])) == (None, [])
    table = modes.report([modes.judged(Row("bare", 1, 1, 1, 1, 1), 1), told])
    assert ("missed" in table, told["bar"] in table) == (not met, True)


@pytest.mark.feature("declarations.exports")
@pytest.mark.feature("risk.whitelist")
def test_the_whole_scenario_book_is_played_by_one_command(shell: Shell) -> None:
    code, out, err = shell("simulate", "play", "all", "--lists", "20", "--json")
    found = {one["scenario"]: one for one in json.loads(out)}
    assert (code, set(found)) == (0, set(BOOK)), err
    assert {name: one["violations"] for name, one in found.items() if one["violations"]} == {}
    assert all(one["released"] and one["modes"] and one["trace"] and one["nights"] for one in found.values())
    code, out, err = shell("simulate", "play", "calm-day", "--lists", "20", "--seed", "1", "--json")
    assert (code, json.loads(out)) == (0, [found["calm-day"]]), "the same seed, alone in its database"


def test_a_scenario_that_breaks_an_invariant_ends_with_code_1(capsys: Any, monkeypatch: Any) -> None:
    broken = Outcome("calm-day", 1, violations={"I5": ["account beyond its limit: 7"]})
    monkeypatch.setattr(commands_scenarios, "played", lambda *asked: [broken])
    assert cli.main(["simulate", "play", "calm-day", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)[0]["violations"] == broken.violations
    assert cli.main(["simulate", "play", "calm-day"]) == 1
    assert "I5: account beyond its limit: 7" in capsys.readouterr().out


@pytest.mark.feature("trade.file")
@pytest.mark.rule("R-206")
def test_a_platform_is_served_under_the_179_interface_by_a_command(shell: Shell, tmp_path: Path) -> None:
    key = tmp_path / "platform.key"
    key.write_bytes(make_key("rsa").dump())
    asked = (*SERVED, "--zone", "nanchong", "--key", str(key), "--json")
    code, out, err = shell(*asked)
    told = {"platform": "91511300MA6DEM022B", "cert_no": "CERT-1", "path": "/realtime/v1/91511300MA6DEM022B/platDataOpen"}
    assert (code, json.loads(out)) == (0, told), err
    assert shell(*asked)[0] == 0, "again, it brings the entry up to date"


@pytest.mark.feature("matching.evidence")
@pytest.mark.rule("R-610")
def test_an_evidence_package_is_proved_without_any_database(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(shell.env, "DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    secret, documents = Ed25519PrivateKey.generate(), {"order.json": b'{"orderNo": "O1"}'}
    head = {"number": "E1", "result": "PASS", "supported_fen": 1, "asked_fen": 1, "currency": "142", "party": "A", "reader": "B", "purpose": "loan", "consent_until": "2026-12-31"}  # fmt: skip
    told, public = evidence.manifest(head, documents), base64.b64encode(secret.public_key().public_bytes_raw()).decode()
    signature, file = base64.b64encode(secret.sign(told)).decode(), tmp_path / "package.zip"
    file.write_bytes(evidence.pack(told, documents, signature, public))
    code, out, err = shell("evidence", "verify", str(file), "--key", public, "--json")
    assert (code, json.loads(out)["sound"], json.loads(out)["package"]["number"]) == (0, True, "E1"), err
    file.write_bytes(evidence.pack(told, {"order.json": b'{"orderNo": "O2"}'}, signature, public))
    code, out, _ = shell("evidence", "verify", str(file))
    assert code == 1
    assert "order.json was altered" in out


def test_features_are_listed_with_what_stands_behind_them(shell: Shell) -> None:
    rows: list[dict[str, Any]] = json.loads(shell("house", "features", "--json")[1])
    assert len(rows) == 68
    assert set(rows[0]) == {"id", "module", "pages", "endpoints", "commands", "tests"}
    intake = next(row for row in rows if row["id"] == "intake.messages")
    assert all(intake[part] for part in ("pages", "endpoints", "commands", "tests"))
