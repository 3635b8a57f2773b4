"""A list may hold the addresses of channels that bring a kind of their own."""

import io

import pytest

from warnbroker.errors import FileError
from warnbroker.intake.subscriber_file import Entry, Vocabulary, columns_of, read_rows, write_rows
from warnbroker.model.subscriber import AddressKind, Subscriber

WORDS = Vocabulary(frozenset({"red"}), frozenset({"town"}), frozenset({"sms"}))
WITH_PUSH = Vocabulary(WORDS.levels, WORDS.regions, WORDS.channels, frozenset({"push", "phone"}))


def read(tmp_path, text, words):
    file = tmp_path / "people.csv"
    file.write_text(text)
    return list(read_rows(file, words, lambda _read: None))


def test_an_address_of_a_channels_own_kind_comes_back_as_it_was_written(tmp_path):
    addresses = {AddressKind.PHONE: "+15550000001", "push": "https://push.example/" + "x" * 2000}
    person = Subscriber("p-1", {**addresses, "voice": "+15550000001"}, regions=("town",))
    text = io.StringIO()

    write_rows(text, [person], columns_of(WITH_PUSH.kinds), header=True)

    assert read(tmp_path, text.getvalue(), WITH_PUSH) == [Entry(2, person)]


def test_a_column_of_a_kind_that_no_channel_uses_is_refused(tmp_path):
    with pytest.raises(FileError, match="unknown columns: 'push'"):
        read(tmp_path, "ref,regions,push\np-1,town,x\n", WORDS)


def test_an_address_beyond_bounds_is_refused_by_name(tmp_path):
    (line,) = read(tmp_path, f"ref,regions,push\np-1,town,{'x' * 4097}\n", WITH_PUSH)

    assert (line.field, line.reason) == ("push", "is longer than 4096 characters")
