"""GB/T 35965 over the real thing: translated, judged like everything, its losses answered."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.conftest import broker
from tests.unit.cap.gbt.samples import CODE, OFFICE
from warnbroker.cap import parse_xml
from warnbroker.cap.gbt import CONTENT_TYPE
from warnbroker.cap.gbt.words import BEIJING

SENDER = "met@demo-harbour.example"
OWN = {
    "names": {"zh-CN": OFFICE, "en": "Met office"},
    "gbt_code": CODE,
    "senders": [SENDER],
    "contacts": [{"name": "Desk", "phone": "+358401230009"}],
}
SQUARE = "60.165,24.940 60.165,24.950 60.170,24.950 60.165,24.940"


def moment(minutes: float) -> datetime:
    return datetime.now(UTC).astimezone(BEIJING).replace(microsecond=0) + timedelta(minutes=minutes)


def message(
    minutes: float, kind: str = "Alert", first: str = "", **changed: str
) -> tuple[str, str]:
    """Write a message that was sent so many minutes ago; return its identifier and its text."""
    sent = moment(minutes)
    identifier = f"{CODE}_{sent:%Y%m%d%H%M%S}"
    words = {"secret": "None", "verb": "解除" if kind == "Cancel" else "发布"} | changed
    text = (
        f"<alert><identifier>{identifier}</identifier><sender>{OFFICE}</sender>"
        f"<senderCode>{CODE}</senderCode><sendTime>{sent.isoformat(sep=' ')}</sendTime>"
        f"<status>Actual</status><msgType>{kind}</msgType><scope>Public</scope>"
        "<code><method><methodName>WEB</methodName><message/></method></code>"
        f"<secClassification>{words['secret']}</secClassification><note>已过</note>"
        f"<references>{first}</references>"
        "<info><language>zh-CN</language><eventType>11B06</eventType><urgency>Unknown</urgency>"
        "<severity>Blue</severity><certainty>Unknown</certainty>"
        f"<effective>{sent.isoformat(sep=' ')}</effective>"
        f"<expires>{moment(60).isoformat(sep=' ')}</expires>"
        f"<headline>{OFFICE}{words['verb']}大风蓝色预警</headline><description>有大风</description>"
        f"<area><areaDesc>集市</areaDesc><polygon>{SQUARE}</polygon>"
        "<geocode>999900</geocode></area></info></alert>"
    )
    return identifier, text


@pytest.fixture
async def found(tmp_path):
    async with broker(tmp_path, more={"authorities": {"met": OWN}}) as made:
        yield made


async def post(found, text: str, **how):
    return await found.post(text, kind=CONTENT_TYPE, **how)


async def test_a_message_is_translated_and_goes_the_ordinary_way(found):
    identifier, text = message(-2)

    answer = await post(found, text, path="/v1/alerts?urgency=Expected&certainty=Likely")

    assert answer.status == 202, answer.body
    assert (answer.json["identifier"], answer.json["sender"]) == (identifier, SENDER)
    assert answer.json["level"] == "blue"
    losses = {row["loss"]: row for row in answer.json["losses"]}
    assert set(losses) == {"category.derived", "area.union"}
    assert losses["area.union"]["path"] == "info/area[0]/geocode"
    assert "并集" in losses["area.union"]["why"]["zh-CN"]
    shown = parse_xml((await found.ask("GET", answer.json["links"]["cap"])).body)
    assert shown.infos[0].event == "大风"
    assert found.query("SELECT received FROM alert") == [(text.encode(),)]


async def test_the_same_message_again_is_the_same_alert(found):
    _, text = message(-2)
    first = await post(found, text)

    again = await post(found, text)

    assert (first.status, again.status) == (202, 200)
    assert first.json["id"] == again.json["id"]


async def test_an_update_references_all_live_messages_though_it_names_the_first_alone(found):
    first, text = message(-4)
    one = await post(found, text)
    second, text = message(-3, "Update", first)
    two = await post(found, text)
    _, text = message(-2, "Cancel", first)

    three = await post(found, text)

    assert [one.status, two.status, three.status] == [202, 202, 202], three.body
    assert two.json["warning"] == three.json["warning"] == one.json["id"]
    shown = parse_xml((await found.ask("GET", three.json["links"]["cap"])).body)
    assert second in [item.identifier for item in shown.references]
    assert "references.first" not in {row["loss"] for row in three.json["losses"]}


async def test_a_dry_run_shows_the_losses_and_publishes_nothing(found):
    _, text = message(-2)

    answer = await post(found, text, path="/v1/alerts?dry_run=true")

    assert answer.status == 200
    assert "urgency.unknown" in {row["loss"] for row in answer.json["losses"]}
    assert found.rows()["alert"] == 0


async def test_an_inner_message_is_shown_to_nobody_outside(found):
    _, text = message(-2, secret="Inner")
    assert (await post(found, text)).status == 422, "a web page is no way for an inner message"

    answer = await post(found, text.replace(">WEB<", ">SMS<"))

    assert answer.status == 202

    for path in (f"/cap/{answer.json['id']}.xml", f"/warnings/{answer.json['warning']}"):
        assert (await found.ask("GET", path, key=None)).status == 404


async def test_a_message_that_cannot_be_told_is_refused_with_its_rule(found):
    _, text = message(-2)

    for old, new, rule in (
        ("<scope>Public", "<scope>Private", "gbt.scope"),
        (f"<senderCode>{CODE}", "<senderCode>99999999999999", "gbt.sender.unknown"),
    ):
        answer = await post(found, text.replace(old, new))
        assert (answer.status, answer.rules) == (422, [rule])
    assert found.rows()["alert"] == 0


async def test_what_is_stated_must_be_caps_and_for_gbt_only(found):
    _, text = message(-2)

    assert (await post(found, text, path="/v1/alerts?urgency=Soon")).status == 400
    assert (await post(found, text, path="/v1/alerts?line_width=-1")).status == 400
    assert (await found.post("<alert/>", path="/v1/alerts?urgency=Past")).status == 400
