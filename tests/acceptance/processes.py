"""Commands that run until they are told to stop, each as a process of its own."""

import os
import signal
import subprocess
import sys
from pathlib import Path


class Process:
    """A command; ``stream`` is where it says that it is ready."""

    def __init__(self, *argv: object, stream: str = "stderr") -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "warnbroker", *map(str, argv)],
            text=True, env={"PATH": os.environ["PATH"], "HOME": str(Path.home())},
            **{stream: subprocess.PIPE},
        )  # fmt: skip
        self._stream = getattr(self._process, stream)
        self.said = ""

    def line(self, word: str) -> str:
        """Return the next line that holds a word."""
        for line in self._stream:
            self.said += line
            if word in line:
                return line
        raise AssertionError(f"it ended with {self._process.wait()}: {self.said}")

    @property
    def status(self) -> int | None:
        return self._process.returncode

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.send_signal(signal.SIGTERM)
        self.said += self._stream.read()
        self._process.communicate(timeout=30)
