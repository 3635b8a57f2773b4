"""What comes back by mail: what each form of it proves, about whom, and whose word counts."""

import random

import pytest

from channels.email.incoming.origin import Origins
from channels.email.incoming.read import Mail
from channels.email.incoming.sorter import Sorter
from channels.email.refusals import load_refusals
from channels.email.seal import Seal
from tests.unit.channels.email.mails import (
    ALERT,
    PATH,
    RETURNED,
    as_base64,
    complaint,
    dsn,
    failed,
    lines,
    plain,
)
from warnbroker.contracts import Wish
from warnbroker.model.receipt import AttemptKey, Reason, State

SEAL = Seal(b"k" * 32)
KEY = AttemptKey(ALERT, 42, 3)
TAG = SEAL.tag(SEAL.of(KEY))
SEALED = f"bounce+{ALERT}.42.3-{TAG}@bounce.city.example"
SORTER = Sorter(Origins("bounce.city.example", "city.example", SEAL), load_refusals())


def sort(content, *to):
    return SORTER.sort(content, to, vouched=True)


def one(content, *to):
    (evidence,) = sort(content, *to).evidence
    return evidence


@pytest.mark.parametrize(
    ("status", "diagnostic", "state", "reason", "hard"),
    [
        ("5.1.1", "550 5.1.1 <li@home.example>: user unknown", State.FAILED_PERM, "recipient", 1),
        ("5.2.1", "550 5.2.1 account disabled", State.FAILED_PERM, "recipient", 1),
        ("5.4.4", "", State.FAILED_PERM, "recipient", 1),
        ("5.2.2", "552 5.2.2 mailbox full", State.FAILED_PERM, "recipient", 0),
        ("5.7.1", "550 5.7.1 blocked", State.FAILED_PERM, "policy", 0),
        ("5.7.26", "550 5.7.26 unauthenticated", State.FAILED_PERM, "policy", 0),
        ("5.3.4", "552 5.3.4 too big", State.FAILED_PERM, "content", 0),
        ("5.4.7", "delivery time expired", State.FAILED_PERM, "recipient", 0),
        ("5.0.0", "550 no such user here", State.FAILED_PERM, "recipient", 1),
        ("5.0.0", "550 5.1.1 gone", State.FAILED_PERM, "recipient", 1),
        ("5.0.0", "554 go away", State.FAILED_PERM, "policy", 0),
        ("4.4.1", "no answer from host", State.FAILED_TEMP, "bounced", 0),
        ("4.2.2", "452 4.2.2 mailbox full", State.FAILED_TEMP, "bounced", 0),
        ("4.1.1", "450 4.1.1 unknown for now", State.FAILED_TEMP, "bounced", 0),
    ],
)
def test_a_failure_is_final_or_not_by_the_class_of_its_status(
    status, diagnostic, state, reason, hard
):
    answer = sort(failed(status, diagnostic))

    (evidence,) = answer.evidence
    assert evidence.key == KEY
    assert (evidence.receipt.state, evidence.receipt.reason) == (state, Reason(reason))
    assert [said.wish for said in answer.said] == [Wish.HARD_BOUNCE] * hard
    assert "li@" not in f"{evidence.receipt}"


@pytest.mark.parametrize(
    ("action", "state"),
    [
        ("delayed", State.HANDED_OFF),
        ("relayed", State.HANDED_OFF),
        ("expanded", State.HANDED_OFF),
        ("delivered", State.DELIVERED),
        ("Delivered (to mailbox)", None),
        ("exploded", None),
    ],
)
def test_an_action_says_how_far_it_came(action, state):
    evidence = sort(failed("2.0.0", action=action)).evidence

    assert [item.receipt.state for item in evidence] == ([state] if state else [])


@pytest.mark.parametrize(
    "content",
    [
        failed("5.1.1"),
        failed("5.1.1", to="warn@city.example", envelope=f"{ALERT}.42.3"),
        failed("5.1.1", to="warn@city.example"),
        failed("5.1.1", to=f"<{PATH.upper()}>"),
        failed("5.1.1", kind="message/global-delivery-status"),
    ],
)
def test_it_is_matched_by_return_path_envelope_id_or_message_id(content):
    assert one(content).key == KEY


