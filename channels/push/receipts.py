"""What browsers report: that a note is shown, and that a person has read it."""

from channels.push.identity import Identity
from warnbroker.contracts import Callback, CallbackAnswer
from warnbroker.errors import SignatureError, UnreadableError
from warnbroker.model.receipt import AttemptKey, Evidence, Receipt, State

PROVIDER = "push"
_STATES = {"shown": State.DELIVERED, "confirmed": State.CONFIRMED}
_PARTS = 4


def read_report(callback: Callback, identity: Identity) -> CallbackAnswer:
    """Read a report, ``ALERT/DELIVERY.ATTEMPT/PROOF/WORD``.

    Raises:
        SignatureError: it comes from somebody to whom no note was sent.
        UnreadableError: it is no report.
    """
    parts = callback.path.split("/")
    if callback.method != "POST" or len(parts) != _PARTS:
        raise UnreadableError("the address of a report names an attempt, its proof and a word")
    alert, attempt, proof, word = parts
    if not identity.proves(f"{alert}/{attempt}", proof):
        raise SignatureError("the report's proof is not ours")
    if word not in _STATES:
        raise UnreadableError(f"a report says shown or confirmed, not {word[:40]!r}")
    try:
        key = AttemptKey.from_path(f"{alert}/{attempt}")
    except ValueError:
        raise UnreadableError("the report's address names no attempt") from None
    return CallbackAnswer((Evidence(key, Receipt(_STATES[word], PROVIDER, code=word)),))
