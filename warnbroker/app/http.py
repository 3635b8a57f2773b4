"""The listening socket, the server on it, and the pool of connections going out."""

import errno
import os
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web

from warnbroker.api.access import GATE, Gate
from warnbroker.api.problem import problems
from warnbroker.errors import ConfigError
from warnbroker.settings import Settings

IDLE_SECONDS = 75
"""How long a connection may idle between requests."""


def listen(settings: Settings) -> socket.socket:
    """Take the configured port.

    Raises:
        ConfigError: it cannot be had.
    """
    host, port = settings.server.host, settings.server.port
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        number = error.errno or 0
        reason = os.strerror(number) if number > 0 else error.strerror or str(error)
        what = "port" if number in {errno.EADDRINUSE, errno.EACCES} else "host"
        raise ConfigError(
            f"server.{what}: cannot listen on {host}:{port}: {reason}; choose another {what}"
        ) from error
    except (ValueError, OverflowError) as error:
        raise ConfigError(f"server.host: {host!r} is no address; choose another host") from error


def public_url(settings: Settings, listener: socket.socket) -> str:
    """Return the address that others know the broker by."""
    host, port = listener.getsockname()[:2]
    # Listening everywhere is no address; the machine's name is the best guess there is.
    host = socket.gethostname() if host in {"0.0.0.0", "::"} else host  # noqa: S104
    shown = f"[{host}]" if ":" in host else host
    return settings.server.public_url.rstrip("/") or f"http://{shown}:{port}"


@asynccontextmanager
async def serving(
    routes: Sequence[web.RouteDef], settings: Settings, listener: socket.socket, gate: Gate
) -> AsyncIterator[None]:
    """Answer requests for as long as the context is open."""
    application = web.Application(middlewares=[problems], client_max_size=settings.server.max_body)
    application[GATE] = gate
    application.add_routes(routes)
    runner = web.AppRunner(
        application, access_log=None, shutdown_timeout=5, keepalive_timeout=IDLE_SECONDS
    )
    await runner.setup()
    await web.SockSite(runner, listener).start()
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def outgoing() -> AsyncIterator[aiohttp.ClientSession]:
    """Open the session that all channels share."""
    # Each channel bounds its own sends; the pool must not be a second, hidden bound.
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=30)
    async with aiohttp.ClientSession(connector=connector) as session:
        yield session
