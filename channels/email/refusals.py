"""What a relay's refusal means: its reply and stage, looked up in ``config/codes/smtp.yaml``.

A reply without an enhanced code is classed by its digits and by what it answered.
"""

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, field_validator

from channels._codes import Row
from channels._files import read_model
from channels.email.reply import Reply, Stage
from warnbroker.errors import PermanentSendError, SendError, TemporarySendError
from warnbroker.model.receipt import Reason, State
from warnbroker.resources import shipped


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a refusal means; ``retry_after`` in seconds, ``ends_session``: hang up after it.

    ``held``: three of it in a row at log-in are a fault of the settings.
    """

    reason: Reason
    retry_after: float = 0
    permanent: bool = False
    ends_session: bool = False
    held: bool = False

    def error(self, reply: Reply, stage: Stage) -> SendError:
        """Return the error to raise; it holds codes, never the reply's text."""
        detail = f"the relay refused at {stage}"
        if self.permanent:
            return PermanentSendError(self.reason, detail, code=reply.status)
        return TemporarySendError(
            self.reason, detail, code=reply.status, retry_after=self.retry_after
        )


CONFIG = Verdict(Reason.CONFIG, retry_after=60)
MISUNDERSTOOD = Verdict(Reason.SERVER_ERROR, ends_session=True)
_UNREACHABLE = Verdict(Reason.RECIPIENT, permanent=True)


class SmtpRow(Row):
    """A row for replies; the head of ``config/codes/smtp.yaml`` says what each word means."""

    model_config = ConfigDict(extra="forbid", frozen=True, ignored_types=(cached_property,))

    stages: frozenset[Stage] = frozenset()
    words: str = ""
    hang_up: bool = False
    held: bool = False
    once: bool = False

    @field_validator("words")
    @classmethod
    def _is_pattern(cls, text: str) -> str:
        try:
            re.compile(text)
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from None
        return text

    @cached_property
    def judgement(self) -> Verdict:
        """Return what the row says."""
        found = self.verdict
        return Verdict(
            found.reason or Reason.REFUSED_FOR_NOW,
            found.pause,
            found.state is State.FAILED_PERM,
            self.hang_up,
            self.held,
        )

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return the row's codes as one pattern over ``Reply.status``."""
        return re.compile("|".join(_pattern(code) for code in self.codes))

    def matches(self, reply: Reply, stage: Stage) -> bool:
        """Tell whether this row is for that reply."""
        return (
            (not self.stages or stage in self.stages)
            and self.pattern.fullmatch(reply.status) is not None
            and (not self.words or re.search(self.words, reply.text, re.IGNORECASE) is not None)
        )


class _File(BaseModel):
    """The one table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    replies: tuple[SmtpRow, ...]


@dataclass(frozen=True, slots=True)
class Refusals:
    """The rows; the first one that matches decides."""

    rows: tuple[SmtpRow, ...]

    def verdict(self, reply: Reply, stage: Stage, attempt: int = 1) -> Verdict:
        """Return what a refusal means; one that makes no sense is the relay's own fault."""
        row = next((row for row in self.rows if row.matches(reply, stage)), None)
        if row is None:
            return MISUNDERSTOOD
        return _UNREACHABLE if row.once and attempt > 1 else row.judgement


@lru_cache(maxsize=8)
def load_refusals(override: Path | None = None) -> Refusals:
    """Read the shipped rows, with an operator's before them.

    Raises:
        ConfigError: a file cannot be read or is wrong; one line for each fault.
    """
    rows = read_model(shipped("config") / "codes" / "smtp.yaml", _File).replies
    own = read_model(override, _File).replies if override else ()
    return Refusals((*own, *rows))


def _pattern(code: str) -> str:
    """Return a code as a pattern: ``xx`` two digits, ``x`` any, ``*`` any enhanced code or none."""
    reply, _, enhanced = code.partition(" ")
    head = re.escape(reply).replace("x", r"\d")
    if enhanced == "*":
        return rf"{head}(?: .*)?"
    return head + (" " + re.escape(enhanced).replace("x", r"\d+") if enhanced else "")
