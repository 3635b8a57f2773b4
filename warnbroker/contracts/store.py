"""What the engine asks of the ledger."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from warnbroker.contracts.enrolment import Enrolment
from warnbroker.model.actor import Actor
from warnbroker.model.decision import Decision
from warnbroker.model.event import Event
from warnbroker.model.message import Message
from warnbroker.model.receipt import AttemptKey, Evidence, Reason, State
from warnbroker.model.record import (
    AlertRecord,
    Candidate,
    ClaimedDelivery,
    History,
    IssuerRecord,
    PlannedDelivery,
    Sent,
    Told,
    Turn,
    Verdict,
)
from warnbroker.model.region import Region
from warnbroker.model.subscriber import Subscriber

CellSpan = tuple[int, int]
"""The first and the last cell of a run of the cell index, both included."""


COUNTERSIGN = "countersign"
"""The word for alerts that went out and still need a second person's signature."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """What becomes of an alert if one that says the same came ``since``: it is ``held``."""

    since: datetime
    held: AlertRecord


class AlertStore(Protocol):
    """Alerts and their lineage."""

    async def accept(
        self,
        alert: AlertRecord,
        references: Sequence[str],
        *,
        actor: Actor,
        composed: Decision | None = None,
        repeat: Repeat | None = None,
        judged: Collection[str] | None = None,
    ) -> AlertRecord:
        """Write an alert, its references (public ids), who composed it, and its audit entries.

        One that is released stops the alerts that it ends, as the ledger has them then; where
        what ends it came first, it is stopped at once.
        Returns the alert that holds the identity: this one, or an earlier one of the same
        sender and identifier.
        ``judged`` are the public ids that it was known to end when it was judged, None where
        nobody asks.

        Raises:
            StaleError: it would end more than was judged; nothing is written.
            ConflictError: all that it would change has been cancelled meanwhile.
        """
        ...

    async def page(self, standing: str, after: int, limit: int) -> Sequence[AlertRecord]:
        """Return alerts after one, oldest first.

        ``standing`` is a state, ``COUNTERSIGN``, or empty for all.
        """
        ...

    async def counted(self, alert_id: int, people: int) -> AlertRecord:
        """Keep how many people an alert is for, unless that is known; return the alert.

        Raises:
            NotFoundError: there is none.
        """
        ...

    async def find(self, public_id: str) -> AlertRecord | None:
        """Return an alert by its public id."""
        ...

    async def same_identity(self, sender: str, identifier: str) -> AlertRecord | None:
        """Return the alert that carries a sender and identifier."""
        ...

    async def get(self, alert_id: int) -> AlertRecord:
        """Return an alert by its internal id.

        Raises:
            NotFoundError: there is none.
        """
        ...

    async def to_plan(self) -> Sequence[int]:
        """Return the ids of alerts that are accepted and not planned yet, gravest first."""
        ...

    async def chain(self, warning_id: str) -> Sequence[AlertRecord]:
        """Return the released alerts of a warning, oldest first; what holds stands last."""
        ...

    async def in_force(self, now: datetime) -> Sequence[AlertRecord]:
        """Return the alerts that are not expired and that no later one replaces."""
        ...

    async def published(self, alert_id: int, at: datetime) -> None:
        """Note when an alert began to go out, once."""
        ...

    async def planned(
        self, alert_id: int, now: datetime, chain: Collection[int] | None = None
    ) -> None:
        """Note that every delivery of an alert is written, with its audience by channel.

        ``chain`` are the alerts that it was planned with: where its warning has come to hold
        others meanwhile, who was told of those has to be told too, and it is planned again.
        """
        ...


