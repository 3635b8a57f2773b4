"""The settings of the voice channel."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from channels._twilio import TwilioSettings

_ENGLISH = {
    "language": "en-US",
    "thanks": "Thank you. Your confirmation has been received. Goodbye.",
    "again": "Please press 1 to confirm that you have heard this message.",
    "goodbye": "This is the end of the message. Goodbye.",
}
_SHIPPED: dict[str, dict[str, str]] = {
    "zh-CN": {
        "language": "cmn-CN",
        "thanks": "已收到您的确认，谢谢。再见。",
        "again": "请按数字键1，确认您已收听本通知。",
        "goodbye": "本次通知播报完毕。再见。",
    },
    "en": _ENGLISH,
}


class Voice(BaseModel):
    """How a language is spoken, and the sentences for which no message is at hand.

    ``language`` and ``voice`` are Twilio's names (https://www.twilio.com/docs/voice/twiml/say);
    without a ``voice`` Twilio takes its own. ``thanks`` follows the key 1 where the message has
    no such part, ``again`` any other key, ``goodbye`` a call in which no key was pressed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    voice: str = ""
    thanks: str
    again: str
    goodbye: str


class VoiceSettings(TwilioSettings):
    """How to make calls.

    ``voices`` are by language tag; what an entry leaves out is taken from the shipped one,
    else from English. ``machine_detection`` asks Twilio who answered, which costs extra and
    delays the first word. ``ring_timeout`` is in seconds.
    """

    voices: Mapping[str, Voice] = Field(default_factory=dict, validate_default=True)
    machine_detection: Literal["Enable", "DetectMessageEnd"] | None = None
    ring_timeout: int = Field(40, ge=5, le=600)

    @field_validator("voices", mode="before")
    @classmethod
    def _complete(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {tag: _completed(tag, voice) for tag, voice in {**_SHIPPED, **given}.items()}

    def voice(self, language: str) -> Voice:
        """Return the voice of a language tag, else of its primary language, else English."""
        if language in self.voices:
            return self.voices[language]
        primary = language.partition("-")[0]
        near = (tag for tag in self.voices if tag.partition("-")[0] == primary)
        return self.voices[next(near, "en")]


def _completed(tag: str, voice: Any) -> Any:
    return {**_SHIPPED.get(tag, _ENGLISH), **voice} if isinstance(voice, Mapping) else voice
