"""Stations' answers: files in, evidence out."""

import hashlib
import json
import os
from datetime import UTC, datetime

import pytest

from warnbroker.model.receipt import AttemptKey, Reason, State


@pytest.fixture
async def handed(opened, publication, delivery, root):
    """A channel that has dropped a package for the radio, and the means to answer it."""
    started = await opened()

    class Handed:
        channel = started
        alert = publication()

        def __init__(self) -> None:
            self.ack = root / "radio" / "ack"

        async def drop(self, attempt: int = 1) -> None:
            await self.channel.prepare(self.alert)
            receipt = await self.channel.send(delivery(self.alert, attempt=attempt))
            self.name = receipt.provider_ref
            manifest = root / "radio" / "incoming" / self.name / "manifest.json"
            self.digest = hashlib.sha256(manifest.read_bytes()).hexdigest()

        def answer(self, state: str = "aired", *, raw: bytes | None = None, **given) -> None:
            content = {
                "package": self.name,
                "manifest_sha256": self.digest,
                "state": state,
                "at": "2026-11-23T02:20:00+02:00",
            } | given
            part = self.ack / ".part"
            part.write_bytes(json.dumps(content).encode() if raw is None else raw)
            part.rename(self.ack / f"{self.name}.json")

        async def restart(self) -> None:
            await self.channel.close()
            self.channel = await opened()

        def kept(self, folder: str) -> list[str]:
            path = self.ack / folder
            return sorted(p.name for p in path.iterdir()) if path.exists() else []

    made = Handed()
    await made.drop()
    return made


@pytest.mark.parametrize(
    ("state", "operator", "proves", "reason"),
    [
        ("received", None, State.HANDED_OFF, None),
        ("accepted", None, State.HANDED_OFF, None),
        ("accepted", "  ", State.HANDED_OFF, None),
        ("accepted", "Li", State.CONFIRMED, None),
        ("airing", "Li", State.HANDED_OFF, None),
        ("aired", None, State.CONFIRMED, None),
        ("rejected", None, State.FAILED_PERM, Reason.CONTENT),
        ("failed", None, State.FAILED_PERM, Reason.SERVER_ERROR),
        ("cancelled", None, State.CANCELLED, None),
    ],
)
async def test_an_answer_proves_no_more_than_the_station_said(
    handed, state, operator, proves, reason
):
    handed.answer(state, operator=operator)

    (evidence,) = await handed.channel.collect()

    assert evidence.key == AttemptKey(handed.alert.id, 7, 1)
    assert evidence.receipt.state is proves
    assert evidence.receipt.reason is reason
    assert evidence.receipt.code == state
    assert evidence.receipt.provider_ref == handed.name
    assert evidence.receipt.at == datetime(2026, 11, 23, 0, 20, tzinfo=UTC)


async def test_later_answers_have_higher_sequences(handed):
    sequences = []
    for state in ("received", "accepted", "airing", "aired"):
        handed.answer(state)
        sequences.append(max(e.receipt.sequence for e in await handed.channel.collect()))

    assert sequences == sorted(set(sequences))


async def test_a_stations_code_is_kept_beside_its_state(handed):
    handed.answer("rejected", code=3)

    (evidence,) = await handed.channel.collect()

    assert evidence.receipt.code == "rejected:3"


@pytest.mark.parametrize("code", ["+358401234567", "0401234567", "a@b.example", "x" * 80])
async def test_a_code_that_could_be_an_address_is_not_kept(handed, code):
    handed.answer("rejected", code=code)

    (evidence,) = await handed.channel.collect()

    assert evidence.receipt.code == "rejected"


async def test_an_answer_is_returned_again_for_a_while_and_then_put_away(handed):
    handed.answer("aired")
    calls = []
    for _call in range(16):
        calls.append(await handed.channel.collect())
        assert handed.kept("done") == []

    last = await handed.channel.collect()

    found = [evidence for call in calls for evidence in call]
    assert len(calls[0]) == len(calls[1]) == 1
    assert set(found) == set(calls[0])
    assert last == []
    assert len(handed.kept("done")) == 1
    assert handed.kept(".taken") == []


