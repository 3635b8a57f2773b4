"""Fold evidence into a delivery's state; order and repeats of evidence do not matter.

The strength of evidence within one attempt, and the rule over attempts, are those of
docs/architecture.md, "The states of a delivery".
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from warnbroker.model.receipt import FAILED, OPEN, POSITIVE, TOLD, Receipt, State

_STRENGTH = {
    state: rank
    for rank, state in enumerate(
        (
            State.IN_FLIGHT,
            State.UNKNOWN,
            State.ACCEPTED,
            State.HANDED_OFF,
            State.SUPPRESSED,
            State.SUPERSEDED,
            State.CANCELLED,
            State.EXPIRED,
            State.FAILED_TEMP,
            State.FAILED_PERM,
            State.DELIVERED,
            State.CONFIRMED,
        )
    )
}


@dataclass(frozen=True, slots=True)
class Folded:
    """A delivery's state, and what stands out in its evidence.

    ``told``: somebody may have been told. ``late``: the good news followed a failure.
    ``conflict``: a failure is claimed of an attempt that also arrived. ``duplicates``:
    how many attempts arrived, where more than one did.
    """

    state: State
    told: bool = False
    late: bool = False
    conflict: bool = False
    duplicates: int = 0


def fold(
    attempts: Iterable[int], receipts: Iterable[tuple[int, Receipt]], *, waiting: bool
) -> Folded:
    """Return the state that attempts and evidence add up to.

    ``waiting`` says that another attempt is due. Evidence of attempt 0 is about the
    delivery as a whole: why it will not be tried again.
    """
    seen: dict[int, set[State]] = defaultdict(set)
    for number in attempts:
        seen[number].add(State.IN_FLIGHT)
    for number, receipt in receipts:
        seen[number].add(receipt.state)
    stops = seen.pop(0, set())
    best = {number: max(states, key=_STRENGTH.__getitem__) for number, states in seen.items()}
    arrived = [number for number, state in best.items() if state in TOLD]
    contradicted = any(seen[number] & FAILED for number in arrived)
    return Folded(
        state=_overall(best, stops, waiting=waiting),
        told=any(state in OPEN | POSITIVE for state in best.values()),
        late=bool(arrived) and (contradicted or bool(stops & FAILED)),
        conflict=contradicted,
        duplicates=len(arrived) if len(arrived) > 1 else 0,
    )


def _overall(best: Mapping[int, State], stops: set[State], *, waiting: bool) -> State:
    positive = [state for state in best.values() if state in POSITIVE]
    if positive:
        return max(positive, key=_STRENGTH.__getitem__)
    still_open = [number for number, state in best.items() if state in OPEN]
    if still_open:
        return best[max(still_open)]
    if waiting:
        return State.RETRY_WAIT if best else State.QUEUED
    if stops:
        return max(stops, key=_STRENGTH.__getitem__)
    return best[max(best)] if best else State.QUEUED
