from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from msgspec import structs
from pydantic import ValidationError
from yarl import URL

from channels.voice import VoiceChannel, VoiceSettings
from warnbroker.contracts import Callback, ChannelContext, OutcomeLookup, ReceiptParser
from warnbroker.contracts.channel import Channel
from warnbroker.errors import PermanentSendError, SignatureError, UnreadableError
from warnbroker.model.delivery import Delivery
from warnbroker.model.receipt import AttemptKey, Evidence, Reason, Receipt, State

_: type[Channel] = VoiceChannel
Open = Callable[..., Any]
Deliver = Callable[..., Delivery]
Build = Callable[..., Callback]
NOW = datetime(2026, 7, 1, 2, 10, tzinfo=UTC)
KEY = AttemptKey("abcdefghijklmnopqrstuvwxyz", 7, 2)
CALLBACK = f"https://warn.example/receipts/twilio/voice/{KEY.path}"
ACCEPTED = {"sid": "CA1", "status": "queued"}
CHINESE = {"script": "风暴潮红色预警:请立即撤离。", "confirm": "确认收听请按1。"}


def channel(**settings: Any) -> VoiceChannel:
    return VoiceChannel(VoiceSettings(auth_token="a-secret-token", **settings))


async def test_a_call_speaks_the_text_twice_and_takes_one_key(
    opened: Open, delivery: Deliver, twilio: Any
) -> None:
    twilio.answers_with(201, ACCEPTED)
    voice = await opened(VoiceChannel)

    receipt = await voice.send(delivery(language="zh-CN", **CHINESE))

    assert receipt == Receipt(State.ACCEPTED, "twilio", "CA1", code="queued")
    root = ET.fromstring(twilio.requests[0][2]["Twiml"])
    gather = root.find("Gather")
    assert gather is not None
    assert gather.attrib == {
        "input": "dtmf",
        "numDigits": "1",
        "timeout": "5",
        "method": "POST",
        "action": gather.attrib["action"],
    }
    assert gather.attrib["action"].startswith(f"{CALLBACK}?step=key&lang=zh-CN&sheet=")
    (say,) = gather
    assert say.attrib == {"language": "cmn-CN", "loop": "2"}
    assert say.text == "风暴潮红色预警:请立即撤离。\n确认收听请按1。"
    assert [child.tag for child in root] == ["Gather", "Say"]


async def test_a_call_is_asked_for_with_its_progress_callbacks(
    opened: Open, delivery: Deliver, twilio: Any
) -> None:
    twilio.answers_with(201, ACCEPTED)
    voice = await opened(VoiceChannel, machine_detection="Enable")

    await voice.send(delivery(script="Leave now", confirm="Press 1"))

    method, path, form = twilio.requests[0]
    assert (method, path) == ("POST", "/2010-04-01/Accounts/AC1/Calls.json")
    assert form["To"] == "+8613900000001"
    assert form["From"] == "+8610000001"
    assert form["Timeout"] == "40"
    assert form["MachineDetection"] == "Enable"
    assert form["StatusCallback"] == f"{CALLBACK}?step=status&level=red#rc=5&rp=all"
    assert form.getall("StatusCallbackEvent") == ["initiated", "ringing", "answered", "completed"]


async def test_each_call_has_its_own_address_for_the_key(
    opened: Open, delivery: Deliver, twilio: Any
) -> None:
    twilio.answers_with(201, ACCEPTED)
    voice = await opened(VoiceChannel)
    first = delivery(script="Leave now", confirm="Press 1")

    await voice.send(first)
    await voice.send(structs.replace(first, key=AttemptKey("b", 8, 1)))

    addresses = [ET.fromstring(f["Twiml"])[0].attrib["action"] for _, _, f in twilio.requests]
    assert [KEY.path in addresses[0], "/b/8.1?" in addresses[1]] == [True, True]


@pytest.mark.parametrize(
    ("left", "ringing", "talking"), [(3600, "40", "300"), (100, "40", "60"), (9, "4", "5")]
)
async def test_ringing_and_talking_end_before_the_warning_does(
    opened: Open, delivery: Deliver, twilio: Any, left: int, ringing: str, talking: str
) -> None:
    twilio.answers_with(201, ACCEPTED)
    voice = await opened(VoiceChannel)

    await voice.send(delivery(script="a", confirm="b", lasts=timedelta(seconds=left)))

    form = twilio.requests[0][2]
    assert (form["Timeout"], form["TimeLimit"]) == (ringing, talking)