async def test_evidence_that_a_crash_swallowed_is_returned_again(handed):
    handed.answer("aired")
    lost = await handed.channel.collect()

    await handed.restart()

    assert await handed.channel.collect() == lost


async def test_an_answer_written_while_the_last_is_being_read_is_not_lost(handed):
    handed.answer("received")
    await handed.channel.collect()
    handed.answer("aired")

    found = await handed.channel.collect()

    assert State.CONFIRMED in {evidence.receipt.state for evidence in found}


async def test_answers_speak_of_the_newest_attempt(handed):
    await handed.drop(attempt=2)
    handed.answer("aired")

    (evidence,) = await handed.channel.collect()

    assert evidence.key.attempt == 2


async def test_an_answer_is_understood_after_the_station_took_the_package_out(handed, root):
    (root / "radio" / "incoming" / handed.name).rename(root / "radio" / "processed")
    handed.answer("aired")

    (evidence,) = await handed.channel.collect()

    assert evidence.receipt.state is State.CONFIRMED


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"manifest_sha256": "0" * 64}, "manifest"),
        ({"manifest_sha256": "x"}, "manifest_sha256"),
        ({"package": "another"}, "named after"),
        ({"state": "broadcast"}, "state"),
        ({"at": "2026-11-23T02:20:00"}, "at"),
        ({"at": None}, "at"),
        ({"raw": b""}, "JSON"),
        ({"raw": b"{"}, "JSON"),
        ({"raw": b"\xff\xfe"}, "JSON"),
        ({"raw": b"[" * 60_000}, "JSON"),
        ({"raw": b'"just text"'}, "object"),
        ({"raw": b" " * 70_000}, "larger"),
    ],
)
async def test_a_bad_answer_is_kept_apart_with_the_reason(handed, given, reason):
    handed.answer(**given)

    assert await handed.channel.collect() == []

    rejected = handed.kept("rejected")
    assert [name.rsplit(".", 1)[-1] for name in rejected] == ["json", "txt"]
    (text,) = (handed.ack / "rejected").glob("*.reason.txt")
    assert reason in text.read_text("utf-8")
    assert len(text.read_text("utf-8").splitlines()) == 1
    assert await handed.channel.collect() == []


async def test_what_is_no_file_does_not_hold_up_the_others(handed):
    handed.answer("aired")
    os.mkfifo(handed.ack / "pipe.json")
    (handed.ack / "folder.json").mkdir()
    (handed.ack / "link.json").symlink_to("/etc/passwd")
    (handed.ack / "dangling.json").symlink_to("/nowhere")
    (handed.ack / ("x" * 250 + ".json")).write_text("{}")
    (handed.ack / os.fsdecode(b"\xff\n.json")).write_text("{}")
    (handed.ack / "notes.txt").write_text("not an answer")
    (handed.ack / ".half.json").write_text("{")

    found = await handed.channel.collect()

    assert [evidence.receipt.state for evidence in found] == [State.CONFIRMED]
    assert len(handed.kept("rejected")) == 12
    assert (handed.ack / "notes.txt").exists()
    assert (handed.ack / ".half.json").exists()


@pytest.mark.parametrize("name", ["-x%2f..%2fy", "20261123T001000Z_" + "b" * 26 + "_v01_alert"])
async def test_an_answer_to_what_was_never_sent_is_rejected(handed, name):
    handed.name = name
    handed.answer("aired")

    assert await handed.channel.collect() == []
    assert len(handed.kept("rejected")) == 2


async def test_one_stations_broken_folder_does_not_silence_another(handed, root):
    handed.answer("aired")
    tray = root / "tv" / "ack"
    tray.rmdir()
    tray.write_text("in the way")

    assert len(await handed.channel.collect()) == 1
