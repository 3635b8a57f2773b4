"""Read the alerts of other platforms: all that can be read, with a register of what is wrong."""

from warnbroker.cap.relay.read import Cause, Relayed, read_relayed
from warnbroker.cap.relay.register import defect
from warnbroker.cap.relay.words import DEFECTS

__all__ = ["DEFECTS", "Cause", "Relayed", "defect", "read_relayed"]
