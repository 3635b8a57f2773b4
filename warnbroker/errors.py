"""Every error raised on purpose: one tree, one class where a caller acts differently."""

from collections.abc import Sequence
from dataclasses import dataclass

from warnbroker.model.receipt import Reason


class WarnbrokerError(Exception):
    """Root of the tree; its text is one line for the person who must act."""


class ConfigError(WarnbrokerError):
    """A setting, file or template is wrong; the command ends with status 2."""


class FileError(ConfigError):
    """A file cannot be read or is not what it should be."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule: its id, how grave, where and what.

    ``message`` is English. ``chinese`` is empty where the rule alone says it all; then
    ``warnbroker.cap.rules.catalogue`` knows the words.
    """

    rule: str
    message: str
    path: str = ""
    level: str = "error"
    line: int | None = None
    chinese: str = ""


class AlertError(WarnbrokerError):
    """An alert breaks rules; ``faults`` holds all of them (HTTP 422)."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.rule}: {fault.message}" for fault in faults))
        self.faults = tuple(faults)


class ConfirmationError(AlertError):
    """A decision lacks its reason, or does not name what the alert is (HTTP 422)."""


class DecisionError(AlertError):
    """An alert is at no point at which that can be decided (HTTP 409)."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__([Fault(rule, message)])


class ReportError(AlertError):
    """A report of an incident, or a decision on a finding, breaks rules (HTTP 422)."""


class EnrolmentError(AlertError):
    """What somebody gave who subscribes by themselves breaks rules (HTTP 422)."""


class UnreadableError(WarnbrokerError):
    """A body is not the XML or JSON that it claims to be (HTTP 400)."""


class TooLargeError(WarnbrokerError):
    """A body exceeds its limit (HTTP 413)."""


class ForbiddenError(WarnbrokerError):
    """The issuer may not do this (HTTP 403)."""


class ConflictError(WarnbrokerError):
    """The identity of an alert is taken by other content (HTTP 409)."""


class ResendError(WarnbrokerError):
    """A delivery that must not, or need not, be sent again (HTTP 409)."""


class StaleError(ConflictError):
    """What an alert would end has changed since it was judged (HTTP 409)."""


class NotFoundError(WarnbrokerError):
    """There is nothing of that id (HTTP 404)."""


class TemplateError(WarnbrokerError):
    """A template does not render; names the file and the line."""


class UnknownChannelError(ConfigError):
    """A channel is configured that no installed package provides."""


class StoreError(WarnbrokerError):
    """The database refused; nothing of the transaction was kept."""


class SignatureError(WarnbrokerError):
    """A callback, or a signed message, carries no valid signature (HTTP 403)."""


class UnsignedError(AlertError):
    """An alert lacks the signature that its sender owes, or it is wrong (HTTP 403)."""


class SigningError(WarnbrokerError):
    """An alert cannot be signed as configured, so it does not go out (HTTP 503)."""


class SendError(WarnbrokerError):
    """A channel could not send; ``detail`` must hold no secret and no address.

    ``scope`` is that of a receipt: what alone a fault of the configuration concerns.
    """

    def __init__(
        self, reason: Reason, detail: str = "", *, code: str = "", scope: str = ""
    ) -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.code = code
        self.scope = scope


class TemporarySendError(SendError):
    """Known not sent; another attempt may succeed."""

    def __init__(
        self,
        reason: Reason,
        detail: str = "",
        *,
        code: str = "",
        scope: str = "",
        retry_after: float = 0,
    ) -> None:
        super().__init__(reason, detail, code=code, scope=scope)
        self.retry_after = retry_after


class PermanentSendError(SendError):
    """Known not sent, and no attempt can succeed."""


class UnknownOutcome(SendError):  # noqa: N818  it is not an error: nobody knows
    """The request may have been carried out: no answer, or one that does not say."""
