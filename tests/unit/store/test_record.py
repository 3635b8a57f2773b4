"""Nobody bends the record: each way of doing so is found and called by its name."""

import asyncio
import gc
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warnbroker.contracts.clock import SystemClock
from warnbroker.errors import ConfigError, StoreError
from warnbroker.model.actor import Actor
from warnbroker.model.event import Event
from warnbroker.model.identity import sortable_ids
from warnbroker.store import open_store
from warnbroker.store.anchors import AnchorFile, read_anchors, signed
from warnbroker.store.audit import append
from warnbroker.store.breach import BreachKind
from warnbroker.store.chain import GENESIS, PAGE, Row, entry_hash
from warnbroker.store.database import Database
from warnbroker.store.signer import Keyring, Signer, public_pem, read_public_keys, read_signer
from warnbroker.store.verify import verify

NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
DUTY = Actor("duty officer", "192.0.2.1")
LENGTH = 9
OLD = 3
COLUMNS = (
    "sequence", "at", "actor", "event", "subject", "detail", "previous_hash", "hash", "origin",
    "signature",
)  # fmt: skip


async def opened(folder: Path):
    ids = sortable_ids(SystemClock().now)
    return await open_store(f"sqlite:///{folder / 'w.db'}", None, SystemClock(), ids)


def old_entries(connection: sqlite3.Connection, count: int) -> None:
    """Write entries as release 0.1 did: without origin and signature."""
    previous = GENESIS
    for number in range(1, count + 1):
        at = NOW + timedelta(seconds=number)
        words = ("duty officer", "alert_accepted", f"alert-{number}", '{"level":"red"}')
        own = entry_hash(previous, number, at, words)
        micros = round(at.timestamp() * 1_000_000)
        row = (number, micros, *words, previous, own)
        connection.execute(
            "INSERT INTO audit (sequence, at, actor, event, subject, detail, previous_hash, hash) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            row,
        )
        previous = own


async def made(folder: Path, old: int = OLD, length: int = LENGTH) -> None:
    """Make a record of old and signed entries in a folder."""
    store = await opened(folder)
    with sqlite3.connect(folder / "w.db") as connection:
        old_entries(connection, old)
    connection.close()
    for number in range(old + 1, length + 1):
        at = NOW + timedelta(minutes=number)
        await store.database.write(
            lambda c, at=at, n=number: append(
                c, at, DUTY, Event.ALERT_ACCEPTED, f"alert-{n}", {"level": "red", "n": n}
            )
        )
    await store.close()


@pytest.fixture(scope="module")
async def record(tmp_path_factory) -> Path:
    """A folder with a record of three old and six signed entries."""
    folder = tmp_path_factory.mktemp("record")
    await made(folder)
    return folder


def keys_of(folder: Path) -> Keyring:
    return Keyring([read_signer(folder / "w.audit.key").public])


def read_rows(folder: Path) -> list[dict[str, object]]:
    with sqlite3.connect(folder / "w.db") as connection:
        found = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM audit ORDER BY sequence")
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in found]
    connection.close()
    return rows


def write_rows(file: Path, rows: list[dict[str, object]]) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute(
            "CREATE TABLE audit (sequence BIGINT NOT NULL PRIMARY KEY, at BIGINT, actor VARCHAR, "
            "event VARCHAR, subject VARCHAR, detail TEXT, previous_hash BLOB, hash BLOB, "
            "origin VARCHAR, signature BLOB)"
        )
        marks = ", ".join(f":{name}" for name in COLUMNS)
        connection.executemany(f"INSERT INTO audit ({', '.join(COLUMNS)}) VALUES ({marks})", rows)
    connection.close()


def rehash(rows: list[dict[str, object]], start: int = 0) -> None:
    """Do what somebody without the key can do: number and hash everything anew."""
    previous = GENESIS if start == 0 else rows[start - 1]["hash"]
    for place, row in enumerate(rows[start:], start):
        row["sequence"], row["previous_hash"] = place + 1, previous
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=row["at"])
        words = [row[name] for name in ("actor", "event", "subject", "detail")]
        words += [] if row["origin"] is None else [row["origin"]]
        row["hash"] = previous = entry_hash(previous, place + 1, at, words)


