"""What answers say of an alert."""

from datetime import datetime

import orjson
from aiohttp import web

from warnbroker.model.enums import MsgType
from warnbroker.model.identity import cap_time
from warnbroker.model.record import AlertRecord, AlertState


def _relayed(record: AlertRecord) -> dict[str, object]:
    """Return what is said of an alert of another platform beside the rest."""
    if not record.relayed:
        return {}
    withheld = record.state is AlertState.WITHHELD
    return {
        "relayed": True,
        "cause": record.reason if withheld else None,
        "defects": list(record.defects),
        "signature": record.signature,
    }


def summary(record: AlertRecord, now: datetime, approvals_needed: int = 0) -> dict[str, object]:
    """Return what the answer to a post says of an alert."""
    root = f"/v1/alerts/{record.public_id}"
    return {
        "id": record.public_id,
        "identifier": record.identifier,
        "sender": record.sender,
        "sent": cap_time(record.sent),
        "state": state_of(record, now),
        "msgType": record.msg_type,
        "level": record.level,
        "warning": record.warning_id,
        "expires": iso(record.expires),
        "approvals_needed": approvals_needed,
        "audience": record.audience,
        "links": {
            "self": root,
            "cap": f"{root}/cap",
            "progress": f"{root}/progress",
            "deliveries": f"{root}/deliveries",
            "page": f"/warnings/{record.warning_id}",
        },
        **_relayed(record),
    }


def state_of(record: AlertRecord, now: datetime) -> str:
    """Return the word for where an alert stands.

    What a Cancel ended is cancelled; what nothing replaced expires.
    """
    if not record.state.is_released:
        return record.state
    if record.stopped_at is not None:
        return "cancelled" if record.stopped_as is MsgType.CANCEL else "updated"
    if record.expires <= now:
        return "expired"
    return "published" if record.planned_at else "publishing" if record.published_at else "accepted"


def clock_of(record: AlertRecord) -> dict[str, str | None]:
    """Return the moments of an alert's life."""
    return {
        "received": iso(record.received_at),
        "released": iso(record.released_at),
        "published": iso(record.published_at),
        "planned": iso(record.planned_at),
        "first_handoff": iso(record.first_handoff_at),
        "last_handoff": iso(record.last_handoff_at),
        "stopped": iso(record.stopped_at),
    }


def iso(moment: datetime | None) -> str | None:
    """Write an instant, None where there is none."""
    return moment.isoformat() if moment else None


def json_response(body: object, *, status: int = 200) -> web.Response:
    """Return a JSON answer."""
    return web.Response(body=orjson.dumps(body), status=status, content_type="application/json")
