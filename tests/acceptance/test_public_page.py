"""The public pages in a real browser: width, requests, errors, languages, keyboard, colours."""

import importlib.util
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, async_playwright

from warnbroker.model.enums import MsgType

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="NO CHROMIUM ON THIS MACHINE: nobody looked at the public page"
)

_TOWN = Path(__file__).parents[1] / "unit" / "web" / "town.py"
_spec = importlib.util.spec_from_file_location("town", _TOWN)
town = sys.modules.setdefault("town", importlib.util.module_from_spec(_spec))
if not hasattr(town, "Town"):
    _spec.loader.exec_module(town)

ZH, EN = town.surge().newest.infos
LIFTED = replace(EN, headline="The storm surge warning is lifted", instruction="Go home.")
LONG = replace(EN, headline="W" * 300, description="https://a.example/" + "x" * 400)
SURGE = f"/warnings/{town.SURGE_ID}"
CANCELLED = [town.followed(town.surge(), MsgType.CANCEL, LIFTED)]
SCENES = {
    "two warnings": ([town.surge(), town.wind()], "/"),
    "none": ([], "/"),
    "one warning": ([town.surge()], SURGE),
    "cancelled": (CANCELLED, SURGE),
    "cancelled at home": (CANCELLED, "/"),
    "long words": ([town.followed(town.surge(), MsgType.UPDATE, LONG)], SURGE),
    "unknown": ([], "/warnings/nothing"),
}


