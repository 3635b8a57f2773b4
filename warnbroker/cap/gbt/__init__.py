"""GB/T 35965, the form of China's 12379 platforms, to and from Alert, with what is lost on the way.

The facts come from public implementers' code and an annex that they copied, not from the text
of the standard; docs/gbt.md has the table.
"""

from warnbroker.cap.gbt.inward import (
    Translation,
    Wishes,
    first_reference,
    from_data,
    from_gbt,
)
from warnbroker.cap.gbt.loss import REASONS, Loss
from warnbroker.cap.gbt.outline import CONTENT_TYPE, MAPPING
from warnbroker.cap.gbt.outward import GbtMessage, to_gbt
from warnbroker.cap.gbt.reader import read_gbt
from warnbroker.cap.gbt.register import Register

__all__ = [
    "CONTENT_TYPE",
    "MAPPING",
    "REASONS",
    "GbtMessage",
    "Loss",
    "Register",
    "Translation",
    "Wishes",
    "first_reference",
    "from_data",
    "from_gbt",
    "read_gbt",
    "to_gbt",
]
