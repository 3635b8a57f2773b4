"""The rows of decisions, inside the caller's transaction."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select

from warnbroker.model.decision import Act, Decision
from warnbroker.store.registers import decision

_OF = select(decision).where(decision.c.alert_id == bindparam("of_id")).order_by(decision.c.number)


def of(connection: Connection, alert_id: int) -> Sequence[Decision]:
    """Return the decisions about an alert, oldest first."""
    return [decision_of(row) for row in connection.execute(_OF, {"of_id": alert_id})]


def add(connection: Connection, made: Decision, number: int) -> None:
    """Write a decision under its number; there cannot be two of one number."""
    connection.execute(
        insert(decision).values(
            alert_id=made.alert_id,
            number=number,
            act=made.act,
            step=made.step,
            issuer_id=made.issuer_id,
            person=made.person,
            at=made.at,
            reason=made.reason,
            origin=made.origin,
        )
    )


def decision_of(row: Row[Any]) -> Decision:
    """Build the decision of a row."""
    return Decision(
        alert_id=row.alert_id,
        act=Act(row.act),
        issuer_id=row.issuer_id,
        person=row.person,
        at=row.at,
        step=row.step,
        reason=row.reason,
        origin=row.origin,
    )
