"""People by place, in pages: everybody once, whatever the pages, the spans and the crowd."""

from random import Random

import pytest

from warnbroker.model.subscriber import AddressKind, Subscriber


async def write(store, placed):
    await store.subscribers.write(
        [
            (
                Subscriber(
                    f"p{number}",
                    {AddressKind.PHONE: f"+1555{number:07d}"},
                    position=None if cell is None else (60.0, 24.0),
                    regions=regions,
                ),
                cell,
            )
            for number, (cell, regions) in enumerate(placed)
        ]
    )


async def found(pages):
    """Return the phone of everybody, which is one per person, and the size of each page."""
    people, sizes = [], []
    async for page in pages:
        sizes.append(len(page))
        people += [person.addresses[AddressKind.PHONE] for person in page]
    return people, sizes


SPANS = {
    "one run": [(0, 999)],
    "many runs": [(low, low + 4) for low in range(0, 1000, 10)],
    "runs that overlap, in no order": [(500, 900), (100, 600), (100, 120), (0, 5), (6, 7)],
    "more runs than a statement has variables": [(low, low) for low in range(0, 80_000, 2)],
    "an empty run": [(5000, 5000)],
    "none": [],
}


@pytest.mark.parametrize("size", [1, 7, 500])
@pytest.mark.parametrize("spans", SPANS.values(), ids=SPANS)
async def test_everybody_in_the_cells_is_found_once(store, spans, size):
    chance = Random(7)
    # Half of the people stand in one place, as those do whose addresses nobody could locate.
    cells = [111 if chance.random() < 0.5 else chance.randrange(1000) for _ in range(300)]
    await write(store, [(cell, ()) for cell in cells])
    wanted = sum(any(low <= cell <= high for low, high in spans) for cell in cells)

    people, sizes = await found(store.subscribers.by_cells(spans, size))

    assert len(people) == len(set(people)) == wanted
    assert all(0 < number <= size for number in sizes)


async def test_few_people_in_many_runs_come_in_few_pages(store):
    await write(store, [(cell, ()) for cell in range(0, 2560, 10)])

    _, sizes = await found(
        store.subscribers.by_cells([(low, low + 1) for low in range(0, 2560, 10)], 500)
    )

    assert sum(sizes) == 256
    assert len(sizes) <= 8


async def test_the_first_pages_are_small_so_that_the_first_message_waits_for_few(store):
    await write(store, [(111, ())] * 600)

    _, sizes = await found(store.subscribers.by_cells([(0, 999)], 500))

    assert sizes[0] <= 50
    assert sizes == sorted(sizes[:-1]) + sizes[-1:]


async def test_who_comes_while_the_pages_are_read_disturbs_nobody(store):
    await write(store, [(10, ())] * 20)
    pages = store.subscribers.by_cells([(0, 99)], 5)
    people = list(await anext(pages))
    late = Subscriber("late", {AddressKind.PHONE: "+15559999999"}, position=(60.0, 24.0))
    await store.subscribers.write([(late, 10)])

    people += [person async for page in pages for person in page]

    ids = [person.subscriber_id for person in people]
    assert len(ids) == len(set(ids))
    assert len(ids) >= 20


@pytest.mark.parametrize("size", [1, 7, 500])
async def test_who_belongs_to_several_regions_is_found_once(store, size):
    chance = Random(3)
    codes = [f"r{number}" for number in range(12)]
    belongs = [tuple(chance.sample(codes, chance.randrange(4))) for _ in range(200)]
    await write(store, [(None, mine) for mine in belongs] + [(5, ("r1", "r2"))])
    asked = ["r7", "r1", "r2", "r1", "nowhere"]
    wanted = sum(bool({*mine} & {*asked}) for mine in belongs)

    people, sizes = await found(store.subscribers.by_regions(asked, size))

    assert len(people) == len(set(people)) == wanted
    assert all(0 < number <= size for number in sizes)


async def test_no_regions_hold_nobody(store):
    await write(store, [(None, ("r1",))])

    assert await found(store.subscribers.by_regions([], 10)) == ([], [])


async def test_an_export_holds_everybody_once_and_in_clear(store):
    await write(store, [(number, ("r1",)) for number in range(25)])

    people = [person async for page in store.subscribers.export(10) for person in page]

    assert sorted(person.ref for person in people) == sorted(f"p{number}" for number in range(25))
    assert people[0].addresses[AddressKind.PHONE].startswith("+1555")
