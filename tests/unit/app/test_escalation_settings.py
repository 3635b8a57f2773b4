"""Ladders as data: what the settings say, and what is wrong with them in one line each."""

from datetime import timedelta

import pytest

from warnbroker.app.escalation import escalation_faults, ladders_of
from warnbroker.errors import ConfigError
from warnbroker.model.ladder import Action
from warnbroker.model.receipt import State
from warnbroker.settings import load


def settings(**escalation):
    return load(None, {}, {"escalation": escalation})


def test_the_shipped_ladders_are_sound():
    shipped = load(None, {})
    ladders = ladders_of(shipped)

    assert list(escalation_faults(shipped)) == []
    assert [rung.action for rung in ladders.of(1)] == [
        Action.AGAIN, Action.CONTACTS, Action.LAST_MILE, Action.VANS, Action.LAST_MILE,
    ]  # fmt: skip
    assert ladders.of(1)[0].need(night=True) is State.CONFIRMED
    assert ladders.of(1)[0].need(night=False) is State.DELIVERED
    assert ladders.first_looks == {1: timedelta(minutes=3), 2: timedelta(minutes=10)}


def test_an_empty_ladder_escalates_nothing():
    ladders = ladders_of(settings(ladders={"red": []}))

    assert (ladders.of(1), 1 in ladders.first_looks) == ((), False)


def test_what_a_step_names_must_be_there():
    step = {"after": "PT1M", "do": "channels", "channels": ["pigeon"]}
    vans = {"after": "PT1M", "do": "vans", "channels": ["sms"]}

    found = list(escalation_faults(settings(ladders={"red": [step, vans], "purple": [vans]})))

    assert found == [
        "escalation.ladders.red[0].channels: pigeon is not under channels",
        "escalation.ladders.red[1].channels: do: vans takes none; remove them",
        "escalation.ladders.purple: purple is not in levels.scale",
        "escalation.ladders.purple[0].channels: do: vans takes none; remove them",
    ]


@pytest.mark.parametrize(
    ("step", "fault"),
    [
        ({"do": "again"}, "after: is missing"),
        ({"after": "PT1M", "do": "pray"}, "do: must be again"),
        ({"after": "-PT1M", "do": "again"}, "after: must be at least"),
        ({"after": "PT1M", "do": "channels"}, "do: channels needs the channels"),
        ({"after": "PT1M", "do": "again", "unless": "heard"}, "unless: must be delivered"),
        ({"after": "PT1M", "do": "again", "channel": ["sms"]}, "channel: unknown setting"),
    ],
)
def test_a_step_that_is_none_is_refused_in_one_line(step, fault):
    with pytest.raises(ConfigError) as refused:
        settings(ladders={"red": [step]})

    assert fault in str(refused.value)
    assert str(refused.value).startswith("escalation.ladders.red.0")
    assert "\n" not in str(refused.value)


def test_the_name_of_visits_is_nobodys_channel():
    named = load(None, {}, {"channels": {"door": {}}})

    assert next(escalation_faults(named)) == (
        "channels.door: the name is the broker's own; take another"
    )


def test_a_night_that_is_no_span_is_refused():
    with pytest.raises(ConfigError, match=r"escalation\.night"):
        settings(night="late")
