"""The simulated providers as one thing that starts, serves and stops."""

import asyncio
import errno
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from aiohttp import web

from warnbroker.contracts import Clock
from warnbroker.contracts.clock import SystemClock
from warnbroker.errors import ConfigError, FileError
from warnbroker.simulator.callbacks import Courier, Pace
from warnbroker.simulator.calls import Calls, Habits
from warnbroker.simulator.faults import FaultScript
from warnbroker.simulator.gateway import PlainGateway
from warnbroker.simulator.journal import Journal
from warnbroker.simulator.messages import Messages
from warnbroker.simulator.phone import Phone
from warnbroker.simulator.relay import Relay, Sample
from warnbroker.simulator.smtp import MailServer
from warnbroker.simulator.twilio import Account, Far, Twilio

Bound = TypeVar("Bound")


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """How to run the simulated providers.

    A port of 0 takes any free one. ``journal`` is a file, or None to keep the journal in
    memory; ``mail_directory`` gets the first ``mail_sample`` mails whole, as ``.eml``.
    ``press_rate`` and ``machine_rate`` are shares of the answered calls, ``keys`` what those
    who press do press, one each time that they are asked;
    ``callback_delay`` bounds the time between two steps of a message or call, in seconds.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int = 0
    smtp_port: int = 0
    seed: int = 0
    faults: FaultScript = field(default_factory=FaultScript.none)
    journal: Path | None = None
    mail_directory: Path | None = None
    mail_sample: int = 20
    press_rate: float = 0.6
    machine_rate: float = 0.05
    keys: str = "1"
    callback_delay: tuple[float, float] = (0.05, 0.5)


class Simulator:
    """All far ends, on the caller's own event loop: providers of texts and calls, a mail relay."""

    def __init__(self, settings: SimulatorSettings, clock: Clock | None = None) -> None:
        self._settings = settings
        self._clock = clock or SystemClock()
        self._journal: Journal | None = None
        self._port = 0
        self._smtp_port = 0
        self._courier: Courier | None = None
        self._open = AsyncExitStack()

    @property
    def http_url(self) -> str:
        """Return the API's root: what Twilio's SDK takes as ``client.api.base_url``."""
        return f"http://{self._settings.host}:{self._port}"

    @property
    def smtp_port(self) -> int:
        """Return the port of the mail relay."""
        return self._smtp_port

    @property
    def journal(self) -> Journal:
        """Return the journal; only once started."""
        if self._journal is None:
            raise RuntimeError("the simulator was not started")
        return self._journal

    async def start(self) -> None:
        """Listen on both ports.

        Raises:
            ConfigError: a port is in use, or a file or folder cannot be written.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def settle(self) -> None:
        """Return when every accepted message and call has come to its end, callbacks included."""
        if self._courier is not None:
            await self._courier.settle()

    async def stop(self) -> None:
        """Drop what is under way, close everything; harmless when not started."""
        await self._open.aclose()

    async def _start(self) -> None:
        settings = self._settings
        self._journal = Journal(settings.journal)
        self._open.callback(self._journal.close)
        relay = Relay(settings.seed, settings.faults, self._journal, _sample(settings))
        mail_server = MailServer(relay)
        self._open.push_async_callback(mail_server.close)
        listening = mail_server.open(settings.host, settings.smtp_port)
        self._smtp_port = await _bound(settings.smtp_port, listening)
        runner = web.AppRunner(await self._application(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        self._open.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, settings.host, settings.port, backlog=1024)
        await _bound(settings.port, site.start())
        self._port = runner.addresses[0][1]

    async def _application(self) -> web.Application:
        settings = self._settings
        courier = Courier(settings.auth_token, self.journal, self._clock)
        self._open.push_async_callback(courier.close)
        self._courier = courier
        pace = Pace(settings.seed, settings.callback_delay, self._clock)
        habits = Habits(settings.press_rate, settings.machine_rate, settings.keys)
        sid = settings.account_sid
        far = Far(settings.seed, settings.faults, self.journal, courier, self._clock)
        provider = Twilio(
            Account(sid, settings.auth_token),
            far,
            Messages(sid, pace),
            Calls(sid, pace, habits, Phone(sid, courier, self.journal)),
        )
        application = web.Application()
        application.add_routes(provider.routes())
        application.add_routes(PlainGateway(settings.auth_token, far, pace).routes())
        return application


async def run(
    settings: SimulatorSettings, started: Callable[[Simulator], None] | None = None
) -> None:
    """Serve until cancelled; ``started`` is called once, when both ports listen.

    Raises:
        ConfigError: as ``Simulator.start``.
    """
    simulator = Simulator(settings)
    await simulator.start()
    try:
        if started is not None:
            started(simulator)
        await asyncio.Event().wait()
    finally:
        await simulator.stop()


async def _bound(port: int, work: Awaitable[Bound]) -> Bound:
    try:
        return await work
    except OSError as error:
        in_use = error.errno == errno.EADDRINUSE
        why = "is in use" if in_use else f"cannot be used: {error.strerror}"
        raise ConfigError(f"port {port} {why}; choose another one for the simulator") from error


def _sample(settings: SimulatorSettings) -> Sample | None:
    directory = settings.mail_directory
    if directory is None:
        return None
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"{directory}: cannot be made: {error.strerror}") from error
    return Sample(directory, settings.mail_sample)
