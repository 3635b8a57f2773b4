"""What strangers and clumsy issuers send: each gets a clear answer, and nothing gets out."""

import asyncio
import gzip
import re
import zlib

import pytest

import warnbroker.api.body
from tests.acceptance.bodies import as_json, cap
from tests.acceptance.hostile import JSON, OTHER_KINDS, PLACES, XML

PROBLEM = "application/problem+json"
MEBIBYTE = 1 << 20
NOTHING = {"alert": 0, "reference": 0, "message": 0, "delivery": 0, "attempt": 0, "evidence": 0}


def refused(broker, reply, status):
    """Check that a refusal names itself, and that nothing of the alert is anywhere."""
    assert reply.status == status, reply.body[:500]
    assert reply.headers["Content-Type"] == PROBLEM
    assert reply.json["status"] == status
    assert reply.json["title"]
    assert reply.json.get("detail") or reply.json.get("errors")
    assert broker.rows() == NOTHING


async def raw(broker, request: bytes) -> bytes:
    """Send bytes as they are and return the answer."""
    reader, writer = await asyncio.open_connection(*broker.address)
    writer.write(request)
    answer = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: ([0-9]+)", answer.lower())
    answer += await reader.readexactly(int(length[1])) if length else b""
    writer.transport.abort()
    return answer


def head(broker, *lines: str, key: str = "desk") -> bytes:
    return "\r\n".join(
        (
            "POST /v1/alerts HTTP/1.1",
            "Host: broker",
            "Connection: close",
            f"Authorization: Bearer {broker.keys[key]}",
            "Content-Type: application/xml",
            *lines,
            "\r\n",
        )
    ).encode()


@pytest.mark.parametrize("name", XML)
async def test_hostile_xml_is_refused_and_nothing_gets_out(quiet, name):
    body, status = XML[name]

    refused(quiet, await quiet.post(body), status)


@pytest.mark.parametrize("name", JSON)
async def test_hostile_json_is_refused_and_nothing_gets_out(quiet, name):
    body, status = JSON[name]

    refused(quiet, await quiet.post(body, kind="application/json"), status)


@pytest.mark.parametrize("name", PLACES)
async def test_an_alert_without_a_sure_place_is_refused(quiet, name):
    place, rule = PLACES[name]

    reply = await quiet.post(cap(place=place))

    refused(quiet, reply, 422)
    assert rule in reply.rules


@pytest.mark.parametrize("name", OTHER_KINDS)
async def test_what_must_not_be_published_is_refused_by_name(quiet, name):
    changed, rule = OTHER_KINDS[name]

    reply = await quiet.post(cap(**changed))

    refused(quiet, reply, 422)
    assert rule in reply.rules


async def test_every_fault_of_an_alert_comes_at_once(quiet):
    reply = await quiet.post(cap(identifier="a b", scope="Private", expires="now", place=""))

    refused(quiet, reply, 422)
    wanted = {
        "cap.alert.identifier.characters": 2,
        "cap.alert.addresses.required": 2,
        "cap.time.form": 2,
    }
    lines = {fault["rule"]: fault["line"] for fault in reply.json["errors"]}
    assert wanted.items() <= lines.items()


async def test_a_fault_is_told_in_the_language_that_was_asked_for(quiet):
    languages = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}

    reply = await quiet.post(cap(identifier="a b"), headers=languages)

    refused(quiet, reply, 422)
    assert "不得含有空格" in reply.json["errors"][0]["message"]


async def test_advice_comes_with_what_is_accepted(busy):
    reply = await busy.post(cap(headline="x" * 161))

    assert reply.status == 202
    advice = [fault["rule"] for fault in reply.json["warnings"]]
    assert {"cap.info.headline.length", "gate.hazard.unknown"} <= set(advice)
    assert {fault["level"] for fault in reply.json["warnings"]} == {"warning"}


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "Draft"},
        {"status": "System"},
        {"msgType": "Ack", "references": "a@b.example,c,2026-01-01T00:00:00-00:00"},
        {"msgType": "Error", "references": "a@b.example,c,2026-01-01T00:00:00-00:00"},
    ],
)
async def test_what_never_reaches_people_is_kept_without_a_page_or_a_feed(busy, changed):
    reply = await busy.post(cap(**changed))

    assert (reply.status, reply.json["state"]) == (202, "recorded")
    assert (await busy.ask("GET", f"/cap/{reply.json['id']}.xml", key=None)).status == 404


