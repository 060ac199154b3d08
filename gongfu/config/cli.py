"""The one console command, `gongfu`. Exit codes: 0 done, 1 done but something was refused or found, 2 it could not be done."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db.utils import InterfaceError, OperationalError

from gongfu.config import commands_evidence as evidence
from gongfu.config import commands_feeds as feeds
from gongfu.config import commands_listed as listed
from gongfu.config import commands_partner as partner
from gongfu.config import commands_realtime as realtime
from gongfu.config import commands_risk as risk
from gongfu.config import commands_scenarios as scenarios
from gongfu.config.pgprograms import Missing

os.environ.setdefault("POLARS_MAX_THREADS", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongfu.config.settings")
Handler = Callable[[argparse.Namespace], int]
SCENARIO = "what the single-window stand-in does, a JSON file (docs/explanation/how-a-list-travels.md)"


def show(told: argparse.Namespace, result: Any, text: str) -> None:
    """The result as JSON with --json, else the text."""
    print(json.dumps(result, ensure_ascii=False, default=str) if told.json else text)


def moment(text: str) -> datetime:
    """An ISO time; Beijing time when it names no zone."""
    from gongfu.base.kit.beijing import BEIJING

    told = datetime.fromisoformat(text)
    return told if told.tzinfo else told.replace(tzinfo=BEIJING)


def count(text: str) -> int:
    """A whole number of at least one."""
    told = int(text)
    if told < 1:
        raise ValueError(text)
    return told


def up(told: argparse.Namespace) -> int:
    from gongfu.config.up import up as run

    fault = scenario_fault(told.scenario)
    if fault:
        return fail(fault)
    return run(port=told.port, workers=told.workers, lists=told.lists, demo=not told.no_demo, scenario=told.scenario)


def scenario_fault(path: Path | None) -> str:
    """What is wrong with a scenario file; "" when it is sound or none is given."""
    from gongfu.peers.single_window import read_scenario

    try:
        read_scenario(path)
    except (ValueError, OSError) as fault:
        return str(fault)
    return ""


def intake(told: argparse.Namespace) -> int:
    from gongfu.config.runtime import ready

    with ready() as folder:
        from gongfu.base.kit.clock import standing_at
        from gongfu.config import exchange, report
        from gongfu.zones.plan import plans

        if told.zone and told.zone not in plans():
            return fail(f"no zone {told.zone}; known: {', '.join(plans())}")
        files = [one for path in told.paths for one in (sorted(path.glob("*.xml")) if path.is_dir() else [path])]
        absent = [str(path) for path in files if not path.is_file()]
        if absent or not files:
            return fail(f"not there: {', '.join(absent) or 'any .xml file'}")
        if fault := scenario_fault(told.scenario):
            return fail(fault)
        with standing_at(told.at):
            taken = [(path, exchange.take(path, told.zone, told.at)) for path in files]
            exchange.settle(folder, seed=told.seed, scenario=told.scenario)
            results = [report.of_file(str(path), accepted) for path, accepted in taken]
    refused = 0
    for result in results:
        refused += result["status"] == "refused" or any(one["state"] == "refused" for one in result["documents"])
        if told.json:
            print(json.dumps(result, ensure_ascii=False, default=str))
    if not told.json:
        summary(results)
    return 1 if refused else 0


def summary(results: list[dict[str, Any]]) -> None:
    """Counts by type and state, then every reason with how often it occurred."""
    counts: dict[tuple[str, str], int] = {}
    reasons: dict[str, int] = {}
    for result in results:
        for one in result["documents"]:
            counts[result["type"][:6], one["state"]] = counts.get((result["type"][:6], one["state"]), 0) + 1
        said = [*result["findings"]] if result["status"] == "refused" else []
        for finding in [
            *said,
            *(found for one in result["documents"] if one["state"] != "released" for found in one["findings"]),
        ]:
            key = f"{finding['code']}  {finding['message']}" if not finding["document"] else finding["code"]
            reasons[key] = reasons.get(key, 0) + 1
    print(f"{len(results)} files, {sum(one['status'] == 'refused' for one in results)} refused")
    for (kind, state), count in sorted(counts.items()):
        print(f"  {kind}  {state:<9} {count:>7}")
    for reason, count in sorted(reasons.items(), key=lambda one: -one[1]):
        print(f"  {count:>7}  {reason}")


def parties_import(told: argparse.Namespace) -> int:
    from gongfu.config.runtime import ready

    with ready():
        from gongfu.base.access.actor import OPERATOR
        from gongfu.base.kit import clock
        from gongfu.base.kit.beijing import civil_date
        from gongfu.modules.parties import actions
        from gongfu.modules.tax.actions import set_guarantee
        from gongfu.zones.plan import plans

        try:
            rows = actions.read_csv(told.file)
        except (ValueError, OSError) as fault:
            return fail(str(fault))
        done = actions.import_rows(OPERATOR, rows, zones=frozenset(plans()), on=civil_date(clock.now()))
        limits = [set_guarantee(OPERATOR, code, limit_fen) for code, limit_fen in done.guarantees.items()]
        findings = [one.as_dict() for one in (*done.findings, *(said for limit in limits for said in limit.findings))]
    show(
        told,
        {"filed": done.filed, "changed": done.changed, "findings": findings},
        f"{done.filed} filed, {done.changed} brought up to date"
        + "".join(f"\n  {one['message']} {one['remedy']}" for one in findings),
    )
    return 1 if findings else 0


def certificate_add(told: argparse.Namespace) -> int:
    from gongfu.config.runtime import ready

    if told.code is None and not told.cert.is_dir():
        return fail("--code is needed, unless --cert is a folder of files named CODE.pem")
    files = sorted(told.cert.glob("*.pem")) if told.code is None else [told.cert]
    if not files:
        return fail(f"{told.cert} has no file named CODE.pem")
    with ready():
        from gongfu.base.access.actor import OPERATOR
        from gongfu.modules.parties.actions import add_certificate

        for file in files:
            try:
                ca = told.ca.read_bytes() if told.ca else None
                done = add_certificate(OPERATOR, told.code or file.stem, file.read_bytes(), ca)
            except (ValueError, OSError) as fault:
                return fail(f"{file.name}: {fault}" if told.code is None else str(fault))
            facts = {"code": done.code, "serial": done.serial, "fresh": done.fresh}
            show(told, facts, f"certificate {done.serial} registered for {done.code}")
    return 0


def client_add(told: argparse.Namespace) -> int:
    from gongfu.config.runtime import ready

    with ready():
        from gongfu.base.access.actions import add_client
        from gongfu.base.access.actor import OPERATOR
        from gongfu.modules.parties.queries import by_code

        party = by_code(told.code)
        if party is None:
            return fail(f"{told.code} is not filed; import it first")
        done = add_client(OPERATOR, party.code, party.zone, environment=told.environment)
    show(
        told,
        {"client_id": done.client_id, "client_secret": done.client_secret},
        f"client_id {done.client_id}\nclient_secret {done.client_secret}  (shown once)",
    )
    return 0


def simulate_day(told: argparse.Namespace) -> int:
    from gongfu.config import datafolder
    from gongfu.config.runtime import setup
    from gongfu.peers.day import day, write
    from gongfu.peers.firms import Keyring

    setup()
    from gongfu.base.kit.beijing import BEIJING
    from gongfu.zones.plan import plans

    if told.zone not in plans():
        return fail(f"no zone {told.zone}; known: {', '.join(plans())}")
    keys = Keyring(datafolder.path() / "demo-keys")
    made = day(plans()[told.zone], told.lists, told.seed, datetime.now(BEIJING).date(), keys)
    write(made, told.out, keys)
    show(
        told,
        {"messages": len(made.messages), "lists": told.lists, "planted": len(made.expected), "out": str(told.out)},
        f"{len(made.messages)} messages of {told.lists} lists in {told.out}, {len(made.expected)} planted faults in expected.json\n"
        f"next: gongfu parties import {told.out}/parties.csv; gongfu parties certificate add --cert {told.out}/certificates; gongfu intake {told.out}/messages --zone {told.zone}",
    )
    return 0


def zone_check(told: argparse.Namespace) -> int:
    from gongfu.zones.plan import check

    if not told.file.is_file():
        return fail(f"not there: {told.file}")
    problems = check(told.file)
    show(
        told,
        [{"where": one.where, "problem": one.problem, "remedy": one.remedy} for one in problems],
        "\n".join(map(str, problems)) or f"{told.file.name} is sound",
    )
    return 1 if problems else 0


def zone_open(told: argparse.Namespace) -> int:
    from gongfu.config.runtime import ready
    from gongfu.zones.plan import check, load

    problems = check(told.file)
    if problems:
        return fail("; ".join(map(str, problems)))
    plan = load(told.file)
    with ready() as folder:
        from gongfu.base.access.actor import OPERATOR
        from gongfu.config.zones import open_zone

        open_zone(OPERATOR, plan, told.file.read_bytes(), folder)
    show(told, {"zone": plan.code, "title": plan.title}, f"{plan.title} is open as {plan.code}")
    return 0


def check_invariants(told: argparse.Namespace) -> int:
    from gongfu.config.runtime import ready

    with ready():
        from gongfu.config.invariants import violations

        found = violations()
    show(
        told,
        found,
        "\n".join(
            f"{name}: {len(rows)} violations{''.join(f'{chr(10)}    {row}' for row in rows[:5])}"
            for name, rows in found.items()
        ),
    )
    return 1 if any(found.values()) else 0


def audit_verify(told: argparse.Namespace) -> int:
    from gongfu.config.runtime import ready

    with ready():
        from gongfu.base.audit import actions

        actions.seal_new()
        faults = actions.verify()
    show(told, {"faults": faults}, "\n".join(faults) or "the log is whole")
    return 1 if faults else 0


def bench_intake(told: argparse.Namespace) -> int:
    from bench.intake import main

    return main(lists=told.lists, as_json=told.json)


def bench_modes(told: argparse.Namespace) -> int:
    from bench.modes import main

    return main(lists=told.lists, records=told.records, summed=told.summary, as_json=told.json)


def bench_hs(told: argparse.Namespace) -> int:
    from bench.hs import main

    return main(told.queries, as_json=told.json)


def goods_codes(told: argparse.Namespace) -> tuple[Any, str, int]:
    from gongfu.base.access.actor import OPERATOR
    from gongfu.modules.goods.actions import load_codes

    done = load_codes(OPERATOR)
    said = "filled" if done.fresh else "up to date"
    return {"codes": done.entries, "fresh": done.fresh}, f"{done.entries} codes, {said}", 0


def house_map(told: argparse.Namespace) -> int:
    from gongfu.config.house import house_map as draw
    from gongfu.config.runtime import setup

    setup()
    text = draw()
    show(told, {"map": text}, text)
    return 0


def house_features(told: argparse.Namespace) -> int:
    from gongfu.config.house import features
    from gongfu.config.runtime import setup

    setup()
    rows = features()
    show(
        told,
        rows,
        "\n".join(
            f"{row['id']:<24} {len(row['pages'])} pages  {len(row['endpoints'])} endpoints  {len(row['commands'])} commands  {len(row['tests'])} tests"
            for row in rows
        ),
    )
    return 0


def fail(text: str) -> int:
    """Say in one clear line why it could not be done."""
    print(f"gongfu: {text}", file=sys.stderr)
    return 2


def _told(work: Callable[[argparse.Namespace], tuple[Any, str, int]]) -> Handler:
    """A command that works on the running database and says (result, text, exit code); a ValueError is its one clear line."""

    def run(told: argparse.Namespace) -> int:
        from gongfu.config.runtime import ready

        with ready():
            try:
                result, text, code = work(told)
            except ValueError as fault:
                return fail(str(fault))
        show(told, result, text)
        return code

    return run


def _add(into: Any, name: str, handler: Handler, about: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = into.add_parser(name, help=about, description=about)
    command.add_argument("--json", action="store_true", help="print results as JSON")
    command.set_defaults(handler=handler)
    return command


def _group(into: Any, name: str, about: str) -> Any:
    return into.add_parser(name, help=about, description=about).add_subparsers(required=True, metavar="COMMAND")


def parser() -> argparse.ArgumentParser:
    """All commands with their help."""
    top = argparse.ArgumentParser(
        prog="gongfu",
        description="公服: the open public service platform of cross-border e-commerce pilot zones.",
        epilog="GONGFU_DATA names the data folder; DATABASE_URL an external PostgreSQL. Exit codes: 0 done, 1 refused or found something, 2 could not be done.",
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    one = _add(commands, "up", up, "start database, web, workers and the single-window stand-in; Ctrl-C stops all")
    one.add_argument("--port", type=int, default=8000)
    one.add_argument("--workers", type=count, default=2)
    one.add_argument("--lists", type=int, default=400, help="lists of the demonstration day, over all zones")
    one.add_argument("--no-demo", action="store_true", help="no demonstration accounts and day")
    one.add_argument("--scenario", type=Path, help=SCENARIO)
    one = _add(
        commands,
        "intake",
        intake,
        "take message files through the same door as the interface, and show what became of every document",
    )
    one.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a message file, or a folder of *.xml")
    one.add_argument("--zone", default="", help="zone to take them for; without it, the sender's home zone")
    one.add_argument("--at", type=moment, help="time of receipt (ISO), for replays and tests")
    one.add_argument("--seed", type=int, default=1, help="seed of the single-window stand-in")
    one.add_argument("--scenario", type=Path, help=SCENARIO)
    _party_commands(commands)
    _other_commands(commands)
    group = _group(commands, "partner", "other installations, whose filings hold here and ours there")
    _add(group, "key", _told(partner.key), "show this installation's name and public key, to give to a partner")
    partner.options(_add(group, "add", _told(partner.add), "make a partner known, or bring it up to date"))
    _add(group, "pull", _told(partner.pull), "ask every partner now (the running platform does so every 30 seconds)")
    risk.options(
        _add(
            commands,
            "reconcile",
            _told(risk.reconcile),
            "compare a day of a zone with the single window, tax bills and statements",
        )
    )
    realtime.options(_group(commands, "realtime", "payment data for customs (announcement 179)"), _add, _told)
    evidence.options(_group(commands, "evidence", "evidence packages of real transactions"), _add, show)
    feeds.options(_group(commands, "feeds", "what departments and partners deliver"), _add, _told, moment)
    listed.options(_group(commands, "positive-list", "the official retail import list, by version"), _add, _told)
    return top


def _party_commands(commands: Any) -> None:
    group = _group(commands, "parties", "filed firms and their certificates")
    _add(
        group,
        "import",
        parties_import,
        "file the firms of a CSV: code,name,kinds,zone[,customs_code,dxp_id,guarantee_yuan]",
    ).add_argument("file", type=Path)
    inner = _group(group, "certificate", "certificates that firms sign with")
    one = _add(inner, "add", certificate_add, "register a certificate (PEM) for a filed firm")
    one.add_argument("--code", help="the firm's code; not needed for a folder")
    one.add_argument("--cert", type=Path, required=True, help="the certificate, or a folder of files named CODE.pem")
    one.add_argument("--ca", type=Path)
    inner = _group(group, "client", "OAuth2 clients of firms' systems")
    one = _add(inner, "add", client_add, "make a machine client for a filed firm and show its secret once")
    one.add_argument("--code", required=True)
    one.add_argument("--environment", choices=("live", "sandbox"), default="live")


def _other_commands(commands: Any) -> None:
    group = _group(commands, "simulate", "demonstration traffic")
    one = _add(
        group, "day", simulate_day, "write a zone's day of signed messages, with firms, certificates and planted faults"
    )
    one.add_argument("--zone", required=True)
    one.add_argument("--lists", type=count, default=200)
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--out", type=Path, required=True)
    scenarios.options(group, _add, show)
    group = _group(commands, "zone", "pilot zones as plan files")
    _add(group, "check", zone_check, "list every fault of a plan file").add_argument("file", type=Path)
    _add(group, "open", zone_open, "open a zone from its plan file").add_argument("file", type=Path)
    _add(commands, "check_invariants", check_invariants, "count violations of the invariants in the database")
    group = _group(commands, "audit", "the sealed log")
    _add(group, "verify", audit_verify, "walk the chain of seals and the signed heads")
    group = _group(commands, "bench", "measurements on this machine")
    _add(group, "intake", bench_intake, "the intake path beside its ceilings and a plain implementation").add_argument(
        "--lists", type=count, default=2000
    )
    one = _add(group, "modes", bench_modes, "each mode's whole path, the bonded book, a month's summary, reconciliation")
    one.add_argument("--lists", type=count, default=2000)
    one.add_argument("--records", type=count, default=1_000_000, help="documents that the reconciliation compares")
    one.add_argument("--summary", type=int, default=3_000_000, help="lists of the month; 0 leaves the row out")
    _add(group, "hs", bench_hs, "codes found by words, over all codes and real filings").add_argument(
        "--queries", type=int, default=400
    )
    group = _group(commands, "goods", "filed products and their codes")
    _add(
        group,
        "codes",
        _told(goods_codes),
        "fill the index of HS codes (gongfu up does so); nothing to do when it is current",
    )
    group = _group(commands, "house", "the house about itself")
    _add(group, "map", house_map, "portals, sections, screens, permissions, zones")
    _add(group, "features", house_features, "each feature with its pages, endpoints, commands and tests")


def main(argv: list[str] | None = None) -> int:
    """Run one command; gives its exit code."""
    told = parser().parse_args(argv)
    try:
        code: int = told.handler(told)
    except Missing as fault:
        return fail(str(fault))
    except KeyboardInterrupt:
        return fail("stopped")
    except OSError as fault:
        return fail(f"{fault.strerror or fault}{f': {fault.filename}' if fault.filename else ''}")
    except (OperationalError, InterfaceError) as fault:
        return fail(f"the database does not answer: {str(fault).splitlines()[0]}")
    return code


if __name__ == "__main__":
    raise SystemExit(main())