class DeliveryStore(Protocol):
    """Deliveries, their attempts and the evidence about them."""

    async def messages(self, alert_id: int, rendered: Sequence[Message]) -> Sequence[Message]:
        """Keep messages of an alert, unless it has some of that kind; return all it has."""
        ...

    async def add_messages(self, alert_id: int, rendered: Sequence[Message]) -> Sequence[Message]:
        """Keep messages of an alert beside those that it has; return all it has."""
        ...

    async def load_messages(self, alert_id: int) -> Sequence[Message]:
        """Return the messages of an alert."""
        ...

    async def plan(
        self,
        alert_id: int,
        deliveries: Sequence[PlannedDelivery],
        now: datetime,
        *,
        looks: Mapping[int, timedelta] = ...,
    ) -> None:
        """Write deliveries; an address or target that an alert has on a channel stays as it is.

        Who is suppressed gets a row that says so, in the same transaction. ``looks`` says, by
        rank, how long after that people are first looked at.
        """
        ...

    async def stops(
        self, deliveries: Sequence[PlannedDelivery]
    ) -> Mapping[int, tuple[str, Reason]]:
        """Return which deliveries, by id, would not be tried now: code and reason."""
        ...

    async def addresses(self, wanted: Collection[tuple[str, str]]) -> Mapping[tuple[str, str], int]:
        """Return the ids of addresses, given by kind and text; new ones are kept, encrypted."""
        ...

    async def claim(
        self, channel: str, owner: str, now: datetime, lease_until: datetime, limit: int, rank: int
    ) -> Sequence[ClaimedDelivery]:
        """Take deliveries that are due, gravest first, up to and including a rank."""
        ...

    async def unclaim(self, channel: str, owner: str, lease_until: datetime, now: datetime) -> None:
        """Give back all that one claim took and nobody has touched since."""
        ...

    async def turn(
        self,
        sent: Sequence[Sent],
        batch: Sequence[ClaimedDelivery],
        turn: Turn,
        judge: Callable[[History], Verdict],
    ) -> Sequence[ClaimedDelivery]:
        """Settle what was sent, and commit the intent for what is sent next, in one transaction.

        Returns those of the batch that may be sent now.
        """
        ...

    async def undo(
        self, doubted: Sequence[ClaimedDelivery], owner: str, now: datetime, lease_until: datetime
    ) -> None:
        """Let deliveries that were begun, and never sent, be claimed as they were before."""
        ...

    async def hold(
        self, held: Sequence[tuple[ClaimedDelivery, datetime, str]], owner: str, now: datetime
    ) -> None:
        """Give claimed deliveries back until a moment, each with what delays it."""
        ...

    async def bring_forward(self, back: timedelta, now: datetime) -> None:
        """Make everything that is due later due sooner: the clock was set back by that much."""
        ...

    async def release(self, claimed: Sequence[ClaimedDelivery], owner: str, now: datetime) -> None:
        """Give claimed deliveries back, unsent."""
        ...

    async def apply(
        self, evidence: Sequence[Evidence], now: datetime, judge: Callable[[History], Verdict]
    ) -> None:
        """Add evidence and write the verdicts on the deliveries it touches, in one transaction."""
        ...

    async def went_to(self, asked: Sequence[tuple[AttemptKey, str]]) -> Sequence[bool]:
        """Return whether each delivery went to the address that stands beside it."""
        ...

    async def adopt(self, now: datetime, limit: int, judge: Callable[[History], Verdict]) -> int:
        """Apply what was kept aside about attempts that are known by now; return how much."""
        ...

    async def to_resolve(self, now: datetime, limit: int) -> Sequence[History]:
        """Return deliveries whose outcome is due to be resolved."""
        ...

    async def interrupted(self, owner: str, limit: int) -> Sequence[History]:
        """Return deliveries that another, ended process left in flight."""
        ...

    async def take_back(self, owner: str, now: datetime) -> None:
        """Free what another, ended process had claimed and not begun."""
        ...

    async def overdue(self, now: datetime, limit: int) -> Sequence[tuple[History, State]]:
        """Return deliveries waiting in vain, with why: EXPIRED, SUPERSEDED or CANCELLED."""
        ...

    async def find(self, delivery_id: int) -> History | None:
        """Return a delivery by its id alone."""
        ...

    async def claimed(self, alert_id: int, delivery_id: int) -> ClaimedDelivery | None:
        """Return a delivery with its address in clear."""
        ...

    def told(self, alert_ids: Sequence[int], size: int) -> AsyncIterator[Sequence[Told]]:
        """Stream the deliveries of alerts whose recipients may have been told."""
        ...

    async def last_told(
        self, alert_ids: Sequence[int], wanted: Collection[tuple[str, int]]
    ) -> Mapping[tuple[str, int], tuple[int, datetime]]:
        """Return the newest of alerts that addresses, by channel, may have been told of, and when.

        When is the moment at which the last news of it came.
        """
        ...

    async def owed(self, now: datetime, limit: int) -> Mapping[int, Sequence[Told]]:
        """Return those whose delivery had failed and was found to have arrived after all.

        They are keyed by the id of the Update or Cancel that took their alert's place while
        nobody knew that they had been told, and which they therefore lack.
        """
        ...

    async def page(
        self, alert_id: int, *, channel: str, state: str, after: int, limit: int
    ) -> Sequence[History]:
        """Return deliveries of an alert in the order of their ids, after one."""
        ...

    async def awaiting(self, alert_id: int, since: Mapping[str, datetime | None]) -> int:
        """Return how many deliveries are not settled.

        ``since`` maps a channel to the moment before which a missing receipt no longer
        counts as expected; None means that none ever is.
        """
        ...

    async def counts(self, alert_id: int) -> Mapping[str, Mapping[str, int]]:
        """Return how many deliveries of an alert each channel has in each state."""
        ...

    async def delayed(self, alert_id: int) -> Mapping[str, int]:
        """Return how many deliveries of an alert wait, by what delays them."""
        ...

    async def delayed_until(self, alert_id: int) -> Mapping[str, datetime]:
        """Return when the last of those may go, by what delays them."""
        ...

    async def notices(self, alert_id: int, ids: Collection[int]) -> Collection[int]:
        """Return which of an alert's deliveries are what offices are told beside the public."""
        ...

    async def aside_counts(self, alert_id: int) -> Mapping[str, Mapping[str, int]]:
        """Return the same of what offices were told beside the public."""
        ...


