"""What a centre's receipts prove; of a text in parts only the last of them proves arrival."""

from collections import OrderedDict

from channels._codes import Table, Verdict
from channels.sms.smpp.incoming import Delivered
from warnbroker.model.receipt import Evidence, Reason, Receipt, State

_KEPT = 100_000


class Parts:
    """Counts which parts of texts have arrived, as far as this process has sent them."""

    def __init__(self) -> None:
        self._missing: OrderedDict[str, set[str]] = OrderedDict()

    def expect(self, refs: tuple[str, ...]) -> None:
        """Wait for all parts of a text, by the ids that the centre gave them."""
        if len(refs) < 2:
            return
        missing = set(refs)
        for ref in refs:
            self._missing[ref] = missing
        while len(self._missing) > _KEPT:
            self._missing.popitem(last=False)

    def arrived(self, ref: str) -> bool:
        """Tell whether nothing is missing any more, now that a part has arrived."""
        missing = self._missing.get(ref, set())
        missing.discard(ref)
        return not missing


def evidence_of(found: Delivered, provider: str, stats: Table, parts: Parts) -> Evidence | None:
    """Return what a receipt proves; None where it does not say of what."""
    fields = found.fields()
    ref = found.receipted_id or fields.get("id", "")
    if not ref:
        return None
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
