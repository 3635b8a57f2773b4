"""The people on lists, with name and phone in clear, and the answers about each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, select

from warnbroker.model.doorstep import Answer, Door, DoorList
from warnbroker.model.ladder import DOOR
from warnbroker.model.receipt import State
from warnbroker.model.subscriber import AddressKind
from warnbroker.store.cipher import AddressCipher
from warnbroker.store.ladder_tables import doorstep, doorstep_answer
from warnbroker.store.tables import address, delivery, subscriber, subscriber_address

_LISTS: Any = bindparam("lists", expanding=True)
_ROWS: Select[Any] = (
    select(doorstep, subscriber)
    .join(subscriber, subscriber.c.id == doorstep.c.subscriber_id)
    .where(doorstep.c.list_id.in_(_LISTS))
)
_PHONES = (
    select(subscriber_address.c.subscriber_id, subscriber_address.c.kind, address.c.ciphertext)
    .join(address, address.c.id == subscriber_address.c.address_id)
    .join(doorstep, doorstep.c.subscriber_id == subscriber_address.c.subscriber_id)
    .where(
        doorstep.c.list_id.in_(_LISTS),
        subscriber_address.c.kind.in_([AddressKind.PHONE, AddressKind.VOICE]),
    )
)
_SENT = (
    select(delivery.c.alert_id, delivery.c.subscriber_id, delivery.c.channel, delivery.c.state)
    .join(
        doorstep,
        and_(
            doorstep.c.alert_id == delivery.c.alert_id,
            doorstep.c.subscriber_id == delivery.c.subscriber_id,
        ),
    )
    .where(doorstep.c.list_id.in_(_LISTS), delivery.c.channel != DOOR)
    .order_by(delivery.c.id)
)
_ANSWERS = (
    select(doorstep_answer)
    .join(
        doorstep,
        and_(
            doorstep.c.alert_id == doorstep_answer.c.alert_id,
            doorstep.c.subscriber_id == doorstep_answer.c.subscriber_id,
        ),
    )
    .where(doorstep.c.list_id.in_(_LISTS))
    .order_by(doorstep_answer.c.id)
)
_Key = tuple[int, int]


def of(connection: Connection, lists: Sequence[DoorList], cipher: AddressCipher) -> Sequence[Door]:
    """Return who is on lists, in no order."""
    wanted = {"lists": [item.id for item in lists]}
    phones = _phones(connection, wanted, cipher)
    sent: defaultdict[_Key, dict[str, State]] = defaultdict(dict)
    for row in connection.execute(_SENT, wanted).all():
        sent[row.alert_id, row.subscriber_id][row.channel] = State(row.state)
    answers: defaultdict[_Key, list[Any]] = defaultdict(list)
    for row in connection.execute(_ANSWERS, wanted).all():
        answers[row.alert_id, row.subscriber_id].append(row)
    return [
        _door(
            row,
            phones.get(row.subscriber_id, ""),
            sent[row.alert_id, row.subscriber_id],
            answers[row.alert_id, row.subscriber_id],
        )
        for row in connection.execute(_ROWS, wanted).all()
    ]


def _phones(
    connection: Connection, wanted: Mapping[str, Sequence[int]], cipher: AddressCipher
) -> Mapping[int, str]:
    """Return a number that each can be called on, that for calls where there is one."""
    rows = sorted(connection.execute(_PHONES, wanted).all(), key=lambda row: row.kind)
    return {row.subscriber_id: cipher.decrypt(row.ciphertext) for row in rows}


def _door(row: Row[Any], phone: str, sent: Mapping[str, State], answers: Sequence[Any]) -> Door:
    newest = answers[-1] if answers else None
    return Door(
        list_id=row.list_id,
        number=row.number,
        subscriber_id=row.subscriber_id,
        ref=row.ref,
        name=row.name,
        role=row.role,
        language=row.language,
        region=row.region,
        position=None if row.lat is None else (row.lat, row.lon),
        phone=phone,
        sent=dict(sent),
        answer=Answer(newest.answer) if newest else None,
        by=newest.by if newest else "",
        answered_at=newest.at if newest else None,
        answers={item.at: Answer(item.answer) for item in answers},
    )
