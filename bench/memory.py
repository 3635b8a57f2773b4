"""How much more memory a fan-out to many takes than one to few.

``python bench/memory.py [--messages N] [--json]``

A broker runs as ``warnbroker serve`` runs it and sends one alert to 10,000 people; another,
in a process of its own, sends one to N (1,000,000 with ``--messages 1000000``, which takes
many minutes). ``ratio`` is the most memory that the one ever held to that of the other.
"""

import asyncio
import tempfile
from pathlib import Path

import scene
from far_end import HTTP, far_end
from measure import Outcome, Result, asked, show
from serving import prepare, serving

FEW = 10_000


def measure(people: int) -> tuple[int, float]:
    """Send one alert to so many; return the most bytes held, and messages a second."""
    with tempfile.TemporaryDirectory() as place, far_end(HTTP) as sink:
        ledger = asyncio.run(prepare(Path(place), {"sms": scene.twilio(sink.port)}, people))
        with serving(ledger) as broker:
            broker.alert(scene.alert("memory", "yellow"))
            seconds = sink.seconds(people, patience=60)
            return broker.memory, people / seconds


def main() -> None:
    parser = asked(__doc__, messages=100_000, rounds=0)
    wish = parser.parse_args()
    small, large = measure(FEW), measure(wish.messages)
    note = ", ".join(
        f"{memory / 1e6:.0f} MB for {number:,} at {rate:,.0f}/s"
        for number, (memory, rate) in ((FEW, small), (wish.messages, large))
    )
    name = f"most memory, {wish.messages:,} to {FEW:,} people"
    found = Result(name, large[0] / small[0], 1.5, at_most=True, note=note)
    show([Outcome("Memory of a fan-out", [found])], as_json=wish.json)


if __name__ == "__main__":
    main()
