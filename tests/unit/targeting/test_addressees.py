"""Whom an alert of limited scope names: each once, and a fault for each it cannot."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.integration.alerts import alert
from warnbroker.contracts.clock import SystemClock
from warnbroker.model.enums import Scope
from warnbroker.model.identity import sortable_ids
from warnbroker.model.named_list import NamedList, NamedLists
from warnbroker.model.subscriber import AddressKind, Subscriber
from warnbroker.resources import shipped
from warnbroker.store import open_store
from warnbroker.targeting import RegionTree, addressees_of, cell_of, direct_of, read_regions

TREE = RegionTree(read_regions(Path(shipped("config")) / "regions.geojson"))
SEAFRONT = TREE.get("demo-seafront").geometry.representative_point()
NORTH = TREE.get("demo-north-bay").geometry.representative_point()


def person(ref, role="resident", place=None, regions=()):
    position = (place.y, place.x) if place else None
    number = f"+1555{sum(map(ord, ref)):07d}"
    return Subscriber(
        ref, {AddressKind.PHONE: number}, position=position, regions=regions, role=role
    )


PEOPLE = (
    person("anna", "school", SEAFRONT),
    person("bo", "school", NORTH),
    person("cai", "school", regions=("demo-west-quay",)),
    person("dan", "officer", SEAFRONT),
    person("eva", "officer", regions=("demo-north-bay",)),
    person("fei", "resident", SEAFRONT),
)
LISTS = NamedLists(
    {
        item.code: item
        for item in (
            NamedList("schools", {"en": "Schools", "zh-CN": "学校"}, roles=frozenset({"school"})),
            NamedList(
                "seafront", roles=frozenset({"school", "officer"}),
                regions=frozenset({"demo-seafront"}),
            ),
            NamedList("leaders", roles=frozenset({"officer"}), refs=frozenset({"dan", "fei"})),
        )
    }
)  # fmt: skip


@pytest.fixture(scope="module")
async def subscribers(tmp_path_factory):
    url = f"sqlite:///{tmp_path_factory.mktemp('addressees') / 'w.db'}"
    ids = sortable_ids(lambda: datetime.now(UTC))
    store = await open_store(url, None, SystemClock(), ids)
    await store.subscribers.write(
        [(p, cell_of(*p.position) if p.position else None) for p in PEOPLE]
    )
    yield store.subscribers
    await store.close()


async def named(subscribers, size=2, **changes):
    found = await addressees_of(alert(**changes), LISTS, subscribers, TREE)
    refs = [person.ref async for page in found.pages(subscribers, size) for person in page]
    assert len(refs) == len(set(refs))
    return set(refs), found


@pytest.mark.parametrize(
    ("restriction", "expected"),
    [
        ("schools", {"anna", "bo", "cai"}),
        ("SCHOOLS", {"anna", "bo", "cai"}),
        (" 学校 ", {"anna", "bo", "cai"}),
        ("seafront", {"anna", "cai", "dan"}),
        ("leaders", {"dan", "eva", "fei"}),
    ],
)
async def test_a_list_has_its_roles_in_its_regions_and_its_keys(subscribers, restriction, expected):
    refs, found = await named(subscribers, scope=Scope.RESTRICTED, restriction=restriction)

    assert refs == expected
    assert found.faults == ()


async def test_a_list_that_nobody_knows_is_named_with_those_there_are(subscribers):
    refs, found = await named(subscribers, scope=Scope.RESTRICTED, restriction="the board")

    assert refs == set()
    (fault,) = found.faults
    assert (fault.rule, fault.path) == ("scope.restriction.unknown", "restriction")
    assert "schools" in fault.message


async def test_private_addresses_are_lists_keys_numbers_and_mailboxes(subscribers):
    addresses = ("leaders", "anna", "tel:+358 40 123-4567", "Chief@X.example", "anna")

    refs, found = await named(subscribers, scope=Scope.PRIVATE, addresses=addresses)

    assert refs == {"dan", "eva", "fei", "anna"}
    assert found.direct == (
        (AddressKind.PHONE, "+358401234567"),
        (AddressKind.VOICE, "+358401234567"),
        (AddressKind.EMAIL, "Chief@x.example"),
    )


async def test_every_address_that_is_nobodys_is_a_fault_that_does_not_repeat_it(subscribers):
    addresses = ("anna", "+4499", "strangers", "a@@b")

    _, found = await named(subscribers, scope=Scope.PRIVATE, addresses=addresses)

    assert [fault.path for fault in found.faults] == [
        "addresses[1]",
        "addresses[2]",
        "addresses[3]",
    ]
    assert {fault.rule for fault in found.faults} == {"scope.addresses.unknown"}
    assert not any(text in fault.message for fault in found.faults for text in addresses)


async def test_who_is_held_is_who_is_found(subscribers):
    _, found = await named(subscribers, scope=Scope.RESTRICTED, restriction="seafront")
    roles = subscribers.by_roles(["school", "officer", "resident"], 100)
    everybody = [person async for page in roles for person in page]

    held = {p.ref for p, mine in zip(everybody, found.hold(everybody), strict=True) if mine}

    assert len(everybody) == len(PEOPLE)
    assert held == {"anna", "cai", "dan"}


@pytest.mark.parametrize("text", ["", "12345", "+0123456789", "a b", "@x.example", "+12345"])
def test_what_is_no_address_is_none(text):
    assert direct_of(text) == ()
