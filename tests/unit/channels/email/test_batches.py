"""One mail for several recipients: each has an outcome of their own, never one of the mail's."""

import copy

import pytest
from msgspec.structs import replace

from channels.email import EmailSettings
from tests.unit.channels.email.conftest import ScriptedServer
from warnbroker.errors import PermanentSendError, TemporarySendError, UnknownOutcome
from warnbroker.model.receipt import AttemptKey, Reason, Receipt, State

SHARED = {"recipients_per_message": 10, "unsubscribe": False, "connections": 1}
ALERT = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture(params=[(), ("PIPELINING",)], ids=["one by one", "pipelined"])
def announced(request):
    return request.param


@pytest.fixture
def make_batch(make_delivery):
    def make(*names):
        return [
            make_delivery(
                name if "@" in name else f"{name}@home.example", key=AttemptKey(ALERT, number, 1)
            )
            for number, name in enumerate(names, 1)
        ]

    return make


def kinds(results):
    return [type(result).__name__ for result in results]


async def test_recipients_of_one_message_share_a_mail_that_names_none_of_them(
    start_server, open_channel, make_batch
):
    server = await start_server()
    channel = await open_channel(server.port, **SHARED)

    results = await channel.send_batch(make_batch("li", "wu", "he"))

    assert [result.state for result in results] == [State.ACCEPTED] * 3
    assert server.recipients == [["li@home.example", "wu@home.example", "he@home.example"]]
    assert b"@home.example" not in server.mails[0]
    assert b"To: undisclosed-recipients:;" in server.mails[0]


async def test_one_recipients_refusal_is_not_the_others(start_server, open_channel, make_batch):
    replies = ["250 ok", "550 5.1.1 no such user", "450 4.2.1 later", "250 ok"]
    server = await start_server(script={"RCPT": replies})
    channel = await open_channel(server.port, **SHARED)

    results = await channel.send_batch(make_batch("li", "nobody", "later", "wu"))
    await channel.send_batch(make_batch("he"))

    assert kinds(results) == ["Receipt", "PermanentSendError", "TemporarySendError", "Receipt"]
    assert server.recipients == [["li@home.example", "wu@home.example"], ["he@home.example"]]
    assert server.sessions == 1


async def test_what_is_no_mailbox_or_too_late_does_not_hold_up_the_rest(
    start_server, open_channel, make_batch
):
    server = await start_server()
    channel = await open_channel(server.port, **SHARED)

    results = await channel.send_batch(make_batch("no body@home.example", "li"))

    assert kinds(results) == ["PermanentSendError", "Receipt"]
    assert server.recipients == [["li@home.example"]]


async def test_too_many_recipients_go_at_once_in_another_mail(
    start_server, open_channel, make_batch
):
    replies = ["250 ok", "250 ok", *["452 4.5.3 too many recipients"] * 3]
    server = await start_server(script={"RCPT": replies})
    channel = await open_channel(server.port, **SHARED)

    results = await channel.send_batch(make_batch("a", "b", "c", "d", "e"))

    assert kinds(results) == ["Receipt"] * 5
    assert server.recipients == [
        ["a@home.example", "b@home.example"],
        ["c@home.example", "d@home.example", "e@home.example"],
    ]


async def test_a_relay_that_takes_nobody_is_not_asked_for_ever(
    start_server, open_channel, make_batch
):
    server = await start_server(script={"RCPT": ["452 4.5.3 too many recipients"] * 2})
    channel = await open_channel(server.port, **SHARED)

    results = await channel.send_batch(make_batch("a", "b"))

    assert [result.reason for result in results] == [Reason.THROTTLED] * 2
    assert server.recipients == []


