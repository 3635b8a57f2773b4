"""Calls through several accounts: each with its numbers, its rates and its own secret."""

import math
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace
from pydantic import ValidationError
from twilio.request_validator import RequestValidator

from channels.voice import VoiceChannel, VoiceSettings
from tests.unit.channels.twilio.conftest import KEY, PUBLIC_URL
from warnbroker.contracts import Callback, Limit, ManyProviders, Provider
from warnbroker.errors import NotFoundError, SendError, SignatureError, TemporarySendError
from warnbroker.model.delivery import Delivery
from warnbroker.model.receipt import Reason, State

Open = Callable[..., Any]
Deliver = Callable[..., Delivery]
HOME = {
    "type": "twilio",
    "account_sid": "AC1",
    "auth_token": "home-token",
    "from": "+358457000000",
    "senders": {"SE": "+46700000000", "+4673": "+46730000000"},
    "countries": ["FI", "SE"],
    "per_second": 5,
    "sender_rates": {"+358457000000": 2},
    "country_rates": {"SE": 1},
}
ABROAD = {
    "type": "twilio",
    "account_sid": "AC2",
    "auth_token": "abroad-token",
    "from": "+15550000000",
    "weight": 0,
    "receipt_timeout": 60,
}


@pytest.fixture
async def voice(opened: Open, twilio: Any) -> Any:
    twilio.answers_with(201, {"sid": "CA1", "status": "queued"})
    accounts = {"home": HOME, "abroad": ABROAD}
    given = {name: account | {"base_url": twilio.url} for name, account in accounts.items()}
    return await opened(VoiceChannel, providers=given)


def callback(name: str, token: str, *, query: str = "", **form: str) -> Callback:
    path = f"{name}/{KEY.path}"
    url = f"{PUBLIC_URL}/receipts/twilio/voice/{path}{query}"
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": RequestValidator(token).compute_signature(url, form),
    }
    return Callback("POST", path, url, headers, urlencode(form).encode(), "twilio/voice")


def test_the_engine_is_told_of_each(voice: Any) -> None:
    assert isinstance(voice, ManyProviders)
    assert list(voice.providers()) == [
        Provider("home", 1.0, ("+358", "+46"), 180),
        Provider("abroad", 0, (), 60),
    ]
    assert voice.concurrency == 100


def test_one_account_alone_is_the_provider_twilio() -> None:
    (one,) = VoiceChannel(VoiceSettings()).providers()

    assert one == Provider("twilio", 1.0, (), 180)


@pytest.mark.parametrize(
    ("number", "sender"),
    [
        ("+358401234567", "+358457000000"),
        ("+46701234567", "+46700000000"),
        ("+46731234567", "+46730000000"),
    ],
)
async def test_a_number_is_called_from_the_number_of_its_country(
    voice: Any, delivery: Deliver, twilio: Any, number: str, sender: str
) -> None:
    call = replace(delivery(script="Leave", confirm="Press 1"), address=number, provider="home")

    receipt = await voice.send(call)

    assert (receipt.state, receipt.provider) == (State.ACCEPTED, "home")
    _, path, form = twilio.requests[0]
    assert path == "/2010-04-01/Accounts/AC1/Calls.json"
    assert form["From"] == sender
    assert form["StatusCallback"].startswith(f"{PUBLIC_URL}/receipts/twilio/voice/home/{KEY.path}?")


async def test_a_country_without_a_number_to_call_from_stops_no_other(
    opened: Open, delivery: Deliver, twilio: Any
) -> None:
    account = HOME | {"base_url": twilio.url, "from": ""}
    voice = await opened(VoiceChannel, providers={"home": account})

    with pytest.raises(TemporarySendError) as refused:
        await voice.send(replace(delivery(script="a", confirm="b"), provider="home"))

    assert (refused.value.reason, refused.value.scope) == (Reason.CONFIG, "country/CN")
    assert twilio.requests == []
    assert voice.faults() == [
        "set channels.voice.providers.home.from: a number that you may call from"
    ]


def test_a_call_counts_against_its_provider_its_number_and_its_country(voice: Any) -> None:
    assert list(voice.limits("+358401234567", "home")) == [
        Limit("home", 5),
        Limit("home/from/+358457000000", 2),
        Limit("home/country/FI", math.inf),
    ]
    assert voice.limits("+46701234567", "home")[2] == Limit("home/country/SE", 1)


async def test_a_fault_of_one_number_is_not_the_whole_providers(
    opened: Open, delivery: Deliver, twilio: Any
) -> None:
    twilio.answers_with(400, {"code": 21212, "status": 400})
    voice = await opened(VoiceChannel, providers={"home": HOME | {"base_url": twilio.url}})

    with pytest.raises(SendError) as refused:
        await voice.send(replace(delivery(script="a", confirm="b"), provider="home"))

    assert refused.value.reason is Reason.CONFIG
    assert refused.value.scope in {"", "from/+358457000000"}


async def test_a_provider_that_the_settings_have_no_more_is_asked_nothing(
    voice: Any, delivery: Deliver, twilio: Any
) -> None:
    with pytest.raises(TemporarySendError) as refused:
        await voice.send(replace(delivery(script="a", confirm="b"), provider="gone"))

    assert refused.value.reason is Reason.CONFIG
    assert twilio.requests == []


@pytest.mark.parametrize("query", ["?step=status&level=red", "?step=key&lang=en"])
def test_a_report_is_the_providers_whose_secret_signed_it(voice: Any, query: str) -> None:
    form = {"CallSid": "CA1", "CallStatus": "ringing", "Digits": "1"}

    (evidence,) = voice.parse_receipts(
        callback("abroad", "abroad-token", query=query, **form)
    ).evidence

    assert (evidence.key, evidence.receipt.provider) == (KEY, "abroad")
    with pytest.raises(SignatureError):
        voice.parse_receipts(callback("abroad", "home-token", query=query, **form))
    with pytest.raises(NotFoundError):
        voice.parse_receipts(callback("gone", "home-token", query=query, **form))


async def test_a_key_goes_on_with_the_address_of_its_provider(
    voice: Any, delivery: Deliver
) -> None:
    await voice.send(replace(delivery(script="Leave", confirm="Press 1"), provider="abroad"))

    answer = voice.parse_receipts(
        callback("abroad", "abroad-token", query="?step=key&lang=en", CallSid="CA1", Digits="5")
    )

    assert f"/receipts/twilio/voice/abroad/{KEY.path}?step=key" in answer.body


def test_each_provider_is_told_what_it_lacks() -> None:
    settings = VoiceSettings(providers={"home": {"type": "twilio"}})

    faults = VoiceChannel(settings).faults()

    assert [fault.split()[1].rstrip(":") for fault in faults] == [
        "channels.voice.providers.home.account_sid",
        "channels.voice.providers.home.auth_token",
        "channels.voice.providers.home.from",
    ]


@pytest.mark.parametrize(
    "providers",
    [
        {"Home": HOME},
        {"a/b": HOME},
        {"home": HOME | {"countries": ["Finland"]}},
        {"home": HOME | {"senders": {"358": "x"}}},
        {"home": HOME | {"type": "smpp"}},
        {"home": HOME | {"weight": -1}},
    ],
)
def test_what_is_no_provider_is_refused(providers: Any) -> None:
    with pytest.raises(ValidationError):
        VoiceSettings(providers=providers)
