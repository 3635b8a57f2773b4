"""arq over Redis: a job for each message, posted with aiohttp over one pooled session on uvloop.

Runs in the peers' own environment; see bench/peers.py.
"""

import asyncio
import os
import sys
import time

import aiohttp
import uvloop
from arq import create_pool, func
from arq.connections import RedisSettings
from arq.worker import Worker

TEXT = os.environ["TEXT"]
REDIS = RedisSettings.from_dsn(os.environ["REDIS"])


async def send(context, to: str) -> str:
    form = {"To": to, "From": "+15550000000", "Body": TEXT}
    async with context["session"].post(os.environ["SINK"], data=form) as answer:
        answer.raise_for_status()
        return (await answer.json())["sid"]


async def enqueue(number: int) -> None:
    """Enqueue over several connections at once; print seconds, and of processor time."""
    pool = await create_pool(REDIS)
    waiting = iter(range(number))

    async def work() -> None:
        for n in waiting:
            await pool.enqueue_job("send", f"+1555{n:07d}")

    began, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(work() for _ in range(20)))
    print(time.perf_counter() - began, time.process_time() - cpu)
    await pool.aclose()


async def drain(at_once: int) -> None:
    async def open_session(context) -> None:
        context["session"] = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def close_session(context) -> None:
        await context["session"].close()

    worker = Worker(
        [func(send, keep_result=0)],
        redis_settings=REDIS,
        burst=True,
        max_jobs=at_once,
        queue_read_limit=max(1000, at_once),
        poll_delay=0.01,
        on_startup=open_session,
        on_shutdown=close_session,
        handle_signals=False,
        log_results=False,
    )
    await worker.async_run()


if __name__ == "__main__":
    what, number = sys.argv[1], int(sys.argv[2])
    uvloop.run(enqueue(number) if what == "enqueue" else drain(number))
