"""The fault script: which requests the simulated providers spoil, and how.

A script is a YAML file with up to four sections, each a list of faults::

    sms: []          # answers to Messages.json
    voice: []        # answers to Calls.json, and how a call ends
    callbacks: []    # status callbacks of both
    smtp:            # one list for each stage of a mail
      connect: []
      ehlo: []
      mail: []
      rcpt: []
      data: []
      dot: []        # after the mail was received whole

Each fault is a mapping: ``fault`` (its name), ``rate`` (0 to 1: the share of requests it
hits), ``times`` (optional: only the first so many requests to an address can be hit, so
that a retry passes) and its own keys, with their defaults:

======================  ==========================================================
sms and voice
======================  ==========================================================
throttle                429 and error 20429; ``retry_after`` 1 (seconds)
error_before_accepting  500; nothing was accepted
error_after_accepting   accepted, callbacks run, yet the answer is 500
reset_before_accepting  the connection is reset; nothing was accepted
reset_after_request     accepted, callbacks run, yet the connection is reset
slow                    accepted, answered after ``seconds`` 30
bad_number              400 and error 21211
unauthorized            401 and error 20003
undeliverable           accepted; ends as ``status`` undelivered (or failed; calls
                        always fail) with ``code`` 30003 (calls: 13224)
busy, no_answer         voice only: the call ends so
hung_up                 voice only: taken and put down at once, after no second
fax                     voice only: a fax machine takes it
======================  ==========================================================

======================  ==========================================================
callbacks
======================  ==========================================================
duplicate               each is posted twice
out_of_order            they are held back, then posted last first
late                    each comes ``seconds`` 5 later
never                   none is posted
before_response         the first is posted before the request is answered
bad_signature           all carry a wrong signature
======================  ==========================================================

======================  ==========================================================
smtp
======================  ==========================================================
reply                   ``text``, a 4xx or 5xx reply such as "450 4.2.1 Try later";
                        a 421, and any reply to connect, also ends the connection
drop                    the connection is closed without a reply
accept_then_drop        dot only: the mail is taken, then the connection is closed
                        without a reply
======================  ==========================================================

Which fault hits is a function of the seed, the place (section or stage), the address and
how many requests the place had for that address, so concurrency does not change it. A
recipient is not known yet at ``connect``, ``ehlo`` and ``mail``: there the count is that
of connections, greetings and mails of that sender. The rates of one list add up to at
most 1, since at most one fault of a list hits a request.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from warnbroker.errors import ConfigError, FileError
from warnbroker.resources import shipped
from warnbroker.simulator.chance import chance

EXAMPLE = "faults.example.yaml"


class FaultRule(BaseModel):
    """What all faults have: a name, how often, and for how many requests of an address."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fault: str
    rate: float = Field(ge=0, le=1)
    times: int | None = Field(default=None, ge=1)


class PlainFault(FaultRule):
    """A fault of the HTTP answer that has no keys of its own."""

    fault: Literal[
        "error_before_accepting",
        "error_after_accepting",
        "reset_before_accepting",
        "reset_after_request",
        "bad_number",
        "unauthorized",
    ]


class Throttle(FaultRule):
    """Too many requests; ``retry_after`` is in whole seconds, as HTTP has it."""

    fault: Literal["throttle"]
    retry_after: int = Field(default=1, ge=0)


class Slow(FaultRule):
    """The answer comes after ``seconds``."""

    fault: Literal["slow"]
    seconds: float = Field(default=30, ge=0)


class Undeliverable(FaultRule):
    """An SMS that is accepted and does not arrive."""

    fault: Literal["undeliverable"]
    status: Literal["undelivered", "failed"] = "undelivered"
    code: int = 30003


class FailedCall(FaultRule):
    """A call that is accepted and cannot be put through."""

    fault: Literal["undeliverable"]
    code: int = 13224


class UnansweredCall(FaultRule):
    """A call that nobody takes."""

    fault: Literal["busy", "no_answer"]


class LostCall(FaultRule):
    """A call that is taken and that nobody hears: hung up at once, or a fax machine."""

    fault: Literal["hung_up", "fax"]


