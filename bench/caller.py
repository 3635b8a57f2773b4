"""A provider that calls back: posts prepared requests over a few connections.

``python bench/caller.py PORT FILE AT_ONCE [CPU]``

FILE holds whole requests, each after its length in four bytes. It prints the seconds taken,
and how many answers were other than 204.
"""

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import uvloop


async def work(port: int, requests: Iterator[bytes]) -> int:
    """Send one request after the other; return how many were refused."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    refused = 0
    for request in requests:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 204"):
            refused += 1
            break
    writer.close()
    return refused


def requests_in(path: Path) -> Iterator[bytes]:
    """Yield the requests of a file."""
    content, at = path.read_bytes(), 0
    while at < len(content):
        size = int.from_bytes(content[at : at + 4])
        yield content[at + 4 : at + 4 + size]
        at += 4 + size


async def main(port: int, path: Path, at_once: int) -> None:
    requests = iter(list(requests_in(path)))
    began = time.perf_counter()
    refused = await asyncio.gather(*(work(port, requests) for _ in range(at_once)))
    print(time.perf_counter() - began, sum(refused), flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 4 and len(os.sched_getaffinity(0)) > 1:
        os.sched_setaffinity(0, {int(sys.argv[4])})
    uvloop.run(main(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])))
