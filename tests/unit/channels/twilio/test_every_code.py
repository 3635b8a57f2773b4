"""Every row of the tables, as Twilio sends it: in an answer, and in a signed report."""

from typing import Any

import pytest

from channels._codes import Row, load_codes
from channels.sms import SmsChannel
from channels.voice import VoiceChannel
from warnbroker.errors import PermanentSendError, SendError, TemporarySendError, UnknownOutcome
from warnbroker.model.receipt import Reason, State

TWILIO, STATUSES = load_codes("twilio"), load_codes("http")["statuses"]
RAISED: dict[State, type[SendError]] = {
    State.FAILED_TEMP: TemporarySendError,
    State.FAILED_PERM: PermanentSendError,
    State.EXPIRED: PermanentSendError,
    State.UNKNOWN: UnknownOutcome,
}
both_channels = pytest.mark.parametrize(
    ("channel", "prefix", "sid", "status"),
    [
        pytest.param(SmsChannel, "twilio/sms", "MessageSid", "MessageStatus", id="sms"),
        pytest.param(VoiceChannel, "twilio/voice", "CallSid", "CallStatus", id="voice"),
    ],
)


def rows(found: tuple[Row, ...]) -> Any:
    return pytest.mark.parametrize("row", [pytest.param(row, id=row.codes[0]) for row in found])


@both_channels
@rows(TWILIO["errors"].rows)
async def test_an_error_code_in_an_answer(
    opened, delivery, twilio, row, channel, prefix, sid, status
):
    open_channel = await opened(channel)

    for code in row.codes:
        twilio.answers[:] = [(400, {"code": int(code)}, {})]
        with pytest.raises(SendError) as refused:
            await open_channel.send(delivery(txt="Leave", script="Leave", confirm="Press 1"))

        assert type(refused.value) is RAISED[row.verdict.state]
        assert (refused.value.reason, refused.value.code) == (row.verdict.reason, code)


@both_channels
@rows(STATUSES.rows)
async def test_a_status_without_a_code(opened, delivery, twilio, row, channel, prefix, sid, status):
    open_channel = await opened(channel)

    for code in (code.replace("xx", "04").replace("default", "499") for code in row.codes):
        twilio.answers[:] = [(int(code), {}, {})]
        with pytest.raises(SendError) as refused:
            await open_channel.send(delivery(txt="Leave", script="Leave", confirm="Press 1"))

        assert type(refused.value) is RAISED[row.verdict.state]
        assert (refused.value.reason, refused.value.code) == (row.verdict.reason, code)


@both_channels
@rows((*TWILIO["reports"].rows, *TWILIO["errors"].rows))
async def test_an_error_code_in_a_report(opened, callback, row, channel, prefix, sid, status):
    open_channel = await opened(channel)

    for code in (code.replace("default", "30009") for code in row.codes):
        form = {sid: "SM1", status: "failed", "ErrorCode": code}
        [evidence] = open_channel.parse_receipts(callback(prefix, **form)).evidence

        # What is reported as failed is no longer open.
        verdict = TWILIO["reports"].listed(code) or row.verdict
        assert evidence.receipt.state is verdict.state
        assert evidence.receipt.state is not State.UNKNOWN
        assert (evidence.receipt.reason, evidence.receipt.code) == (verdict.reason, code)


async def test_an_operators_own_row_decides(opened, delivery, twilio, tmp_path):
    file = tmp_path / "codes.yaml"
    file.write_text("errors: [{codes: [21614], class: POLICY}]", encoding="utf-8")
    twilio.answers_with(400, {"code": 21614})
    channel = await opened(SmsChannel, codes=file)

    with pytest.raises(PermanentSendError) as refused:
        await channel.send(delivery(txt="Leave"))

    assert refused.value.reason is Reason.POLICY
