"""What a push service gets, who can read it, and what its answers mean."""

import asyncio
import base64
import json
import socket
from datetime import timedelta

import pytest
from msgspec.structs import replace
from py_vapid import Vapid02

from channels.push import PushChannel
from tests.unit.channels.push.conftest import (
    ALERT,
    KEY,
    NOW,
    TEXT,
    WARNING,
    Browser,
    delivery,
    message,
    publication,
)
from warnbroker.contracts import ReceiptParser, RouteProvider
from warnbroker.contracts.channel import Channel
from warnbroker.errors import (
    PermanentSendError,
    SendError,
    StoreError,
    TemporarySendError,
    UnknownOutcome,
)
from warnbroker.model.drill import with_mark
from warnbroker.model.enums import Scope, Status
from warnbroker.model.message import MessageKind
from warnbroker.model.receipt import Reason, Receipt, State
from warnbroker.model.standing import Standing

_: type[Channel] = PushChannel


async def test_only_the_browser_that_subscribed_can_read_its_note(site, service):
    push, mine, other = await site(), service.browser(), service.browser("two")
    await push.channel.prepare(publication())

    receipt = await push.channel.send(delivery(mine.address))

    assert receipt == Receipt(State.ACCEPTED, "push", code="201")
    ((path, _, sealed),) = service.posts
    assert path == "/send/one"
    note = mine.opened(sealed)
    assert (note["title"], note["body"]) == ("红色预警：风暴潮", TEXT)
    assert (note["tag"], note["lang"], note["level"]) == (WARNING, "zh-CN", "red")
    assert note["url"] == f"{push.url}/warnings/{WARNING}"
    assert note["expires"] == int((NOW + timedelta(hours=2)).timestamp() * 1000)
    with pytest.raises(Exception, match="Decryption"):
        other.opened(sealed)


async def test_the_service_is_told_how_long_how_urgent_and_what_it_replaces(site, service):
    push = await site()
    await push.channel.prepare(publication())

    await push.channel.send(delivery(service.browser().address))

    headers = service.posts[0][1]
    told = {name: headers[name] for name in ("TTL", "Urgency", "Topic", "Content-Encoding")}
    assert told == {
        "TTL": "7200", "Urgency": "high", "Topic": WARNING, "Content-Encoding": "aes128gcm",
    }  # fmt: skip


async def test_the_service_can_prove_who_sends(site, service):
    push = await site()

    await push.channel.send(delivery(service.browser().address))

    header = service.posts[0][1]["Authorization"]
    assert Vapid02.verify(header)
    token = header.split("t=")[1].split(",")[0]
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert claims["aud"] == service.url
    assert claims["sub"] == "mailto:duty@demo-harbour.example"
    assert 0 < claims["exp"] - NOW.timestamp() <= 24 * 3600


async def test_the_proof_is_made_anew_before_it_ends_and_not_for_each_note(site, service):
    push = await site()
    headers = []
    for passed in (0, 60, 7 * 3600):
        push.context.clock.moment = NOW + timedelta(seconds=passed)
        late = delivery(service.browser().address, expires=NOW + timedelta(hours=9))
        await push.channel.send(late)
        headers.append(service.posts[-1][1]["Authorization"])

    assert headers[0] == headers[1] != headers[2]


ANSWERS = [
    (200, None, None),
    (202, None, None),
    (400, TemporarySendError, Reason.REFUSED_FOR_NOW),
    (401, TemporarySendError, Reason.REFUSED_FOR_NOW),
    (403, TemporarySendError, Reason.REFUSED_FOR_NOW),
    (404, PermanentSendError, Reason.RECIPIENT),
    (405, TemporarySendError, Reason.CONFIG),
    (407, TemporarySendError, Reason.CONFIG),
    (408, TemporarySendError, Reason.PROVIDER_BUSY),
    (410, PermanentSendError, Reason.RECIPIENT),
    (413, PermanentSendError, Reason.CONTENT),
    (418, TemporarySendError, Reason.REFUSED_FOR_NOW),
    (429, TemporarySendError, Reason.THROTTLED),
    (302, TemporarySendError, Reason.CONFIG),
    (500, TemporarySendError, Reason.PROVIDER_BUSY),
    (503, TemporarySendError, Reason.PROVIDER_BUSY),
]


@pytest.mark.parametrize(("status", "error", "reason"), ANSWERS)
async def test_each_answer_means_what_the_table_says(site, service, status, error, reason):
    push, browser = await site(), service.browser()
    service.answers = [(status, {"Retry-After": "17", "Location": service.url + "/send/two"})]

    if error is None:
        assert (await push.channel.send(delivery(browser.address))).code == str(status)
        return
    with pytest.raises(error) as refused:
        await push.channel.send(delivery(browser.address))

    assert refused.value.reason is reason
    assert browser.endpoint not in str(refused.value)
    assert len(service.posts) == 1
    gone = [("push", browser.address)] if reason is Reason.RECIPIENT else []
    assert push.ledger.forgotten == gone
    if reason is Reason.THROTTLED:
        assert refused.value.retry_after == 17


