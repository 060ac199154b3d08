"""`gongfu simulate play NAME`: scenarios of the book, in a data folder of their own that goes at the end."""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gongfu.peers.scenarios import BOOK

if TYPE_CHECKING:
    from gongfu.config.simulation import Outcome

ALL = "all"
Show = Callable[[argparse.Namespace, Any, str], None]


def played(names: list[str], zone: str, seed: int, lists: int) -> list[Outcome]:
    """The outcome of each scenario, every one in an empty database.  lists: 0 for as many as the book says."""
    with tempfile.TemporaryDirectory(prefix="gongfu-play-", ignore_cleanup_errors=True) as folder:
        os.chmod(folder, 0o711)  # noqa: S103  (the database user passes through, and lists nothing)
        os.environ.pop("DATABASE_URL", None)
        os.environ["GONGFU_DATA"] = folder
        from gongfu.config.runtime import ready

        with ready() as data:
            return [_played(name, zone, seed, lists, data) for name in names]


def _played(name: str, zone: str, seed: int, lists: int, data: Path) -> Outcome:
    from django.conf import settings
    from django.core.management import call_command

    from gongfu.config.simulation import play
    from gongfu.peers.firms import Keyring
    from gongfu.zones.plan import plans

    call_command("flush", verbosity=0, interactive=False)
    shutil.rmtree(settings.LINK_FOLDER, ignore_errors=True)
    episode = replace(BOOK[name], lists=lists) if lists else BOOK[name]
    return play(episode, plans()[zone], seed, Keyring(data / "demo-keys"), data)


def options(into: Any, add: Any, show: Show) -> None:
    """`gongfu simulate play`; its exit code is 1 when an invariant is broken afterwards."""

    def run(told: argparse.Namespace) -> int:
        names = sorted(BOOK) if told.name == ALL else [told.name]
        found = played(names, told.zone, told.seed, told.lists)
        from gongfu.config.simulation import in_words  # its models need what `played` has set up

        show(told, [one.as_dict() for one in found], "\n\n".join(map(in_words, found)))
        return int(any(one.violations for one in found))

    from gongfu.zones.plan import plans

    titles = "; ".join(f"{one.name} ({one.title_en})" for one in BOOK.values())
    about = "play a scenario in simulated time and say what was accepted, released, refused, held, late"
    one = add(into, "play", run, about)
    one.add_argument("name", choices=[*sorted(BOOK), ALL], metavar="NAME", help=f"{ALL}, or one of: {titles}")
    one.add_argument("--zone", default="nanchong", choices=sorted(plans()), metavar="ZONE")
    one.add_argument("--seed", type=int, default=1)
    one.add_argument("--lists", type=int, default=0, help="how many lists; as the book says, unless told")