async def judged(folder: Path, rows, tmp: Path, anchors=()):
    file = tmp / "bent.db"
    file.unlink(missing_ok=True)
    write_rows(file, rows)
    database = Database(f"sqlite:///{file}")
    try:
        return await verify(database, keys_of(folder), anchors)
    finally:
        await database.close()


def bent(rows) -> list[dict[str, object]]:
    return [dict(row) for row in rows]


async def test_a_record_that_nobody_touched_is_whole(record, tmp_path):
    found = await judged(record, read_rows(record), tmp_path)

    assert found.breach is None
    assert (found.entries, found.unsigned) == (LENGTH, OLD)


def run(work):
    with asyncio.Runner() as runner:
        return runner.run(work)


async def in_thread(work):
    """Run a synchronous property beside the loop that the tests run in."""
    await asyncio.to_thread(work)


NAMED = {BreachKind.ALTERED, BreachKind.WRONGLY_SIGNED, BreachKind.OTHER_KEY, BreachKind.UNSIGNED}


async def test_any_byte_that_is_altered_is_found_in_its_entry(record, tmp_path):
    rows = read_rows(record)

    @given(
        place=st.integers(0, LENGTH - 1),
        name=st.sampled_from([name for name in COLUMNS if name != "sequence"]),
        byte=st.integers(0, 10_000),
        mask=st.integers(1, 255),
    )
    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
    def check(place, name, byte, mask):
        changed = bent(rows)
        value = changed[place][name]
        if value is None:
            changed[place][name] = b"x" if name == "signature" else "x"
        elif isinstance(value, int):
            changed[place][name] = value ^ (mask << (8 * (byte % 6)))
        elif value == "":
            return
        else:
            raw = bytearray(value.encode() if isinstance(value, str) else value)
            raw[byte % len(raw)] ^= mask
            changed[place][name] = as_text(bytes(raw)) if isinstance(value, str) else bytes(raw)

        found = run(judged(record, changed, tmp_path)).breach

        assert found is not None
        assert (found.sequence, found.kind in NAMED) == (place + 1, True)

    await in_thread(check)


def as_text(raw: bytes) -> object:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw


async def test_a_text_that_is_no_utf_8_any_more_is_an_altered_entry(record, tmp_path):
    file = tmp_path / "bent.db"
    write_rows(file, read_rows(record))
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE audit SET actor = CAST(x'ff41' AS TEXT) WHERE sequence = 5")
    connection.close()
    database = Database(f"sqlite:///{file}")

    found = (await verify(database, keys_of(record))).breach
    await database.close()

    assert (found.kind, found.sequence) == (BreachKind.ALTERED, 5)


@pytest.mark.parametrize("hashes", ["as they were", "made anew"])
async def test_an_altered_signed_entry_is_found_also_with_new_hashes(record, tmp_path, hashes):
    rows = bent(read_rows(record))
    rows[5]["detail"] = '{"level":"blue"}'
    if hashes == "made anew":
        rehash(rows)

    found = (await judged(record, rows, tmp_path)).breach

    kind = BreachKind.ALTERED if hashes == "as they were" else BreachKind.WRONGLY_SIGNED
    assert (found.kind, found.sequence) == (kind, 6)


async def test_an_old_entry_with_a_new_hash_of_its_own_is_found(record, tmp_path):
    rows = bent(read_rows(record))
    rows[1]["detail"] = '{"level":"blue"}'
    own = bent(rows)
    rehash(own)
    rows[1]["hash"] = own[1]["hash"]

    found = (await judged(record, rows, tmp_path)).breach

    assert (found.kind, found.sequence) == (BreachKind.ALTERED, 2)


@pytest.mark.parametrize("place", range(LENGTH - 1))
@pytest.mark.parametrize("numbers", ["left", "closed up"])
async def test_a_removed_entry_is_named(record, tmp_path, place, numbers):
    rows = bent(read_rows(record))
    del rows[place]
    if numbers == "closed up":
        for number, row in enumerate(rows, 1):
            row["sequence"] = number

    found = (await judged(record, rows, tmp_path)).breach

    assert (found.kind, found.sequence) == (BreachKind.REMOVED, place + 1)


