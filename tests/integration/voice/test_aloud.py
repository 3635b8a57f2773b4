"""What people hear: the shipped words, read aloud by a real engine, within the longest call."""

import pytest

from channels._speech import engine_fault, synthesise
from tests.integration.voice.conftest import publication
from warnbroker.app import renderer_of
from warnbroker.model.message import Message, MessageKind
from warnbroker.render.facts import Occasion
from warnbroker.render.samples import sample
from warnbroker.settings import load

pytestmark = pytest.mark.skipif(
    bool(engine_fault()), reason="NO SPEECH ENGINE ON THIS MACHINE: nobody heard a call"
)


def shipped(language: str, number: int) -> Message:
    """Return the longest of the shipped texts, with every fact that there can be."""
    renderer = renderer_of(load(environment={}), "http://127.0.0.1")
    occasion = Occasion(MessageKind.ALERT, "sample")
    facts = sample(language, occasion, renderer.setting, full=True)
    parts = renderer.render("voice", facts)
    return Message(number, "voice", language, MessageKind.ALERT, 0, parts)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
async def test_a_whole_call_can_be_heard_before_it_is_ended(exchange, tmp_path, language):
    both = shipped("zh-CN", 1), shipped("en", 2)
    call = await exchange(far={"press_rate": 0})
    await call.channel.prepare(publication(both))
    mine = next(message for message in both if message.language == language)

    await call.call(mine)

    seconds = 0.0
    for number, line in enumerate(call.heard):
        tongue = "en" if line.isascii() else "zh-CN"
        made = await synthesise(line, tongue, tmp_path / f"{number}.wav")
        seconds += made.duration_s
    assert 30 < seconds < call.channel.settings.longest_call
    assert len(call.heard) == 4
