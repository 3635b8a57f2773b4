"""Callbacks from anybody but the provider change nothing, nor do the provider's own twice."""

import asyncio
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from tests.acceptance.bodies import cap
from tests.acceptance.conftest import ACCOUNT, TOKEN

FORM = "application/x-www-form-urlencoded"
FAILED = {"MessageSid": "SM" + "0" * 32, "AccountSid": ACCOUNT, "MessageStatus": "failed"}


class Provider:
    """Calls a broker back about one delivery that arrived."""

    def __init__(self, broker, alert, delivery):
        self.broker, self.alert, self.delivery = broker, alert, delivery
        self.path = f"/receipts/twilio/sms/{alert}/{delivery}.1"

    async def call(self, fields=FAILED, *, path="", token=TOKEN, signed=None, body=None, **headers):
        path = path or self.path
        signature = RequestValidator(token).compute_signature(
            self.broker.served.url + (signed or path), fields
        )
        return await self.broker.post(
            urlencode(fields) if body is None else body,
            path=path, kind=headers.pop("kind", FORM), key=None,
            headers={"X-Twilio-Signature": signature} | headers,
        )  # fmt: skip

    def known(self):
        """Return the delivery's state and how much evidence there is of it."""
        state = self.broker.query("SELECT state FROM delivery WHERE id = ?", self.delivery)
        count = "SELECT count(*) FROM evidence WHERE delivery_id = ?"
        return state[0][0], self.broker.query(count, self.delivery)[0][0]


@pytest.fixture(scope="session")
async def provider(busy):
    reply = await busy.post(cap(severity="Severe"))
    await busy.settled(reply)
    question = (
        "SELECT a.public_id, d.id FROM delivery d JOIN alert a ON a.id = d.alert_id "
        "WHERE a.public_id = ? AND d.channel = 'sms' AND d.state = 'DELIVERED'"
    )
    return Provider(busy, *busy.query(question, reply.json["id"])[0])


async def test_a_callback_without_a_signature_is_refused(provider):
    before = provider.known()

    reply = await provider.broker.post(urlencode(FAILED), path=provider.path, kind=FORM, key=None)

    assert reply.status == 403
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert provider.known() == before


@pytest.mark.parametrize(
    "how",
    [
        {"token": "another secret"},
        {"token": ""},
        {"signed": "/receipts/twilio/sms/another/1.1"},
        {"body": urlencode(FAILED | {"MessageStatus": "delivered"})},
        {"body": urlencode(FAILED) + "&MessageStatus=delivered"},
        {"X-Twilio-Signature": "nonsense"},
        {"X-Twilio-Signature": ""},
    ],
    ids=["another secret", "no secret", "for another address", "altered", "added to",
         "a nonsense signature", "an empty signature"],
)  # fmt: skip
async def test_a_forged_callback_changes_nothing(provider, how):
    before = provider.known()

    reply = await provider.call(**how)

    assert reply.status == 403
    assert provider.known() == before


async def test_a_callback_that_comes_again_is_known_already(provider):
    fields = FAILED | {"MessageStatus": "sent"}
    first = await provider.call(fields)
    once = provider.known()

    again = [await provider.call(fields) for _ in range(3)]

    assert [first.status, *(reply.status for reply in again)] == [204] * 4
    assert provider.known() == once


async def test_a_late_failure_does_not_undo_that_it_arrived(provider):
    reply = await provider.call()

    assert reply.status == 204
    assert provider.known()[0] == "DELIVERED"


@pytest.mark.parametrize(
    "path",
    ["{unknown}/{delivery}.1", "{alert}/1.1", "{alert}/{delivery}.99"],
)
async def test_a_callback_about_something_unknown_is_taken_and_harms_nothing(provider, path):
    before = provider.known()[0]
    place = path.format(unknown="a" * 26, alert=provider.alert, delivery=provider.delivery)

    reply = await provider.call(path=f"/receipts/twilio/sms/{place}")

    assert reply.status == 204
    assert provider.known()[0] == before


async def test_what_nobody_knows_is_kept_once_however_often_it_is_said(provider):
    path = f"/receipts/twilio/sms/{provider.alert}/{provider.delivery}.77"
    before = provider.broker.query("SELECT count(*) FROM orphan")[0][0]

    for _ in range(20):
        assert (await provider.call(path=path)).status == 204

    assert provider.broker.query("SELECT count(*) FROM orphan")[0][0] == before + 1


async def test_many_forged_callbacks_at_once_make_few_lines_of_the_log(provider, capsys):
    before = provider.known()

    replies = await asyncio.gather(*(provider.call(token="another secret") for _ in range(200)))

    assert {reply.status for reply in replies} == {403}
    assert provider.known() == before
    assert capsys.readouterr().err.count("callback_refused") <= 1


@pytest.mark.parametrize(
    "path",
    ["nonsense", "../../x", "{alert}/{delivery}.0", "{alert}/{delivery}.-1", "%00/{delivery}.1",
     "{alert}%00/{delivery}.1", "%00/%00.%00", "{alert}/" + "9" * 30 + ".1",
     "{alert}/" + "9" * 5000 + ".1", "{alert}/{delivery}." + "9" * 25],
)  # fmt: skip
async def test_an_address_that_no_attempt_can_have_is_refused(provider, path):
    place = path.format(alert=provider.alert, delivery=provider.delivery)

    reply = await provider.call(path=f"/receipts/twilio/sms/{place}")

    assert reply.status in {400, 403, 404}
    assert (await provider.broker.ask("GET", "/health/ready")).status == 200


@pytest.mark.parametrize(
    ("fields", "kind", "status"),
    [
        (FAILED | {"MessageStatus": "nonsense"}, FORM, 400),
        ({"MessageSid": "SM1"}, FORM, 400),
        ({}, FORM, 400),
        (FAILED, "application/json", 400),
        (FAILED | {f"a{n}": "b" for n in range(1000)}, FORM, 400),
        (FAILED | {"a": "b" * 100_000}, FORM, 400),
        (FAILED | {"a": "b" * 300_000}, FORM, 413),
    ],
    ids=["a strange status", "no status", "nothing", "JSON", "1,000 fields", "long", "too long"],
)
async def test_a_callback_that_makes_no_sense_is_refused(provider, fields, kind, status):
    before = provider.known()

    reply = await provider.call(fields, kind=kind)

    assert reply.status == status
    assert provider.known() == before


@pytest.mark.parametrize("path", ["/receipts/nobody/x", "/receipts/", "/receipts/twilio/fax/x/1.1"])
async def test_nobody_takes_callbacks_at_an_unknown_address(provider, path):
    reply = await provider.call(path=path)

    assert reply.status == 404
    assert reply.headers["Content-Type"] == "application/problem+json"
