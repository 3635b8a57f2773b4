"""What a described gateway is asked."""

import json
from urllib.parse import parse_qsl, unquote

import pytest

from channels.sms import SmsChannel, SmsSettings
from tests.unit.channels.gateway.conftest import KANNEL, KEY, PLAIN
from warnbroker.errors import ConfigError, PermanentSendError
from warnbroker.model.receipt import AttemptKey, Reason, Receipt, State

HOSTILE = 'Say "go"\\\n& <run> {to} 风暴潮 = 100% + €'


async def test_the_plain_gateway_gets_one_json_object(opened, gateway, delivery):
    channel = await opened(PLAIN)

    receipt = await channel.send(delivery())

    assert receipt == Receipt(State.ACCEPTED, "gw", "g-1", code="200", by_ref=True)
    [asked] = gateway.asked
    assert (asked.method, asked.path) == ("POST", "/messages")
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.headers["Authorization"] == "Bearer t-1"
    assert asked.json == {
        "to": "+358401234567",
        "from": "Vaara",
        "text": "Leave now.",
        "valid_for": 7200,
        "reference": KEY.path,
        "callback": f"https://warn.example/receipts/gateway/gw/{KEY.path}",
    }


async def test_kannel_is_asked_as_its_guide_says(opened, gateway, delivery):
    gateway.status, gateway.body = 202, "0: Accepted for delivery"
    channel = await opened(KANNEL)

    receipt = await channel.send(delivery("Poistukaa €"))

    assert receipt == Receipt(State.ACCEPTED, "gw", "", code="0")
    [asked] = gateway.asked
    assert (asked.method, asked.path, asked.body) == ("GET", "/cgi-bin/sendsms", b"")
    assert asked.query == {
        "username": "u",
        "password": "p&q",
        "from": "12345",
        "to": "+358401234567",
        "text": "Poistukaa €",
        "charset": "UTF-8",
        "coding": "0",
        "validity": "120",
        "dlr-mask": "27",
        "dlr-url": f"https://warn.example/receipts/gateway/gw/{KEY.path}?secret=s3cret&status=%d&reply=%A",
    }


async def test_kannel_is_told_of_a_text_that_needs_unicode(opened, gateway, delivery):
    gateway.status, gateway.body = 202, "3: Queued for later delivery"
    channel = await opened(KANNEL)

    await channel.send(delivery("风暴潮"))

    assert (gateway.asked[0].query["coding"], gateway.asked[0].query["text"]) == ("2", "风暴潮")


@pytest.mark.parametrize(
    ("request_text", "read"),
    [
        ("json: {t: '{text}'}", lambda asked: asked.json["t"]),
        ("form: {t: '{text}'}", lambda asked: dict(parse_qsl(asked.body.decode()))["t"]),
        ("query: {t: '{text}'}", lambda asked: asked.query["t"]),
        ("path: '/x/{text}'", lambda asked: unquote(asked.path.removeprefix("/x/"))),
        ("body: '{text}'", lambda asked: asked.body.decode()),
    ],
    ids=["json", "form", "query", "path", "body"],
)
async def test_no_text_can_leave_its_place(
    opened, gateway, delivery, described, request_text, read
):
    channel = await opened(described(f"request: {{{request_text}}}"))

    await channel.send(delivery(HOSTILE))

    assert read(gateway.asked[0]) == HOSTILE


async def test_no_text_can_become_markup(opened, gateway, delivery, described):
    request = "body: '<sms to=\"{to}\">{text}</sms>', content_type: text/xml; charset=utf-8"
    channel = await opened(described(f"request: {{{request}}}"))

    await channel.send(delivery('</sms><sms to="+1">'))

    assert gateway.asked[0].body == (
        b'<sms to="+358401234567">&lt;/sms&gt;&lt;sms to=&quot;+1&quot;&gt;</sms>'
    )


async def test_no_text_can_begin_another_header(opened, gateway, delivery, described):
    channel = await opened(described("request: {headers: {X-Text: 'a {text}'}}"))

    await channel.send(delivery("b\r\nX-Other: c"))

    assert gateway.asked[0].headers["X-Text"] == "a b  X-Other: c"
    assert "X-Other" not in gateway.asked[0].headers


async def test_values_stay_where_they_belong_in_whatever_order_headers_go_out(
    opened, gateway, delivery, described
):
    headers = "X-Key: '{key}', Host: '{digits}.example', X-To: '{to}', Accept: '{seconds}'"
    channel = await opened(described(f"request: {{headers: {{{headers}}}}}"))

    await channel.send(delivery())

    found = gateway.asked[0].headers
    assert (found["X-Key"], found["X-To"], found["Accept"]) == (KEY.path, "+358401234567", "7200")
    assert found["Host"] == "358401234567.example"


