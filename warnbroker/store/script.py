"""Scripts: several statements that SQLite carries out in one step, the interpreter let go.

Between two statements the ledger's thread needs the interpreter, which the loop's has: each time
it waits, and makes the other one wait. The body of a trigger is one step, however long.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Dialect
from sqlalchemy.exc import DBAPIError

from warnbroker.store.prepared import Prepared
from warnbroker.store.statements import GIVEN

_REFUSED = "not as expected"


@dataclass(frozen=True, slots=True)
class Step:
    """A statement, the script's parameter that gives it its rows, and another for their number.

    With ``number`` the whole script is undone unless that many rows are written.
    """

    statement: Prepared
    rows: str
    number: str = ""


class Script:
    """Statements that are run one after the other, on SQLite alone; all of them, or none."""

    def __init__(self, name: str, steps: Sequence[Step], parameters: Sequence[str]) -> None:
        self._name, self._steps, self._parameters = name, steps, parameters
        marks = ", ".join("?" * len(parameters))
        self._call = f"INSERT INTO {name} VALUES ({marks})"  # noqa: S608  the name is ours

    def run(self, connection: Connection, params: Mapping[str, object]) -> bool:
        """Carry it out; return False, with nothing written, where a number is not as expected.

        Raises:
            DBAPIError: the database refused.
        """
        cursor = connection.connection.cursor()
        given = tuple([params[name] for name in self._parameters])
        try:
            try:
                cursor.execute(self._call, given)
            except sqlite3.OperationalError as error:
                if self._name not in str(error):
                    raise
                # Each connection has its own, which goes with a transaction that is undone.
                for statement in self._definition(connection.dialect):
                    cursor.execute(statement)
                cursor.execute(self._call, given)
        except sqlite3.IntegrityError as error:
            if str(error) == _REFUSED:
                return False
            raise DBAPIError(self._call, None, error) from error
        except sqlite3.Error as error:
            raise DBAPIError(self._call, None, error) from error
        return True

    def _definition(self, dialect: Dialect) -> Sequence[str]:
        columns = ", ".join(f"NULL AS {name}" for name in self._parameters)
        body = "\n".join(self._text(step, dialect) for step in self._steps)
        return (
            f"CREATE TEMP VIEW {self._name} AS SELECT {columns}",
            f"CREATE TEMP TRIGGER run_{self._name} INSTEAD OF INSERT ON {self._name} "
            f"BEGIN\n{body}\nEND",
        )

    def _text(self, step: Step, dialect: Dialect) -> str:
        text = step.statement.spelt(dialect, lambda name: self._new(name, step)) + ";"
        if step.number:
            text += f"\nSELECT RAISE(ABORT, '{_REFUSED}') WHERE changes() <> NEW.{step.number};"
        return text

    def _new(self, name: str, step: Step) -> str:
        return f"NEW.{step.rows if name == GIVEN else name}"
