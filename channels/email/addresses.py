"""Mailboxes: which may be written into a command and a header, and in what form."""

import re
from dataclasses import dataclass
from email.headerregistry import Address, AddressHeader
from email.policy import SMTP

from warnbroker.errors import PermanentSendError
from warnbroker.model.receipt import Reason

# RFC 5321, section 4.5.3.1.3: a path has 256 octets, its angle brackets included.
_LONGEST = 254
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# The dot-atom of RFC 5321, section 4.1.2; quoted local parts and address literals are refused.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN = re.compile(rf"(?=.{{1,64}}@){_ATOM}(?:\.{_ATOM})*@{_DOMAIN.pattern}")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox that is safe in a command and in a header; ``international`` needs SMTPUTF8."""

    text: str
    international: bool = False


def mailbox(address: str) -> Mailbox:
    """Return the form of a recipient's address that goes on the wire.

    A domain in another script becomes its ASCII form (IDNA); only a local part in
    another script makes a mailbox international (RFC 6531).

    Raises:
        PermanentSendError: it is no mailbox, or holds a character that no mailbox may hold.
    """
    if _PLAIN.fullmatch(address) and len(address) <= _LONGEST:
        return Mailbox(address)
    if address.isascii() or not address.isprintable():
        raise PermanentSendError(Reason.RECIPIENT, "the address is not a mailbox")
    return _international(address)


def is_domain(text: str) -> bool:
    """Tell whether a text is a domain name in ASCII form."""
    return len(text) <= 253 and _DOMAIN.fullmatch(text) is not None


def author(text: str) -> Address:
    """Read ``Name <mailbox>`` or a bare mailbox, for a From or Reply-To header.

    Raises:
        ValueError: it is neither, or the mailbox needs SMTPUTF8.
    """
    fault = ValueError("must read name@domain or Name <name@domain>")
    if not text.isprintable():
        raise fault
    header: AddressHeader = SMTP.header_factory("From", text)
    try:
        (address,) = header.addresses
        box = mailbox(address.addr_spec)
    except (ValueError, PermanentSendError):
        raise fault from None
    if box.international:
        raise fault
    return Address(display_name=address.display_name, addr_spec=box.text)


def _international(address: str) -> Mailbox:
    # 40 ms of import that few mailboxes need.
    from email_validator import EmailNotValidError, validate_email

    try:
        valid = validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        raise PermanentSendError(Reason.RECIPIENT, "the address is not a mailbox") from None
    if valid.ascii_email:
        return Mailbox(valid.ascii_email)
    return Mailbox(f"{valid.local_part}@{valid.ascii_domain}", international=True)
