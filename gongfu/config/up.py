"""`gongfu up`: which processes make an installation, and what it says when they run."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from gongfu.config import datafolder, postgres
from gongfu.config.supervisor import Child
from gongfu.config.supervisor import up as supervise

PYTHON = (sys.executable, "-W", "ignore")
WEB_WORKERS = 2


def up(*, port: int, workers: int, lists: int, demo: bool, scenario: Path | None = None) -> int:
    """Start everything and stay until told to stop; gives the exit code."""
    folder = datafolder.path()
    if _taken(port):
        print(f"gongfu: port {port} is in use; choose another with --port", file=sys.stderr)
        return 2
    parts = children(folder, port=port, workers=workers, lists=lists, demo=demo, scenario=scenario)
    return supervise(folder, parts, welcome=welcome(port, demo))


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def children(
    folder: Path, *, port: int, workers: int, lists: int, demo: bool, scenario: Path | None = None
) -> list[Child]:
    """In the order of their starting: database, preparation, demonstration day, web, workers, webhooks, link, single window.

    What is done once has the machine to itself; the workers find the day's messages waiting.
    """
    env = {"GONGFU_DATA": str(folder), "GONGFU_DEMO": "1" if demo else "0", "POLARS_MAX_THREADS": "1",
           "DJANGO_SETTINGS_MODULE": "gongfu.config.settings", "GONGFU_WEB_WORKERS": str(WEB_WORKERS)}  # fmt: skip
    serve = (*PYTHON, "-m", "gongfu.config.serve")
    link = Path(os.environ.get("GONGFU_LINK", folder / "link"))
    web = (*PYTHON, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--workers", str(WEB_WORKERS),
           "--blocking-threads", "4", "--no-ws", "--log-level", "warning", "gongfu.config.wsgi:application")  # fmt: skip
    database = [] if os.environ.get("DATABASE_URL") else [postgres.child(postgres.Cluster(folder))]
    played = [Child("demonstration day", (*serve, "play", str(lists)), env, once=True)] if demo else []
    found = [
        *database,
        Child("prepare", (*serve, "prepare"), env, once=True),
        *played,
        Child("web", web, env, ready=lambda: _taken(port)),
    ]
    found += [Child(f"worker-{number + 1}", (*serve, "worker"), env) for number in range(workers)]
    found.append(Child("hooks", (*serve, "hooks"), env))
    found.append(Child("link", (*serve, "link"), env))
    found.append(Child("clock", (*serve, "clock"), env))
    if demo:
        told = ("--scenario", str(scenario.resolve())) if scenario else ()
        window = (*PYTHON, "-m", "gongfu.peers.single_window", "--link", str(link), *told)
        found.append(Child("single-window", window, env))
    return found


def welcome(port: int, demo: bool) -> str:
    """The address and, in a demonstration, its accounts."""
    lines = ["", f"  公服 Gongfu is running: http://127.0.0.1:{port}/", ""]
    if demo:
        from gongfu.base.access.roles import roles
        from gongfu.config.accounts import PASSWORD, demo_name

        lines += [
            "  演示环境 Demonstration only: firms, people and documents are made up.",
            f"  Accounts (password of all: {PASSWORD}):",
        ]
        lines += [f"    {demo_name(code):<24} {role.title_zh} {role.title_en}" for code, role in roles().items()]
        lines.append("")
    return "\n".join([*lines, "  Ctrl-C stops everything; the data stay in the data folder."])
