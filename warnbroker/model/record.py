"""Rows of the ledger as the engine reads and writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from warnbroker.model.enums import Category, MsgType
from warnbroker.model.message import Message
from warnbroker.model.receipt import AttemptKey, Receipt, State
from warnbroker.model.subscriber import AddressKind


class AlertState(StrEnum):
    """Where an alert stands between the issuer and the last delivery."""

    ACCEPTED = "accepted"
    PLANNED = "planned"


class Task(StrEnum):
    """What the engine owes a delivery next."""

    SEND = "send"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True)
class IssuerRecord:
    """Who may issue what; empty jurisdictions or hazards mean all."""

    id: int
    name: str
    sender: str
    roles: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    hazards: tuple[str, ...]
    authority_id: int
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """An accepted alert; ``document`` is our CAP XML of it, ``received`` the bytes that came."""

    id: int
    public_id: str
    warning_id: str
    authority_id: int
    issuer_id: int
    sender: str
    identifier: str
    sent: datetime
    content_hash: bytes
    msg_type: MsgType
    level: str
    rank: int
    state: AlertState
    reason: str
    document: bytes
    received: bytes
    content_type: str
    received_at: datetime
    expires: datetime
    published_at: datetime | None = None
    planned_at: datetime | None = None
    first_handoff_at: datetime | None = None
    last_handoff_at: datetime | None = None
    stopped_at: datetime | None = None
    stopped_by: str | None = None
    audience: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A subscriber who may be in an area, with the ids of their addresses.

    ``position`` is latitude and longitude; ``regions`` count only where it is None.
    """

    subscriber_id: int
    language: str
    position: tuple[float, float] | None
    regions: frozenset[str]
    min_level: str
    categories: frozenset[Category]
    channels: frozenset[str]
    addresses: Mapping[AddressKind, int]


@dataclass(frozen=True, slots=True)
class Told:
    """A delivery of an earlier alert whose recipient may have been told."""

    channel: str
    language: str
    address_id: int | None
    target: str | None
    candidate: Candidate | None


@dataclass(frozen=True, slots=True)
class PlannedDelivery:
    """A delivery to be written: one message for one address or target."""

    id: int
    channel: str
    message: Message
    rank: int
    expires: datetime
    subscriber_id: int | None = None
    address_id: int | None = None
    target: str | None = None


@dataclass(frozen=True, slots=True)
class ClaimedDelivery:
    """A delivery that this process holds; ``address`` is in clear."""

    alert_id: int
    alert: str
    id: int
    channel: str
    rank: int
    level: str
    message_id: int
    address: str
    expires: datetime
    attempts: int
    repeat: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a delivery."""

    number: int
    started_at: datetime
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class History:
    """Everything known of a delivery: its row, its attempts and the evidence so far.

    ``receipts`` pairs attempt numbers with evidence; 0 stands for the whole delivery.
    """

    alert_id: int
    alert: str
    id: int
    channel: str
    level: str
    rank: int
    state: State
    task: Task | None
    due_at: datetime | None
    expires: datetime
    stopped: bool
    own_target: bool
    attempts: tuple[Attempt, ...]
    receipts: tuple[tuple[int, Receipt], ...]
    late: bool = False

    def key(self, attempt: int) -> AttemptKey:
        """Return the key of one of its attempts."""
        return AttemptKey(self.alert, self.id, attempt)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a history folds to, and what the engine owes the delivery next."""

    state: State
    task: Task | None = None
    due_at: datetime | None = None
    told: bool = False
    late: bool = False
    conflict: bool = False
    duplicates: int = 0


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that somebody did."""

    sequence: int
    at: datetime
    actor: str
    event: str
    subject: str
    detail: str
