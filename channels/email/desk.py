"""The desk where letters are written: each once per message, kept while they may be sent."""

import asyncio
from collections import OrderedDict

from channels.email.letter import Letter, Letterhead, Stamp
from warnbroker.contracts import ChannelContext
from warnbroker.model.delivery import Delivery
from warnbroker.model.publication import Publication

_LETTERS_KEPT = 256


class Desk:
    """Keeps the letters of the messages that were used last."""

    def __init__(self, letterhead: Letterhead, context: ChannelContext) -> None:
        self._letterhead = letterhead
        self._clock = context.clock
        self._letters: OrderedDict[tuple[str, int], Letter] = OrderedDict()

    async def prepare(self, publication: Publication) -> None:
        """Write a publication's letters.

        Raises:
            PermanentSendError: a message has no text.
        """
        for message in publication.messages:
            if message.channel == "email" and (publication.id, message.id) not in self._letters:
                stamp = Stamp.of(publication, message)
                letter = await asyncio.to_thread(self._letterhead.compose, message, stamp)
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

    def _keep(self, key: tuple[str, int], letter: Letter) -> None:
        self._letters[key] = letter
        if len(self._letters) > _LETTERS_KEPT:
            self._letters.popitem(last=False)
