"""What a described gateway reports, and who may report it."""

import base64
import hashlib
import hmac
import json
import re
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels._gateway import load_gateway
from channels._gateway.description import shipped_gateways
from channels.sms import SmsSettings
from tests.unit.channels.gateway.conftest import KANNEL, KEY, PLAIN
from warnbroker.contracts import Said
from warnbroker.errors import NotFoundError, SignatureError, UnreadableError
from warnbroker.model.receipt import Evidence, Reason, Receipt, State

ACCOUNTS = {"plain": PLAIN, "kannel": KANNEL}
STATES = [
    pytest.param(name, row, id=f"{name}-{row.codes[0]}")
    for name, path in shipped_gateways().items()
    if name in ACCOUNTS
    for row in load_gateway(path).reports.states
]


def signed(content: object, secret: str = "s3cret") -> dict[str, object]:
    body = json.dumps(content).encode()
    return {
        "body": body,
        "X_Signature": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest(),
    }


@pytest.mark.parametrize(("name", "row"), STATES)
async def test_every_word_of_a_shipped_gateways_reports_is_judged_by_its_row(
    opened, callback, name, row
):
    channel = await opened(ACCOUNTS[name])

    for code in row.codes:
        said = (
            callback(f"gw/{KEY.path}", query=f"secret=s3cret&status={code}&reply=x")
            if name == "kannel"
            else callback(f"gw/{KEY.path}", **signed({"id": "g-1", "status": code}))
        )
        [evidence] = channel.parse_receipts(said).evidence

        assert (evidence.key, evidence.receipt.provider) == (KEY, "gw")
        assert (evidence.receipt.state, evidence.receipt.reason) == (
            row.verdict.state,
            row.verdict.reason,
        )


async def test_a_report_without_our_address_names_the_gateways_own_id(opened, callback):
    channel = await opened(PLAIN)

    answer = channel.parse_receipts(callback("gw", **signed({"id": "g-1", "status": "delivered"})))

    receipt = Receipt(State.DELIVERED, "gw", "g-1", code="delivered")
    assert answer.evidence == (Evidence(None, receipt),)


async def test_why_something_failed_goes_before_that_it_did(opened, callback):
    channel = await opened(PLAIN)
    report = {"id": "g-1", "status": "failed", "error": {"code": "landline"}}

    [evidence] = channel.parse_receipts(callback("gw", **signed(report))).evidence

    assert evidence.receipt == Receipt(State.FAILED_PERM, "gw", "g-1", Reason.RECIPIENT, "landline")


async def test_a_word_that_nobody_described_fails_nothing(opened, callback):
    channel = await opened(PLAIN)

    [evidence] = channel.parse_receipts(
        callback("gw", **signed({"id": "g-1", "status": "buffered", "error": {"code": "e9"}}))
    ).evidence

    assert evidence.receipt == Receipt(State.HANDED_OFF, "gw", "g-1", code="buffered")


async def test_a_known_cause_fails_a_text_whatever_the_word_beside_it(opened, callback):
    channel = await opened(PLAIN)
    report = {"id": "g-1", "status": "bounced", "error": {"code": "landline"}}

    [evidence] = channel.parse_receipts(callback("gw", **signed(report))).evidence

    assert evidence.receipt == Receipt(State.FAILED_PERM, "gw", "g-1", Reason.RECIPIENT, "landline")


async def test_reports_may_come_as_a_list(opened, callback, described):
    account = described(
        "request: {}\nreports:\n  proof: {hmac: {header: X-Signature}}\n  each: results\n"
        "  ref: {json: id}\n  status: {json: s}\n  states: [{codes: [D], class: DELIVERED}]\n"
        "  answer: ACK\n"
    )
    channel = await opened(account)
    body = {"results": [{"id": "1", "s": "D"}, {"id": "2", "s": "D"}]}

    answer = channel.parse_receipts(callback("gw", **signed(body)))

    assert [e.receipt.provider_ref for e in answer.evidence] == ["1", "2"]
    assert answer.body == "ACK"


