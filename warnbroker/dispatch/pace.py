"""How a lane works: rows per claim, and times in seconds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """How much a lane claims, how long things may take, and what is kept for the gravest.

    ``answer`` is how long one send may take before its outcome counts as unknown. ``grave``
    is the lowest rank that may take the places which are kept free for it: ``reserved`` is
    their share of all.
    """

    claim: int = 500
    lease: float = 60.0
    sweep: float = 1.0
    answer: float = 900.0
    grave: int = 2
    reserved: float = 0.1
