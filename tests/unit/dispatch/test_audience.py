"""Who is in the area: the cell index and the ledger against a brute force over everybody."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.alerts import info
from warnbroker.app import scale_of
from warnbroker.contracts.clock import SystemClock
from warnbroker.dispatch.audience import Audience
from warnbroker.model.alert import Area, NamedValue
from warnbroker.model.enums import Category
from warnbroker.model.identity import sortable_ids
from warnbroker.model.publication import Group
from warnbroker.resources import shipped
from warnbroker.settings import load
from warnbroker.simulator.population import generate_subscribers
from warnbroker.store import open_store
from warnbroker.targeting import RegionTree, cell_of, read_regions

SCALE = scale_of(load().levels)
REGIONS = read_regions(Path(shipped("config")) / "regions.geojson")
TREE = RegionTree(REGIONS)
PEOPLE = list(generate_subscribers(REGIONS, 1500, seed=3))
WEST, SOUTH, EAST, NORTH = shapely.union_all([region.geometry for region in REGIONS]).bounds


@pytest.fixture(scope="module")
async def audience(tmp_path_factory):
    folder = tmp_path_factory.mktemp("audience")
    ids = sortable_ids(lambda: datetime.now(UTC))
    store = await open_store(f"sqlite:///{folder / 'w.db'}", None, SystemClock(), ids)
    for start in range(0, len(PEOPLE), 500):
        some = PEOPLE[start : start + 500]
        await store.subscribers.write(
            [(person, cell_of(*person.position) if person.position else None) for person in some]
        )
    yield Audience(store.subscribers, TREE, SCALE)
    await store.close()


def group(area, level="red", index=0, **kwargs):
    return Group(index, SCALE[level], (info(level, **kwargs),), area)


async def found(audience, groups, index):
    people = [p async for page in audience.of(groups, index) for p in page]
    assert len({person.subscriber_id for person in people}) == len(people)
    return len(people)


def brute(area, level="red", categories=frozenset({Category.MET})):
    """Return the refs of those an area holds, looking at everybody in turn."""
    overlapping = {r.code for r in REGIONS if r.geometry.intersection(area).area > 0}
    return {
        person.ref
        for person in PEOPLE
        if (
            shapely.intersects_xy(area, person.position[1], person.position[0])
            if person.position
            else set(person.regions) & overlapping
        )
        and (not person.min_level or SCALE[level].rank <= SCALE[person.min_level].rank)
        and (not person.categories or set(person.categories) & categories)
    }


corner = st.tuples(st.floats(WEST - 0.01, EAST + 0.01), st.floats(SOUTH - 0.01, NORTH + 0.01))


@given(st.lists(corner, min_size=3, max_size=9))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
async def test_everybody_whom_a_brute_force_finds_is_found_and_nobody_else(audience, corners):
    area = shapely.MultiPoint(corners).convex_hull
    if area.geom_type != "Polygon" or area.area < 1e-9:
        return

    assert await found(audience, (group(area),), 0) == len(brute(area))


async def test_who_is_in_several_groups_gets_the_gravest(audience):
    west = shapely.box(WEST, SOUTH, (WEST + EAST) / 2, NORTH)
    everywhere = shapely.box(WEST, SOUTH, EAST, NORTH)
    groups = (group(west, "red"), group(everywhere, "blue", index=1))

    red, blue = await found(audience, groups, 0), await found(audience, groups, 1)

    assert red == len(brute(west, "red"))
    assert blue == len(brute(everywhere, "blue") - brute(west, "red"))


async def test_people_who_gave_a_region_are_found_by_its_geocode_and_by_its_parents(audience):
    area = TREE.get("demo-seafront").geometry
    placed = info(areas=(Area("Seafront", geocodes=(NamedValue("GB/T 2260", "999901"),)),))

    codes = audience.regions_in(Group(0, SCALE["red"], (placed,), area))

    assert {"demo-seafront", "demo-west-quay", "demo-east-quay", "demo"} <= codes


async def test_of_a_drill_only_those_are_found_who_agreed(audience):
    area = shapely.box(WEST, SOUTH, EAST, NORTH)
    agreed = {person.ref for person in PEOPLE if person.drills} & brute(area)

    people = [
        person
        async for page in replace(audience, agreed=True).of((group(area),), 0)
        for person in page
    ]

    assert {person.ref for person in people} == agreed
    assert 0 < len(agreed) < len(brute(area))


async def test_an_audience_of_roles_leaves_out_all_others(audience):
    area = shapely.box(WEST, SOUTH, EAST, NORTH)
    named = (NamedValue("level", "red"), NamedValue("warnbroker:audience", "officer"))
    wanted = {person.ref for person in PEOPLE if person.role == "officer"} & brute(area)

    found = audience.of((group(area, parameters=named),), 0)
    people = [person async for page in found for person in page]

    assert {person.ref for person in people} == wanted
    assert wanted


async def test_a_group_that_is_nowhere_is_for_nobody(audience):
    nowhere = group(shapely.GeometryCollection(), areas=())

    assert await found(audience, (nowhere,), 0) == 0
