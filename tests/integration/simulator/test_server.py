import asyncio
import os
import signal
import socket
import subprocess
import sys

import aiosmtplib
import pytest

from warnbroker.errors import ConfigError
from warnbroker.simulator.journal import Kind, read_journal
from warnbroker.simulator.server import Simulator, SimulatorSettings, run

TO, FROM = "+15550000001", "+15551999999"
ACCOUNT, TOKEN = "AC00000000000000000000000000000001", "simulated"


@pytest.fixture
def taken_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


@pytest.mark.parametrize("which", ["port", "smtp_port"])
async def test_a_port_in_use_is_named_in_one_line_and_nothing_stays_open(start, taken_port, which):
    with pytest.raises(ConfigError) as refused:
        await start(**{which: taken_port})

    assert f"port {taken_port} is in use" in str(refused.value)
    assert "\n" not in str(refused.value)


async def test_a_failed_start_can_be_repeated_on_another_port(taken_port):
    settings = {"account_sid": ACCOUNT, "auth_token": TOKEN}
    failing = Simulator(SimulatorSettings(**settings, port=taken_port))
    with pytest.raises(ConfigError):
        await failing.start()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", failing.smtp_port)

    simulator = Simulator(SimulatorSettings(**settings))
    await simulator.start()
    await simulator.stop()
    await simulator.stop()


async def test_a_mail_folder_that_cannot_be_made_is_refused(start, tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="cannot be made"):
        await start(mail_directory=tmp_path / "file" / "mail")


async def test_the_secret_stays_out_of_the_settings_text():
    assert TOKEN not in repr(SimulatorSettings(account_sid=ACCOUNT, auth_token=TOKEN))


async def test_stopping_leaves_no_task_behind(start, sdk, receiver):
    receiver.hold = asyncio.Event()
    before = asyncio.all_tasks()
    simulator = await start()
    for number in range(20):
        await sdk(simulator).messages.create_async(
            to=f"+1555000{number:04d}", from_=FROM, body="x", status_callback=f"{receiver.url}/r"
        )
    mail = aiosmtplib.SMTP(hostname="127.0.0.1", port=simulator.smtp_port, start_tls=False)
    await mail.connect()
    await receiver.came.wait()

    await simulator.stop()

    receiver.hold.set()
    mail.close()
    left = {task for task in asyncio.all_tasks() - before if "simulator" in repr(task)}
    assert left == set()


async def test_run_serves_until_it_is_cancelled(sdk):
    serving: asyncio.Future[Simulator] = asyncio.get_running_loop().create_future()
    settings = SimulatorSettings(account_sid=ACCOUNT, auth_token=TOKEN)

    running = asyncio.create_task(run(settings, serving.set_result))
    simulator = await serving
    message = await sdk(simulator).messages.create_async(to=TO, from_=FROM, body="x")
    running.cancel()

    with pytest.raises(asyncio.CancelledError):
        await running
    assert message.sid
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", simulator.smtp_port)


PROGRAM = """
import asyncio, sys
from pathlib import Path
from warnbroker.simulator.server import SimulatorSettings, run

settings = SimulatorSettings(
    account_sid=sys.argv[1], auth_token=sys.argv[2], journal=Path(sys.argv[3])
)
tell = lambda simulator: print(simulator.http_url, simulator.smtp_port, flush=True)
asyncio.run(run(settings, tell))
"""


async def test_the_journal_of_a_killed_simulator_holds_all_that_was_answered(sdk, tmp_path):
    journal = tmp_path / "journal.jsonl"
    command = [sys.executable, "-c", PROGRAM, ACCOUNT, TOKEN, str(journal)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        url, smtp_port = (await asyncio.to_thread(process.stdout.readline)).split()
        client = sdk(Reached(url))
        sent = [
            (await client.messages.create_async(to=TO, from_=FROM, body="撤离")).sid
            for _ in range(20)
        ]
        mail = aiosmtplib.SMTP(hostname="127.0.0.1", port=int(smtp_port), start_tls=False)
        await mail.connect()
        await mail.sendmail("a@b.example", ["c@d.example"], b"Subject: x\r\n\r\nx\r\n")
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        mail.close()

    entries = list(read_journal(journal))
    assert [entry["sid"] for entry in entries if entry["kind"] == Kind.SMS] == sent
    assert [entry["to"] for entry in entries if entry["kind"] == Kind.MAIL] == ["c@d.example"]


class Reached:
    def __init__(self, http_url: str) -> None:
        self.http_url = http_url
