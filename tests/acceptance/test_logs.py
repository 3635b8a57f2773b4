"""Logs and answers speak of deliveries, never of the people whom they are for."""

import asyncio
import json
import re
import traceback

import aiohttp
import pytest
import yaml
from sqlalchemy import text

from tests.acceptance.bodies import cap
from tests.acceptance.processes import Process
from warnbroker.errors import StoreError
from warnbroker.log import log, set_up
from warnbroker.store.database import Database

FAULTS = {
    "sms": [
        {"fault": "throttle", "rate": 0.2, "times": 1, "retry_after": 1},
        {"fault": "error_before_accepting", "rate": 0.2, "times": 1},
        {"fault": "reset_after_request", "rate": 0.2, "times": 1},
        {"fault": "bad_number", "rate": 0.2},
    ],
    "voice": [
        {"fault": "error_after_accepting", "rate": 0.2, "times": 1},
        {"fault": "reset_before_accepting", "rate": 0.2, "times": 1},
        {"fault": "bad_number", "rate": 0.2},
        {"fault": "unauthorized", "rate": 0.05, "times": 1},
    ],
    "callbacks": [
        {"fault": "bad_signature", "rate": 0.1},
        {"fault": "duplicate", "rate": 0.1},
        {"fault": "before_response", "rate": 0.1},
    ],
    "smtp": {
        "rcpt": [{"fault": "reply", "rate": 0.3, "text": "550 5.1.1 No such mailbox"}],
        "dot": [{"fault": "accept_then_drop", "rate": 0.3, "times": 1}],
    },
}


async def test_no_log_line_and_no_answer_names_a_person(command):
    people = "".join(
        f"r{number},Person-{number},+35840123{number:04},person-{number}@people.example,demo\n"
        for number in range(300)
    )
    faults = command.write("faults.yaml", yaml.safe_dump(FAULTS))
    with Process(
        "simulate", "--port", "0", "--smtp-port", "0", "--faults", faults, stream="stdout"
    ) as far:
        config = command.write("w.yaml", yaml.safe_dump(providers(json.loads(far.line("{")))))
        only = {"WARNBROKER_STORE__URL": None}
        command.write("people.csv", f"ref,name,phone,email,regions\n{people}")
        command("subscribers", "import", "people.csv", "--config", config, **only)
        added = command("issuer", "add", "desk", "--json", "--config", config, **only)
        key = json.loads(added.out)["key"]
        with Process("serve", "--config", config) as broker:
            url = re.search(r"http://\S+", broker.line(" serves "))[0]
            said = await warn_all(url, key)
    log = broker.said

    assert b"RETRY_WAIT" in said or b"FAILED_PERM" in said
    for found in (said.decode(), log):
        assert not re.search(r"\+?35840\d{4}|person-\d|Person-\d", found)
    assert key not in log


def providers(far: dict) -> dict:
    return {
        "server": {"port": 0},
        "log_level": "debug",
        "release": {"flows": {"standard": []}},
        "store": {"url": "sqlite:///state/w.db"},
        "dispatch": {"unknown_after": 0.5, "retry_first": 0.1, "sweep": 0.1},
        "routing": [{"channels": ["sms", "voice", "email"]}],
        "channels": {
            "sms": {"base_url": far["http"], "account_sid": far["account_sid"],
                    "auth_token": far["auth_token"], "from": "+15550000000", "receipt_timeout": 1},
            "voice": {"base_url": far["http"], "account_sid": far["account_sid"],
                      "auth_token": far["auth_token"], "from": "+15550000000",
                      "receipt_timeout": 1},
            "email": {"host": "127.0.0.1", "port": far["smtp_port"], "tls": "none", "username": "",
                      "password": "", "from": "warning@demo-harbour.example"},
            **{name: {"enabled": False} for name in ("feed", "broadcast", "van")},
        },
    }  # fmt: skip


async def warn_all(url: str, key: str) -> bytes:
    """Warn everybody, wait until all is tried, and return all that the broker says of it."""
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/cap+xml"}
    async with aiohttp.ClientSession(url, headers=headers) as session, asyncio.timeout(60):
        async with session.post("/v1/alerts", data=cap(severity="Severe")) as answer:
            links = (await answer.json())["links"]
        while True:
            async with session.get(links["progress"]) as answer:
                progress = await answer.json()
            waiting = {"QUEUED", "CLAIMED", "IN_FLIGHT"}
            states = [set(states) for states in progress["channels"].values()]
            if progress["planned"] and not any(found & waiting for found in states):
                break
            await asyncio.sleep(0.1)
        said = b""
        deliveries = links["deliveries"]
        for path in (
            f"{deliveries}?limit=1000", f"{deliveries}?format=csv", links["progress"],
            "/metrics", "/v1/channels", "/health/ready",
        ):  # fmt: skip
            async with session.get(path) as answer:
                said += await answer.read()
        # What makes no sense, or is too much, is named in the answer, but not repeated in the log.
        number, mailbox = "+35840123" + "0001", "person-1" + "@people.example"
        for path in ("/receipts/twilio/sms/x/1.1", "/v1/alerts", "/v1/subscribers"):
            async with session.post(path, data=f"To={number}&From={mailbox}") as answer:
                said += await answer.read()
    return said


def test_what_a_library_words_in_its_errors_names_nobody(capsys):
    set_up("debug")
    try:
        try:
            int("+358401230001x or person-1@people.example")
        except ValueError as error:
            log.exception("channel_fault", error=str(error))
    finally:
        set_up("warning")
    said = capsys.readouterr().err

    assert "ValueError" in said
    assert not re.search(r"35840\d{4}|person-1", said)


async def test_a_database_that_refuses_does_not_repeat_what_it_was_given(tmp_path):
    database, person = Database(f"sqlite:///{tmp_path / 'w.db'}"), {"name": "Person-1"}

    with pytest.raises(StoreError) as refused:
        await database.write(
            lambda c: c.execute(text("INSERT INTO nowhere VALUES (:name)"), person)
        )
    await database.close()

    assert "Person-1" not in "".join(traceback.format_exception(refused.value))
