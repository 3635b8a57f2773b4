"""One channel, one alert, no ledger: for commands that plan or rehearse without publishing."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

import shapely

from warnbroker.app.http import outgoing
from warnbroker.app.scale import scale_of
from warnbroker.app.texts import renderer_of
from warnbroker.cap import to_xml
from warnbroker.contracts.channel import Channel, ChannelContext
from warnbroker.contracts.clock import SystemClock
from warnbroker.dispatch.rows import KIND
from warnbroker.model.alert import Alert
from warnbroker.model.delivery import Delivery
from warnbroker.model.identity import alert_public_id
from warnbroker.model.publication import Publication
from warnbroker.model.receipt import AttemptKey, Receipt
from warnbroker.model.region import Region
from warnbroker.model.standing import Standing
from warnbroker.registry import build_channels
from warnbroker.settings import Settings
from warnbroker.targeting import RegionTree, group_infos, read_regions

NOWHERE = "http://127.0.0.1"


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What came of it: the alert's public id and a receipt for each target."""

    id: str
    receipts: Sequence[Receipt]


async def rehearse(settings: Settings, name: str, given: dict[str, Any], alert: Alert) -> Rehearsed:
    """Let one channel prepare an alert and send it to the targets it names itself.

    ``given`` overrides the channel's settings. An alert whose time is past is taken as if
    it were published when it was sent.

    Raises:
        ConfigError: the channel's settings are wrong.
        AlertError: its area cannot be placed.
        SendError: the channel could not do it.
    """
    section = settings.channels.get(name, {}) | given
    channel = build_channels({name: section})[name]
    regions = read_regions(settings.regions.file) if settings.regions.file else []
    publication = _publication(settings, name, alert, regions)
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(outgoing())
        stack.push_async_callback(channel.close)
        await channel.open(_context(settings, session, regions))
        await channel.prepare(publication)
        receipts = [await channel.send(delivery) for delivery in _deliveries(channel, publication)]
    return Rehearsed(publication.id, receipts)


def _publication(
    settings: Settings, name: str, alert: Alert, regions: Sequence[Region]
) -> Publication:
    scale = scale_of(settings.levels)
    tree = RegionTree(regions)
    groups = group_infos(alert, scale.of, tree)
    area = shapely.union_all([group.area for group in groups])
    identity = alert_public_id(alert)
    messages = renderer_of(settings, NOWHERE).messages(
        alert, groups, (name,), KIND[alert.msg_type],
        warning_id=identity, next_id=count(1), reason="lifted",
    )  # fmt: skip
    now = SystemClock().now()
    ends = [info.expires for info in alert.infos if info.expires]
    level = groups[0].level
    published = now if not ends or max(ends) > now else alert.sent
    return Publication(
        id=identity,
        warning_id=identity,
        alert=alert,
        level=level,
        published=published,
        expires=max(ends, default=published + level.expires_after),
        area=area,
        groups=groups,
        regions=tree.touching(area),
        messages=tuple(messages),
        cap=to_xml(alert),
    )


def _deliveries(channel: Channel, publication: Publication) -> Sequence[Delivery]:
    return [
        Delivery(
            key=AttemptKey(publication.id, number, 1),
            channel=channel.name,
            address=target.id,
            message=publication.messages[0],
            level=publication.level.code,
            expires=publication.expires,
            standing=Standing.of(publication.alert),
        )
        for number, target in enumerate(channel.targets(publication), 1)
    ]


def _context(settings: Settings, session: Any, regions: Sequence[Region]) -> ChannelContext:
    async def tree() -> Sequence[Region]:
        return regions

    municipality = settings.municipality
    return ChannelContext(
        clock=SystemClock(),
        session=session,
        public_url=NOWHERE,
        time_zone=ZoneInfo(municipality.time_zone),
        languages=tuple(municipality.languages),
        names=municipality.names,
        regions=tree,
    )
