"""What workers do for drafts: hand in many in as few messages as may be, with a result for each."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from cryptography.exceptions import InvalidTag
from django.core.exceptions import PermissionDenied
from django.db import Error, InterfaceError, OperationalError, transaction

from gongfu.base.access.actor import Actor
from gongfu.base.jobs.kinds import Made, Progress, kind
from gongfu.base.screens import workbooks
from gongfu.core.rule import Finding
from gongfu.modules.drafts import actions, queries
from gongfu.modules.drafts.layouts import TOGETHER, forms
from gongfu.modules.drafts.models import DRAFT

log = logging.getLogger(__name__)
Row = tuple[int, str, str, str, str]  # number, kind, order number, firm, zone
HEADS = (
    ("草稿", "Draft"),
    ("单证", "Document"),
    ("订单编号", "Order number"),
    ("为哪家企业", "For the firm"),
    ("结果", "Result"),
    ("原因", "Reason"),
    ("怎么改", "What to do"),
)


@kind("drafts.submit")
def submit_many(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Made:
    """Hand in drafts, those of one kind and firm together in messages of up to TOGETHER; one that fails does not touch the others.

    parameters: rows (numbers; none for all of the actor's), lang.  PermissionDenied when the person may no longer do it.
    """
    actor.require("drafts.submit")
    lang, faults = parameters["lang"], dict[int, list[Finding]]()
    mine = queries.mine(actor.doing("drafts.submit")).filter(state=DRAFT)
    if parameters["rows"]:
        mine = mine.filter(pk__in=parameters["rows"])
    rows = list(mine.order_by("pk").values_list("pk", "kind", "number", "party_code", "zone"))
    progress(0, len(rows))
    for part in _parts(rows):
        faults |= _together(actor, part)
        progress(len(faults), len(rows))
    told = [_told(row, faults[row[0]], lang) for row in rows]
    heads = [en if lang == "en" else zh for zh, en in HEADS]
    return Made("drafts.xlsx", "xlsx", [workbooks.told(heads, told)])


def _parts(rows: list[Row]) -> Iterator[list[int]]:
    """The drafts of one kind, firm and zone, at most TOGETHER at once; always in one order, so that two jobs never wait for each other."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, what, _, party_code, zone in rows:
        groups.setdefault((zone, party_code, what), []).append(number)
    for _, numbers in sorted(groups.items()):
        for at in range(0, len(numbers), TOGETHER):
            yield numbers[at : at + TOGETHER]


def _told(row: Row, faults: list[Finding], lang: str) -> list[str]:
    number, what, order_no, party_code, _ = row
    form = forms()[what]
    done, not_done = (("已提交", "未提交"), ("handed in", "not handed in"))[lang == "en"]
    return [
        str(number), form.title_en if lang == "en" else form.title, order_no, party_code, not_done if faults else done,
        " ".join(one.message(lang) for one in faults), " ".join(dict.fromkeys(one.remedy(lang) for one in faults)),
    ]  # fmt: skip


def _together(actor: Actor, numbers: list[int]) -> dict[int, list[Finding]]:
    """What came of each; where one of several makes the work fail, each is done by itself."""
    try:
        with transaction.atomic():
            return actions.submit_together(actor, numbers).findings
    except (OperationalError, InterfaceError, PermissionDenied):
        raise
    except (Error, ValueError, LookupError, InvalidTag):
        log.exception("drafts %s could not be handed in", numbers)
    if len(numbers) == 1:
        return {numbers[0]: [Finding("BATCH-FAILED", value=str(numbers[0]))]}
    return {number: found for one in numbers for number, found in _together(actor, [one]).items()}
