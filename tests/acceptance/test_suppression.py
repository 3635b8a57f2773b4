"""STOP over the provider's signed callback, and what an operator sees and does about it."""

import json
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from tests.acceptance.conftest import ACCOUNT, TOKEN
from warnbroker.resources import shipped

FORM = "application/x-www-form-urlencoded"
INBOUND = "/receipts/twilio/sms/inbound"
STRANGER = "+15557654321"


async def texted(broker, text, sid, token=TOKEN):
    fields = {"MessageSid": sid, "AccountSid": ACCOUNT, "From": STRANGER, "Body": text}
    signature = RequestValidator(token).compute_signature(broker.served.url + INBOUND, fields)
    headers = {"X-Twilio-Signature": signature}
    return await broker.post(urlencode(fields), path=INBOUND, kind=FORM, key=None, headers=headers)


async def find(broker, key="desk"):
    body = json.dumps({"address": STRANGER})
    return await broker.post(
        body, path="/v1/suppressions/search", kind="application/json", key=broker.keys[key]
    )


async def standing(broker):
    found = (await find(broker)).json["items"]
    return [(item["scope"], item["reason"]) for item in found if item["lifted"] is None]


async def test_stop_and_start_over_the_providers_callback_are_answered_and_heeded(busy):
    forged = await texted(busy, "STOP", "SM0", token="x" * 32)
    assert (forged.status, await standing(busy)) == (403, [])

    stop = await texted(busy, "stop", "SM1")
    again = await texted(busy, "stop", "SM1")
    assert stop.body.decode() == again.body.decode()
    assert "no more warnings" in stop.body.decode()
    assert await standing(busy) == [("sms", "stop")]

    start = await texted(busy, "订阅", "SM2")
    assert "重新" in start.body.decode()
    await texted(busy, "stop", "SM1")
    assert await standing(busy) == []

    other = await texted(busy, "Where must I go?" * 200, "SM3")
    assert other.body.decode() == "<Response/>"


async def test_an_operator_suppresses_and_lifts_and_no_answer_shows_the_address(busy):
    body = json.dumps({"address": "+15557654399", "scope": "sms"})
    path, kind, key = "/v1/suppressions", "application/json", busy.keys["desk"]

    made = await busy.post(body, path=path, kind=kind, key=key)
    again = await busy.post(body, path=path, kind=kind, key=key)
    listed = await busy.ask("GET", f"{path}?limit=1000", key=key)

    assert (made.status, again.json) == (201, made.json)
    ids = {item["id"] for item in made.json["items"]}
    assert [item["address_kind"] for item in made.json["items"]] == ["phone"]
    assert ids <= {item["id"] for item in listed.json["items"]}
    assert "7654399" not in (made.body + listed.body).decode()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"address": "nobody"}', 422),
        ('{"address": "+1"}', 422),
        ('{"address": "+15557654399", "scope": "pigeon"}', 422),
        ('{"address": "+15557654399", "address_kind": "email"}', 422),
        ('{"address": "+15557654399", "address_kind": "voice", "scope": "sms"}', 422),
        ('{"address": "+15557654399", "scope": "feed"}', 422),
        ('{"address": "x", "address_kind": "a b;"}', 422),
        ('{"address": ""}', 400),
        ("{}", 400),
        ('{"address": "+15557654399", "more": 1}', 400),
        ("[", 400),
        (json.dumps({"address": "x" * 20_000}), 413),
    ],
)
async def test_what_is_no_address_is_refused_and_not_repeated(busy, body, status):
    reply = await busy.post(
        body, path="/v1/suppressions", kind="application/json", key=busy.keys["desk"]
    )

    assert reply.status == status
    assert "7654399" not in reply.body.decode()


async def test_without_a_scope_a_number_stands_for_texts_and_calls(busy):
    body = json.dumps({"address": "+15557654398"})

    made = await busy.post(
        body, path="/v1/suppressions", kind="application/json", key=busy.keys["desk"]
    )

    assert {item["address_kind"] for item in made.json["items"]} == {"phone", "voice"}


async def test_only_operators_see_suppressions(quiet):
    assert (await find(quiet, "auditor")).status == 403


def test_the_commands_ask_for_the_address_and_never_show_it(command):
    config = shipped("config") / "warnbroker.yaml"
    done = command("suppressions", "list", "--config", config)
    assert (done.status, done.err) == (0, "")

    missing = command("suppressions", "lift", "7", "--config", config)
    assert (missing.status, missing.faults) == (1, ["there is no suppression of this id"])
