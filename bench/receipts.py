"""Callbacks taken in: how many a second, and what the ledger's part of each costs.

``python bench/receipts.py [--messages N] [--rounds R] [--json]``

Messages are sent through the engine; then another process posts a signed callback of Twilio's
for each, over fifty connections. The server reads it, proves the signature and answers when
what it says is committed. Bare: the same server and channel, which write nothing down.
"""

import asyncio
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlencode

import scene
import uvloop
from aiohttp import web
from fanout import engine_loop
from far_end import HTTP, far_end
from measure import Outcome, Result, Timed, asked, median_ratio, show
from people import write_people
from twilio.request_validator import RequestValidator

from warnbroker.api.receipts import ReceiptResource
from warnbroker.app.engine import engine_of
from warnbroker.app.interpreter import settle
from warnbroker.app.parts import Parts
from warnbroker.model.receipt import Evidence
from warnbroker.model.record import AlertRecord

AT_ONCE = 50
CALLER = Path(__file__).with_name("caller.py")
GOAL = 100.0


class Nowhere:
    """Takes evidence and forgets it."""

    async def record(self, evidence: Sequence[Evidence]) -> None:
        """Forget."""


async def sent(parts: Parts, messages: int, number: int) -> AlertRecord:
    """Send an alert to everybody."""
    record = await scene.accept(parts, scene.alert(f"receipts-{number}"))
    engine = engine_of(parts, ["sms"], lambda _channel: asyncio.sleep(0, True))
    await engine.planner.plan(record.id)
    await engine_loop(engine.lanes[0], messages)
    return record


async def write_requests(parts: Parts, record: AlertRecord, path: Path) -> None:
    """Write a callback for each message, signed."""
    sign, after = RequestValidator("x").compute_signature, 0
    with path.open("wb") as file:
        while page := await parts.store.deliveries.page(
            record.id, channel="sms", state="", after=after, limit=1000
        ):
            for history in page:
                target = f"/receipts/twilio/sms/{history.key(1).path}"
                form = {"MessageSid": history.receipts[0][1].provider_ref,
                        "MessageStatus": "delivered", "ErrorCode": ""}  # fmt: skip
                body = urlencode(form).encode()
                head = (
                    f"POST {target} HTTP/1.1\r\nHost: bench\r\nContent-Length: {len(body)}\r\n"
                    "Content-Type: application/x-www-form-urlencoded\r\n"
                    f"X-Twilio-Signature: {sign(parts.url + target, form)}\r\n\r\n"
                )
                request = head.encode() + body
                file.write(len(request).to_bytes(4) + request)
            after = page[-1].id


async def call_back(parts: Parts, sink, path: Path) -> Timed:
    """Let the caller post everything to a server over a sink."""
    resource = ReceiptResource(parts.channels, sink, parts.hearing, parts.url)
    application = web.Application()
    application.add_routes(resource.routes())
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=256)
    await site.start()
    words = [str(CALLER), str(runner.addresses[0][1]), str(path), str(AT_ONCE)]
    words.append(str(max(os.sched_getaffinity(0))))
    settle()
    with Timed() as timed:
        caller = await asyncio.create_subprocess_exec(
            sys.executable, *words, stdout=asyncio.subprocess.PIPE
        )
        out, _ = await caller.communicate()
    seconds, refused = out.split()
    assert not int(refused), "a callback was refused"
    timed.wall = float(seconds)
    await runner.cleanup()
    return timed


async def measure(folder: Path, port: int, messages: int, rounds: int) -> dict[str, list[Timed]]:
    """Let both take turns; the first turn does not count."""
    settings = scene.settings_for(folder, {"sms": scene.twilio(port)})
    taken: dict[str, list[Timed]] = {"bare": [], "ledger": []}
    async with scene.broker(settings) as parts:
        await write_people(parts.store, messages)
        for number in range(rounds + 1):
            record = await sent(parts, messages, number)
            path = folder / "requests"
            await write_requests(parts, record, path)
            for name, sink in (("bare", Nowhere()), ("ledger", parts.recorder)):
                timed = await call_back(parts, sink, path)
                if number:
                    taken[name].append(timed)
            counts = await parts.store.deliveries.counts(record.id)
            assert counts == {"sms": {"DELIVERED": messages}}, counts
    return taken


def outcome(taken: dict[str, list[Timed]], messages: int) -> Outcome:
    """Return what is to be shown."""
    cost = {
        name: statistics.median(timed.cpu for timed in each) / messages * 1e6
        for name, each in taken.items()
    }
    rates = {name: messages / statistics.median(t.wall for t in each)
             for name, each in taken.items()}  # fmt: skip
    note = ", ".join(f"{name} {rate:,.0f}/s" for name, rate in rates.items())
    return Outcome(
        "Callbacks taken in",
        [
            Result("the ledger's part of one, processor time", cost["ledger"] - cost["bare"],
                   GOAL, "µs", at_most=True, note=note),
            Result("the whole of one", cost["ledger"], unit="µs", at_most=True),
            Result("to a server that writes nothing", median_ratio(*taken.values(), "wall")),
        ],
        {"per_second": {name: round(rate) for name, rate in rates.items()}},
    )  # fmt: skip


def main() -> None:
    wish = asked(__doc__, messages=5000, rounds=3).parse_args()
    with far_end(HTTP) as sink, tempfile.TemporaryDirectory() as place:
        taken = uvloop.run(measure(Path(place), sink.port, wish.messages, wish.rounds))
    show([outcome(taken, wish.messages)], as_json=wish.json)


if __name__ == "__main__":
    main()
