"""Hear who wants no more warnings, or wants them again, and answer them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from warnbroker.contracts.clock import Clock
from warnbroker.contracts.inbound import Hearer, Said, Wish
from warnbroker.contracts.suppression import SuppressionStore
from warnbroker.intake.words import Meaning, Words
from warnbroker.log import log
from warnbroker.model.event import Event
from warnbroker.model.subscriber import AddressKind
from warnbroker.model.suppression import EVERY_CHANNEL, Request, SuppressionReason
from warnbroker.targeting import direct_of

LONGEST_ADDRESS = 4_096
LONGEST_REF = 200
_NOBODY = "a wish from an address that is no full one, such as a number without its country"

_REASONS: Mapping[Wish, SuppressionReason] = {
    Wish.COMPLAINT: SuppressionReason.COMPLAINT,
    Wish.HARD_BOUNCE: SuppressionReason.HARD_BOUNCE,
}


@dataclass(frozen=True, slots=True)
class Wishes:
    """Suppresses addresses as people and providers ask, and lifts it."""

    suppressions: SuppressionStore
    words: Words
    clock: Clock

    async def hear(self, said: Sequence[Said]) -> Sequence[str]:
        """Return once it is committed; a repeat changes nothing.

        Where nobody is known whom it is about, nothing changes and nothing is answered.

        Raises:
            StoreError: the database refused; nothing of it was kept.
        """
        meanings = [self._meaning(item) for item in said]
        asked = [_request(item, meaning) for item, meaning in zip(said, meanings, strict=True)]
        requests = [request for request in asked if request is not None]
        now = self.clock.now()
        known = iter(await self.suppressions.hear(requests, now) if requests else ())
        heeded = [
            meaning if request is None or next(known) else None
            for request, meaning in zip(asked, meanings, strict=True)
        ]
        return await self._answers(said, heeded)

    async def _answers(
        self, said: Sequence[Said], meanings: Sequence[Meaning | None]
    ) -> Sequence[str]:
        asked = [
            (item.address_kind, _normal(item))
            for item, meaning in zip(said, meanings, strict=True)
            if meaning is not None
        ]
        known = iter(await self.suppressions.languages(asked) if asked else ())
        return [
            "" if meaning is None else self._answer(item, meaning, next(known))
            for item, meaning in zip(said, meanings, strict=True)
        ]

    def _answer(self, item: Said, meaning: Meaning, language: str) -> str:
        word = self.words.read(item.text)
        return self.words.answer(meaning, language, word[1] if word else "")

    def _meaning(self, item: Said) -> Meaning | None:
        """Return what somebody asks for; None where it is nothing, or can be done for nobody."""
        meaning = self._asked(item)
        if meaning is not None and not (item.key or _normal(item)):
            # To promise silence to a number that nobody has would be a lie.
            log.warning(Event.CALLBACK_REFUSED, channel=item.channel, fault=_NOBODY)
            return None
        return meaning

    def _asked(self, item: Said) -> Meaning | None:
        word = self.words.read(item.text)
        if item.wish is Wish.STOP:
            return word[0] if word and word[0] is Meaning.STOP_ALL else Meaning.STOP
        if item.wish is Wish.START:
            return Meaning.START
        return word[0] if word and item.wish is Wish.NONE else None


def _request(item: Said, meaning: Meaning | None) -> Request | None:
    is_plain = meaning is None and item.wish not in _REASONS
    address = _normal(item)
    is_nobodys = not address and (bool(item.address) or item.key is None)
    if is_plain or meaning is Meaning.HELP or is_nobodys:
        return None
    reason = None if meaning is Meaning.START else _REASONS.get(item.wish, _why_stop(item))
    return Request(
        channel=item.channel,
        address_kind=item.address_kind,
        address=address,
        reason=reason,
        scope=EVERY_CHANNEL if meaning is Meaning.STOP_ALL else item.channel,
        ref=_bounded(item.ref),
        key=item.key,
    )


def _why_stop(item: Said) -> SuppressionReason:
    # A word was written by a person; a mere wish is a click on a link or a provider's button.
    return SuppressionReason.STOP if item.text.strip() else SuppressionReason.UNSUBSCRIBE


def _normal(item: Said) -> str:
    """Return an address as the list writes it; empty where it can be nobody's."""
    if item.address_kind not in frozenset(AddressKind):
        return item.address if len(item.address) <= LONGEST_ADDRESS else ""
    found = direct_of(item.address) if len(item.address) <= LONGEST_ADDRESS else ()
    return next((text for kind, text in found if kind == item.address_kind), "")


def _bounded(ref: str) -> str:
    return ref if len(ref) <= LONGEST_REF else hashlib.sha256(ref.encode()).hexdigest()


_: type[Hearer] = Wishes
