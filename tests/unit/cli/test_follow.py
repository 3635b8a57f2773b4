"""An alert is followed as long as something can come of it, and what goes on is said."""

import asyncio
import io

import pytest
from rich.console import Console

from warnbroker.cli import follow as module
from warnbroker.cli.follow import Until, follow, is_over

NOBODY = {"planned": True, "settled": True, "unsettled": 0, "channels": {}, "delayed": {}}
ASLEEP = NOBODY | {"settled": False, "unsettled": 2, "delayed": {"quiet_hours": 2}}
BUSY = ASLEEP | {"unsettled": 3}
CLIMBING = NOBODY | {"escalation": {"climbing": 5}}


@pytest.mark.parametrize(
    ("answer", "until", "over"),
    [
        (NOBODY, Until.RESTS, True),
        (ASLEEP, Until.RESTS, True),
        (BUSY, Until.RESTS, False),
        (BUSY | {"delayed": {"rate": 3}}, Until.RESTS, False),
        (NOBODY | {"planned": False, "settled": False}, Until.RESTS, False),
        (ASLEEP, Until.SETTLED, False),
        (NOBODY, Until.SETTLED, True),
        (CLIMBING, Until.RESTS, True),
        (CLIMBING, Until.REACHED, False),
        (NOBODY | {"escalation": {"steps": {"contacts": {"waits": 1}}}}, Until.REACHED, False),
        (NOBODY | {"escalation": {"steps": {"contacts": {"listed": 1}}}}, Until.REACHED, True),
        (NOBODY, Until.REACHED, True),
    ],
)
def test_it_ends_when_all_that_is_left_waits_for_hours(answer, until, over):
    assert is_over(answer, until) is over


class Broker:
    def __init__(self, *answers):
        self.answers = list(answers)

    async def get(self, path):
        assert path == "/v1/alerts/x/progress"
        return self.answers.pop(0)


def followed(monkeypatch, *answers, **how):
    said = Console(file=io.StringIO(), width=80)
    monkeypatch.setattr(module, "err", said)
    monkeypatch.setattr(module, "POLL_SECONDS", 0)
    asyncio.run(follow(Broker(*answers), "x", **how))
    return said.file.getvalue()


def test_who_is_still_on_a_ladder_is_told_of_with_the_command_that_follows_them(monkeypatch):
    shown = followed(monkeypatch, CLIMBING, longer="warnbroker issue a.xml --until-reached")

    assert "5 people are yet to be looked at by the ladder" in shown
    assert "to look again: warnbroker issue a.xml --until-reached" in shown


def test_who_cannot_look_again_is_not_told_how_to(monkeypatch):
    assert "look" not in followed(monkeypatch, CLIMBING, longer=None)


def test_what_waits_for_hours_is_said_once_where_nobody_sees_a_board(monkeypatch):
    shown = followed(monkeypatch, BUSY, BUSY, ASLEEP)

    assert shown.count("2 wait: quiet hours") == 1
    assert "to look again: the same command" in shown


def test_how_many_wait_is_not_said_before_all_is_planned(monkeypatch):
    begun = BUSY | {"planned": False, "delayed": {"quiet_hours": 1}}

    shown = followed(monkeypatch, begun, ASLEEP)

    assert "1 waits" not in shown
    assert shown.count("2 wait: quiet hours") == 1


def test_nothing_is_to_be_looked_at_again_where_all_is_over(monkeypatch):
    assert "look again" not in followed(monkeypatch, NOBODY)
