"""Getting ready: the database running, Django set up, the tables in place, the zones of this installation known."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import django

from gongfu.config import datafolder
from gongfu.config.postgres import cluster

if TYPE_CHECKING:
    from gongfu.core.ceb.outgoing import Signer

PLATFORM_CODE, PLATFORM_NAME = "91510000MA0GONGFU0", "公服平台"


def say(text: str) -> None:
    """Progress, for people: to standard error, so that results stay clean."""
    print(f"  {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def ready(*, migrate: bool = True, quiet: bool = True) -> Iterator[Path]:
    """Within it the database answers and Django is set up. Gives the data folder."""
    folder = datafolder.path()
    with cluster(folder, (lambda _: None) if quiet else say):
        setup()
        if migrate:
            bring_up_to_date(quiet=quiet)
        yield folder
        from django.db import connections

        connections.close_all()


def setup() -> None:
    """Django's own setting up, and the plans that were opened by file."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gongfu.config.settings")
    django.setup()
    from gongfu.zones.plan import add_folder

    add_folder(datafolder.path() / "plans")


def bring_up_to_date(*, quiet: bool = True) -> None:
    """Apply the migrations that are missing."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        if not quiet:
            say("bringing the tables up to date")
        call_command("migrate", verbosity=0, interactive=False)


@cache
def platform_signer(folder: Path) -> Signer:
    """The platform's own key towards the single window, made on first use and read once a process (reading checks it, which costs)."""
    from gongfu.core.ceb.outgoing import Signer
    from gongfu.modules.intake.links import OUR_DXP_ID
    from gongfu.peers.firms import Keyring

    key, certificate, _ = Keyring(folder / "keys").named(PLATFORM_CODE, PLATFORM_NAME)
    return Signer(PLATFORM_CODE, PLATFORM_NAME, OUR_DXP_ID, key, certificate)


def own_signer() -> Signer:
    """The platform's own key in this installation's data folder."""
    return platform_signer(datafolder.path())