async def test_a_ledger_that_is_away_does_not_hide_that_a_subscription_is_over(site, service):
    push = await site()
    service.answers, push.ledger.refusal = [(410, {})], StoreError("away")

    with pytest.raises(PermanentSendError) as refused:
        await push.channel.send(delivery(service.browser().address))

    assert refused.value.reason is Reason.RECIPIENT


async def test_a_service_that_is_not_there_got_nothing(site):
    push = await site()
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"http://127.0.0.1:{free.getsockname()[1]}"

    with pytest.raises(TemporarySendError) as refused:
        await push.channel.send(delivery(Browser(url).address))

    assert refused.value.reason is Reason.CONNECT


@pytest.mark.parametrize("silent", [True, False], ids=["says nothing", "hangs up"])
async def test_an_answer_that_never_comes_leaves_open_what_became_of_it(site, silent):
    async def talk(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        if silent:
            await asyncio.sleep(5)
        writer.close()

    push = await site(read_timeout=0.2)
    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

        with pytest.raises(UnknownOutcome) as unknown:
            await push.channel.send(delivery(Browser(url).address))
        server.close()

    assert unknown.value.reason is (Reason.TIMEOUT if silent else Reason.RESET)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com.evil.example/send/1",
        "https://evil.example/fcm.googleapis.com",
        "https://user@fcm.googleapis.com/send/1",
        "https://fcm.googleapis.com:8443/send/1",
        "http://fcm.googleapis.com/send/1",
        "https://127.0.0.1/send/1",
        "https://[::1]/send/1",
        "https://10.0.0.7/send/1",
        "https://notify.windows.com/w",
        "https://localhost/send/1",
        "ftp://fcm.googleapis.com/send/1",
    ],
)
async def test_nothing_is_posted_but_to_the_push_services_of_browsers(site, service, endpoint):
    from channels.push.settings import SERVICES

    push = await site(services=SERVICES, allow_http=False)

    with pytest.raises(PermanentSendError) as refused:
        await push.channel.send(delivery(Browser(endpoint).address))

    assert refused.value.reason is Reason.POLICY
    assert service.posts == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://fcm.googleapis.com/fcm/send/c:1",
        "https://updates.push.services.mozilla.com/wpush/v2/g",
        "https://wns2-par02p.notify.windows.com/w/?token=B",
        "https://web.push.apple.com/Q",
    ],
)
def test_the_services_of_all_browsers_are_known(endpoint):
    from channels.push.settings import SERVICES
    from channels.push.subscription import Subscription

    found = Subscription.read(Browser(endpoint).subscription)

    assert found.is_of(SERVICES, allow_http=False)


TITLES = [
    (MessageKind.ALERT, "zh-CN", "红色预警：风暴潮"),
    (MessageKind.ALERT, "en", "Red warning: Storm surge"),
    (MessageKind.UPDATE, "zh-CN", "红色预警更新：风暴潮"),
    (MessageKind.UPDATE, "en", "Red warning, updated: Storm surge"),
    (MessageKind.CANCEL, "zh-CN", "预警已终止：风暴潮"),
    (MessageKind.CANCEL, "en", "Warning ended: Storm surge"),
    (MessageKind.OUTSIDE, "zh-CN", "预警范围变更：风暴潮"),
    (MessageKind.OUTSIDE, "en", "Change of area: Storm surge"),
    (MessageKind.NOTICE, "en", "Demo Harbour"),
    (MessageKind.REMINDER, "zh-CN", "示范港市"),
]


@pytest.mark.parametrize(("kind", "language", "title"), TITLES)
async def test_the_title_says_what_kind_of_news_it_is(site, service, kind, language, title):
    push, browser = await site(), service.browser()
    await push.channel.prepare(publication())

    await push.channel.send(delivery(browser.address, message(kind, language)))

    assert browser.opened(service.posts[0][2])["title"] == title


async def test_a_drill_is_marked_in_title_and_text_and_leads_to_no_page(site, service):
    push, browser = await site(), service.browser()
    await push.channel.prepare(publication(status=Status.EXERCISE))
    marked = message(txt=with_mark(TEXT, "zh-CN"))

    await push.channel.send(
        delivery(browser.address, marked, standing=Standing(Status.EXERCISE, Scope.PUBLIC))
    )

    note = browser.opened(service.posts[0][2])
    assert note["title"].startswith("【演练】")
    assert note["body"].startswith("【演练】")
    assert note["url"] == ""


