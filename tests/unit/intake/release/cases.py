"""Alerts, people and policies that the tests of release speak of."""

from datetime import UTC, datetime, timedelta

from warnbroker.contracts.decisions import Situation
from warnbroker.intake.release.chain import ChainRule, ReleasePolicy, Step
from warnbroker.model.decision import Act, Decision
from warnbroker.model.enums import MsgType, Status
from warnbroker.model.record import AlertRecord, AlertState, IssuerRecord

NOW = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
FOUR = (
    Step("review", ("approver", "operator")),
    Step("sign", ("approver",)),
    Step("publish", ("operator", "approver")),
)


def policy(**kwargs):
    values = {
        "flow": "standard",
        "relay_flow": "relay",
        "flows": {
            "standard": [
                ChainRule((Step("approve", ("approver",)),), level=frozenset({"red", "orange"}))
            ],
            "four-step": [ChainRule(FOUR)],
            "drills": [
                ChainRule((), status=frozenset({Status.EXERCISE, Status.TEST})),
                ChainRule((Step("approve", ("approver",)),)),
            ],
            "relay": [],
        },
        "confirm": True,
        "remind_after": timedelta(minutes=3),
        "escalate_after": timedelta(minutes=10),
        "retraction_within": timedelta(minutes=30),
        "repeat_within": timedelta(hours=1),
        "override": frozenset({"approver"}),
        "countersign_within": timedelta(minutes=30),
    }
    return ReleasePolicy(**values | kwargs)


def record(**kwargs):
    values = {
        "id": 1,
        "public_id": "a" * 26,
        "warning_id": "a" * 26,
        "authority_id": 1,
        "issuer_id": 1,
        "sender": "s@x.example",
        "identifier": "id-1",
        "sent": NOW,
        "content_hash": b"h",
        "msg_type": MsgType.ALERT,
        "level": "red",
        "rank": 1,
        "state": AlertState.PENDING,
        "reason": "lifted",
        "document": b"<alert/>",
        "received": b"<alert/>",
        "content_type": "application/cap+xml",
        "received_at": NOW,
        "expires": NOW + timedelta(hours=1),
    }
    return AlertRecord(**values | kwargs)


def issuer(name, *roles, person="", number=2, **kwargs):
    return IssuerRecord(
        id=number, name=name, sender="", roles=roles, jurisdictions=(), hazards=(),
        authority_id=1, created_at=NOW, person=person, **kwargs,
    )  # fmt: skip


def decision(person, act=Act.APPROVE, step=""):
    return Decision(1, act, 9, person, NOW, step)


COMPOSED = decision("Desk", Act.COMPOSE)


def situation(*decisions, composer=None, cancelled_by=None, graver=None, **kwargs):
    return Situation(
        record=record(**kwargs),
        decisions=(COMPOSED, *decisions),
        composer=composer or issuer("desk", "issuer", person="Desk", number=1),
        cancelled_by=cancelled_by,
        graver=graver,
    )
