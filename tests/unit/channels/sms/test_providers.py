"""One channel with several providers: whom each serves, at what rate, and as which sender."""

import math
from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from channels._numbers import country_of
from channels.sms import SmsChannel, SmsSettings
from warnbroker.contracts import Limit, ManyPrefixes, ManyProviders, Provider
from warnbroker.errors import PermanentSendError, TemporarySendError
from warnbroker.model.delivery import Delivery
from warnbroker.model.enums import Scope, Status
from warnbroker.model.message import Message, MessageKind
from warnbroker.model.receipt import AttemptKey, Reason
from warnbroker.model.standing import Standing

TWILIO = {"type": "twilio", "account_sid": "AC1", "auth_token": "t", "from": "+358457000000"}
KANNEL = {
    "type": "http",
    "gateway": "kannel",
    "base_url": "http://127.0.0.1:13013",
    "values": {"username": "u", "password": "p"},
    "callback_secret": "s",
    "from": "12345",
}
ROOT = "channels.sms.providers"
SMPP = {"type": "smpp", "host": "127.0.0.1", "system_id": "b", "from": "Vaara"}


def channel(**providers) -> SmsChannel:
    return SmsChannel(SmsSettings(providers=providers))


def test_one_account_is_one_provider_as_ever():
    flat = SmsChannel(SmsSettings(account_sid="AC1", auth_token="t", **{"from": "+1"}))

    assert isinstance(flat, ManyProviders)
    assert isinstance(flat, ManyPrefixes)
    assert flat.providers() == [Provider("twilio", 1.0, (), 180.0)]
    assert flat.faults() == []
    assert flat.concurrency == 50


def test_each_provider_says_its_share_and_whom_it_serves():
    many = channel(
        main=TWILIO | {"weight": 3},
        domestic=SMPP | {"countries": ["FI"], "binds": 2, "window": 5, "receipt_timeout": 60},
        reserve=KANNEL | {"weight": 0, "prefixes": ["+46", "+358"]},
    )

    assert many.providers() == [
        Provider("main", 3.0, (), 180.0),
        Provider("domestic", 1.0, ("+358",), 60.0),
        Provider("reserve", 0.0, ("+46", "+358"), 180.0),
    ]
    assert many.concurrency == 50 + 10 + 50
    assert many.faults() == []


def test_a_send_counts_against_its_provider_sender_and_country():
    many = channel(
        main=TWILIO
        | {
            "per_second": 100,
            "senders": {"SE": "Larm", "+4670": "+46700000000"},
            "sender_rates": {"Larm": 1},
            "country_rates": {"SE": 10},
        }
    )

    assert many.limits("+46801234567", "main") == [
        Limit("main", 100),
        Limit("main/from/Larm", 1),
        Limit("main/country/SE", 10),
    ]
    assert many.limits("+46701234567", "main")[1] == Limit("main/from/+46700000000", math.inf)
    assert many.limits("+358401234567", "main") == [
        Limit("main", 100),
        Limit("main/from/+358457000000", math.inf),
        Limit("main/country/FI", math.inf),
    ]


@pytest.mark.parametrize(
    ("number", "country"),
    [("+358401234567", "FI"), ("+8613900000001", "CN"), ("+15551234567", "US"),
     ("+77010000000", "RU"), ("+999123", ""), ("", "")],
)  # fmt: skip
def test_the_country_of_a_number_is_told_by_its_code(number, country):
    assert country_of(number) == country


@pytest.mark.parametrize(
    ("provider", "where", "words"),
    [
        ({"type": "pigeon"}, ("providers", "a"), "does not match any of the expected tags"),
        ({}, ("providers", "a"), "Unable to extract tag"),
        (TWILIO | {"countries": ["AX"]}, ("providers", "a", "twilio", "countries"), "'AX' is no"),
        (TWILIO | {"senders": {"Finland": "x"}}, ("providers", "a", "twilio", "senders"), "is no"),
        (TWILIO | {"per_second": 0}, ("providers", "a", "twilio", "per_second"), "greater than 0"),
        (TWILIO | {"speed": 1}, ("providers", "a", "twilio", "speed"), "Extra inputs"),
        (KANNEL | {"gateway": "jasmin"}, ("providers", "a", "http"), "there is no 'jasmin'"),
        (KANNEL | {"gateway": ""}, ("providers", "a", "http"), "set one of gateway"),
        (KANNEL | {"base_url": "kannel"}, ("providers", "a", "http", "base_url"), "match pattern"),
        (SMPP | {"from": "Ämpäri"}, ("providers", "a", "smpp"), "20 characters of ASCII"),
        (SMPP | {"password": "123456789"}, ("providers", "a", "smpp", "password"), "at most 8"),
    ],
)  # fmt: skip
def test_a_wrong_provider_is_refused_with_where_and_why(provider, where, words):
    with pytest.raises(ValidationError) as refused:
        SmsSettings(providers={"a": provider})

    [fault] = refused.value.errors()
    assert fault["loc"] == where
    assert words in fault["msg"]


