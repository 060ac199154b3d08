"""Lists, looked up."""

from __future__ import annotations

from typing import Any

from gongfu.core.rule import Finding
from gongfu.modules.declarations.models import Declaration

MAX_LISTS = 200


def states_of(message_id: int, lang: str = "zh") -> list[dict[str, Any]]:
    """Key, state and findings of each list that came in one message."""
    rows = Declaration.objects.filter(message_id=message_id).order_by("id")[:MAX_LISTS]
    return [
        {
            "key": row.order_no,
            "guid": row.guid,
            "state": row.state,
            "reason": row.reason,
            "invt_no": row.invt_no,
            "findings": [Finding.load(one).as_dict(lang) for one in row.findings],
        }
        for row in rows
    ]
