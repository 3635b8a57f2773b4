"""Rows of the ledger as the engine reads and writes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from warnbroker.model.enums import Category, MsgType, Scope, Status
from warnbroker.model.message import Message
from warnbroker.model.receipt import POSITIVE, AttemptKey, Receipt, State
from warnbroker.model.standing import Standing
from warnbroker.model.suppression import SuppressionReason

QUIET_HOURS, UPDATE_INTERVAL = "quiet_hours", "update_interval"
"""What delays a delivery; quiet hours may also be why it is not sent at all."""

VERIFIED = "verified"
"""How the words on a signature begin that was held against a registered certificate."""


class AlertState(StrEnum):
    """Where an alert stands between the issuer and the last delivery.

    ``PENDING`` waits for people, ``HELD`` looks like one we have, ``WITHHELD`` came from
    another platform and may not be republished, ``RECORDED`` is kept and never leaves.
    ``ACCEPTED`` is released and not planned yet.
    """

    PENDING = "pending"
    HELD = "held"
    WITHHELD = "withheld"
    RECORDED = "recorded"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    ACCEPTED = "accepted"
    PLANNED = "planned"

    @property
    def is_open(self) -> bool:
        """Say whether people have yet to decide."""
        return self in {AlertState.PENDING, AlertState.HELD}

    @property
    def is_released(self) -> bool:
        """Say whether it may leave."""
        return self in {AlertState.ACCEPTED, AlertState.PLANNED}


class Task(StrEnum):
    """What the engine owes a delivery next."""

    SEND = "send"
    RESOLVE = "resolve"


@dataclass(frozen=True, slots=True)
class IssuerRecord:
    """Who may issue what; empty jurisdictions, hazards or ``highest_level`` mean all.

    ``person`` is the human behind the key, so that two keys of one person are one person.
    ``on_behalf`` are codes of authorities whose senders it may use; ``rate`` is its own
    number of requests a minute, 0 for the configured one.
    """

    id: int
    name: str
    sender: str
    roles: tuple[str, ...]
    jurisdictions: tuple[str, ...]
    hazards: tuple[str, ...]
    authority_id: int
    created_at: datetime
    revoked_at: datetime | None = None
    person: str = ""
    authority: str = ""
    highest_level: str = ""
    on_behalf: tuple[str, ...] = ()
    rate: float = 0
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """An alert in the ledger.

    ``document`` is our CAP XML of it, ``received`` the bytes that came. ``fingerprint`` is the
    hash of what it says without its identity. ``area`` is where it holds, as WKB in longitude
    and latitude, empty where it does not say. ``stopped_by`` is the public id of what took its
    place, ``stopped_as`` whether that was an Update or a Cancel. ``flow`` is its way to
    release; ``remind_at`` is when somebody must be reminded of it, ``escalate_at`` when the
    tier above must be told; ``countersign_by`` is set while a release still needs a second
    person's signature. ``defects`` is what was wrong with a relayed alert, ``signature`` what
    is known of its signature, ``people`` how many subscribers were counted in its area.
    """

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
    stopped_as: MsgType | None = None
    audience: Mapping[str, int] | None = None
    status: Status = Status.ACTUAL
    scope: Scope = Scope.PUBLIC
    internal: bool = False
    fingerprint: bytes = b""
    area: bytes = b""
    flow: str = ""
    released_at: datetime | None = None
    remind_at: datetime | None = None
    reminders: int = 0
    escalate_at: datetime | None = None
    countersign_by: datetime | None = None
    relayed: bool = False
    defects: Sequence[Mapping[str, object]] = ()
    signature: str = ""
    people: int | None = None

    @property
    def standing(self) -> Standing:
        """Return how real it is and whom it is for."""
        return Standing(self.status, self.scope, self.msg_type, self.internal)

    @property
    def cap(self) -> bytes:
        """Return the CAP XML that readers get: what another has verifiably signed, as it came.

        ``document`` is what we act on; of a signed message with defects it is our form.
        """
        is_theirs = self.relayed and self.signature.startswith(VERIFIED)
        return self.received if is_theirs else self.document

    @property
    def is_public(self) -> bool:
        """Say whether pages, feeds, archive and relay may show it."""
        return self.state.is_released and self.standing.is_public


@dataclass(frozen=True, slots=True)
class Candidate:
    """A subscriber who may be in an area, with the ids of their addresses.

    ``position`` is latitude and longitude; ``regions`` count only where it is None.
    ``drills`` tells whether they agreed to be told of drills; ``ref`` is the importer's key.
    """

    subscriber_id: int
    language: str
    position: tuple[float, float] | None
    regions: frozenset[str]
    min_level: str
    categories: frozenset[Category]
    channels: frozenset[str]
    addresses: Mapping[str, int]
    role: str = "resident"
    drills: bool = False
    ref: str = ""
    quiet_hours: str = ""


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
    """A delivery to be written: one message for one address or target.

    An alert has one delivery for each channel, address or target, and ``series``: reminders
    number themselves there. ``step`` is the step of a ladder that it is written for, if any.
    number themselves there. ``in_spite_of`` are suppressions that it overrides; ``due_at`` is
    when it may go, None for at once, and ``delayed_by`` why not before.
    ``withheld`` is why it is not sent at all, to spare the person.
    """

    id: int
    channel: str
    message: Message
    rank: int
    expires: datetime
    subscriber_id: int | None = None
    address_id: int | None = None
    target: str | None = None
    series: str = ""
    step: int = 0
    in_spite_of: frozenset[SuppressionReason] = frozenset()
    due_at: datetime | None = None
    delayed_by: str = ""
    withheld: str = ""


class ClaimedDelivery(Struct, frozen=True):
    """A delivery that this process holds; ``address`` is in clear.

    ``provider`` is the one chosen for the next attempt; ``avoid`` are those that have just
    failed it, to be used only where there is no other.
    """

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
    provider: str = ""
    avoid: frozenset[str] = frozenset()

    def via(self, provider: str) -> "ClaimedDelivery":
        """Return it with a provider chosen; made for every send, so it is spelt out."""
        return ClaimedDelivery(
            self.alert_id,
            self.alert,
            self.id,
            self.channel,
            self.rank,
            self.level,
            self.message_id,
            self.address,
            self.expires,
            self.attempts,
            self.repeat,
            provider,
            self.avoid,
        )


class Sent(Struct, frozen=True):
    """What came of one attempt: the delivery as it was claimed, the receipt, when it began."""

    item: ClaimedDelivery
    receipt: Receipt
    started_at: datetime

    @property
    def key(self) -> AttemptKey:
        """Return the attempt that it speaks of."""
        return AttemptKey(self.item.alert, self.item.id, self.item.attempts + 1)

    @property
    def is_taken(self) -> bool:
        """Say whether a provider has it."""
        return self.receipt.state in POSITIVE

    @property
    def is_plain(self) -> bool:
        """Say whether a provider took it at the first try, and no more is known."""
        return self.receipt.state is State.ACCEPTED and self.item.attempts == 0


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a lane: who takes it, when, and by when sends that begin now must answer."""

    owner: str
    now: datetime
    answer_by: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at a delivery; ``provider`` is whom it was handed to, empty for the only one."""

    number: int
    started_at: datetime
    repeat: bool = False
    provider: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """Everything known of a delivery: its row, its attempts and the evidence so far.

    ``receipts`` pairs attempt numbers with evidence; 0 stands for the whole delivery.
    ``step`` is the step of the level's ladder that last had it sent, from 1; 0 for none.
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
    step: int = 0
    delayed_by: str = ""

    def key(self, attempt: int) -> AttemptKey:
        """Return the key of one of its attempts."""
        return AttemptKey(self.alert, self.id, attempt)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a history folds to, and what the engine owes the delivery next.

    ``avoid`` are providers that have failed it in a row, to be passed over at the next attempt.
    """

    state: State
    task: Task | None = None
    due_at: datetime | None = None
    told: bool = False
    late: bool = False
    conflict: bool = False
    duplicates: int = 0
    avoid: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that somebody did; ``origin`` is from where, None in entries of release 0.1.

    ``hash`` covers the hash before it and all that the entry says; ``signature`` signs it.
    """

    sequence: int
    at: datetime
    actor: str
    event: str
    subject: str
    detail: str
    origin: str | None = None
    previous_hash: bytes = b""
    hash: bytes = b""
    signature: bytes | None = None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted; what is empty leaves none out."""

    event: str = ""
    subject: str = ""
    actor: str = ""
    since: datetime | None = None
