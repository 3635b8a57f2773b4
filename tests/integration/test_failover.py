"""Two providers over real HTTP: one fails in every way there is, nobody is lost or told twice."""

import asyncio
from collections import Counter
from contextlib import asynccontextmanager

import orjson
import pytest
import yaml

from tests.integration.alerts import alert, info, xml
from tests.integration.far_end import Broker, FarEnd, fill, write_config
from tests.ports import free_port
from warnbroker.app import open_ledger
from warnbroker.model.event import Event
from warnbroker.model.provider import Fault
from warnbroker.model.record import AuditFilter
from warnbroker.settings import load
from warnbroker.simulator.faults import FaultScript
from warnbroker.simulator.server import Simulator, SimulatorSettings

pytestmark = pytest.mark.timeout(180)

PEOPLE = 120
ARRIVED = {"DELIVERED", "CONFIRMED"}
QUICK = {
    "trip_least": 3,
    "pause": 0.5,
    "longest_pause": 1,
    "config_pause": 0.5,
    "probe_every": 0.2,
    "restore_every": 0.3,
    "step_up": 0.1,
}


class Company:
    """A provider that can be closed, and opened again with faults or without."""

    def __init__(self, name):
        self.name, self.port = name, free_port()
        self.reached = Counter()
        self._simulator = None

    async def open(self, **faults):
        script = {"sms": [{"rate": 1, **faults}]} if faults else {}
        self._simulator = Simulator(
            SimulatorSettings(
                account_sid="AC" + "0" * 32,
                auth_token=self.name,
                port=self.port,
                faults=FaultScript.model_validate(script),
                callback_delay=(0.0, 0.1),
            )
        )
        await self._simulator.start()

    async def close(self):
        if self._simulator is not None:
            self.reached.update(
                entry["to"] for entry in self._simulator.journal.entries("sms") if entry["accepted"]
            )
            await self._simulator.stop()
            self._simulator = None

    async def reopen(self, **faults):
        await self.close()
        await self.open(**faults)

    def account(self, weight):
        return {
            "type": "twilio",
            "weight": weight,
            "base_url": f"http://127.0.0.1:{self.port}",
            "account_sid": "AC" + "0" * 32,
            "auth_token": self.name,
            "from": "+15550000000",
            "receipt_timeout": 30,
            # A far end that shares the test's process may stand still for a second.
            "read_timeout": 5,
        }


@asynccontextmanager
async def silence(port):
    """Listen at a port and never answer."""
    writers = []

    async def ignore(reader, writer):
        writers.append(writer)
        await reader.read()

    server = await asyncio.start_server(ignore, "127.0.0.1", port)
    yield
    server.close()
    for writer in writers:
        writer.close()
    await server.wait_closed()


@pytest.fixture(scope="module")
async def companies():
    pair = {"one": Company("one"), "other": Company("other")}
    yield pair
    for company in pair.values():
        await company.close()


@pytest.fixture(scope="module")
async def served(tmp_path_factory, companies):
    folder = tmp_path_factory.mktemp("failover")
    nowhere = {"http": "", "account_sid": "", "auth_token": "", "smtp_port": 1}
    routing = [{"channels": ["sms"]}]
    config = write_config(folder, FarEnd(nowhere, folder), only=("sms",), routing=routing)
    settings = yaml.safe_load(config.read_text())
    accounts = {"one": companies["one"].account(3), "other": companies["other"].account(1)}
    settings["channels"]["sms"] = {"providers": accounts}
    settings["dispatch"]["failover"] = QUICK
    config.write_text(yaml.safe_dump(settings))
    broker = Broker(config, await fill(load(config), folder, PEOPLE))
    await broker.start()
    yield broker
    await broker.stop()


@pytest.fixture
async def broker(served):
    for name in ("one", "other"):
        path = f"/v1/channels/sms/providers/{name}/reset"
        async with served.session.post(served.url + path) as answer:
            assert answer.status == 200
    return served


@pytest.fixture
async def one(companies):
    await companies["one"].close()
    companies["one"].reached.clear()
    return companies["one"]


