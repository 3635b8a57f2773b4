"""A channel is switched off while a warning stands: its people hear of the end elsewhere."""

import csv

import pytest

from tests.integration.alerts import alert, reference, xml
from tests.integration.far_end import Broker, far_end, fill, write_config
from warnbroker.model.enums import MsgType
from warnbroker.simulator.journal import read_journal

pytestmark = pytest.mark.timeout(240)


def reached(end, kind):
    return [entry["to"] for entry in read_journal(end.journal) if entry["kind"] == kind]


def addresses(people, channel):
    """Return the addresses of those who can be told there; the channels that they want count."""
    found = []
    for row in people:
        usable = {"email": row["email"], "voice": row["voice"] or row["phone"]}
        wanted = {name for name in row["channels"].split(";") if usable.get(name)}
        if usable[channel] and (not wanted or channel in wanted):
            found.append(usable[channel])
    return found


async def publish(broker, message):
    accepted = await broker.post(xml(message))
    await broker.settled(accepted["id"])
    return accepted


async def test_who_was_told_on_a_channel_that_is_gone_is_told_at_their_other_addresses(tmp_path):
    async with far_end(tmp_path) as end:
        routing = [{"channels": ["sms"]}]
        first = Broker(write_config(tmp_path, end, only=("sms", "email"), routing=routing))
        key = await fill(first.settings, tmp_path, 120)
        first.session.headers["Authorization"] = f"Bearer {key}"
        await first.start()
        surge = alert()
        await publish(first, surge)
        await first.stop()
        told = set(reached(end, "sms"))
        later = Broker(write_config(tmp_path, end, only=("email", "voice")), key)
        await later.start()
        try:
            await publish(later, alert("end", MsgType.CANCEL, [reference(surge)], infos=()))
        finally:
            await later.stop()

        with (tmp_path / "subscribers.csv").open() as file:
            people = [row for row in csv.DictReader(file) if row["phone"] in told]
        mails = sorted(addresses(people, "email"))
        assert mails
        assert sorted(reached(end, "mail")) == mails
        assert sorted(reached(end, "call")) == sorted(addresses(people, "voice"))
