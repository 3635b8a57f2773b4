"""Which voice speaks a language, how fast, and the sentence that proves it can."""

from dataclasses import dataclass

from channels._speech.spoken import family

# About 205 characters or 150 words a minute, as measured with espeak-ng 1.52.
_VOICES = {
    "zh": ("cmn", 160),
    "cmn": ("cmn", 160),
    "zh-hk": ("yue", 145),
    "zh-mo": ("yue", 145),
    "yue": ("yue", 145),
    "en": ("en-us", 150),
    "en-gb": ("en-gb", 150),
}
_OTHER_RATE = 150
_PROOFS = {"cmn": "公众预警：请立即转移到高处。", "yue": "公众预警：请立即转移到高处。"}
_CHARACTERS_A_SECOND = {"zh": 3.4, "cmn": 3.4, "yue": 3.4}
_OTHER_CHARACTERS_A_SECOND = 13.0


@dataclass(frozen=True, slots=True)
class Voice:
    """An engine's voice, and its speed in the engine's words per minute."""

    name: str
    rate: int

    @property
    def proof(self) -> str:
        """Return a sentence whose phonemes show whether the voice works, or nothing."""
        return _PROOFS.get(self.name, "")


def voice_for(language: str) -> Voice:
    """Return the voice to ask for; whether the engine has it is for the engine to say."""
    primary = family(language)
    name, rate = _VOICES.get(language.lower()) or _VOICES.get(primary) or (primary, _OTHER_RATE)
    return Voice(name, rate)


def characters_in(seconds: float, language: str) -> int:
    """Return about how many characters of a language are read in so many seconds."""
    return int(seconds * _CHARACTERS_A_SECOND.get(family(language), _OTHER_CHARACTERS_A_SECOND))
