"""The desk where letters are written: each once per message, kept while they may be sent."""

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

from channels.email.letter import Letter, Letterhead, Stamp
from channels.email.pictures import Picture, area_map, icon, map_colour
from warnbroker.contracts import ChannelContext
from warnbroker.errors import StoreError
from warnbroker.log import log
from warnbroker.model.delivery import Delivery
from warnbroker.model.drill import mark_of
from warnbroker.model.event import Event
from warnbroker.model.message import Message
from warnbroker.model.publication import Publication
from warnbroker.model.region import Region
from warnbroker.model.standing import Standing

_LETTERS_KEPT = 256


class Desk:
    """Keeps the letters of the messages that were used last."""

    def __init__(self, letterhead: Letterhead, context: ChannelContext) -> None:
        self._letterhead = letterhead
        self._clock = context.clock
        self._regions = context.regions
        self._letters: OrderedDict[tuple[str, int], Letter] = OrderedDict()

    async def prepare(self, publication: Publication) -> None:
        """Write a publication's letters.

        Raises:
            PermanentSendError: a message has no text.
        """
        todo = [
            message
            for message in publication.messages
            if message.channel == "email" and (publication.id, message.id) not in self._letters
        ]
        regions = await self._outlines() if todo else ()
        for message in todo:
            letter = await asyncio.to_thread(self._write, publication, message, regions)
            self._keep((publication.id, message.id), letter)

    def letter(self, delivery: Delivery) -> Letter:
        """Return a delivery's letter.

        Raises:
            PermanentSendError: its message has no text.
        """
        key = (delivery.key.alert, delivery.message.id)
        letter = self._letters.get(key)
        if letter is None:
            # Not prepared in this process, or so long ago that it was let go.
            alert = delivery.key.alert
            stamp = Stamp(alert, alert, self._clock.now(), delivery.expires)
            letter = self._letterhead.compose(delivery.message, stamp)
            self._keep(key, letter)
        self._letters.move_to_end(key)
        return letter

    async def _outlines(self) -> Sequence[Region]:
        try:
            return await self._regions()
        except StoreError:
            # A warning without a map is a warning.
            return ()

    def _write(
        self, publication: Publication, message: Message, regions: Sequence[Region]
    ) -> Letter:
        pictures = _pictures(publication, message, regions)
        return self._letterhead.compose(message, Stamp.of(publication, message), pictures)

    def _keep(self, key: tuple[str, int], letter: Letter) -> None:
        self._letters[key] = letter
        if len(self._letters) > _LETTERS_KEPT:
            self._letters.popitem(last=False)


def _pictures(
    publication: Publication, message: Message, regions: Sequence[Region]
) -> Sequence[Picture]:
    """Return what can be drawn for a message; whatever stands in its way, the text goes out."""
    group = next((item for item in publication.groups if item.index == message.group), None)
    level, area = (group or publication).level, (group or publication).area
    drill = Standing.of(publication.alert).is_drill
    mark = mark_of(message.language) if drill else ""
    try:
        drawn = (
            icon(level.colour, message.kind),
            area_map(area, regions, map_colour(level.colour, message.kind), message.language, mark),
        )
    except Exception as error:
        log.warning(Event.CHANNEL_FAULT, channel="email", step="picture", kind=type(error).__name__)
        return ()
    return [picture for picture in drawn if picture is not None]