async def test_a_restricted_warning_leads_to_no_page(site, service):
    push, browser = await site(), service.browser()

    await push.channel.send(
        delivery(browser.address, standing=Standing(Status.ACTUAL, Scope.RESTRICTED))
    )

    assert browser.opened(service.posts[0][2])["url"] == ""


@pytest.mark.parametrize("letter", ["水", "w", "🌊", '"'])
async def test_a_long_text_is_shortened_to_what_services_take(site, service, letter):
    push, browser = await site(), service.browser()

    await push.channel.send(delivery(browser.address, message(txt=letter * 5_000)))

    sealed = service.posts[0][2]
    assert 3_500 < len(sealed) <= 4_096
    body = browser.opened(sealed)["body"]
    assert body == letter * (len(body) - 1) + "…"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"expires": NOW}, Reason.EXPIRED),
        ({"address": "no subscription"}, Reason.RECIPIENT),
        ({"address": "[" * 3_000}, Reason.RECIPIENT),
        ({"message": message(html="<p>")}, Reason.CONTENT),
        ({"standing": None}, Reason.POLICY),
    ],
    ids=["over", "no subscription", "deep", "no text", "nobody knows whether it is real"],
)
async def test_what_must_not_leave_does_not(site, service, changes, reason):
    push = await site()
    wrong = replace(delivery(service.browser().address), **changes)

    with pytest.raises(SendError) as refused:
        await push.channel.send(wrong)

    assert refused.value.reason is reason
    assert service.posts == []


@pytest.mark.parametrize(
    ("word", "state"), [("shown", State.DELIVERED), ("confirmed", State.CONFIRMED)]
)
async def test_the_browsers_word_is_evidence(site, service, word, state):
    push, browser = await site(), service.browser()
    await push.channel.send(delivery(browser.address))
    report = browser.opened(service.posts[0][2])["report"]

    for _ in range(2):
        async with push.session.post(f"{report}/{word}") as answer:
            assert answer.status == 204

    assert [(item.key, item.receipt.state) for item in push.ledger.evidence] == [(KEY, state)] * 2


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{ALERT}/7.1/guess/shown", 403),
        (f"{ALERT}/7.1//shown", 403),
        (f"{ALERT}/7.2/PROOF/shown", 403),
        (f"{ALERT}/7.1/PROOF/heard", 400),
        (f"{ALERT}/7.1/PROOF", 400),
        (f"{ALERT}/7.1/PROOF/shown/x", 400),
    ],
)
async def test_a_word_that_nobody_was_asked_for_is_none(site, service, path, status):
    push, browser = await site(), service.browser()
    await push.channel.send(delivery(browser.address))
    proof = browser.opened(service.posts[0][2])["report"].rpartition("/")[2]

    async with push.session.post(f"{push.url}/receipts/push/{path.replace('PROOF', proof)}") as got:
        assert got.status == status

    assert push.ledger.evidence == []


async def test_two_processes_use_one_key_that_only_its_owner_can_read(site, tmp_path):
    first, second = await site(), await site()

    path = tmp_path / "vapid.pem"
    assert first.channel._identity.public_key == second.channel._identity.public_key
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["vapid.pem"]


@pytest.mark.parametrize(
    "content", ["", "no key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]
)
def test_a_file_that_holds_no_key_is_a_fault(tmp_path, content):
    path = tmp_path / "vapid.pem"
    path.write_text(content)

    channel = PushChannel(PushChannel.Settings(key_file=path, subject="mailto:a@b.example"))

    (fault,) = channel.faults()
    assert str(path) in fault


def test_the_channel_parses_receipts_and_brings_pages(tmp_path):
    settings = PushChannel.Settings(key_file=tmp_path / "k.pem", subject="https://x.example")
    channel = PushChannel(settings)

    assert isinstance(channel, ReceiptParser)
    assert isinstance(channel, RouteProvider)
    assert channel.faults() == ()
    assert channel.targets(publication()) == ()


def test_a_place_where_no_key_can_be_made_is_a_fault(tmp_path):
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "vapid.pem"

    channel = PushChannel(PushChannel.Settings(key_file=path, subject="https://x.example"))

    assert channel.faults() == (f"channels.push.key_file: {path} cannot be made",)


@pytest.mark.parametrize("subject", ["duty", "mailto:duty", "http://x.example", "mailto:a@b c"])
def test_a_subject_that_nobody_can_write_to_is_refused(tmp_path, subject):
    with pytest.raises(ValueError, match="must be mailto:"):
        PushChannel.Settings(key_file=tmp_path / "k.pem", subject=subject)
