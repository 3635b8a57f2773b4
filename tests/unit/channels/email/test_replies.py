"""The table of replies, row by row."""

import pytest

from channels.email.refusals import load_refusals
from channels.email.reply import Reply, Stage
from warnbroker.errors import ConfigError, PermanentSendError, TemporarySendError
from warnbroker.model.receipt import Reason

FOR_NOW = [
    # reply, stage, reason, seconds to wait
    ("421 4.3.2 shutting down", Stage.MAIL, Reason.PROVIDER_BUSY, 0),
    ("421 going away", Stage.RCPT, Reason.PROVIDER_BUSY, 0),
    ("450 4.3.2 not accepting network messages", Stage.RCPT, Reason.PROVIDER_BUSY, 0),
    ("451 4.4.2 bad connection", Stage.END, Reason.PROVIDER_BUSY, 0),
    ("450 4.2.0 greylisted", Stage.RCPT, Reason.REFUSED_FOR_NOW, 60),
    ("451 4.2.1 disabled for now", Stage.RCPT, Reason.REFUSED_FOR_NOW, 60),
    ("451 4.7.1 greylisting in action", Stage.RCPT, Reason.REFUSED_FOR_NOW, 60),
    ("450 4.2.1 receiving mail at a rate that", Stage.RCPT, Reason.REFUSED_FOR_NOW, 60),
    ("452 4.5.3 too many recipients", Stage.RCPT, Reason.THROTTLED, 0),
    ("452 4.3.1 insufficient storage", Stage.MAIL, Reason.PROVIDER_BUSY, 300),
    ("452 4.2.2 mailbox full", Stage.RCPT, Reason.REFUSED_FOR_NOW, 300),
    ("450 4.2.2 mailbox full", Stage.RCPT, Reason.REFUSED_FOR_NOW, 300),
    ("454 Throttling failure: Maximum sending rate exceeded.", Stage.END, Reason.THROTTLED, 10),
    ("421 4.7.0 too many messages from you", Stage.MAIL, Reason.THROTTLED, 10),
    ("421 4.7.28 unusual rate", Stage.END, Reason.THROTTLED, 10),
    ("450 4.7.1 Error: too much mail from you", Stage.RCPT, Reason.THROTTLED, 10),
    ("450 4.7.28 unusual", Stage.RCPT, Reason.THROTTLED, 10),
    ("454 4.7.0 temporary authentication failure", Stage.AUTH, Reason.PROVIDER_BUSY, 30),
    ("454 4.7.0 TLS not available", Stage.TLS, Reason.PROVIDER_BUSY, 30),
    ("454 4.7.1 Relay access denied", Stage.RCPT, Reason.CONFIG, 60),
    ("450 4.4.1 no answer from host", Stage.RCPT, Reason.REFUSED_FOR_NOW, 60),
    ("450 5.1.1 not verified yet", Stage.RCPT, Reason.REFUSED_FOR_NOW, 60),
    ("450 busy", Stage.CONNECT, Reason.PROVIDER_BUSY, 30),
    ("450 busy", Stage.RCPT, Reason.REFUSED_FOR_NOW, 60),
    ("451 error", Stage.END, Reason.REFUSED_FOR_NOW, 60),
    ("452 no room", Stage.END, Reason.PROVIDER_BUSY, 300),
    ("530 5.7.0 must issue STARTTLS first", Stage.MAIL, Reason.CONFIG, 60),
    ("534 5.7.9 mechanism too weak", Stage.AUTH, Reason.CONFIG, 60),
    ("535 5.7.8 bad credentials", Stage.AUTH, Reason.CONFIG, 60),
    ("538 5.7.11 encryption required", Stage.AUTH, Reason.CONFIG, 60),
    ("530 log in first", Stage.RCPT, Reason.CONFIG, 60),
    ("553 5.1.7 bad sender syntax", Stage.RCPT, Reason.CONFIG, 60),
    ("550 5.1.8 bad sender's system", Stage.RCPT, Reason.CONFIG, 60),
    ("550 5.7.27 sender has null MX", Stage.END, Reason.CONFIG, 60),
    ("553 5.7.1 sender not owned by user", Stage.MAIL, Reason.CONFIG, 60),
    ("554 5.7.1 <li@home.example>: Relay access denied", Stage.RCPT, Reason.CONFIG, 60),
    ("550 5.7.54 Unable to relay", Stage.RCPT, Reason.CONFIG, 60),
    ("552 5.2.2 mailbox full", Stage.RCPT, Reason.REFUSED_FOR_NOW, 300),
    ("554 no service here", Stage.CONNECT, Reason.SERVER_ERROR, 0),
    ("550 5.7.1 who are you", Stage.HELLO, Reason.SERVER_ERROR, 0),
    ("421 too many connections", Stage.CONNECT, Reason.THROTTLED, 10),
]
FOR_GOOD = [
    ("550 5.1.1 no such user", Stage.RCPT, Reason.RECIPIENT),
    ("550 5.1.2 no such domain", Stage.RCPT, Reason.RECIPIENT),
    ("553 5.1.3 bad syntax", Stage.RCPT, Reason.RECIPIENT),
    ("551 5.1.6 moved", Stage.RCPT, Reason.RECIPIENT),
    ("550 5.1.10 null MX", Stage.RCPT, Reason.RECIPIENT),
    ("550 5.1.1 no such user", Stage.END, Reason.RECIPIENT),
    ("550 5.2.1 disabled", Stage.RCPT, Reason.RECIPIENT),
    ("550 5.7.13 account disabled", Stage.RCPT, Reason.RECIPIENT),
    ("550 5.7.17 owner changed", Stage.RCPT, Reason.RECIPIENT),
    ("550 5.6.7 no such script", Stage.RCPT, Reason.RECIPIENT),
    ("550 5.4.1 no answer from host", Stage.RCPT, Reason.RECIPIENT),
    ("554 5.4.6 routing loop", Stage.END, Reason.RECIPIENT),
    ("550 no", Stage.RCPT, Reason.RECIPIENT),
    ("551 not here", Stage.RCPT, Reason.RECIPIENT),
    ("553 no", Stage.RCPT, Reason.RECIPIENT),
    ("556 no mail for that domain", Stage.RCPT, Reason.RECIPIENT),
    ("552 5.2.3 too long", Stage.END, Reason.CONTENT),
    ("552 5.3.4 too big", Stage.MAIL, Reason.CONTENT),
    ("554 5.3.4 too big", Stage.END, Reason.CONTENT),
    ("552 5.3.4 too big", Stage.RCPT, Reason.CONTENT),
    ("552 too big", Stage.END, Reason.CONTENT),
    ("554 5.6.0 malformed", Stage.END, Reason.CONTENT),
    ("500 5.5.2 syntax", Stage.RCPT, Reason.CONTENT),
    ("504 5.5.4 parameter", Stage.RCPT, Reason.CONTENT),
    ("503 bad sequence", Stage.DATA, Reason.CONTENT),
    ("554 no", Stage.END, Reason.CONTENT),
    ("550 5.7.1 refused", Stage.RCPT, Reason.POLICY),
    ("550 5.7.23 SPF", Stage.END, Reason.POLICY),
    ("550 5.7.24 SPF", Stage.END, Reason.POLICY),
    ("550 5.7.25 reverse DNS", Stage.END, Reason.POLICY),
    ("550 5.7.26 DMARC", Stage.END, Reason.POLICY),
    ("554 blocked", Stage.RCPT, Reason.POLICY),
    ("550 Your IP 203.0.113.9 is on our blacklist", Stage.RCPT, Reason.POLICY),
    ("550 Blocked - see the page of our postmaster", Stage.RCPT, Reason.POLICY),
    ("553 SPF check failed", Stage.RCPT, Reason.POLICY),
    ("550 5.1.0 sender rejected: unknown domain", Stage.RCPT, Reason.POLICY),
    ("550 Sender verify failed", Stage.RCPT, Reason.POLICY),
    ("550 5.1.1 no such user; blocked", Stage.RCPT, Reason.RECIPIENT),
    ("554 no", Stage.RCPT, Reason.POLICY),
]


