"""The map: what stands in the picture, and where."""

import re

import pytest
import shapely
from shapely.geometry import MultiPolygon, Polygon, box
from town import Town, surge

from warnbroker.model.region import Region
from warnbroker.web.atlas import WIDTH, _box, draw

REGIONS = Town().region_tree
NUMBER = re.compile(r"-?\d+\.\d")


def corners(path: str) -> list[tuple[float, float]]:
    values = [float(value) for value in NUMBER.findall(path)]
    return list(zip(values[::2], values[1::2], strict=True))


def test_every_region_is_in_the_picture_and_inside_it():
    picture = draw(REGIONS, [], "en")

    assert {outline.name for outline in picture.outlines} == {r.name("en") for r in REGIONS}
    for outline in picture.outlines:
        assert all(0 <= x <= WIDTH and 0 <= y <= picture.height for x, y in corners(outline.path))


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_smallest_regions_are_named_and_no_name_covers_another(language):
    picture = draw(REGIONS, [], language)
    parents = {region.parent for region in REGIONS}

    names = {region.name(language) for region in REGIONS if region.code not in parents}
    boxes = [_box(label) for label in picture.labels]

    assert {label.text for label in picture.labels} == names
    assert shapely.union_all(boxes).area == pytest.approx(sum(box.area for box in boxes))


def test_north_is_up_and_shapes_are_true_to_scale():
    square = Region("a", {"en": "A"}, box(24, 60, 24.02, 60.01))
    north = Region("b", {"en": "B"}, box(24, 60.01, 24.02, 60.02))

    picture = draw([square, north], [], "en")
    by_name = {outline.name: Polygon(corners(outline.path)) for outline in picture.outlines}

    assert by_name["B"].centroid.y < by_name["A"].centroid.y
    west, top, east, bottom = by_name["A"].bounds
    # At 60 degrees a degree of longitude is half as long as one of latitude.
    assert (east - west) / (bottom - top) == pytest.approx(1, abs=0.02)


def test_a_badge_stands_in_its_area_and_hides_no_name():
    [zone] = draw(REGIONS, [("red", surge().area)], "en").zones
    picture = draw(REGIONS, [("red", surge().area)], "en")

    badge = shapely.Point(zone.x, zone.y)
    assert Polygon(corners(zone.path)).contains(badge)
    assert all(_box(label).distance(badge) > 15 for label in picture.labels)


def test_the_first_area_lies_on_top():
    picture = draw(REGIONS, [("red", REGIONS[1].geometry), ("blue", REGIONS[0].geometry)], "en")

    assert [zone.key for zone in picture.zones] == ["blue", "red"]


def test_a_huge_area_is_cut_to_the_picture():
    [zone] = draw(REGIONS, [("sea", box(0, 0, 90, 80))], "en").zones

    assert all(-WIDTH <= x <= 2 * WIDTH for x, _ in corners(zone.path))


def test_parts_and_holes_are_drawn():
    holed = box(24.94, 60.165, 24.95, 60.175).difference(box(24.943, 60.168, 24.947, 60.172))
    area = MultiPolygon([holed, box(24.934, 60.165, 24.936, 60.167)])

    [zone] = draw(REGIONS, [("x", area)], "en").zones

    assert zone.path.count("M") == zone.path.count("Z") == 3


def test_an_area_alone_is_a_picture_too():
    [zone] = draw([], [("x", box(10, 10, 11, 11))], "en").zones

    assert zone.path


def test_nothing_makes_no_picture():
    assert draw([], [], "en") is None
    assert draw([], [("x", Polygon())], "en") is None


def test_a_region_that_is_its_own_ancestor_does_no_harm():
    knot = [Region("a", {"en": "A"}, box(0, 0, 1, 1), "b"), Region("b", {}, box(0, 0, 1, 1), "a")]

    assert len(draw(knot, [], "en").outlines) == 2
