"""Which of the alerts that are planned at the same time goes first."""

import asyncio

from warnbroker.dispatch.precedence import PLACES, Precedence

RED, YELLOW = 1, 3


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_large_alert_pauses_for_as_long_as_a_graver_one_is_planned():
    precedence, pages = Precedence(), []

    async def bulk() -> None:
        async with precedence.of(YELLOW):
            for number in range(3):
                pages.append(number)
                await asyncio.sleep(0)
                await precedence.turn(YELLOW)

    async with precedence.of(YELLOW), precedence.of(RED):
        running = asyncio.create_task(bulk())
        await settled()
        during = list(pages)
    await running

    assert (during, pages) == ([], [0, 1, 2])


async def test_a_graver_alert_never_waits_for_those_that_are_planned_already():
    precedence, begun = Precedence(), []

    async def red() -> None:
        async with precedence.of(RED) as waited:
            begun.append(waited)

    async with asyncio.timeout(10):
        async with precedence.of(YELLOW), precedence.of(YELLOW):
            await red()

    assert begun == [False]


async def test_of_one_rank_only_so_many_are_planned_at_once():
    precedence, inside, most = Precedence(), 0, 0
    go_on = asyncio.Event()

    async def one() -> None:
        nonlocal inside, most
        async with precedence.of(YELLOW):
            inside += 1
            most = max(most, inside)
            await go_on.wait()
            inside -= 1

    async with asyncio.TaskGroup() as group:
        for _ in range(3 * PLACES):
            group.create_task(one())
        await settled()
        go_on.set()

    assert most == PLACES


async def test_an_alert_that_cannot_be_planned_holds_up_nobody():
    precedence = Precedence()

    async def broken() -> None:
        async with precedence.of(RED):
            raise ValueError("a template is broken")

    failed = await asyncio.gather(broken(), return_exceptions=True)
    async with asyncio.timeout(10), precedence.of(YELLOW):
        pass

    assert isinstance(failed[0], ValueError)
