"""What the simulated provider knows of each message and call, and how its API shows it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

API = "/2010-04-01"
_PAGE_SIZE = 50
_LARGEST_PAGE = 1000
Fields = Mapping[str, str]


@dataclass(slots=True)
class Record:
    """One accepted message or call; ``status`` and what follows change as it goes on its way.

    ``nth`` counts the requests for ``to``; ``text`` is an SMS's body.
    """

    sid: str
    to: str
    sender: str
    nth: int
    text: str = ""
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    ordinal: int = 0
    status: str = "queued"
    updated: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    error_code: int | None = None
    duration: int | None = None
    answered_by: str | None = None

    def move(self, status: str) -> None:
        """Go on to a status."""
        self.status = status
        self.updated = datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, newest first; ``token`` asks for the next one, empty at the end."""

    records: Sequence[Record]
    number: int
    size: int
    token: str


class Records:
    """All messages, or all calls, of the account."""

    def __init__(self) -> None:
        self._all: list[Record] = []
        self._by_sid: dict[str, Record] = {}
        self._by_to: dict[str, list[Record]] = {}

    def add(self, record: Record) -> None:
        """Take a record in."""
        record.ordinal = len(self._all)
        self._all.append(record)
        self._by_sid[record.sid] = record
        self._by_to.setdefault(record.to, []).append(record)

    def get(self, sid: str) -> Record | None:
        """Return the record of a SID."""
        return self._by_sid.get(sid)

    def page(self, query: Fields, date: str) -> Page:
        """Return what a list request asks for: To, From, Status and the date field called ``date``.

        The SDK writes "since" as ``DateSent>`` and "until" as ``DateSent<``. What was not
        sent yet counts with the instant at which it was accepted.

        Raises:
            ValueError: a date or a paging field makes no sense.
        """
        size = min(max(int(query.get("PageSize", _PAGE_SIZE)), 1), _LARGEST_PAGE)
        last = int(query["PageToken"].removeprefix("PA")) if "PageToken" in query else None
        since, until = _moment(query.get(f"{date}>")), _moment(query.get(f"{date}<"))
        found: list[Record] = []
        for record in reversed(self._by_to.get(query["To"], []) if "To" in query else self._all):
            if (last is not None and record.ordinal >= last) or not _wanted(record, query):
                continue
            if _between(record, since, until):
                found.append(record)
            if len(found) > size:
                break
        token = f"PA{found[size - 1].ordinal}" if len(found) > size else ""
        return Page(found[:size], int(query.get("Page", 0)), size, token)


def new_sid(prefix: str) -> str:
    """Return a fresh SID: the prefix and 32 hexadecimal digits."""
    return prefix + uuid4().hex


def rfc2822(moment: datetime | None) -> str | None:
    """Write an instant as Twilio does, or None."""
    return None if moment is None else format_datetime(moment)


def page_json(page: Page, name: str, account: str, query: Fields) -> dict[str, Any]:
    """Return the frame of a list answer, with the addresses that the SDK pages by."""
    base = f"{API}/Accounts/{account}/{name}.json"
    here = {**query, "PageSize": str(page.size), "Page": str(page.number)}
    first = {key: value for key, value in here.items() if key != "PageToken"} | {"Page": "0"}
    following = {**here, "Page": str(page.number + 1), "PageToken": page.token}
    start = page.number * page.size
    return {
        "first_page_uri": f"{base}?{urlencode(first)}",
        "next_page_uri": f"{base}?{urlencode(following)}" if page.token else None,
        "previous_page_uri": None,
        "page": page.number,
        "page_size": page.size,
        "start": start,
        "end": start + max(len(page.records) - 1, 0),
        "uri": f"{base}?{urlencode(here)}",
    }


def _wanted(record: Record, query: Fields) -> bool:
    sender, status = query.get("From"), query.get("Status")
    return sender in (None, record.sender) and status in (None, record.status)


def _between(record: Record, since: datetime | None, until: datetime | None) -> bool:
    moment = (record.started or record.created).replace(microsecond=0)
    return (since is None or moment >= since) and (until is None or moment <= until)


def _moment(text: str | None) -> datetime | None:
    """Read the SDK's ``2026-01-31T12:00:00Z``, or a day; both are UTC."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
