"""Opening a zone: its plan file becomes part of this installation, and the log keeps the file's fingerprint."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gongfu.base.access.actor import Actor
from gongfu.base.audit.action import action
from gongfu.zones.plan import Plan, add


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
    return Opened(plan.code, hashlib.sha256(text).hexdigest())
