"""What a centre's receipts prove; of a text in parts only the last of them proves arrival."""

from collections import OrderedDict
from dataclasses import dataclass, field

from channels._codes import Table, Verdict
from channels.sms.smpp.incoming import Delivered
from warnbroker.model.receipt import AttemptKey, Evidence, Reason, Receipt, State

_KEPT = 100_000


@dataclass(slots=True)
class Whole:
    """A text in so many parts: the attempt that it is, which ids they got, which have arrived."""

    total: int
    key: AttemptKey | None = None
    refs: list[str] = field(default_factory=list)
    arrived: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Ids:
    """Writes ids of a centre in one way, also where it has two (``hexadecimal_ids``)."""

    hexadecimal: bool

    def answered(self, message_id: str) -> str:
        """Return the id in an answer."""
        return _number(message_id, 16) if self.hexadecimal else message_id

    def receipted(self, found: Delivered) -> str:
        """Return the id that a receipt is about, empty where it says none."""
        in_text = found.fields().get("id", "")
        if not self.hexadecimal:
            return found.receipted_id or in_text
        # The optional parameter repeats the answer's id, the text is what has the other form.
        return _number(in_text, 10) if in_text else _number(found.receipted_id, 16)


def _number(text: str, base: int) -> str:
    try:
        return str(int(text, base))
    except ValueError:
        return text


class Parts:
    """Counts which parts of texts have arrived, as far as this process has sent them."""

    def __init__(self) -> None:
        self._wholes: OrderedDict[str, Whole] = OrderedDict()

    def expect(self, ref: str, whole: Whole) -> None:
        """Know a part by the id that the centre gave it; a receipt may follow on its heels."""
        if whole.total > 1:
            self._wholes[ref] = whole
        while len(self._wholes) > _KEPT:
            self._wholes.popitem(last=False)

    def arrived(self, ref: str) -> bool:
        """Tell whether nothing is missing any more, now that a part has arrived."""
        whole = self._wholes.get(ref)
        if whole is None:
            return True
        whole.arrived.add(ref)
        return len(whole.arrived) == whole.total


def evidence_of(found: Delivered, ref: str, provider: str, stats: Table, parts: Parts) -> Evidence:
    """Return what a receipt proves of the part whose id is ``ref``."""
    fields = found.fields()
    stat, err = fields.get("stat", ""), fields.get("err", "")
    verdict = stats.of(*(code for code in (stat, found.state) if code))
    state = verdict.state
    if state is State.DELIVERED and not parts.arrived(ref):
        state = State.HANDED_OFF
    return Evidence(
        None, Receipt(state, provider, ref, _reason(verdict, state), _code(found, stat, err))
    )


def _reason(verdict: Verdict, state: State) -> Reason | None:
    return verdict.reason if state is verdict.state else None


def _code(found: Delivered, stat: str, err: str) -> str:
    word = (stat or found.state)[:20]
    return f"{word} err={err[:10]}" if err.strip("0") else word
