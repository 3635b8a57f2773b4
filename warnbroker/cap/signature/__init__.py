"""XML signatures inside CAP messages: ours, and those of senders whose certificate we hold."""

from warnbroker.cap.signature.certificates import Key, is_valid, read_certificate, read_key, subject
from warnbroker.cap.signature.sign import sign, unsigned
from warnbroker.cap.signature.structure import check_structure, is_signed
from warnbroker.cap.signature.verify import Verified, verify

__all__ = [
    "Key",
    "Verified",
    "check_structure",
    "is_signed",
    "is_valid",
    "read_certificate",
    "read_key",
    "sign",
    "subject",
    "unsigned",
    "verify",
]
