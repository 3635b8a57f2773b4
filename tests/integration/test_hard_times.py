"""A provider that misbehaves: the right state, no storm of requests, and mail goes on beside it."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from tests.integration import peers
from tests.integration.peers import Peer, refusing, scene, well
from tests.ports import free_port
from warnbroker.model.receipt import Reason, State

pytestmark = pytest.mark.timeout(120)

KNOWN = {State.ACCEPTED, State.UNKNOWN}


@asynccontextmanager
async def trouble(folder, behaviour, level="red", **dispatch):
    """Warn by a provider that behaves so; yield when mail has gone out beside it."""
    peer = Peer(behaviour)
    await peer.open()
    try:
        async with scene(folder, peer.url, **dispatch) as found:
            assert await found.warn(level) == 202
            await found.until("ACCEPTED", channel="email")
            yield found, peer
    finally:
        await peer.close()


def states(histories):
    return {found.state for found in histories}


def reasons(histories):
    return {receipt.reason for found in histories for _, receipt in found.receipts}


def repeats(histories):
    return {any(attempt.repeat for attempt in found.attempts) for found in histories}


async def test_one_that_fails_once_for_each_is_asked_twice_and_the_repeat_is_marked(tmp_path):
    async with trouble(tmp_path, refusing("503 Unavailable")) as (found, peer):
        histories = await found.over()

    assert states(histories) == {State.ACCEPTED}
    assert set(peer.posts.values()) == {2}
    assert repeats(histories) == {True}


async def test_one_that_throttles_is_obeyed_and_nobody_is_told_twice(tmp_path):
    slow_down = refusing("429 Too Many Requests", "Retry-After: 1")
    async with trouble(tmp_path, slow_down) as (found, peer):
        histories = await found.over()

    assert states(histories) == {State.ACCEPTED}
    assert peer.most <= 3
    assert repeats(histories) == {False}
    assert Reason.THROTTLED in reasons(histories)


@pytest.mark.parametrize(
    "behaviour", [peers.hole, peers.drip, peers.garbage, peers.no_json], ids=lambda b: b.__name__
)
@pytest.mark.parametrize(("level", "times"), [("red", 2), ("yellow", 1)])
async def test_one_that_leaves_us_in_the_dark_is_asked_as_often_as_the_level_says(
    tmp_path, behaviour, level, times
):
    async with trouble(tmp_path, behaviour, level) as (found, peer):
        histories = await found.over()

    assert states(histories) == {State.UNKNOWN}
    assert set(peer.posts.values()) == {times}


async def test_an_answer_without_end_fills_no_memory(tmp_path):
    peer = Peer(well)

    async def flood(request):
        request.writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: 10000000000\r\n\r\n")
        while not request.writer.is_closing():
            request.writer.write(b" " * 65536)
            peer.written += 65536
            await request.writer.drain()

    peer.behaviour = flood
    await peer.open()
    async with scene(tmp_path, peer.url) as found:
        await found.warn("yellow")
        histories = await found.over()
    await peer.close()

    assert states(histories) == {State.UNKNOWN}
    assert peer.written < 16_000_000 * len(histories)


@pytest.mark.parametrize("url", ["http://nobody.invalid", "https://127.0.0.1:{port}"],
                         ids=["no such name", "no TLS there"])  # fmt: skip
async def test_one_that_cannot_be_reached_is_tried_later_and_gently(tmp_path, url):
    peer = Peer(well)
    await peer.open()
    async with scene(tmp_path, url.format(port=peer.port)) as found:
        await found.warn()
        await found.until("RETRY_WAIT", "QUEUED", "CLAIMED", "IN_FLIGHT")
        await found.until("ACCEPTED", channel="email")
        while not (histories := await found.histories()) or not any(
            len(history.attempts) > 1 for history in histories
        ):
            await asyncio.sleep(0.05)
    await peer.close()

    assert State.UNKNOWN not in states(histories)
    assert reasons(histories) == {Reason.CONNECT}
    assert not peer.posts


async def test_one_that_comes_back_gets_everything_once(tmp_path):
    peer = Peer(well, port=free_port())
    async with scene(tmp_path, peer.url) as found:
        await found.warn()
        await found.until("RETRY_WAIT", "QUEUED", "CLAIMED", "IN_FLIGHT")
        await found.until("ACCEPTED", channel="email")

        await peer.open()
        histories = await found.over()
    await peer.close()

    assert states(histories) == {State.ACCEPTED}
    assert set(peer.posts.values()) == {1}
    assert repeats(histories) == {False}