@pytest.fixture
async def other(companies):
    await companies["other"].reopen()
    companies["other"].reached.clear()
    return companies["other"]


async def warn(broker, identifier, level="red"):
    """Publish an alert; return its deliveries once they are settled."""
    infos = (info(level), info(level, language="zh-CN"))
    posted = await broker.post(xml(alert(identifier, infos=infos)))
    await broker.settled(posted["id"])
    found = await broker.get(f"/v1/alerts/{posted['id']}/deliveries?limit=1000")
    return found["items"]


async def provider(broker, name):
    [channel] = [
        item for item in (await broker.get("/v1/channels"))["items"] if item["name"] == "sms"
    ]
    return next(item for item in channel["providers"] if item["name"] == name)


def told(deliveries):
    """Return how many have arrived; all of them should."""
    return sum(item["state"] in ARRIVED for item in deliveries)


def marked(deliveries):
    return sum(any(attempt["repeat"] for attempt in item["attempts"]) for item in deliveries)


async def test_the_other_takes_over_from_a_dead_provider_which_then_comes_back_slowly(
    broker, one, other
):
    red = await warn(broker, "dead")
    dead, well = await provider(broker, "one"), await provider(broker, "other")
    await one.open()
    shares = []
    for number in range(20):
        await warn(broker, f"light-{number}", "yellow")
        shares.append((await provider(broker, "one"))["share"])
        if shares[-1] == 1:
            break

    await one.close()
    await other.close()
    assert told(red) == len(red) > 50
    assert marked(red) == 0
    assert (dead["state"], well["state"]) == ("open", "ok")
    assert well["latency"] > 0
    assert shares[-1] == 1
    assert len(set(shares) - {0, 1}) >= 2
    assert sum(one.reached.values()) > 0


async def test_a_provider_that_answers_nothing_is_given_up_and_nobody_is_left_unknown(
    broker, one, other
):
    async with silence(one.port):
        red = await warn(broker, "silent")
        silent = await provider(broker, "one")

    await other.close()
    assert told(red) == len(red)
    assert silent["state"] == "open"
    assert set(other.reached.values()) == {1}
    assert 0 < marked(red) < len(red)


async def test_a_provider_that_takes_no_more_is_passed_over(broker, one, other):
    await one.open(fault="throttle", retry_after=1)

    red = await warn(broker, "throttled")

    await other.close()
    assert told(red) == len(red)
    assert marked(red) == 0
    assert set(other.reached.values()) == {1}
    assert (await provider(broker, "one"))["throttled"] > 0


async def test_a_wrong_key_is_told_once_survives_a_restart_and_is_mended_by_a_word(
    broker, one, other
):
    await one.open(fault="unauthorized")
    red = await warn(broker, "wrong")
    await one.reopen()
    await until(lambda: recorded(broker))
    await broker.kill()
    await broker.start()

    after_restart = await provider(broker, "one")
    async with broker.session.post(f"{broker.url}/v1/channels/sms/providers/one/reset") as answer:
        assert answer.status == 200
    mended = await provider(broker, "one")

    await other.close()
    assert told(red) == len(red)
    assert marked(red) == 0
    assert set(other.reached.values()) == {1}
    lines = [
        orjson.loads(line)
        for line in (broker.config.parent / "broker.log").read_text().splitlines()
        if "provider_opened" in line and "config" in line
    ]
    assert [(line["provider"], line["fault"]) for line in lines] == [("one", "config")]
    assert (after_restart["state"], after_restart["breakers"][0]["code"]) == ("open", "20003")
    assert (mended["state"], mended["share"]) == ("ok", 1)


async def until(condition):
    while not await condition():
        await asyncio.sleep(0.05)


async def recorded(broker):
    """Tell whether the ledger knows of the fault of the configuration, for all and on record."""
    async with open_ledger(broker.settings) as store:
        entries = await store.audit.latest(10, AuditFilter(event=Event.PROVIDER_OPENED))
        known = [
            breaker.fault
            for one in await store.providers.known()
            for breaker in one.report.breakers
        ]
    return Fault.CONFIG in known and any('"config"' in entry.detail for entry in entries)
