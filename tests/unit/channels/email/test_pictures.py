"""Pictures within a mail: the level's icon and a map, small, and never in the way of the text."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from msgspec import structs
from PIL import Image
from shapely import MultiPolygon, Polygon, box
from shapely.affinity import scale

from channels.email.desk import _pictures
from channels.email.frame import frame_of
from channels.email.pictures import area_map, icon
from warnbroker.model.alert import Alert
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.level import Level
from warnbroker.model.message import MessageKind
from warnbroker.model.publication import Group, Publication
from warnbroker.model.region import Region

RED = "#c4161c"
AREA = box(24.90, 60.16, 24.96, 60.18)
REGIONS = [
    Region("all", {"en": "All", "zh-CN": "全市"}, box(24.8, 60.1, 25.1, 60.3)),
    Region("west", {"en": "West", "zh-CN": "西区"}, box(24.8, 60.1, 24.93, 60.3), "all"),
    Region("east", {"en": "East", "zh-CN": "东区"}, box(24.93, 60.1, 25.1, 60.3), "all"),
]
PAGE = '<p><img src="cid:icon" alt=""><img src="cid:map" alt="Map">Leave now.</p>'
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def opened(picture):
    return Image.open(BytesIO(picture.content)).convert("RGB")


def coloured(image, colour):
    """Return how much of an image is near a colour."""
    wanted = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
    near = [
        count
        for count, found in image.getcolors(1 << 20)
        if all(abs(one - other) < 24 for one, other in zip(found, wanted, strict=True))
    ]
    return sum(near) / (image.width * image.height)


def test_a_map_shows_the_area_in_the_levels_colour_within_its_surroundings():
    picture = area_map(AREA, REGIONS, RED, "zh-CN")

    image = opened(picture)
    assert image.width == 560
    assert 280 <= image.height <= 448
    assert coloured(image, "#e4999a") > 0.1
    assert coloured(image, "#fbfaf7") > 0.1
    assert len(picture.content) < 30_000


@pytest.mark.parametrize(
    "area",
    [
        box(24.9, 60.1, 25.0, 60.2).difference(box(24.94, 60.14, 24.96, 60.16)),
        MultiPolygon([box(24.9, 60.1, 24.91, 60.11), box(25.0, 60.2, 25.01, 60.21)]),
        box(-180, -90, 180, 90),
        box(24.9, 60.1, 24.9000001, 60.1000001),
        box(179.99, 85, 180, 89.99),
        scale(AREA, 1, 0.0001),
    ],
)
def test_an_area_of_any_form_can_be_drawn(area):
    picture = area_map(area, REGIONS, RED, "en")

    assert opened(picture).width == 560


def test_where_there_is_no_area_there_is_no_map():
    assert area_map(Polygon(), REGIONS, RED, "en") is None
    assert frame_of(Polygon()) is None


def test_a_drills_map_alone_looks_like_a_drill():
    plain = area_map(AREA, REGIONS, RED, "en")
    marked = area_map(AREA, REGIONS, RED, "en", "[EXERCISE]")

    assert marked is None or marked.content != plain.content


@pytest.mark.parametrize("kind", MessageKind)
def test_an_icon_is_small(kind):
    assert len(icon(RED, kind).content) < 6_000


async def test_a_prepared_mail_holds_both_pictures_and_stays_small(
    start_server, open_channel, delivery, make_publication
):
    server = await start_server()
    channel = await open_channel(server.port)
    message = replace(delivery.message, parts={**delivery.message.parts, "html": PAGE})

    await channel.prepare(make_publication(message))
    await channel.send(structs.replace(delivery, message=message))

    mail = email.message_from_bytes(server.mails[0], policy=email.policy.default)
    images = [part for part in mail.walk() if part.get_content_maintype() == "image"]
    assert [part["Content-ID"] for part in images] == ["<icon>", "<map>"]
    assert all(part.get_content_disposition() == "inline" for part in images)
    assert mail.get_content_type() == "multipart/alternative"
    assert len(server.mails[0]) < 100_000


async def test_a_page_names_no_picture_that_could_not_be_made(start_server, open_channel, delivery):
    server = await start_server()
    channel = await open_channel(server.port)
    message = replace(delivery.message, parts={**delivery.message.parts, "html": PAGE})

    await channel.send(structs.replace(delivery, message=message))

    mail = email.message_from_bytes(server.mails[0], policy=email.policy.default)
    page = mail.get_body(("html",)).get_content()
    assert "<img" not in page
    assert "Leave now." in page


def test_a_shape_that_nobody_foresaw_leaves_the_text_alone(make_publication, delivery):
    broken = replace(make_publication(delivery.message), area=None, groups=())

    assert _pictures(broken, delivery.message, REGIONS) == ()


@pytest.fixture
def make_publication():
    def make(message, status=Status.ACTUAL):
        level = Level("red", 1, "I", RED, {"en": "Red"}, timedelta(hours=6), True)
        alert = Alert("id", "s", NOW, status, MsgType.ALERT, Scope.PUBLIC)
        return Publication(
            id="abcdefghijklmnopqrstuvwxyz",
            warning_id="w" * 26,
            alert=alert,
            level=level,
            published=NOW,
            expires=NOW + timedelta(hours=6),
            area=AREA,
            groups=(Group(0, level, (), AREA),),
            regions=(),
            messages=(message,),
            cap=b"",
        )

    return make
