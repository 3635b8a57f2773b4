from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from channels.sms import SmsChannel, SmsSettings
from warnbroker.contracts import Callback, ChannelContext, OutcomeLookup, ReceiptParser
from warnbroker.contracts.channel import Channel
from warnbroker.errors import (
    PermanentSendError,
    SignatureError,
    TemporarySendError,
    UnknownOutcome,
    UnreadableError,
)
from warnbroker.model.delivery import Delivery
from warnbroker.model.receipt import AttemptKey, Evidence, Reason, Receipt, State

_: type[Channel] = SmsChannel
Open = Callable[..., Any]
Deliver = Callable[..., Delivery]
Build = Callable[..., Callback]
NOW = datetime(2026, 7, 1, 2, 10, tzinfo=UTC)
KEY = AttemptKey("abcdefghijklmnopqrstuvwxyz", 7, 2)
ACCEPTED = {"sid": "SM1", "status": "queued"}


async def test_a_text_is_handed_over_with_its_callback(
    opened: Open, delivery: Deliver, twilio: Any
) -> None:
    twilio.answers_with(201, ACCEPTED)
    channel = await opened(SmsChannel)

    receipt = await channel.send(delivery(txt="风暴潮红色预警 Storm surge\n"))

    assert receipt == Receipt(State.ACCEPTED, "twilio", "SM1", code="queued")
    ((method, path, form),) = twilio.requests
    assert (method, path) == ("POST", "/2010-04-01/Accounts/AC1/Messages.json")
    assert dict(form) == {
        "To": "+8613900000001",
        "From": "+8610000001",
        "Body": "风暴潮红色预警 Storm surge",
        "ValidityPeriod": "7200",
        "StatusCallback": f"https://warn.example/receipts/twilio/sms/{KEY.path}#rc=5&rp=all",
    }
    assert twilio.headers[0]["Authorization"] == "Basic QUMxOmEtc2VjcmV0LXRva2Vu"


async def test_without_a_public_address_no_callback_is_asked_for(
    opened: Open, delivery: Deliver, twilio: Any, context: ChannelContext
) -> None:
    twilio.answers_with(201, ACCEPTED)
    channel = await opened(SmsChannel, at=replace(context, public_url=""))

    await channel.send(delivery(txt="Storm surge"))

    assert "StatusCallback" not in twilio.requests[0][2]


async def test_a_messaging_service_takes_the_place_of_the_sender(
    opened: Open, delivery: Deliver, twilio: Any
) -> None:
    twilio.answers_with(201, ACCEPTED)
    channel = await opened(SmsChannel, messaging_service_sid="MG1")

    await channel.send(delivery(txt="Storm surge"))

    form = twilio.requests[0][2]
    assert form["MessagingServiceSid"] == "MG1"
    assert "From" not in form


@pytest.mark.parametrize(
    ("lasts", "validity"), [(timedelta(days=3), "36000"), (timedelta(milliseconds=200), "1")]
)
async def test_twilio_is_told_when_the_warning_expires_within_its_limits(
    opened: Open, delivery: Deliver, twilio: Any, lasts: timedelta, validity: str
) -> None:
    twilio.answers_with(201, ACCEPTED)
    channel = await opened(SmsChannel)

    await channel.send(delivery(txt="Storm surge", lasts=lasts))

    assert twilio.requests[0][2]["ValidityPeriod"] == validity


@pytest.mark.parametrize(
    ("parts", "lasts", "reason"),
    [
        pytest.param({"txt": "Late"}, timedelta(0), Reason.EXPIRED, id="expired"),
        pytest.param({"html": "x"}, timedelta(hours=1), Reason.CONTENT, id="no text"),
        pytest.param({"txt": " \n"}, timedelta(hours=1), Reason.CONTENT, id="blank text"),
        pytest.param({"txt": "警" * 200}, timedelta(hours=1), Reason.CONTENT, id="too long"),
    ],
)
async def test_what_must_not_go_out_never_reaches_twilio(
    opened: Open,
    delivery: Deliver,
    twilio: Any,
    parts: dict[str, str],
    lasts: timedelta,
    reason: Reason,
) -> None:
    channel = await opened(SmsChannel, max_segments=2)

    with pytest.raises(PermanentSendError) as refused:
        await channel.send(delivery(**parts, lasts=lasts))

    assert refused.value.reason is reason
    assert twilio.requests == []


async def test_a_callback_address_that_twilio_refuses_does_not_keep_the_text_back(
    opened: Open, delivery: Deliver, twilio: Any
) -> None:
    twilio.answers_with(400, {"code": 21609})
    twilio.answers_with(201, ACCEPTED)
    channel = await opened(SmsChannel)

    receipt = await channel.send(delivery(txt="Storm surge"))

    assert receipt.provider_ref == "SM1"
    first, second = (form for _, _, form in twilio.requests)
    assert "StatusCallback" in first
    assert "StatusCallback" not in second
    assert second["Body"] == "Storm surge"


async def test_a_throttle_says_how_long(opened: Open, delivery: Deliver, twilio: Any) -> None:
    twilio.answers_with(429, {"code": 20429}, Retry_After="7")
    channel = await opened(SmsChannel)

    with pytest.raises(TemporarySendError) as refused:
        await channel.send(delivery(txt="Storm surge"))

    assert (refused.value.reason, refused.value.retry_after) == (Reason.THROTTLED, 7)


