"""Somebody writes STOP: no new warning, but the end of the one that they were told of."""

from datetime import UTC, datetime

import pytest

from tests.integration.alerts import alert, info, reference, xml
from tests.integration.far_end import Broker, far_end, fill, write_config
from warnbroker.app import open_ledger
from warnbroker.app.words import inbound_words_of
from warnbroker.contracts.clock import SystemClock
from warnbroker.contracts.inbound import Said
from warnbroker.intake.wishes import Wishes
from warnbroker.model.enums import MsgType
from warnbroker.simulator.journal import read_journal

pytestmark = pytest.mark.timeout(240)


async def publish(broker, message):
    accepted = await broker.post(xml(message))
    await broker.settled(accepted["id"])
    return accepted["id"]


def texted(end):
    return [entry["to"] for entry in read_journal(end.journal) if entry["kind"] == "sms"]


async def say(broker, number, text):
    async with open_ledger(broker.settings) as store:
        words = inbound_words_of(broker.settings)
        hearer = Wishes(store.suppressions, words, SystemClock())
        said = Said("sms", "phone", number, text, ref=f"m-{text}", at=datetime.now(UTC))
        return await hearer.hear([said])


async def states(broker, alert_id):
    page = await broker.get(f"/v1/alerts/{alert_id}/deliveries?channel=sms&limit=1000")
    return [(item["state"], item["attempts"]) for item in page["items"]]


async def test_stop_ends_new_warnings_but_for_red_and_not_the_correction_of_an_old_one(tmp_path):
    yellow = (info("yellow"), info("yellow", language="zh-CN"))
    async with far_end(tmp_path) as end:
        routing = [{"channels": ["sms"]}]
        broker = Broker(write_config(tmp_path, end, only=("sms",), routing=routing))
        key = await fill(broker.settings, tmp_path, 40)
        broker.session.headers["Authorization"] = f"Bearer {key}"
        await broker.start()
        try:
            first = alert("first", infos=yellow)
            await publish(broker, first)
            everybody = set(texted(end))
            quitter = sorted(everybody)[0]
            await broker.kill()
            (answer,) = await say(broker, quitter, "STOP")
            await broker.start()

            second = await publish(broker, alert("second", infos=yellow))
            heard_second = set(texted(end)[len(everybody) :])
            await publish(broker, alert("end", MsgType.CANCEL, [reference(first)], infos=()))
            heard_end = set(texted(end)[len(everybody) + len(heard_second) :])
            rest = len(texted(end))
            await publish(broker, alert("red"))
            heard_red = set(texted(end)[rest:])
            found = await states(broker, second)
        finally:
            await broker.stop()

    assert answer
    assert heard_second == everybody - {quitter}
    assert [attempts for state, attempts in found if state == "SUPPRESSED"] == [[]]
    assert heard_end == everybody
    assert heard_red >= everybody
