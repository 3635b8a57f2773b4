"""Words of mail servers: whose fault it is, whether it is for good, and who is meant."""

import pytest

from channels.email.incoming.origin import Origins
from channels.email.incoming.sorter import Sorter
from channels.email.refusals import load_refusals
from channels.email.seal import Seal
from tests.unit.channels.email.mails import PATH, failed, plain
from warnbroker.contracts import Wish
from warnbroker.model.receipt import Reason, State

SORTER = Sorter(Origins("bounce.city.example", "city.example", Seal(b"k" * 32)), load_refusals())
EXIM_WAITS = """A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.home.example.

The address to which the message has not yet been delivered is:

  li@home.example
    host mail.home.example [192.0.2.1]
    Delay reason: SMTP error from remote mail server after RCPT TO:<li@home.example>:
    450 Requested mail action not taken: mailbox unavailable

No action is required on your part. Delivery attempts will continue for
some time, and this warning may be repeated at intervals.
"""
SENDMAIL_WAITS = """    **********************************************
    **      THIS IS A WARNING MESSAGE ONLY      **
    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **
    **********************************************

   ----- Transcript of session follows -----
li@home.example... Deferred: Connection timed out with mx.home.example.
Warning: message still undelivered after 4 hours
Will keep trying until message is 5 days old
"""


def sort(content):
    return SORTER.sort(content, (PATH,), vouched=True)


@pytest.mark.parametrize(
    ("status", "diagnostic"),
    [
        (
            "5.0.0",
            "550-Verification failed for <warn@city.example> 550-No Such User Here "
            "550 Sender verify failed",
        ),
        ("5.1.0", "550 5.1.0 <warn@city.example> sender rejected: unknown domain"),
        ("5.0.0", "550 5.0.0 Sender account disabled for spam"),
        ("5.1.1", "550 5.1.1 sender address <warn@city.example>: unknown user"),
        ("5.0.0", "550 user unknown (in reply to MAIL FROM command)"),
    ],
)
def test_what_is_wrong_with_us_silences_no_mailbox_of_theirs(status, diagnostic):
    answer = sort(failed(status, diagnostic))

    (evidence,) = answer.evidence
    assert evidence.receipt.state is State.FAILED_PERM
    assert evidence.receipt.reason is Reason.POLICY
    assert answer.said == ()


@pytest.mark.parametrize("host", ["203.5.1.1", "5.1.1.9", "4.2.2.1", "10.5.1.10"])
def test_the_numbers_of_an_ip_address_are_no_status(host):
    said = f"Service unavailable; client host [{host}] has no name"

    machine = sort(failed("5.0.0", f"554 {said}"))
    person = sort(plain("Undeliverable: warning", f"<li@home.example>: {said}"))

    assert machine.evidence[0].receipt.code == "5.0.0"
    assert person.evidence[0].receipt.code == "bounce"
    assert (machine.said, person.said) == ((), ())


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Warning: message 1kzX2e-0003aB-7c delayed 24 hours", EXIM_WAITS),
        ("Warning: could not send message for past 4 hours", SENDMAIL_WAITS),
        ("Undeliverable: warning", "li@home.example: user unknown. Message will be retried."),
        ("系统退信", "li@home.example 暂未送达，系统将继续尝试投递。"),
    ],
)
def test_what_is_not_delivered_yet_is_neither_a_failure_nor_sent_again(subject, text):
    answer = sort(plain(subject, text))

    assert {item.receipt.state for item in answer.evidence} == {State.HANDED_OFF}
    assert answer.said == ()


def test_a_person_reads_whose_fault_it_is_in_chinese_too():
    answer = sort(plain("退信通知", "发件人地址不存在，邮件被拒绝。"))

    assert answer.said == ()


def test_a_reply_for_now_is_no_proof_that_nobody_is_there():
    answer = sort(plain("Delivery failure", "<li@home.example>: 450 mailbox unavailable"))

    assert [item.receipt.state for item in answer.evidence] == [State.FAILED_TEMP]
    assert answer.said == ()


def test_words_of_our_own_mail_that_comes_back_prove_nothing():
    copy = "Received: by relay.example\nThe spam account of the dike does not exist.\n"

    soft = sort(plain("Undeliverable: warning", f"Some trouble.\n\n{copy}"))
    hard = sort(plain("Undeliverable: warning", f"li@home.example: no such user.\n\n{copy}"))

    assert soft.said == ()
    assert [said.wish for said in hard.said] == [Wish.HARD_BOUNCE]


AWAY = "I am away until Monday. Our old account was closed; li@old.example does not exist."


@pytest.mark.parametrize(
    ("subject", "author", "headers"),
    [
        ("Red warning", "postmaster@home.example", {"Auto_Submitted": "auto-replied"}),
        ("Automatic reply: Not delivered: Red warning", "li@home.example", {}),
        ("Undelivered: warning", "li@home.example", {"Auto_Submitted": "auto-replied (vacation)"}),
        ("Not delivered: Red warning", "li@home.example", {"X_Autoreply": "yes"}),
        ("Not delivered: Red warning", "li@home.example", {"Precedence": "bulk"}),
        ("Re: Not delivered: Red warning", "li@home.example", {}),
        ("自动回复：未送达：红色预警", "li@home.example", {}),
        ("Abwesenheitsnotiz: Rote Warnung", "li@home.example", {}),
        ("Absence du bureau", "li@home.example", {}),
        ("Réponse automatique : alerte", "li@home.example", {}),
        ("Fuera de la oficina", "li@home.example", {}),
        ("I am on holiday Re: Red warning", "li@home.example", {}),
        ("Mail delivery suspended on the islands", "li@home.example", {}),
    ],
)
def test_whoever_is_away_has_a_mailbox(subject, author, headers):
    answer = sort(plain(subject, AWAY, author, **headers))

    assert (answer.evidence, answer.said, answer.reported) == ((), (), ())


def test_a_mail_server_that_says_it_answers_by_itself_is_believed():
    content = plain(
        "Mail delivery failed: returning message to sender",
        "li@home.example\n  550 no such user",
        Auto_Submitted="auto-replied",
        X_Failed_Recipients="li@home.example",
    )

    assert [item.receipt.state for item in sort(content).evidence] == [State.FAILED_PERM]


def test_a_person_who_answers_to_the_return_path_is_heard():
    answer = sort(plain("Re: Red warning", "unsubscribe", "li@home.example"))

    assert [said.wish for said in answer.said] == [Wish.STOP]
    assert answer.evidence == ()
