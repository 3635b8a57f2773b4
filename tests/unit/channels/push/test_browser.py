"""The page and its worker in a real browser: turned on, shown, read, replaced, turned off."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, async_playwright

from tests.unit.channels.push.conftest import KEY, TEXT, WARNING, delivery, message, publication
from warnbroker.errors import StoreError
from warnbroker.model.message import MessageKind
from warnbroker.model.receipt import State

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="NO CHROMIUM ON THIS MACHINE: nobody saw a notification"
)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
# No push service can be reached from a test, so the browser's own part of it is stood in for.
STAND_IN = """
  const given = %s;
  const made = () => ({
    toJSON: () => given,
    unsubscribe: async () => { localStorage.removeItem("in"); return true; },
  });
  PushManager.prototype.subscribe = async () => { localStorage.setItem("in", "1"); return made(); };
  PushManager.prototype.getSubscription = async () => localStorage.getItem("in") ? made() : null;
"""
# The screen, too: what a machine without one makes of notifications differs from run to run.
SCREEN = """() => {
  self.screen = [];
  self.registration.showNotification = async (title, options) => {
    const close = () => { self.screen = self.screen.filter((item) => item !== shown); };
    const shown = { title, ...options, close };
    self.screen = [...self.screen.filter((item) => item.tag !== options.tag), shown];
  };
  self.registration.getNotifications = async ({ tag }) => (
    self.screen.filter((item) => item.tag === tag)
  );
}"""
CLICK = """(action) => {
  const event = new ExtendableEvent("notificationclick");
  self.dispatchEvent(Object.assign(event, { notification: self.screen[0], action }));
}"""
RENEW = """(given) => {
  const event = new ExtendableEvent("pushsubscriptionchange");
  self.dispatchEvent(Object.assign(event, { newSubscription: given }));
}"""


@pytest.fixture(scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        await opened.close()


class Reader:
    """Somebody with the page open."""

    def __init__(self, push, page, context, owner) -> None:
        self.push, self.page, self.context, self.owner = push, page, context, owner
        self.complaints: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def open(self, language="en"):
        await self.page.goto(f"{self.push.url}/push?lang={language}")
        await (
            self.page.get_by_role("status")
            .filter(has_text="Notifications")
            .or_(self.page.get_by_role("status").filter(has_text="通知"))
            .wait_for()
        )

    async def says(self, text):
        await self.page.get_by_role("status").filter(has_text=text).wait_for()

    async def turn_on(self):
        await self.page.get_by_role("button", name="Turn on notifications").click()
        await self.says("They are on.")
        (self.worker,) = self.context.service_workers
        await self.worker.evaluate(SCREEN)

    async def deliver(self, note):
        """Bring what a push service would bring."""
        session = await self.context.new_cdp_session(self.page)
        found = asyncio.get_running_loop().create_future()

        def registered(event):
            for item in event["registrations"]:
                if not found.done() and not item["isDeleted"]:
                    found.set_result(item["registrationId"])

        session.on("ServiceWorker.workerRegistrationUpdated", registered)
        await session.send("ServiceWorker.enable")
        await session.send(
            "ServiceWorker.deliverPushMessage",
            {"origin": self.push.url, "registrationId": await found, "data": json.dumps(note)},
        )

    async def hand(self, data):
        """Bring something past the browser, which has its own ideas of what shows nothing."""
        await self.worker.evaluate(
            "(data) => { self.dispatchEvent(new PushEvent('push', { data })); }", data
        )

    async def shown(self, count=1):
        """Return what is on the screen once it is so many."""
        while True:
            shown = await self.worker.evaluate("JSON.parse(JSON.stringify(self.screen))")
            if len(shown) == count:
                return shown
            await asyncio.sleep(0.02)

    async def click(self, action=""):
        await self.worker.evaluate(CLICK, action)

    async def until(self, state):
        while state not in [item.receipt.state for item in self.push.ledger.evidence]:
            await asyncio.sleep(0.01)


@pytest.fixture
async def reader(browser, site, service):
    """Return what opens the page in a window of its own."""

    @asynccontextmanager
    async def opened(**options):
        push = await site()
        push.context.clock.moment = datetime.now(UTC)
        context = await browser.new_context(**{"viewport": {"width": 390, "height": 800}} | options)
        await context.grant_permissions(["notifications"], origin=push.url)
        page, owner = await context.new_page(), service.browser()
        await page.add_init_script(STAND_IN % json.dumps(owner.subscription))
        yield Reader(push, page, context, owner)
        await context.close()

    return opened


async def note_for(push, service, said=None, **changes):
    """Return what the channel sends about a warning, opened."""
    browser = service.browser()
    now = datetime.now(UTC)
    await push.channel.prepare(publication())
    await push.channel.send(
        delivery(browser.address, said, **{"expires": now + timedelta(hours=1)} | changes)
    )
    note = browser.opened(service.posts[-1][2])
    return note | {"sent": int(now.timestamp() * 1000)}


async def test_whoever_turns_it_on_is_on_the_list_with_what_they_chose(reader):
    async with reader() as person:
        await person.open()
        await person.page.get_by_label("Demo Harbour").uncheck()
        await person.page.get_by_label("West Quay").check()
        await person.page.get_by_label("Red only").check()
        await person.page.get_by_label("中文").check()

        await person.turn_on()

        (enrolment,) = person.push.ledger.enrolled
        assert (enrolment.regions, enrolment.min_level) == (("west",), "red")
        assert enrolment.language == "zh-CN"
        assert enrolment.address == person.owner.address
        assert person.complaints == []


async def test_the_page_remembers_and_turning_off_forgets(reader):
    async with reader() as person:
        await person.open()
        await person.page.get_by_label("Red only").check()
        await person.turn_on()
        await person.page.reload()
        await person.says("Notifications are on on this device.")
        remembered = await person.page.get_by_label("Red only").is_checked()

        await person.page.get_by_role("button", name="Turn off").click()
        await person.says("They are off")

        assert remembered
        kept = person.push.ledger.enrolled[0].address
        assert person.push.ledger.forgotten == [("push", kept)]
        assert await person.page.evaluate("localStorage.length") == 0


async def test_a_warning_is_shown_as_it_was_sent_and_reported(reader, service):
    async with reader() as person:
        await person.open()
        await person.turn_on()
        note = await note_for(person.push, service)

        await person.deliver(note)

        (shown,) = await person.shown()
        assert (shown["title"], shown["body"]) == ("红色预警：风暴潮", TEXT)
        assert (shown["tag"], shown["lang"]) == (WARNING, "zh-CN")
        assert [action["title"] for action in shown["actions"]] == ["我已知悉", "查看详情"]
        await person.until(State.DELIVERED)
        assert {item.key for item in person.push.ledger.evidence} == {KEY}


async def test_whoever_says_that_they_have_read_it_confirms_it(reader, service):
    async with reader() as person:
        await person.open()
        await person.turn_on()
        await person.deliver(await note_for(person.push, service))
        await person.shown()

        await person.click("heard")

        await person.until(State.CONFIRMED)
        assert await person.shown(0) == []


async def until(happened):
    async with asyncio.timeout(30):
        while not happened():
            await asyncio.sleep(0.02)


async def test_a_subscription_renewed_while_the_broker_is_away_is_said_again(reader, service):
    async with reader() as person:
        ledger, renewed = person.push.ledger, service.browser("two")
        await person.open()
        await person.turn_on()
        ledger.refusal = StoreError("the database is away")

        await person.worker.evaluate(RENEW, renewed.subscription)
        await until(lambda: ledger.refused)
        ledger.refusal = None
        await until(lambda: len(ledger.enrolled) == 2)

        first, second = ledger.enrolled
        assert (second.ref, second.address) == (first.ref, renewed.address)


async def test_the_page_says_what_could_not_be_said_in_the_background(reader, service):
    async with reader() as person:
        await person.open()
        await person.turn_on()

        await person.page.reload()
        await until(lambda: len(person.push.ledger.enrolled) == 2)

        first, second = person.push.ledger.enrolled
        assert (second.ref, second.address) == (first.ref, first.address)
        assert service.posts[1:] == []


async def test_the_end_of_a_warning_takes_its_place(reader, service):
    async with reader() as person:
        await person.open()
        await person.turn_on()
        await person.deliver(await note_for(person.push, service))
        await person.shown()
        ended = await note_for(
            person.push, service, message(MessageKind.CANCEL, "en", txt="It is over.")
        )

        await person.deliver(ended)

        while (shown := await person.shown())[0]["title"] != "Warning ended: Storm surge":
            await asyncio.sleep(0.01)
        assert [item["body"] for item in shown] == ["It is over."]


async def test_what_is_older_than_what_is_shown_does_not_take_its_place(reader, service):
    async with reader() as person:
        await person.open()
        await person.turn_on()
        note = await note_for(person.push, service)
        await person.deliver(note)
        await person.shown()

        await person.hand(json.dumps(note | {"title": "old", "sent": note["sent"] - 60_000}))
        await person.deliver(note | {"title": "other", "tag": "another warning"})

        titles = {item["title"] for item in await person.shown(2)}
        assert titles == {"红色预警：风暴潮", "other"}


async def test_what_is_over_is_not_shown_and_not_reported(reader, service):
    async with reader() as person:
        await person.open()
        await person.turn_on()
        note = await note_for(person.push, service)

        await person.hand(json.dumps(note | {"expires": 1, "title": "over"}))
        await person.deliver(note)

        assert [item["title"] for item in await person.shown()] == ["红色预警：风暴潮"]
        await person.until(State.DELIVERED)
        assert len(person.push.ledger.evidence) == 1


@pytest.mark.parametrize("data", ["no JSON", '"text"', "7", "null", "{}"])
async def test_what_is_no_note_shows_nothing(reader, service, data):
    async with reader() as person:
        await person.open()
        await person.turn_on()

        await person.hand(data)
        await person.deliver(await note_for(person.push, service))

        assert len(await person.shown()) == 1


async def test_a_browser_that_refuses_is_told_what_to_do(reader):
    async with reader() as person:
        await person.context.clear_permissions()
        await person.page.add_init_script("Notification.requestPermission = async () => 'denied';")
        await person.open()

        await person.page.get_by_role("button", name="Turn on notifications").click()

        await person.says("Your browser blocks notifications")
        assert person.push.ledger.enrolled == []


async def test_everything_can_be_reached_and_done_with_keys_alone(reader):
    async with reader() as person:
        await person.open()
        await person.page.keyboard.press("Tab")
        first = await person.page.evaluate("document.activeElement.className")
        for _ in range(30):
            await person.page.keyboard.press("Tab")
            if await person.page.evaluate("document.activeElement.id") == "start":
                break
        await person.page.keyboard.press("Enter")

        await person.says("They are on.")
        assert first == "skip"


async def test_nothing_scrolls_sideways_and_nothing_is_asked_of_others(reader):
    async with reader() as person:
        asked, wide = [], {}
        person.page.on("request", lambda request: asked.append(request.url))
        for language in ("zh", "en"):
            await person.open(language)
            for width in (320, 390, 1280):
                await person.page.set_viewport_size({"width": width, "height": 800})
                found = await person.page.evaluate("document.documentElement.scrollWidth")
                wide[language, width] = found

        assert all(found <= width for (_, width), found in wide.items()), wide
        assert all(url.startswith(person.push.url) for url in asked)
        assert person.complaints == []


async def test_without_scripts_the_page_says_what_else_there_is(reader):
    async with reader(java_script_enabled=False) as person:
        await person.page.goto(f"{person.push.url}/push?lang=en")

        assert await person.page.get_by_text("Notifications need scripts").is_visible()
        assert not await person.page.get_by_role("button").first.is_visible()
