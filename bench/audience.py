"""Select the people of an area out of many.

``python bench/audience.py [--subscribers N] [--rounds R] [--json]``

The area holds a tenth of all subscribers (200,000; ``--subscribers 10000000`` for the
1 M of 10 M of the goal, which takes a quarter of an hour and 7 GB to fill). To cover the area
by ranges takes the same for few as for many, so the goal is held against the large one alone.
``ids``: the ranges of cells of the area are read from the index, and whoever is in a cell on its
edge is tested exactly. ``stream``: the same with all that planning needs of each person, as it
reads them. Seconds are given for a million people selected.
"""

import asyncio
import resource
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import scene
import shapely
from measure import Outcome, Result, asked, show
from people import CENTRE, EAST, NORTH, SOUTH, WEST, write_people

from warnbroker.app.parts import Parts
from warnbroker.model.record import AlertRecord
from warnbroker.store import Store
from warnbroker.store.sqlite import READERS
from warnbroker.targeting import contains, cover

SHARE = 0.1
MANY = 5_000_000
RANGES = 1024
WHOLE = "SELECT group_concat(id) FROM subscriber WHERE cell BETWEEN ? AND ?"
EDGE = "SELECT id, lat, lon FROM subscriber WHERE cell BETWEEN ? AND ?"
GOAL_SECONDS, GOAL_MEGABYTES = 0.5, 300.0


def ring() -> scene.Corners:
    """Return a polygon of 48 corners that holds a tenth of the people."""
    tall, wide = NORTH - SOUTH, EAST - WEST
    radius = (SHARE / np.pi) ** 0.5 * 1.0014
    turns = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    corners = [
        (CENTRE[0] + tall * radius * np.sin(t), CENTRE[1] + wide * radius * np.cos(t))
        for t in turns
    ]
    rounded = [(round(float(lat), 6), round(float(lon), 6)) for lat, lon in corners]
    return (*rounded, rounded[0])


async def ids_of(store: Store, area: shapely.Polygon) -> int:
    """Find the ids of the people of an area, reading no more of them; return how many."""
    database = store.subscribers._database  # noqa: SLF001

    def work(connection) -> int:
        cursor, found = connection.connection.cursor(), []
        for part in cover(area, RANGES):
            cells = (part.low, part.high)
            if part.inside:
                [(text,)] = cursor.execute(WHOLE, cells).fetchall()
                found.append(np.fromstring(text or "", dtype=np.int64, sep=","))
            elif rows := cursor.execute(EDGE, cells).fetchall():
                ids, lats, lons = zip(*rows, strict=True)
                inside = contains(area, np.array(lats), np.array(lons))
                found.append(np.array(ids)[inside])
        return sum(map(len, found))

    return await database.read(work)


async def stream_of(parts: Parts, record: AlertRecord) -> int:
    """Count the people whom the planner finds."""
    draft = await parts.publisher.draft(record)
    audience, found = await parts.publisher.audience(), 0
    async for page in audience.of(draft.groups, 0):
        found += len(page)
    return found


def memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


async def measure(folder: Path, people: int, rounds: int) -> Outcome:
    """Fill a ledger, and select from it."""
    settings = scene.settings_for(folder, {"sms": scene.twilio(1)})
    seconds: dict[str, list[float]] = {"ids": [], "stream": []}
    corners = ring()
    area = shapely.Polygon([(lon, lat) for lat, lon in corners])
    async with scene.broker(settings) as parts:
        record = await scene.accept(parts, scene.alert("audience", "yellow", corners))
        await parts.publisher.draft(record)
        before = memory()
        await write_people(parts.store, people)
        filled = memory()
        for _ in range(rounds):
            began = time.perf_counter()
            found = await ids_of(parts.store, area)
            seconds["ids"].append(time.perf_counter() - began)
        after_ids = memory()
        for _ in range(rounds):
            began = time.perf_counter()
            assert await stream_of(parts, record) == found
            seconds["stream"].append(time.perf_counter() - began)
    for_million = {name: statistics.median(each) / found * 1e6 for name, each in seconds.items()}
    note = f"{found:,} of {people:,}; memory {before:.0f} MB before, {filled:.0f} filled"
    goal = GOAL_SECONDS if people >= MANY else None
    return Outcome(
        f"Select from {people:,} subscribers",
        [
            Result("ids, for a million selected", for_million["ids"], goal, "s", at_most=True,
                   note=note),
            Result("stream, for a million selected", for_million["stream"], unit="s", at_most=True),
            Result("most memory", after_ids, GOAL_MEGABYTES, "MB", at_most=True,
                   note=f"with {READERS} readers' caches; {memory():.0f} MB after the stream"),
        ],
        {"found": found},
    )  # fmt: skip


def main() -> None:
    parser = asked(__doc__, messages=0, rounds=3)
    parser.add_argument("--subscribers", type=int, default=200_000)
    wish = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        found = asyncio.run(measure(Path(place), wish.subscribers, wish.rounds))
    show([found], as_json=wish.json)


if __name__ == "__main__":
    main()
