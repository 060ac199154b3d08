"""A pilot zone's plan, strict and frozen: everything that makes one zone differ from another."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

FOLDER = Path(__file__).parent / "plans"
Mode = Literal["9610", "1210", "9710", "9810"]
KNOWN_MODULES = ("parties", "intake", "trade", "declarations", "matching", "tax", "statistics")
DEPARTMENTS = (
    "government",
    "commerce",
    "customs",
    "tax_bureau",
    "safe",
    "finance",
    "market_supervision",
    "transport",
    "talent",
    "culture",
    "justice",
)


class Strict(BaseModel):
    """No unknown key, no silent conversion, no change after reading."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Target(Strict):
    """A figure the plan promises.  anchor: its very words in the plan.  value None where the plan gives no single number."""

    id: str
    by: str
    measure: str
    comparator: Literal[">=", ">", "<=", "=", "between"]
    value: int | None = None
    text: str = ""
    unit: str
    anchor: str


class Task(Strict):
    """One paragraph of the plan's tasks, with the departments that carry it."""

    no: str
    title: str
    lead: str
    helpers: tuple[str, ...] = Field(default=(), strict=False)


class Area(Strict):
    code: str
    title: str
    role: Literal["core", "cooperation", "application", "park"]


class BondedSite(Strict):
    """A bonded place of the zone; 1210 lists are taken from `open_from` on (R-204); absent while it is not accepted."""

    code: str
    title: str
    kind: Literal["blc_b", "comprehensive"]
    open_from: date | None = None
    source: str


class Link(Strict):
    """How the zone reaches the single window."""

    adapter: Literal["folder", "simulator"]


class Plan(Strict):
    """One pilot zone."""

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
    customs_codes: tuple[str, ...] = Field(strict=False, min_length=1)
    modules: tuple[str, ...] = Field(strict=False, min_length=1)
    partners: tuple[str, ...] = Field(default=(), strict=False)
    link: Link
    areas: tuple[Area, ...] = Field(default=(), strict=False)
    bonded_sites: tuple[BondedSite, ...] = Field(default=(), strict=False)
    targets: tuple[Target, ...] = Field(default=(), strict=False)
    tasks: tuple[Task, ...] = Field(default=(), strict=False)

    @model_validator(mode="after")
    def pointers(self) -> Plan:
        """Every name points at something that is there; nothing is named twice."""
        faults = [f"modules: {name} is not a module" for name in self.modules if name not in KNOWN_MODULES]
        faults += [f"modes_named: {mode} is not among modes" for mode in self.modes_named if mode not in self.modes]
        faults += [
            f"tasks.{task.no}: {name} is not a department"
            for task in self.tasks
            for name in (task.lead, *task.helpers)
            if name not in DEPARTMENTS
        ]
        for what, names in (
            ("targets", [one.id for one in self.targets]),
            ("tasks", [one.no for one in self.tasks]),
            ("areas", [one.code for one in self.areas]),
        ):
            faults += [
                f"{what}: {name} occurs twice" for name in sorted({name for name in names if names.count(name) > 1})
            ]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def bonded_open(self, on: date) -> bool:
        """Whether a bonded site of the zone is open on the day (R-204)."""
        return any(site.open_from is not None and site.open_from <= on for site in self.bonded_sites)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a plan file, where, and what to do."""

    where: str
    problem: str

    def __str__(self) -> str:
        return f"{self.where}: {self.problem}"


def check(path: Path) -> list[Problem]:
    """Every fault of a plan file; empty when it can be opened."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        return [Problem(path.name, f"cannot be read as UTF-8 text ({type(fault).__name__})")]
    try:
        read = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        return [Problem(path.name, f"is not TOML: {fault}")]
    try:
        Plan.model_validate(read)
    except ValidationError as fault:
        return [Problem(".".join(map(str, one["loc"])) or path.name, one["msg"]) for one in fault.errors()]
    return []


def load(path: Path) -> Plan:
    """Read one plan; pydantic's ValidationError or tomllib's TOMLDecodeError when it is not one."""
    return Plan.model_validate(tomllib.loads(path.read_text("utf-8")))


@cache
def _shipped() -> dict[str, Plan]:
    read = [load(path) for path in sorted(FOLDER.glob("*.toml"))]
    return {plan.code: plan for plan in read}


_opened: dict[str, Plan] = {}


def plans() -> dict[str, Plan]:
    """Every plan by zone code: those that come with the code, and those added by `add` or `add_folder`."""
    return {**_shipped(), **_opened}


def add(plan: Plan) -> None:
    """Make one more zone known to this process."""
    _opened[plan.code] = plan


def add_folder(folder: Path) -> None:
    """Make the zones whose plans lie in a folder known: where `gongfu zone open` puts them."""
    for path in sorted(folder.glob("*.toml")) if folder.is_dir() else []:
        add(load(path))
