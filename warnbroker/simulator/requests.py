"""A request to the simulated provider: its form, and the refusals that all resources share."""

import re
from collections.abc import KeysView
from dataclasses import dataclass
from urllib.parse import parse_qs

_E164 = re.compile(r"\+[1-9]\d{6,14}\Z")
_WEB = re.compile(r"https?://[^\s/?#]+")


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error answer: HTTP status, Twilio's error code and words."""

    status: int
    code: int
    message: str


class Form:
    """The fields of a form, of which some come several times."""

    def __init__(self, body: bytes) -> None:
        self._fields = parse_qs(body.decode(errors="replace"), max_num_fields=200)

    def keys(self) -> KeysView[str]:
        """Return the names of the fields that are not empty."""
        return self._fields.keys()

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __getitem__(self, name: str) -> str:
        return self._fields[name][0]

    def get(self, name: str, default: str) -> str:
        """Return the first value of a field."""
        return self._fields.get(name, [default])[0]

    def words(self, name: str) -> list[str]:
        """Return all values of a field, also those that share one field, parted by blanks."""
        return [word for value in self._fields.get(name, []) for word in value.split()]


def is_web_address(url: str) -> bool:
    """Say whether a text is an absolute http or https address."""
    return _WEB.match(url) is not None


def common_fault(form: Form) -> Refusal | None:
    """Return why a number or a callback address is refused, or None."""
    if not _E164.match(form["To"]):
        return Refusal(400, 21211, "Invalid 'To' Phone Number: it is not in E.164 form.")
    callback = form.get("StatusCallback", "")
    if callback and not is_web_address(callback):
        return Refusal(400, 21609, "Invalid 'StatusCallback' URL.")
    return None
