"""Which channel takes a callback, and what the caller is answered."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import pytest
from aiohttp import ClientSession, web

from warnbroker.api.problem import problems
from warnbroker.api.receipts import ReceiptResource
from warnbroker.contracts import Callback, CallbackAnswer, Said
from warnbroker.model.receipt import Evidence


@dataclass
class Parser:
    """Takes callbacks below two prefixes, and remembers them."""

    receipt_prefix: str = "maker/sms"
    more_prefixes: tuple[str, ...] = ("gateway",)
    answer: CallbackAnswer = field(default_factory=CallbackAnswer)
    taken: list[Callback] = field(default_factory=list)

    def parse_receipts(self, callback: Callback) -> CallbackAnswer:
        self.taken.append(callback)
        return self.answer


class Ledger:
    async def record(self, evidence: Sequence[Evidence]) -> None:
        return None


@dataclass
class Ear:
    """Answers whatever is said with these words."""

    answers: list[str] = field(default_factory=list)

    async def hear(self, said: Sequence[Said]) -> Sequence[str]:
        return self.answers


@pytest.fixture
async def served() -> AsyncIterator[tuple[str, Parser, Ear]]:
    parser, ear = Parser(), Ear()
    resource = ReceiptResource({"sms": parser}, Ledger(), ear, "https://warn.example")
    application = web.Application(middlewares=[problems])
    application.add_routes(resource.routes())
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/receipts", parser, ear
    await runner.cleanup()


async def test_a_parser_is_told_below_which_of_its_prefixes_a_callback_came(served):
    url, parser, _ = served

    async with ClientSession() as session:
        await session.post(f"{url}/maker/sms/a/1.1", data=b"x")
        await session.post(f"{url}/gateway/kannel/a/1.1")

    assert [(c.prefix, c.path) for c in parser.taken] == [
        ("maker/sms", "a/1.1"),
        ("gateway", "kannel/a/1.1"),
    ]


async def test_a_callback_may_be_a_fetch_with_everything_in_its_address(served):
    url, parser, _ = served

    async with ClientSession() as session:
        reply = await session.get(f"{url}/gateway/kannel/a/1.1?status=1")

    assert reply.status == 204
    [callback] = parser.taken
    assert (callback.method, callback.url) == (
        "GET",
        "https://warn.example/receipts/gateway/kannel/a/1.1?status=1",
    )


async def test_a_look_whether_the_address_exists_is_no_callback(served):
    url, parser, _ = served

    async with ClientSession() as session:
        reply = await session.head(f"{url}/gateway/kannel/a/1.1")

    assert reply.status == 405
    assert parser.taken == []


@pytest.mark.parametrize("path", ["elsewhere/1", "maker/smsx/1", "gateway"])
async def test_an_address_of_no_parser_is_not_found(served, path):
    url, parser, _ = served

    async with ClientSession() as session:
        reply = await session.get(f"{url}/{path}")

    assert reply.status == 404
    assert parser.taken == []


async def test_the_answer_to_what_was_said_is_put_as_the_channel_puts_it(served):
    url, parser, ear = served
    said = (Said("sms", "phone", "+3584000001", "STOP"),)
    parser.answer = CallbackAnswer(said=said, reply=lambda answers: f"<{answers[0]}>")
    ear.answers = ["You get no more."]

    async with ClientSession() as session:
        reply = await session.post(f"{url}/gateway/kannel/inbound")
        body = await reply.text()

    assert (reply.status, body) == (200, "<You get no more.>")


async def test_an_answer_bears_the_headers_that_its_words_call_for(served):
    url, parser, ear = served
    said = (Said("sms", "phone", "+3584000001", "退订"),)
    parser.answer = CallbackAnswer(
        said=said, reply="\n".join, headers=lambda body: {"X-Length": str(len(body))}
    )
    ear.answers = ["已退订。"]

    async with ClientSession() as session:
        reply = await session.get(f"{url}/gateway/kannel/inbound")

    assert (reply.headers["X-Length"], reply.charset, await reply.text()) == (
        "4", "utf-8", "已退订。"
    )  # fmt: skip


async def test_a_caller_that_wants_200_gets_it_without_an_answer(served):
    url, parser, _ = served
    parser.answer = CallbackAnswer(reply="\n".join, headers=lambda _body: {"X": "y"}, bodiless=200)

    async with ClientSession() as session:
        reply = await session.get(f"{url}/gateway/kannel/inbound")

    assert (reply.status, await reply.text(), reply.content_type) == (200, "", "text/plain")
    assert "X" not in reply.headers


async def test_where_there_is_no_answer_the_callback_is_acknowledged_as_ever(served):
    url, parser, ear = served
    said = (Said("sms", "phone", "+3584000001", "thanks"),)
    parser.answer = CallbackAnswer(said=said, body="ACK", reply=lambda answers: f"<{answers}>")
    ear.answers = [""]

    async with ClientSession() as session:
        body = await (await session.post(f"{url}/gateway/kannel/inbound")).text()

    assert body == "ACK"