ROWS = load_refusals().rows
classify = load_refusals().verdict


def _read(line):
    return Reply(int(line[:3]), line[4:])


@pytest.mark.parametrize(("line", "stage", "reason", "seconds"), FOR_NOW)
def test_a_reply_that_may_change_is_temporary(line, stage, reason, seconds):
    reply = _read(line)

    error = classify(reply, stage).error(reply, stage)

    assert isinstance(error, TemporarySendError)
    assert (error.reason, error.retry_after) == (reason, seconds)


@pytest.mark.parametrize(("line", "stage", "reason"), FOR_GOOD)
def test_a_reply_that_will_not_change_is_permanent(line, stage, reason):
    reply = _read(line)

    error = classify(reply, stage).error(reply, stage)

    assert isinstance(error, PermanentSendError)
    assert error.reason is reason


def test_every_row_is_reached_by_a_reply_of_these_tables():
    deciding = set()
    for line, stage, *_ in [*FOR_NOW, *FOR_GOOD]:
        deciding.add(next(row.note for row in ROWS if row.matches(_read(line), stage)))

    assert {row.note for row in ROWS} == deciding


def test_every_code_of_every_row_is_decided_by_that_row_at_some_stage():
    for row in (row for row in ROWS if not row.words):
        for code in row.codes:
            line = code.replace(" *", "").replace("xx", "66").replace("x", "6") + " "
            reply = Reply(int(line[:3]), line[4:])

            assert any(_decider(reply, stage) is row for stage in row.stages or Stage), code


