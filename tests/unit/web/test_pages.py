"""The public pages over HTTP."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import html
from town import (
    BLUE,
    EXPIRES,
    LEVELS,
    SURGE_ID,
    WIND_ID,
    followed,
    surge,
    wind,
)

from warnbroker.contracts.public import WarningState
from warnbroker.errors import ConfigError
from warnbroker.model.enums import MsgType
from warnbroker.web.pages import public_routes

ZH, EN = surge().newest.infos
LIFTED = replace(
    EN,
    headline="The storm surge warning is lifted",
    description="The sea fell.",
    instruction="Go home.",
)


def words(page: str) -> str:
    return " ".join(html.fromstring(page).text_content().split())


async def test_each_warning_in_force_is_listed_the_gravest_first(place, get):
    place.warnings = [wind(), surge()]

    _, page = await get("/")

    titles = [link.text_content() for link in html.fromstring(page).findall(".//article//h3/a")]
    assert titles == [EN.headline, "Blue wind warning for Demo Harbour City"]
    assert "2 warnings are in force" in words(page)


async def test_no_warnings_is_said_in_words(get):
    response, page = await get("/")

    assert response.status == 200
    assert "No warnings are in force" in words(page)


async def test_a_level_is_a_word_a_numeral_and_a_shape(place, get):
    place.warnings = [surge()]

    _, page = await get("/")

    band = html.fromstring(page).find(".//article/p[@class='band']")
    assert "Red warning" in band.text_content()
    assert "Level I" in band.text_content()
    assert band.find("svg/polygon") is not None


@pytest.mark.parametrize(
    ("query", "accept", "language", "headline"),
    [
        ("?lang=en", "zh-CN", "en", EN.headline),
        ("", "fr, en;q=0.5, zh;q=0.1", "en", EN.headline),
        ("", "zh-TW", "zh-CN", ZH.headline),
        ("", "fr", "zh-CN", ZH.headline),
        ("?lang=xx", "en", "en", EN.headline),
    ],
)
async def test_the_language_is_asked_for_then_liked_then_the_first(
    place, get, query, accept, language, headline
):
    place.warnings = [surge()]

    response, page = await get(f"/{query}", Accept_Language=accept)

    assert response.headers["Content-Language"] == language
    assert html.fromstring(page).get("lang") == language
    assert headline in words(page)


async def test_a_text_in_another_language_is_shown_and_marked(place, get):
    first = surge()
    place.warnings = [replace(first, alerts=(replace(first.newest, infos=(ZH,)),))]

    _, page = await get(f"/warnings/{SURGE_ID}?lang=en")

    title = html.fromstring(page).find(".//h1")
    assert (title.text_content(), title.get("lang")) == (ZH.headline, "zh-CN")
    assert "not available in English. It is shown in 中文." in words(page)


async def test_a_warning_has_a_page_with_all_its_facts(place, get):
    place.warnings = [surge()]

    _, page = await get(f"/warnings/{SURGE_ID}?lang=en")

    said = words(page)
    for fact in (EN.headline, EN.description, EN.instruction, EN.sender_name, EN.contact):
        assert fact in said
    assert EN.areas[0].area_desc in said
    assert "23 Nov, 02:10 (UTC+2)" in said
    assert f"/cap/{SURGE_ID}.xml" in page


@pytest.mark.parametrize("path", ["/", f"/warnings/{SURGE_ID}"])
async def test_a_cancelled_warning_looks_cancelled(place, get, path):
    place.warnings = [followed(surge(), MsgType.CANCEL, LIFTED)]

    _, page = await get(path)

    tree = html.fromstring(page)
    assert "This warning has been cancelled. It no longer applies." in words(page)
    assert "The sea fell." in words(page)
    for piece in (*tree.iter("article", "header"), *tree.findall(".//figure/svg/g/g")):
        assert "level-1" not in piece.get("class", "") or "over" in piece.get("class", "").split()
    assert not tree.findall(".//span[@class='state']")


@pytest.mark.parametrize("path", ["/", f"/warnings/{SURGE_ID}"])
async def test_a_warning_taken_back_says_that_it_was_a_mistake(place, get, path):
    ended = followed(surge(), MsgType.CANCEL)
    mistake = replace(ended.newest, is_mistake=True, note="A drill was sent.")
    place.warnings = [replace(ended, alerts=(*ended.alerts[:-1], mistake))]

    _, page = await get(f"{path}?lang=en")

    assert "issued by mistake. Please disregard it." in words(page)
    assert "cancelled. It no longer applies" not in words(page)
    assert ("A drill was sent." in words(page)) is (path != "/")


async def test_what_a_cancelled_warning_said_is_folded_away(place, get):
    place.warnings = [followed(surge(), MsgType.CANCEL, LIFTED)]

    _, page = await get(f"/warnings/{SURGE_ID}")

    tree = html.fromstring(page)
    assert EN.instruction in tree.find(".//details").text_content()
    tree.find(".//details").drop_tree()
    assert EN.instruction not in tree.find(".//main").text_content()


async def test_a_bare_cancel_cancels(place, get):
    place.warnings = [followed(surge(), MsgType.CANCEL)]

    _, page = await get(f"/warnings/{SURGE_ID}")

    assert "This warning has been cancelled" in words(page)
    assert html.fromstring(page).find(".//h1/s").text == EN.headline


async def test_an_update_shows_what_it_says_and_its_history(place, get):
    newer = replace(EN, headline="The red storm surge warning is extended")
    place.warnings = [followed(surge(), MsgType.UPDATE, newer)]

    _, page = await get(f"/warnings/{SURGE_ID}")

    tree = html.fromstring(page)
    assert tree.find(".//h1").text_content() == newer.headline
    assert "Updated" in tree.find(".//span[@class='state']").text_content()
    steps = [step.text_content() for step in tree.findall(".//ol/li")]
    assert [("updated" in steps[0]), ("issued" in steps[1])] == [True, True]


async def test_expiry_is_judged_when_the_page_is_shown(place, get):
    place.warnings = [surge()]
    place.clock.present = EXPIRES

    _, page = await get(f"/warnings/{SURGE_ID}")

    assert surge().state == WarningState.IN_FORCE
    assert "This warning has expired. It no longer applies." in words(page)


async def test_a_page_is_gone_the_moment_a_warning_expires(place, get):
    place.warnings = [surge()]
    place.clock.present = EXPIRES - timedelta(milliseconds=200)
    _, before = await get("/")

    place.clock.pass_(milliseconds=200)
    _, after = await get("/")

    assert "1 warning is in force" in words(before)
    assert "No warnings are in force" in words(after)


async def test_nobody_keeps_a_page_beyond_an_expiry(place, get):
    place.warnings = [surge()]
    place.clock.present = EXPIRES - timedelta(seconds=7)

    response, page = await get("/")

    assert response.headers["Cache-Control"] == "public, max-age=7"
    assert html.fromstring(page).find(".//meta[@http-equiv='refresh']").get("content") == "8"


async def test_reloading_can_be_stopped(place, get):
    place.warnings = [surge()]

    _, page = await get("/?refresh=off&lang=en")

    tree = html.fromstring(page)
    assert tree.find(".//meta[@http-equiv='refresh']") is None
    assert "/?lang=en" in [link.get("href") for link in tree.findall(".//footer//a")]


async def test_an_address_with_an_alerts_id_leads_to_its_warning(place, get):
    place.warnings = [followed(surge(), MsgType.UPDATE, EN)]

    response, _ = await get(f"/warnings/{SURGE_ID[::-1]}?lang=en")

    assert (response.status, response.headers["Location"]) == (
        302,
        f"/warnings/{SURGE_ID}?lang=en",
    )


async def test_an_unknown_warning_is_a_page_that_says_so(get):
    response, page = await get("/warnings/nothing")

    assert response.status == 404
    assert "There is no such warning" in words(page)


async def test_a_broken_store_never_looks_like_no_warnings(place, get):
    place.broken = True

    response, page = await get("/")

    assert response.status == 503
    assert response.headers["Cache-Control"] == "no-cache"
    assert "This does not mean that there are none." in words(page)
    assert "No warnings are in force" not in words(page)


async def test_the_store_is_asked_once_a_second(place, get):
    for _ in range(5):
        await get("/")
    asked = place.asked
    place.clock.pass_(seconds=1)
    await get("/")

    assert (asked, place.asked) == (1, 2)


async def test_who_has_the_page_is_told_so(place, get):
    place.warnings = [surge()]
    first, _ = await get("/")

    again, body = await get("/", If_None_Match=first.headers["ETag"])
    place.warnings = [wind()]
    place.clock.pass_(seconds=2)
    changed, _ = await get("/", If_None_Match=first.headers["ETag"])

    assert (again.status, body, changed.status) == (304, "", 200)


async def test_pages_travel_packed_and_differ_by_language(get):
    packed, page = await get("/", Accept_Encoding="gzip")
    plain, same = await get("/", Accept_Encoding="identity")

    assert packed.headers["Content-Encoding"] == "gzip"
    assert page == same
    assert packed.headers["ETag"] != plain.headers["ETag"]
    assert plain.headers["Vary"] == "Accept-Encoding, Accept-Language"


async def test_a_page_may_load_nothing_but_its_own_style(place, get):
    place.warnings = [surge(), wind()]

    for path in ("/", f"/warnings/{SURGE_ID}", "/warnings/nothing"):
        response, page = await get(path)
        assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=|src=\"http", page)


async def test_what_issuers_write_cannot_become_markup(place, get):
    evil = replace(
        EN,
        headline="<script>alert(1)</script>",
        instruction='"><img src=x onerror=alert(1)>',
        web="javascript:alert(1)",
    )
    first = surge()
    place.warnings = [replace(first, alerts=(replace(first.newest, infos=(evil,)),))]

    for path in ("/", f"/warnings/{SURGE_ID}"):
        _, page = await get(path)
        assert "<script" not in page
        assert "<img src=x" not in page
        assert 'href="javascript' not in page
        assert "<script>alert(1)</script>" in words(page)


async def test_readers_find_the_feeds(get):
    _, page = await get("/")

    links = {
        (link.get("type"), link.get("href"))
        for link in html.fromstring(page).findall(".//link[@rel='alternate'][@type]")
    }
    assert links == {
        ("application/atom+xml", "/feeds/alerts.atom?lang=en"),
        ("application/rss+xml", "/feeds/alerts.rss?lang=en"),
    }


async def test_links_keep_the_language_that_was_asked_for(place, get):
    place.warnings = [surge()]

    _, page = await get("/?lang=en")

    assert html.fromstring(page).find(".//h3/a").get("href") == f"/warnings/{SURGE_ID}?lang=en"


async def test_pages_under_a_path_link_below_it(place, http):
    place.warnings = [surge()]

    async with (
        place.serve(place.site(public_url="https://city.example/warn/")) as url,
        http.get(url + "/") as response,
    ):
        tree = html.fromstring(await response.text())

    links = [link.get("href") for link in tree.findall(".//a") + tree.findall(".//link")]
    assert [link for link in links if not link.startswith(("/warn/", "#"))] == []


async def test_style_sheets_are_kept_as_long_as_their_name_says(get):
    _, page = await get("/")

    for link in html.fromstring(page).findall(".//link[@rel='stylesheet']"):
        response, style = await get(link.get("href"))
        assert response.headers["Content-Type"].startswith("text/css")
        assert response.headers["Cache-Control"] == "public, max-age=86400"
        assert style
    assert (await get("/static/style.css"))[0].headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("name", ["nothing.css", "..%2Fbase.html.j2", "%2Fetc%2Fpasswd"])
async def test_only_known_files_are_served(get, name):
    response, _ = await get(f"/static/{name}")

    assert response.status == 404


async def test_an_operator_can_replace_a_page_and_a_text(place, http, tmp_path):
    own = tmp_path / "web"
    own.mkdir()
    (own / "notice.html.j2").write_text("{{ t('missing_title') }} {{ name }}!")

    async with (
        place.serve(place.site(templates=tmp_path)) as url,
        http.get(url + "/warnings/x") as response,
    ):
        page = await response.text()

    assert page == "There is no such warning Demo Harbour City!"


async def test_a_template_reaches_nothing_but_its_facts(place, http, tmp_path):
    own = tmp_path / "web"
    own.mkdir()
    (own / "home.html.j2").write_text("{{ reader.__class__.__mro__ }}")

    async with place.serve(place.site(templates=tmp_path)) as url, http.get(url) as response:
        page = await response.text()

    assert response.status == 503
    assert "class" not in words(page)


def test_texts_that_cannot_be_read_stop_the_start(place, tmp_path):
    own = tmp_path / "web"
    own.mkdir()
    (own / "texts.en.yaml").write_text("a: [")

    with pytest.raises(ConfigError, match=r"texts\.en\.yaml"):
        public_routes(place, place.site(templates=tmp_path))


async def test_the_legend_names_every_level(place, get):
    place.warnings = [surge()]

    _, page = await get("/")

    legend = " ".join(html.fromstring(page).find(".//ul[@class='legend']").text_content().split())
    assert legend == "I Red Level I II Orange Level II III Yellow Level III IV Blue Level IV"
    assert len(LEVELS) == 4


async def test_the_map_is_told_to_those_who_do_not_see_it(place, get):
    place.warnings = [surge(), wind()]

    _, page = await get("/")

    picture = html.fromstring(page).find(".//figure/svg")
    told = picture.find("desc").text_content()
    assert picture.get("role") == "img"
    assert "Red warning: Southern shore" in told
    assert f"{BLUE.name('en')} warning: North Bay" in told
    assert WIND_ID not in told
