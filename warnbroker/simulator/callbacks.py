"""The requests that the simulated provider makes itself: signed callbacks, bounded and owned."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs, quote_plus, urldefrag

from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    TCPConnector,
)
from twilio.request_validator import RequestValidator
from yarl import URL

from warnbroker.contracts import Clock
from warnbroker.simulator.chance import chance
from warnbroker.simulator.faults import CallbackRule, LateCallback
from warnbroker.simulator.journal import Journal, Kind
from warnbroker.simulator.records import Record

_TIMEOUT = ClientTimeout(total=None, sock_connect=5, sock_read=15)
"""Twilio's own limits (docs, "Webhooks: connection overrides")."""
_FIRST_PAUSE = 0.2
"""Seconds before a failed callback is posted again, doubled each time."""
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Pace:
    """How long each step of a message or call takes: between two bounds, in seconds."""

    seed: int
    bounds: tuple[float, float]
    clock: Clock

    async def wait(self, record: Record, step: str) -> None:
        """Return when the step is due."""
        shortest, longest = self.bounds
        point = chance(self.seed, "pace", step, record.to, record.nth)
        await self.clock.sleep(shortest + point * (longest - shortest))


_Outcome = tuple[int | str, str]


@dataclass(frozen=True, slots=True)
class _Request:
    """A signed form ready to be posted, and how often and when to repeat it."""

    address: str
    headers: Mapping[str, str]
    body: bytes
    note: Mapping[str, str]
    retries: int
    policy: frozenset[str]

    def is_due_again(self, outcome: int | str) -> bool:
        """Say whether the policy (ct, rt, 4xx, 5xx, all) has an outcome tried again."""
        kind = f"{outcome // 100}xx" if isinstance(outcome, int) else outcome
        known = kind in {"ct", "rt", "4xx", "5xx"}
        return self.retries > 0 and known and bool(self.policy & {kind, "all"})


