"""What is wrong with a record that somebody bent."""

from dataclasses import dataclass
from enum import StrEnum


class BreachKind(StrEnum):
    """How the record was bent."""

    ALTERED = "altered"
    REMOVED = "removed"
    INSERTED = "inserted"
    REORDERED = "reordered"
    TRUNCATED = "truncated"
    REWRITTEN = "rewritten"
    WRONGLY_SIGNED = "wrongly_signed"
    UNSIGNED = "unsigned"
    OTHER_KEY = "other_key"
    BACKWARDS = "backwards"
    FALSE_ANCHOR = "false_anchor"


@dataclass(frozen=True, slots=True)
class Breach:
    """The first entry that is wrong, and how; ``detail`` says more where there is more.

    ``sequence`` is the number that the entry has or should have.
    """

    kind: BreachKind
    sequence: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of walking through a record.

    ``entries`` were found whole; ``unsigned`` of them, the first ones, are of release 0.1.
    ``anchors`` agreed with it. ``lost`` are runs of entries that a recorded restore gave up.
    """

    entries: int
    unsigned: int
    anchors: int
    head: bytes
    lost: tuple[tuple[int, int], ...] = ()
    breach: Breach | None = None
