"""A server that says, byte for byte, what a test wants it to say."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from yarl import URL

from channels._client import HttpClient

Script = Callable[["Far", asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Far:
    """What came over each connection, a request an entry."""

    port: int = 0
    connections: list[list[bytes]] = field(default_factory=list)

    @property
    def url(self) -> URL:
        return URL(f"http://127.0.0.1:{self.port}/messages?x=1")


async def request_of(reader: asyncio.StreamReader) -> bytes:
    """Read one request, its body included."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (int(line[15:]) for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"),
        0,
    )
    return head + await reader.readexactly(length)


@pytest.fixture
async def far() -> AsyncIterator[Callable[..., Awaitable[Far]]]:
    """Start a server: what it answers to each request of a connection, or a script of its own."""
    servers = []

    async def start(*answers: bytes, script: Script | None = None) -> Far:
        found = Far()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked: list[bytes] = []
            found.connections.append(asked)
            try:
                if script:
                    await script(found, reader, writer)
                    return
                for answer in answers:
                    asked.append(await request_of(reader))
                    writer.write(answer)
                    await writer.drain()
                await reader.read()
            except (OSError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        servers.append(server)
        found.port = server.sockets[0].getsockname()[1]
        return found

    yield start
    for server in servers:
        server.close()


@pytest.fixture
async def client() -> AsyncIterator[HttpClient]:
    made = HttpClient(connect=0.5, read=0.3)
    yield made
    await made.close()