async def test_the_feeds_and_the_page_stay_empty_after_all_refusals(quiet):
    await quiet.post(cap(identifier="a b"))

    assert (await quiet.ask("GET", "/v1/warnings")).json["items"] == []
    for path in ("/feeds/alerts.rss", "/feeds/alerts.atom"):
        feed = await quiet.ask("GET", path, key=None)
        assert feed.status == 200
        assert b"<item>" not in feed.body
        assert b"<entry>" not in feed.body


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "image/png",
     "nonsense", "*/*"],
)  # fmt: skip
async def test_a_body_of_another_kind_is_told_which_kinds_there_are(quiet, kind):
    reply = await quiet.post(cap(), kind=kind)

    refused(quiet, reply, 415)
    assert "application/cap+xml" in reply.json["detail"]
    assert "application/json" in reply.json["detail"]


@pytest.mark.parametrize("packing", ["br", "zstd", "nonsense", "gzip, gzip"])
async def test_a_packing_that_we_cannot_open_is_refused(quiet, packing):
    request = head(quiet, f"Content-Encoding: {packing}", "Content-Length: 3") + b"abc"

    answer = await raw(quiet, request)

    # The server itself refuses one that it has no library for.
    assert answer.split()[1] in {b"415", b"400"}
    assert quiet.rows() == NOTHING


async def test_what_is_not_packed_as_it_says_is_refused(quiet):
    reply = await quiet.post(b"this is no gzip", headers={"Content-Encoding": "gzip"})

    refused(quiet, reply, 400)


