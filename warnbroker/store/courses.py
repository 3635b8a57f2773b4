"""Alerts with the people and decisions behind them, for reports."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from warnbroker.contracts.conduct import AlertCourse
from warnbroker.model.decision import Act, Decision
from warnbroker.store.alerts import record_of
from warnbroker.store.database import Database
from warnbroker.store.registers import decision
from warnbroker.store.tables import Instant, alert, issuer

_SINCE = (
    select(alert, issuer.c.person.label("composer"), issuer.c.name.label("composer_name"))
    .outerjoin(issuer, issuer.c.id == alert.c.issuer_id)
    .where(alert.c.received_at >= bindparam("since", type_=Instant))
    .order_by(alert.c.id)
)
_DECISIONS = (
    select(decision)
    .join(alert, alert.c.id == decision.c.alert_id)
    .where(alert.c.received_at >= bindparam("since", type_=Instant))
    .order_by(decision.c.alert_id, decision.c.number)
)


class CourseTable:
    """Reads alerts with their history."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def courses(self, since: datetime) -> Sequence[AlertCourse]:
        """Return alerts received since a moment, oldest first."""

        def work(connection: Connection) -> Sequence[AlertCourse]:
            decided = _decisions(connection, since)
            rows = connection.execute(_SINCE, {"since": since}).all()
            return [
                AlertCourse(
                    record_of(row), row.composer or row.composer_name or "", decided[row.id]
                )
                for row in rows
            ]

        return await self._database.read(work)


def _decisions(connection: Connection, since: datetime) -> defaultdict[int, list[Decision]]:
    found: defaultdict[int, list[Decision]] = defaultdict(list)
    for row in connection.execute(_DECISIONS, {"since": since}):
        found[row.alert_id].append(
            Decision(
                alert_id=row.alert_id,
                act=Act(row.act),
                issuer_id=row.issuer_id,
                person=row.person,
                at=row.at,
                step=row.step,
                reason=row.reason,
                origin=row.origin,
            )
        )
    return found