def test_a_returned_mail_without_a_number_was_the_first_attempt():
    returned = RETURNED.replace("X-Warnbroker-Attempt: 3\n", "")

    evidence = one(failed("5.1.1", to="warn@city.example", returned=returned))

    assert evidence.key == AttemptKey(ALERT, 42, 1)


@pytest.mark.parametrize(
    "path",
    [
        f"bounce+{ALERT}.42.3@bounce.other.example",
        f"bounce+{ALERT[:-1]}.42.3@bounce.city.example",
        f"bounce+{ALERT}.{2**63}.3@bounce.city.example",
        f"bounce+{ALERT}.42@bounce.city.example",
    ],
)
def test_a_path_that_is_not_ours_matches_nothing_and_is_reported_all_the_same(path):
    answer = sort(failed("5.1.1", to=path, returned="Subject: other\n"))

    assert answer.evidence == ()
    (reported,) = answer.reported
    assert (reported.recipient, reported.status) == ("li@home.example", "5.1.1")
    assert (reported.permanent, reported.key) == (True, None)


def test_each_recipient_of_a_notification_has_their_own_news():
    block = "Final-Recipient: rfc822; {0}@home.example\nAction: {1}\nStatus: {2}\n"
    content = dsn(block.format("a", "failed", "5.1.1") + "\n" + block.format("b", "delayed", "4.0"))

    answer = sort(content)

    assert [item.recipient for item in answer.reported] == ["a@home.example", "b@home.example"]
    assert [item.permanent for item in answer.reported] == [True, False]


@pytest.mark.parametrize(
    ("content", "state"),
    [
        (
            plain(
                "Mail delivery failed: returning message to sender",
                "This message was created automatically.\n\nA message that you sent could not be "
                "delivered.\n\n  li@home.example\n    SMTP error: 550 Unknown user\n",
                X_Failed_Recipients="li@home.example",
            ),
            State.FAILED_PERM,
        ),
        (
            plain(
                "failure notice",
                "Hi. This is the qmail-send program at home.example.\nI'm afraid I wasn't able to "
                "deliver your message to the following addresses.\n\n<li@home.example>:\nSorry, "
                "no mailbox here by that name. (#5.1.1)\n",
            ),
            State.FAILED_PERM,
        ),
        (plain("退信通知", "收件人地址不存在。\nli@home.example\n"), State.FAILED_PERM),
        (plain("Undeliverable: warning", "The mail system had trouble.\n"), State.FAILED_TEMP),
        (plain("Delivery failure", "4.2.2 user unknown? quota exceeded\n"), State.FAILED_TEMP),
    ],
)
def test_a_bounce_that_only_people_can_read_is_soft_unless_its_words_are_hard(content, state):
    answer = sort(content, PATH)

    assert {item.receipt.state for item in answer.evidence} == {state}
    assert bool(answer.said) is (state is State.FAILED_PERM)


def test_a_failure_is_said_of_whom_it_names_and_of_another_is_only_that_mail_was_passed_on():
    content = failed("5.1.1").replace(b"li@home", b"Teacher7@home")

    answer = sort(content)

    (evidence,) = answer.evidence
    assert evidence.about == "teacher7@home.example"
    assert evidence.otherwise.state is State.HANDED_OFF
    assert [(said.key.delivery, said.address) for said in answer.said] == [(42, evidence.about)]


def test_whom_the_last_server_names_by_no_mailbox_is_whom_the_first_one_named():
    block = "Original-Recipient: rfc822; li@home.example\nFinal-Recipient: local; li\n"

    evidence = one(dsn(f"{block}Action: failed\nStatus: 5.1.1\n"))

    assert evidence.about == "li@home.example"


@pytest.mark.parametrize(
    "text",
    [
        "The mailbox does not exist.",
        "wang@home.example or teacher7@home.example: no such user.",
        "No such user.\n\nFrom: warn@city.example\nTo: li@home.example\nSubject: Red warning",
        "Mail of warn@city.example: no such user. Ask mailer-daemon@relay.example",
    ],
)
def test_a_bounce_that_names_nobody_is_a_failure_that_silences_nobody(text):
    answer = sort(plain("Undeliverable: warning", text), PATH)

    (evidence,) = answer.evidence
    assert (evidence.receipt.state, evidence.receipt.reason) == (State.FAILED_PERM, Reason.BOUNCED)
    assert (evidence.about, answer.said) == ("", ())


