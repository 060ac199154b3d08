"""What journeys begin with, made once a session and laid again; and the tables, emptied of what a test left behind.

A scene is the rows of every table as PostgreSQL copies them: laying it costs a copy, not the day's work over again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

# Django makes these after migrating; they are the same for every test.
LASTING = {"django_content_type", "auth_permission"}
SEQUENCES = "SELECT quote_ident(sequencename), last_value FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
COLUMNS = (
    "SELECT string_agg(quote_ident(attname), ',' ORDER BY attnum) FROM pg_attribute "
    "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
)


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: str
    rows: bytes


@dataclass(frozen=True, slots=True)
class Scene:
    """tables: binary copies of those with rows.  sequences: the last value that each gave."""

    tables: tuple[Table, ...]
    sequences: tuple[tuple[str, int], ...]


KEPT: dict[Any, Scene] = {}


def lay(key: Any, make: Callable[[], Any]) -> None:
    """Put the scene `key` in place of whatever the tables hold; the first time `make` makes it, on what is there."""
    if key in KEPT:
        empty()
        _fill(KEPT[key])
    else:
        make()
        KEPT[key] = _kept()


def empty() -> None:
    """Empty every table that has rows. Sequences go on, so that no number means two things in one session."""
    with connection.cursor() as cursor:
        if names := _filled(cursor):
            cursor.execute(f"TRUNCATE {', '.join(names)} CASCADE")


def _filled(cursor: Any) -> list[str]:
    """Quoted names of the tables with rows; lasting ones apart."""
    tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
    asked = (f"SELECT '{name}' WHERE EXISTS (SELECT FROM \"{name}\")" for name in sorted({*tables} - LASTING))
    cursor.execute(" UNION ALL ".join(asked))
    return [f'"{name}"' for (name,) in cursor.fetchall()]


def _kept() -> Scene:
    with connection.cursor() as cursor:
        tables = []
        for name in _filled(cursor):
            cursor.execute(COLUMNS, [name])
            columns = cursor.fetchone()[0]
            with cursor.copy(f"COPY {name} ({columns}) TO STDOUT (FORMAT binary)") as copy:
                tables.append(Table(name, columns, b"".join(bytes(part) for part in copy)))
        cursor.execute(SEQUENCES)
        return Scene(tuple(tables), tuple(cursor.fetchall()))


def _fill(scene: Scene) -> None:
    """Rows as they were: triggers have done their work on them already, and foreign keys are looked at when all are in."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in scene.tables:
            cursor.execute(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")
            with cursor.copy(f"COPY {table.name} ({table.columns}) FROM STDIN (FORMAT binary)") as copy:
                copy.write(table.rows)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in scene.tables:
            cursor.execute(f"ALTER TABLE {table.name} ENABLE TRIGGER USER")
        for name, last in scene.sequences:
            cursor.execute(f"SELECT setval('{name}', greatest(%s, (SELECT last_value FROM {name})))", [last])
