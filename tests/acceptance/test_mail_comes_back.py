"""A broker and a real mail server: some mails arrive, others come back; each is known for it."""

import asyncio
import email
import email.policy
import re
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.smtp import SMTP

from tests.acceptance.bodies import cap
from tests.acceptance.conftest import broker
from tests.acceptance.postfix import delivered, hand_over, missing, port_of, postfix
from tests.ports import free_port

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())

EXPECTED = {
    "li@home.example": ("DELIVERED", "delivered to the mailbox"),
    "nobody@home.example": ("FAILED_PERM", "refused at once"),
    "fine@far.example": ("HANDED_OFF", "relayed to where no reports come from"),
    "gone@far.example": ("FAILED_PERM", "bounced"),
    "full@far.example": ("FAILED_PERM", "bounced"),
    "blocked@far.example": ("FAILED_PERM", "bounced"),
    "school@home.example": ("HANDED_OFF", "passed on to somebody who has left"),
    "later@far.example": ("RETRY_WAIT", "given up by the relay, tried again later"),
}
REASONS = {"gone": "recipient", "full": "recipient", "blocked": "policy", "nobody": "recipient"}
ALIASES = {
    "school@home.example": "gone@far.example",
    "warn@city.example": "desk@home.example, answers@bounce.city.example",
}
PEOPLE = "ref,email,language,regions\n" + "".join(
    f"{number},{mailbox},en,demo\n" for number, mailbox in enumerate(EXPECTED)
)


class FarServer:
    """Somebody else's mail server, which does what the recipient's name says."""

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  aiosmtpd's name
        refusals = {
            "gone": "550 5.1.1 no such user here",
            "full": "552 5.2.2 mailbox full",
            "blocked": "550 5.7.1 we do not like you",
            "later": "451 4.2.1 not now",
        }
        if refusal := refusals.get(address.partition("@")[0]):
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  aiosmtpd's name
        return "250 ok"


@pytest.fixture(scope="module")
async def mail(tmp_path_factory):
    loop = asyncio.get_running_loop()
    far = await loop.create_server(lambda: SMTP(FarServer(), loop=loop), "127.0.0.1", 0)
    far_port, relay_port, listener_port = (
        far.sockets[0].getsockname()[1],
        free_port(),
        free_port(),
    )
    folder = tmp_path_factory.mktemp("mail")
    channel = {
        "host": "127.0.0.1",
        "port": relay_port,
        "tls": "none",
        "from": "Harbour office <warn@city.example>",
        "bounce_domain": "bounce.city.example",
        "dsn": "all",
        "key_file": str(folder / "email.key"),
        "listener": {"port": listener_port, "mailboxes": ["answers@bounce.city.example"]},
    }
    routes = {"far.example": far_port, "bounce.city.example": listener_port}
    async with (
        postfix(relay_port, ["li@home.example", "desk@home.example"], routes, ALIASES) as root,
        broker(folder, people=PEOPLE, email=channel) as served,
    ):
        yield served, root
    far.close()
    await far.wait_closed()


async def states(served, alert):
    """Return each mailbox' state and its newest receipt, by who they are in the list."""
    found = (await served.ask("GET", f"/v1/alerts/{alert}/deliveries")).json["items"]
    who = dict(
        served.query(
            "SELECT CAST(delivery.id AS TEXT), subscriber.ref FROM delivery "
            "JOIN subscriber ON subscriber.id = delivery.subscriber_id"
        )
    )
    mailboxes = list(EXPECTED)
    # Offices that are told beside the public are nobody's subscribers.
    return {mailboxes[int(who[item["id"]])]: item for item in found if item["id"] in who}


@pytest.fixture(scope="module")
async def told(mail):
    """Send a warning, and wait until all that can be known of it is."""
    served, root = mail
    reply = await served.post(cap(severity="Extreme", urgency="Immediate"))
    assert reply.status == 202, reply.body
    wanted = {mailbox: state for mailbox, (state, _) in EXPECTED.items()}
    found = {}
    try:
        async with asyncio.timeout(30):
            while {box: item["state"] for box, item in found.items()} != wanted:
                await asyncio.sleep(0.1)
                found = await states(served, reply.json["id"])
    except TimeoutError:
        shown = {box: (item["state"], item["receipts"]) for box, item in found.items()}
        pytest.fail(f"{shown}\n{(root / 'log').read_text()}")
    return found


@pytest.mark.parametrize("mailbox", EXPECTED)
async def test_every_recipient_ends_in_the_state_that_is_true(told, mailbox):
    item = told[mailbox]

    assert item["state"] == EXPECTED[mailbox][0]
    reason = REASONS.get(mailbox.partition("@")[0])
    assert reason in (None, *(receipt["reason"] for receipt in item["receipts"]))
    assert all("@" not in f"{receipt['code']}" for receipt in item["receipts"])


