"""Receipt messages from receipt rows: the same rows always give the same bytes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from gongfu.core.ceb import codec, schema

GIVEN = ("guid", "returnStatus", "returnTime", "returnInfo")


def group(rows: list[dict[str, Any]], page_size: int, *, more: bool) -> list[dict[str, Any]]:
    """Rows in order → receipt messages `{cursor, message_id, type, guid, xml}`, at most `page_size` of them.

    rows: txid, id, message_id, type, batch, document_guid, status, returned_at, info, fields.  `more` says that further
    rows follow, so that the last, perhaps incomplete, group is left for the next page unless it is the only one.
    """
    groups = [list(part) for _, part in groupby(rows, key=lambda row: row["batch"])]
    if more and len(groups) > 1:
        groups = groups[:-1]
    return [_message(part) for part in groups[:page_size]]


def _message(rows: list[dict[str, Any]]) -> dict[str, Any]:
    first, last = rows[0], rows[-1]
    return {
        "cursor": f"{last['txid']}-{last['id']}",
        "message_id": str(first["message_id"]),
        "type": first["type"],
        "guid": first["batch"],
        "xml": encode(first["type"], first["batch"], rows).decode(),
    }


def encode(kind: str, guid: str, rows: Iterable[dict[str, Any]]) -> bytes:
    """The receipt message of these rows; fields that the receipt type does not have are left out."""
    names = {field.name for field in schema.table(kind).head_fields} - set(GIVEN)
    documents = []
    for position, row in enumerate(rows):
        head = {name: str(value) for name, value in row["fields"].items() if name in names and value}
        head |= {
            "guid": row["document_guid"],
            "returnStatus": row["status"],
            "returnTime": row["returned_at"],
            "returnInfo": row["info"],
        }
        documents.append(codec.Document(position=position, guid=row["document_guid"], head=head, items=[], findings=[]))
    return codec.encode(codec.Decoded(type=kind, guid=guid, version="1.0", documents=documents))
