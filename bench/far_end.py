"""The far end of a bench: a process of its own that takes messages and counts them."""

import argparse
import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import uvloop

Take = Callable[[], int]
Factory = Callable[[], asyncio.Protocol]

HTTP, SMTP = "sink.py", "smtp_sink.py"


@dataclass(frozen=True)
class FarEnd:
    """One that runs; ``port`` is where it listens on 127.0.0.1."""

    process: subprocess.Popen[str]
    port: int

    @property
    def taken(self) -> int:
        """Return how many messages it has taken so far."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def far_end(program: str, delay: float = 0.0) -> Iterator[FarEnd]:
    """Run a sink for as long as the context is open, on the last core where there are several."""
    words = [sys.executable, str(Path(__file__).parent / program), "--delay", str(delay)]
    words += ["--cpu", str(max(os.sched_getaffinity(0)))]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield FarEnd(process, int(process.stdout.readline()))
        finally:
            process.terminate()


def serve_far_end(what: str, protocol: Callable[[Take, float], Factory]) -> None:
    """Take messages until terminated."""
    parser = argparse.ArgumentParser(description=what.partition("\n")[0])
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--cpu", type=int)
    wish = parser.parse_args()
    if wish.cpu is not None and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {wish.cpu})
    uvloop.run(_serve(protocol, wish.delay))


async def _serve(protocol: Callable[[Take, float], Factory], delay: float) -> None:
    loop, numbers = asyncio.get_running_loop(), count()
    taken = 0

    def take() -> int:
        nonlocal taken
        taken = next(numbers)
        return taken

    def tell() -> None:
        if not sys.stdin.readline():
            loop.stop()
        print(taken, flush=True)

    next(numbers)
    server = await loop.create_server(protocol(take, delay), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    loop.add_reader(sys.stdin.fileno(), tell)
    await server.serve_forever()