class Courier:
    """Posts callbacks, at most ``limit`` at once, and owns every task that leads to one.

    It is made inside the running loop.
    """

    def __init__(self, auth_token: str, journal: Journal, clock: Clock, *, limit: int = 32) -> None:
        self._clock = clock
        self._validator = RequestValidator(auth_token)
        self._journal = journal
        self._places = asyncio.Semaphore(limit)
        self._tasks: set[asyncio.Task[object]] = set()
        self._session = ClientSession(
            connector=TCPConnector(limit=0),
            cookie_jar=DummyCookieJar(),
            timeout=_TIMEOUT,
            skip_auto_headers=("Accept", "Accept-Encoding", "User-Agent"),
        )

    async def close(self) -> None:
        """Cancel what is under way and close the connections."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._session.close()

    async def settle(self) -> None:
        """Return when nothing is under way any more."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def spawn(self, work: Coroutine[Any, Any, object]) -> None:
        """Run work in the background, until it ends or the courier is closed."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def post(
        self, url: str, fields: Mapping[str, str], *, sid: str, fault: str = ""
    ) -> str | None:
        """Post a signed form; return the answer's text, or None where it is not 2xx.

        A failed connection is tried once more, as Twilio does, or as the address asks
        in its fragment (``#rc=3&rp=all``), which is neither sent nor signed.
        """
        request = self._request(url, fields, sid=sid, fault=fault)
        outcome, text = await self._once(request)
        if request.is_due_again(outcome):
            outcome, text = await self._repeat(request)
        return text if isinstance(outcome, int) and 200 <= outcome < 300 else None

    async def tell(self, url: str, fields: Mapping[str, str], *, sid: str, fault: str = "") -> None:
        """Post a signed form; repeat it, where that is due, without keeping the caller."""
        request = self._request(url, fields, sid=sid, fault=fault)
        outcome, _ = await self._once(request)
        if request.is_due_again(outcome):
            self.spawn(self._repeat(request))

    async def report(
        self, url: str, body: bytes, headers: Mapping[str, str], note: Mapping[str, str]
    ) -> None:
        """Post a body that its sender has signed; repeat it as Twilio would by ``rc=5&rp=all``."""
        kept = {**note, "url": url, "digits": "", "fault": ""}
        request = _Request(url, headers, body, kept, 5, frozenset({"all"}))
        outcome, _ = await self._once(request)
        if request.is_due_again(outcome):
            self.spawn(self._repeat(request))

    async def sound(self, url: str) -> str:
        """Fetch a sound file; return its media type, or what came in its place."""
        try:
            async with self._session.get(URL(url, encoded=True)) as answer:
                await answer.read()
                return answer.content_type if answer.status == 200 else str(answer.status)
        except (ValueError, ClientError, TimeoutError) as error:
            return type(error).__name__

    async def _repeat(self, request: _Request) -> _Outcome:
        """Post again until it goes well or was repeated often enough; one repeat at least."""
        for attempt in range(request.retries):
            await self._clock.sleep(_FIRST_PAUSE * 2**attempt)
            outcome = await self._once(request)
            if not request.is_due_again(outcome[0]):
                break
        return outcome

    def _request(self, url: str, fields: Mapping[str, str], *, sid: str, fault: str) -> _Request:
        address, fragment = urldefrag(url)
        signed = {**fields, "Forged": "yes"} if fault == "bad_signature" else fields
        signature = self._validator.compute_signature(address, signed)
        headers = {"Content-Type": _FORM, "X-Twilio-Signature": signature}
        note = {
            "sid": sid,
            "url": address,
            "to": fields.get("To", ""),
            "status": fields.get("MessageStatus") or fields.get("CallStatus", ""),
            "digits": fields.get("Digits", ""),
            "fault": fault,
        }
        return _Request(address, headers, _encode(fields), note, *_overrides(fragment))

    async def _once(self, request: _Request) -> _Outcome:
        """Post and journal it; return the status, ``ct`` (no connection) or ``rt`` (no answer)."""
        async with self._places:
            outcome = await self._exchange(request)
        self._journal.write(Kind.CALLBACK, **request.note, answer=outcome[0])
        return outcome

    async def _exchange(self, request: _Request) -> _Outcome:
        try:
            url = URL(request.address, encoded=True)
            async with self._session.post(
                url, data=request.body, headers=request.headers
            ) as answer:
                return answer.status, await answer.text(errors="replace")
        except ValueError:
            return "not an address", ""
        except ClientConnectorError:
            return "ct", ""
        except (ClientError, TimeoutError):
            return "rt", ""


class Reporter:
    """Posts the status callbacks of one message or call, as its fault twists them."""

    def __init__(
        self, courier: Courier, clock: Clock, url: str, sid: str, rule: CallbackRule | None
    ) -> None:
        self._courier = courier
        self._clock = clock
        self._url = url
        self._sid = sid
        self._rule = rule
        self._fault = rule.fault if rule else ""
        self._held: list[Mapping[str, str]] = []
        self._told = asyncio.Event()

    @property
    def comes_first(self) -> bool:
        """Say whether the first callback is to overtake the answer to the request."""
        return self._fault == "before_response" and bool(self._url)

    async def first(self) -> None:
        """Return when the first callback was posted, or none will be."""
        await self._told.wait()

    def release(self) -> None:
        """Let go whoever waits for the first callback."""
        self._told.set()

    async def tell(self, fields: Mapping[str, str]) -> None:
        """Post one status, or hold it, delay it, repeat it or lose it."""
        if not self._url or self._fault == "never":
            return
        if self._fault == "out_of_order":
            self._held.append(fields)
        elif isinstance(self._rule, LateCallback):
            self._courier.spawn(self._later(fields, self._rule.seconds))
        else:
            for _ in range(2 if self._fault == "duplicate" else 1):
                await self._post(fields)
        self._told.set()

    async def finish(self) -> None:
        """Post what was held back, last first."""
        for fields in reversed(self._held):
            await self._post(fields)

    async def _later(self, fields: Mapping[str, str], seconds: float) -> None:
        await self._clock.sleep(seconds)
        await self._post(fields)

    async def _post(self, fields: Mapping[str, str]) -> None:
        await self._courier.tell(self._url, fields, sid=self._sid, fault=self._fault)


def _encode(fields: Mapping[str, str]) -> bytes:
    """Write a form as ``urllib.parse.urlencode`` does, which would be half of a callback's cost."""
    return "&".join(f"{name}={_quote(value)}" for name, value in fields.items()).encode()


@lru_cache(maxsize=4096)
def _quote(value: str) -> str:
    return quote_plus(value)


def _overrides(fragment: str) -> tuple[int, frozenset[str]]:
    """Read the retry count (0 to 5) and policy of an address; Twilio's defaults are 1 and ct."""
    asked = parse_qs(fragment) if fragment else {}
    count = asked.get("rc", ["1"])[0]
    retries = min(int(count), 5) if count.isdecimal() else 1
    return retries, frozenset(asked.get("rp", ["ct"])[0].split(","))
