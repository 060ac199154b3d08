"""When an incident must be reported (R-1405), when an assessment is sound (R-1404): facts in, moments or findings out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from gongfu.core.rule import Finding

LEVELS = (("minor", "一般", "Minor"), ("larger", "较大", "Larger"), ("major", "重大", "Major"), ("extraordinary", "特别重大", "Extraordinary"))  # fmt: skip
OPERATORS = (
    ("cii", "关键信息基础设施运营者", "Operator of critical infrastructure"),
    ("state", "中央和国家机关及直属单位", "Central body of the state"),
    ("other", "其他网络运营者", "Any other operator"),
)
ASSESSMENT_YEARS = 3


@dataclass(frozen=True, slots=True)
class Clock:
    """Where an incident stands against its clock.  minutes: left, or (with `late`) over.  running: not reported yet."""

    report_by: datetime
    minutes: int
    late: bool
    running: bool


def report_by(facts: Mapping[str, Any], hours: Mapping[str, int]) -> datetime | None:
    """The last moment of reporting: from discovery, by the kind of operator, for larger incidents and above; a drill alike (R-1405).

    facts: level, operator, discovered_at (ISO).  hours: parameters of the day of discovery.  None where nothing must be reported.
    """
    allowed = hours.get(f"incident.report_hours_{facts.get('operator')}")
    if facts.get("level") in (None, "minor") or allowed is None:
        return None
    return datetime.fromisoformat(str(facts["discovered_at"])) + timedelta(hours=allowed)


def clock(facts: Mapping[str, Any], now: datetime) -> Clock | None:
    """How the clock stands; None where none runs.  facts: report_by, and reported_at once it was reported (ISO)."""
    if not facts.get("report_by"):
        return None
    by = datetime.fromisoformat(str(facts["report_by"]))
    told = facts.get("reported_at")
    at = datetime.fromisoformat(str(told)) if told else now
    left = int((by - at).total_seconds() // 60)
    return Clock(by, abs(left), left < 0, not told)


def free(facts: Mapping[str, Any]) -> bool:
    """Whether an incident may be closed without a report: a minor one."""
    return facts.get("level") == "minor"


def timely(facts: Mapping[str, Any], now: datetime) -> list[Finding]:
    """Faults of what is said of an incident: found in the future; and, as a remark, persons who must be told (PIPL art. 57)."""
    found = []
    if datetime.fromisoformat(str(facts["discovered_at"])) > now:
        found.append(Finding("INCIDENT-TIME", field="discovered_at", value=str(facts["discovered_at"])[:16], rules=("R-1405",)))  # fmt: skip
    if facts.get("personal"):
        found.append(Finding("INCIDENT-PERSONS", rules=("R-1405",)))
    return found


def kept_long_enough(facts: Mapping[str, Any]) -> list[Finding]:
    """An impact assessment is kept for three years at least (R-1404).  facts: assessed_on, until (ISO)."""
    on, until = date.fromisoformat(facts["assessed_on"]), date.fromisoformat(facts["until"])
    least = date(on.year + ASSESSMENT_YEARS, on.month, min(on.day, 28))
    if until >= least:
        return []
    return [Finding("ASSESSMENT-KEPT", field="until", value=until.isoformat(), facts={"least": least.isoformat()}, rules=("R-1404",))]  # fmt: skip
