"""A moment that moves when told, and receipts to feed a provider's health with."""

from datetime import UTC, datetime, timedelta

from warnbroker.model.receipt import Reason, Receipt, State

NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
NOBODY = frozenset()
TOOK = Receipt(State.ACCEPTED, "p")
DELIVERED = Receipt(State.DELIVERED, "p")
REFUSED = Receipt(State.FAILED_TEMP, "p", reason=Reason.CONNECT)
SILENT = Receipt(State.UNKNOWN, "p", reason=Reason.TIMEOUT)
WRONG = Receipt(State.FAILED_TEMP, "p", reason=Reason.CONFIG, code="20003")
NO_NUMBER = Receipt(State.FAILED_PERM, "p", reason=Reason.RECIPIENT)


def throttled(seconds=0.0):
    return Receipt(State.FAILED_TEMP, "p", reason=Reason.THROTTLED, retry_after=seconds)


def after(seconds):
    return NOW + timedelta(seconds=seconds)
