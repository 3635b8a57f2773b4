import json
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cap.bombs import BOMBS

CPU_SECONDS = 60
"""For all bombs together; one that costs the square of its length takes more by itself."""

REFUSED = {"UnreadableError", "TooLargeError", "AlertError"}
WITHHELD = {"not_xml", "no_sender", "no_sent", "TooLargeError"}
# Large, but neither of these is out to do more than waste what it may.
READ = {"10,000 faulty infos", "150,000 references", "a number of 500,000 digits"}


def bounded():
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


@pytest.fixture(scope="module")
def listener():
    """A port that no reader may ever knock at."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


@pytest.fixture(scope="module")
def ends(listener):
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.cap.bombs", str(listener.getsockname()[1])],
        cwd=Path(__file__).parents[3],
        preexec_fn=bounded,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {row["name"]: row["ends"] for row in map(json.loads, done.stdout.splitlines())}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_by_every_reader_within_its_memory(ends, name):
    strict_xml, strict_json, relayed = ends[name]

    assert strict_xml in REFUSED
    assert strict_json in REFUSED
    assert relayed in (WITHHELD if name not in READ else {"None"})


def test_no_bomb_made_a_reader_open_a_connection(ends, listener):
    assert len(ends) == len(BOMBS)
    with pytest.raises(BlockingIOError):
        listener.accept()

    # The listener would have seen one.
    with socket.create_connection(listener.getsockname()):
        listener.setblocking(True)
        listener.accept()[0].close()