async def test_without_a_public_address_a_call_only_speaks(
    opened: Open, delivery: Deliver, twilio: Any, context: ChannelContext
) -> None:
    twilio.answers_with(201, ACCEPTED)
    voice = await opened(VoiceChannel, at=replace(context, public_url=""))

    await voice.send(delivery(script="Leave now", confirm="Press 1"))

    form = twilio.requests[0][2]
    assert "StatusCallback" not in form
    said = [say.text for say in ET.fromstring(form["Twiml"])]
    assert said[0] == "Leave now"
    assert "Press" not in "".join(text or "" for text in said)


async def test_markup_in_a_text_is_spoken_and_not_obeyed(
    opened: Open, delivery: Deliver, twilio: Any
) -> None:
    twilio.answers_with(201, ACCEPTED)
    voice = await opened(VoiceChannel)

    await voice.send(delivery(script="</Say><Dial>1</Dial> & more", confirm="Press 1"))

    root = ET.fromstring(twilio.requests[0][2]["Twiml"])
    assert root.find(".//Dial") is None
    assert "<Dial>1</Dial> & more" in (root[0][0].text or "")


async def test_a_long_text_is_fetched_by_the_call(
    opened: Open, delivery: Deliver, twilio: Any
) -> None:
    twilio.answers_with(201, ACCEPTED)
    voice = await opened(VoiceChannel)

    await voice.send(delivery(script="a" * 4_000, confirm="b"))

    form = twilio.requests[0][2]
    assert "Twiml" not in form
    assert form["Url"].startswith(f"{CALLBACK}?step=words&lang=en&sheet=")


async def test_a_long_text_that_cannot_be_fetched_is_refused(
    opened: Open, delivery: Deliver, twilio: Any, context: ChannelContext
) -> None:
    voice = await opened(VoiceChannel, at=replace(context, public_url=""))

    with pytest.raises(PermanentSendError, match=r"set server\.public_url") as refused:
        await voice.send(delivery(script="a" * 4_000, confirm="b"))

    assert refused.value.reason is Reason.CONTENT
    assert twilio.requests == []


@pytest.mark.parametrize(
    ("parts", "lasts", "reason"),
    [
        ({"script": "a"}, timedelta(hours=1), Reason.CONTENT),
        ({"script": "a", "confirm": "b"}, timedelta(0), Reason.EXPIRED),
    ],
    ids=["nothing to confirm with", "expired"],
)
async def test_what_must_not_be_spoken_never_reaches_twilio(
    opened: Open,
    delivery: Deliver,
    twilio: Any,
    parts: dict[str, str],
    lasts: timedelta,
    reason: Reason,
) -> None:
    voice = await opened(VoiceChannel)

    with pytest.raises(PermanentSendError) as refused:
        await voice.send(delivery(**parts, lasts=lasts))

    assert refused.value.reason is reason
    assert twilio.requests == []


@pytest.mark.parametrize(
    ("status", "state", "reason", "pause"),
    [
        ("queued", State.ACCEPTED, None, 0),
        ("initiated", State.ACCEPTED, None, 0),
        ("ringing", State.HANDED_OFF, None, 0),
        ("answered", State.HANDED_OFF, None, 0),
        ("in-progress", State.HANDED_OFF, None, 0),
        ("completed", State.DELIVERED, Reason.MACHINE, 0),
        ("busy", State.FAILED_TEMP, Reason.BUSY, 30),
        ("no-answer", State.FAILED_TEMP, Reason.NO_ANSWER, 60),
        ("failed", State.FAILED_TEMP, Reason.UNREACHABLE, 0),
        ("canceled", State.CANCELLED, None, 0),
    ],
)
def test_each_status_is_the_evidence_that_it_stands_for(
    callback: Build, status: str, state: State, reason: Reason | None, pause: float
) -> None:
    query = "?step=status&level=red"
    posted = callback(
        "twilio/voice", query=query, CallSid="CA1", CallStatus=status, SequenceNumber="3"
    )

    answer = channel().parse_receipts(posted)

    receipt = Receipt(state, "twilio", "CA1", reason, code=status, sequence=3, retry_after=pause)
    assert answer.evidence == (Evidence(KEY, receipt),)


