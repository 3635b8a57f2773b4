"""The closed list of things that happen; the words of audit entries, logs and metrics."""

from enum import StrEnum


class Event(StrEnum):
    """What happened."""

    ALERT_ACCEPTED = "alert_accepted"
    ALERT_PLANNED = "alert_planned"
    ISSUER_ADDED = "issuer_added"
    ISSUER_REVOKED = "issuer_revoked"
    REGIONS_IMPORTED = "regions_imported"
    SUBSCRIBERS_IMPORTED = "subscribers_imported"
    SUBSCRIBERS_EXPORTED = "subscribers_exported"
    OUTCOME_RESOLVED = "outcome_resolved"
    CHANNEL_FAULT = "channel_fault"
    CALLBACK_REFUSED = "callback_refused"
    SERVER_STARTED = "server_started"
    SERVER_STOPPED = "server_stopped"
    STEP_FAILED = "step_failed"
