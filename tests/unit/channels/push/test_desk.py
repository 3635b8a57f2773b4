"""Who subscribes, with what, and what is refused before anything is kept."""

import json

import pytest

from tests.unit.channels.push.conftest import Browser
from warnbroker.errors import EnrolmentError, Fault, StoreError

CHOICES = {"language": "en", "level": "orange", "regions": ["sea", "light"]}


async def test_who_subscribes_is_on_the_list_and_sees_that_it_works(site, service):
    push, browser = await site(), service.browser()

    status, answer = await push.post(
        "/push/subscribe", CHOICES | {"subscription": browser.subscription}
    )

    assert status == 201
    (enrolment,) = push.ledger.enrolled
    assert (enrolment.kind, enrolment.address) == ("push", browser.address)
    assert (enrolment.language, enrolment.min_level) == ("en", "orange")
    assert enrolment.regions == ("sea", "light")
    assert enrolment.ref == answer["ref"]
    assert len(answer["ref"]) > 30
    note = browser.opened(service.posts[0][2])
    assert "This is not a warning" in note["body"]
    assert "report" not in note


async def test_who_comes_again_with_the_key_that_was_given_is_the_same_person(site, service):
    push = await site()
    wish = CHOICES | {"subscription": service.browser().subscription}
    _, first = await push.post("/push/subscribe", wish)

    _, second = await push.post("/push/subscribe", wish | {"ref": first["ref"]})

    assert first == second
    assert len({enrolment.ref for enrolment in push.ledger.enrolled}) == 1


async def test_a_browser_that_renews_in_the_background_is_shown_nothing_and_moves_nowhere(
    site, service
):
    push, browser = await site(), service.browser()
    wish = {"ref": "push-" + "r" * 32, "renewed": True, "subscription": browser.subscription}

    status, _ = await push.post("/push/subscribe", wish | {"regions": ["sea"]})

    assert status == 201
    assert push.ledger.enrolled[0].regions == ()
    assert service.posts == []


@pytest.mark.parametrize("path", ["/push/subscribe", "/push/unsubscribe"])
@pytest.mark.parametrize("endpoint", ["https://xn--/", "https://", "x", "https://[::", ""])
async def test_an_endpoint_that_is_no_address_is_refused_by_name(site, service, path, endpoint):
    push = await site()
    wish = CHOICES | {"subscription": service.browser().subscription | {"endpoint": endpoint}}

    status, answer = await push.post(path, wish)

    assert (status, answer["errors"][0]["path"].split(".")[0]) == (422, "subscription")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_an_address_that_its_own_service_does_not_know_as_ours_is_not_kept(
    site, service, status
):
    push, browser = await site(), service.browser()
    service.answers = [(status, {})]

    answered, answer = await push.post(
        "/push/subscribe", CHOICES | {"subscription": browser.subscription}
    )

    assert (answered, answer["errors"][0]["path"]) == (422, "subscription")
    assert push.ledger.forgotten == [("push", browser.address)]


@pytest.mark.parametrize("answer", [(500, {}), (429, {}), (413, {})])
async def test_a_service_that_is_troubled_keeps_nobody_off_the_list(site, service, answer):
    push = await site()
    service.answers = [answer]

    status, _ = await push.post(
        "/push/subscribe", CHOICES | {"subscription": service.browser().subscription}
    )

    assert status == 201
    assert push.ledger.forgotten == []


async def test_who_unsubscribes_is_forgotten(site, service):
    push, browser = await site(), service.browser()

    status, _ = await push.post("/push/unsubscribe", {"subscription": browser.subscription})

    assert status == 204
    assert push.ledger.forgotten == [("push", browser.address)]


def with_keys(**keys):
    made = Browser("http://127.0.0.1:1/x").subscription
    return made | {"keys": made["keys"] | keys}


GOOD = Browser("http://127.0.0.1:1/x").subscription
WRONG = [
    {},
    {"subscription": None},
    {"subscription": "text"},
    {"subscription": {"endpoint": 5, "keys": {}}},
    {"subscription": {"endpoint": "http://127.0.0.1/x"}},
    {"subscription": with_keys(auth="c2hvcnQ")},
    {"subscription": with_keys(auth="***")},
    {"subscription": with_keys(p256dh="BA")},
    {"subscription": with_keys(p256dh="BA" + "A" * 85)},
    {"subscription": with_keys(auth=7)},
    {"subscription": GOOD | {"endpoint": "https://evil.example/x"}},
    {"subscription": GOOD | {"endpoint": "http://127.0.0.1/" + "x" * 2_000}},
    {"subscription": GOOD | {"endpoint": "http://[::1/"}},
    {"subscription": GOOD | {"endpoint": "relative"}},
    {"subscription": GOOD | {"endpoint": "http://127.0.0.1/é"}},
    {"subscription": GOOD, "ref": "demo-0000001"},
    {"subscription": GOOD, "ref": ["push"]},
    {"subscription": GOOD, "regions": "sea"},
    {"subscription": GOOD, "regions": [1]},
    {"subscription": GOOD, "regions": ["sea"] * 201},
    {"subscription": GOOD, "level": {"a": 1}},
    {"subscription": GOOD, "language": "x" * 65},
]


