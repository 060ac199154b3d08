"""Kinds as data: one mechanism serves many kinds, each declared once by the module that brings it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from gongfu.core.rule import Finding


class Named(Protocol):
    """What every kind has: a code that rows carry."""

    @property
    def code(self) -> str: ...


K = TypeVar("K", bound=Named)


class Kinds(Generic[K]):
    """The kinds of one mechanism by their code; filled by `declare` when the apps are loaded (each module's `kinds.py`)."""

    def __init__(self) -> None:
        self._known: dict[str, K] = {}

    def declare(self, kind: K) -> K:
        """Make a kind known; ValueError when its code already means another."""
        if self._known.setdefault(kind.code, kind) != kind:
            raise ValueError(f"the kind {kind.code} is declared twice")
        return kind

    def get(self, code: str) -> K | None:
        return self._known.get(code)

    def unknown(self, code: str) -> Finding:
        """The answer to a code that no module declared."""
        return Finding("KIND-UNKNOWN", field="kind", value=code, facts={"known": "、".join(sorted(self._known))})

    def __iter__(self) -> Iterator[K]:
        return iter(sorted(self._known.values(), key=lambda one: one.code))
