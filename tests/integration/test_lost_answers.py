"""PostgreSQL carries commits out and its answer never comes: nobody is lost, nobody told twice."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager, suppress
from random import Random

import pytest

from tests.integration.alerts import alert, info, xml
from tests.integration.far_end import Broker, far_end, fill, write_config
from tests.postgres import Postgres
from warnbroker.settings import load

PEOPLE = 400
SHARE = 0.3
"""The share of what is written whose commit is not answered."""

COMMIT, READ = b"COMMIT;\0", b"READ ONLY;\0"


class Line:
    """What lies between a broker and its database; cuts it when a commit has gone over."""

    def __init__(self, socket):
        self.cutting = False
        self.cuts = 0
        self._socket = socket
        self._dice = Random(7)

    async def connect(self, reader, writer):
        from_server, to_server = await asyncio.open_unix_connection(self._socket)
        answers = asyncio.create_task(pass_on(from_server, writer))
        reads = False
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                reads = reads or READ in data
                if COMMIT in data and not reads and self._cuts():
                    answers.cancel()
                    await asyncio.wait([answers])
                    to_server.write(data)
                    # It is carried out; only the broker never hears of that.
                    await from_server.read(1)
                    break
                to_server.write(data)
                reads = reads and COMMIT not in data
        answers.cancel()
        for one in (writer, to_server):
            one.close()

    def _cuts(self):
        cuts = self.cutting and self._dice.random() < SHARE
        self.cuts += cuts
        return cuts


async def pass_on(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


@asynccontextmanager
async def line(socket):
    found = Line(socket)
    server = await asyncio.start_server(found.connect, "127.0.0.1", 0)
    yield found, server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


@pytest.fixture
async def postgres():
    server = Postgres()
    async with server.database() as url:
        yield url
    await server.stop()


async def test_everybody_is_told_once_though_a_third_of_all_commits_is_not_answered(
    tmp_path, postgres
):
    _, _, rest = postgres.rpartition("/test_")
    name, _, folder = rest.partition("?host=")
    async with line(f"{folder}/.s.PGSQL.5432") as (found, port), far_end(tmp_path) as end:
        config = write_config(
            tmp_path, end, only=("sms",), routing=[{"channels": ["sms"]}],
            store={
                "url": f"postgresql://postgres@127.0.0.1:{port}/test_{name}",
                "key_file": str(tmp_path / "w.key"),
            },
            audit={"key_file": str(tmp_path / "a.key"), "anchors": str(tmp_path / "anchors")},
        )  # fmt: skip
        broker = Broker(config, await fill(load(config), tmp_path, PEOPLE))
        await broker.start()
        body = xml(alert("cut", infos=(info("red"), info("red", language="zh-CN"))))
        posted = await broker.post(body)
        found.cutting = True
        await broker.settled(posted["id"])
        found.cutting = False
        items = (await broker.get(f"/v1/alerts/{posted['id']}/deliveries?limit=1000"))["items"]
        await broker.stop()

    assert found.cuts > 5
    assert len(items) > 100
    assert set(end.accepted("sms").values()) == {1}
    assert len(end.accepted("sms")) == len(items)
    assert not any(attempt["repeat"] for item in items for attempt in item["attempts"])
    assert Counter(len(item["attempts"]) for item in items) == {1: len(items)}