class PlainCallback(FaultRule):
    """A fault of the callbacks that has no keys of its own."""

    fault: Literal["duplicate", "out_of_order", "never", "before_response", "bad_signature"]


class LateCallback(FaultRule):
    """Callbacks that come ``seconds`` later."""

    fault: Literal["late"]
    seconds: float = Field(default=5, ge=0)


class Reply(FaultRule):
    """A refusal in SMTP's own words."""

    fault: Literal["reply"]
    text: str = Field(pattern=r"^[45]\d\d [^\r\n]+$")


class Drop(FaultRule):
    """A connection closed without a reply."""

    fault: Literal["drop"]


class AcceptThenDrop(FaultRule):
    """A mail taken and never confirmed."""

    fault: Literal["accept_then_drop"]


SmsRule = PlainFault | Throttle | Slow | Undeliverable
VoiceRule = PlainFault | Throttle | Slow | FailedCall | UnansweredCall | LostCall
CallbackRule = PlainCallback | LateCallback
StageRule = Reply | Drop
DotRule = Reply | Drop | AcceptThenDrop

Rule = TypeVar("Rule", bound=FaultRule)


def _share(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    total = sum(rule.rate for rule in rules)
    if total > 1:
        message = f"the rates add up to {total:g}, more than 1"
        raise ValueError(message)
    return rules


_by_name = Field(discriminator="fault")
_SmsRules = Annotated[tuple[Annotated[SmsRule, _by_name], ...], AfterValidator(_share)]
_VoiceRules = Annotated[tuple[Annotated[VoiceRule, _by_name], ...], AfterValidator(_share)]
_CallbackRules = Annotated[tuple[Annotated[CallbackRule, _by_name], ...], AfterValidator(_share)]
_StageRules = Annotated[tuple[Annotated[StageRule, _by_name], ...], AfterValidator(_share)]
_DotRules = Annotated[tuple[Annotated[DotRule, _by_name], ...], AfterValidator(_share)]


class SmtpScript(BaseModel):
    """The faults of each stage of a mail."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    connect: _StageRules = ()
    ehlo: _StageRules = ()
    mail: _StageRules = ()
    rcpt: _StageRules = ()
    data: _StageRules = ()
    dot: _DotRules = ()


class FaultScript(BaseModel):
    """A whole fault script; the module's own text describes the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sms: _SmsRules = ()
    voice: _VoiceRules = ()
    callbacks: _CallbackRules = ()
    smtp: SmtpScript = SmtpScript()

    @classmethod
    def none(cls) -> Self:
        """Return the script of a provider without faults."""
        return cls()

    @classmethod
    def low(cls) -> Self:
        """Return the shipped script: low rates, so that a demo shows retries."""
        return cls.read(shipped("config") / EXAMPLE)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a script from a YAML file.

        Raises:
            FileError: it cannot be read, or is not YAML.
            ConfigError: a key of it is wrong; all wrong keys are named.
        """
        try:
            return cls.model_validate(_load(path))
        except ValidationError as error:
            faults = "; ".join(f"{_key(each['loc'])}: {each['msg']}" for each in error.errors())
            raise ConfigError(f"{path}: {faults}") from error


def pick(rules: Sequence[Rule], seed: int, place: str, address: str, nth: int) -> Rule | None:
    """Return the fault that hits the nth request (from 1) of a place for an address, or None."""
    if not rules:
        return None
    point = chance(seed, place, address, nth)
    for rule in rules:
        if point < rule.rate:
            return rule if rule.times is None or nth <= rule.times else None
        point -= rule.rate
    return None


def _load(path: Path) -> Any:
    import yaml

    try:
        return yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"{path}: cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise FileError(f"{path}: is not YAML: {' '.join(str(error).split())}") from error


def _key(location: tuple[int | str, ...]) -> str:
    """Write a key as ``smtp.rcpt[0].rate``; the part after an index is only the fault's name."""
    key = ""
    after_index = False
    for part in location:
        if isinstance(part, int):
            key += f"[{part}]"
        elif not after_index:
            key += f".{part}" if key else part
        after_index = isinstance(part, int)
    return key or "the script"
