"""Notifications through the whole broker, which knows nothing of them: taken in, told, ended."""

import asyncio

import pytest
import yaml

from tests.integration.alerts import alert, info, reference, xml
from tests.integration.far_end import Broker, fill
from tests.ports import free_port
from tests.unit.channels.push.conftest import push_service
from warnbroker.model.enums import MsgType

pytestmark = pytest.mark.timeout(120)


def write_push_config(folder, url):
    off = {name: {"enabled": False} for name in ("sms", "voice", "email", "broadcast", "van")}
    config = {
        "server": {"port": free_port()},
        "store": {"url": f"sqlite:///{folder / 'state' / 'w.db'}"},
        "release": {"flows": {"standard": []}, "repeat_within": 0},
        "dispatch": {"sweep": 0.1, "retry_first": 0.2, "retry_cap_grave": 1},
        "authorities": {},
        "routing": [{"channels": ["push"]}],
        "channels": off
        | {
            "feed": {"directory": str(folder / "published")},
            "push": {
                "key_file": str(folder / "vapid.pem"),
                "subject": "mailto:duty@demo-harbour.example",
                "services": ["127.0.0.1"],
                "allow_http": True,
                "receipt_timeout": 1,
            },
        },
    }
    path = folder / "warnbroker.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


class Desk:
    """A broker, the push service of its people, and who has subscribed so far."""

    def __init__(self, broker, service):
        self.broker, self.service, self.subscribed = broker, service, []

    def browser(self, name):
        return self.service.browser(name)

    async def subscribe(self, browser, **choices):
        self.subscribed.append(browser)
        wish = {"regions": ["demo"], "level": "blue", "language": "zh-CN"} | choices
        body = wish | {"subscription": browser.subscription}
        # The port answers before the channels are open.
        while (status := await self._post("/push/subscribe", body)) == 503:
            await asyncio.sleep(0.05)
        assert status == 201

    async def _post(self, path, body):
        async with self.broker.session.post(self.broker.url + path, json=body) as answer:
            return answer.status

    async def notes(self, browser, count):
        """Return what a browser was sent, once it is so much; the welcome comes first."""
        path = browser.endpoint.removeprefix(self.service.url)
        while len(mine := [sealed for to, _, sealed in self.service.posts if to == path]) < count:
            await asyncio.sleep(0.02)
        return [browser.opened(sealed) for sealed in mine]

    async def states(self, alert_id):
        progress = await self.broker.settled(alert_id)
        return progress["channels"].get("push", {})

    async def clear(self):
        self.service.answers = [(201, {})]
        for browser in self.subscribed:
            await self._post("/push/unsubscribe", {"subscription": browser.subscription})
        self.subscribed = []


@pytest.fixture(scope="module")
async def opened(tmp_path_factory):
    folder = tmp_path_factory.mktemp("push")
    async with push_service() as service:
        running = Broker(write_push_config(folder, service.url))
        key = await fill(running.settings, folder, 1)
        running.session.headers["Authorization"] = f"Bearer {key}"
        await running.start()
        yield Desk(running, service)
        await running.stop()


@pytest.fixture
async def desk(opened):
    yield opened
    await opened.clear()


def both(event="Storm surge"):
    return info(event=event), info(language="zh-CN", event="风暴潮")


async def test_who_subscribes_on_the_page_is_warned_and_told_the_end(desk):
    near, far = desk.browser("near"), desk.browser("far")
    await desk.subscribe(near)
    await desk.subscribe(far, regions=["demo-north-bay"])
    warning = alert("push-1", infos=both())

    accepted = await desk.broker.post(xml(warning))
    _, note = await desk.notes(near, 2)
    async with desk.broker.session.post(f"{note['report']}/shown") as answer:
        shown = answer.status
    told = await desk.states(accepted["id"])
    over = alert("push-2", msg_type=MsgType.CANCEL, references=(reference(warning),))
    await desk.broker.post(xml(over))
    *_, end = await desk.notes(near, 3)

    assert note["title"] == "红色预警：风暴潮"
    assert note["url"].endswith(f"/warnings/{accepted['id']}")
    assert (shown, told) == (204, {"DELIVERED": 1})
    assert end["title"] == "预警已终止：风暴潮"
    assert end["tag"] == note["tag"]
    assert len(await desk.notes(far, 1)) == 1


async def test_a_subscription_that_is_over_is_off_the_list(desk):
    await desk.subscribe(desk.browser("gone"))
    desk.service.answers = [(410, {})]

    first = await desk.broker.post(xml(alert("push-3", infos=both())))
    told = await desk.states(first["id"])
    second = await desk.broker.post(xml(alert("push-4", infos=both("Gale"))))
    later = await desk.states(second["id"])

    assert told == {"FAILED_PERM": 1}
    assert later == {}


async def test_a_service_that_is_busy_is_asked_again(desk):
    browser = desk.browser("busy")
    await desk.subscribe(browser)
    desk.service.answers = [(503, {}), (429, {"Retry-After": "0"}), (201, {})]

    accepted = await desk.broker.post(xml(alert("push-5", infos=both())))

    assert await desk.states(accepted["id"]) == {"ACCEPTED": 1}
    assert len(await desk.notes(browser, 4)) == 4
