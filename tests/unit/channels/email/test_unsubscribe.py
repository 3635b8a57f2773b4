"""The link in each mail: one click, or a page with one button, and a wish that is on record."""

import email
import email.policy
import threading

import pytest
from aiohttp import web

from channels.email.seal import load_seal
from warnbroker.contracts import Wish
from warnbroker.errors import ConfigError
from warnbroker.model.receipt import AttemptKey

ALERT = "abcdefghijklmnopqrstuvwxyz"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
async def site(start_server, open_channel, tmp_path, serve_app):
    server = await start_server()
    channel = await open_channel(server.port, key_file=tmp_path / "email.key")
    app = web.Application()
    app.add_routes(channel.routes())
    url = await serve_app(app)
    return server, channel, url


async def link_of(server, channel, delivery):
    await channel.send(delivery)
    mail = email.message_from_bytes(server.mails[-1], policy=email.policy.default)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return mail["List-Unsubscribe"].strip("<>").removeprefix("https://warn.example")


async def test_one_click_is_a_wish_of_whoever_got_that_mail(site, ear, client, make_delivery):
    server, channel, url = site
    path = await link_of(server, channel, make_delivery(key=AttemptKey(ALERT, 42, 3)))

    async with client.post(url + path, data=ONE_CLICK) as answer:
        assert answer.status == 200

    (said,) = ear.said
    assert (said.channel, said.wish, said.address) == ("email", Wish.STOP, "")
    assert said.key == AttemptKey(ALERT, 42, 0)


async def test_looking_at_the_page_changes_nothing_and_its_button_does(site, ear, client, delivery):
    server, channel, url = site
    path = await link_of(server, channel, delivery)

    async with client.get(url + path) as answer:
        page = await answer.text()
    assert ear.said == []
    async with client.post(url + path) as answer:
        done = await answer.text()

    assert '<form method="post">' in page
    assert "<script" not in page
    assert "不再接收预警邮件" in page
    assert "No more warnings by mail" in page
    assert "已退订" in done
    assert len(ear.said) == 1


async def test_each_attempt_of_a_delivery_has_the_same_link(site, make_delivery):
    server, channel, _ = site

    links = [
        await link_of(server, channel, make_delivery(key=AttemptKey(ALERT, 42, attempt)))
        for attempt in (1, 2)
    ]

    assert len(set(links)) == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda token: token.replace(".42.", ".43."),
        lambda token: token.replace(ALERT, "z" * 26),
        lambda token: token[:-1] + ("a" if token[-1] != "a" else "b"),
        lambda token: token.rpartition(".")[0] + ".x",
    ],
)
async def test_nobody_can_speak_for_another(site, ear, client, delivery, change):
    server, channel, url = site
    path = await link_of(server, channel, delivery)

    async with client.post(url + change(path), data=ONE_CLICK) as answer:
        assert answer.status >= 400

    assert ear.said == []


async def test_a_wish_that_cannot_be_kept_is_not_answered_as_kept(site, ear, client, delivery):
    server, channel, url = site
    path = await link_of(server, channel, delivery)
    ear.deaf = True

    async with client.post(url + path, data=ONE_CLICK) as answer:
        assert answer.status == 503


async def test_a_mail_can_carry_no_link_at_all(start_server, open_channel, delivery, tmp_path):
    server = await start_server()
    channel = await open_channel(server.port, key_file=tmp_path / "k", unsubscribe=False)

    await channel.send(delivery)

    assert b"List-Unsubscribe" not in server.mails[0]


def test_processes_that_start_at_once_make_one_key(tmp_path):
    file, seals = tmp_path / "new" / "email.key", []
    makers = [threading.Thread(target=lambda: seals.append(load_seal(file))) for _ in range(8)]

    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()

    key = AttemptKey(ALERT, 1, 1)
    assert len({seal.of(key) for seal in seals}) == 1
    assert list(file.parent.iterdir()) == [file]
    assert file.stat().st_mode & 0o077 == 0


async def test_a_key_out_of_reach_is_named_and_mail_goes_out_without_a_link(
    start_server, open_channel, delivery, tmp_path
):
    server = await start_server()
    (tmp_path / "file").write_text("")

    channel = await open_channel(server.port, key_file=tmp_path / "file" / "email.key")
    await channel.send(delivery)

    (fault,) = channel.faults()
    assert "key_file" in fault
    assert b"List-Unsubscribe" not in server.mails[0]


@pytest.mark.parametrize("content", ["", "ab" * 8, "not hexadecimal"])
def test_a_file_that_holds_no_key_is_named(tmp_path, content):
    file = tmp_path / "email.key"
    file.write_text(content)

    with pytest.raises(ConfigError, match="key_file"):
        load_seal(file)


async def test_a_link_of_a_mail_that_nobody_knows_of_says_so(site, ear, client, delivery):
    server, channel, url = site
    path = await link_of(server, channel, delivery)
    ear.answer = ""

    async with client.post(url + path) as answer:
        assert answer.status == 404
        assert "Nothing was changed" in await answer.text()
