"""What one person tries alone, or without looking: over real HTTP, with keys of several people."""

import unicodedata
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.acceptance.bodies import SENDER, cap, info, instant
from tests.acceptance.conftest import ACCOUNT, PEOPLE, TOKEN, Broker, broker
from tests.acceptance.test_release import (
    CHINESE,
    ENGLISH,
    approve,
    confirmation,
    decide,
    look,
    posted,
    settled,
    told,
)
from warnbroker.model.actor import Actor
from warnbroker.model.identity import sortable_ids
from warnbroker.model.record import IssuerRecord
from warnbroker.simulator.server import Simulator, SimulatorSettings

PERSONS = {
    "lin": (("approver",), "Lin"),
    "composed": (("issuer",), unicodedata.normalize("NFC", "Päivi Öst")),
    "decomposed": (("approver",), unicodedata.normalize("NFD", "Päivi  Öst")),
    "radio": (("media",), "Radio"),
    "province": (("relay",), "Province"),
    "low": (("issuer",), "Low"),
}


@pytest.fixture(scope="module")
async def house(tmp_path_factory) -> AsyncIterator[Broker]:
    far = Simulator(
        SimulatorSettings(account_sid=ACCOUNT, auth_token=TOKEN, callback_delay=(0.0, 0.01))
    )
    await far.start()
    try:
        folder = tmp_path_factory.mktemp("one_person")
        release = {"repeat_within": 0}
        async with broker(folder, people=PEOPLE, sms=far.http_url, release=release) as found:
            yield replace(found, keys={**found.keys, **await hired(found)})
    finally:
        await far.stop()


async def hired(found: Broker) -> dict[str, str]:
    store, now = found.served.store, datetime.now(UTC)
    ids = sortable_ids(lambda: now)
    keys = {}
    for name, (roles, person) in PERSONS.items():
        record = IssuerRecord(
            id=next(ids), name=name, sender="", roles=roles, hazards=(), jurisdictions=(),
            authority_id=await store.issuers.authority("demo-harbour"),
            created_at=now, person=person,
            highest_level="yellow" if name == "low" else "",
        )  # fmt: skip
        keys[name] = await store.issuers.add(record, actor=Actor("test"))
    return keys


async def live_red(house, name) -> tuple[str, str]:
    """Return the id of a red alert that two people let out, and a reference to it."""
    sent = instant(-2)
    alert = await posted(house, identifier=name, sent=sent)
    assert (await approve(house, alert)).status == 200
    await settled(house, alert)
    return alert, f"{SENDER},{name},{sent}"


@pytest.mark.parametrize("kind", ["Cancel", "Update"])
async def test_a_red_warning_is_not_ended_alone_by_a_message_that_calls_itself_blue(house, kind):
    alert, named = await live_red(house, f"standing-{kind}")

    reply = await house.post(cap(msgType=kind, references=named, headline="All is well"))

    assert reply.status == 202
    assert reply.json["state"] == "pending"
    assert reply.json["approvals_needed"] == 1
    assert (await look(house, alert))["state"] == "published"
    assert (await approve(house, reply.json["id"])).status == 200
    assert (await look(house, alert))["state"] in {"cancelled", "updated"}


async def test_a_correction_to_a_lower_level_needs_a_second_person_too(house):
    alert, _ = await live_red(house, "too-grave")
    change = {"level": "blue", "severity": "Minor"}

    reply = await house.ask("POST", f"/v1/alerts/{alert}/correct", json=change)

    assert reply.json["state"] == "pending"
    assert (await look(house, alert))["state"] == "published"


async def test_a_warning_that_was_lowered_is_changed_as_its_new_level_asks(house):
    alert, _ = await live_red(house, "lowered")
    change = {"level": "blue", "severity": "Minor"}
    lowered = await house.ask("POST", f"/v1/alerts/{alert}/correct", json=change)
    await approve(house, lowered.json["id"])

    reply = await house.ask("POST", f"/v1/alerts/{alert}/cancel", json={"reason": "lifted"})

    assert reply.json["state"] in {"accepted", "publishing", "published"}


