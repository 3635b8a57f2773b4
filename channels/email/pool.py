"""Persistent sessions with the relay: kept open between messages, replaced when worn or lost."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from channels.email.session import Envelope, GoneError, Outcome, Session


@dataclass(frozen=True, slots=True)
class Limits:
    """How many sessions at once, messages on each, and seconds that one may lie idle."""

    sessions: int
    uses: int
    idle: float


class Pool:
    """Lends sessions, one message at a time each."""

    def __init__(self, dial: Callable[[], Awaitable[Session]], limits: Limits) -> None:
        self._dial = dial
        self._limits = limits
        self._slots = asyncio.Semaphore(limits.sessions)
        # The last used last, so that a quiet pool shrinks from the front.
        self._idle: list[tuple[float, Session]] = []
        self._ending: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    async def deliver(self, envelope: Envelope, content: bytes) -> Sequence[Outcome]:
        """Send one mail over a session; see ``Session.deliver`` and ``Dialer.dial``."""
        async with self._slots:
            session = self._take()
            if session is not None:
                try:
                    return await self._use(session, envelope, content)
                except GoneError:
                    # The relay had ended the idle session. It has not even heard of this message.
                    pass
            return await self._use(await self._dial(), envelope, content)

    async def close(self) -> None:
        """End all sessions; one in use is dropped after its message."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        while self._idle:
            self._retire(self._idle.pop()[1])
        await asyncio.gather(*self._ending)

    async def _use(self, session: Session, envelope: Envelope, content: bytes) -> Sequence[Outcome]:
        try:
            return await session.deliver(envelope, content)
        finally:
            self._release(session)

    def _take(self) -> Session | None:
        while self._idle:
            _, session = self._idle.pop()
            if session.usable:
                return session
            session.abort()
        return None

    def _release(self, session: Session) -> None:
        if self._closed or not session.usable:
            session.abort()
        elif session.uses >= self._limits.uses:
            self._retire(session)
        else:
            loop = asyncio.get_running_loop()
            self._idle.append((loop.time(), session))
            if self._timer is None:
                self._timer = loop.call_later(self._limits.idle, self._end_idle)

    def _end_idle(self) -> None:
        loop = asyncio.get_running_loop()
        oldest = loop.time() - self._limits.idle
        while self._idle and self._idle[0][0] <= oldest:
            self._retire(self._idle.pop(0)[1])
        self._timer = None
        if self._idle:
            self._timer = loop.call_at(self._idle[0][0] + self._limits.idle, self._end_idle)

    def _retire(self, session: Session) -> None:
        task = asyncio.get_running_loop().create_task(session.quit())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)
