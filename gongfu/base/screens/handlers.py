"""What workers do for pages: exports too long to wait for, and the rows of import files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import QueryDict

from gongfu.base.access.actor import Actor
from gongfu.base.cards import cards
from gongfu.base.files import queries as files
from gongfu.base.jobs.kinds import Made, Progress, kind
from gongfu.base.screens import exports, workbooks
from gongfu.base.screens.cells import lean
from gongfu.base.screens.imports import named
from gongfu.base.screens.listing import LISTINGS, Listing
from gongfu.base.screens.models import Upload
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


@kind("sheet.import")
def take(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Made:
    """The good rows of one's own import file, checked once more. parameters: upload, lang.

    Upload.DoesNotExist for another's; PermissionDenied when the person may no longer do it.
    """
    cards(settings.CARD_PACKAGES)
    upload = Upload.objects.select_related("file").get(pk=parameters["upload"], owner=actor.name)
    what = named(upload.kind)
    actor.require(what.permission)
    sheet = workbooks.read(b"".join(files.content(upload.file)), upload.name, what.fields)
    stem = upload.name.rpartition(".")[0][:80]
    return Made(
        f"{stem}-result.xlsx", "xlsx", _spoken(what.carried_out(actor, sheet, parameters["lang"], progress), parameters)
    )


def _spoken(pieces: Iterator[bytes], parameters: dict[str, Any]) -> Iterator[bytes]:
    with speaking(parameters["lang"]):
        yield from pieces
