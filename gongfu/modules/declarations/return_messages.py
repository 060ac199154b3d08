"""The return message that a declarant hands in for an application that was agreed to: prefilled from the list itself, unsigned."""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

from gongfu.base.cases.models import Case
from gongfu.base.kit import clock
from gongfu.base.kit.beijing import digits14
from gongfu.core.ceb import codec
from gongfu.core.ceb.samples import guid
from gongfu.core.ceb.schema import table
from gongfu.modules.declarations.models import Declaration
from gongfu.modules.declarations.rules.returns import EXPORT, IMPORT, MODE_OF, plain
from gongfu.modules.intake import queries as intake

KIND_OF = {"I": IMPORT, "E": EXPORT}
DRAFT = "1"


def message(case: Case, row: Declaration, rng: Random) -> tuple[str, bytes]:
    """(file name, XML) of a draft (appStatus 1, no signature): what it has in common with the list comes from the original."""
    kind, original = KIND_OF[row.flow], intake.document(row.message_id, row.guid)
    heads = {one.name for one in table(kind).head_fields}
    head = {name: value for name, value in original.items() if name in heads and isinstance(value, str)}
    head.pop("preNo", None)
    own = {
        "guid": guid(rng), "appType": "1", "appTime": digits14(clock.now()), "appStatus": DRAFT, "invtNo": row.invt_no, "reason": case.facts["reason"][:300],
        "copNo": case.number[:20], "coElNo": case.number[:20], "tradeMode": MODE_OF.get(row.mode, ""), "ieFlag": "I",
    }  # fmt: skip
    head |= {name: value for name, value in own.items() if name in heads}
    document = codec.Document(0, head["guid"], head, [_line(kind, original.get("items", []), case.facts)])
    agent = {"copCode": head.get("agentCode", ""), "copName": head.get("agentName", ""), "dxpMode": "DXP", "dxpId": ""}
    body = codec.encode(codec.Decoded(kind, guid(rng), "1.0", [document], agent))
    return f"{kind[:6]}-{case.number}.xml", body


def _line(kind: str, items: list[dict[str, Any]], facts: dict[str, Any]) -> dict[str, str]:
    names = {one.name for one in table(kind).item_fields}
    found = next((one for one in items if int(one["gnum"]) == int(facts["gnum"])), {})
    kept = {name: str(value) for name, value in found.items() if name in names and value and name != "note"}
    return {**kept, "qty": plain(Decimal(str(facts["qty"])))}
