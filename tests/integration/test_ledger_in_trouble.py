"""A ledger that is full or locked for a while loses nothing, doubles nothing, and says so."""

import asyncio
import os
import sqlite3
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from resource import RLIM_INFINITY, RLIMIT_FSIZE, prlimit

import pytest

from tests.integration.alerts import alert, info, xml
from tests.integration.far_end import Broker, FarEnd, fill, write_config
from tests.integration.peers import ACCOUNT, TOKEN, Peer, scene, well
from tests.ports import free_port
from warnbroker.contracts.clock import SystemClock
from warnbroker.model.receipt import State
from warnbroker.simulator.server import Simulator, SimulatorSettings

pytestmark = pytest.mark.timeout(120)


class Gate:
    """Takes messages, but answers only when it is open."""

    def __init__(self):
        self.open = asyncio.Event()

    async def __call__(self, request):
        await self.open.wait()
        await well(request)


@asynccontextmanager
async def process(folder, peer):
    """Run a broker as a process of its own, whose files may be kept from growing."""
    relay = Simulator(SimulatorSettings(account_sid=ACCOUNT, auth_token=TOKEN))
    await relay.start()
    addresses = {
        "http": peer.url, "smtp_port": relay.smtp_port, "account_sid": ACCOUNT,
        "auth_token": TOKEN,
    }  # fmt: skip
    end = FarEnd(addresses, folder / "none")
    routing = [{"channels": ["sms", "email"]}]
    broker = Broker(write_config(folder, end, only=("sms", "email"), routing=routing))
    key = await fill(broker.settings, folder, 60)
    broker.session.headers["Authorization"] = f"Bearer {key}"
    await broker.start()
    while "server_started" not in (folder / "broker.log").read_text():
        await asyncio.sleep(0.05)
    try:
        yield broker
    finally:
        await broker.stop()
        await relay.stop()


def no_room(broker):
    """Let no file of the process grow, nor anything beyond its first page be written."""
    prlimit(broker.pid, RLIMIT_FSIZE, (4096, RLIM_INFINITY))


def room(broker):
    prlimit(broker.pid, RLIMIT_FSIZE, (RLIM_INFINITY, RLIM_INFINITY))


async def post(broker, name="surge-1"):
    body = xml(alert(name, infos=(info(), info(language="zh-CN"))))
    kind = {"Content-Type": "application/cap+xml"}
    async with broker.session.post(f"{broker.url}/v1/alerts", data=body, headers=kind) as answer:
        return answer.status, await answer.json()


def cpu(broker) -> float:
    """Return the seconds of processor time that the process has used."""
    fields = Path(f"/proc/{broker.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def sms(broker, alert_id):
    progress = await broker.get(f"/v1/alerts/{alert_id}/progress")
    states = progress["channels"].get("sms", {}) if progress["planned"] else {}
    return {state: number for state, number in states.items() if number}


async def until(broker, alert_id, *states):
    while not (found := await sms(broker, alert_id)) or not found.keys() <= set(states):
        await asyncio.sleep(0.05)
    return found


async def test_a_full_disk_refuses_alerts_in_words_and_goes_on_when_there_is_room(tmp_path):
    peer = Peer(well)
    await peer.open()
    async with process(tmp_path, peer) as broker:
        no_room(broker)

        refused, said = await post(broker)
        used = cpu(broker)
        await asyncio.sleep(2)
        used = cpu(broker) - used
        await broker.get("/health/live")
        room(broker)
        accepted, given = await post(broker)
        found = await until(broker, given["id"], "ACCEPTED")
    await peer.close()

    assert (refused, accepted) == (503, 202)
    assert "ledger" in said["title"]
    assert sum(found.values()) == len(peer.posts)
    assert set(peer.posts.values()) == {1}
    assert used < 1.5


async def test_what_came_of_a_send_is_kept_until_there_is_room_to_write_it_down(tmp_path):
    gate = Gate()
    peer = Peer(gate)
    await peer.open()
    async with process(tmp_path, peer) as broker:
        _, given = await post(broker)
        begun = await until(broker, given["id"], "IN_FLIGHT")
        no_room(broker)

        gate.open.set()
        await asyncio.sleep(1)
        during = await sms(broker, given["id"])
        room(broker)
        found = await until(broker, given["id"], "ACCEPTED")
    await peer.close()

    assert during == begun
    assert sum(found.values()) == sum(begun.values()) == len(peer.posts)
    assert set(peer.posts.values()) == {1}


async def test_a_ledger_that_another_holds_for_seconds_only_delays(tmp_path):
    peer = Peer(well)
    await peer.open()
    async with scene(tmp_path, peer.url) as found:
        other = sqlite3.connect(tmp_path / "state" / "w.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        posting = asyncio.create_task(found.warn())
        await asyncio.sleep(1.5)
        waited = not posting.done()
        other.execute("ROLLBACK")
        other.close()

        status = await posting
        histories = await found.over()
    await peer.close()

    assert waited
    assert status == 202
    assert {item.state for item in histories} == {State.ACCEPTED}
    assert set(peer.posts.values()) == {1}


class Jumping(SystemClock):
    """The machine's clock, set wrong and right again."""

    off = timedelta()

    def now(self):
        return super().now() + self.off


@pytest.mark.parametrize("hours", [1, -3])
async def test_a_clock_that_jumps_holds_nobody_back_and_tells_nobody_twice(tmp_path, hours):
    clock, peer = Jumping(), Peer(well, port=free_port())
    slow = {"retry_first": 5, "retry_cap": 5, "retry_cap_grave": 5}
    async with scene(tmp_path, peer.url, clock=clock, people=40, **slow) as found:
        await found.warn()
        await found.until("RETRY_WAIT")

        clock.off = timedelta(hours=hours)
        await peer.open()
        histories = await found.over()
    await peer.close()

    assert {item.state for item in histories} == {State.ACCEPTED}
    assert set(peer.posts.values()) == {1}
