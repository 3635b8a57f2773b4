"""Turns of a lane where nothing is out of the ordinary, as one step of SQLite."""

from collections.abc import Sequence

import orjson
from sqlalchemy import Connection

from warnbroker.model.record import ClaimedDelivery, Sent, Turn
from warnbroker.store.claims import BEGIN_ALLOWED, NOTE_ATTEMPTS, attempt_rows
from warnbroker.store.evidence import NOTE_HANDOFF
from warnbroker.store.results import ADD, NOTE_REF, SETTLE, ref_rows, row
from warnbroker.store.script import Script, Step
from warnbroker.store.tables import microseconds

_SQLITE = "sqlite"
_TURN = Script(
    "plain_turn",
    (
        Step(ADD[_SQLITE], "news"),
        Step(NOTE_REF[_SQLITE], "refs"),
        Step(NOTE_HANDOFF, "taken"),
        Step(SETTLE, "settled", number="all_settled"),
        Step(BEGIN_ALLOWED, "begun", number="all_begun"),
        Step(NOTE_ATTEMPTS, "tries"),
    ),
    ("news", "refs", "taken", "settled", "all_settled", "begun", "all_begun", "tries",
     "of_alert", "by_owner", "at_now", "new_due"),
)  # fmt: skip


def take_plain(
    connection: Connection,
    numbered: Sequence[tuple[int, Sent]],
    batch: Sequence[ClaimedDelivery],
    turn: Turn,
) -> bool:
    """Settle what was sent and begin what is next; False, and nothing written, if any is special.

    Plain are first attempts of one alert that a provider took, of which nothing else is known,
    and claims that may all still be sent.
    """
    alerts = {sent.item.alert_id for _, sent in numbered}
    is_plain = len(alerts) <= 1 and all(sent.is_plain for _, sent in numbered)
    if connection.dialect.name != _SQLITE or not is_plain:
        return False
    sent = [one for _, one in numbered]
    params = {
        "news": [row(number, one) for number, one in numbered],
        "refs": ref_rows(sent),
        "taken": [(one.item.id,) for one in sent],
        "settled": [(one.item.alert_id, one.item.id) for one in sent],
        "begun": [(item.alert_id, item.id, item.attempts) for item in batch],
        "tries": attempt_rows(batch),
    }
    return _TURN.run(
        connection,
        {
            **{name: orjson.dumps(rows).decode() for name, rows in params.items()},
            "all_settled": len(sent),
            "all_begun": len(batch),
            "of_alert": next(iter(alerts), 0),
            "by_owner": turn.owner,
            "at_now": microseconds(turn.now),
            "new_due": microseconds(turn.answer_by),
        },
    )
