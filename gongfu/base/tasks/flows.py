"""A task's way: reported on evidence, accepted or sent back, done; a recurring one is reported again."""

from __future__ import annotations

from gongfu.base.tasks import rules
from gongfu.core.flow import Flow, Move

TASK = Flow(
    "tasks.task",
    "任务",
    start="open",
    moves=(
        Move("report", "报送", ("open", "sent_back"), "reported", by="tasks.report"),
        Move("report", "定期报送", "accepted", "reported", by="tasks.report", needs=rules.recurs),
        Move("accept", "认可", "reported", "accepted", by="tasks.accept"),
        Move("send_back", "退回", "reported", "sent_back", by="tasks.send_back"),
        Move("close", "办结", "accepted", "done", by="tasks.close", needs=rules.closable),
    ),
    finals=("done",),
)
STATES = {
    "open": ("办理中", "Open"),
    "reported": ("已报送", "Reported"),
    "accepted": ("已认可", "Accepted"),
    "sent_back": ("已退回", "Sent back"),
    "done": ("已办结", "Done"),
}
MOVES = tuple(dict.fromkeys(move.verb for move in TASK.moves))
# Records that leave the state alone.
SUPERVISION = {
    "schedule": ("定期限", "Set a term"),
    "assign": ("定责任", "Assign"),
    "urge": ("催办", "Urge"),
    "extend": ("延期", "Extend"),
}
