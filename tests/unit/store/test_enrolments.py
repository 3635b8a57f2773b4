"""Subscriptions that people make themselves: kept whole, apart from the lists, and let go."""

from datetime import timedelta

import pytest
from shapely import box

from warnbroker.contracts.clock import SystemClock
from warnbroker.contracts.enrolment import Enrolment
from warnbroker.errors import EnrolmentError
from warnbroker.intake.enrolling import Enrolling
from warnbroker.model.actor import CONFIGURATION
from warnbroker.model.alert import Position
from warnbroker.model.level import Level, LevelScale
from warnbroker.model.region import Region
from warnbroker.model.subscriber import AddressKind, Subscriber
from warnbroker.targeting import cell_of

ENDPOINT = "https://push.example/send/abc"
HERE: Position = (60.1, 24.9)


@pytest.fixture
async def enrolling(store, square) -> Enrolling:
    await store.regions.replace([square], authority_id=1, actor=CONFIGURATION)
    scale = LevelScale(
        (Level("red", 1, "I", "#f00", {}, timedelta(hours=1), resend_unknown=True),), (), {}, ()
    )
    return Enrolling(store.subscribers, store.regions, scale, SystemClock())


@pytest.fixture
def square() -> Region:
    return Region("town", {"en": "Town"}, box(24, 60, 25, 61))


async def everybody(store):
    return [person async for page in store.subscribers.export() for person in page]


async def test_who_subscribes_on_a_channels_page_is_found_by_place_at_that_address(
    store, enrolling
):
    await enrolling.enrol(Enrolment("p-1", "push", ENDPOINT, "en", position=HERE))

    cell = cell_of(*HERE)
    found = [p async for page in store.subscribers.by_cells([(cell, cell)], 9) for p in page]
    assert [list(person.addresses) for person in found] == [["push"]]
    assert [person.addresses for person in await everybody(store)] == [{"push": ENDPOINT}]


async def test_the_same_person_again_has_one_address_and_what_they_gave_last(store, enrolling):
    await enrolling.enrol(Enrolment("p-1", "push", ENDPOINT, "en", position=HERE))

    await enrolling.enrol(Enrolment("p-1", "push", ENDPOINT + "2", "zh-CN", regions=("town",)))
    await enrolling.enrol(Enrolment("p-1", "push", ENDPOINT + "3"))

    (person,) = await everybody(store)
    assert person.addresses == {"push": ENDPOINT + "3"}
    assert (person.language, person.regions, person.position) == ("zh-CN", ("town",), None)


async def test_an_import_of_the_same_person_keeps_the_address_they_gave_themselves(
    store, enrolling
):
    listed = Subscriber("p-1", {AddressKind.PHONE: "+15550000001"}, regions=("town",))
    await store.subscribers.write([(listed, None)])
    await enrolling.enrol(Enrolment("p-1", "push", ENDPOINT))

    other = Subscriber("p-1", {AddressKind.EMAIL: "a@b.example"}, regions=("town",))
    await store.subscribers.write([(other, None)])

    (person,) = await everybody(store)
    assert person.addresses == {"email": "a@b.example", "push": ENDPOINT}


async def test_a_forgotten_address_is_gone_and_so_is_who_has_no_other(store, enrolling):
    listed = Subscriber("p-2", {AddressKind.PHONE: "+15550000001"}, regions=("town",))
    await store.subscribers.write([(listed, None)])
    await enrolling.enrol(Enrolment("p-1", "push", ENDPOINT, regions=("town",)))
    await enrolling.enrol(Enrolment("p-2", "push", ENDPOINT))

    await enrolling.forget("push", ENDPOINT)
    await enrolling.forget("push", "https://push.example/never-heard-of")

    assert [(p.ref, dict(p.addresses)) for p in await everybody(store)] == [
        ("p-2", {"phone": "+15550000001"})
    ]


async def test_the_record_says_that_somebody_subscribed_and_not_at_which_address(store, enrolling):
    await enrolling.enrol(Enrolment("p-1", "push", ENDPOINT, regions=("town",)))
    await enrolling.forget("push", ENDPOINT)

    entries = await store.audit.entries()

    told = [e for e in entries if e.event.startswith("subscriber_")]
    assert [e.event for e in told] == ["subscriber_enrolled", "subscriber_forgotten"]
    assert not any(ENDPOINT in f"{e}" for e in told)


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"ref": ""}, "enrolment.ref"),
        ({"ref": "x" * 201}, "enrolment.ref"),
        ({"kind": "Push=1;phone"}, "enrolment.kind"),
        ({"address": ""}, "enrolment.address"),
        ({"address": "x" * 5000}, "enrolment.address"),
        ({"address": "a\nb"}, "enrolment.address"),
        ({"language": "x" * 50}, "enrolment.language"),
        ({"regions": ("nowhere",)}, "enrolment.regions"),
        ({"regions": ("town",) * 300}, "enrolment.regions"),
        ({"regions": ()}, "enrolment.place"),
        ({"position": (91.0, 0.0)}, "enrolment.position"),
        ({"position": (float("nan"), 0.0)}, "enrolment.position"),
        ({"min_level": "purple"}, "enrolment.level"),
    ],
)
async def test_what_breaks_rules_is_refused_and_nothing_of_it_kept(store, enrolling, wrong, rule):
    given = {"ref": "p-1", "kind": "push", "address": ENDPOINT, "regions": ("town",)}

    with pytest.raises(EnrolmentError) as refused:
        await enrolling.enrol(Enrolment(**given | wrong))

    assert rule in [fault.rule for fault in refused.value.faults]
    assert await everybody(store) == []