@pytest.mark.parametrize("place", range(OLD, LENGTH - 1))
async def test_a_removed_entry_is_found_also_with_new_hashes(record, tmp_path, place):
    rows = bent(read_rows(record))
    del rows[place]
    rehash(rows)

    found = (await judged(record, rows, tmp_path)).breach

    assert (found.kind, found.sequence) == (BreachKind.WRONGLY_SIGNED, place + 1)


@pytest.mark.parametrize("place", range(OLD, LENGTH))
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("signature", ["none", "another's"])
async def test_an_inserted_entry_is_named_also_with_new_hashes(
    record, tmp_path, place, count, signature
):
    rows = bent(read_rows(record))
    forged = dict(rows[4], actor="somebody else")
    if signature == "none":
        forged["signature"] = None
    rows[place:place] = [dict(forged) for _ in range(count)]
    rehash(rows)

    found = (await judged(record, rows, tmp_path)).breach

    assert (found.kind, found.sequence) == (BreachKind.INSERTED, place + 1)


async def test_an_entry_before_the_first_is_named(record, tmp_path):
    rows = [dict(read_rows(record)[4], sequence=0, hash=b"0" * 32), *read_rows(record)]

    found = (await judged(record, rows, tmp_path)).breach

    assert (found.kind, found.sequence) == (BreachKind.INSERTED, 0)


PAIRS = [(a, b) for a in range(OLD, LENGTH) for b in range(a + 1, LENGTH)]


@pytest.mark.parametrize(("one", "other"), PAIRS)
@pytest.mark.parametrize("hashes", ["as they were", "made anew"])
async def test_two_entries_that_changed_places_are_named(record, tmp_path, one, other, hashes):
    rows = bent(read_rows(record))
    rows[one], rows[other] = rows[other], rows[one]
    for number, row in enumerate(rows, 1):
        row["sequence"] = number
    if hashes == "made anew":
        rehash(rows)

    found = (await judged(record, rows, tmp_path)).breach

    assert (found.kind, found.sequence) == (BreachKind.REORDERED, one + 1)


async def test_old_entries_that_changed_places_are_named(record, tmp_path):
    rows = bent(read_rows(record))
    rows[0]["sequence"], rows[2]["sequence"] = 3, 1

    found = (await judged(record, rows, tmp_path)).breach

    assert (found.kind, found.sequence) == (BreachKind.REORDERED, 1)


async def test_an_entry_that_lost_its_signature_is_named(record, tmp_path):
    rows = bent(read_rows(record))
    rows[7]["signature"] = None

    found = (await judged(record, rows, tmp_path)).breach

    assert (found.kind, found.sequence) == (BreachKind.UNSIGNED, 8)


async def test_an_entry_in_the_old_form_after_a_signed_one_is_named(record, tmp_path):
    rows = bent(read_rows(record))
    rows[8].update(origin=None, signature=None)
    rehash(rows, 8)

    found = (await judged(record, rows, tmp_path)).breach

    assert (found.kind, found.sequence) == (BreachKind.UNSIGNED, 9)


async def test_a_record_that_another_key_signed_is_not_believed(record, tmp_path):
    file = tmp_path / "w.db"
    write_rows(file, read_rows(record))
    database = Database(f"sqlite:///{file}")
    stranger = Keyring([read_signer(tmp_path / "other.key").public])

    found = (await verify(database, stranger)).breach
    await database.close()

    assert (found.kind, found.sequence) == (BreachKind.OTHER_KEY, OLD + 1)


def anchor_of(record: Path, sequence: int, rows=None):
    rows = rows or read_rows(record)
    signer = read_signer(record / "w.audit.key")
    return signed(sequence, rows[sequence - 1]["hash"], NOW, signer)


@pytest.mark.parametrize("left", range(LENGTH))
async def test_a_record_cut_off_at_its_end_is_found_by_an_anchor(record, tmp_path, left):
    anchors = [anchor_of(record, 2), anchor_of(record, LENGTH)]

    found = (await judged(record, read_rows(record)[:left], tmp_path, anchors)).breach

    assert (found.kind, found.sequence) == (BreachKind.TRUNCATED, left + 1)


