"""The chain to release: which steps an alert needs, and who may take the next one."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import timedelta

from warnbroker.errors import ForbiddenError
from warnbroker.model.decision import Act, Decision
from warnbroker.model.enums import Status
from warnbroker.model.record import AlertRecord, AlertState, IssuerRecord
from warnbroker.model.typed import plain

APPROVER = "approver"

_PARTS = {
    Act.COMPOSE: "{person} composed this alert; another person must decide",
    Act.APPROVE: "{person} took the step {step!r} already; every step needs another person",
    Act.OVERRIDE: "{person} released this alert; another person must sign",
}
"""The acts that keep a person from a further one, with what they are told."""


@dataclass(frozen=True, slots=True)
class Step:
    """One agreement, by somebody who has one of the roles."""

    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChainRule:
    """The steps of the alerts that match; an empty set matches all."""

    steps: tuple[Step, ...]
    level: frozenset[str] = frozenset()
    status: frozenset[Status] = frozenset()

    def matches(self, level: str, status: Status) -> bool:
        """Tell whether alerts of a level and status fall under the rule."""
        return (not self.level or level in self.level) and (
            not self.status or status in self.status
        )


@dataclass(frozen=True, slots=True)
class ReleasePolicy:
    """What is configured of release; ``override`` are the roles that may, empty where nobody may.

    ``flow`` is taken unless an alert asks for another; ``relay_flow`` is for alerts of other
    platforms, and no issuer may ask for it. Without ``confirm`` no typed confirmation is
    asked for.
    """

    flow: str
    relay_flow: str
    flows: Mapping[str, Sequence[ChainRule]]
    confirm: bool
    remind_after: timedelta
    escalate_after: timedelta
    retraction_within: timedelta
    repeat_within: timedelta
    override: frozenset[str]
    countersign_within: timedelta

    @property
    def offered(self) -> tuple[str, ...]:
        """Return the flows that an issuer may ask for."""
        return tuple(name for name in self.flows if name == self.flow or name != self.relay_flow)

    def steps(self, record: AlertRecord) -> tuple[Step, ...]:
        """Return the steps that an alert needs, in their order.

        One that waits always needs somebody, though its flow be gone from the settings.
        """
        rules = self.flows.get(record.flow, self.flows[self.flow])
        found = self.first(rules, record.level, record.status)
        if not found and record.state is AlertState.PENDING:
            return (Step(APPROVER, (APPROVER,)),)
        return found

    @staticmethod
    def first(rules: Sequence[ChainRule], level: str, status: Status) -> tuple[Step, ...]:
        """Return the steps of the first rule that matches, none where none does."""
        return next((rule.steps for rule in rules if rule.matches(level, status)), ())

    def next_step(self, record: AlertRecord, decisions: Sequence[Decision]) -> Step | None:
        """Return the first step that nobody has taken, None when all are taken."""
        taken = {item.step for item in decisions if item.act is Act.APPROVE}
        return next((step for step in self.steps(record) if step.name not in taken), None)

    def roles(self, record: AlertRecord) -> frozenset[str]:
        """Return the roles that have a say about an alert."""
        named = frozenset(role for step in self.steps(record) for role in step.roles)
        return named or frozenset({APPROVER})


def person_of(issuer: IssuerRecord) -> str:
    """Return the name of the person behind a key: two keys of one person are one person."""
    return (issuer.person or issuer.name).strip()


def same_person(one: str, other: str) -> bool:
    """Tell whether two names are one person's; what looks the same is the same."""
    return plain(one) == plain(other)


def require_one_of(issuer: IssuerRecord, roles: AbstractSet[str], what: str) -> None:
    """Let somebody pass who has one of the roles.

    Raises:
        ForbiddenError: they have none of them.
    """
    if not roles & set(issuer.roles):
        wanted = " or ".join(sorted(roles))
        raise ForbiddenError(f"{issuer.name} lacks the role {wanted}, which {what} asks for")


def may_take(step: Step, issuer: IssuerRecord, decisions: Sequence[Decision]) -> None:
    """Let somebody take a step who took no other part.

    Raises:
        ForbiddenError: they lack the role, or composed the alert, or took an earlier step.
    """
    require_one_of(issuer, frozenset(step.roles), f"the step {step.name!r}")
    require_other_person(issuer, decisions)


def require_other_person(issuer: IssuerRecord, decisions: Sequence[Decision]) -> None:
    """Let somebody pass who had no part in an alert, under this key or another.

    Raises:
        ForbiddenError: they composed it, took a step or released it.
    """
    person = person_of(issuer)
    for item in decisions:
        if item.act in _PARTS and same_person(item.person, person):
            raise ForbiddenError(_PARTS[item.act].format(person=person, step=item.step))
