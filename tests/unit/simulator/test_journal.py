import orjson
import pytest

from warnbroker.errors import ConfigError, FileError
from warnbroker.simulator.journal import Journal, Kind, read_journal


def test_entries_are_lines_of_json_with_time_and_kind(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl")

    journal.write(Kind.SMS, to="+15550000001", body="撤离")

    (line,) = (tmp_path / "journal.jsonl").read_bytes().splitlines()
    entry = orjson.loads(line)
    assert (entry["kind"], entry["to"], entry["body"]) == ("sms", "+15550000001", "撤离")
    assert entry["accepted"] is True
    assert entry["time"].endswith("+00:00")
    journal.close()


@pytest.mark.parametrize("in_memory", [True, False])
def test_entries_can_be_read_back_by_kind_and_are_counted(tmp_path, in_memory):
    journal = Journal(None if in_memory else tmp_path / "journal.jsonl")

    journal.write(Kind.SMS, to="a")
    journal.write(Kind.REFUSED, to="b")
    journal.write(Kind.SMS, to="c")

    assert [entry["to"] for entry in journal.entries()] == ["a", "b", "c"]
    assert [entry["to"] for entry in journal.entries(Kind.SMS)] == ["a", "c"]
    assert [entry["accepted"] for entry in journal.entries()] == [True, False, True]
    assert journal.counts == {"sms": 2, "refused": 1}
    journal.close()


def test_an_entry_is_on_file_before_the_journal_is_closed(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl")

    journal.write(Kind.MAIL, to="a@b.example")

    assert [entry["to"] for entry in read_journal(tmp_path / "journal.jsonl")] == ["a@b.example"]
    journal.close()


def test_a_journal_goes_on_where_an_earlier_one_ended(tmp_path):
    path = tmp_path / "deep" / "journal.jsonl"
    for name in ("a", "b"):
        journal = Journal(path)
        journal.write(Kind.CALL, to=name)
        journal.close()

    assert [entry["to"] for entry in read_journal(path)] == ["a", "b"]


def test_a_torn_last_line_is_passed_over(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"kind":"sms","to":"a"}\n{"kind":"sms","to"')

    assert [entry["to"] for entry in read_journal(path)] == ["a"]


def test_a_torn_line_does_not_swallow_the_next_entry(tmp_path):
    path = tmp_path / "journal.jsonl"
    path.write_bytes(b'{"kind":"sms","to":"a"}\n{"kind":"sms","to"')

    journal = Journal(path)
    journal.write(Kind.SMS, to="b")
    journal.close()

    assert [entry["to"] for entry in read_journal(path)] == ["a", "b"]


def test_a_path_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="cannot be written"):
        Journal(tmp_path / "file" / "journal.jsonl")


def test_a_missing_journal_is_refused(tmp_path):
    with pytest.raises(FileError, match="cannot be read"):
        list(read_journal(tmp_path / "none.jsonl"))


def test_an_entry_is_one_write_so_that_writers_can_share_a_file(tmp_path):
    path = tmp_path / "journal.jsonl"
    first, second = Journal(path), Journal(path)

    for number in range(200):
        (first, second)[number % 2].write(Kind.SMS, to=str(number), body="字" * 2000)

    assert [entry["to"] for entry in read_journal(path)] == [str(n) for n in range(200)]
    first.close()
    second.close()
    assert path.stat().st_mode & 0o077 == 0
