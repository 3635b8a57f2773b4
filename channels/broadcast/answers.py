"""One answer of a station, and what it proves.

| a station says | it proves | because |
|---|---|---|
| ``received`` | HANDED_OFF | its machine has the package |
| ``accepted`` with an ``operator`` | CONFIRMED | a person there said so |
| ``accepted`` without one | HANDED_OFF | a machine takes it in; nobody has seen it |
| ``airing`` | HANDED_OFF | it is under way and may still fail |
| ``aired`` | CONFIRMED | the station vouches that it went out |
| ``rejected``, ``failed`` | FAILED_PERM | sending the same package again changes nothing |
| ``cancelled`` | CANCELLED | the station took it off |

CONFIRMED means that the station has it; ``code`` says whether it was aired. A failure
after ``accepted`` is kept beside it, for the desk to see.
"""

import re
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from channels.broadcast.ledger import Ledger
from warnbroker.model.receipt import Evidence, Reason, Receipt, State

PROVIDER = "broadcast"

# A station's own code is kept only if it cannot be a telephone number or a text.
_CODE = re.compile(r"(?!.*\d{6})[A-Za-z0-9_.-]{1,24}", re.ASCII)


class Rejected(Exception):  # noqa: N818  it is the answer's fault, and the folder's name
    """An answer cannot be used; the text says why and quotes nothing of it."""


class AnswerState(StrEnum):
    """What a station can say of a package, in the order that it happens."""

    RECEIVED = "received"
    ACCEPTED = "accepted"
    AIRING = "airing"
    AIRED = "aired"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"


_ORDER = tuple(AnswerState)
_PROVES = {
    AnswerState.RECEIVED: (State.HANDED_OFF, None),
    AnswerState.ACCEPTED: (State.HANDED_OFF, None),
    AnswerState.AIRING: (State.HANDED_OFF, None),
    AnswerState.AIRED: (State.CONFIRMED, None),
    AnswerState.REJECTED: (State.FAILED_PERM, Reason.CONTENT),
    AnswerState.FAILED: (State.FAILED_PERM, Reason.SERVER_ERROR),
    AnswerState.CANCELLED: (State.CANCELLED, None),
}


class Answer(BaseModel):
    """An acknowledgement file; keys that a station adds are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    package: str = Field(max_length=120)
    manifest_sha256: str = Field(pattern=r"^[0-9a-fA-F]{64}$")
    state: AnswerState
    at: AwareDatetime
    code: str | int | None = None
    operator: str | None = Field(default=None, max_length=200)

    @property
    def proves(self) -> tuple[State, Reason | None]:
        """Return the state of the delivery that this answer is evidence of, and the reason."""
        if self.state is AnswerState.ACCEPTED and (self.operator or "").strip():
            return State.CONFIRMED, None
        return _PROVES[self.state]

    @property
    def word(self) -> str:
        """Return the state, with the station's code where it has a harmless one."""
        code = "" if self.code is None else str(self.code)
        return f"{self.state}:{code}" if _CODE.fullmatch(code) else str(self.state)


def read_answer(content: bytes, package: str, ledger: Ledger) -> Evidence:
    """Return what an acknowledgement file named after a package proves.

    Raises:
        Rejected: it is malformed, or speaks of a package or manifest that we did not send.
        OSError: our own notes cannot be read now.
    """
    try:
        answer = Answer.model_validate_json(content)
    except ValidationError as error:
        raise Rejected(_what(error)) from error
    if answer.package != package:
        raise Rejected("the file is not named after the package that it speaks of")
    entry = ledger.entry(package)
    if entry is None:
        raise Rejected("no such package was sent to this station")
    if answer.manifest_sha256.lower() != entry.manifest_sha256:
        raise Rejected("manifest_sha256 is not that of the manifest that was sent")
    return Evidence(entry.key, _receipt(answer))


def _receipt(answer: Answer) -> Receipt:
    state, reason = answer.proves
    return Receipt(
        state,
        provider=PROVIDER,
        provider_ref=answer.package,
        reason=reason,
        code=answer.word,
        sequence=_ORDER.index(answer.state),
        at=answer.at,
    )


def _what(error: ValidationError) -> str:
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return "; ".join(f"{'.'.join(map(str, f['loc'])) or 'file'}: {f['msg']}" for f in faults)[:500]