async def test_brackets_stand_for_themselves_when_doubled(opened, gateway, delivery, described):
    channel = await opened(described('request: {body: \'{{"to": "{to}"}}\'}'))

    await channel.send(delivery())

    assert json.loads(gateway.asked[0].body) == {"to": "+358401234567"}


async def test_each_recipient_gets_their_own_number_in_the_shared_request(
    opened, gateway, delivery
):
    channel = await opened(PLAIN)
    numbers = ["+358401111111", "+8613900000001"]

    for at, number in enumerate(numbers):
        await channel.send(delivery(address=number, key=AttemptKey("b" * 26, at, 1)))

    assert [asked.json["to"] for asked in gateway.asked] == numbers
    assert [asked.json["reference"][-3:] for asked in gateway.asked] == ["0.1", "1.1"]


@pytest.mark.parametrize(
    ("attempt", "repeat", "name"),
    [
        pytest.param(1, False, "7.1", id="a first send"),
        pytest.param(2, True, "7.1", id="again after nobody knew: the first one's name"),
        pytest.param(2, False, "7.2", id="again after a known failure: a new one"),
    ],
)
async def test_a_gateway_can_tell_a_repeat_from_a_retry(
    opened, gateway, delivery, attempt, repeat, name
):
    channel = await opened(PLAIN)

    await channel.send(delivery(key=AttemptKey("a" * 26, 7, attempt), repeat=repeat))

    assert gateway.asked[0].headers["Idempotency-Key"] == f"{'a' * 26}/{name}"


async def test_what_has_expired_is_not_sent(opened, gateway, delivery, context):
    channel = await opened(PLAIN)

    with pytest.raises(PermanentSendError) as refused:
        await channel.send(delivery(expires=context.clock.now()))

    assert refused.value.reason is Reason.EXPIRED
    assert gateway.asked == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("request: {path: '/{txt}'}", "request: nothing is called {txt}"),
        ("request: {path: '/{'}", "request: a bracket { stands alone"),
        ("request: {json: {n: 'a {seconds:raw}'}}", "request: {seconds:raw} must stand alone"),
        ("request: {form: {a: b}, body: c}", "request: Value error, has several bodies"),
        ("request: {method: GET, body: c}", "request: Value error, a GET has no body"),
        ("request: {}\nanswer: {ref: {}}", "answer.ref: Value error, say where"),
        (
            "request: {}\nanswer: {ref: {regex: '('}}",
            "answer.ref.regex: Value error, is no pattern",
        ),
        ("request: {}\nanswer: {ref: {regex: a}}", "answer.ref.regex: Value error, must mark"),
        (
            "request: {}\ninbound: {proof: {}, from: {json: f}, text: {json: t}}",
            "inbound.proof: Value error, say one of",
        ),
        (
            "request: {}\ninbound: {proof: {query: s}, from: {json: f}, text: {json: t}, "
            "reply_headers: {X: '{to}'}}",
            "inbound.reply_headers: Value error, nothing is called {to}, only coding",
        ),
        (
            "request: {}\ninbound: {proof: {query: s}, from: {json: f}, text: {json: t}, "
            "reply_headers: {Content-Type: text/html}}",
            "inbound.reply_headers: Value error, must not set content-type",
        ),
        ("{}", "request: Field required"),
        ("request: {metod: GET}", "request.metod: Extra inputs"),
        (
            "request: {headers: {Content-length: '3'}}",
            "request.headers: Value error, must not set content-length",
        ),
        (
            'request: {headers: {X: "a\\x01b"}}',
            "request.headers: Value error, must hold no control",
        ),
    ],
)
def test_a_wrong_description_is_refused_with_where_and_why(described, text, fault):
    account = described(text)

    with pytest.raises(ConfigError) as refused:
        SmsChannel(SmsSettings(providers={"gw": account}))

    assert str(refused.value).startswith(f"{account['gateway_file']}: {fault}")


def test_a_secret_that_an_address_cannot_hold_is_refused():
    with pytest.raises(ConfigError, match=r"providers\.gw\.callback_secret: stands in an address"):
        SmsChannel(SmsSettings(providers={"gw": KANNEL | {"callback_secret": "a&b"}}))


def test_what_is_missing_is_named():
    account = {"type": "http", "gateway": "kannel", "values": {"username": "u"}}
    channel = SmsChannel(SmsSettings(providers={"gw": account}))

    assert channel.faults() == [
        "set channels.sms.providers.gw.base_url: where the gateway is",
        "set channels.sms.providers.gw.values.password: kannel.yaml asks for it",
        "set channels.sms.providers.gw.callback_secret: reports are proved with it",
    ]
