"""A dry run counts nobody as told whom the broker would leave alone, and says why."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance.bodies import cap, instant
from tests.acceptance.conftest import broker
from warnbroker.cli.outlook import outlook
from warnbroker.cli.terminal import err

HERE = ZoneInfo("Europe/Helsinki")
FREE, STOPPED, ASLEEP = "+358401230001", "+358401230002", "+358401230003"


def at(hours):
    return (datetime.now(UTC) + timedelta(hours=hours)).astimezone(HERE).strftime("%H:%M")


@pytest.fixture
async def town(tmp_path):
    people = (
        "ref,phone,language,regions,quiet_hours\n"
        f"free,{FREE},en,demo,\nstopped,{STOPPED},en,demo,\n"
        f"asleep,{ASLEEP},en,demo,{at(-1)}-{at(2)}\n"
    )
    more = {
        "dispatch": {"noisy": ["sms"], "at_any_hour": ["red"], "override_suppression": ["red"]},
        "municipality": {"time_zone": str(HERE)},
    }
    async with broker(tmp_path, people=people, more=more) as found:
        body = json.dumps({"address": STOPPED, "scope": "sms"})
        made = await found.post(
            body, path="/v1/suppressions", kind="application/json", key=found.keys["desk"]
        )
        assert made.status == 201, made.body
        yield found


async def rehearse(town, **changed):
    reply = await town.post(cap(**changed), path="/v1/alerts?dry_run=true")
    assert reply.status == 200, reply.body
    return reply.json


async def test_who_is_suppressed_or_asleep_is_not_counted_as_told(town):
    short = await rehearse(town, severity="Moderate", expires=instant(60))

    assert (short["people"], short["audience"]["sms"]) == (1, 1)
    assert short["withheld"] == {"operator": 1, "quiet_hours": 1}
    assert short["delayed"] == {}


async def test_who_would_be_told_in_the_morning_is_told_that_late(town):
    long = await rehearse(town, severity="Moderate", expires=instant(600))

    assert (long["people"], long["delayed"]) == (2, {"quiet_hours": 1})
    assert 3600 < long["channels"]["sms"]["last_seconds"] <= 7200


async def test_the_terminal_says_who_is_left_alone(town):
    answer = await rehearse(town, severity="Moderate", expires=instant(60))

    with err.capture() as shown:
        err.print(outlook(answer))
    assert "not sent: operator 1, quiet hours 1" in " ".join(shown.get().split())