def test_an_operators_own_rows_go_before_the_shipped_ones(tmp_path):
    file = tmp_path / "codes.yaml"
    file.write_text("replies: [{codes: [5xx 5.2.1], class: TRANSIENT, pause: 90}]", "utf-8")

    verdict = load_refusals(file).verdict(_read("550 5.2.1 on leave"), Stage.RCPT)

    assert (verdict.permanent, verdict.retry_after) == (False, 90)
    assert load_refusals(file).verdict(_read("550 5.1.1 x"), Stage.RCPT).permanent


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("replies: [{codes: [5xx], class: GONE}]", "replies.0.class"),
        ("replies: [{codes: [5xx], class: POLICY, words: '('}]", "no regular expression"),
        ("replies: [{codes: [5xx], class: POLICY, stages: [HELLO]}]", "replies.0.stages"),
        ("words: []", "replies"),
    ],
)
def test_a_wrong_row_is_named(tmp_path, text, fault):
    file = tmp_path / "codes.yaml"
    file.write_text(text, "utf-8")

    with pytest.raises(ConfigError, match=fault):
        load_refusals(file)


def _decider(reply, stage):
    return next(row for row in ROWS if row.matches(reply, stage))


def test_a_mailbox_that_stays_full_counts_as_unreachable_from_the_second_attempt_on():
    reply = _read("552 5.2.2 mailbox full")

    first, second = classify(reply, Stage.RCPT, 1), classify(reply, Stage.RCPT, 2)

    assert (first.permanent, second.permanent) == (False, True)
    assert not classify(_read("452 4.2.2 full"), Stage.RCPT, 9).permanent


def test_an_error_says_the_codes_and_never_the_relays_own_words():
    reply = _read("550 5.1.1 <li@home.example>: no such user")

    error = classify(reply, Stage.RCPT).error(reply, Stage.RCPT)

    assert error.code == "550 5.1.1"
    assert "li@" not in f"{error} {error.code}"


@pytest.mark.parametrize(
    ("text", "queue_id"),
    [
        ("2.0.0 Ok: queued as 4Z1abcXY", "4Z1abcXY"),
        ("OK id=1tABcd-00000000Abc-1234", "1tABcd-00000000Abc-1234"),
        ("2.0.0 4AN1x2y3012345 Message accepted for delivery", "4AN1x2y3012345"),
        ("2.6.0 <a@b> [InternalId=123456789, Hostname=x] Queued mail for delivery", "123456789"),
        ("Ok 0102018f0e1d2c3b-4a5b6c7d-000000", "0102018f0e1d2c3b-4a5b6c7d-000000"),
        ("OK", ""),
        ("queued for li@home.example", ""),
        ("queued as li.wu@home.example", ""),
        ("<liwuwang@home> Message accepted", ""),
    ],
)
def test_the_relays_own_name_for_a_message_is_found(text, queue_id):
    assert Reply(250, text).queue_id == queue_id
