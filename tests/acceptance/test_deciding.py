"""Deciding from the terminal: what is typed decides, and a waiting alert is followed."""

import asyncio
import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.acceptance.conftest import ACCOUNT, PEOPLE, TOKEN, Broker, broker
from tests.acceptance.test_release import hired, look, posted, red
from warnbroker.simulator.server import Simulator, SimulatorSettings

OVERRIDE = {"override": {"enabled": True}}


@pytest.fixture(scope="module")
async def house(tmp_path_factory) -> AsyncIterator[Broker]:
    far = Simulator(
        SimulatorSettings(account_sid=ACCOUNT, auth_token=TOKEN, callback_delay=(0.0, 0.01))
    )
    await far.start()
    try:
        folder = tmp_path_factory.mktemp("terminal")
        async with broker(folder, people=PEOPLE, sms=far.http_url, release=OVERRIDE) as found:
            yield replace(found, keys={**found.keys, **await hired(found)})
    finally:
        await far.stop()


class Terminal:
    """Runs a command; ``typed`` is what a person types, else nobody is there."""

    def __init__(self, house, **environment):
        self.house, self.environment = house, environment

    async def __call__(self, *argv, key="lin", typed=None, **environment):
        return await asyncio.to_thread(self._run, argv, key, typed, environment)

    def _run(self, argv, key, typed, environment):
        command = [sys.executable, "-m", "warnbroker", *argv, "--url", self.house.served.url]
        place = {
            "PATH": os.environ["PATH"], "WARNBROKER_KEY": self.house.keys[key],
            "COLUMNS": "200", "LANG": "C.UTF-8", **self.environment, **environment,
        }  # fmt: skip
        if typed is None:
            done = subprocess.run(
                command, env=place, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                check=False,
            )  # fmt: skip
            return done.returncode, done.stdout + done.stderr
        return typing(command, place, typed)


def typing(command, place, lines):
    """Run a command at a terminal of its own and type a line whenever it asks."""
    here, there = pty.openpty()
    with subprocess.Popen(
        command, env=place, stdin=there, stdout=there, stderr=there, close_fds=True
    ) as process:
        os.close(there)
        said, waiting = "", list(lines)
        while True:
            try:
                ready, _, _ = select.select([here], [], [], 60)
                piece = os.read(here, 65536).decode(errors="replace") if ready else ""
            except OSError:  # the other end is closed: the command has ended
                break
            if not piece:
                break
            said += piece
            if waiting and said.rstrip().endswith(":"):
                os.write(here, (waiting.pop(0) + "\n").encode())
        status = process.wait()
    os.close(here)
    return status, said


@pytest.fixture
def terminal(house) -> Terminal:
    return Terminal(house)


async def test_who_types_what_the_alert_is_lets_it_go(house, terminal):
    alert = await posted(house)

    status, said = await terminal("approve", alert, typed=["Actual", "red", "Market", "2"])

    assert status == 0, said
    assert "THIS IS REAL" in said
    assert "Stay in." in said
    assert "大风红色预警" in said
    assert (await look(house, alert))["clock"]["released"]


async def test_who_takes_danger_for_a_drill_lets_nothing_go(house, terminal):
    alert = await posted(house)

    status, said = await terminal("approve", alert, typed=["Exercise", "red", "Market", "2"])

    assert status == 1
    assert "release.confirmation.status" in said
    assert (await look(house, alert))["state"] == "pending"


async def test_a_drill_never_looks_like_danger(house, terminal):
    alert = await posted(house, status="Exercise")

    _, said = await terminal("approve", alert, "--confirm", "Actual/red/Market/0")

    assert "EXERCISE" in said
    assert "THIS IS A DRILL" in said
    assert "REAL" not in said


async def test_a_chinese_terminal_says_it_in_chinese(house, terminal):
    alert = await posted(house)

    _, said = await terminal("approve", alert, "--confirm", "Test/red/Market/2", LANG="zh_CN.UTF-8")

    assert "真实预警" in said
    assert "人数" in said


def chinese_first() -> str:
    """Write a red alert whose first info is the Chinese one, with a place of its own name."""
    told = red().replace("en-US", "@").replace("zh-CN", "en-US").replace("@", "zh-CN")
    return told.replace("<areaDesc>Market<", "<areaDesc>集市区<", 1)


async def test_the_place_is_shown_in_the_reader_s_language_and_typed_in_either(house, terminal):
    for place in ("Market", "集市区"):
        alert = (await house.post(chinese_first())).json["id"]
        english = (await look(house, alert))["release"]["confirmation"]["area"]
        chinese = await house.ask("GET", f"/v1/alerts/{alert}", headers={"Accept-Language": "zh"})

        status, said = await terminal("approve", alert, "--confirm", f"Actual/red/{place}/2")

        assert status == 0, said
        assert english == "Market"
        assert chinese.json["release"]["confirmation"]["area"] == "集市区"


