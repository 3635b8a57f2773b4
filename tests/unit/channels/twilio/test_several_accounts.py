"""Several accounts at Twilio beside each other, and what people write to us through them."""

from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace
from twilio.request_validator import RequestValidator

from channels.sms import SmsChannel, SmsSettings
from warnbroker.contracts import Callback, Said, Wish
from warnbroker.errors import (
    NotFoundError,
    SignatureError,
    TemporarySendError,
    UnreadableError,
)
from warnbroker.model.receipt import AttemptKey, Evidence, Reason, Receipt, State

KEY = AttemptKey("abcdefghijklmnopqrstuvwxyz", 7, 2)
PUBLIC_URL = "https://warn.example"


def account(url: str, token: str, **more: Any) -> dict[str, Any]:
    return {"type": "twilio", "base_url": url, "account_sid": token.upper(), "auth_token": token,
            "from": "+8610000001", **more}  # fmt: skip


@pytest.fixture
async def both(twilio, context) -> SmsChannel:
    providers = {
        "first": account(twilio.url, "one", senders={"CN": "MG" + "0" * 32}),
        "second": account(twilio.url, "two"),
    }
    channel = SmsChannel(SmsSettings(providers=providers))
    await channel.open(context)
    return channel


def signed(path: str, token: str, **form: str) -> Callback:
    url = f"{PUBLIC_URL}/receipts/twilio/sms/{path}"
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "x-twilio-signature": RequestValidator(token).compute_signature(url, form),
    }
    return Callback("POST", path, url, headers, urlencode(form).encode(), "twilio/sms")


async def test_a_text_goes_through_the_account_that_the_engine_chose(both, twilio, delivery):
    twilio.answers_with(201, {"sid": "SM1", "status": "queued"})

    receipt = await both.send(replace(delivery(txt="Leave"), provider="second"))

    assert receipt == Receipt(State.ACCEPTED, "second", "SM1", code="queued")
    [(_, path, form)] = twilio.requests
    assert path == "/2010-04-01/Accounts/TWO/Messages.json"
    assert form["From"] == "+8610000001"
    assert form["StatusCallback"].startswith(f"{PUBLIC_URL}/receipts/twilio/sms/second/{KEY.path}#")


async def test_a_country_has_its_own_sender(both, twilio, delivery):
    twilio.answers_with(201, {"sid": "SM1", "status": "queued"})

    await both.send(replace(delivery(txt="Leave"), provider="first"))

    [(_, _, form)] = twilio.requests
    assert form["MessagingServiceSid"] == "MG" + "0" * 32
    assert "From" not in form


async def test_a_lost_outcome_is_asked_of_the_account_that_had_it(both, twilio, delivery):
    twilio.answers_with(200, {"messages": []})

    await both.look_up(
        replace(delivery(txt="Leave"), provider="second"),
        both._providers["first"]._context.clock.now(),
    )

    assert twilio.requests[0][1] == "/2010-04-01/Accounts/TWO/Messages.json"


async def test_a_provider_that_is_gone_is_a_fault_of_the_settings(both, delivery):
    with pytest.raises(TemporarySendError) as refused:
        await both.send(replace(delivery(txt="Leave"), provider="third"))

    assert refused.value.reason is Reason.CONFIG


async def test_each_account_signs_with_its_own_token(both):
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}

    answer = both.parse_receipts(signed(f"second/{KEY.path}", "two", **form))

    receipt = Receipt(State.DELIVERED, "second", "SM1", code="delivered")
    assert answer.evidence == (Evidence(KEY, receipt),)
    with pytest.raises(SignatureError):
        both.parse_receipts(signed(f"second/{KEY.path}", "one", **form))


@pytest.mark.parametrize("path", [f"third/{KEY.path}", "third/inbound"])
async def test_an_account_that_does_not_exist_is_not_found(both, path):
    with pytest.raises(NotFoundError):
        both.parse_receipts(signed(path, "one", MessageSid="SM1"))


@pytest.mark.parametrize(
    ("opt_out", "wish"),
    [("", Wish.NONE), ("STOP", Wish.STOP), ("START", Wish.START), ("HELP", Wish.NONE)],
)  # fmt: skip
async def test_what_somebody_writes_is_passed_on_with_what_twilio_made_of_it(both, opt_out, wish):
    form = {"MessageSid": "SM9", "From": "+8613900000001", "Body": "停止", "OptOutType": opt_out}

    answer = both.parse_receipts(signed("first/inbound", "one", **form))

    said = Said("sms", "phone", "+8613900000001", "停止", wish, "first:SM9")
    assert answer.said == (said,)
    assert (answer.body, answer.content_type) == ("<Response/>", "text/xml")


async def test_an_answer_goes_back_as_a_message(both):
    form = {"MessageSid": "SM9", "From": "+8613900000001", "Body": "STOP"}

    answer = both.parse_receipts(signed("first/inbound", "one", **form))

    assert answer.reply is not None
    assert answer.reply(["No more <from us>"]) == (
        "<Response><Message>No more &lt;from us&gt;</Message></Response>"
    )


async def test_where_twilio_has_answered_nobody_answers_again(both):
    form = {"MessageSid": "SM9", "From": "+8613900000001", "Body": "STOP", "OptOutType": "STOP"}

    assert both.parse_receipts(signed("first/inbound", "one", **form)).reply is None


async def test_one_account_alone_takes_texts_without_a_name(opened):
    channel = await opened(SmsChannel)
    form = {"MessageSid": "SM9", "From": "+8613900000001", "Body": "STOP"}

    answer = channel.parse_receipts(signed("inbound", "a-secret-token", **form))

    assert answer.said[0].ref == "twilio:SM9"


@pytest.mark.parametrize("form", [{"From": "+1"}, {"MessageSid": "SM1"}])
async def test_a_text_of_nobody_is_unreadable(both, form):
    with pytest.raises(UnreadableError):
        both.parse_receipts(signed("first/inbound", "one", **form))


@pytest.mark.parametrize(
    ("code", "scope"), [("21408", "country/CN"), ("21606", "from/+8610000001"), ("20003", "")]
)
async def test_a_reported_fault_of_one_country_or_sender_stops_no_other(both, code, scope):
    form = {"MessageSid": "SM1", "MessageStatus": "failed", "ErrorCode": code,
            "To": "+8613900000001", "From": "+8610000001"}  # fmt: skip

    [evidence] = both.parse_receipts(signed(f"second/{KEY.path}", "two", **form)).evidence

    assert (evidence.receipt.reason, evidence.receipt.scope) == (Reason.CONFIG, scope)