@pytest.mark.parametrize(
    "proof",
    [
        {},
        {"X_Signature": "0" * 64},
        {"X_Signature": ""},
        {"X_Signature": "\udcff\udcfe"},
        {"X_Signature": hmac.new(b"other", b"{}", hashlib.sha256).hexdigest()},
    ],
)
async def test_whoever_does_not_know_the_secret_is_refused(opened, callback, proof):
    channel = await opened(PLAIN)

    with pytest.raises(SignatureError):
        channel.parse_receipts(callback("gw", body=b"{}", **proof))


async def test_without_a_secret_of_ours_nobody_is_believed(opened, callback):
    channel = await opened(PLAIN, callback_secret="")

    with pytest.raises(SignatureError):
        channel.parse_receipts(callback("gw", **signed({"id": "1", "status": "sent"}, "")))


@pytest.mark.parametrize("query", ["", "secret=wrong", "secret=", "status=1"])
async def test_a_fetched_address_must_bear_the_secret(opened, callback, query):
    channel = await opened(KANNEL)

    with pytest.raises(SignatureError):
        channel.parse_receipts(callback(f"gw/{KEY.path}", query=query))


@pytest.mark.parametrize(
    ("proof", "headers"),
    [
        ("{header: X-Token}", {"X_Token": "s3cret"}),
        ("{header: Authorization}", {"Authorization": "Bearer s3cret"}),
        ("{basic: true}", {"Authorization": "Basic " + base64.b64encode(b"me:s3cret").decode()}),
        (
            "{hmac: {header: X-Sign, algorithm: sha512, encoding: base64, prefix: 'v1='}}",
            {
                "X_Sign": "v1="
                + base64.b64encode(
                    hmac.new(b"s3cret", b'{"id": 1, "s": "D"}', "sha512").digest()
                ).decode()
            },
        ),
    ],
)
async def test_each_way_to_prove_it_works(opened, callback, described, proof, headers):
    account = described(
        f"request: {{}}\nreports:\n  proof: {proof}\n  ref: {{json: id}}\n  status: {{json: s}}\n"
        "  states: [{codes: [D], class: DELIVERED}]\n"
    )
    channel = await opened(account, callback_user="me")

    answer = channel.parse_receipts(callback("gw", body=b'{"id": 1, "s": "D"}', **headers))

    assert answer.evidence[0].receipt.provider_ref == "1"


@pytest.mark.parametrize(
    ("proof", "header"),
    [
        ("{header: X-Token}", "X_Token"),
        ("{header: Authorization}", "Authorization"),
        ("{basic: true}", "Authorization"),
        ("{hmac: {header: X-Sign}}", "X_Sign"),
        ("{query: secret}", ""),
    ],
)
async def test_bytes_that_are_no_text_prove_nothing(opened, callback, described, proof, header):
    account = described(
        f"request: {{}}\nreports:\n  proof: {proof}\n  ref: {{json: id}}\n  status: {{json: s}}\n"
        "  states: [{codes: [D], class: DELIVERED}]\n"
    )
    channel = await opened(account)
    given = {header: "Bearer \udcff"} if header else {}

    with pytest.raises(SignatureError):
        channel.parse_receipts(callback("gw", query="secret=\udcff", body=b"{}", **given))


@pytest.mark.parametrize("content", [[], {}, {"id": "1"}, {"status": "sent"}, "x"])
async def test_a_report_that_says_nothing_is_unreadable(opened, callback, content):
    channel = await opened(PLAIN)

    with pytest.raises(UnreadableError):
        channel.parse_receipts(callback("gw", **signed(content)))


@pytest.mark.parametrize("path", ["other", "other/inbound", "", "/"])
async def test_an_address_of_no_provider_is_not_found(opened, callback, path):
    channel = await opened(PLAIN)

    with pytest.raises(NotFoundError):
        channel.parse_receipts(callback(path, body=b"{}"))


async def test_a_text_that_somebody_wrote_is_passed_on(opened, callback):
    channel = await opened(PLAIN)
    written = {"id": "in-1", "from": "00358 40 1234567", "text": "STOP"}

    answer = channel.parse_receipts(callback("gw/inbound", **signed(written)))

    assert answer.said == (Said("sms", "phone", "+358401234567", "STOP", ref="gw:in-1"),)
    assert answer.evidence == ()