@pytest.mark.parametrize("wish", WRONG, ids=lambda wish: json.dumps(wish)[:60])
async def test_what_is_no_subscription_is_refused_and_nothing_is_kept(site, service, wish):
    push = await site()

    status, answer = await push.post("/push/subscribe", wish)

    assert (status, answer["title"]) == (422, "The subscription breaks rules")
    assert push.ledger.enrolled == []
    assert service.posts == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("{", "application/json", 400),
        ("[]", "application/json", 400),
        ("[" * 5_000, "application/json", 400),
        ("{}", "text/plain", 400),
        ("subscription=1", "application/x-www-form-urlencoded", 400),
        ('{"a": "' + "x" * 20_000 + '"}', "application/json", 413),
        ("\x00\xff", "application/json", 400),
    ],
)
async def test_what_is_no_json_of_ours_is_refused(site, body, kind, status):
    push = await site()
    for path in ("/push/subscribe", "/push/unsubscribe"):
        async with push.session.post(
            push.url + path, data=body.encode(), headers={"Content-Type": kind}
        ) as answer:
            assert answer.status == status
            assert answer.content_type == "application/problem+json"


async def test_a_region_that_is_none_is_named(site, service):
    push = await site()
    push.ledger.refusal = EnrolmentError([Fault("region", "is no region here", "regions")])

    status, answer = await push.post(
        "/push/subscribe", CHOICES | {"subscription": service.browser().subscription}
    )

    assert (status, answer["errors"][0]["path"]) == (422, "regions")
    assert service.posts == []


async def test_a_ledger_that_is_away_is_said(site, service):
    push = await site()
    push.ledger.refusal = StoreError("away")
    wish = CHOICES | {"subscription": service.browser().subscription}

    assert (await push.post("/push/subscribe", wish))[0] == 503
    assert (await push.post("/push/unsubscribe", wish))[0] == 503


async def test_so_many_are_taken_in_a_minute_as_is_set(site, service):
    push = await site(enrolments_per_minute=2)
    wish = CHOICES | {"subscription": service.browser().subscription}
    statuses = [(await push.post("/push/subscribe", wish))[0] for _ in range(3)]
    push.context.clock.moment = push.context.clock.moment.replace(minute=40)

    later = (await push.post("/push/subscribe", wish))[0]

    assert statuses == [201, 201, 429]
    assert later == 201


async def test_a_channel_that_was_closed_takes_nobody(site, service):
    push = await site()
    await push.channel.close()

    status, _ = await push.post("/push/subscribe", {"subscription": service.browser().subscription})

    assert status == 503


@pytest.mark.parametrize(
    ("asked", "language", "shows"),
    [
        ({"lang": "zh"}, "zh-CN", "西堤街道"),
        ({"lang": "en"}, "en", "West Quay"),
        ({}, "en", "West Quay"),
    ],
)
async def test_the_page_is_there_in_both_languages(site, asked, language, shows):
    push = await site()

    async with push.session.get(f"{push.url}/push", params=asked) as answer:
        page = await answer.text()

    assert answer.headers["Content-Language"] == language
    assert f'<html lang="{language}">' in page
    assert shows in page
    assert push.channel._identity.public_key in page
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "name", ["sw.js", "page.js", "page.css", "icon.svg", "manifest.webmanifest"]
)
async def test_what_the_browser_needs_is_there(site, name):
    push = await site()

    async with push.session.get(f"{push.url}/push/{name}") as answer:
        assert answer.status == 200
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["words.yaml", "page.html.j2", "..%2fchannel.py", "x"])
async def test_nothing_else_is(site, name):
    push = await site()

    async with push.session.get(f"{push.url}/push/{name}") as answer:
        assert answer.status == 404


def test_the_words_are_the_same_in_every_language():
    from channels.push.pages import _words

    def shape(words):
        return {
            key: shape(value) if isinstance(value, dict) else str for key, value in words.items()
        }

    shapes = [shape(words) for words in _words().values()]

    assert shapes[0] == shapes[1]
    assert all(isinstance(key, str) for key in shapes[0]["says"])
