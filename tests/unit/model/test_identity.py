"""Identities as outsiders rely on them."""

import base64
import hashlib
from datetime import UTC, datetime, timedelta, timezone
from itertools import islice

import pytest

from warnbroker.model.identity import cap_time, first_id, lone_id, public_id, sortable_ids
from warnbroker.model.receipt import AttemptKey

SENT = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)


def test_an_id_is_the_hash_of_sender_identifier_and_sent():
    digest = hashlib.sha256(b"s@x.example\nid-1\n2026-11-23T02:10:00-00:00").digest()

    assert public_id("s@x.example", "id-1", SENT) == base64.b32encode(digest).decode().lower()[:26]


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (SENT, "2026-11-23T02:10:00-00:00"),
        (SENT.astimezone(timezone(timedelta(hours=8))), "2026-11-23T10:10:00+08:00"),
        (SENT.replace(microsecond=5), "2026-11-23T02:10:00-00:00"),
    ],
)
def test_instants_are_written_as_cap_writes_them(moment, text):
    assert cap_time(moment) == text


def test_ids_rise_also_when_the_clock_steps_back():
    moments = iter([SENT, SENT, SENT - timedelta(hours=1), SENT + timedelta(seconds=1)])

    ids = list(islice(sortable_ids(lambda: next(moments)), 4))

    assert ids == sorted(set(ids))
    assert max(ids) < 2**63


def test_an_attempt_key_reads_back_from_a_callback_address():
    key = AttemptKey("a" * 26, 912734, 3)

    assert AttemptKey.from_path(key.path) == key


@pytest.mark.parametrize("path", ["", "x", "a/b.c", "a/1", "/../../etc/passwd", "a/1.2.3"])
def test_a_path_of_another_form_is_no_key(path):
    with pytest.raises(ValueError, match="invalid literal"):
        AttemptKey.from_path(path)


def test_ids_that_are_made_alone_in_one_millisecond_differ():
    made = {lone_id(SENT) for _ in range(20)}

    assert len(made) == 20
    assert all(first_id(SENT) <= one < first_id(SENT) + (1 << 22) for one in made)
