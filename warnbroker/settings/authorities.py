"""The authorities that may warn, their tiers, borders, people on duty and certificates."""

import re
from pathlib import Path
from typing import Annotated, Literal

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator

from warnbroker.settings.section import Section


def _number(text: str) -> str:
    # The text itself stays out of the message: it may be somebody's number.
    if text and not re.fullmatch(r"\+[1-9][0-9]{6,14}", text):
        raise ValueError("must be a number such as +358401234567")
    return text


def _mailbox(text: str) -> str:
    try:
        return (
            text
            and validate_email(
                text, check_deliverability=False, globally_deliverable=False
            ).normalized
        )
    except EmailNotValidError as error:
        raise ValueError("must be a mailbox such as duty@example.org") from error


Number = Annotated[str, AfterValidator(_number)]
Mailbox = Annotated[str, AfterValidator(_mailbox)]


class Contact(Section):
    """Somebody on duty; every address that is given is used. Numbers are E.164."""

    name: str = ""
    phone: Number = ""
    voice: Number = ""
    email: Mailbox = ""
    language: str = ""


class Authority(Section):
    """An office: where it is competent, for which hazards, and up to which level.

    ``regions`` are codes of region subtrees; an empty list of hazards or an empty
    ``highest_level`` means all. ``above`` is the code of the tier above. ``signature``
    says what is asked of messages that come under one of its ``senders``.
    """

    names: dict[str, str]
    tier: str = ""
    above: str = ""
    regions: list[str] = []
    senders: list[str] = []
    hazards: list[str] = []
    highest_level: str = ""
    contacts: list[Contact] = []
    gbt_code: str = ""
    signature: Literal["require", "verify", "ignore"] = "verify"
    certificates: list[Path] = []
