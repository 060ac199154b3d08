"""Opening a zone: its plan file becomes part of this installation, the log keeps the file's fingerprint, and what the plan names is entered."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.base.sharing.agreements import open_planned
from gongfu.base.tasks.actions import open_controls, open_plan
from gongfu.modules.declarations.opening import seed_sites
from gongfu.zones.plan import Plan, add, plans


@dataclass(frozen=True, slots=True)
class Opened:
    code: str
    sha256: str

    def audit(self) -> dict[str, Any]:
        return {"subject": f"zone:{self.code}", "zone": self.code, "facts": {"plan_sha256": self.sha256}}


@action("zones.open", title="开通综试区")
def open_zone(actor: Actor, plan: Plan, text: bytes, folder: Path) -> Opened:
    """Keep the plan in the data folder, where every process of the installation reads it."""
    target = folder / "plans" / f"{plan.code}.toml"
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(text)
    add(plan)
    furnish(actor, [plan.code])
    return Opened(plan.code, hashlib.sha256(text).hexdigest())


def furnish(actor: Actor, codes: Iterable[str]) -> None:
    """Enter what the plans of these zones name, and the platform's list of controls; again after a plan has changed.

    Agreements (sharing.agreements), the responsibility list (R-1621), bonded sites (R-204) and the security controls (R-1402): what is there stays.
    """
    known = plans()
    open_controls(actor)
    for code in codes:
        open_planned(actor, code)
        open_plan(actor, known[code])
        seed_sites(actor, known[code])
