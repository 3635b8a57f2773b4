"""Statements of the hot path: compiled once for each database, run without further ceremony."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Dialect, Table, bindparam
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import Executable
from sqlalchemy.sql.elements import ClauseElement

from warnbroker.store.statements import insert_into

Rows = list[list[Any]]


def inserting(table: Table, names: Sequence[str]) -> Mapping[str, "Prepared"]:
    """Return, for each database, what inserts rows of these columns; one like another is left out.

    ``names`` are in the order of the table's columns, and so are the values of each row.
    """
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    assert list(values) == [column.name for column in table.c if column.name in values]  # noqa: S101
    return {
        dialect: Prepared(insert_into(dialect, table).values(values).on_conflict_do_nothing())
        for dialect in ("sqlite", "postgresql")
    }


class Prepared:
    """One statement; its parameters are given as the database stores them, none is a list.

    SQLAlchemy's own way takes some 70 µs a statement, more than a delivery may cost in all.
    """

    def __init__(self, statement: Executable) -> None:
        self._statement = statement
        self._compiled: dict[str, tuple[str, tuple[str, ...], Mapping[str, Any]]] = {}

    def run(self, connection: Connection, params: Mapping[str, object]) -> Any:
        """Execute it; return the cursor of the driver.

        Raises:
            DBAPIError: the database refused.
        """
        dialect = connection.dialect
        found = self._compiled.get(dialect.name) or self._compile(dialect)
        sql, names, constants = found
        cursor = connection.connection.cursor()
        given = {**constants, **params}
        try:
            cursor.execute(sql, tuple(given[name] for name in names))
        except connection.dialect.loaded_dbapi.Error as error:
            raise DBAPIError(sql, None, error) from error
        return cursor

    def many(self, connection: Connection, rows: Sequence[tuple[object, ...]]) -> None:
        """Execute it once for each row; its parameters are in the order of the statement's.

        Raises:
            DBAPIError: the database refused.
        """
        dialect = connection.dialect
        sql, _, _ = self._compiled.get(dialect.name) or self._compile(dialect)
        try:
            connection.connection.cursor().executemany(sql, rows)
        except connection.dialect.loaded_dbapi.Error as error:
            raise DBAPIError(sql, None, error) from error

    def changed(self, connection: Connection, params: Mapping[str, object]) -> int:
        """Execute it; return how many rows it wrote."""
        return int(self.run(connection, params).rowcount)

    def rows(self, connection: Connection, params: Mapping[str, object]) -> Rows:
        """Execute a statement that answers with ``gathered`` rows; return them."""
        return orjson.loads(self.run(connection, params).fetchone()[0])  # type: ignore[no-any-return]

    def spelt(self, dialect: Dialect, word: Callable[[str], str]) -> str:
        """Return its text with each parameter spelt as ``word`` says, its constants written in."""
        sql, names, constants = self._compiled.get(dialect.name) or self._compile(dialect)
        first, *others = sql.split("?")
        written = [_literal(constants[name]) if name in constants else word(name) for name in names]
        return first + "".join(mark + rest for mark, rest in zip(written, others, strict=True))

    def _compile(self, dialect: Dialect) -> tuple[str, tuple[str, ...], Mapping[str, Any]]:
        assert isinstance(self._statement, ClauseElement)  # noqa: S101  for the type's sake
        compiled: Any = self._statement.compile(dialect=dialect)
        constants = {
            name: compiled.binds[name].value
            for name in compiled.positiontup
            if not compiled.binds[name].required
        }
        found = str(compiled), tuple(compiled.positiontup), constants
        self._compiled[dialect.name] = found
        return found


def _literal(value: object) -> str:
    """Return a constant of a statement as SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, (bool, int)):
        return str(int(value))
    text = str(value).replace("'", "''")
    return f"'{text}'"