async def test_a_mistake_taken_back_as_blue_goes_at_once_and_is_signed_all_the_same(house):
    _, named = await live_red(house, "a-mistake")
    why = "<parameter><valueName>warnbroker:reason</valueName><value>error</value></parameter>"

    reply = await house.post(cap(msgType="Cancel", references=named, more=why))

    assert reply.json["approvals_needed"] == 0
    assert (await look(house, reply.json["id"]))["release"]["countersign_by"]


@pytest.mark.parametrize(
    "words",
    [
        (("level", "yellow"), ("level", "red")),
        (("level", "yellow"), ("awareness_level", "4; red; Extreme")),
        (("level", "ＲＥＤ"),),
    ],
)
async def test_an_info_that_also_says_red_is_red(house, words):
    more = "".join(
        f"<parameter><valueName>{name}</valueName><value>{value}</value></parameter>"
        for name, value in words
    )
    told = {**ENGLISH, "more": more}

    reply = await house.post(cap(info(**told) + info(**{**told, **CHINESE})))

    assert reply.json["level"] == "red"
    assert reply.json["state"] == "pending"


async def test_one_person_is_one_however_the_name_is_encoded(house):
    alert = await posted(house, key="composed")

    reply = await approve(house, alert, "decomposed")

    assert reply.status == 403
    assert (await look(house, alert))["state"] == "pending"


async def test_an_area_can_be_typed_whatever_the_eye_cannot_see_in_it(house):
    name = unicodedata.normalize("NFD", "Hämeensaari, Åbo") + "\u200f"
    infos = info(**ENGLISH) + info(**{**ENGLISH, **CHINESE})
    alert = (await house.post(cap(infos.replace("Market", name)))).json["id"]
    typed = await confirmation(house, alert)

    typed["area"] = unicodedata.normalize("NFC", "Hämeensaari, Åbo")
    reply = await decide(house, alert, "approve", "lin", confirmation=typed)

    assert reply.status == 200


async def test_a_message_that_came_first_cannot_make_an_approval_vanish(house):
    sent = instant(-2)
    early = cap(msgType="Update", references=f"{SENDER},not-yet,{sent}", headline="Nothing here")
    assert (await house.post(early, key="low")).status == 202
    alert = await posted(house, identifier="not-yet", sent=sent)

    reply = await approve(house, alert)

    assert reply.status == 409
    assert reply.rules == ["release.cancelled"]
    assert (await look(house, alert))["state"] == "pending"
    assert told(house, alert) == 0


@pytest.mark.parametrize("key", ["radio", "province"])
async def test_who_is_not_on_duty_learns_nothing_of_what_waits(house, key):
    alert = await posted(house)
    listed = await house.ask("GET", "/v1/alerts?state=pending&limit=1000", key=key)

    assert listed.json["items"] == []
    for path in ("", "/cap", "/progress", "/deliveries", "/forecast"):
        assert (await house.ask("GET", f"/v1/alerts/{alert}{path}", key=key)).status == 404
    assert (await decide(house, alert, "approve", key)).status == 404
    assert (await house.ask("POST", f"/v1/alerts/{alert}/forecast", key=key)).status in {404, 405}


@pytest.mark.parametrize("changed", [{"scope": "Restricted"}, {"status": "Exercise"}])
async def test_who_is_not_on_duty_sees_what_everybody_sees(house, changed):
    hidden = cap(**changed, extra="<restriction>x</restriction>" if "scope" in changed else "")
    shown = await house.post(cap(headline="For all"))
    reply = await house.post(hidden)

    seen = await house.ask("GET", shown.json["links"]["self"], key="radio")
    assert seen.status == 200
    if reply.status == 202:
        closed = await house.ask("GET", reply.json["links"]["self"], key="radio")
        assert closed.status == 404
