"""Recorded voices: found, served by us, played, and never the only thing that is heard."""

import asyncio
import base64
import io
import socket
import wave

import pytest
from aiohttp import web

from tests.integration.voice.conftest import (
    ALERT,
    CHINESE,
    ENDED,
    ENGLISH,
    messages,
    publication,
)
from warnbroker.model.alert import Resource
from warnbroker.model.drill import with_mark
from warnbroker.model.enums import MsgType, Status
from warnbroker.model.message import MessageKind

TOLD = f"{CHINESE['script']} {CHINESE['confirm']}"


def sound(frames: int = 800) -> bytes:
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(b"\x01\x00" * frames)
    return written.getvalue()


def voice_of(content: bytes = b"", **fields: object) -> Resource:
    inline = base64.b64encode(content).decode()
    return Resource(
        "the mayor's voice", **({"mime_type": "audio/x-wav", "deref_uri": inline} | fields)
    )


def played(call) -> list[str]:
    return [line.strip("<>") for line in call.heard if line.startswith("<")]


async def test_the_alerts_own_voice_is_played_first_and_then_our_words(exchange):
    call = await exchange()
    await call.channel.prepare(publication(messages(), resources=(voice_of(sound()),)))

    await call.call(messages()[0])

    (url,) = played(call)
    assert url.startswith(f"{call.url}/audio/")
    assert call.heard[1:] == [
        CHINESE["confirm"], "For English, press 9.", TOLD, "本次通知播报完毕。再见。",
    ]  # fmt: skip
    async with call.session.get(url) as answer:
        assert (answer.content_type, await answer.read()) == ("audio/wav", sound())
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_voice_of_another_language_is_not_played(exchange):
    call = await exchange()
    await call.channel.prepare(publication(messages(), resources=(voice_of(sound()),)))

    await call.call(messages()[1])

    assert played(call) == []


async def test_an_operators_voice_for_an_alert_goes_before_the_alerts_own(exchange, tmp_path):
    (tmp_path / f"{ALERT}.zh-CN.wav").write_bytes(sound(5))
    call = await exchange(recordings=tmp_path)
    await call.channel.prepare(publication(messages(), resources=(voice_of(sound()),)))

    await call.call(messages()[0])

    async with call.session.get(played(call)[0]) as answer:
        assert await answer.read() == sound(5)


async def test_an_operators_voice_for_a_level_opens_the_call_and_replaces_no_words(
    exchange, tmp_path
):
    (tmp_path / "red.zh-CN.mp3").write_bytes(b"ID3 a siren")
    call = await exchange(recordings=tmp_path)
    await call.channel.prepare(publication(messages(zh=CHINESE)))

    await call.call(messages(zh=CHINESE)[0])

    assert played(call)[0].endswith(".mp3")
    assert call.heard[1:] == [TOLD, "本次通知播报完毕。再见。"]


async def test_a_drill_plays_no_recording_for_nobody_can_see_its_mark(exchange, tmp_path):
    (tmp_path / "red.zh-CN.wav").write_bytes(sound())
    marked = {name: with_mark(text, "zh-CN") for name, text in CHINESE.items()}
    call = await exchange(recordings=tmp_path)
    await call.channel.prepare(
        publication(messages(zh=marked), resources=(voice_of(sound()),), status=Status.EXERCISE)
    )

    await call.call(messages(zh=marked)[0], status=Status.EXERCISE)

    assert played(call) == []
    assert call.heard[0].startswith("【演练】")


async def test_the_end_of_a_warning_never_plays_the_voice_that_warned(exchange, tmp_path):
    (tmp_path / "red.en.wav").write_bytes(sound())
    texts = messages(MessageKind.CANCEL, en=ENDED)
    call = await exchange(recordings=tmp_path)
    await call.channel.prepare(
        publication(texts, resources=(voice_of(sound()),), msg_type=MsgType.CANCEL)
    )

    await call.call(texts[0], alert="b" * 26)

    assert played(call) == []


@pytest.fixture
async def elsewhere():
    """Serve a sound at /voice.wav, a redirect to it, and one that never ends."""
    application = web.Application()

    async def give(_):
        return web.Response(body=sound(3), content_type="audio/wav")

    async def endless(_):
        await asyncio.Event().wait()

    async def moved(_):
        raise web.HTTPFound("/voice.wav")

    application.router.add_get("/voice.wav", give)
    application.router.add_get("/moved.wav", moved)
    application.router.add_get("/endless.wav", endless)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    listening = socket.create_server(("127.0.0.1", 0))
    await web.SockSite(runner, listening).start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    await runner.cleanup()


@pytest.mark.parametrize(
    ("hosts", "path", "comes"),
    [
        (("127.0.0.1",), "/voice.wav", True),
        ((), "/voice.wav", False),
        (("127.0.0.1",), "/moved.wav", False),
        (("127.0.0.1",), "/none.wav", False),
        (("127.0.0.1",), "/endless.wav", False),
    ],
)
async def test_a_voice_in_the_web_is_fetched_from_named_hosts_alone(
    exchange, elsewhere, monkeypatch, hosts, path, comes
):
    from aiohttp import ClientTimeout

    monkeypatch.setattr("channels.voice.recordings._PATIENCE", ClientTimeout(total=0.2))
    call = await exchange(audio_hosts=hosts)
    there = voice_of(deref_uri="", uri=elsewhere + path)
    await call.channel.prepare(publication(messages(zh=CHINESE), resources=(there,)))

    await call.call(messages(zh=CHINESE)[0])

    assert bool(played(call)) is comes
    assert TOLD in call.heard


@pytest.mark.parametrize(
    "resource",
    [
        voice_of(b"", deref_uri="no base64 at all!"),
        voice_of(sound(), mime_type="image/png"),
        voice_of(b"x" * (5 * 1024 * 1024 + 1)),
        voice_of(b"", deref_uri="", uri=""),
        voice_of(b"", deref_uri="", uri="file:///etc/passwd"),
    ],
    ids=["garbage", "a picture", "too long", "nothing", "a file of ours"],
)
async def test_what_is_no_sound_that_may_be_played_keeps_nobody_from_the_words(exchange, resource):
    call = await exchange()
    await call.channel.prepare(publication(messages(zh=CHINESE), resources=(resource,)))

    await call.call(messages(zh=CHINESE)[0])

    assert call.heard == [TOLD, "本次通知播报完毕。再见。"]


@pytest.mark.parametrize("name", ["a" * 32 + ".wav", "..%2Fsheets%2Fa.json", "x.txt"])
async def test_what_nobody_was_given_the_name_of_is_not_served(exchange, name):
    call = await exchange()
    await call.channel.prepare(publication(messages(), resources=(voice_of(sound()),)))

    async with call.session.get(f"{call.url}/audio/{name}") as answer:
        assert answer.status == 404


async def test_a_folder_that_cannot_be_written_keeps_nobody_from_the_words(exchange, tmp_path):
    (tmp_path / "voice").write_text("in the way")
    call = await exchange(far={"press_rate": 1, "keys": "91"})
    await call.channel.prepare(publication(messages(), resources=(voice_of(sound()),)))

    await call.call(messages()[0])

    assert ENGLISH["thanks"] in call.heard
