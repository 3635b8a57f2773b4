"""What a mail that came in says of one recipient."""

from dataclasses import dataclass
from datetime import datetime

from warnbroker.contracts.inbound import Wish
from warnbroker.model.receipt import AttemptKey, Reason, State


@dataclass(frozen=True, slots=True)
class Finding:
    """One recipient's news; ``state`` is None where it proves nothing about a delivery.

    ``status`` is the enhanced code, or a word where there is none. ``key`` is the attempt that
    the mail itself names.
    """

    recipient: str
    status: str
    state: State | None = None
    reason: Reason | None = None
    wish: Wish = Wish.NONE
    at: datetime | None = None
    key: AttemptKey | None = None

    @property
    def permanent(self) -> bool:
        """Tell whether no further mail to this recipient can succeed."""
        return self.state is State.FAILED_PERM
