"""What each database words in its own way: inserts that meet their like, and rows as JSON."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    Table,
    Text,
    bindparam,
    cast,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

ConflictInsert = sqlite.Insert | postgresql.Insert


def insert_new(connection: Connection, table: Table) -> ConflictInsert:
    """Insert rows; one whose unique key is taken is left out."""
    return insert_into(connection.dialect.name, table).on_conflict_do_nothing()


def upsert(
    connection: Connection, table: Table, key: str | Sequence[str], replaced: Sequence[str]
) -> ConflictInsert:
    """Insert rows; one whose ``key`` is there gets the ``replaced`` columns anew."""
    statement = insert_into(connection.dialect.name, table)
    return statement.on_conflict_do_update(
        index_elements=[key] if isinstance(key, str) else list(key),
        set_={name: statement.excluded[name] for name in replaced},
    )


def insert_into(dialect: str, table: Table) -> ConflictInsert:
    """Insert rows, with a word still to be said on those that meet their like."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


LONGEST = 500
"""Bytes of a provider's word that are kept; three of them fit into a key of PostgreSQL."""

GIVEN = "given"
"""The parameter that carries the rows of ``given``."""


def given(**columns: type[TypeEngine[Any]]) -> Subquery:
    """Return a table of rows that come as one parameter, ``GIVEN``, made by ``packed``.

    The statement's text is the same for any number of rows, so each database prepares it
    once and works through all rows in one step.
    """
    element = _Each(bindparam(GIVEN, type_=Text)).table_valued("value")
    items = [
        cast(_Item(element.c.value, literal_column(str(place))), kind).label(name)
        for place, (name, kind) in enumerate(columns.items())
    ]
    return select(*items).subquery("given")


def packed(rows: Sequence[Sequence[object]]) -> Mapping[str, str]:
    """Return the parameter for ``given``: text, whole numbers, truth values and None."""
    return {GIVEN: orjson.dumps(rows).decode()}


def storable(text: str) -> str:
    """Return a provider's word without what no database takes: NUL and halves of characters.

    What is too long for an index of PostgreSQL is cut, and told apart by its hash.
    """
    if len(text) <= LONGEST and text.isascii() and "\0" not in text:
        return text
    clean = text.replace("\0", "").encode(errors="replace")
    if len(clean) > LONGEST:
        mark = hashlib.sha256(clean).hexdigest()
        return clean[: LONGEST - len(mark)].decode(errors="ignore") + mark
    return clean.decode()


def gathered(rows: Subquery) -> Select[tuple[str]]:
    """Return all rows as one text, a JSON array of arrays, in any order.

    Each row that is fetched by itself makes the ledger's thread and the loop's trade the
    interpreter; one text does so once.
    """
    return select(_Gathered(*rows.c))


def as_hex(column: ColumnElement[Any]) -> ColumnElement[str]:
    """Return bytes as hexadecimal digits, as JSON holds no bytes."""
    return _Hex(column)


class _Gathered(FunctionElement[str]):
    """All rows of a query as one JSON array of arrays."""

    type = Text()
    inherit_cache = True


class _Hex(FunctionElement[str]):
    """Bytes as hexadecimal digits."""

    type = Text()
    inherit_cache = True


class _Each(FunctionElement[Any]):
    """The elements of a JSON array, a row each, in the column ``value``."""

    inherit_cache = True


class _Item(FunctionElement[Any]):
    """The item of a JSON array at a place, from 0; NULL for null."""

    inherit_cache = True


@compiles(_Gathered, "sqlite")
def _gathered_in_sqlite(element: _Gathered, compiler: SQLCompiler, **how: Any) -> str:
    return f"json_group_array(json_array({compiler.process(element.clauses, **how)}))"


@compiles(_Gathered, "postgresql")
def _gathered_in_postgres(element: _Gathered, compiler: SQLCompiler, **how: Any) -> str:
    items = compiler.process(element.clauses, **how)
    return f"CAST(coalesce(json_agg(json_build_array({items})), '[]') AS TEXT)"


@compiles(_Hex, "sqlite")
def _hex_in_sqlite(element: _Hex, compiler: SQLCompiler, **how: Any) -> str:
    return f"hex({compiler.process(element.clauses, **how)})"


@compiles(_Hex, "postgresql")
def _hex_in_postgres(element: _Hex, compiler: SQLCompiler, **how: Any) -> str:
    return f"encode({compiler.process(element.clauses, **how)}, 'hex')"


@compiles(_Each, "sqlite")
def _each_in_sqlite(element: _Each, compiler: SQLCompiler, **how: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **how)})"


@compiles(_Each, "postgresql")
def _each_in_postgres(element: _Each, compiler: SQLCompiler, **how: Any) -> str:
    return f"jsonb_array_elements(CAST({compiler.process(element.clauses, **how)} AS JSONB))"


@compiles(_Item, "sqlite")
def _item_in_sqlite(element: _Item, compiler: SQLCompiler, **how: Any) -> str:
    value, place = (compiler.process(part, **how) for part in element.clauses)
    return f"json_extract({value}, '$[{place}]')"


@compiles(_Item, "postgresql")
def _item_in_postgres(element: _Item, compiler: SQLCompiler, **how: Any) -> str:
    value, place = (compiler.process(part, **how) for part in element.clauses)
    return f"({value} ->> {place})"
