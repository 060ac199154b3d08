"""What happened to firms' messages, told to their webhooks: ids and states, nothing of what the documents say."""

from __future__ import annotations

from django.db.models import Count, Min

from gongfu.base.access.actor import WORKER
from gongfu.base.events.bus import hears
from gongfu.base.hooks.actions import Note, queue
from gongfu.base.hooks.queries import listeners
from gongfu.modules.intake.events import MessagesDecided, ReceiptsWritten
from gongfu.modules.intake.models import Message, Receipt


@hears(MessagesDecided, lane="hooks.decided")
def tell_decided(events: list[MessagesDecided]) -> None:
    """`message.decided`, once a message, to its sender; what came from customs has no sender to tell."""
    firms = listeners("message.decided", "live")
    if not firms:
        return
    numbers = [number for event in events for number in event.message_ids]
    rows = Message.objects.filter(pk__in=numbers, sender_code__in=firms).exclude(channel="customs").order_by("pk")
    queue(WORKER, [_decided(row) for row in rows])


def _decided(row: Message) -> Note:
    data = {
        "message_id": str(row.pk),
        "guid": row.guid,
        "type": row.type,
        "state": row.state,
        "documents": row.documents,
        "sound": row.sound,
    }
    return Note(row.sender_code, "live", "message.decided", str(row.pk), data)


@hears(ReceiptsWritten, lane="hooks.receipts")
def tell_receipts(events: list[ReceiptsWritten]) -> None:
    """`receipt.ready`, once a receipt message, to the firm that may fetch it."""
    firms = listeners("receipt.ready", "live")
    if not firms:
        return
    numbers = [number for event in events for number in event.message_ids]
    batches = [batch for event in events for batch in event.batches]
    grouped = Receipt.objects.filter(message_id__in=numbers, batch__in=batches, party_code__in=firms).values(
        "batch", "message_id", "type", "party_code"
    )
    rows = grouped.annotate(count=Count("id"), first=Min("id")).order_by("first")
    notes = []
    for row in rows:
        data = {
            "message_id": str(row["message_id"]),
            "receipt_type": row["type"],
            "batch": row["batch"],
            "receipts": row["count"],
        }
        notes.append(Note(row["party_code"], "live", "receipt.ready", row["batch"], data))
    queue(WORKER, notes)
