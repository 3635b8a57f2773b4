"""Celery over Redis: a task for each message, which a worker posts over one session.

Runs in the peers' own environment; see bench/peers.py.
"""

import os
import sys
import time

import requests
from celery import Celery

app = Celery("peer", broker=os.environ["REDIS"])
app.conf.update(
    task_ignore_result=True,
    worker_prefetch_multiplier=16,
    task_acks_late=True,
    broker_pool_limit=None,
    worker_disable_rate_limits=True,
    task_serializer="json",
)
TEXT = os.environ["TEXT"]
session = requests.Session()
session.mount("http://", requests.adapters.HTTPAdapter(pool_connections=1, pool_maxsize=500))


@app.task(name="peer.send")
def send(to: str) -> str:
    form = {"To": to, "From": "+15550000000", "Body": TEXT}
    with session.post(os.environ["SINK"], data=form) as answer:
        answer.raise_for_status()
        return answer.json()["sid"]


def enqueue(number: int) -> None:
    """Enqueue over one connection; print seconds, and of processor time."""
    with app.producer_pool.acquire(block=True) as producer:
        send.apply_async(("+15550000000",), producer=producer)
        began, cpu = time.perf_counter(), time.process_time()
        for n in range(number - 1):
            send.apply_async((f"+1555{n:07d}",), producer=producer)
        print(time.perf_counter() - began, time.process_time() - cpu)


if __name__ == "__main__":
    enqueue(int(sys.argv[1]))
