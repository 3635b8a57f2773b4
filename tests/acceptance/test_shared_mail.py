"""One mail for many recipients: the engine sends few, and knows of each recipient alone."""

import asyncio
from collections import Counter

import pytest
from aiosmtpd.smtp import SMTP

from tests.acceptance.bodies import cap
from tests.acceptance.conftest import broker

MANY = 40


class Relay:
    """Takes everybody but those called nobody, and no more than ten at a time."""

    def __init__(self) -> None:
        self.mails: list[list[str]] = []

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802  aiosmtpd's name
        if address.startswith("nobody"):
            return "550 5.1.1 no such user"
        if len(envelope.rcpt_tos) == 10:
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802  aiosmtpd's name
        self.mails.append(list(envelope.rcpt_tos))
        return "250 2.0.0 ok"


@pytest.fixture
async def relay():
    handler, loop = Relay(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0)
    yield handler, server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def test_many_recipients_share_mails_and_each_has_a_state(relay, tmp_path):
    handler, port = relay
    names = [f"{'nobody' if n % 8 == 0 else 'u'}{n}" for n in range(MANY)]
    people = "ref,email,language,regions\n" + "".join(
        f"{name},{name}@home.example,en,demo\n" for name in names
    )
    email = {
        "host": "127.0.0.1",
        "port": port,
        "tls": "none",
        "from": "warn@city.example",
        "unsubscribe": False,
        "recipients_per_message": 25,
        "connections": 2,
    }
    offices = {"authorities": {"demo-harbour": {"names": {"en": "Harbour"}}}}

    async with broker(tmp_path, people=people, email=email, more=offices) as served:
        reply = await served.post(cap(severity="Moderate"))
        progress = await served.settled(reply)

    told = Counter(address for mail in handler.mails for address in mail)
    assert progress["channels"]["email"] == {"ACCEPTED": 35, "FAILED_PERM": 5}
    assert set(told) == {f"{name}@home.example" for name in names if name[0] == "u"}
    assert set(told.values()) == {1}
    assert len(handler.mails) <= MANY // 4
    assert max(map(len, handler.mails)) == 10
