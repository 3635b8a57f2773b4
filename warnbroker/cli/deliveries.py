"""``warnbroker deliveries`` and ``retry``: what became of each, and one more try."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote, urlencode

import typer

from warnbroker.cli.city_clock import clock_of
from warnbroker.cli.decide import IdArgument
from warnbroker.cli.session import HERE, KeyOption, UrlOption, calling, key_of, reasons
from warnbroker.cli.terminal import JsonOption, err, out, run
from warnbroker.cli.words import word


def deliveries(
    alert: IdArgument,
    channel: Annotated[str, typer.Option(help="Only this channel.")] = "",
    state: Annotated[str, typer.Option(help="Only this state, such as UNKNOWN.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50,
    url: UrlOption = HERE,
    key: KeyOption = "",
    *,
    as_json: JsonOption = False,
) -> None:
    """Show what became of an alert's deliveries: every attempt and every receipt."""
    run(_show(alert, urlencode({"channel": channel, "state": state.upper(), "limit": limit}),
              url, key_of(key), as_json=as_json))  # fmt: skip


async def _show(alert: str, query: str, url: str, key: str, *, as_json: bool) -> None:
    async with calling(url, key) as client:
        answer = await client.get(f"/v1/alerts/{alert}/deliveries?{query}")
    if as_json:
        import orjson

        typer.echo(orjson.dumps(answer["items"]).decode())
        return
    from warnbroker.cli.delivery_table import table_of

    if answer["items"]:
        out.print(table_of(answer["items"], clock_of(answer)))
    else:
        err.print(word("There is none of that kind."), style="dim")
    if answer["next"]:
        err.print(word("There are more; --limit shows up to 1000."), style="dim")


def retry(
    delivery: Annotated[str, typer.Argument(metavar="DELIVERY", help="Its number.")],
    url: UrlOption = HERE,
    key: KeyOption = "",
) -> int:
    """Send one delivery again, such as after a fault that you have mended."""
    return run(_retry(delivery, url, key_of(key)))


async def _retry(delivery: str, url: str, key: str) -> int:
    from warnbroker.cli.delivery_table import table_of

    async with calling(url, key) as client:
        path = f"/v1/deliveries/{quote(delivery, safe='')}/retry"
        status, answer = await client.send(path, b"", "application/json")
    if status != 202:
        for line in reasons(answer):
            err.print(line, style="red", markup=False, soft_wrap=True)
        return 1
    out.print(table_of([answer], clock_of(answer)))
    return 0
