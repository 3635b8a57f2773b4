"""Which providers have failed a delivery in a row, so that the next attempt goes elsewhere.

A round is over when each provider has failed the delivery once, or one failed it twice since
no other could be used; then it waits, and all are asked anew.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from warnbroker.model.receipt import POSITIVE, TOLD, Receipt, State
from warnbroker.model.record import History
from warnbroker.receipts.retry import FAILS_OVER


@dataclass(frozen=True, slots=True)
class Round:
    """``avoid`` are to be passed over next; ``others`` says that somebody else is left to ask."""

    avoid: frozenset[str] = frozenset()
    others: bool = False


def round_of(history: History, names: Collection[str]) -> Round:
    """Return where a delivery stands in its round of the providers of that name."""
    if len(names) < 2:
        return Round()
    everybody = frozenset(names)
    heard: defaultdict[int, list[Receipt]] = defaultdict(list)
    for number, receipt in history.receipts:
        heard[number].append(receipt)
    failed: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    others = False
    for attempt in history.attempts:
        receipts, name = heard[attempt.number], frozenset({attempt.provider})
        if not _is_the_providers_fault(receipts):
            failed, others = frozenset(), False
            continue
        again = name <= failed | refused
        failed = name if again else failed | name
        if any(receipt.state is State.FAILED_PERM for receipt in receipts):
            refused |= name
        complete = failed | refused >= everybody
        others = not again and not complete
        failed = frozenset() if complete else failed
    avoid = (failed | refused) & everybody
    return Round(avoid if avoid < everybody else frozenset(), others)


def _is_the_providers_fault(receipts: Sequence[Receipt]) -> bool:
    states = {receipt.state for receipt in receipts}
    if states & TOLD:
        return False
    if any(receipt.state in _FAILED and receipt.reason in FAILS_OVER for receipt in receipts):
        return True
    return State.UNKNOWN in states and not states & (POSITIVE | _FAILED)


_FAILED = frozenset({State.FAILED_TEMP, State.FAILED_PERM})
