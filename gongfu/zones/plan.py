"""A pilot zone's plan, strict and frozen: everything that makes one zone differ from another."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gongfu.reference.tables import parameters
from gongfu.zones.pointers import DEPARTMENTS, Problem, pointers

__all__ = [
    "DEPARTMENTS",
    "KNOWN_MODULES",
    "Plan",
    "Problem",
    "add",
    "add_folder",
    "check",
    "load",
    "plans",
    "read_folder",
]

FOLDER = Path(__file__).parent / "plans"
Mode = Literal["9610", "1210", "9710", "9810"]
Forwarded = Literal["303", "311", "403", "411", "505", "511", "513"]
RuleCode = Annotated[str, Field(pattern=r"^R-\d{4}$")]
Whole = Annotated[int, Field(ge=1)]
KNOWN_MODULES = (
    "parties",
    "goods",
    "intake",
    "feeds",
    "trade",
    "declarations",
    "services",
    "matching",
    "tax",
    "drafts",
    "risk",
    "statistics",
)
REMEDIES = {
    "extra_forbidden": "take the key out, or check its spelling",
    "missing": "add the key",
    "literal_error": "use one of the values named",
    "string_pattern_mismatch": "write it in the form named",
    "too_short": "give at least one",
}


class Strict(BaseModel):
    """No unknown key, no silent conversion, no change after reading."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Target(Strict):
    """A figure the plan promises.

    by: a year, a span of years, or "ongoing".  value: in `unit`, None where the plan gives no single number (then `text`).
    anchor: its very words in the plan.
    """

    id: str
    by: str = Field(pattern=r"^(\d{4}(-\d{4})?|ongoing)$")
    measure: str
    comparator: Literal[">=", ">", "<=", "=", "between"]
    value: int | None = None
    text: str = ""
    unit: str
    anchor: str


class Task(Strict):
    """One paragraph of the plan's tasks (`四`; `四.1` for a titled part of it), with the departments that carry it."""

    no: str
    title: str
    lead: str
    helpers: tuple[str, ...] = Field(default=(), strict=False)


class Area(Strict):
    code: str
    title: str
    role: Literal["core", "cooperation", "application", "park"]


class BondedSite(Strict):
    """A bonded place of the zone; 1210 lists are taken from `open_from` on (R-204); absent while it is not accepted.

    accepted_on: the day of acceptance, None where no public source gives it.
    """

    code: str
    title: str
    kind: Literal["blc_b", "comprehensive"]
    accepted_on: date | None = None
    open_from: date | None = None
    source: str


class Link(Strict):
    """How the zone reaches the single window."""

    adapter: Literal["folder", "simulator"]


class Override(Strict):
    """A parameter that this zone sets for itself from a day on, in the unit its key says (R-003)."""

    key: str
    value: int
    valid_from: date
    source: str


class Agreement(Strict):
    """A cooperation that the plan names.  anchor: its very words.  partner_kind: zone, port, platform, finance, association, department."""

    key: str
    title: str
    partner: str
    partner_kind: Literal["zone", "port", "platform", "finance", "association", "department", "warehouse"]
    anchor: str


class Term(Strict):
    """Working days that this zone promises for one move of a flow, where they differ from the flow's own."""

    flow: str
    verb: str
    days: int = Field(ge=0)


