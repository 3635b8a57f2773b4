from shapely import box

from warnbroker.model.region import Region
from warnbroker.targeting import RegionTree


def codes(regions):
    return [region.code for region in regions]


def test_a_region_is_found_by_its_code(tree):
    assert tree.get("west").names["en"] == "West"
    assert tree.get("north") is None


def test_a_region_is_found_by_the_codes_of_other_systems_in_any_case_of_the_name(tree):
    assert tree.by_geocode("SAME", "001003").code == "east"
    assert tree.by_geocode("same", "001003").code == "east"
    assert tree.by_geocode("SAME", "999999") is None
    assert tree.by_geocode("FIPS", "001003") is None


def test_a_regions_own_code_is_a_geocode_too(tree):
    assert tree.by_geocode("code", "town").code == "town"
    assert tree.by_geocode("warnbroker:region", "town").code == "town"
    assert tree.knows_system("code")


def test_only_systems_that_a_region_uses_are_known(tree):
    assert tree.knows_system("SAME")
    assert tree.knows_system("gbt2260")
    assert not tree.knows_system("FIPS")


def test_a_geocode_of_several_regions_means_all_of_them():
    halves = [
        Region(code, {}, box(west, 0, west + 1, 1), geocodes={"SAME": ("1",)})
        for code, west in (("a", 0), ("b", 1))
    ]

    assert codes(RegionTree(halves).all_by_geocode("SAME", "1")) == ["a", "b"]


def test_ancestors_come_nearest_first_and_descendants_from_the_top(tree):
    assert codes(tree.ancestors("town")) == ["west", "city"]
    assert codes(tree.ancestors("city")) == []
    assert codes(tree.descendants("city")) == ["west", "east", "town"]
    assert codes(tree.descendants("town")) == []
    assert codes(tree.ancestors("nowhere")) == codes(tree.descendants("nowhere")) == []


def test_a_circle_of_parents_ends():
    square = box(0, 0, 1, 1)
    tree = RegionTree([Region("a", {}, square, "b"), Region("b", {}, square, "a")])

    assert set(codes(tree.ancestors("a"))) <= {"a", "b"}
    assert set(codes(tree.descendants("a"))) <= {"a", "b"}


def test_touching_means_more_than_a_common_border(tree):
    assert codes(tree.touching(box(114, 22.5, 114.5, 22.6))) == ["city", "east"]
    assert codes(tree.touching(box(113.9, 22.5, 114.5, 22.6))) == ["city", "west", "east"]
    assert codes(tree.touching(box(115, 22, 116, 23))) == []


def test_touching_brings_ancestors_whose_own_outline_lies_elsewhere():
    tree = RegionTree(
        [Region("top", {}, box(5, 5, 6, 6)), Region("low", {}, box(0, 0, 1, 1), "top")]
    )

    assert codes(tree.touching(box(0.5, 0.5, 0.6, 0.6))) == ["top", "low"]


def test_an_empty_tree_touches_nothing():
    assert RegionTree([]).touching(box(0, 0, 1, 1)) == ()
