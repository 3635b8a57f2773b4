"""One bind: requests and their answers by number, keep-alive, and what a loss leaves open."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from channels.sms.smpp.incoming import (
    DELIVER_SM,
    ENQUIRE_LINK,
    HEADER,
    LONGEST,
    UNBIND,
    MalformedError,
    Pdu,
)
from warnbroker.errors import TemporarySendError, UnknownOutcome
from warnbroker.model.receipt import Reason

SUBMIT_SM = 0x00000004
_RESPONSE = 0x80000000
_LAST_NUMBER = 0x7FFFFFFF
_AT_ONCE = 500
_GOODBYE = 2.0
_LATE_KEPT = 10_000
ESME_RINVCMDID, ESME_RX_T_APPN = 0x00000003, 0x00000064

Delivery = Callable[[bytes], Awaitable[int]]
"""Takes the body of a ``deliver_sm``; returns the status to answer once it is kept."""

Late = Callable[[Pdu], None]
"""Takes an answer that comes when nobody waits for it any more."""


@dataclass(frozen=True, slots=True)
class Link:
    """Seconds and numbers of one bind."""

    window: int
    enquire_link: float
    answer: float
    free: float


class Session:
    """A bind over an open connection, until it is lost."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        link: Link,
        delivered: Delivery,
    ) -> None:
        self._reader, self._writer, self._link, self._delivered = reader, writer, link, delivered
        self._free = asyncio.Semaphore(link.window)
        self._waiting: dict[int, asyncio.Future[Pdu]] = {}
        self._late: OrderedDict[int, Late] = OrderedDict()
        self._number = 0
        self._heard = asyncio.Event()
        self._taking: set[asyncio.Task[None]] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self.lost = asyncio.Event()

    @property
    def busy(self) -> int:
        """Return how many requests have no answer yet."""
        return len(self._waiting)

    def start(self) -> None:
        """Begin to read, and to ask whether the other side is there."""
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._keep())]

    async def request(self, command: int, body: bytes = b"", late: Late | None = None) -> Pdu:
        """Return the answer to a request; one that comes too late goes to ``late``.

        Raises:
            TemporarySendError: it was not written.
            UnknownOutcome: it was, and there is no answer.
        """
        try:
            async with asyncio.timeout(self._link.free):
                await self._free.acquire()
        except TimeoutError:
            raise TemporarySendError(Reason.PROVIDER_BUSY, "the window stayed full") from None
        try:
            if self.lost.is_set():
                raise TemporarySendError(Reason.CONNECT, "the session was lost")
            return await self._answered(command, body, late)
        finally:
            self._free.release()

    async def _answered(self, command: int, body: bytes, late: Late | None) -> Pdu:
        number = self._next()
        answer: asyncio.Future[Pdu] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            self._write(command, number, body)
            async with asyncio.timeout(self._link.answer):
                return await answer
        except TimeoutError:
            if late:
                self._await_late(number, late)
            raise UnknownOutcome(Reason.TIMEOUT, "the centre did not answer") from None
        finally:
            self._waiting.pop(number, None)

    def _await_late(self, number: int, late: Late) -> None:
        self._late[number] = late
        while len(self._late) > _LATE_KEPT:
            self._late.popitem(last=False)

    def _next(self) -> int:
        self._number = self._number % _LAST_NUMBER + 1
        return self._number

    def _write(self, command: int, number: int, body: bytes = b"", status: int = 0) -> None:
        if self.lost.is_set():
            return
        self._writer.write(HEADER.pack(HEADER.size + len(body), command, status, number) + body)

    async def _read(self) -> None:
        try:
            while True:
                pdu = await read_pdu(self._reader)
                self._heard.set()
                self._take(pdu)
        except (OSError, EOFError, MalformedError):
            pass
        finally:
            self._lose()

    def _take(self, pdu: Pdu) -> None:
        if pdu.is_response:
            self._take_answer(pdu)
        elif pdu.command == DELIVER_SM:
            if len(self._taking) >= _AT_ONCE:
                # Who sends faster than we can keep sends it again later.
                self._write(pdu.command | _RESPONSE, pdu.sequence, b"\0", ESME_RX_T_APPN)
                return
            task = asyncio.create_task(self._deliver(pdu))
            self._taking.add(task)
            task.add_done_callback(self._taking.discard)
        elif pdu.command in {ENQUIRE_LINK, UNBIND}:
            self._write(pdu.command | _RESPONSE, pdu.sequence)
            if pdu.command == UNBIND:
                raise EOFError
        else:
            self._write(_RESPONSE, pdu.sequence, status=ESME_RINVCMDID)

    def _take_answer(self, pdu: Pdu) -> None:
        answer = self._waiting.get(pdu.sequence)
        if answer and not answer.done():
            answer.set_result(pdu)
        elif late := self._late.pop(pdu.sequence, None):
            late(pdu)

    async def _deliver(self, pdu: Pdu) -> None:
        status = await self._delivered(pdu.body)
        # An empty message_id, as the answer's form wants it.
        self._write(DELIVER_SM | _RESPONSE, pdu.sequence, b"\0", status)

    async def _keep(self) -> None:
        while await self._hears(self._link.enquire_link) or await self._is_there():
            self._heard.clear()
        self._lose()

    async def _is_there(self) -> bool:
        self._write(ENQUIRE_LINK, self._next())
        return await self._hears(self._link.answer)

    async def _hears(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                return await self._heard.wait()
        except TimeoutError:
            return False

    def _lose(self) -> None:
        self.lost.set()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(UnknownOutcome(Reason.RESET, "the session was lost"))
        self._writer.close()

    async def close(self) -> None:
        """Finish what was taken, say goodbye, and end."""
        if self._taking:
            await asyncio.wait(self._taking, timeout=_GOODBYE)
        if not self.lost.is_set():
            with suppress(TemporarySendError, UnknownOutcome, TimeoutError):
                async with asyncio.timeout(_GOODBYE):
                    await self.request(UNBIND)
        self._lose()
        for task in (*self._tasks, *self._taking):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._taking, return_exceptions=True)
        with suppress(OSError):
            await self._writer.wait_closed()


async def read_pdu(reader: asyncio.StreamReader) -> Pdu:
    """Return the next PDU.

    Raises:
        EOFError: the connection ended.
        MalformedError: it is none.
    """
    head = await reader.readexactly(HEADER.size)
    length, command, status, sequence = HEADER.unpack(head)
    if not HEADER.size <= length <= LONGEST:
        raise MalformedError(f"a PDU may have up to {LONGEST} octets")
    return Pdu(command, status, sequence, await reader.readexactly(length - HEADER.size))
