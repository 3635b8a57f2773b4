"""What providers' codes mean: tables in YAML (``config/codes``), a file for each family."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel

from channels._files import read_model
from warnbroker.errors import (
    ConfigError,
    PermanentSendError,
    SendError,
    TemporarySendError,
    UnknownOutcome,
)
from warnbroker.model.receipt import Reason, State
from warnbroker.resources import shipped

DEFAULT = "default"
"""The code of the row that holds where no other does."""


class RetryClass(StrEnum):
    """What a code asks of us; the last four say how far a message came."""

    THROTTLE = "THROTTLE"
    TRANSIENT = "TRANSIENT"
    RECIPIENT = "RECIPIENT"
    CONTENT = "CONTENT"
    CONFIG = "CONFIG"
    POLICY = "POLICY"
    OPTED_OUT = "OPTED_OUT"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"
    CANCELLED = "CANCELLED"
    ACCEPTED = "ACCEPTED"
    HANDED_OFF = "HANDED_OFF"
    DELIVERED = "DELIVERED"


_MEANS: Mapping[RetryClass, tuple[State, Reason | None]] = {
    RetryClass.THROTTLE: (State.FAILED_TEMP, Reason.THROTTLED),
    RetryClass.TRANSIENT: (State.FAILED_TEMP, Reason.PROVIDER_BUSY),
    RetryClass.RECIPIENT: (State.FAILED_PERM, Reason.RECIPIENT),
    RetryClass.CONTENT: (State.FAILED_PERM, Reason.CONTENT),
    RetryClass.CONFIG: (State.FAILED_TEMP, Reason.CONFIG),
    RetryClass.POLICY: (State.FAILED_PERM, Reason.POLICY),
    RetryClass.OPTED_OUT: (State.FAILED_PERM, Reason.OPTED_OUT),
    RetryClass.EXPIRED: (State.EXPIRED, Reason.EXPIRED),
    RetryClass.UNKNOWN: (State.UNKNOWN, Reason.SERVER_ERROR),
    RetryClass.CANCELLED: (State.CANCELLED, None),
    RetryClass.ACCEPTED: (State.ACCEPTED, None),
    RetryClass.HANDED_OFF: (State.HANDED_OFF, None),
    RetryClass.DELIVERED: (State.DELIVERED, None),
}
_HEXADECIMAL = re.compile(r"0[xX][0-9a-fA-F]+")
# How long the rows are kept while a setting is wrong, unless a row or the provider says longer.
CONFIG_PAUSE = 60.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a code means: its class, the state that an attempt gets, why, and for how long.

    ``scope`` is ``country`` or ``from`` where a fault concerns no other than that of the send.
    """

    retry_class: RetryClass
    state: State
    reason: Reason | None
    pause: float = 0.0
    scope: str = ""

    def error(self, detail: str, code: str, retry_after: float = 0.0) -> SendError:
        """Return the error to raise for a request that was answered so."""
        reason = self.reason or Reason.REFUSED_FOR_NOW
        if self.state is State.UNKNOWN:
            return UnknownOutcome(reason, detail, code=code, scope=self.scope)
        if self.state is State.FAILED_TEMP:
            pause = max(self.pause, retry_after)
            return TemporarySendError(
                reason, detail, code=code, scope=self.scope, retry_after=pause
            )
        return PermanentSendError(reason, detail, code=code, scope=self.scope)


def _texts(value: Any) -> Any:
    # YAML makes a number of 5.10 and a truth of "no", and both lose what was written.
    if isinstance(value, list) and any(isinstance(item, (float, bool)) for item in value):
        raise ValueError("put codes with a point, and words such as no, in quotes")
    return [_decimal(str(item)) for item in value] if isinstance(value, list) else value


def _decimal(code: str) -> str:
    return str(int(code, 16)) if _HEXADECIMAL.fullmatch(code) else code


class Row(BaseModel):
    """Codes that mean the same; ``x`` in a code stands for any digits, ``default`` for any code.

    Without ``reason`` it is that of the class; ``pause`` are seconds before the next try;
    ``scope`` says that a fault concerns that ``country`` or sender (``from``) alone.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    codes: Annotated[tuple[str, ...], BeforeValidator(_texts), Field(min_length=1)]
    retry_class: RetryClass = Field(alias="class")
    reason: Reason | None = None
    pause: float = Field(0.0, ge=0)
    scope: Literal["", "country", "from"] = ""
    note: str = ""
    source: str = ""

    @property
    def verdict(self) -> Verdict:
        """Return what the row says."""
        state, reason = _MEANS[self.retry_class]
        least = CONFIG_PAUSE if self.retry_class is RetryClass.CONFIG else 0.0
        why, pause = self.reason or reason, self.pause or least
        return Verdict(self.retry_class, state, why, pause, self.scope)


# A refusal that no row names is tried again until the warning expires: to give people up
# for a code that a provider invented yesterday would be worse.
_REFUSED = Verdict(RetryClass.TRANSIENT, State.FAILED_TEMP, Reason.REFUSED_FOR_NOW)


class Table:
    """Rows of one kind of code; an earlier row goes before a later one."""

    def __init__(self, rows: tuple[Row, ...] = ()) -> None:
        self.rows = rows
        self._exact: dict[str, Verdict] = {}
        self._patterns: list[tuple[re.Pattern[str], Verdict]] = []
        for row in rows:
            for code in row.codes:
                self._add(code.lower(), row.verdict)

    def _add(self, code: str, verdict: Verdict) -> None:
        if _WILD.search(code):
            pattern = re.escape(code).replace("xx", r"\d\d").replace("x", r"\d+")
            self._patterns.append((re.compile(pattern), verdict))
        else:
            self._exact.setdefault(code, verdict)

    def listed(self, *codes: str) -> Verdict | None:
        """Return what the first of these codes that is listed means, exact ones before patterns."""
        for code in map(str.lower, codes):
            if found := self._exact.get(code):
                return found
        for code in map(str.lower, codes):
            for pattern, verdict in self._patterns:
                if pattern.fullmatch(code):
                    return verdict
        return None

    def of(self, *codes: str, unlisted: Verdict = _REFUSED) -> Verdict:
        """Return what these codes mean, by the row ``default`` where none is listed.

        Without such a row it is ``unlisted``.
        """
        return self.listed(*codes) or self._exact.get(DEFAULT, unlisted)


# An x between digits, points and the ends of a code; the x of a word is a letter.
_WILD = re.compile(r"(?:^|[\d.\s])x+(?=$|[.\s\d])")


class _File(RootModel[dict[str, tuple[Row, ...]]]):
    """Tables by name."""


Codes = Mapping[str, Table]
"""The tables of one family of providers, by name."""


@lru_cache(maxsize=64)
def load_codes(family: str, override: Path | None = None) -> Codes:
    """Read the shipped tables of a family, with an operator's rows before them.

    Raises:
        ConfigError: a file cannot be read or is wrong; one line for each fault.
    """
    tables = read_model(shipped("config") / "codes" / f"{family}.yaml", _File).root
    own = read_model(override, _File).root if override else {}
    if unknown := sorted(set(own) - set(tables)):
        known = ", ".join(tables)
        raise ConfigError(f"{override}: {unknown[0]}: there is no such table (only {known})")
    return {name: Table((*own.get(name, ()), *rows)) for name, rows in tables.items()}
