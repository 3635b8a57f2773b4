"""Forecast an alert with the planner's own code; nothing is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from warnbroker.contracts.channel import Channel, Measured
from warnbroker.contracts.clock import Clock
from warnbroker.dispatch.forecast.districts import Districts, districts_of
from warnbroker.dispatch.forecast.outlook import (
    ChannelOutlook,
    ClockOutlook,
    DistrictOutlook,
    MessageOutlook,
    Outlook,
    Remedy,
)
from warnbroker.dispatch.forecast.pace import Scenario, scenarios
from warnbroker.dispatch.forecast.paths import Expectation, paths_of, weak_points
from warnbroker.dispatch.forecast.tally import Tally
from warnbroker.dispatch.plan import Planner
from warnbroker.model.enums import Urgency
from warnbroker.model.message import Message
from warnbroker.model.publication import Group, Publication
from warnbroker.model.record import AlertRecord


@dataclass(frozen=True, slots=True)
class Forecaster:
    """Says what an alert would do; ``expected`` is by channel."""

    planner: Planner
    channels: Mapping[str, Channel]
    expected: Mapping[str, Expectation]
    currency: str
    clock: Clock

    async def of(self, record: AlertRecord) -> Outlook:
        """Return the outlook of an alert, in the ledger or not.

        Raises:
            AlertError: its area cannot be placed.
            TemplateError: a text cannot be rendered.
        """
        draft = await self.planner.publisher.sketch(record)
        now = self.clock.now()
        tally = await self._tally(record, draft, now)
        districts = self._districts(tally)
        channels = {name: self._channel(name, tally) for name in _used(tally)}
        return Outlook(
            people=tally.people,
            population=sum(item.population for item in districts),
            unreached=sum(item.unreached for item in districts),
            currency=self.currency,
            cost=round(sum(item.cost for item in channels.values()), 2),
            channels=channels,
            withheld=dict(tally.withheld),
            delayed={cause: number for cause, number in tally.delayed.items() if cause},
            districts=districts,
            clock=_clock(now, draft.groups, tally.scenarios),
            warnings=tuple(fault for item in districts for fault in weak_points(item)),
        )

    async def people(self, record: AlertRecord) -> int:
        """Return how many people an alert would tell."""
        draft = await self.planner.publisher.sketch(record)
        return (await self._tally(record, draft, self.clock.now())).people

    async def _tally(self, record: AlertRecord, draft: Publication, now: datetime) -> Tally:
        kinds = {
            name: channel.address_kind
            for name, channel in self.channels.items()
            if channel.address_kind is not None
        }
        paces = {name: self._expect(name).pace for name in kinds}
        onsets = {group.index: onset for group in draft.groups if (onset := _onset(group, now))}
        used = {name for names in self.planner.routed(draft).values() for name in names}
        tally = Tally(now, scenarios(paces, used), districts_of(draft), kinds, onsets)
        async for page in self.planner.rows(record, draft):
            planned = [row.delivery for row in page]
            tally.add(page, await self.planner.deliveries.stops(planned))
        return tally

    def _expect(self, name: str) -> Expectation:
        return self.expected.get(name, Expectation())

    def _channel(self, name: str, tally: Tally) -> ChannelOutlook:
        messages = tuple(
            self._message(text, tally.messages[text.id])
            for text in tally.texts.values()
            if text.channel == name
        )
        units = sum(item.units * item.recipients for item in messages)
        first, last = tally.spans.get(name, (None, None))
        return ChannelOutlook(
            recipients=tally.recipients[name],
            targets=tally.targets[name],
            units=units,
            cost=round(units * self._expect(name).cost, 2),
            first=first,
            last=last,
            messages=messages,
        )

    def _message(self, text: Message, recipients: int) -> MessageOutlook:
        channel = self.channels[text.channel]
        units = channel.units(text) if isinstance(channel, Measured) else 1
        return MessageOutlook(
            text.language, text.kind, text.group, recipients, units, dict(text.parts)
        )

    def _districts(self, tally: Tally) -> tuple[DistrictOutlook, ...]:
        everywhere = set(tally.targets)
        found: Districts = tally.districts
        return tuple(
            self._district(code, tally, everywhere | set(tally.last.get(code, ())))
            for code in found.regions
        )

    def _district(self, code: str, tally: Tally, channels: set[str]) -> DistrictOutlook:
        region = tally.districts.regions[code]
        expected = {name: self._expect(name) for name in channels}
        return DistrictOutlook(
            region=code,
            names=region.names,
            population=tally.districts.population[code],
            told=tally.told[code],
            late=tally.late[code],
            last=dict(tally.last.get(code, {})),
            paths=paths_of(channels, expected),
            off_mains=paths_of(channels, expected, off_mains=True),
        )


def _used(tally: Tally) -> Sequence[str]:
    return sorted({*tally.recipients, *tally.targets})


def _onset(group: Group, now: datetime) -> float | None:
    """Return the seconds to the earliest onset; an event that is under way began now."""
    stated = [info.onset for info in group.infos if info.onset]
    if stated:
        return max((min(stated) - now).total_seconds(), 0)
    return 0 if group.infos[0].urgency is Urgency.IMMEDIATE else None


def _clock(now: datetime, groups: Sequence[Group], played: Sequence[Scenario]) -> ClockOutlook:
    baseline, *others = played
    seconds = [found for group in groups if (found := _onset(group, now)) is not None]
    onset = now + timedelta(seconds=min(seconds)) if seconds else None
    better = [item for item in others if (item.late, item.last) < (baseline.late, baseline.last)]
    best = min(better, key=lambda item: (item.late, item.last), default=None)
    return ClockOutlook(
        now=now,
        onset=onset,
        last=baseline.last,
        late=baseline.late,
        release_by=onset - timedelta(seconds=baseline.last) if onset else None,
        remedy=Remedy(best.action, best.channel, best.late, best.last) if best else None,
    )
