"""What a call says, as TwiML built by the SDK."""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from xml.sax.saxutils import quoteattr

from twilio.twiml.voice_response import VoiceResponse

from channels.voice.settings import Voice
from channels.voice.sheet import Words

LONGEST = 4_000
"""Characters of a document that Twilio takes in the request for a call."""

_KEY_SECONDS = 5
# Stands for each call's own address, so that the document is built once for all calls.
_ACTION = "https://action.invalid/"


@dataclass(frozen=True, slots=True)
class Part:
    """Words, how they are spoken, and the addresses of recorded voices for them."""

    words: Words
    voice: Voice
    opening: str = ""
    recording: str = ""

    @property
    def asked(self) -> str:
        """Return the text with the request for a key."""
        return f"{self.words.script}\n{self.words.confirm}".strip()


@dataclass(frozen=True, slots=True)
class Programme:
    """One call: what it says, and in which voice it offers another language."""

    part: Part
    other: Voice | None = field(default=None)


def announcement(programme: Programme, action: str) -> str:
    """Return a call that says its text twice and takes one key at any moment of it.

    The key is posted to ``action``; without one the call only speaks, and asks for no key.
    """
    if not action:
        return _spoken(programme.part)
    return _asked(programme).replace(f'"{_ACTION}"', quoteattr(action))


def said(voice: Voice, text: str) -> str:
    """Return a call that says one thing and ends."""
    response = VoiceResponse()
    _say(response, voice, text)
    response.hangup()
    return str(response)


def asked_again(voice: Voice, action: str) -> str:
    """Return the request for a key, where nobody knows the words of the call any more."""
    response = VoiceResponse()
    _say(_gather(response, action), voice, voice.again, loop=2)
    _say(response, voice, voice.goodbye)
    return str(response)


@lru_cache(maxsize=128)
def _asked(programme: Programme) -> str:
    part, response = programme.part, VoiceResponse()
    gather = _gather(response, _ACTION)
    if part.opening:
        gather.play(part.opening)
    _tell(gather, part, programme.other)
    _say(response, part.voice, part.voice.goodbye)
    return str(response)


def _tell(gather: Any, part: Part, other: Voice | None) -> None:
    offers = other is not None and bool(other.offer)
    if not part.recording and not offers:
        # Repeating the verb, not the text, keeps a long warning within Twilio's limit.
        _say(gather, part.voice, part.asked, loop=2)
        return
    # The second time is always our own words: a sound file may fail to come, or say less.
    if part.recording:
        gather.play(part.recording)
        _say(gather, part.voice, part.words.confirm)
    else:
        _say(gather, part.voice, part.asked)
    if other is not None and offers:
        _say(gather, other, other.offer)
    _say(gather, part.voice, part.asked)


@lru_cache(maxsize=128)
def _spoken(part: Part) -> str:
    response = VoiceResponse()
    _say(response, part.voice, part.words.script, loop=2)
    _say(response, part.voice, part.voice.goodbye)
    return str(response)


def _gather(response: VoiceResponse, action: str) -> Any:
    # "*" is a key of its own here, so only "#" may end the input, which it does by default.
    return response.gather(
        input="dtmf", num_digits=1, timeout=_KEY_SECONDS, action=action, method="POST"
    )


def _say(verb: Any, voice: Voice, text: str, **more: Any) -> None:
    manner = {"voice": voice.voice} if voice.voice else {}
    verb.say(text, language=voice.language, **manner, **more)