def test_each_mailbox_that_a_notification_calls_gone_is_a_wish_of_its_own():
    block = "Final-Recipient: rfc822; {0}@home.example\nAction: failed\nStatus: 5.1.1\n"
    shared = RETURNED.replace(".42@", ".m7@")
    content = dsn(
        block.format("a") + "\n" + block.format("b"), to="warn@x.example", returned=shared
    )

    said = sort(b"Message-ID: <1@relay.example>\r\n" + content).said

    assert [item.address for item in said] == ["a@home.example", "b@home.example"]
    assert len({item.ref for item in said}) == 2


def test_a_mail_to_two_return_paths_is_about_both():
    other = PATH.replace(".42.3@", ".43.1@")

    found = sort(failed("5.1.1", to=""), PATH, other, PATH)

    assert [item.key for item in found.evidence] == [KEY, AttemptKey(ALERT, 43, 1)]
    assert len({item.ref for item in found.said}) == 2


def test_a_mailbox_named_only_in_words_is_found():
    content = plain(
        "Mail delivery failed: returning message to sender",
        "x",
        X_Failed_Recipients="li@home.example",
    )

    (reported,) = sort(content).reported

    assert reported.recipient == "li@home.example"


@pytest.mark.parametrize("kind", ["abuse", "fraud", "opt-out"])
def test_a_complaint_is_the_wish_of_whoever_got_that_mail(kind):
    answer = sort(complaint(kind))

    (said,) = answer.said
    assert (said.wish, said.address) == (Wish.COMPLAINT, "")
    assert said.key == AttemptKey(ALERT, 42, 0)
    assert answer.evidence == ()
    assert answer.reported[0].status == f"complaint {kind}"


@pytest.mark.parametrize("kind", ["not-spam", "auth-failure", "dmarc", "other", "virus"])
def test_a_report_that_complains_of_nothing_is_none(kind):
    answer = sort(complaint(kind))

    assert (answer.said, answer.evidence, answer.reported) == ((), (), ())


@pytest.mark.parametrize(
    "content",
    [
        plain("Automatic reply: warning", "unsubscribe", "li@home.example"),
        plain("Re: warning", "unsubscribe", "li@home.example", Auto_Submitted="auto-replied"),
        plain("自动回复：预警", "我在休假", "li@home.example"),
        plain("x", "Out now", "li@home.example", Precedence="auto_reply"),
        plain("Re: warning", "Thank you, we are safe.", "li@home.example"),
        plain("Re: warning", "> unsubscribe\nNo, do go on.", "li@home.example"),
        plain("Re: warning", "How can I unsubscribe my old mailbox but not this?", "li@h.example"),
        lines("Content-Type: multipart/report; report-type=disposition-notification\n\nx"),
    ],
)
def test_what_is_no_bounce_and_asks_for_nothing_changes_nothing(content):
    answer = sort(content, PATH) if b"Auto" in content else sort(content)

    assert (answer.evidence, answer.said) == ((), ())


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("unsubscribe", ""),
        ("Re: 红色预警", "退订\n\n> 请立即撤离"),
        ("回复：红色预警", "\n  取消订阅。 \n"),
        ("Re: Red warning", "Please unsubscribe me.\n\nOn Monday the city wrote:\n> x"),
        ("=?utf-8?b?6YCA6K6i?=", "x"),
    ],
)
def test_an_answer_that_says_stop_and_nothing_else_is_a_wish(subject, text):
    content = plain(subject, text, "Li <li@home.example>", In_Reply_To=f"<{ALERT}.42@city.example>")

    (said,) = sort(content).said

    assert said.wish is Wish.STOP
    assert said.key == AttemptKey(ALERT, 42, 0)


def test_an_operator_vouches_for_an_address_that_no_mail_of_ours_names():
    (said,) = sort(plain("unsubscribe", "", "Li <Li@home.example>")).said

    assert (said.address, said.key) == ("li@home.example", None)


