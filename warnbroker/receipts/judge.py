"""Judge a delivery's history: its state, and what the engine owes it next."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from warnbroker.model.receipt import (
    AGAIN,
    ENGINE,
    FAILED,
    GIVE_UP,
    OPEN,
    OPERATOR,
    POSITIVE,
    RESEND,
    TOLD,
    Reason,
    Receipt,
    State,
)
from warnbroker.model.record import History, Task, Verdict
from warnbroker.receipts.fold import Folded, fold
from warnbroker.receipts.retry import UNCOUNTED, RetryPolicy
from warnbroker.receipts.rounds import Round, round_of


@dataclass(frozen=True, slots=True)
class Judge:
    """The rules; ``unknown_after`` is how many seconds a callback may take to settle an UNKNOWN.

    ``providers`` returns the names of a channel's providers; fewer than two are no choice.
    """

    policy: RetryPolicy = field(default_factory=RetryPolicy)
    unknown_after: float = 30.0
    providers: Callable[[str], Collection[str]] = lambda _channel: ()

    def __call__(self, history: History, now: datetime) -> Verdict:
        """Return the verdict on a history that has just grown."""
        numbers = [attempt.number for attempt in history.attempts]
        folded = fold(numbers, history.receipts, waiting=False)
        turn = round_of(history, self.providers(history.channel))
        task, due = self._next(history, folded, turn, now)
        if task is Task.SEND:
            folded = fold(numbers, history.receipts, waiting=True)
        return Verdict(
            state=folded.state,
            task=task,
            due_at=due,
            told=folded.told,
            late=folded.late,
            conflict=folded.conflict,
            duplicates=folded.duplicates,
            avoid=turn.avoid if task is Task.SEND else frozenset(),
        )

    def _next(
        self, history: History, folded: Folded, turn: Round, now: datetime
    ) -> tuple[Task | None, datetime | None]:
        halted = history.stopped or now >= history.expires or _stopped(history)
        if not halted and _is_wanted_again(history, folded):
            return Task.SEND, now
        if folded.state in POSITIVE:
            return None, None
        if folded.state in OPEN and _newest_is_open(history):
            return self._resolution(history, now, halted=halted)
        if halted:
            return None, None
        if history.task is Task.SEND and not _is_final(history):
            # A claim's lease is no reason to wait.
            return Task.SEND, now if history.state is State.CLAIMED else history.due_at
        due = self._retry(history, turn, now)
        return (Task.SEND, due) if due else (None, None)

    def _resolution(
        self, history: History, now: datetime, *, halted: bool
    ) -> tuple[Task | None, datetime | None]:
        newest = history.attempts[-1].number
        codes = {receipt.code for n, receipt in history.receipts if n == newest}
        if GIVE_UP in codes:
            return None, None
        if RESEND in codes:
            return (None, None) if halted else (Task.SEND, now)
        unknown = any(
            n == newest and receipt.state is State.UNKNOWN for n, receipt in history.receipts
        )
        due = now + timedelta(seconds=self.unknown_after) if unknown else history.due_at
        return Task.RESOLVE, due

    def _retry(self, history: History, turn: Round, now: datetime) -> datetime | None:
        last = history.attempts[-1].number if history.attempts else 0
        failures = [receipt for n, receipt in history.receipts if n == last]
        if not failures:
            return None
        ends = self.policy.ends(history.attempts[0].started_at, history.expires)
        if turn.others:
            # Nothing was sent, and somebody else can be asked: there is no reason to wait.
            return now if now < ends else None
        if any(receipt.state is State.FAILED_PERM for receipt in failures):
            return None
        counted = {n for n, receipt in history.receipts if _counts(receipt)} - {0}
        rounds = len(counted) // max(1, len(self.providers(history.channel)))
        worst = max(failures, key=lambda receipt: receipt.state is State.FAILED_TEMP)
        return self.policy.next_attempt(
            now, worst, attempts=max(1, rounds), rank=history.rank, ends=ends
        )


def _is_wanted_again(history: History, folded: Folded) -> bool:
    """Tell whether a ladder or an operator asked for one more attempt, and it is still needed."""
    newest = history.attempts[-1].number if history.attempts else 0
    mine = [receipt for number, receipt in history.receipts if number == newest]
    if any(receipt.provider == ENGINE and receipt.code == OPERATOR for receipt in mine):
        return folded.state not in TOLD
    needs = {
        receipt.code.rpartition(":")[2]
        for receipt in mine
        if receipt.provider == ENGINE and receipt.code.startswith(f"{AGAIN}:")
    }
    if not needs or any(receipt.state is State.FAILED_PERM for receipt in mine):
        return False
    if folded.state is State.CONFIRMED:
        return False
    return State.CONFIRMED in needs or not reached_somebody(r for _, r in history.receipts)


def reached_somebody(receipts: Iterable[Receipt]) -> bool:
    """Tell whether a person or their device has it; a machine that took a call is neither."""
    return any(
        receipt.state in TOLD and receipt.reason is not Reason.MACHINE for receipt in receipts
    )


def _is_final(history: History) -> bool:
    """Tell whether the newest attempt failed in a way that no other attempt mends."""
    last = history.attempts[-1].number if history.attempts else 0
    failed = {receipt.state for n, receipt in history.receipts if n == last} & FAILED
    return State.FAILED_PERM in failed or (bool(failed) and State.FAILED_TEMP not in failed)


def _newest_is_open(history: History) -> bool:
    newest = history.attempts[-1].number
    return not any(n == newest and receipt.state in FAILED for n, receipt in history.receipts)


def _counts(receipt: Receipt) -> bool:
    return receipt.state is State.FAILED_TEMP and receipt.reason not in UNCOUNTED


def _stopped(history: History) -> bool:
    return any(number == 0 for number, _ in history.receipts)
