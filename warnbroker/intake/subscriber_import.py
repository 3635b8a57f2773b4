"""Import a subscriber list as a stream, in pieces small enough to let a running broker write."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from warnbroker.contracts.store import SubscriberStore
from warnbroker.errors import FileError
from warnbroker.intake.import_tally import Lines, Tally
from warnbroker.intake.subscriber_file import Entry, Reject, Vocabulary, read_rows, reject_writer
from warnbroker.model.subscriber import Subscriber
from warnbroker.targeting import cell_of
from warnbroker.targeting.territory import Territory

BATCH = 250


@dataclass(frozen=True, slots=True)
class Imported:
    """How many lines were taken and how many refused.

    ``repeated`` are lines that took the place of an earlier one of the same ref, ``outside``
    those whose position lies in no region, ``swapped`` how many would lie in one with
    latitude and longitude changed over.
    """

    taken: int
    refused: int
    repeated: Lines
    outside: Lines
    swapped: int

    @property
    def people(self) -> int:
        """Return how many people the lines taken name."""
        return self.taken - self.repeated.count


async def import_subscribers(
    subscribers: SubscriberStore,
    file: Path,
    rejects: Path,
    vocabulary: Vocabulary,
    progress: Callable[[int], None] = lambda _read: None,
    territory: Territory | None = None,
) -> Imported:
    """Write every good line to the ledger and every bad one to ``rejects``.

    ``territory`` is where people can be warned; without one nobody's position is doubted.

    Raises:
        FileError: a file cannot be read or written, or the header is not ours.
    """
    if rejects.exists() and file.exists() and rejects.samefile(file):
        raise FileError(f"{rejects}: is the list itself; name another file for the rejects")
    taken, refused, tally = 0, 0, Tally(territory)
    rows = read_rows(file, vocabulary, progress)
    # The list is looked at before the rejects of an earlier try are given up.
    batch = await asyncio.to_thread(_next, rows)
    try:
        with rejects.open("w", encoding="utf-8", newline="") as target:
            refuse = reject_writer(target)
            while batch:
                bad = [row for row in batch if isinstance(row, Reject)]
                good = [row for row in batch if isinstance(row, Entry)]
                for row in bad:
                    refuse(row)
                if good:
                    await subscribers.write([(row.person, _cell(row.person)) for row in good])
                    tally.take(good)
                taken, refused = taken + len(good), refused + len(bad)
                batch = await asyncio.to_thread(_next, rows)
    except OSError as error:
        raise FileError(f"{rejects}: cannot be written: {error.strerror}") from error
    if not refused and rejects.is_file():
        rejects.unlink()
    return Imported(taken, refused, tally.repeated, tally.outside, tally.swapped)


def _next(rows: Iterator[Entry | Reject]) -> Sequence[Entry | Reject]:
    return list(islice(rows, BATCH))


def _cell(person: Subscriber) -> int | None:
    return cell_of(*person.position) if person.position else None
