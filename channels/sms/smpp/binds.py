"""The binds at a centre: held, and taken up again when they are lost."""

import asyncio
import random
import ssl
from dataclasses import dataclass

from channels._codes import Table
from channels.sms.settings import SmppAccount
from channels.sms.smpp.incoming import MalformedError, Pdu
from channels.sms.smpp.session import Delivery, Link, Session, read_pdu
from warnbroker.errors import SendError, TemporarySendError
from warnbroker.log import log
from warnbroker.model.event import Event
from warnbroker.model.receipt import Reason

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_FAULTS = (OSError, EOFError, TimeoutError, MalformedError)


def named(status: int) -> str:
    """Return the name of a status, or its number where it is the centre's own."""
    from aiosmpplib import SmppCommandStatus

    known = status in SmppCommandStatus._value2member_map_
    return SmppCommandStatus(status).name if known else str(status)


def refusal(statuses: Table, status: int) -> SendError:
    """Return the error for a request that a centre answered with a status."""
    name = named(status)
    return statuses.of(name, str(status)).error(f"the centre answered {name}", name)


@dataclass(frozen=True, slots=True)
class _Bind:
    system_id: str
    password: str
    system_type: str

    def pdu(self) -> bytes:
        from aiosmpplib import BindTransceiver

        bind = BindTransceiver(
            sequence_num=1,
            system_id=self.system_id,
            password=self.password,
            system_type=self.system_type,
        )
        return bytes(bind.pdu())


class Binds:
    """Holds as many binds as are set, and gives the least busy one."""

    def __init__(
        self, name: str, settings: SmppAccount, statuses: Table, delivered: Delivery
    ) -> None:
        self._name, self._settings, self._statuses = name, settings, statuses
        self._delivered = delivered
        self._link = Link(
            settings.window, settings.enquire_link, settings.read_timeout, settings.connect_timeout
        )
        self._sessions: list[Session] = []
        self._changed = asyncio.Condition()
        self._tasks: list[asyncio.Task[None]] = []
        self.fault: SendError | None = None

    def open(self) -> None:
        """Begin to bind; whether it succeeds is seen when something is sent."""
        self._tasks = [asyncio.create_task(self._hold()) for _number in range(self._settings.binds)]

    async def close(self) -> None:
        """Give up all binds."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def session(self) -> Session:
        """Return the least busy session.

        Raises:
            TemporarySendError: there is none, and none came in time.
        """
        if not self._sessions and not isinstance(self.fault, TemporarySendError):
            await self._wait()
        if not self._sessions:
            fault = self.fault or TemporarySendError(Reason.CONNECT, "there is no bind")
            raise TemporarySendError(
                fault.reason, "there is no bind", code=fault.code,
                retry_after=getattr(fault, "retry_after", 0.0),
            )  # fmt: skip
        return min(self._sessions, key=lambda session: session.busy)

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._settings.connect_timeout), self._changed:
                await self._changed.wait_for(lambda: bool(self._sessions or self.fault))
        except TimeoutError:
            return

    async def _hold(self) -> None:
        pause = _FIRST_PAUSE
        while True:
            try:
                session = await self._bound()
            except SendError as error:
                await self._note(error)
                # Full jitter: many processes must not come back at one moment.
                await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311
                pause = min(pause * 2, _LONGEST_PAUSE)
                continue
            pause = _FIRST_PAUSE
            try:
                await self._serve(session)
            finally:
                await session.close()

    async def _serve(self, session: Session) -> None:
        async with self._changed:
            self.fault = None
            self._sessions.append(session)
            self._changed.notify_all()
        try:
            await session.lost.wait()
        finally:
            self._sessions.remove(session)

    async def _note(self, error: SendError) -> None:
        async with self._changed:
            if self.fault is None or str(self.fault) != str(error):
                log.warning(Event.CHANNEL_FAULT, channel="sms", fault=f"{self._name}: {error}")
            self.fault = error
            self._changed.notify_all()

    async def _bound(self) -> Session:
        """Connect and bind.

        Raises:
            SendError: it could not.
        """
        settings = self._settings
        try:
            async with asyncio.timeout(settings.connect_timeout):
                reader, writer = await asyncio.open_connection(
                    settings.host,
                    settings.port,
                    ssl=ssl.create_default_context() if settings.tls else None,
                )
        except _FAULTS as error:
            raise TemporarySendError(Reason.CONNECT, type(error).__name__) from None
        try:
            answer = await self._introduced(reader, writer)
        except _FAULTS as error:
            writer.close()
            raise TemporarySendError(Reason.CONNECT, type(error).__name__) from None
        if answer.status:
            writer.close()
            raise refusal(self._statuses, answer.status)
        session = Session(reader, writer, self._link, self._delivered)
        session.start()
        return session

    async def _introduced(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Pdu:
        settings = self._settings
        bind = _Bind(settings.system_id, settings.password.get_secret_value(), settings.system_type)
        async with asyncio.timeout(settings.connect_timeout):
            writer.write(bind.pdu())
            return await read_pdu(reader)
