"""The addresses that Twilio reports to: what each asks for, and of which call it speaks.

No message is at hand when a request comes in, so its address names the language and the sheet
of the call. Twilio signs the address, so nobody else can put anything there.
"""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs, urlencode, urlsplit


class Step(StrEnum):
    """What a request is about: how the call goes, its words, a pressed key."""

    STATUS = "status"
    WORDS = "words"
    KEY = "key"


@dataclass(frozen=True, slots=True)
class CallAddress:
    """What an address says besides the attempt; empty where it is not said."""

    step: Step
    language: str = ""
    sheet: str = ""
    level: str = ""

    @property
    def query(self) -> str:
        """Return the form used in addresses, safe from anyone who quotes it anew."""
        fields = {"lang": self.language, "sheet": self.sheet, "level": self.level}
        said = {name: value for name, value in fields.items() if value}
        return urlencode({"step": self.step, **said})

    @classmethod
    def from_url(cls, url: str) -> "CallAddress":
        """Read a callback's address; one without a query is about the status."""
        fields = parse_qs(urlsplit(url).query)

        def one(name: str) -> str:
            return fields.get(name, [""])[0]

        step = one("step")
        known = Step(step) if step in set(Step) else Step.STATUS
        return cls(known, one("lang"), one("sheet"), one("level"))
