"""What workers do for lists: exports too long to wait for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import QueryDict

from gongfu.base.access.actor import Actor
from gongfu.base.cards import cards
from gongfu.base.jobs.kinds import Made, Progress, kind
from gongfu.base.screens import exports
from gongfu.base.screens.cells import lean
from gongfu.base.screens.listing import LISTINGS, Listing
from gongfu.base.screens.words import speaking


@kind("listing.export")
def export(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Made:
    """A list with its filter and columns as a CSV in a zip. parameters: listing, query, columns, lang.

    KeyError for a list that is gone; PermissionDenied when the person may no longer see it.
    """
    cards(settings.CARD_PACKAGES)  # their screens, and with them the lists, are known only once they are loaded
    listing = LISTINGS[parameters["listing"]]
    if listing.permission:
        actor.require(listing.permission)
    return Made("gongfu.zip", "zip", _pieces(listing, actor, parameters, progress))


def _pieces(listing: Listing, actor: Actor, parameters: dict[str, Any], progress: Progress) -> Iterator[bytes]:
    rows = listing.narrowed(QueryDict(parameters["query"]), listing.of(actor)).order_by("-pk")
    total = rows.count()
    progress(0, total)
    with speaking(parameters["lang"]):
        columns = listing.chosen(parameters["columns"])
        found = lean(rows, columns).iterator(chunk_size=exports.AT_ONCE)
        yield from exports.csv_zip("gongfu", columns, found, lambda done: progress(done, total))
