"""Speech for the channels: a text read aloud into a sound file."""

from channels._speech.speech import (
    NoVoiceError,
    Reading,
    Speech,
    SpeechError,
    engine_fault,
    read,
    synthesise,
)
from channels._speech.voices import characters_in, voice_for

__all__ = [
    "NoVoiceError",
    "Reading",
    "Speech",
    "SpeechError",
    "characters_in",
    "engine_fault",
    "read",
    "synthesise",
    "voice_for",
]
