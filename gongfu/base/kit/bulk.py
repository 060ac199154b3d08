"""Columns into tables: COPY from polars frames, and blocks of row numbers."""

from __future__ import annotations

from typing import Any, cast

import polars as pl
from django.db import connection
from psycopg import sql

NULL = "\x01"  # a character XML cannot carry, so no value is ever mistaken for it


def copy_in(table: str, frame: pl.DataFrame) -> int:
    """COPY the frame's columns into the table's columns of the same names; gives the number of rows.

    Lists, structs and bytes must have been turned into text (JSON, hex) by the caller.
    """
    if frame.is_empty():
        return 0
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv, NULL E'\\x01')").format(
        sql.Identifier(table), sql.SQL(",").join(map(sql.Identifier, frame.columns))
    )
    body = frame.write_csv(include_header=False, null_value=NULL, quote_style="necessary")
    with connection.wrap_database_errors, connection.cursor() as cursor, cast(Any, cursor).copy(statement) as copy:
        copy.write(body)
    return frame.height


def next_ids(table: str, count: int) -> list[int]:
    """A block of `count` fresh row numbers of the table's sequence, ascending."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [row[0] for row in cursor.fetchall()]


def fetch(query: str, params: Any = (), schema: dict[str, Any] | None = None) -> pl.DataFrame:
    """Rows of a query as a frame; `schema` fixes names and types, also when no row comes."""
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        names = [column[0] for column in cursor.description or ()]
        rows = cursor.fetchall()
    return pl.DataFrame(rows, schema=schema or names, orient="row", infer_schema_length=None)


def execute(query: str, params: Any = ()) -> int:
    """Run a statement; gives the number of rows it touched."""
    with connection.cursor() as cursor:
        cursor.execute(query, params)
        touched: int = cursor.rowcount
        return touched
