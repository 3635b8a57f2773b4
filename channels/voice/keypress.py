"""The address that a pressed key is posted to; it remembers what to answer.

No message is at hand when a key comes in, so the address carries the call's language and
its words of thanks. Twilio signs the address, so nobody else can put words there.
"""

import base64
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit


@dataclass(frozen=True, slots=True)
class KeyAddress:
    """What an address says besides the attempt; ``thanks`` is empty for the language's own."""

    language: str
    thanks: str = ""

    @property
    def query(self) -> str:
        """Return the form used in addresses, safe from anyone who quotes it anew."""
        fields = {"gather": "1", "lang": self.language}
        if self.thanks:
            coded = base64.urlsafe_b64encode(self.thanks.encode()).decode()
            fields["thanks"] = coded.rstrip("=")
        return urlencode(fields)

    @classmethod
    def from_url(cls, url: str) -> "KeyAddress | None":
        """Read a callback's address; None if it is not one for keys."""
        fields = parse_qs(urlsplit(url).query)
        if "gather" not in fields:
            return None
        coded = fields.get("thanks", [""])[0]
        try:
            thanks = base64.urlsafe_b64decode(coded + "=" * (-len(coded) % 4)).decode()
        except ValueError:
            thanks = ""
        return cls(fields.get("lang", ["en"])[0], thanks)