async def test_where_nobody_can_type_a_script_must_say_it(house, terminal):
    alert = await posted(house)

    silent = await terminal("approve", alert)
    odd = await terminal("approve", alert, "--confirm", "Actual/red")
    wordy = await terminal("approve", alert, "--confirm", "Actual/red/Market/many")
    done = await terminal("approve", alert, "--confirm", "actual/red/market/2")

    assert silent[0] == odd[0] == wordy[0] == 2
    assert "--confirm" in silent[1]
    assert done[0] == 0, done[1]


async def test_a_rejection_and_a_withdrawal_end_it(house, terminal):
    first, second = await posted(house), await posted(house)

    rejected = await terminal("reject", first, "--reason", "wrong quay")
    stranger = await terminal("withdraw", second)
    withdrawn = await terminal("withdraw", second, key="desk")

    assert rejected[0] == withdrawn[0] == 0
    assert stranger[0] == 1
    assert (await look(house, first))["state"] == "rejected"
    assert (await look(house, second))["state"] == "withdrawn"


async def test_an_override_says_that_another_person_must_sign(house, terminal):
    alert = await posted(house)

    gone = await terminal(
        "override", alert, "--reason", "nobody here", "--confirm", "Actual/red/Market/2"
    )
    own = await terminal("countersign", alert)
    signed = await terminal("countersign", alert, key="wang")

    assert gone[0] == 0, gone[1]
    assert f"countersign {alert}" in gone[1]
    assert own[0] == 1
    assert signed[0] == 0, signed[1]


async def test_what_waits_is_listed_with_its_age(house, terminal):
    alert = await posted(house)

    _, said = await terminal("pending")
    status, listed = await terminal("pending", "--json")

    assert alert in said
    assert "Actual" in said
    assert status == 0
    assert alert in [item["id"] for item in json.loads(listed)]


async def test_what_was_held_is_admitted_first(house, terminal):
    same = {"headline": "Held at the terminal"}
    body = red(**same)
    await house.post(body)
    twin = body.replace("<identifier>", "<identifier>twin-")
    alert = (await house.post(twin)).json["id"]

    early = await terminal("approve", alert, "--confirm", "Actual/red/Market/2")
    admitted = await terminal("admit", alert)
    gone = await terminal("approve", alert, "--confirm", "Actual/red/Market/2")

    assert early[0] == 1
    assert f"warnbroker admit {alert}" in early[1]
    assert admitted[0] == gone[0] == 0, gone[1]


@pytest.mark.parametrize(("number", "status"), [("../issuers", 2), ("a" * 26, 1), ("", 2)])
async def test_what_is_no_number_or_nobody_s_is_one_clear_line(terminal, number, status):
    found = await terminal("approve", number)

    assert found[0] == status
    assert len(found[1].splitlines()) == 1
    assert found[1].startswith("warnbroker: ")


async def test_issue_says_who_must_approve_waits_and_follows_to_the_end(house, tmp_path):
    file = tmp_path / "red.cap.xml"
    file.write_text(red(headline="Followed"))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "warnbroker", "issue", str(file), "--url", house.served.url,
        stderr=asyncio.subprocess.PIPE,
        env={"PATH": os.environ["PATH"], "WARNBROKER_KEY": house.keys["desk"], "COLUMNS": "200"},
    )  # fmt: skip
    said = ""
    while "warnbroker approve" not in said:
        line = (await process.stderr.readline()).decode()
        assert line, said
        said += line
    alert = said.split("warnbroker approve ")[1].split()[0]

    await Terminal(house)("approve", alert, "--confirm", "Actual/red/Market/2")
    rest = (await process.stderr.read()).decode()

    assert await process.wait() == 0, rest
    assert "approver" in said
    assert "sms" in rest


async def test_issue_ends_with_the_reason_when_it_is_rejected(house, tmp_path):
    file = tmp_path / "red.cap.xml"
    file.write_text(red(headline="Not like this"))
    issuing = asyncio.create_task(Terminal(house)("issue", str(file), key="desk"))
    alert = await number_of(house, "Not like this")

    await Terminal(house)("reject", alert, "--reason", "wrong quay")
    status, said = await issuing

    assert status == 1
    assert "wrong quay" in said
    assert "Lin" in said


async def number_of(house, headline):
    while True:
        page = await house.ask("GET", "/v1/alerts?state=pending&limit=1000")
        for item in page.json["items"]:
            document = await house.ask("GET", f"/v1/alerts/{item['id']}/cap")
            if headline.encode() in document.body:
                return item["id"]
        await asyncio.sleep(0.05)
