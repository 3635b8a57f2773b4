"""The post: joins letter, own lines and envelope of a recipient, and hands them to the relay."""

from collections.abc import Sequence
from dataclasses import dataclass

from channels._release import check_delivery
from channels.email.addresses import Mailbox, mailbox
from channels.email.desk import Desk
from channels.email.letter import Letterhead
from channels.email.pool import Pool
from channels.email.postmark import Postmark
from channels.email.reply import Reply
from channels.email.session import Outcome, SharedError
from warnbroker.contracts.clock import Clock
from warnbroker.errors import PermanentSendError, SendError
from warnbroker.model.delivery import Delivery
from warnbroker.model.receipt import Reason, Receipt, State

_TOO_MANY = "452 4.5.3"
Addressed = tuple[Delivery, Mailbox]


@dataclass(frozen=True, slots=True)
class Post:
    """What an open channel sends with."""

    clock: Clock
    letterhead: Letterhead
    desk: Desk
    postmark: Postmark
    pool: Pool

    async def send(self, delivery: Delivery) -> Receipt:
        """Send one recipient's mail.

        Raises:
            SendError: as in the contract of a channel.
        """
        to = self._addressed(delivery)
        letter = self.desk.letter(delivery)
        lines = self.postmark.lines(delivery, to)
        content = self.letterhead.own(lines, letter, self.clock.now()) + letter.content
        (outcome,) = await self.pool.deliver(self.postmark.envelope(delivery, to), content)
        if isinstance(outcome, SendError):
            raise outcome
        return self._receipt(delivery, outcome)

    async def send_batch(self, deliveries: Sequence[Delivery]) -> Sequence[Receipt | SendError]:
        """Send one mail for all, or as few as the relay needs for them."""
        results: dict[int, Receipt | SendError] = {}
        waiting: dict[int, Addressed] = {}
        for index, delivery in enumerate(deliveries):
            try:
                check_delivery(delivery)
                waiting[index] = (delivery, self._addressed(delivery))
            except SendError as error:
                results[index] = error
        while waiting:
            settled = await self._settle(waiting)
            results |= settled
            waiting = {index: item for index, item in waiting.items() if index not in settled}
        return [results[index] for index in range(len(deliveries))]

    async def _settle(self, waiting: dict[int, Addressed]) -> dict[int, Receipt | SendError]:
        """Send one mail for as many as can share it; return whose outcome that is."""
        # What needs SMTPUTF8 must not take along those who do not.
        script = next(iter(waiting.values()))[1].international
        sharing = {i: item for i, item in waiting.items() if item[1].international is script}
        outcomes = await self._post_apart(list(sharing.values()))
        taken = any(isinstance(outcome, Reply) for outcome in outcomes)
        return {
            index: outcome if isinstance(outcome, SendError) else self._receipt(item[0], outcome)
            for (index, item), outcome in zip(sharing.items(), outcomes, strict=True)
            # Whoever was one too many for this mail goes with the next.
            if not (taken and isinstance(outcome, SendError) and outcome.code == _TOO_MANY)
        }

    async def _post_apart(self, items: list[Addressed]) -> Sequence[Outcome]:
        """Send one mail for all; where the mailbox of one is its end, the others get their own."""
        outcomes = await self._post(items)
        return [
            (await self._post([item]))[0] if isinstance(outcome, SharedError) else outcome
            for item, outcome in zip(items, outcomes, strict=True)
        ]

    async def _post(self, items: list[Addressed]) -> Sequence[Outcome]:
        first = items[0][0]
        try:
            letter = self.desk.letter(first)
            lines = self.postmark.shared_lines(first)
            content = self.letterhead.own(lines, letter, self.clock.now()) + letter.content
            return await self.pool.deliver(self.postmark.shared_envelope(items), content)
        except SendError as error:
            return [error for _ in items]

    def _addressed(self, delivery: Delivery) -> Mailbox:
        to = mailbox(delivery.address)
        if delivery.expires <= self.clock.now():
            raise PermanentSendError(Reason.EXPIRED, "the warning is over")
        return to

    def _receipt(self, delivery: Delivery, reply: Reply) -> Receipt:
        reference = reply.queue_id or self.postmark.name(delivery.key)
        return Receipt(State.ACCEPTED, "smtp", provider_ref=reference, code=reply.status)
