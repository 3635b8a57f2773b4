"""Every fault of the simulated providers, over real HTTP and SMTP, ends in the right state.

The far end's journal says which fault hit whom; the ledger says what became of it.
"""

from dataclasses import dataclass

import pytest
import yaml

from tests.integration.alerts import alert, info, xml
from tests.integration.far_end import Broker, far_end, fill, write_config
from warnbroker.app import open_ledger
from warnbroker.model.receipt import State
from warnbroker.simulator.journal import read_journal

pytestmark = pytest.mark.timeout(300)

SCRIPT = {
    "sms": [
        {"fault": "throttle", "rate": 0.1, "times": 1, "retry_after": 1},
        {"fault": "error_before_accepting", "rate": 0.1, "times": 1},
        {"fault": "error_after_accepting", "rate": 0.1, "times": 1},
        {"fault": "reset_before_accepting", "rate": 0.1, "times": 1},
        {"fault": "reset_after_request", "rate": 0.1, "times": 1},
        {"fault": "slow", "rate": 0.1, "times": 1, "seconds": 1},
        {"fault": "undeliverable", "rate": 0.1, "times": 1, "status": "undelivered", "code": 30003},
        {"fault": "undeliverable", "rate": 0.1, "times": 1, "status": "failed", "code": 30005},
        {"fault": "bad_number", "rate": 0.1},
    ],
    "voice": [
        {"fault": "throttle", "rate": 0.1, "times": 1, "retry_after": 1},
        {"fault": "error_before_accepting", "rate": 0.1, "times": 1},
        {"fault": "error_after_accepting", "rate": 0.1, "times": 1},
        {"fault": "reset_before_accepting", "rate": 0.1, "times": 1},
        {"fault": "reset_after_request", "rate": 0.1, "times": 1},
        {"fault": "busy", "rate": 0.1, "times": 1},
        {"fault": "no_answer", "rate": 0.1, "times": 1},
        {"fault": "bad_number", "rate": 0.1},
    ],
    "smtp": {
        "mail": [{"fault": "drop", "rate": 0.02}],
        "rcpt": [
            {"fault": "reply", "rate": 0.15, "times": 1, "text": "450 4.2.1 Mailbox busy"},
            {"fault": "reply", "rate": 0.15, "times": 1, "text": "550 5.1.1 No such mailbox"},
            {"fault": "drop", "rate": 0.1, "times": 1},
        ],
        "data": [{"fault": "reply", "rate": 0.1, "times": 1, "text": "451 4.3.0 Try later"}],
        "dot": [
            {"fault": "reply", "rate": 0.15, "times": 1, "text": "452 4.3.1 Disk full"},
            {"fault": "drop", "rate": 0.15, "times": 1},
            {"fault": "accept_then_drop", "rate": 0.15, "times": 1},
        ],
    },
}
ARRIVED = {State.DELIVERED, State.CONFIRMED}


@dataclass(frozen=True)
class Expected:
    """The states a delivery may end in, how often its address is reached, and whether
    a repeat is marked."""

    states: set[State]
    reached: int
    repeat: bool


ONCE = Expected(ARRIVED, 1, repeat=False)
GONE = Expected({State.FAILED_PERM}, 0, repeat=False)
RESENT = Expected(ARRIVED, 1, repeat=True)
TABLE = {
    ("sms", "throttle", ""): ONCE,
    ("sms", "error_before_accepting", ""): RESENT,
    ("sms", "error_after_accepting", ""): ONCE,
    ("sms", "reset_before_accepting", ""): RESENT,
    ("sms", "reset_after_request", ""): ONCE,
    ("sms", "slow", ""): ONCE,
    ("sms", "undeliverable", "30003"): Expected(ARRIVED, 2, repeat=False),
    ("sms", "undeliverable", "30005"): Expected({State.FAILED_PERM}, 1, repeat=False),
    ("sms", "bad_number", ""): GONE,
    ("voice", "throttle", ""): ONCE,
    ("voice", "error_before_accepting", ""): RESENT,
    ("voice", "error_after_accepting", ""): ONCE,
    ("voice", "reset_before_accepting", ""): RESENT,
    ("voice", "reset_after_request", ""): ONCE,
    ("voice", "busy", ""): Expected(ARRIVED, 2, repeat=False),
    ("voice", "no_answer", ""): Expected(ARRIVED, 2, repeat=False),
    ("voice", "bad_number", ""): GONE,
    ("email", "rcpt", "450"): Expected({State.ACCEPTED}, 1, repeat=False),
    ("email", "rcpt", "550"): GONE,
    ("email", "rcpt", "drop"): Expected({State.ACCEPTED}, 1, repeat=False),
    ("email", "data", "451"): Expected({State.ACCEPTED}, 1, repeat=False),
    ("email", "dot", "452"): Expected({State.ACCEPTED}, 1, repeat=False),
    ("email", "dot", "drop"): Expected({State.ACCEPTED}, 1, repeat=True),
    ("email", "dot", "accept_then_drop"): Expected({State.ACCEPTED}, 2, repeat=True),
}


