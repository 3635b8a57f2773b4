"""Recordings: each text is read aloud once, and kept for the next station or the next start."""

import hashlib
import time
import wave
from contextlib import suppress
from pathlib import Path

from channels._speech import SpeechError, engine_fault, read, synthesise, voice_for
from channels.broadcast.programme import Track

_KEPT_SECONDS = 7 * 86_400
# Part of every recording's name: raise it when the same text is to sound different.
_EDITION = 1


class Studio:
    """Makes recordings in a folder of its own."""

    def __init__(self, folder: Path, timeout: float) -> None:
        self._folder = folder
        self._timeout = timeout

    def tidy(self) -> None:
        """Remove old recordings; they are made again where they are needed.

        Raises:
            OSError: the folder cannot be made.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        for path in self._folder.iterdir():
            with suppress(OSError):
                if path.stat().st_mtime < time.time() - _KEPT_SECONDS:
                    path.unlink()

    async def record(self, text: str, language: str) -> Track:
        """Return the text read aloud, or why it could not be; never raises for want of a voice."""
        voice = voice_for(language).name
        digest = hashlib.sha256(f"{_EDITION}\n{language}\n{text}".encode()).hexdigest()
        path = self._folder / f"{voice}-{digest}.wav"
        if kept := _duration(path):
            return Track(path, voice, kept)
        try:
            speech = await synthesise(text, language, path, timeout=self._timeout)
        except SpeechError as error:
            return Track(missing=str(error))
        except OSError as error:
            return Track(missing=f"the sound could not be written: {error.strerror}")
        return Track(path, speech.voice, speech.duration_s)

    async def fault(self, language: str) -> str:
        """Return why a language cannot be spoken, or nothing."""
        if fault := engine_fault():
            return fault
        try:
            await read("1", language, timeout=self._timeout)
        except SpeechError as error:
            return f"no voice for {language}: {error}"
        return ""


def _duration(path: Path) -> float:
    """Return the length of a recording that is there, in seconds, else 0."""
    try:
        with wave.open(str(path), "rb") as file:
            return round(file.getnframes() / file.getframerate(), 3)
    except (OSError, EOFError, wave.Error):
        return 0.0
