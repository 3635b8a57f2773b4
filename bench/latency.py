"""From the POST of an alert to the first hand-off, and how that grows with the subscribers.

``python bench/latency.py [--subscribers N] [--samples S] [--json]``

A broker runs as ``warnbroker serve`` runs it. An alert of a level that needs no approval is
posted; the clock stops when the first message reaches the provider. ``all`` is an alert over
everybody, taken back as soon as the first message is out; ``few`` is one over an area that
holds a hundred people. Growth is what it takes longer with N subscribers (1,000,000 with
``--subscribers 1000000``, which takes minutes to fill the ledger) than with 100.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import scene
from far_end import HTTP, FarEnd, far_end
from measure import Outcome, Result, asked, percentile, show
from people import CENTRE, EAST, NORTH, SOUTH, WEST
from serving import Serving, prepare, serving

FEW = 100
WARM_UP = 5
QUIET = 0.15
IDLE = 0.2
Samples = dict[str, Sequence[float]]


def around_centre(people: int) -> scene.Corners:
    """Return an area that holds ``FEW`` of so many people, or everybody."""
    if people <= FEW:
        return scene.AREA
    half = (FEW / people) ** 0.5 / 2
    north, east = half * (NORTH - SOUTH), half * (EAST - WEST)
    (low, left), (high, right) = (
        (CENTRE[0] + sign * north, CENTRE[1] + sign * east) for sign in (-1, 1)
    )
    return ((low, left), (low, right), (high, right), (high, left), (low, left))


def hand_off(broker: Serving, sink: FarEnd, name: str, area: scene.Corners, *, end: bool) -> float:
    """Post an alert; return the seconds until its first message was there."""
    message = scene.alert(name, "yellow", area)
    sink.look()
    began = time.monotonic()
    public_id = broker.alert(message)
    while not (first := sink.look().first):
        assert time.monotonic() - began < 60, "nothing was handed over within a minute"
        time.sleep(0.002)
    if end:
        broker.cancel(public_id)
    until_quiet(sink)
    until_idle(broker)
    return first - began


def until_quiet(sink: FarEnd) -> None:
    """Return when nothing has come for a moment."""
    seen, since = sink.look().taken, time.monotonic()
    while time.monotonic() - since < QUIET:
        time.sleep(0.01)
        if (taken := sink.look().taken) != seen:
            seen, since = taken, time.monotonic()


def until_idle(broker: Serving) -> None:
    """Return when the broker has next to nothing to do: what was taken back is settled, too."""
    before = broker.cpu
    while True:
        time.sleep(QUIET)
        if (now := broker.cpu) - before <= QUIET * IDLE:
            return
        before = now


def measure(people: int, samples: int) -> Samples:
    """Take samples of both kinds, one after the other."""
    with tempfile.TemporaryDirectory() as place, far_end(HTTP) as sink:
        ledger = asyncio.run(prepare(Path(place), {"sms": scene.twilio(sink.port)}, people))
        found: dict[str, list[float]] = {"all": [], "few": []}
        with serving(ledger) as broker:
            for n in range(samples + WARM_UP):
                few = hand_off(broker, sink, f"few-{n}", around_centre(people), end=False)
                many = hand_off(broker, sink, f"all-{n}", scene.AREA, end=True)
                if n >= WARM_UP:
                    found["few"].append(few)
                    found["all"].append(many)
    return found


def outcome(small: Samples, large: Samples, people: int) -> Outcome:
    """Return what is to be shown, in milliseconds."""
    results = []
    for what, goals in (("all", (3.0, 20.0)), ("few", (None, None))):
        for share, goal in zip((0.5, 0.99), goals, strict=True):
            before, after = (percentile(each[what], share) * 1000 for each in (small, large))
            name = f"p{share * 100:.0f}, alert over {what}: growth from {FEW} to {people:,}"
            note = f"{before:.1f} ms with {FEW}, {after:.1f} ms with {people:,}"
            results.append(Result(name, after - before, goal, "ms", at_most=True, note=note))
    return Outcome("POST to first hand-off", results, {"samples": len(small["all"])})


def main() -> None:
    parser = asked(__doc__, messages=0, rounds=0)
    parser.add_argument("--subscribers", type=int, default=100_000)
    parser.add_argument("--samples", type=int, default=40)
    wish = parser.parse_args()
    small = measure(FEW, wish.samples)
    large = measure(wish.subscribers, wish.samples)
    show([outcome(small, large, wish.subscribers)], as_json=wish.json)


if __name__ == "__main__":
    main()
