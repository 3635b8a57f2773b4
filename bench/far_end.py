"""The far end of a bench: a process of its own that takes messages and counts them."""

import argparse
import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

Factory = Callable[[], asyncio.Protocol]

HTTP, SMTP = "sink.py", "smtp_sink.py"


@dataclass
class Seen:
    """What a far end has seen; times are of the clock that all processes share.

    ``marked`` are the times of the messages that hold ``mark``, where there is one.
    """

    mark: bytes = b""
    taken: int = 0
    first: float = 0.0
    last: float = 0.0
    marked: list[float] = field(default_factory=list)

    def take(self, message: bytes) -> int:
        """Number a message."""
        self.last = time.monotonic()
        self.first = self.first or self.last
        self.taken += 1
        if self.mark and self.mark in message:
            self.marked.append(self.last)
        return self.taken


@dataclass(frozen=True)
class FarEnd:
    """One that runs; ``port`` is where it listens on 127.0.0.1."""

    process: subprocess.Popen[str]
    port: int

    @property
    def taken(self) -> int:
        """Return how many messages it has taken so far."""
        return self.look().taken

    def look(self) -> "Look":
        """Return what it has seen; the next first message is the one after this look."""
        taken, first, last = self._ask("").split()
        return Look(int(taken), float(first), float(last))

    def marked(self) -> list[float]:
        """Return when the messages that hold the mark came, since this was last asked."""
        return [float(word) for word in self._ask("marked").split()]

    def _ask(self, word: str) -> str:
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def seconds(
        self, messages: int, first: Callable[[], object] = bool, patience: float = 30.0
    ) -> float:
        """Wait until so many messages more were taken; return seconds from the first to the last.

        ``first`` is called when the first has come.

        Raises:
            TimeoutError: none came for so long.
        """
        seen = self.look().taken
        until, last, began = seen + messages, time.monotonic(), 0.0
        while (look := self.look()).taken < until:
            if look.taken > seen:
                seen, last = look.taken, time.monotonic()
                if not began:
                    began = look.first
                    first()
            if time.monotonic() - last > patience:
                raise TimeoutError(f"{until - look.taken} of {messages} messages never came")
            time.sleep(0.02)
        return look.last - (began or look.first)


@dataclass(frozen=True)
class Look:
    """How many messages were taken, and when the first since the last look and the last came."""

    taken: int
    first: float
    last: float


@contextmanager
def far_end(program: str, delay: float = 0.0, mark: str = "") -> Iterator[FarEnd]:
    """Run a sink for as long as the context is open, on the last core where there are several."""
    words = [sys.executable, str(Path(__file__).parent / program), "--delay", str(delay)]
    words += ["--mark", mark]
    words += ["--cpu", str(max(os.sched_getaffinity(0)))]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield FarEnd(process, int(process.stdout.readline()))
        finally:
            process.terminate()


def serve_far_end(what: str, protocol: Callable[[Seen, float], Factory]) -> None:
    """Take messages until terminated."""
    parser = argparse.ArgumentParser(description=what.partition("\n")[0])
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--cpu", type=int)
    parser.add_argument("--mark", default="")
    wish = parser.parse_args()
    if wish.cpu is not None and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {wish.cpu})
    uvloop.run(_serve(protocol, wish.delay, Seen(wish.mark.encode())))


async def _serve(protocol: Callable[[Seen, float], Factory], delay: float, seen: Seen) -> None:
    loop = asyncio.get_running_loop()

    def tell() -> None:
        match sys.stdin.readline():
            case "":
                loop.stop()
            case "marked\n":
                print(*seen.marked, flush=True)
                seen.marked.clear()
            case _:
                print(seen.taken, seen.first, seen.last, flush=True)
                seen.first = 0.0

    server = await loop.create_server(protocol(seen, delay), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    loop.add_reader(sys.stdin.fileno(), tell)
    await server.serve_forever()