@pytest.mark.parametrize(("packing", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_bomb_is_not_unpacked(quiet, packing, pack):
    bomb = pack(b" " * (40 * MEBIBYTE))
    assert len(bomb) < MEBIBYTE

    reply = await quiet.post(bomb, headers={"Content-Encoding": packing})

    refused(quiet, reply, 413)


async def test_an_endless_body_without_a_length_is_cut_off(quiet):
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"

    answer = await raw(quiet, head(quiet, "Transfer-Encoding: chunked") + piece * 40)

    assert answer.startswith(b"HTTP/1.1 413 ")
    assert quiet.rows() == NOTHING


@pytest.mark.parametrize(
    "tail",
    [
        ("Transfer-Encoding: chunked", b"zz\r\nabc\r\n0\r\n\r\n"),
        ("Transfer-Encoding: chunked", b"ffffffffffffffffff\r\nabc"),
        ("Content-Length: -3", b"abc"),
        ("Content-Length: 99999999999999999999", b"abc"),
        ("Content-Length: 3\r\nContent-Length: 4", b"abcd"),
        ("Content-Length: 3\r\nTransfer-Encoding: chunked", b"3\r\nabc\r\n0\r\n\r\n"),
        ("X: a\x00b", b""),
        (f"X: {'a' * 100_000}", b""),
    ],
    ids=["chunk size", "huge chunk", "negative length", "huge length", "two lengths",
         "two framings", "NUL in a header", "long header"],
)  # fmt: skip
async def test_broken_http_is_refused(quiet, tail):
    line, body = tail

    answer = await raw(quiet, head(quiet, line) + body)

    assert answer.split()[1] == b"400"
    assert (await quiet.ask("GET", "/health/live")).status == 200
    assert quiet.rows() == NOTHING


async def test_a_body_that_never_comes_is_given_up(quiet, monkeypatch):
    monkeypatch.setattr(warnbroker.api.body, "PATIENCE", 0.05)

    answer = await raw(quiet, head(quiet, "Content-Length: 100") + b"<alert")

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert PROBLEM.encode() in answer


async def test_a_body_that_breaks_off_harms_nobody(quiet):
    _, writer = await asyncio.open_connection(*quiet.address)
    writer.write(head(quiet, "Content-Length: 100") + b"<alert")
    await writer.drain()
    writer.transport.abort()

    assert (await quiet.ask("GET", "/health/ready")).status == 200
    assert quiet.rows() == NOTHING


@pytest.mark.parametrize(
    "header",
    [None, "", "Bearer", "Bearer ", "Bearer wbk_unknown", "Basic YTpi", "Bearer 中", "wbk_bare"],
)
async def test_nobody_without_a_key_comes_in(quiet, header):
    headers = {} if header is None else {"Authorization": header}

    reply = await quiet.post(cap(), key=None, headers=headers)

    refused(quiet, reply, 401)
    assert reply.headers["WWW-Authenticate"] == "Bearer"


async def test_a_key_of_bytes_that_are_no_text_is_refused(quiet):
    request = (
        b"GET /v1/warnings HTTP/1.1\r\nHost: b\r\nConnection: close\r\n"
        b"Authorization: Bearer \xff\xfe\r\n\r\n"
    )

    assert (await raw(quiet, request)).startswith(b"HTTP/1.1 401 ")


async def test_a_revoked_key_is_worth_nothing(quiet):
    refused(quiet, await quiet.post(cap(), key="revoked"), 401)


@pytest.mark.parametrize(
    ("key", "missing"),
    [
        ("auditor", "issuer"),
        ("elsewhere", "demo-north-bay"),
        ("fire", "Wind"),
        ("other", "other@demo-harbour.example"),
    ],
)
async def test_who_may_not_issue_it_is_told_what_they_lack(quiet, key, missing):
    reply = await quiet.post(cap(), key=key)

    refused(quiet, reply, 403)
    assert missing in reply.json["detail"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("dry_run=true", 200), ("dry_run=1", 400), ("dry_run=", 400), ("dryrun=true", 400)],
)
async def test_what_is_meant_as_a_rehearsal_is_never_published(quiet, query, status):
    reply = await quiet.post(cap(), path=f"/v1/alerts?{query}")

    assert reply.status == status
    assert quiet.rows() == NOTHING


@pytest.mark.parametrize("body", ["<alert", cap(identifier="a b"), "x" * (MEBIBYTE + 1)])
async def test_a_bad_alert_is_refused_in_a_rehearsal_too(quiet, body):
    reply = await quiet.post(body, path="/v1/alerts?dry_run=true")

    assert 400 <= reply.status < 500


@pytest.mark.parametrize(
    "path",
    ["/", "/v1/alerts", "/v1/alerts/x", "/v1/warnings", "/v1/channels", "/health/live", "/metrics",
     "/feeds/alerts.rss", "/cap/x.xml", "/static/style.css", "/warnings/x",
     "/receipts/twilio/sms/x"],
)  # fmt: skip
@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE", "TRACE"])
async def test_a_verb_that_a_path_lacks_is_refused_with_those_it_has(quiet, verb, path):
    reply = await quiet.ask(verb, path)

    assert reply.status == 405
    assert reply.headers["Content-Type"] == PROBLEM
    assert set(reply.headers["Allow"].split(",")) & {"GET", "POST"}


@pytest.mark.parametrize(
    "path",
    [
        "/static/..%2f..%2f..%2fetc%2fpasswd", "/static/%2e%2e/style.css", "/static/%00",
        "/static//etc/passwd", "/feeds/..%2f..%2fetc%2fpasswd.rss", "/feeds/%00.atom",
        "/feeds/..%2falerts.rss", "/cap/..%2f..%2fetc%2fpasswd.xml", "/cap/%00.xml",
        "/cap/" + "a" * 26 + ".xml", "/warnings/..%2f..%2fetc%2fpasswd", "/warnings/%00",
        "/warnings/" + "a" * 7000, "/v1/alerts/..%2f..%2fx", "/v1/alerts/%00", "/v1/alerts/%ff",
        "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd",
    ],
)  # fmt: skip
async def test_no_path_leads_out_of_what_is_public(quiet, path):
    request = (
        f"GET {path} HTTP/1.1\r\nHost: b\r\nConnection: close\r\n"
        f"Authorization: Bearer {quiet.keys['desk']}\r\n\r\n"
    )

    answer = await raw(quiet, request.encode())

    assert answer.startswith(b"HTTP/1.1 404 ")
    assert b"root:" not in answer


@pytest.mark.parametrize(
    "path",
    ["/warnings/x%0d%0aSet-Cookie:%20a=b", "/?lang=%0d%0aSet-Cookie:%20a=b",
     "/feeds/alerts.rss?lang=%0d%0aSet-Cookie:%20a=b", "/v1/alerts/%0d%0aSet-Cookie:%20a=b"],
)  # fmt: skip
async def test_no_path_puts_a_header_into_the_answer(quiet, path):
    request = f"GET {path} HTTP/1.1\r\nHost: b\r\nConnection: close\r\n\r\n"

    answer = await raw(quiet, request.encode())

    assert b"set-cookie:" not in answer.partition(b"\r\n\r\n")[0].lower()


async def test_a_problem_names_no_person(quiet):
    replies = [await quiet.post(body) for body in (as_json(), cap(status="Test"), "<alert")]

    said = b"".join(reply.body for reply in replies)
    assert b"+358" not in said
