"""How real an alert is and whom it is for: what every channel looks at before it sends."""

from dataclasses import dataclass

from warnbroker.model.alert import Alert
from warnbroker.model.enums import MsgType, Scope, Status
from warnbroker.model.fan_out import is_internal

_DRILLS = frozenset({Status.EXERCISE, Status.TEST})
_SENT = _DRILLS | {Status.ACTUAL}
_TOLD = frozenset({MsgType.ALERT, MsgType.UPDATE, MsgType.CANCEL})


@dataclass(frozen=True, slots=True)
class Standing:
    """An alert's status, type and scope, and whether it is marked internal."""

    status: Status
    scope: Scope
    msg_type: MsgType = MsgType.ALERT
    internal: bool = False

    @classmethod
    def of(cls, alert: Alert) -> "Standing":
        """Return the standing of an alert."""
        return cls(alert.status, alert.scope, alert.msg_type, is_internal(alert))

    @property
    def is_sent(self) -> bool:
        """Say whether it may reach people: System, Draft, Ack and Error never do."""
        return self.status in _SENT and self.msg_type in _TOLD

    @property
    def is_drill(self) -> bool:
        """Say whether it is an exercise or a test."""
        return self.status in _DRILLS

    @property
    def is_for_all(self) -> bool:
        """Say whether it is meant for everybody, and not for a list or for one office."""
        return self.scope is Scope.PUBLIC and not self.internal

    @property
    def is_public(self) -> bool:
        """Say whether pages, feeds and stations may show it as the real thing."""
        return self.is_sent and self.status is Status.ACTUAL and self.is_for_all