@pytest.mark.parametrize("level", ["red", "orange", "green", ""])
@pytest.mark.parametrize("status", ["busy", "no-answer"])
def test_every_level_is_called_again_and_not_for_ever(
    callback: Build, status: str, level: str
) -> None:
    rules = channel().settings.redial
    times = (rules.get(level) or rules["default"]).times
    posted = callback("twilio/voice", query=f"?step=status&level={level}", CallStatus=status)

    states = []
    for attempt in range(1, times + 2):
        tried = replace(posted, path=f"{KEY.alert}/{KEY.delivery}.{attempt}")
        (evidence,) = channel().parse_receipts(tried).evidence
        states.append(evidence.receipt.state)

    assert states == [State.FAILED_TEMP] * times + [State.FAILED_PERM]
    assert times > 0


def test_a_failed_call_is_judged_by_its_code(callback: Build) -> None:
    posted = callback("twilio/voice", CallSid="CA1", CallStatus="failed", ErrorCode="13224")

    (evidence,) = channel().parse_receipts(posted).evidence

    assert evidence.receipt == Receipt(
        State.FAILED_PERM, "twilio", "CA1", Reason.RECIPIENT, code="13224"
    )


@pytest.mark.parametrize(
    ("answered_by", "seconds", "state", "reason", "code"),
    [
        ("human", "31", State.DELIVERED, None, "human"),
        ("human", "", State.DELIVERED, None, "human"),
        ("human", "0", State.FAILED_TEMP, Reason.NO_ANSWER, "hung up"),
        ("human", "2", State.FAILED_TEMP, Reason.NO_ANSWER, "hung up"),
        ("machine_start", "31", State.DELIVERED, Reason.MACHINE, "machine_start"),
        ("machine_end_beep", "31", State.DELIVERED, Reason.MACHINE, "machine_end_beep"),
        ("machine_end_silence", "31", State.DELIVERED, Reason.MACHINE, "machine_end_silence"),
        ("machine_end_other", "31", State.DELIVERED, Reason.MACHINE, "machine_end_other"),
        ("unknown", "31", State.DELIVERED, Reason.MACHINE, "unknown"),
        ("", "31", State.DELIVERED, Reason.MACHINE, "completed"),
        ("", "0", State.FAILED_TEMP, Reason.NO_ANSWER, "hung up"),
        ("fax", "31", State.FAILED_PERM, Reason.RECIPIENT, "fax"),
        ("fax", "0", State.FAILED_PERM, Reason.RECIPIENT, "fax"),
    ],
)
def test_only_a_person_who_stayed_on_the_line_counts_as_one_who_heard(
    callback: Build, answered_by: str, seconds: str, state: State, reason: Reason, code: str
) -> None:
    form = {"CallStatus": "completed", "AnsweredBy": answered_by, "CallDuration": seconds}
    posted = callback("twilio/voice", **{name: value for name, value in form.items() if value})

    (evidence,) = channel().parse_receipts(posted).evidence

    receipt = evidence.receipt
    assert (receipt.state, receipt.reason, receipt.code) == (state, reason, code)


@pytest.mark.parametrize(
    ("language", "spoken", "thanks"),
    [("zh-CN", "cmn-CN", "谢谢"), ("en", "en-US", "Thank you"), ("xx", "en-US", "Thank you")],
)
def test_the_key_1_confirms_and_is_thanked_for_in_the_calls_language(
    callback: Build, language: str, spoken: str, thanks: str
) -> None:
    posted = callback("twilio/voice", query=f"?step=key&lang={language}", CallSid="CA1", Digits="1")

    answer = channel().parse_receipts(posted)

    receipt = Receipt(State.CONFIRMED, "twilio", "CA1", code="digits 1")
    assert answer.evidence == (Evidence(KEY, receipt),)
    assert answer.content_type == "text/xml"
    say, hangup = ET.fromstring(answer.body)
    assert (say.attrib["language"], hangup.tag) == (spoken, "Hangup")
    assert thanks in (say.text or "")