async def test_a_number_without_its_country_is_one_of_the_providers(opened, callback):
    channel = await opened(PLAIN, country="FI")
    written = {"id": "in-1", "from": "040 1234567", "text": "STOP"}

    answer = channel.parse_receipts(callback("gw/inbound", **signed(written)))

    assert answer.said[0].address == "+358401234567"


async def test_kannel_gets_the_answer_to_a_text_as_its_body(opened, callback):
    channel = await opened(KANNEL)
    query = "secret=s3cret&from=%2B358401234567&text=%E5%81%9C%E6%AD%A2&id=k-1"

    answer = channel.parse_receipts(callback("gw/inbound", query=query))

    assert answer.said[0].text == "停止"
    assert answer.reply is not None
    assert answer.reply(["You get no more."]) == "You get no more."


async def test_kannel_is_told_of_an_answer_that_needs_unicode(opened, callback):
    channel = await opened(KANNEL)

    answer = channel.parse_receipts(
        callback("gw/inbound", query="secret=s3cret&from=%2B358401234567&text=STOP&id=k-1")
    )

    assert answer.headers is not None
    assert answer.headers("已退订。") == {"X-Kannel-Coding": "2"}
    assert answer.headers("No more.") == {"X-Kannel-Coding": "0"}


async def test_kannel_hears_200_also_where_there_is_nothing_to_say(opened, callback):
    channel = await opened(KANNEL)

    written = channel.parse_receipts(
        callback("gw/inbound", query="secret=s3cret&from=%2B358401234567&text=thanks&id=k-1")
    )
    reported = channel.parse_receipts(callback(f"gw/{KEY.path}", query="secret=s3cret&status=1"))

    # To anything else Kannel sends the phone an error, and reports a second time.
    assert (written.body, written.bodiless) == ("", 200)
    assert reported.body == "OK"


@pytest.mark.parametrize("place", ["docs/howto/sms-providers.md", "config/gateways/kannel.yaml"])
def test_whoever_sets_kannel_up_is_told_to_let_long_texts_through(place):
    text = (Path(__file__).parents[4] / place).read_text(encoding="utf-8")

    [user] = re.findall(r"group = sendsms-user\n(?:.*\S.*\n)+?(?=\W*\n)", text)
    allowed = re.search(r"max-messages = (\d+)", user)
    assert allowed is not None
    assert int(allowed[1]) >= SmsSettings().max_segments
    assert "concatenation = true" in user


def test_whoever_sets_kannel_up_is_told_what_answers_to_people_need():
    text = (Path(__file__).parents[4] / "docs/howto/sms-providers.md").read_text(encoding="utf-8")

    [service] = re.findall(r"group = sms-service\n(?:.*\S.*\n)+?(?=```)", text)
    assert "mo-recode = true" in text
    assert "omit-empty = true" in service
    assert "accept-x-kannel-headers = true" in service


@pytest.mark.parametrize("number", ["", "Vaara", "12", "1" * 16])
async def test_a_text_from_no_number_is_unreadable(opened, callback, number):
    channel = await opened(PLAIN)

    with pytest.raises(UnreadableError):
        channel.parse_receipts(
            callback("gw/inbound", **signed({"id": "1", "from": number, "text": "STOP"}))
        )


@pytest.mark.parametrize(
    ("code", "reason"),
    [("country_not_allowed", Reason.REFUSED_FOR_NOW), ("no_credit", Reason.CONFIG)],
)
async def test_a_reported_fault_of_one_country_does_not_stop_the_gateway(
    opened, callback, code, reason
):
    channel = await opened(PLAIN)
    report = {"id": "g-1", "status": "failed", "error": {"code": code}}

    [evidence] = channel.parse_receipts(callback("gw", **signed(report))).evidence

    assert (evidence.receipt.state, evidence.receipt.reason) == (State.FAILED_TEMP, reason)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    body=st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["id", "status", "error", "code", "from", "text"]), inner
            )
        ),
        max_leaves=12,
    ).map(lambda content: json.dumps(content).encode()),
    path=st.sampled_from(["gw", "gw/inbound"]),
)
async def test_no_body_does_more_than_be_unreadable(opened, callback, body, path):
    channel = await opened(PLAIN)
    sign = hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()

    with suppress(UnreadableError):
        channel.parse_receipts(callback(path, body=body, X_Signature=sign))
