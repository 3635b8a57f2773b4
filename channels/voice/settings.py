"""The settings of the voice channel."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from channels._routing import ProviderName, Routing
from channels._twilio import TwilioSettings
from channels.voice.redial import Redial

_ENGLISH = {
    "language": "en-US",
    "thanks": "Thank you. Your confirmation has been received. Goodbye.",
    "again": "Please press 1 to confirm that you have heard this message.",
    "offer": "For English, press 9.",
    "goodbye": "This is the end of the message. Goodbye.",
}
_SHIPPED: dict[str, dict[str, str]] = {
    "zh-CN": {
        "language": "cmn-CN",
        "thanks": "已收到您的确认，谢谢。再见。",
        "again": "请按数字键1，确认您已收听本通知。",
        "offer": "收听中文，请按9。",
        "goodbye": "本次通知播报完毕。再见。",
    },
    "en": _ENGLISH,
}
# A language that is not ours must not be offered as English.
_OTHERS = {**_ENGLISH, "offer": ""}
_REDIAL = {
    "red": Redial(times=5, busy=30, no_answer=60),
    "orange": Redial(times=3, busy=60, no_answer=120),
    "default": Redial(times=2, busy=120, no_answer=300),
}


class Voice(BaseModel):
    """How a language is spoken, and the sentences for which no message is at hand.

    ``language`` and ``voice`` are Twilio's names (https://www.twilio.com/docs/voice/twiml/say);
    without a ``voice`` Twilio takes its own. ``thanks`` follows the key 1 where the message has
    no such part, ``again`` any other key where the words are not known any more, ``goodbye`` a
    call in which no key was pressed. ``offer`` is said, in this language, where another one is
    being spoken; empty: it is not.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: str
    voice: str = ""
    thanks: str
    again: str
    offer: str = ""
    goodbye: str


class CallAccount(Routing, TwilioSettings):
    """An account at Twilio, as one of several providers."""

    type: Literal["twilio"]


class VoiceSettings(TwilioSettings):
    """How to make calls; times are seconds.

    ``voices`` are by language tag; what an entry leaves out is taken from the shipped one,
    else from English. ``machine_detection`` asks Twilio who answered; without it no call that
    was answered counts as heard by a person, unless they press a key. ``redial`` is by level,
    ``default`` for the others. ``heard_after``: whoever hangs up sooner has heard nothing.
    ``directory`` keeps what calls say while they last, ``recordings`` are an operator's own
    voices, ``audio_hosts`` those servers that an alert's recordings may be fetched from.
    ``providers`` take the place of the one account that stands beside them.
    """

    voices: Mapping[str, Voice] = Field(default_factory=dict, validate_default=True)
    machine_detection: Literal["Enable", "DetectMessageEnd"] | None = "DetectMessageEnd"
    ring_timeout: int = Field(40, ge=5, le=600)
    longest_call: int = Field(300, ge=30, le=14_400)
    heard_after: int = Field(3, ge=0, le=60)
    redial: Mapping[str, Redial] = Field(default_factory=dict, validate_default=True)
    directory: Annotated[Path, AfterValidator(Path.expanduser)] | None = None
    recordings: Annotated[Path, AfterValidator(Path.expanduser)] | None = None
    audio_hosts: tuple[str, ...] = ()
    providers: dict[ProviderName, CallAccount] = {}

    @property
    def accounts(self) -> Mapping[str, CallAccount]:
        """Return the providers by name; without any, the one account that is set here."""
        own = {name: getattr(self, name) for name in TwilioSettings.model_fields}
        return self.providers or {"twilio": CallAccount(type="twilio", **own)}

    @field_validator("voices", mode="before")
    @classmethod
    def _complete(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {tag: _completed(tag, voice) for tag, voice in {**_SHIPPED, **given}.items()}

    @field_validator("redial", mode="after")
    @classmethod
    def _with_ours(cls, given: Mapping[str, Redial]) -> Mapping[str, Redial]:
        return {**_REDIAL, **given}

    def voice(self, language: str) -> Voice:
        """Return the voice of a language tag, else of its primary language, else English."""
        if language in self.voices:
            return self.voices[language]
        primary = language.partition("-")[0]
        near = (tag for tag in self.voices if tag.partition("-")[0] == primary)
        return self.voices[next(near, "en")]


def _completed(tag: str, voice: Any) -> Any:
    return {**_SHIPPED.get(tag, _OTHERS), **voice} if isinstance(voice, Mapping) else voice
