"""How the interpreter serves a process that sends for as long as it runs."""

import gc
import sys

YOUNG_OBJECTS = 20_000
"""New objects before a collection; a fan-out makes and drops hundreds for each message."""

SWITCH = 0.001
"""Seconds after which the loop lets the ledger's thread on; the default is five times that."""


def settle() -> None:
    """Set apart all that is loaded by now, which stays for as long as the process runs.

    A full collection stops the process; walking through the libraries takes it 0.1 s each
    time, and during a fan-out it happens every second.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, 20, 20)
    sys.setswitchinterval(SWITCH)
