import pytest
from twilio.twiml.voice_response import Gather as GatherVerb
from twilio.twiml.voice_response import VoiceResponse

from warnbroker.errors import UnreadableError
from warnbroker.simulator.twiml import Gather, Hangup, Play, Redirect, Say, read_twiml


def test_what_the_sdk_builds_is_read():
    gather = GatherVerb(action="http://h.example/key?lang=zh", num_digits=1, timeout=5)
    gather.say("红色预警，请立即撤离", language="cmn-CN")
    gather.pause(length=1)
    document = VoiceResponse()
    document.append(gather)
    document.play("http://h.example/siren.mp3")
    document.redirect("http://h.example/again")
    document.hangup()

    assert read_twiml(str(document)) == (
        Gather("http://h.example/key?lang=zh", (Say("红色预警，请立即撤离", "cmn-CN"),)),
        Play("http://h.example/siren.mp3"),
        Redirect("http://h.example/again"),
        Hangup(),
    )


def test_words_inside_speech_markup_are_words():
    assert read_twiml("<Response><Say>Leave <emphasis>now</emphasis>.</Say></Response>") == (
        Say("Leave now."),
    )


@pytest.mark.parametrize(
    ("text", "code"),
    [("<Response><Say>", "12100"), ("", "12100"), ("Leave now", "12100"), ("<Speech/>", "12102")],
)
def test_what_is_not_twiml_is_refused_with_twilios_code(text, code):
    with pytest.raises(UnreadableError, match=code):
        read_twiml(text)


def test_an_entity_is_not_expanded(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    entity = f'<!DOCTYPE r [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    text = f"{entity}<Response><Say>a&x;b</Say></Response>"

    (say,) = read_twiml(text)

    assert isinstance(say, Say)
    assert "secret" not in say.text.replace("&x;", "")
