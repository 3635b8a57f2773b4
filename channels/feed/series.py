"""The two series of feeds: what the public reads, and drills for readers' own tests."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Series:
    """Where a series is read.

    ``name`` is its feed of everything, ``cap`` the folder of its CAP messages; ``public``
    ones have pages, and feeds for each region.
    """

    name: str
    cap: str
    public: bool


PUBLIC = Series("alerts", "cap", public=True)
TEST = Series("test", "feeds/test", public=False)
