"""The authorities that may warn, their tiers, borders, people on duty and certificates."""

from pathlib import Path
from typing import Literal

from warnbroker.settings.section import Section


class Contact(Section):
    """Somebody on duty; every address that is given is used. Numbers are E.164."""

    name: str = ""
    phone: str = ""
    voice: str = ""
    email: str = ""
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
