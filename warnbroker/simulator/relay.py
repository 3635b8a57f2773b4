"""What the simulated mail relay does with a mail: takes it, keeps it or spoils it."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from warnbroker.simulator.faults import DotRule, FaultScript, Reply, StageRule, pick
from warnbroker.simulator.journal import Journal, Kind
from warnbroker.simulator.mail import head, message_id, subject


@dataclass(frozen=True, slots=True)
class Sample:
    """Where the first mails are kept whole, and how many."""

    directory: Path
    limit: int


class Relay:
    """Decides for all connections: faults by their counts, what is journaled and kept."""

    def __init__(
        self, seed: int, faults: FaultScript, journal: Journal, sample: Sample | None = None
    ) -> None:
        self._seed = seed
        self._faults = faults.smtp
        self._journal = journal
        self._sample = sample
        self._kept = 0
        self._requests: Counter[tuple[str, str]] = Counter()

    def count(self, stage: str, address: str = "") -> int:
        """Count one more request of a stage for an address; return its number, from 1."""
        self._requests[stage, address] += 1
        return self._requests[stage, address]

    def fault(self, stage: str, address: str, nth: int) -> DotRule | None:
        """Return the fault of a stage that hits the nth request for an address, or None."""
        rules: tuple[DotRule, ...] = getattr(self._faults, stage)
        return pick(rules, self._seed, f"smtp {stage}", address, nth)

    def refuse(self, stage: str, turns: dict[str, int], rule: StageRule | DotRule | str) -> None:
        """Journal what was not taken, once for each recipient; "" where none is known yet."""
        reply, fault = (rule, "") if isinstance(rule, str) else (_text(rule), rule.fault)
        for recipient, nth in turns.items():
            self._journal.write(
                Kind.REFUSED,
                what="mail",
                stage=stage,
                to=recipient,
                nth=nth,
                reply=reply,
                fault=fault,
            )

    def take(self, sender: str, turns: dict[str, int], content: bytes, fault: str) -> str:
        """Journal a mail for each recipient, keep it if it is among the first; return its id."""
        sid = uuid4().hex
        headers = head(content)
        shared: dict[str, Any] = {
            "sid": sid,
            "from": sender,
            "subject": subject(headers),
            "message_id": message_id(headers),
            "size": len(content),
            "fault": fault,
        }
        for recipient, nth in turns.items():
            self._journal.write(Kind.MAIL, to=recipient, nth=nth, **shared)
        if self._sample is not None and self._kept < self._sample.limit:
            self._kept += 1
            path = self._sample.directory / f"{self._kept:04d}-{sid[:8]}.eml"
            path.write_bytes(content)
        return sid


def _text(rule: StageRule | DotRule) -> str:
    return rule.text if isinstance(rule, Reply) else ""
