"""Import a subscriber list as a stream, in pieces small enough to let a running broker write."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from warnbroker.contracts.store import SubscriberStore
from warnbroker.errors import FileError
from warnbroker.intake.subscriber_file import Reject, Vocabulary, read_rows, reject_writer
from warnbroker.model.subscriber import Subscriber
from warnbroker.targeting import cell_of

BATCH = 250


@dataclass(frozen=True, slots=True)
class Imported:
    """How many lines were taken and how many refused."""

    taken: int = 0
    refused: int = 0


async def import_subscribers(
    subscribers: SubscriberStore,
    file: Path,
    rejects: Path,
    vocabulary: Vocabulary,
    progress: Callable[[int], None] = lambda _read: None,
) -> Imported:
    """Write every good line to the ledger and every bad one to ``rejects``.

    Raises:
        FileError: a file cannot be read or written, or the header is not ours.
    """
    if rejects.exists() and file.exists() and rejects.samefile(file):
        raise FileError(f"{rejects}: is the list itself; name another file for the rejects")
    total = Imported()
    rows = read_rows(file, vocabulary, progress)
    # The list is looked at before the rejects of an earlier try are given up.
    batch = await asyncio.to_thread(_next, rows)
    try:
        with rejects.open("w", encoding="utf-8", newline="") as target:
            refuse = reject_writer(target)
            while batch:
                bad = [row for row in batch if isinstance(row, Reject)]
                good = [row for row in batch if isinstance(row, Subscriber)]
                for row in bad:
                    refuse(row)
                if good:
                    await subscribers.write([(person, _cell(person)) for person in good])
                total = Imported(total.taken + len(good), total.refused + len(bad))
                batch = await asyncio.to_thread(_next, rows)
    except OSError as error:
        raise FileError(f"{rejects}: cannot be written: {error.strerror}") from error
    if not total.refused and rejects.is_file():
        rejects.unlink()
    return total


def _next(rows: Iterator[Subscriber | Reject]) -> Sequence[Subscriber | Reject]:
    return list(islice(rows, BATCH))


def _cell(person: Subscriber) -> int | None:
    return cell_of(*person.position) if person.position else None