class Plan(Strict):
    """One pilot zone.  modes_named: those the document names; modes_basis: why the others in `modes` are open too.
    risk: by rule of the rulebook (`[risk.R-1004]`), the values that this zone sets for itself, by name and in the rule's own units.
    partners: zones of this platform with which the document names a cooperation.  filings_from: zones whose filings hold here too;
    `*` for every zone of this platform (一次备案), or the zones with which plan or agreement says so.
    forwards: orders, payments, waybills (by message type) that the platform passes on to the single window besides lists and what
    follows them; none where the zone's firms send those to customs themselves (R-206)."""

    code: str = Field(pattern=r"^[a-z][a-z_]{1,18}$")
    title: str
    title_en: str
    short: str
    short_en: str
    adcode: str = Field(pattern=r"^\d{6}$")
    document: str
    issued_on: date
    basis: tuple[str, ...] = Field(strict=False, min_length=1)
    layout: str
    modes: tuple[Mode, ...] = Field(strict=False, min_length=1)
    modes_named: tuple[Mode, ...] = Field(strict=False)
    modes_basis: str = ""
    customs_codes: tuple[str, ...] = Field(strict=False, min_length=1)
    modules: tuple[str, ...] = Field(strict=False, min_length=1)
    partners: tuple[str, ...] = Field(default=(), strict=False)
    filings_from: tuple[str, ...] = Field(default=("*",), strict=False)
    forwards: tuple[Forwarded, ...] = Field(default=(), strict=False)
    link: Link
    areas: tuple[Area, ...] = Field(default=(), strict=False)
    bonded_sites: tuple[BondedSite, ...] = Field(default=(), strict=False)
    targets: tuple[Target, ...] = Field(default=(), strict=False)
    tasks: tuple[Task, ...] = Field(default=(), strict=False)
    overrides: tuple[Override, ...] = Field(default=(), strict=False)
    agreements: tuple[Agreement, ...] = Field(default=(), strict=False)
    terms: tuple[Term, ...] = Field(default=(), strict=False)
    risk: Mapping[RuleCode, Mapping[str, Whole]] = Field(default_factory=dict)

    def __hash__(self) -> int:
        """By its code: values that a zone sets are a table, which has no hash of its own."""
        return hash(self.code)

    def bonded_open(self, on: date) -> bool:
        """Whether a bonded site of the zone is open on the day (R-204)."""
        return any(site.open_from is not None and site.open_from <= on for site in self.bonded_sites)

    def takes_filings_of(self, zone: str) -> bool:
        """Whether what a firm has filed in that zone holds here."""
        return zone == self.code or "*" in self.filings_from or zone in self.filings_from

    def days(self, flow: str) -> dict[str, int]:
        """By verb, the working days that this zone promises for the moves of a flow."""
        return {one.verb: one.days for one in self.terms if one.flow == flow}

    def parameters(self, on: date) -> Mapping[str, int]:
        """The national parameters of the day with what this zone has set for itself; the later of two settings holds."""
        own = sorted((one for one in self.overrides if one.valid_from <= on), key=lambda one: one.valid_from)
        return {**parameters(on), **{one.key: one.value for one in own}}


def check(path: Path, modules: Collection[str] = KNOWN_MODULES) -> list[Problem]:
    """Every fault of a plan file, not only the first; empty when it can be opened.  modules: those that exist."""
    try:
        read = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        return [Problem(path.name, f"cannot be read as UTF-8 text ({type(fault).__name__})", "save it as UTF-8")]
    except tomllib.TOMLDecodeError as fault:
        return [Problem(path.name, f"is not TOML: {fault}", "correct that line")]
    zones = sorted({one.stem for folder in (FOLDER, path.parent) for one in folder.glob("*.toml")})
    return [*_typed(read), *pointers(read, modules, zones)]


def _typed(read: dict[str, Any]) -> list[Problem]:
    """Unknown and missing keys, wrong types, values out of their list."""
    try:
        Plan.model_validate(read)
    except ValidationError as fault:
        return [
            Problem(
                ".".join(map(str, one["loc"])),
                f"{_shown(one['input'])}{one['msg'][0].lower()}{one['msg'][1:]}",
                REMEDIES.get(one["type"], "correct the value"),
            )
            for one in fault.errors(include_url=False)
        ]
    return []


def _shown(value: object) -> str:
    """The value as written, when it is short enough to say."""
    return f"{value!r}: " if isinstance(value, str | int | float | bool | date) else ""


def load(path: Path, modules: Collection[str] = KNOWN_MODULES) -> Plan:
    """Read one plan; ValueError that lists every fault when `check` finds any."""
    problems = check(path, modules)
    if problems:
        raise ValueError(f"{path.name}: " + " | ".join(map(str, problems)))
    return Plan.model_validate(tomllib.loads(path.read_text("utf-8")))


def read_folder(folder: Path) -> dict[str, Plan]:
    """The plans of a folder by zone code, in the order of their files; ValueError as `load`."""
    read = [load(path) for path in sorted(folder.glob("*.toml"))]
    return {plan.code: plan for plan in read}


@cache
def _shipped() -> dict[str, Plan]:
    return read_folder(FOLDER)


_opened: dict[str, Plan] = {}


def plans() -> dict[str, Plan]:
    """Every plan by zone code: those that come with the code, and those added by `add` or `add_folder`."""
    return {**_shipped(), **_opened}


def add(plan: Plan) -> None:
    """Make one more zone known to this process."""
    _opened[plan.code] = plan


def add_folder(folder: Path) -> None:
    """Make the zones whose plans lie in a folder known: where `gongfu zone open` puts them."""
    _opened.update(read_folder(folder))
