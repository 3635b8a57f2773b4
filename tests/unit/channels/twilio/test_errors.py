import json

import pytest

from channels._twilio_errors import TwilioErrors
from warnbroker.errors import PermanentSendError, SendError, TemporarySendError, UnknownOutcome
from warnbroker.model.receipt import Reason, State

ERRORS = TwilioErrors.load()

# reference: the table of refusals, row by row, as codes, error, state in a callback and reason.
ROWS: list[tuple[tuple[int, ...], type[SendError], State, Reason]] = [
    (
        (20429, 21611, 30001, 63017, 63018, 30022, 14107, 22005),
        TemporarySendError,
        State.FAILED_TEMP,
        Reason.THROTTLED,
    ),
    ((20003, 20005, 30002, 20404), TemporarySendError, State.FAILED_TEMP, Reason.CONFIG),
    (
        (21211, 21214, 21217, 21614, 21265, 30005, 30006, 13224, 13226),
        PermanentSendError,
        State.FAILED_PERM,
        Reason.RECIPIENT,
    ),
    (
        (21408, 21215, 21606, 21659, 21660, 21603, 21212, 21609, 30010),
        TemporarySendError,
        State.FAILED_TEMP,
        Reason.CONFIG,
    ),
    ((21610,), PermanentSendError, State.FAILED_PERM, Reason.OPTED_OUT),
    ((21602, 21605, 21617, 21620), PermanentSendError, State.FAILED_PERM, Reason.CONTENT),
    ((30003, 30008), TemporarySendError, State.FAILED_TEMP, Reason.UNREACHABLE),
    ((30017, 30410), TemporarySendError, State.FAILED_TEMP, Reason.PROVIDER_BUSY),
    (
        (30004, 30007, 30032, 30034, 30453, 32224),
        PermanentSendError,
        State.FAILED_PERM,
        Reason.POLICY,
    ),
    ((30036,), PermanentSendError, State.EXPIRED, Reason.EXPIRED),
]
CASES = [
    pytest.param(code, error, state, reason, id=str(code))
    for codes, error, state, reason in ROWS
    for code in codes
]


@pytest.mark.parametrize(("code", "error", "state", "reason"), CASES)
def test_each_code_means_what_its_row_says(
    code: int, error: type[SendError], state: State, reason: Reason
) -> None:
    refused = ERRORS.refusal(400, json.dumps({"code": code, "message": "no"}))

    assert (type(refused), refused.reason, refused.code) == (error, reason, str(code))
    failed = ERRORS.failure(str(code))
    assert (failed.state, failed.reason) == (state, reason)


@pytest.mark.parametrize("code", [20500, 20503])
def test_twilios_own_faults_leave_the_outcome_open(code: int) -> None:
    refused = ERRORS.refusal(500, json.dumps({"code": code}))

    assert (type(refused), refused.reason) == (UnknownOutcome, Reason.SERVER_ERROR)
    assert ERRORS.failure(str(code)).state is State.FAILED_TEMP


def test_every_code_of_the_table_is_tested() -> None:
    tested = {code for codes, *_ in ROWS for code in codes} | {20500, 20503}

    listed = {int(code) for row in ERRORS.codes["errors"].rows for code in row.codes}
    assert listed == tested


@pytest.mark.parametrize("code", ["30003", "30008"])
def test_a_handset_that_is_off_is_tried_again(code: str) -> None:
    """GoAlert falls through from its temporary branch to the permanent one."""
    failed = ERRORS.failure(code)
    assert (failed.state, failed.reason) == (State.FAILED_TEMP, Reason.UNREACHABLE)


@pytest.mark.parametrize("code", ["", "30009", "99999", "none"])
def test_a_failure_that_no_row_names_is_tried_again(code: str) -> None:
    assert ERRORS.failure(code).state is State.FAILED_TEMP


@pytest.mark.parametrize(
    ("status", "body", "error", "reason"),
    [
        (302, "", TemporarySendError, Reason.CONFIG),
        (400, "<html>", TemporarySendError, Reason.REFUSED_FOR_NOW),
        (400, '{"code": 99999}', TemporarySendError, Reason.REFUSED_FOR_NOW),
        (400, "[1]", TemporarySendError, Reason.REFUSED_FOR_NOW),
        (401, "", TemporarySendError, Reason.CONFIG),
        (403, "", TemporarySendError, Reason.CONFIG),
        (413, "", PermanentSendError, Reason.CONTENT),
        (429, "", TemporarySendError, Reason.THROTTLED),
        (500, '{"code": 21211}', UnknownOutcome, Reason.SERVER_ERROR),
        (502, "<html>", UnknownOutcome, Reason.SERVER_ERROR),
    ],
)
def test_an_answer_without_a_known_code_is_judged_by_its_status(
    status: int, body: str, error: type[SendError], reason: Reason
) -> None:
    refused = ERRORS.refusal(status, body)

    assert (type(refused), refused.reason) == (error, reason)


@pytest.mark.parametrize(("header", "pause"), [("7", 7.0), ("", 0.0), ("inf", 0.0), ("-3", 0.0)])
def test_a_throttle_lasts_as_long_as_twilio_says(header: str, pause: float) -> None:
    refused = ERRORS.refusal(429, '{"code": 20429}', header)

    assert isinstance(refused, TemporarySendError)
    assert refused.retry_after == pause


def test_a_fault_of_configuration_keeps_the_rows_for_a_minute() -> None:
    refused = ERRORS.refusal(401, '{"code": 20003}')

    assert isinstance(refused, TemporarySendError)
    assert refused.retry_after == 60


def test_an_error_never_repeats_what_twilio_said() -> None:
    refused = ERRORS.refusal(400, '{"code": 21211, "message": "+8613900000001 is not valid"}')

    assert "139" not in str(refused)