class SubscriberStore(Protocol):
    """Subscribers, by place."""

    async def write(self, placed: Sequence[tuple[Subscriber, int | None]]) -> None:
        """Add subscribers with their cells, or change those whose ``ref`` is known."""
        ...

    def by_cells(self, spans: Sequence[CellSpan], size: int) -> AsyncIterator[Sequence[Candidate]]:
        """Stream subscribers whose position lies in runs of cells."""
        ...

    def by_regions(self, codes: Sequence[str], size: int) -> AsyncIterator[Sequence[Candidate]]:
        """Stream subscribers without a position who belong to one of the regions."""
        ...

    def by_refs(self, refs: Sequence[str], size: int) -> AsyncIterator[Sequence[Candidate]]:
        """Stream the subscribers of those keys that are known."""
        ...

    def by_roles(self, roles: Sequence[str], size: int) -> AsyncIterator[Sequence[Candidate]]:
        """Stream the subscribers of any of the roles."""
        ...

    async def enrol(self, enrolment: Enrolment, cell: int | None, now: datetime) -> None:
        """Take in somebody who subscribes by themselves, with the cell of their position."""
        ...

    async def forget(self, kind: str, text: str, now: datetime) -> None:
        """Remove an address from all who have it, and those who then have none."""
        ...

    async def address_ids(
        self, wanted: Collection[tuple[str, str]]
    ) -> Mapping[tuple[str, str], int]:
        """Return the ids of those addresses, by kind and text, that the ledger has."""
        ...


class RegionStore(Protocol):
    """The region tree."""

    async def all(self) -> Sequence[Region]:
        """Return every region."""
        ...


class IssuerStore(Protocol):
    """Issuers and their keys."""

    async def by_key(self, key: str) -> IssuerRecord | None:
        """Return the issuer a key belongs to, expired or not, unless it is revoked."""
        ...

    async def authority(self, code: str) -> int:
        """Return the id of an authority; make it when it is new."""
        ...

    async def all(self) -> Sequence[IssuerRecord]:
        """Return every issuer, by name."""
        ...

    async def add(self, record: IssuerRecord, *, actor: Actor) -> str:
        """Write an issuer and return its key, which is shown this once.

        Raises:
            ConflictError: the name is taken.
        """
        ...

    async def renew(self, name: str, *, expires_at: datetime | None, actor: Actor) -> str:
        """Give an issuer a new key, shown this once; the old one is useless at once.

        Raises:
            NotFoundError: there is no such issuer, or its key was revoked.
        """
        ...

    async def revoke(self, name: str, *, actor: Actor) -> None:
        """Make an issuer's key useless.

        Raises:
            NotFoundError: no such issuer has a valid key.
        """
        ...

    async def get(self, issuer_id: int) -> IssuerRecord:
        """Return an issuer.

        Raises:
            NotFoundError: there is none.
        """
        ...


class AuditStore(Protocol):
    """The record of who did what."""

    async def append(
        self, actor: Actor, event: Event, subject: str, detail: Mapping[str, object]
    ) -> None:
        """Add an entry."""
        ...