async def test_a_record_written_anew_with_the_key_is_found_by_an_anchor(record, tmp_path):
    elsewhere = tmp_path / "again"
    elsewhere.mkdir()
    (elsewhere / "w.audit.key").write_bytes((record / "w.audit.key").read_bytes())
    await made(elsewhere, old=0)

    found = (await judged(record, read_rows(elsewhere), tmp_path, [anchor_of(record, 7)])).breach

    assert (found.kind, found.sequence) == (BreachKind.REWRITTEN, 7)


async def test_old_entries_written_anew_without_any_signature_are_found_by_an_anchor(
    record, tmp_path
):
    rows = bent(read_rows(record))
    for row in rows:
        row.update(origin=None, signature=None, actor="nobody")
    rehash(rows)

    found = (await judged(record, rows, tmp_path, [anchor_of(record, LENGTH)])).breach

    assert (found.kind, found.sequence) == (BreachKind.REWRITTEN, LENGTH)


async def test_an_anchor_that_somebody_altered_is_named(record, tmp_path):
    true = anchor_of(record, 5)
    false = signed(5, b"x" * 32, NOW, read_signer(record / "w.audit.key"))
    forged = type(true)(5, false.hash, true.at, true.signature, line=3)

    found = (await judged(record, read_rows(record), tmp_path, [forged])).breach

    assert (found.kind, found.sequence) == (BreachKind.FALSE_ANCHOR, 5)
    assert "line 3" in found.detail


async def test_what_a_crash_left_of_an_anchor_spoils_none_that_follows(record, tmp_path):
    file = AnchorFile(tmp_path / "anchors.jsonl")
    file.add(anchor_of(record, 4))
    whole = file.path.read_bytes()
    for cut in range(1, len(whole)):
        file.path.write_bytes(whole + whole[:cut])

        file.add(anchor_of(record, 6))

        # A line that lacks its last byte alone is whole already.
        kept = [4, 4, 6] if cut == len(whole) - 1 else [4, 6]
        assert [anchor.sequence for anchor in read_anchors(file.path)] == kept
        assert file.newest().sequence == 6


async def test_the_clock_may_step_back_but_the_record_does_not(tmp_path):
    store = await opened(tmp_path)
    for at in (NOW, NOW - timedelta(hours=1), NOW - timedelta(milliseconds=5)):
        await store.database.write(
            lambda c, at=at: append(c, at, DUTY, Event.ALERT_ACCEPTED, "x", {"n": 1})
        )

    entries = await store.audit.entries()
    await store.close()

    assert [entry.at for entry in entries] == [NOW] * 3
    clocks = [orjson.loads(entry.detail).get("clock") for entry in entries]
    earlier = [NOW - timedelta(hours=1), NOW - timedelta(milliseconds=5)]
    assert clocks == [None, *(at.isoformat() for at in earlier)]


async def test_nothing_is_recorded_without_the_key(tmp_path):
    store = await opened(tmp_path)
    await store.close()
    database = Database(f"sqlite:///{tmp_path / 'w.db'}")

    with pytest.raises(StoreError, match="key that signs"):
        await database.write(lambda c: append(c, NOW, DUTY, Event.ALERT_ACCEPTED, "x", {}))
    await database.close()


async def test_the_key_lies_outside_the_database_and_is_its_owners_alone(tmp_path):
    await made(tmp_path)

    key = tmp_path / "w.audit.key"
    assert key.stat().st_mode & 0o777 == 0o600
    secret = read_signer(key)._private.private_bytes_raw()
    assert secret not in (tmp_path / "w.db").read_bytes()
    assert [path.name for path in tmp_path.glob("*.new")] == []


async def test_of_many_that_make_the_key_at_once_all_hold_the_same(tmp_path):
    path = tmp_path / "deep" / "audit.key"

    signers = await asyncio.gather(*(asyncio.to_thread(read_signer, path) for _ in range(20)))

    assert len({signer.key_id for signer in signers}) == 1


@pytest.mark.parametrize("content", [None, b"", b"nonsense", "another key"])
async def test_a_signed_record_is_opened_with_its_own_key_only(tmp_path, content):
    await made(tmp_path)
    key = tmp_path / "w.audit.key"
    key.unlink()
    if content == "another key":
        read_signer(key)
    elif content is not None:
        key.write_bytes(content)

    with pytest.raises(ConfigError, match=r"audit\.key_file"):
        await opened(tmp_path)

    assert key.exists() == (content is not None)