def test_what_is_missing_is_named_for_each_provider():
    many = channel(main={"type": "twilio"}, domestic={"type": "smpp"})

    assert many.faults() == [
        f"set {ROOT}.main.account_sid: it is on the start page of the Twilio Console",
        f"set {ROOT}.main.auth_token: it is on the start page of the Twilio Console",
        f"set {ROOT}.main.from (a number or name that you may send from) "
        f"or {ROOT}.main.messaging_service_sid",
        f"set {ROOT}.domestic.host: the operator of the centre gave it to you",
        f"set {ROOT}.domestic.system_id: the operator of the centre gave it to you",
        f"set {ROOT}.domestic.from: the operator of the centre gave it to you",
    ]


ACCENTED = "évacuez " * 15  # 120 characters: one segment in the GSM alphabet, two in UCS-2


def message(text: str) -> Message:
    return Message(1, "sms", "fr", MessageKind.ALERT, 0, {"txt": text})


@pytest.mark.parametrize(
    ("alphabet", "segments"), [("gsm", 1), ("latin-1", 1), ("ascii", 2)], ids=str
)
def test_a_text_is_counted_in_the_alphabet_of_its_costliest_provider(alphabet, segments):
    many = channel(main=TWILIO, domestic=SMPP | {"default_alphabet": alphabet})

    assert many.units(message(ACCENTED)) == segments
    assert many.units(message("a" * 160)) == (1 if alphabet == "gsm" else 2)


async def test_a_text_may_be_too_long_in_one_providers_alphabet_alone():
    providers = {"main": SMPP | {"default_alphabet": "ascii"}, "other": SMPP}
    many = SmsChannel(SmsSettings(providers=providers, max_segments=1))

    with pytest.raises(PermanentSendError) as refused:
        await many.send(delivery("+358401234567", ACCENTED))

    assert refused.value.reason is Reason.CONTENT
    assert "takes 2 segments" in str(refused.value)
    assert many._providers["other"].segments(ACCENTED) == 1


SENDERLESS = {"from": "", "senders": {"SE": "46700000000"}}


@pytest.mark.parametrize(
    ("given", "lacks"),
    [
        ({}, True),
        ({"countries": ["SE"]}, False),
        ({"prefixes": ["+4670"]}, False),
        ({"countries": ["SE", "FI"]}, True),
        ({"countries": ["SE"], "senders": {"+4670": "46700000000"}}, True),
        ({"countries": ["SE"], "senders": {"SE": ""}}, True),
        ({"from": "46800000000"}, False),
    ],
)
@pytest.mark.parametrize("account", [TWILIO, SMPP, KANNEL], ids=["twilio", "smpp", "http"])
def test_a_number_without_a_sender_is_named_before_it_is_needed(account, given, lacks):
    many = channel(main=account | SENDERLESS | given)

    assert [line.startswith(f"set {ROOT}.main.from") for line in many.faults()] == [True] * lacks


@pytest.mark.parametrize(
    ("number", "reason", "scope"),
    [
        ("+358401234567", Reason.CONFIG, "country/FI"),
        ("+881612345678", Reason.REFUSED_FOR_NOW, ""),
    ],
    ids=["of a country", "of none"],
)
@pytest.mark.parametrize("account", [TWILIO, SMPP, KANNEL], ids=["twilio", "smpp", "http"])
async def test_a_number_without_a_sender_stops_nobody_else(account, number, reason, scope):
    many = channel(main=account | SENDERLESS)

    with pytest.raises(TemporarySendError) as refused:
        await many.send(delivery(number))

    assert (refused.value.reason, refused.value.scope) == (reason, scope)


def delivery(number: str, text: str = "Leave now.") -> Delivery:
    return Delivery(
        AttemptKey("a" * 26, 7, 1),
        "sms",
        number,
        message(text),
        "red",
        datetime(2026, 7, 1, 4, 10, tzinfo=UTC),
        standing=Standing(Status.ACTUAL, Scope.PUBLIC),
        provider="main",
    )