async def test_what_the_relay_gave_up_for_now_waits_longer_than_the_level_would(told):
    due = datetime.fromisoformat(told["later@far.example"]["due"])

    assert due > datetime.now(UTC) + timedelta(minutes=20)


async def test_what_arrives_is_a_mail_that_knows_its_way_back(mail, told):
    _, root = mail

    (content,) = delivered(root, "li")

    found = email.message_from_bytes(content, policy=email.policy.default)
    assert found["Auto-Submitted"] == "auto-generated"
    assert re.search(r"bounce\+[a-z2-7]{26}\.\d+\.1-[a-z2-7]{6}@bounce", found["Return-Path"])
    assert "/unsubscribe/email." in found["List-Unsubscribe"]
    assert found.get_body(("html",)) is not None


async def test_an_operator_hands_a_bounce_in_and_nobody_else(mail, told):
    served, _ = mail
    number = told["fine@far.example"]["id"]
    alert = served.query("SELECT public_id FROM alert")[0][0]
    bounce = BOUNCE.format(path=f"bounce+{alert}.{number}.1@bounce.city.example").encode()

    refused = [
        await served.post(bounce, path="/receipts/email", kind="message/rfc822", key=key)
        for key in (None, "fire")
    ]
    taken = await served.post(bounce, path="/receipts/email", kind="message/rfc822")
    again = await served.post(bounce, path="/receipts/email", kind="message/rfc822")

    assert [reply.status for reply in refused] == [401, 403]
    expected = [
        {
            "recipient": "fine@far.example",
            "status": "5.1.1",
            "permanent": True,
            "matched_delivery": number,
        }
    ]
    assert (taken.status, taken.json) == (again.status, again.json) == (200, expected)
    found = await states(served, alert)
    assert found["fine@far.example"]["state"] == "FAILED_PERM"


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"", []),
        (b"\0\xff" * 5000, []),
        (b"Subject: hello\r\n\r\nnot a bounce", []),
    ],
)
async def test_a_mail_that_proves_nothing_is_answered_all_the_same(mail, body, answer):
    served, _ = mail

    reply = await served.post(body, path="/receipts/email", kind="message/rfc822")

    assert (reply.status, reply.json) == (200, answer)


async def test_a_bounce_of_a_mail_that_was_never_sent_matches_nothing(mail):
    served, _ = mail
    bounce = BOUNCE.format(path=f"bounce+{'a' * 26}.1.1@bounce.city.example").encode()

    reply = await served.post(bounce, path="/receipts/email", kind="message/rfc822")

    assert [item["matched_delivery"] for item in reply.json] == [None]


async def test_one_click_in_a_mail_that_arrived_is_answered(mail, told):
    served, root = mail
    (content,) = delivered(root, "li")
    found = email.message_from_bytes(content, policy=email.policy.default)
    url = found["List-Unsubscribe"].strip("<>")

    async with served.session.post(url, data={"List-Unsubscribe": "One-Click"}) as answer:
        assert answer.status == 200
    async with served.session.get(url + "x") as answer:
        assert answer.status == 404


async def test_an_answer_reaches_the_desk_and_the_broker(mail, told):
    served, root = mail
    (content,) = delivered(root, "li")
    found = email.message_from_bytes(content, policy=email.policy.default)
    answer = f"From: li@home.example\r\nIn-Reply-To: {found['Message-ID']}\r\n\r\nunsubscribe\r\n"

    await hand_over(port_of(root), "li@home.example", "warn@city.example", answer)
    async with asyncio.timeout(30):
        while not (delivered(root, "desk") and served.query(WISHES)):
            await asyncio.sleep(0.1)

    assert served.query(WISHES) == [("email",)]


async def test_whose_mailbox_is_gone_or_who_wants_no_more_gets_no_more(mail, told):
    served, root = mail
    (content,) = delivered(root, "li")
    found = email.message_from_bytes(content, policy=email.policy.default)
    async with served.session.post(found["List-Unsubscribe"].strip("<>")) as answer:
        assert answer.status == 200

    reply = await served.post(cap(severity="Moderate", urgency="Expected"))
    async with asyncio.timeout(30):
        now = {}
        # Mails are sent side by side: when the last one is out, the first ones are, too.
        while now.get("blocked@far.example", {}).get("state") != "FAILED_PERM":
            await asyncio.sleep(0.1)
            now = await states(served, reply.json["id"])

    assert now["li@home.example"]["state"] == "SUPPRESSED"
    assert now["gone@far.example"]["state"] == "SUPPRESSED"
    assert now["full@far.example"]["state"] != "SUPPRESSED"
    assert now["school@home.example"]["state"] != "SUPPRESSED"
    assert len(delivered(root, "li")) == 1


WISHES = "SELECT scope FROM suppression WHERE reason = 'stop'"
BOUNCE = """\
From: MAILER-DAEMON@relay.example
To: {path}
Content-Type: multipart/report; report-type=delivery-status; boundary=B

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; fine@far.example
Action: failed
Status: 5.1.1

--B--
"""
