"""What one station gets in one language: crawl, script, and sound where there is a voice."""

import re
from dataclasses import dataclass
from pathlib import Path

_UNFIT = re.compile(r"[^A-Za-z0-9-]")


@dataclass(frozen=True, slots=True)
class Track:
    """A recording, or why there is none."""

    path: Path | None = None
    voice: str = ""
    duration_s: float = 0.0
    missing: str = ""


@dataclass(frozen=True, slots=True)
class Programme:
    """One language of a package; the crawl is cut to the station's length."""

    language: str
    crawl: str
    script: str
    track: Track
    complete: bool = True

    @property
    def crawl_file(self) -> str:
        """Return the file name of the crawl."""
        return f"crawl.{self.tag}.txt"

    @property
    def script_file(self) -> str:
        """Return the file name of the script."""
        return f"script.{self.tag}.txt"

    @property
    def audio_file(self) -> str:
        """Return the file name of the sound, or nothing."""
        return f"audio.{self.tag}.wav" if self.track.path else ""

    @property
    def tag(self) -> str:
        """Return the language as it stands in file names and keys."""
        # A language tag comes from outside; in a file name it must not lead elsewhere.
        return _UNFIT.sub("_", self.language)[:40]