async def test_public_keys_are_read_from_one_file(tmp_path):
    first, second = (read_signer(tmp_path / name) for name in ("a.key", "b.key"))
    file = tmp_path / "keys.pem"
    file.write_text(public_pem(first.public) + public_pem(second.public))

    assert read_public_keys(file).names == [first.key_id.hex(), second.key_id.hex()]


def test_a_signature_for_one_purpose_serves_no_other(tmp_path):
    from warnbroker.store.signer import ANCHOR, ENTRY, Mark

    signer: Signer = read_signer(tmp_path / "a.key")
    keys = Keyring([signer.public])

    signature = signer.sign(ENTRY, b"content")

    assert keys.check(signature, ENTRY, b"content") is Mark.GENUINE
    assert keys.check(signature, ANCHOR, b"content") is Mark.WRONG


@pytest.mark.parametrize("place", range(LENGTH))
@pytest.mark.parametrize("number", [-3, 0, 77])
async def test_an_entry_that_was_given_another_number_is_found(record, tmp_path, place, number):
    rows = bent(read_rows(record))
    rows[place]["sequence"] = number

    found = (await judged(record, rows, tmp_path)).breach

    kind = BreachKind.INSERTED if number < 1 else BreachKind.REORDERED
    assert (found.kind, found.sequence) == (kind, number if number < 1 else place + 1)


async def test_entries_that_several_write_at_once_make_one_chain(tmp_path):
    first, second = await opened(tmp_path), await opened(tmp_path)

    await asyncio.gather(
        *(
            store.audit.append(DUTY, Event.ALERT_ACCEPTED, str(number), {})
            for number in range(30)
            for store in (first, second)
        )
    )

    found = await verify(first.database, keys_of(tmp_path))
    await first.close()
    await second.close()
    assert (found.entries, found.breach) == (60, None)


APPENDER = """
import asyncio, sys
from pathlib import Path
from warnbroker.app.anchoring import anchorer
from warnbroker.app.ledger import open_ledger
from warnbroker.contracts.clock import SystemClock
from warnbroker.model.actor import Actor
from warnbroker.model.event import Event
from warnbroker.settings import load

async def main():
    settings = load(environment={"WARNBROKER_STORE__URL": sys.argv[1]})
    async with open_ledger(settings) as store:
        found = anchorer(settings, store.audit, SystemClock())
        while True:
            await store.audit.append(Actor("a"), Event.ALERT_ACCEPTED, "x", {"level": "red"})
            await found.anchor()
            print("written", flush=True)

asyncio.run(main())
"""


async def test_a_record_whose_writers_are_killed_stays_whole_and_agrees_with_its_anchors(tmp_path):
    url = f"sqlite:///{tmp_path / 'w.db'}"
    acknowledged = 0
    for lines in (1, 7, 3):
        with subprocess.Popen(
            [sys.executable, "-c", APPENDER, url], stdout=subprocess.PIPE, text=True
        ) as process:
            for _ in range(lines):
                assert process.stdout.readline() == "written\n"
            process.kill()
        acknowledged += lines
    anchors = read_anchors(tmp_path / "w.anchors.jsonl")
    database = Database(url)

    found = await verify(database, keys_of(tmp_path), anchors)
    await database.close()

    assert found.breach is None
    assert found.entries >= acknowledged
    assert found.anchors == len(anchors) >= acknowledged


async def test_a_long_record_is_read_as_a_stream(tmp_path):
    count = 20_000
    store = await opened(tmp_path)
    with sqlite3.connect(tmp_path / "w.db") as connection:
        connection.execute("PRAGMA synchronous=OFF")
        old_entries(connection, count)
    connection.close()
    alive: list[int] = []

    def told(number: int) -> None:
        if number % 4_000 == 0:
            alive.append(sum(isinstance(item, Row) for item in gc.get_objects()))

    found = await verify(store.database, keys_of(tmp_path), (), told)
    await store.close()

    assert (found.entries, found.breach) == (count, None)
    assert len(alive) == 5
    assert max(alive) <= 2 * PAGE
