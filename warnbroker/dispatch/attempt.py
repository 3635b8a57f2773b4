"""One attempt: a channel's send, with whatever comes of it put into a receipt."""

from collections.abc import Sequence

from warnbroker.contracts.channel import BatchSender, Channel
from warnbroker.errors import PermanentSendError, SendError, TemporarySendError, UnknownOutcome
from warnbroker.log import log
from warnbroker.model.delivery import Delivery
from warnbroker.model.event import Event
from warnbroker.model.receipt import Reason, Receipt, State


async def attempt(channel: Channel, delivery: Delivery) -> Receipt:
    """Send one delivery and return the evidence; never raises but for cancellation."""
    try:
        return await channel.send(delivery)
    except SendError as error:
        return receipt_of(delivery.provider or channel.name, error)
    except (
        Exception
    ) as error:  # a faulty channel must not stop the lane, nor hide that it may have sent
        return _fault(channel, error)


async def attempt_batch(channel: Channel, deliveries: Sequence[Delivery]) -> Sequence[Receipt]:
    """Send several deliveries at once and return the evidence for each, in their order."""
    assert isinstance(channel, BatchSender)  # noqa: S101  nobody else has a batch
    provider = deliveries[0].provider or deliveries[0].channel
    try:
        outcomes = await channel.send_batch(deliveries)
        pairs = zip(deliveries, outcomes, strict=True)
        return [
            outcome if isinstance(outcome, Receipt) else receipt_of(provider, outcome)
            for _, outcome in pairs
        ]
    except Exception as error:  # as above: nobody knows what became of any of them
        return [_fault(channel, error)] * len(deliveries)


def _fault(channel: Channel, error: Exception) -> Receipt:
    log.exception(Event.CHANNEL_FAULT, channel=channel.name, kind=type(error).__name__)
    return Receipt(State.UNKNOWN, channel.name, reason=Reason.FAULT, code=type(error).__name__)


# Reasons that have a state of their own.
_NAMED = {
    Reason.OPTED_OUT: State.SUPPRESSED,
    Reason.EXPIRED: State.EXPIRED,
    Reason.SUPERSEDED: State.SUPERSEDED,
}


def receipt_of(provider: str, error: SendError) -> Receipt:
    """Return the evidence that a failed send gives."""
    states = {
        TemporarySendError: State.FAILED_TEMP,
        PermanentSendError: State.FAILED_PERM,
        UnknownOutcome: State.UNKNOWN,
    }
    state = next(
        (known for kind, known in states.items() if isinstance(error, kind)), State.UNKNOWN
    )
    return Receipt(
        state=_NAMED.get(error.reason, state),
        provider=provider,
        reason=error.reason,
        code=error.code,
        retry_after=getattr(error, "retry_after", 0.0),
        scope=error.scope,
    )
