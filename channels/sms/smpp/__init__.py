"""Text messages over SMPP 3.4.

The PDUs that we write are aiosmpplib's. Its client is not used: it ends a session over a
status of the centre's own, splits texts by characters instead of septets, answers a receipt
that it could not read, and says nothing of what a lost connection leaves open. What comes in
is read here, as leniently as centres write it.
"""

from channels.sms.smpp.provider import SmppProvider

__all__ = ["SmppProvider"]
