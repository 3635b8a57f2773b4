"""A named list is taken out of the settings while an Update waits: who was told hears it still."""

from dataclasses import replace

import aiohttp

from tests.acceptance.bodies import instant
from tests.acceptance.conftest import ACCOUNT, PEOPLE, TOKEN, broker
from tests.acceptance.test_release import OVERRIDE, approve, hired, posted, settled, told
from warnbroker.app import serve
from warnbroker.simulator.server import Simulator, SimulatorSettings

LISTS = {"leaders": {"names": {"en": "Leaders"}, "refs": ["one", "two"]}}
CIRCLE = {"scope": "Restricted", "extra": "<restriction>leaders</restriction>"}


async def test_an_update_whose_list_is_gone_reaches_those_who_were_told(tmp_path):
    far = Simulator(SimulatorSettings(account_sid=ACCOUNT, auth_token=TOKEN))
    await far.start()
    try:
        setting = {"people": PEOPLE, "sms": far.http_url, "release": OVERRIDE}
        async with broker(tmp_path, **setting, more={"lists": LISTS}) as found:
            house = replace(found, keys={**found.keys, **await hired(found)})
            sent = instant(-2)
            alert = await posted(house, identifier="inner", sent=sent, **CIRCLE)
            assert (await approve(house, alert)).status == 200
            await settled(house, alert)
            assert told(house, alert) == 2
            named = f"warning@demo-harbour.example,inner,{sent}"
            update = await posted(house, msgType="Update", references=named, **CIRCLE)
        async with (
            serve(found.settings.model_copy(update={"lists": {}})) as served,
            aiohttp.ClientSession() as session,
        ):
            again = replace(house, served=served, session=session)
            reply = await approve(again, update)
            assert reply.status == 200, reply.body
            await settled(again, update)

            rows = again.query(
                "SELECT message.kind FROM delivery JOIN message ON message.alert_id = "
                "delivery.alert_id AND message.id = delivery.message_id JOIN alert ON alert.id "
                "= delivery.alert_id WHERE alert.public_id = ?",
                update,
            )
        assert [kind for (kind,) in rows] == ["update", "update"]
    finally:
        await far.stop()
