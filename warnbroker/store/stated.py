"""What entries of the record say of rows, so that a row that is changed later is seen to differ."""

import hashlib
from collections.abc import Mapping

from warnbroker.model.decision import Decision
from warnbroker.model.incident import Incident
from warnbroker.model.record import AlertRecord


def of_alert(record: AlertRecord, composed: Decision | None) -> Mapping[str, object]:
    """Return the facts of an alert as it came; when it came is the time of the entry."""
    facts: dict[str, object] = {
        "sender": record.sender,
        "identifier": record.identifier,
        "type": record.msg_type,
        "status": record.status,
        "scope": record.scope,
        "internal": record.internal,
        "relayed": record.relayed,
        "level": record.level,
        "rank": record.rank,
        "state": record.state,
        "reason": record.reason,
        "sent": record.sent.isoformat(),
        "expires": record.expires.isoformat(),
        "released_at": record.released_at.isoformat() if record.released_at else None,
        "countersign_by": record.countersign_by.isoformat() if record.countersign_by else None,
        "issuer": record.issuer_id,
        "document_sha256": hashlib.sha256(record.document).hexdigest(),
        "received_sha256": hashlib.sha256(record.received).hexdigest(),
        "area_sha256": hashlib.sha256(record.area).hexdigest(),
    }
    return facts if composed is None else facts | {"composer": composed.person}


def of_decision(made: Decision, number: int) -> Mapping[str, object]:
    """Return the facts of a decision that its entry does not name by itself."""
    return {"number": number, "act": made.act, "issuer": made.issuer_id}


def of_incident(found: Incident) -> Mapping[str, object]:
    """Return the facts of a revision; when it was reported is the time of the entry."""
    return {
        "revision": found.revision,
        "authority": found.authority,
        "person": found.person,
        "issuer": found.issuer_id,
        "hazard": found.hazard,
        "region": found.region,
        "occurred_at": found.occurred_at.isoformat(),
        "known_at": found.known_at.isoformat(),
        "figures": dict(found.figures),
        "text_sha256": hashlib.sha256(found.text.encode()).hexdigest(),
        "explanation_sha256": hashlib.sha256(found.explanation.encode()).hexdigest(),
        "warning": found.warning_id,
    }
