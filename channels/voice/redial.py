"""How often and how soon a number that nobody answers is called again."""

from collections.abc import Mapping

from msgspec.structs import replace
from pydantic import BaseModel, ConfigDict, Field

from warnbroker.model.receipt import Reason, Receipt, State


class Redial(BaseModel):
    """How often a number is called again, and after how many seconds.

    ``busy`` and ``no_answer`` are the delays; ``times`` counts the calls after the first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    times: int = Field(2, ge=0, le=20)
    busy: float = Field(60, ge=0, le=3600)
    no_answer: float = Field(120, ge=0, le=3600)


def judged(receipt: Receipt, redial: Redial, attempt: int) -> Receipt:
    """Return the evidence with its delay, or as the last word where it was called often enough."""
    delays = {Reason.BUSY: redial.busy, Reason.NO_ANSWER: redial.no_answer}
    if receipt.state is not State.FAILED_TEMP or receipt.reason not in delays:
        return receipt
    if attempt > redial.times:
        return replace(receipt, state=State.FAILED_PERM)
    return replace(receipt, retry_after=delays[receipt.reason])


def redial_of(rules: Mapping[str, Redial], level: str) -> Redial:
    """Return the rule of a level."""
    return rules.get(level) or rules["default"]