@dataclass(frozen=True)
class Fate:
    """What became of one address on one channel."""

    states: set[State]
    reached: int
    repeat: bool
    codes: set[str]


async def test_every_fault_ends_in_the_right_state(tmp_path):
    script = tmp_path / "faults.yaml"
    script.write_text(yaml.safe_dump(SCRIPT))
    async with far_end(tmp_path, "--faults", str(script), "--seed", "5") as end:
        fates = await _warn(tmp_path, end, "red")
        hit = _hits(end)

    seen = {}
    for (channel, address), names in hit.items():
        fate = fates[channel, address]
        found = [key for key in TABLE if key[0] == channel and _same(key, names, fate)]
        if len(names) == 1 and found:
            seen.setdefault(found[0], []).append(fate)
    for key, expected in TABLE.items():
        assert key in seen, f"no address was hit by {key} alone"
        for fate in seen[key]:
            assert fate.states <= expected.states, key
            assert (fate.reached, fate.repeat) == (expected.reached, expected.repeat), key


async def test_at_the_lower_levels_an_unknown_mail_is_listed_and_not_sent_again(tmp_path):
    script = tmp_path / "faults.yaml"
    drop = {"fault": "accept_then_drop", "rate": 1.0, "times": 1}
    script.write_text(yaml.safe_dump({"smtp": {"dot": [drop]}}))
    async with far_end(tmp_path, "--faults", str(script)) as end:
        fates = await _warn(tmp_path, end, "yellow")

    mails = [fate for (channel, _), fate in fates.items() if channel == "email"]
    assert mails
    assert all(fate.states == {State.UNKNOWN} and fate.reached == 1 for fate in mails)


@pytest.mark.parametrize(
    ("fault", "states"),
    [
        ("duplicate", {State.DELIVERED}),
        ("out_of_order", {State.DELIVERED}),
        ("before_response", {State.DELIVERED}),
        ("late", {State.DELIVERED}),
        ("never", {State.ACCEPTED}),
        ("bad_signature", {State.ACCEPTED}),
    ],
)
async def test_callbacks_may_come_in_any_way(tmp_path, fault, states):
    script = tmp_path / "faults.yaml"
    rule = {"fault": fault, "rate": 1.0} | ({"seconds": 1} if fault == "late" else {})
    script.write_text(yaml.safe_dump({"callbacks": [rule]}))
    async with far_end(tmp_path, "--faults", str(script)) as end:
        fates = await _warn(tmp_path, end, "red", count=40, only=("sms",))

    assert fates
    for fate in fates.values():
        assert fate.states == states
        assert (fate.reached, fate.repeat) == (1, False)


async def _warn(folder, end, level, count=500, only=("sms", "voice", "email")):
    config = write_config(folder, end, only=only, routing=[{"channels": list(only)}])
    broker = Broker(config)
    key = await fill(broker.settings, folder, count)
    broker.session.headers["Authorization"] = f"Bearer {key}"
    await broker.start()
    try:
        body = xml(alert(infos=(info(level), info(level, "zh-CN"))))
        accepted = await broker.post(body)
        await broker.settled(accepted["id"])
    finally:
        await broker.stop()
    return await _fates(broker, end, accepted["id"])


async def _fates(broker, end, alert_id):
    kinds = {"sms": "sms", "voice": "call", "email": "mail"}
    reached = {channel: end.accepted(kind) for channel, kind in kinds.items()}
    fates = {}
    async with open_ledger(broker.settings) as store:
        record = await store.alerts.find(alert_id)
        page = await store.deliveries.page(record.id, channel="", state="", after=0, limit=9999)
        for history in page:
            address = (await store.deliveries.claimed(record.id, history.id)).address
            fates[history.channel, address] = Fate(
                states={history.state},
                reached=reached[history.channel][address],
                repeat=any(attempt.repeat for attempt in history.attempts),
                codes={receipt.code for _, receipt in history.receipts},
            )
    return fates


def _hits(end):
    """Return the faults that hit each address, by channel: ``(place, word)``."""
    hits = {}
    for entry in read_journal(end.journal):
        if not entry.get("fault") or entry["kind"] in {"callback", "heard"} or not entry.get("to"):
            continue
        is_mail = "@" in entry["to"]
        channel = "email" if is_mail else _phone_channel(entry)
        stage = entry.get("stage", "dot") if is_mail else entry["fault"]
        word = entry["reply"][:3] if entry["fault"] == "reply" else entry["fault"]
        hits.setdefault((channel, entry["to"]), []).append((stage, word if is_mail else ""))
    return hits


def _phone_channel(entry):
    what = entry.get("what") or entry["kind"]
    return "voice" if what == "call" else "sms"


def _same(key, names, fate):
    _, place, word = key
    if key[0] == "email":
        return names == [(place, word)]
    return names[0][0] == place and (not word or word in fate.codes)