STATUSES = [
    *((status, State.ACCEPTED) for status in ("queued", "accepted", "scheduled", "sending")),
    ("sent", State.HANDED_OFF),
    ("partially_delivered", State.HANDED_OFF),
    ("delivered", State.DELIVERED),
    ("read", State.CONFIRMED),
    ("canceled", State.CANCELLED),
]


@pytest.mark.parametrize(("status", "state"), STATUSES)
def test_each_status_is_the_evidence_that_it_stands_for(
    callback: Build, status: str, state: State
) -> None:
    channel = SmsChannel(SmsSettings(auth_token="a-secret-token"))

    answer = channel.parse_receipts(callback("twilio/sms", MessageSid="SM1", MessageStatus=status))

    assert answer.evidence == (Evidence(KEY, Receipt(state, "twilio", "SM1", code=status)),)
    assert answer.body == ""


@pytest.mark.parametrize("status", ["undelivered", "failed"])
@pytest.mark.parametrize(
    ("code", "state", "reason"),
    [
        ("30003", State.FAILED_TEMP, Reason.UNREACHABLE),
        ("30008", State.FAILED_TEMP, Reason.UNREACHABLE),
        ("30006", State.FAILED_PERM, Reason.RECIPIENT),
        ("30036", State.EXPIRED, Reason.EXPIRED),
    ],
)
def test_a_failure_is_judged_by_its_code(
    callback: Build, status: str, code: str, state: State, reason: Reason
) -> None:
    channel = SmsChannel(SmsSettings(auth_token="a-secret-token"))

    answer = channel.parse_receipts(
        callback("twilio/sms", MessageSid="SM1", MessageStatus=status, ErrorCode=code)
    )

    assert answer.evidence[0].receipt == Receipt(state, "twilio", "SM1", reason, code)


def test_a_status_that_nobody_knows_is_named(callback: Build) -> None:
    channel = SmsChannel(SmsSettings(auth_token="a-secret-token"))

    with pytest.raises(UnreadableError, match="'teleported'"):
        channel.parse_receipts(callback("twilio/sms", MessageStatus="teleported"))


def test_a_forged_callback_proves_nothing(callback: Build) -> None:
    channel = SmsChannel(SmsSettings(auth_token="a-secret-token"))

    with pytest.raises(SignatureError):
        channel.parse_receipts(callback("twilio/sms", token="guess", MessageStatus="delivered"))


def message(sid: str, body: str, *, age: int = 0, **fields: object) -> dict[str, object]:
    made = (NOW - timedelta(seconds=age)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    return {"sid": sid, "body": body, "date_created": made, "status": "sent", **fields}


async def test_a_lost_outcome_is_the_newest_message_of_the_same_text(
    opened: Open, delivery: Deliver, twilio: Any
) -> None:
    found = [
        message("SM1", "Storm surge", age=20),
        message("SM2", "Storm surge\n", age=3, status="undelivered", error_code=30003),
        message("SM3", "Another text"),
    ]
    twilio.answers_with(200, {"messages": found})
    channel = await opened(SmsChannel)

    receipt = await channel.look_up(delivery(txt="Storm surge"), NOW - timedelta(seconds=30))

    assert receipt == Receipt(State.FAILED_TEMP, "twilio", "SM2", Reason.UNREACHABLE, "30003")
    method, path, query = twilio.requests[0]
    assert (method, path) == ("GET", "/2010-04-01/Accounts/AC1/Messages.json")
    assert query["To"] == "+8613900000001"
    assert query["From"] == "+8610000001"
    assert query["DateSent>"] == "2026-07-01T02:09:25Z"


@pytest.mark.parametrize(
    "found",
    [
        pytest.param([], id="nothing"),
        pytest.param([message("SM1", "Another text")], id="another text"),
        pytest.param([message("SM1", "Storm surge", age=60)], id="an earlier warning"),
    ],
)
async def test_a_text_that_twilio_does_not_have_stays_unknown(
    opened: Open, delivery: Deliver, twilio: Any, found: list[object]
) -> None:
    twilio.answers_with(200, {"messages": found})
    channel = await opened(SmsChannel)

    assert await channel.look_up(delivery(txt="Storm surge"), NOW - timedelta(seconds=30)) is None


async def test_an_unreadable_list_says_nothing(
    opened: Open, delivery: Deliver, twilio: Any
) -> None:
    twilio.answers_with(200, {})
    channel = await opened(SmsChannel)

    with pytest.raises(UnknownOutcome):
        await channel.look_up(delivery(txt="Storm surge"), NOW)


def test_what_is_not_set_is_named_in_one_line_each() -> None:
    faults = SmsChannel(SmsSettings()).faults()

    assert [fault.split()[1].rstrip(":") for fault in faults] == [
        "channels.sms.account_sid",
        "channels.sms.auth_token",
        "channels.sms.from",
    ]


def test_a_whole_account_has_no_faults() -> None:
    settings = SmsSettings(**{"account_sid": "AC1", "auth_token": "t", "from": "WARN"})

    assert SmsChannel(settings).faults() == []


@pytest.mark.parametrize(
    "wrong", [{"form": "+86"}, {"provider": "other"}, {"base_url": "api.twilio.com"}]
)
def test_a_wrong_setting_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        SmsSettings(**wrong)


def test_the_token_is_not_shown() -> None:
    assert "hush" not in repr(SmsSettings(auth_token="hush"))


def test_the_channel_can_parse_receipts_and_look_outcomes_up() -> None:
    channel = SmsChannel(SmsSettings())

    assert isinstance(channel, ReceiptParser)
    assert isinstance(channel, OutcomeLookup)
    assert channel.receipt_prefix == "twilio/sms"