@pytest.mark.parametrize(
    ("script", "taken"),
    [
        ({"DATA": ["451 4.3.0 later"]}, TemporarySendError),
        ({"DATA": ["drop"]}, TemporarySendError),
        ({"END": ["554 5.6.0 no"]}, PermanentSendError),
        ({"END": ["drop"]}, UnknownOutcome),
        ({"END": ["999 what"]}, UnknownOutcome),
    ],
)
async def test_what_befalls_the_mail_befalls_those_whom_the_relay_had_taken(
    start_server, open_channel, make_batch, script, taken
):
    rcpt = ["250 ok", "550 5.1.1 no such user", "250 ok"]
    server = await start_server(script={"RCPT": rcpt, **copy.deepcopy(script)})
    channel = await open_channel(server.port, **SHARED)

    first, second, third = await channel.send_batch(make_batch("li", "nobody", "wu"))

    assert type(first) is type(third) is taken
    assert (type(second), second.reason) == (PermanentSendError, Reason.RECIPIENT)


class Picky(ScriptedServer):
    """Refuses at the dot whatever has the mailbox ``dead`` among its recipients."""

    refusal = "550 5.1.1 no such user"

    async def _answer(self, stage, writer):
        if stage == "END" and any("dead" in name for name in self.recipients[-1]):
            self.script.setdefault("END", []).insert(0, self.refusal)
        return await super()._answer(stage, writer)


@pytest.mark.parametrize("refusal", ["550 5.1.1 no such user", "450 4.2.1 not now"])
async def test_a_mail_that_is_refused_for_the_mailbox_of_one_goes_to_the_others_alone(
    open_channel, make_batch, announced, refusal
):
    server = Picky(extensions=announced)
    server.refusal = refusal
    await server.start()
    channel = await open_channel(server.port, **SHARED)

    results = await channel.send_batch(make_batch("li", "dead", "wu"))
    await channel.close()
    await server.stop()

    failed = PermanentSendError if refusal.startswith("5") else TemporarySendError
    assert kinds(results) == ["Receipt", failed.__name__, "Receipt"]
    assert server.recipients[1:] == [[f"{name}@home.example"] for name in ("li", "dead", "wu")]


async def test_a_full_mailbox_is_judged_by_its_own_attempt(start_server, open_channel, make_batch):
    server = await start_server(
        script={"RCPT": ["550 5.1.1 no such user", "250 ok"], "END": ["552 5.2.2 over quota"]}
    )
    channel = await open_channel(server.port, **SHARED)
    again, first = make_batch("nobody", "full")

    results = await channel.send_batch([replace(again, key=AttemptKey(ALERT, 1, 2)), first])

    assert kinds(results) == ["PermanentSendError", "TemporarySendError"]


async def test_a_relay_that_hangs_up_among_the_recipients_has_taken_nobody(
    start_server, open_channel, make_batch
):
    server = await start_server(script={"RCPT": ["250 ok", "421 4.7.0 too many messages"]})
    channel = await open_channel(server.port, **SHARED)

    results = await channel.send_batch(make_batch("li", "wu", "he"))

    assert [(type(result), result.reason) for result in results] == [
        (TemporarySendError, Reason.THROTTLED)
    ] * 3
    assert server.mails == []


async def test_a_relay_that_asks_for_a_mail_for_nobody_gets_an_empty_one(
    start_server, open_channel, make_batch
):
    server = await start_server(eager=True, script={"RCPT": ["550 5.1.1 no"] * 2})
    channel = await open_channel(server.port, **SHARED)

    results = await channel.send_batch(make_batch("nobody", "none"))
    again = await channel.send_batch(make_batch("li"))

    assert kinds(results) == ["PermanentSendError"] * 2
    assert isinstance(again[0], Receipt)
    assert [mail for mail in server.mails if mail] == server.mails[-1:]


async def test_a_mailbox_in_another_script_travels_apart(start_server, open_channel, make_batch):
    server = await start_server()
    channel = await open_channel(server.port, **SHARED)

    results = await channel.send_batch(make_batch("li", "李@home.example", "wu"))

    assert kinds(results) == ["Receipt"] * 3
    assert server.recipients == [["li@home.example", "wu@home.example"], ["李@home.example"]]


@pytest.mark.parametrize("own", [{"bounce_domain": "b.example"}, {"unsubscribe": True}])
def test_mails_with_something_of_their_own_cannot_be_shared(own):
    with pytest.raises(ValueError, match="recipients_per_message"):
        EmailSettings.model_validate({"recipients_per_message": 2, "unsubscribe": False} | own)
