"""An Extreme alert behind a bulk job: how much later do its messages leave?

``python bench/priority.py [--messages N] [--alerts A] [--delay S] [--json]``

A broker runs as ``warnbroker serve`` runs it. Red alerts for a hundred people are posted one
after the other, first to a broker that has nothing else to do, then to one that is planning
and sending a yellow alert to N people. A message's delay is the time from the acceptance of
its alert (the answer to the POST) to its hand-off; its queue delay is by how much that is
longer than what the same message, the first, second … of its alert, took on the idle broker
(median). No approval is asked for here, as it would be a person's time that is measured.
"""

import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import scene
from far_end import HTTP, FarEnd, far_end
from latency import FEW, around_centre, until_quiet
from measure import Outcome, Result, asked, percentile, show
from serving import Serving, prepare, serving

MARK = "Red+"
WARM_UP = 2
PAUSE = 0.5
NOBODY_ASKED = {"flow": "standard", "flows": {"standard": [], "relay": []}}


def red(broker: Serving, sink: FarEnd, name: str, people: int) -> Sequence[float]:
    """Post a red alert; return how long after its acceptance each message was handed over."""
    broker.alert(scene.alert(f"red-{name}", "red", around_centre(people)))
    accepted, came = time.monotonic(), []
    while len(came) < FEW * 0.8:
        time.sleep(PAUSE)
        if fresh := sink.marked():
            came += fresh
        assert time.monotonic() - accepted < 60, f"only {len(came)} of a red alert's messages came"
    time.sleep(PAUSE)
    return [max(0.0, at - accepted) for at in sorted([*came, *sink.marked()])]


def measure(messages: int, alerts: int, delay: float) -> tuple[list[Sequence[float]], ...]:
    """Return the delays of red alerts on an idle broker, and behind the bulk job."""
    with tempfile.TemporaryDirectory() as place, far_end(HTTP, delay, MARK) as sink:
        channels = {"sms": scene.twilio(sink.port)}
        made = prepare(Path(place), channels, messages, release=NOBODY_ASKED)
        with serving(asyncio.run(made)) as broker:
            idle = [red(broker, sink, f"idle-{n}", messages) for n in range(alerts + WARM_UP)]
            until_quiet(sink)
            before = sink.taken
            broker.alert(scene.alert("bulk", "yellow"))
            busy = []
            while len(busy) < alerts:
                busy.append(red(broker, sink, f"busy-{len(busy)}", messages))
                left = before + messages - sink.taken
                assert left > 0, f"the bulk job ended after {len(busy)} red alerts: ask for more"
    return idle[WARM_UP:], busy


def outcome(idle: list[Sequence[float]], busy: list[Sequence[float]], messages: int) -> Outcome:
    """Return what is to be shown."""
    size = min(map(len, idle + busy))
    usual = [statistics.median(each[n] for each in idle) for n in range(size)]
    queued = [max(0.0, each[n] - usual[n]) * 1000 for each in busy for n in range(size)]
    plain, loaded = ([at * 1000 for each in found for at in each] for found in (idle, busy))
    note = "; ".join(
        f"{name}: first {statistics.median(each[0] for each in found) * 1000:.0f} ms, "
        f"p99 {percentile(delays, 0.99):.0f} ms"
        for name, found, delays in (("idle", idle, plain), ("busy", busy, loaded))
    )
    return Outcome(
        f"Extreme alert behind {messages:,} messages",
        [
            Result(
                "queue delay, p99", percentile(queued, 0.99), 250.0, "ms", at_most=True, note=note
            ),
            Result("queue delay, p50", percentile(queued, 0.5), unit="ms", at_most=True),
        ],
        {"alerts": len(busy), "messages_each": size},
    )


def main() -> None:
    parser = asked(__doc__, messages=100_000, rounds=0)
    parser.add_argument("--alerts", type=int, default=5)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds until the sink answers")
    wish = parser.parse_args()
    idle, busy = measure(wish.messages, wish.alerts, wish.delay)
    show([outcome(idle, busy, wish.messages)], as_json=wish.json)


if __name__ == "__main__":
    main()