class Visit:
    """One page in the browser, with all that it asked for and complained of."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.url = url
        self.asked: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    async def open(self, path: str) -> None:
        await self.page.goto(self.url + path)

    async def focused(self, what: str = "outerHTML") -> str:
        return str(await self.page.evaluate(f"document.activeElement.{what}"))


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield opened
        await opened.close()


@pytest.fixture
async def visit(browser: Browser):
    """Return what opens a town's pages in a window of one's own."""

    @asynccontextmanager
    async def opened(warnings: list, *, width: int = 1280, **options: object):
        place = town.Town()
        place.warnings = warnings
        window = {"viewport": {"width": width, "height": 800}, "locale": "en", **options}
        context = await browser.new_context(**window)
        async with place.serve() as url:
            yield Visit(await context.new_page(), url)
            await context.close()

    return opened


@pytest.mark.parametrize("scene", SCENES)
async def test_nothing_scrolls_sideways(visit, scene):
    warnings, path = SCENES[scene]
    found = {}

    async with visit(warnings) as seen:
        for language in ("zh-CN", "en"):
            await seen.open(f"{path}?lang={language}")
            for width in (320, 390, 1280):
                await seen.page.set_viewport_size({"width": width, "height": 800})
                found[language, width] = await seen.page.evaluate(
                    "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
                )

    for (_, width), (wide, room) in found.items():
        assert wide <= room == width, found


@pytest.mark.parametrize("scene", [name for name in SCENES if name != "unknown"])
async def test_nothing_is_asked_of_others_and_nothing_complains(visit, scene):
    warnings, path = SCENES[scene]

    async with visit(warnings) as seen:
        await seen.open(path)
        hosts = {urlsplit(asked).netloc for asked in seen.asked}

    assert hosts == {urlsplit(seen.url).netloc}
    assert len(seen.asked) >= 4
    assert seen.complaints == []


@pytest.mark.parametrize(("locale", "headline"), [("zh-CN", ZH.headline), ("en", EN.headline)])
@pytest.mark.parametrize("path", ["/", SURGE])
async def test_the_headline_is_seen_in_the_readers_language(visit, locale, headline, path):
    async with visit([town.surge()], width=390, locale=locale) as seen:
        await seen.open(path)

        assert await seen.page.get_by_role("heading", name=headline).is_visible()


async def test_the_page_works_without_scripts(visit):
    async with visit([town.surge()], java_script_enabled=False) as seen:
        await seen.open("/")
        await seen.page.get_by_role("link", name=EN.headline).click()

        assert seen.page.url == f"{seen.url}{SURGE}"
        assert await seen.page.get_by_text(EN.instruction).is_visible()


async def test_the_keyboard_reaches_the_warning_first(visit):
    async with visit([town.surge()], width=390) as seen:
        await seen.open("/")
        await seen.page.keyboard.press("Tab")
        skip = seen.page.locator(".skip")

        assert await seen.focused("className") == "skip"
        assert (await skip.bounding_box())["y"] >= 0
        await seen.page.keyboard.press("Enter")
        assert await seen.focused("id") == "main"
        for _ in range(3):
            await seen.page.keyboard.press("Tab")
            if await seen.focused("textContent") == EN.headline:
                break
        assert await seen.focused("textContent") == EN.headline


async def test_every_link_shows_that_it_is_focused(visit):
    async with visit([town.surge(), town.wind()], width=390) as seen:
        await seen.open("/")
        count = await seen.page.locator("a").count()

        for _ in range(count):
            await seen.page.keyboard.press("Tab")
            assert await seen.focused("tagName") == "A"
            outline = await seen.page.evaluate(
                "parseFloat(getComputedStyle(document.activeElement).outlineWidth)"
            )
            assert outline >= 3
            box = await seen.page.evaluate(
                "(b => [b.width, b.height])(document.activeElement.getBoundingClientRect())"
            )
            assert min(box) > 0


async def test_links_between_the_languages_work(visit):
    async with visit([town.surge()], locale="en") as seen:
        await seen.open(SURGE)
        await seen.page.get_by_role("navigation", name="Language").get_by_text("中文").click()

        assert await seen.page.get_by_role("heading", name=ZH.headline).is_visible()


@pytest.mark.parametrize(("rank", "role"), [(1, "alert"), (4, "status")])
async def test_grave_warnings_are_announced(visit, rank, role):
    warnings = [town.surge()] if rank == 1 else [town.wind()]

    async with visit(warnings) as seen:
        await seen.open("/")

        assert "1 warning is in force" in await seen.page.get_by_role(role).first.inner_text()


async def test_the_page_has_one_main_and_named_regions(visit):
    async with visit([town.surge()]) as seen:
        await seen.open("/")

        assert await seen.page.get_by_role("main").count() == 1
        for name in ("Warnings in force", "Map"):
            assert await seen.page.get_by_role("region", name=name).count() == 1
        assert await seen.page.get_by_role("img", name="Map of Demo Harbour City").count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_texts_can_be_read_where_they_stand(visit, scheme):
    from warnbroker.web.colours import contrast

    async with visit([town.surge(), town.wind()], color_scheme=scheme) as seen:
        await seen.open("/")
        pairs = await seen.page.evaluate(_TEXTS_ON_GROUNDS)

    assert len(pairs) > 20
    for text, ground, words in pairs:
        assert contrast(text, ground) >= 4.5, (words, text, ground)


async def test_dark_is_dark(visit):
    grounds = {}
    for scheme in ("light", "dark"):
        async with visit([], color_scheme=scheme) as seen:
            await seen.open("/")
            grounds[scheme] = await seen.page.evaluate(
                "getComputedStyle(document.body).backgroundColor"
            )

    assert grounds == {"light": "rgb(244, 246, 248)", "dark": "rgb(15, 22, 28)"}


async def test_the_map_is_drawn(visit):
    async with visit([town.surge(), town.wind()], width=390) as seen:
        await seen.open("/")
        zones = seen.page.locator("figure .zone .tint")
        boxes = [await zones.nth(index).bounding_box() for index in range(await zones.count())]
        names = await seen.page.locator("figure text.place").all_text_contents()

    assert len(boxes) == 2
    assert all(box["width"] > 100 and box["height"] > 100 for box in boxes)
    assert "Lighthouse" in names


_TEXTS_ON_GROUNDS = """() => {
  const hex = rgb => '#' + rgb.match(/[\\d.]+/g).slice(0, 3)
    .map(part => Math.round(part).toString(16).padStart(2, '0')).join('');
  const ground = element => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if (!/, 0\\)$/.test(colour)) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  return [...document.querySelectorAll('body *:not(svg *)')]
    .filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim()))
    .map(e => [hex(getComputedStyle(e).color), hex(ground(e)), e.textContent.slice(0, 40)]);
}"""
