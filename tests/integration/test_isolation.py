"""A broken channel never stops another one, and what it owes is neither lost nor guessed."""

import pytest
import yaml

from tests.integration.alerts import alert, xml
from tests.integration.far_end import Broker, far_end, fill, write_config
from tests.ports import free_port

pytestmark = pytest.mark.timeout(120)


@pytest.fixture
def spoil(tmp_path):
    """Return what changes a channel's section of a written configuration."""

    def change(path, channel, **section):
        config = yaml.safe_load(path.read_text())
        config["channels"][channel] |= section
        path.write_text(yaml.safe_dump(config))
        return path

    return change


async def _publish(broker, folder, mail=None):
    """Return the counts once every text has arrived and some mail is in the given state."""
    key = await fill(broker.settings, folder, 120)
    broker.session.headers["Authorization"] = f"Bearer {key}"
    await broker.start()
    accepted = await broker.post(xml(alert()))
    while True:
        progress = await broker.get(f"/v1/alerts/{accepted['id']}/progress")
        channels = progress["channels"]
        told = progress["planned"] and set(channels["sms"]) <= {"DELIVERED"}
        if told and (mail is None or mail in channels["email"]):
            return channels
        assert not {"UNKNOWN", "ACCEPTED"} & set(channels.get("email", ()))


@pytest.mark.parametrize(
    ("section", "state"),
    [
        pytest.param({"host": ""}, "QUEUED", id="not configured: nothing is sent, nothing guessed"),
        pytest.param({"host": "127.0.0.1", "port": 1}, "RETRY_WAIT", id="nobody answers"),
    ],
)
async def test_a_dead_mail_relay_does_not_hold_the_texts_up(tmp_path, spoil, section, state):
    async with far_end(tmp_path) as end:
        config = write_config(tmp_path, end, only=("sms", "email"))
        broker = Broker(spoil(config, "email", **section))
        try:
            channels = await _publish(broker, tmp_path, mail=state)
        finally:
            await broker.stop()

    assert set(channels["email"]) <= {"QUEUED", "CLAIMED", "IN_FLIGHT", "RETRY_WAIT"}


async def test_a_provider_that_is_gone_does_not_hold_the_feed_up(tmp_path, spoil):
    async with far_end(tmp_path) as end:
        config = write_config(tmp_path, end, only=("sms", "email", "feed"))
        gone = f"http://127.0.0.1:{free_port()}"
        broker = Broker(spoil(config, "sms", base_url=gone))
        key = await fill(broker.settings, tmp_path, 60)
        broker.session.headers["Authorization"] = f"Bearer {key}"
        try:
            await broker.start()
            accepted = await broker.post(xml(alert()))
            address = f"/v1/alerts/{accepted['id']}/progress"
            while (found := (await broker.get(address))["channels"]).get("feed") != {
                "DELIVERED": 1
            }:
                assert "UNKNOWN" not in found.get("sms", {})
            states = (await broker.get(address))["channels"]["sms"]
        finally:
            await broker.stop()

    assert set(states) <= {"RETRY_WAIT", "IN_FLIGHT", "QUEUED", "CLAIMED"}
    assert not end.accepted("sms")


async def test_metrics_count_alerts_and_receipts_and_name_nobody(tmp_path):
    async with far_end(tmp_path) as end:
        broker = Broker(write_config(tmp_path, end, only=("sms", "feed")))
        try:
            await _publish(broker, tmp_path)
            async with broker.session.get(f"{broker.url}/metrics") as answer:
                text = await answer.text()
        finally:
            await broker.stop()

    assert 'warnbroker_alerts_total{level="red",msg_type="Alert"} 1.0' in text
    assert 'warnbroker_receipts_total{provider="twilio",state="DELIVERED"}' in text
    assert "+1555" not in text
