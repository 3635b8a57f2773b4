"""How many people of an alert were reached, and what was done for those who were not."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, false, func, or_, select

from warnbroker.contracts.escalation import Capable, Reached
from warnbroker.model.doorstep import DESK, Answer
from warnbroker.model.ladder import DOOR
from warnbroker.model.receipt import AWAITING_RECEIPT, State
from warnbroker.store.climbers import by_a_person
from warnbroker.store.ladder_tables import (
    doorstep,
    doorstep_answer,
    doorstep_list,
    escalation,
    ladder,
)
from warnbroker.store.tables import attempt, delivery

_THEIRS = (
    doorstep_answer.c.alert_id == doorstep.c.alert_id,
    doorstep_answer.c.subscriber_id == doorstep.c.subscriber_id,
)
_NEWEST = (
    select(func.max(doorstep_answer.c.id)).where(*_THEIRS).correlate(doorstep).scalar_subquery()
)
_TOLD_THERE = (
    select(doorstep_answer.c.id)
    .where(
        *_THEIRS,
        doorstep_answer.c.id == _NEWEST,
        doorstep_answer.c.answer.in_(sorted(answer for answer in Answer if answer.is_told)),
    )
    .correlate(doorstep)
    .exists()
)
_CONFIRMED_ELSEWHERE = (
    select(delivery.c.id)
    .where(
        delivery.c.alert_id == doorstep.c.alert_id,
        delivery.c.subscriber_id == doorstep.c.subscriber_id,
        delivery.c.channel != DOOR,
        delivery.c.state == State.CONFIRMED,
    )
    .correlate(doorstep)
    .exists()
)
_IS_OPEN = and_(~_TOLD_THERE, ~_CONFIRMED_ELSEWHERE)
"""As ``Door.is_open`` has it: a later answer that nobody was there takes back an earlier one."""

_IS_DESK = (
    select(doorstep_list.c.id)
    .where(doorstep_list.c.id == doorstep.c.list_id, doorstep_list.c.holder_id == DESK)
    .correlate(doorstep)
    .exists()
)


def of(
    connection: Connection, alert_id: int, capable: Capable, confirming: Collection[str]
) -> Reached:
    """Count the people of an alert."""
    row = connection.execute(_people(alert_id, capable, confirming)).one()
    confirmed, delivered, silent, everybody = (int(number or 0) for number in row)
    return Reached(
        people=everybody,
        confirmed=confirmed,
        delivered=delivered,
        no_receipt=silent,
        unreached=everybody - confirmed - delivered - silent,
        steps=_steps(connection, alert_id),
        climbing=_climbing(connection, alert_id),
        delayed=_delayed(connection, alert_id),
        listed=_listed(connection, alert_id),
        open=_listed(connection, alert_id, _IS_OPEN),
        desk=_listed(connection, alert_id, _IS_OPEN, _IS_DESK),
        answers=_answers(connection, alert_id),
    )


def _any(condition: ColumnElement[bool]) -> Any:
    return func.max(case((condition, 1), else_=0))


def _people(alert_id: int, capable: Capable, confirming: Collection[str]) -> Any:
    # Only where people can answer does a machine take the message for them.
    sure = or_(delivery.c.channel.not_in(sorted(confirming)), by_a_person())
    person = (
        select(
            _any(delivery.c.state == State.CONFIRMED).label("confirmed"),
            _any(and_(delivery.c.state == State.DELIVERED, sure)).label("delivered"),
            _any(_can_tell(capable)).label("told_of"),
            _any(
                and_(delivery.c.channel != DOOR, delivery.c.state.in_(sorted(AWAITING_RECEIPT)))
            ).label("taken"),
        )
        .where(delivery.c.alert_id == alert_id, delivery.c.subscriber_id.is_not(None))
        .group_by(delivery.c.subscriber_id)
        .subquery()
    )
    confirmed, delivered = person.c.confirmed == 1, person.c.delivered == 1
    silent = and_(~confirmed, ~delivered, person.c.told_of == 0, person.c.taken == 1)
    return select(
        func.sum(case((confirmed, 1), else_=0)),
        func.sum(case((and_(~confirmed, delivered), 1), else_=0)),
        func.sum(case((silent, 1), else_=0)),
        func.count(),
    ).select_from(person)


def _can_tell(capable: Capable) -> ColumnElement[bool]:
    """Tell whether a receipt can come on a delivery's route."""
    whole = [name for name, providers in capable.items() if providers is None]
    routes: list[ColumnElement[bool]] = [delivery.c.channel.in_(sorted(whole))]
    for name, providers in capable.items():
        if providers is not None:
            by = select(attempt.c.number).where(
                attempt.c.alert_id == delivery.c.alert_id,
                attempt.c.delivery_id == delivery.c.id,
                attempt.c.number == delivery.c.attempts,
                attempt.c.provider.in_(sorted(providers)),
            )
            routes.append(and_(delivery.c.channel == name, by.correlate(delivery).exists()))
    return or_(false(), *routes)


def _steps(connection: Connection, alert_id: int) -> Mapping[str, Mapping[str, int]]:
    statement = (
        select(escalation.c.action, escalation.c.outcome, func.count())
        .where(escalation.c.alert_id == alert_id)
        .group_by(escalation.c.action, escalation.c.outcome)
    )
    found: dict[str, dict[str, int]] = {}
    for action, outcome, number in connection.execute(statement).all():
        found.setdefault(action, {})[outcome] = number
    return found


def _climbing(connection: Connection, alert_id: int) -> int:
    statement = select(func.count()).select_from(ladder).where(ladder.c.alert_id == alert_id)
    return connection.execute(statement).scalar_one()


def _delayed(connection: Connection, alert_id: int) -> Mapping[str, int]:
    statement = (
        select(ladder.c.delayed_by, func.count())
        .where(ladder.c.alert_id == alert_id, ladder.c.delayed_by != "")
        .group_by(ladder.c.delayed_by)
    )
    return {cause: number for cause, number in connection.execute(statement).all()}


def _listed(connection: Connection, alert_id: int, *which: ColumnElement[bool]) -> int:
    statement = select(func.count(doorstep.c.subscriber_id.distinct())).where(
        doorstep.c.alert_id == alert_id, *which
    )
    return connection.execute(statement).scalar_one()


def _answers(connection: Connection, alert_id: int) -> Mapping[str, int]:
    """Count the newest answers about people."""
    statement = (
        select(doorstep_answer.c.subscriber_id, doorstep_answer.c.answer)
        .where(doorstep_answer.c.alert_id == alert_id)
        .order_by(doorstep_answer.c.id)
    )
    newest = dict(_pairs(connection.execute(statement).all()))
    return {answer.value: found for answer in Answer if (found := _times(newest, answer))}


def _pairs(rows: Sequence[Any]) -> Sequence[tuple[int, str]]:
    return [(row[0], row[1]) for row in rows]


def _times(newest: Mapping[int, str], answer: Answer) -> int:
    return sum(found == answer for found in newest.values())
