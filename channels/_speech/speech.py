"""Ask the speech engine, which runs as a process of its own, to read a text aloud."""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from warnbroker.errors import WarnbrokerError

MAX_TEXT = 6_000
"""Characters that are read at most: half an hour of Chinese."""
TIMEOUT = 60.0
_ENGINE = "espeakng_loader"
_HOME = Path(__file__).resolve().parents[2]


class SpeechError(WarnbrokerError):
    """A text could not be read aloud; the message says why, and holds nothing of the text."""


class NoVoiceError(SpeechError):
    """There is no engine, or none of its voices can read the language."""


@dataclass(frozen=True, slots=True)
class Speech:
    """A recording: its length in seconds and the voice that reads."""

    duration_s: float
    voice: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a voice reads a text: the words, and the engine's phonemes."""

    voice: str
    spoken: str
    phonemes: str


def engine_fault() -> str:
    """Return why nothing can be spoken here, or nothing."""
    if find_spec(_ENGINE) is None:
        return "no speech engine: install warnbroker[speech]"
    return ""


async def synthesise(text: str, language: str, path: Path, *, timeout: float = TIMEOUT) -> Speech:
    """Read a text aloud into a WAV file: 16 bit, mono, 48 kHz, -23 LUFS.

    The file appears whole or not at all. The same text gives the same bytes.

    Raises:
        NoVoiceError: nothing here can read that language.
        SpeechError: the text is empty or too long, or the engine failed or took too long.
    """
    with _appearing_whole(path) as part:
        answer = await _ask("speak", text, language, part, timeout)
    return Speech(float(str(answer["duration_s"])), str(answer["voice"]))


async def read(text: str, language: str, *, timeout: float = TIMEOUT) -> Reading:
    """Return how a text would be read, without making sound.

    Raises:
        NoVoiceError: nothing here can read that language.
        SpeechError: the text is too long, or the engine failed or took too long.
    """
    answer = await _ask("phonemes", text, language, None, timeout)
    return Reading(str(answer["voice"]), str(answer["spoken"]), str(answer["phonemes"]))


@contextmanager
def _appearing_whole(path: Path) -> Iterator[Path]:
    handle, name = tempfile.mkstemp(prefix=path.name, suffix=".part", dir=path.parent.absolute())
    os.close(handle)
    part = Path(name)
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


async def _ask(
    task: str, text: str, language: str, path: Path | None, timeout: float
) -> dict[str, object]:
    if fault := engine_fault():
        raise NoVoiceError(fault)
    if len(text) > MAX_TEXT:
        raise SpeechError(f"the text is too long to be spoken ({len(text)} characters)")
    request = {"task": task, "text": text, "language": language, "path": str(path or "")}
    try:
        async with asyncio.timeout(timeout):
            answer = await _run(json.dumps(request).encode())
    except TimeoutError:
        raise SpeechError(f"the speech engine took more than {timeout:g} s") from None
    except (OSError, ValueError) as error:
        raise SpeechError("the speech engine could not be run") from error
    if refusal := answer.get("error"):
        raise (NoVoiceError if answer.get("no_voice") else SpeechError)(str(refusal))
    return answer


async def _run(request: bytes) -> dict[str, object]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "channels._speech.runner",
        cwd=_HOME,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        output, _ = await process.communicate(request)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode != 0:
        raise SpeechError(f"the speech engine failed (status {process.returncode})")
    answer: dict[str, object] = json.loads(output)
    return answer
