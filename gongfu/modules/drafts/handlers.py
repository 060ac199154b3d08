"""What workers do for drafts: hand in many, each by itself, with a result for each."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import Error, InterfaceError, OperationalError, transaction

from gongfu.base.access.actor import Actor
from gongfu.base.jobs.kinds import Made, Progress, kind
from gongfu.base.screens import workbooks
from gongfu.core.rule import Finding
from gongfu.modules.drafts import actions, queries
from gongfu.modules.drafts.layouts import forms
from gongfu.modules.drafts.models import DRAFT

log = logging.getLogger(__name__)
HEADS = (
    ("草稿", "Draft"),
    ("单证", "Document"),
    ("订单编号", "Order number"),
    ("结果", "Result"),
    ("原因", "Reason"),
    ("怎么改", "What to do"),
)


@kind("drafts.submit")
def submit_many(actor: Actor, parameters: dict[str, Any], progress: Progress) -> Made:
    """Hand in drafts; one that fails does not touch the others. parameters: rows (numbers; none for all of the actor's), lang.

    PermissionDenied when the person may no longer do it.
    """
    actor.require("drafts.submit")
    lang, told = parameters["lang"], []
    mine = queries.mine(actor.doing("drafts.submit")).filter(state=DRAFT)
    if parameters["rows"]:
        mine = mine.filter(pk__in=parameters["rows"])
    rows = list(mine.order_by("pk").values_list("pk", "kind", "number"))
    progress(0, len(rows))
    for at, (number, what, order_no) in enumerate(rows, start=1):
        faults = _one(actor, number)
        form = forms()[what]
        told.append([
            str(number), form.title_en if lang == "en" else form.title, order_no, _result(faults, lang),
            " ".join(one.message(lang) for one in faults), " ".join(dict.fromkeys(one.remedy(lang) for one in faults)),
        ])  # fmt: skip
        progress(at, len(rows))
    heads = [en if lang == "en" else zh for zh, en in HEADS]
    return Made("drafts.xlsx", "xlsx", [workbooks.told(heads, told)])


def _result(faults: list[Finding], lang: str) -> str:
    done, not_done = (("已提交", "未提交"), ("handed in", "not handed in"))[lang == "en"]
    return not_done if faults else done


def _one(actor: Actor, number: int) -> list[Finding]:
    try:
        with transaction.atomic():
            return actions.submit(actor, number).findings
    except (OperationalError, InterfaceError, PermissionDenied):
        raise
    except (Error, ValueError, LookupError):
        log.exception("draft %s could not be handed in", number)
        return [Finding("BATCH-FAILED", value=str(number))]
