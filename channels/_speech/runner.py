"""The speech engine as a program of its own: ``python -m channels._speech.runner``.

One request as JSON on standard input, one answer as JSON on standard output. A request
has ``task`` (``speak`` or ``phonemes``), ``text``, ``language``, and for ``speak`` the
absolute ``path`` of the WAV file to write. An answer holds ``error``, with ``no_voice`` where
the language is at fault, or what was made.
"""

import json
import re
import resource
import sys
import wave
from pathlib import Path

from channels._speech.espeak import Espeak
from channels._speech.spoken import spoken
from channels._speech.voices import Voice, voice_for

Answer = dict[str, object]

_MEMORY_LIMIT = 2 << 30
_FOREIGN = "(en)"
_LAST_LATIN = "\u024f"
_UNREADABLE_SHARE = 0.02


class Refusal(Exception):  # noqa: N818  an answer to the caller, not a fault of the program
    """The request cannot be met; the text is one line for the operator."""


class NoVoice(Refusal):
    """No voice here reads the language."""


def main() -> None:
    """Answer the one request."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_LIMIT, _MEMORY_LIMIT))
    request = json.load(sys.stdin)
    try:
        answer = _answer(request)
    except (NoVoice, ImportError) as error:
        answer = {"error": str(error), "no_voice": True}
    except (Refusal, OSError) as error:
        answer = {"error": str(error)}
    sys.stdout.write(json.dumps(answer))


def _answer(request: dict[str, str]) -> Answer:
    language = request["language"]
    voice = voice_for(language)
    text = spoken(request["text"], language)
    engine = _tested(voice)
    phonemes = engine.phonemes(text)
    if request["task"] == "phonemes":
        return {"voice": voice.name, "spoken": text, "phonemes": phonemes}
    _require_readable(engine, voice, text)
    return {"voice": voice.name, "duration_s": _record(engine, text, Path(request["path"]))}


def _tested(voice: Voice) -> Espeak:
    """Return an engine with the voice chosen; a voice that fails its proof is refused."""
    engine = Espeak()
    if not engine.choose(voice.name, voice.rate):
        raise NoVoice(f"the speech engine has no voice {voice.name}")
    if voice.proof and _FOREIGN in engine.phonemes(voice.proof):
        raise NoVoice(f"the voice {voice.name} does not read its language; it is not used")
    return engine


def _require_readable(engine: Espeak, voice: Voice, text: str) -> None:
    """Refuse a text in which the voice would say "letter" instead of words."""
    if not any(char.isalnum() for char in text):
        raise Refusal("the text has nothing to say")
    if voice.name.startswith("en"):
        foreign = sum(char.isalpha() and char > _LAST_LATIN for char in text)
    else:
        foreign = engine.phonemes(re.sub(r"[A-Za-z]+", " ", text)).count(_FOREIGN)
    if foreign > _UNREADABLE_SHARE * len(text):
        raise NoVoice(f"the voice {voice.name} cannot read this text")


def _record(engine: Espeak, text: str, path: Path) -> float:
    # Heavy, and not needed for phonemes.
    import numpy as np

    from channels._speech.loudness import RATE, levelled, resampled

    samples = np.frombuffer(engine.synthesise(text), "<i2").astype(np.float32) / 32768
    if not len(samples):
        raise Refusal("the speech engine returned no sound")
    sound = levelled(resampled(samples, engine.sample_rate))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(np.round(sound * 32767).astype("<i2").tobytes())
    return round(len(sound) / RATE, 3)


if __name__ == "__main__":
    main()
