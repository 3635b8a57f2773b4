"""What a gateway's answer means."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import Struct, field

from channels._codes import RetryClass, Table, Verdict
from channels._gateway.description import AnswerForm, Place
from channels._gateway.source import Source
from channels._http import pause_of
from warnbroker.errors import UnknownOutcome
from warnbroker.model.receipt import POSITIVE, Reason, State

# A 2xx with a code or word that nobody has described: perhaps it was taken, perhaps not.
_UNHEARD_OF = Verdict(RetryClass.UNKNOWN, State.UNKNOWN, Reason.SERVER_ERROR)
_TAKEN = Verdict(RetryClass.ACCEPTED, State.ACCEPTED, None)


class Taken(Struct, frozen=True):
    """What a gateway said when it took something."""

    ref: str
    code: str
    state: State = State.ACCEPTED
    counts: Mapping[str, str] = field(default_factory=dict)
    area: Any = None


@dataclass(frozen=True, slots=True)
class Answers:
    """Reads answers by a description: its own codes first, then what HTTP says."""

    form: AnswerForm
    codes: Table
    statuses: Table

    def read(self, status: int, source: Source) -> Taken:
        """Return what was taken.

        Raises:
            SendError: refused, or nobody knows.
        """
        code = source.at(self.form.code)[:40]
        if not 200 <= status < 300:
            self._refuse(status, code, source)
        if code and code not in self.form.ok:
            verdict = self.codes.of(code, unlisted=_UNHEARD_OF)
            if verdict.state not in POSITIVE:
                raise verdict.error("the gateway refused it", code, _pause(source))
        ref = source.at(self.form.ref)[:200]
        if self.form.ref and not ref:
            raise UnknownOutcome(Reason.SERVER_ERROR, "the answer holds no id")
        state, word = self._state(source) if self.form.status else (State.ACCEPTED, "")
        taken = code or word or str(status)
        if not self.form.counts and not self.form.area:
            return Taken(ref, taken, state)
        counts = counts_in(self.form.counts, source)
        return Taken(ref, taken, state, counts, area_in(self.form.area, source))

    def _state(self, source: Source) -> tuple[State, str]:
        word = source.at(self.form.status)[:40]
        if not word:
            return State.ACCEPTED, ""
        unlisted = _TAKEN if self.form.ref else _UNHEARD_OF
        verdict = Table(self.form.states).of(word, unlisted=unlisted)
        if verdict.state not in POSITIVE:
            raise verdict.error("the gateway did not carry it out", word, _pause(source))
        return verdict.state, word

    def _refuse(self, status: int, code: str, source: Source) -> None:
        verdict = self._verdict(status, code)
        label = code or str(status)
        detail = f"the gateway answered {status}, code {label}" if code else f"it answered {status}"
        raise verdict.error(detail, label, _pause(source))

    def _verdict(self, status: int, code: str) -> Verdict:
        # A 5xx says nothing of whether it was carried out, unless the description names it.
        codes = (code, str(status)) if 400 <= status < 500 else (str(status),)
        return self.codes.listed(*codes) or self.statuses.of(str(status))


def counts_in(places: Mapping[str, Place], source: Source) -> Mapping[str, str]:
    """Return the numbers that a description asks for, as far as they are numbers."""
    found = {name: source.at(place) for name, place in places.items()}
    return {name: value for name, value in found.items() if value.isdecimal() and len(value) < 16}


def area_in(place: Place | None, source: Source) -> Any:
    """Return the GeoJSON of the area that a gateway says it used, None where it says nothing."""
    return source.value(place.json_path) if place and place.json_path else None


def _pause(source: Source) -> float:
    return pause_of(source.header("Retry-After"))