@pytest.mark.parametrize(
    "content",
    [
        failed("5.1.1"),
        failed("5.1.1", envelope=f"{ALERT}.42.3"),
        complaint(),
        plain("unsubscribe", "", "li@home.example", In_Reply_To=f"<{ALERT}.42@city.example>"),
        plain("unsubscribe", "", "li@home.example"),
    ],
)
def test_a_stranger_who_guesses_a_number_silences_nobody(content):
    answer = SORTER.sort(content, (PATH,), vouched=False)

    assert (answer.evidence, answer.said) == ((), ())


@pytest.mark.parametrize(
    ("content", "to"),
    [
        (failed("5.1.1"), SEALED),
        (failed("5.1.1", envelope=f"{ALERT}.42.3-{TAG}"), "warn@city.example"),
        (
            failed("5.1.1", returned=RETURNED.replace(".42@", f".42-{TAG}@")),
            "warn@city.example",
        ),
        (complaint(path=SEALED), "abuse@city.example"),
        (
            plain("stop", "", "li@h.example", In_Reply_To=f"<{ALERT}.42-{TAG}@city.example>"),
            "warn@city.example",
        ),
    ],
)
def test_a_stranger_whose_mail_bears_our_seal_is_believed(content, to):
    answer = SORTER.sort(content, (to,), vouched=False)

    assert answer.said[0].key == AttemptKey(ALERT, 42, 0)
    assert all(item.key == KEY for item in answer.evidence)


def test_a_status_part_in_base64_is_read():
    block = "Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; li@home.example\n"
    block += "Action: failed\nStatus: 5.1.1\n"
    content = lines(
        f"To: {PATH}\nContent-Type: multipart/report; report-type=delivery-status; boundary=B\n\n"
        "--B\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n"
        f"{as_base64(block)}\n--B--\n"
    )

    assert one(content).receipt.state is State.FAILED_PERM


HOSTILE = {
    "empty": b"",
    "no headers": b"\r\n\r\n",
    "only NUL": b"\0" * 1000,
    "a charset that nobody has": plain(
        "=?klingon?b?AAAA?=", "退订", "x@y", Content_Type="text/plain; charset=klingon"
    ),
    "broken base64": lines("Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n!!!"),
    "no end": lines(
        'Content-Type: multipart/report; boundary="B"\n\n--B\nContent-Type: message/del'
    ),
    "a boundary of blanks": lines('Content-Type: multipart/mixed; boundary=" "\n\n-- \n\nx'),
    "deep": b"".join(
        b"Content-Type: multipart/mixed; boundary=B%d\r\n\r\n--B%d\r\n" % (n, n)
        for n in range(8000)
    ),
    "many parts": lines("Content-Type: multipart/mixed; boundary=B\n\n" + "--B\n\nx\n" * 50_000),
    "mails in mails": lines("Content-Type: message/rfc822\n\n" * 3000),
    "many recipients": dsn(
        "\n".join(
            f"Final-Recipient: rfc822; u{n}@h.example\nAction: failed\nStatus: 5.1.1\n"
            for n in range(5000)
        )
    ),
    "a long header": lines("Subject: " + "unsubscribe " * 100_000 + "\n\nx"),
    "a long line": lines("Subject: Undeliverable\n\n" + "a" * 9_000_000),
    "many headers": lines("X: y\n" * 100_000 + "\nx"),
    "a wide gap": plain("Undeliverable", "sender" + " " * 60_000 + "x"),
    "many gaps": plain("Undeliverable", ("sender is" + " " * 90) * 600),
    "angle brackets": plain("Undeliverable", "<" * 200_000),
    "ten megabytes of bounce": failed("5.1.1") + b"x" * (10 << 20),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_nothing_that_anybody_sends_stops_the_reading_or_makes_it_long(name):
    answer = sort(HOSTILE[name], PATH)

    assert len(answer.reported) <= 100
    assert len(Mail(HOSTILE[name]).parts) <= 64


def test_mails_torn_and_bent_at_random_are_read_or_left():
    rng = random.Random(4)
    samples = [failed("5.1.1", "550 5.1.1 x"), complaint(), plain("unsubscribe", "退订")]

    for _ in range(300):
        content = bytearray(rng.choice(samples))
        for _ in range(rng.randint(1, 30)):
            content[rng.randrange(len(content))] = rng.randrange(256)
        del content[rng.randrange(len(content)) :]
        sort(bytes(content), PATH)
