"""What a call says, as TwiML built by the SDK."""

from functools import lru_cache
from xml.sax.saxutils import quoteattr

from twilio.twiml.voice_response import VoiceResponse

from channels.voice.settings import Voice
from warnbroker.errors import PermanentSendError
from warnbroker.model.receipt import Reason

# Twilio refuses a longer document in a call's request.
_MAX_TWIML = 4_000
_KEY_SECONDS = 5
# Stands for each call's own address, so that the document is built once for all calls.
_ACTION = "https://action.invalid/"


def announcement(script: str, confirm: str, voice: Voice, action: str) -> str:
    """Return a call that says its text twice and takes one key at any moment of it.

    The key is posted to ``action``; without one the call only speaks, and asks for no key.

    Raises:
        PermanentSendError: the text is too long for a call.
    """
    if not action:
        return _limited(_spoken(script, voice))
    document = _asked(f"{script}\n{confirm}", voice)
    return _limited(document.replace(f'"{_ACTION}"', quoteattr(action)))


def thanked(voice: Voice, thanks: str = "") -> str:
    """Return the answer to the key 1, in the message's own words where it has some."""
    response = VoiceResponse()
    response.say(thanks or voice.thanks, **_manner(voice))
    response.hangup()
    return str(response)


def asked_again(voice: Voice, action: str) -> str:
    """Return the answer to any other key."""
    return _asked(voice.again, voice).replace(f'"{_ACTION}"', quoteattr(action))


@lru_cache(maxsize=128)
def _asked(text: str, voice: Voice) -> str:
    response = VoiceResponse()
    gather = response.gather(
        input="dtmf", num_digits=1, timeout=_KEY_SECONDS, action=_ACTION, method="POST"
    )
    # Repeating the verb, not the text, keeps a long warning within Twilio's limit.
    gather.say(text, loop=2, **_manner(voice))
    response.say(voice.goodbye, **_manner(voice))
    return str(response)


@lru_cache(maxsize=128)
def _spoken(text: str, voice: Voice) -> str:
    response = VoiceResponse()
    response.say(text, loop=2, **_manner(voice))
    response.say(voice.goodbye, **_manner(voice))
    return str(response)


def _manner(voice: Voice) -> dict[str, str]:
    manner = {"language": voice.language}
    return {**manner, "voice": voice.voice} if voice.voice else manner


def _limited(document: str) -> str:
    if len(document) > _MAX_TWIML:
        raise PermanentSendError(
            Reason.CONTENT,
            f"the call's text comes to {len(document)} characters, Twilio takes {_MAX_TWIML}",
        )
    return document