async def test_the_messages_own_thanks_come_back_with_the_key(
    opened: Open, delivery: Deliver, twilio: Any, callback: Build
) -> None:
    twilio.answers_with(201, ACCEPTED)
    voice = await opened(VoiceChannel)
    await voice.send(
        delivery(language="zh-CN", **CHINESE, thanks="谢谢,您的确认已记录。请尽快行动。\n")
    )
    action = ET.fromstring(twilio.requests[0][2]["Twiml"])[0].attrib["action"]

    answer = voice.parse_receipts(
        callback("twilio/voice", query=action.removeprefix(CALLBACK), CallSid="CA1", Digits="1")
    )

    assert ET.fromstring(answer.body)[0].text == "谢谢,您的确认已记录。请尽快行动。"
    assert str(URL(action)) == action


def test_another_key_confirms_nothing_and_is_asked_for_again(callback: Build) -> None:
    posted = callback("twilio/voice", query="?step=key&lang=zh-CN", CallSid="CA1", Digits="7")

    answer = channel().parse_receipts(posted)

    assert answer.evidence[0].receipt.state is State.HANDED_OFF
    gather = ET.fromstring(answer.body)[0]
    assert gather.attrib["action"] == posted.url
    assert "按数字键1" in (gather[0].text or "")


def test_a_key_that_twilio_did_not_sign_confirms_nothing(callback: Build) -> None:
    posted = callback("twilio/voice", query="?step=key&lang=en", token="guess", Digits="1")

    with pytest.raises(SignatureError):
        channel().parse_receipts(posted)


def test_a_status_that_nobody_knows_is_named(callback: Build) -> None:
    with pytest.raises(UnreadableError, match="'teleported'"):
        channel().parse_receipts(callback("twilio/voice", CallStatus="teleported"))


def call(sid: str, *, age: int = 0, **fields: object) -> dict[str, object]:
    made = (NOW - timedelta(seconds=age)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    return {"sid": sid, "date_created": made, "status": "completed", **fields}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param([], None, id="none"),
        pytest.param(
            [call("CA1", answered_by="human", duration="31")],
            Receipt(State.DELIVERED, "twilio", "CA1", code="human"),
            id="one",
        ),
        pytest.param([call("CA1"), call("CA2")], None, id="two"),
        pytest.param(
            [call("CA1", status="busy"), call("CA0", age=90)],
            Receipt(State.FAILED_TEMP, "twilio", "CA1", Reason.BUSY, "busy", retry_after=30),
            id="one and an earlier one",
        ),
    ],
)
async def test_a_lost_outcome_is_the_only_call_since_then(
    opened: Open, delivery: Deliver, twilio: Any, found: list[object], expected: Receipt | None
) -> None:
    twilio.answers_with(200, {"calls": found})
    voice = await opened(VoiceChannel)

    receipt = await voice.look_up(delivery(script="a", confirm="b"), NOW - timedelta(seconds=30))

    assert receipt == expected
    _, path, query = twilio.requests[0]
    assert path == "/2010-04-01/Accounts/AC1/Calls.json"
    assert query["StartTime>"] == "2026-07-01T02:09:25Z"


def test_an_entry_for_a_language_keeps_what_it_does_not_name() -> None:
    settings = VoiceSettings(
        voices={
            "zh-CN": {"language": "cmn-CN", "voice": "Polly.Zhiyu"},
            "ja": {"language": "ja-JP"},
        }
    )

    assert settings.voice("zh-CN").voice == "Polly.Zhiyu"
    assert "谢谢" in settings.voice("zh-CN").thanks
    assert settings.voice("ja-JP").language == "ja-JP"
    assert settings.voice("ja-JP").offer == ""
    assert settings.voice("en-GB").language == "en-US"


@pytest.mark.parametrize("voices", [["zh"], {"zh": "cmn-CN"}, {"zh": {"accent": "x"}}])
def test_a_wrong_entry_for_a_language_is_refused(voices: Any) -> None:
    with pytest.raises(ValidationError):
        VoiceSettings(voices=voices)


def test_what_is_not_set_is_named_in_one_line_each() -> None:
    faults = VoiceChannel(VoiceSettings()).faults()

    assert [fault.split()[1].rstrip(":") for fault in faults] == [
        "channels.voice.account_sid",
        "channels.voice.auth_token",
        "channels.voice.from",
    ]


def test_the_channel_can_parse_receipts_and_look_outcomes_up() -> None:
    assert isinstance(channel(), ReceiptParser)
    assert isinstance(channel(), OutcomeLookup)
    assert channel().receipt_prefix == "twilio/voice"
