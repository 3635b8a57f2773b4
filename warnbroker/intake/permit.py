"""What an operator grants an issuer, checked against what there is before it is written."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from pydantic import TypeAdapter, ValidationError

from warnbroker.errors import AlertError, Fault, WarnbrokerError
from warnbroker.model.authority import Authorities
from warnbroker.model.record import IssuerRecord

ROLES = ("issuer", "approver", "operator", "auditor", "media", "relay")
"""The roles that there always are; steps of release chains may name others."""

_SHORT = re.compile(r"(\d{1,5})\s*([hdwy])")
_HOURS = {"h": 1, "d": 24, "w": 24 * 7, "y": 24 * 365}
_DURATION = TypeAdapter(timedelta)
_MOMENT = TypeAdapter(datetime)


@dataclass(frozen=True, slots=True)
class Permit:
    """What somebody may do; whatever is empty is as ``IssuerRecord`` says."""

    name: str
    roles: tuple[str, ...] = ("issuer",)
    sender: str = ""
    jurisdictions: tuple[str, ...] = ()
    hazards: tuple[str, ...] = ()
    authority: str = ""
    person: str = ""
    highest_level: str = ""
    on_behalf: tuple[str, ...] = ()
    rate: float = 0
    expires_at: datetime | None = None

    def record(self, issuer_id: int, authority_id: int, now: datetime) -> IssuerRecord:
        """Return the issuer that it makes."""
        return IssuerRecord(
            id=issuer_id,
            name=self.name,
            sender=self.sender,
            roles=self.roles,
            jurisdictions=self.jurisdictions,
            hazards=self.hazards,
            authority_id=authority_id,
            created_at=now,
            person=self.person,
            authority=self.authority,
            highest_level=self.highest_level,
            on_behalf=self.on_behalf,
            rate=self.rate,
            expires_at=self.expires_at,
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """The words that a permit may use."""

    roles: frozenset[str]
    levels: frozenset[str]
    authorities: Authorities

    def faults(self, permit: Permit) -> Iterator[Fault]:
        """Yield what is wrong with a permit; each path is a field of it."""
        for field, text in (*_names(permit), *self._words(permit), *self._senders(permit)):
            yield Fault(f"issuer.{field}", text, field)

    def require(self, permit: Permit) -> None:
        """Let a permit pass.

        Raises:
            AlertError: it has faults; holds all of them.
        """
        faults = list(self.faults(permit))
        if faults:
            raise AlertError(faults)

    def _words(self, permit: Permit) -> Iterator[tuple[str, str]]:
        if not permit.roles:
            yield "roles", "give at least one role"
        known = ", ".join(sorted(self.roles))
        for role in sorted(set(permit.roles) - self.roles):
            yield "roles", f"{role} is none of {known}"
        if permit.highest_level and permit.highest_level not in self.levels:
            yield "highest_level", f"{permit.highest_level} is not in levels.scale"
        for code in permit.on_behalf:
            if self.authorities.get(code) is None:
                yield "on_behalf", f"no authority has the code {code}"
        if permit.rate < 0:
            yield "rate", "must be at least 0 requests a minute"

    def _senders(self, permit: Permit) -> Iterator[tuple[str, str]]:
        """Find an issuer who could issue nothing."""
        authority = self.authorities.get(permit.authority)
        if permit.authority and authority is None:
            yield "authority", f"no authority has the code {permit.authority}"
        if authority is None or "issuer" not in permit.roles:
            return
        offices = [authority, *self.authorities.named(permit.on_behalf)]
        senders = {sender for office in offices for sender in office.senders}
        if not senders:
            yield "authority", f"{authority.code} has no senders, so it can issue nothing"
        elif permit.sender and permit.sender not in senders:
            yield "sender", f"it is no sender of {', '.join(office.code for office in offices)}"


def _names(permit: Permit) -> Iterator[tuple[str, str]]:
    if not permit.name.strip() or not permit.name.isprintable():
        yield "name", "give the issuer a name that can be printed"
    if not permit.person.isprintable():
        yield "person", "give a name that can be printed"


class ExpiryError(WarnbrokerError):
    """A text does not say when a key ends."""


def expiry_of(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """Return when a key ends; None for an empty text.

    A text is a day (the key works through that day in ``zone``), an instant with its offset,
    or a time from now: ``90d``, ``12h``, ``4w``, ``1y``, ``P90D``.

    Raises:
        ExpiryError: it is none of these, or lies in the past.
    """
    if not text.strip():
        return None
    found = _instant(text.strip(), now, zone)
    if found is None:
        raise ExpiryError("must be a day (2027-01-31), an instant, or a time from now (90d, PT12H)")
    if found <= now:
        raise ExpiryError(f"{text.strip()} lies in the past")
    return found


def renewed_until(record: IssuerRecord, text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """Return when an issuer's new key ends; a key that ended needs a new end of its own.

    Raises:
        ExpiryError: the text is no such time, or is missing.
    """
    if text.strip() or record.expires_at is None:
        return expiry_of(text, now, zone)
    if record.expires_at <= now:
        raise ExpiryError(
            f"the key ended at {record.expires_at:%Y-%m-%d %H:%M} UTC; say until when"
        )
    return record.expires_at


def _instant(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    short = _SHORT.fullmatch(text)
    try:
        if short:
            return now + timedelta(hours=int(short[1]) * _HOURS[short[2]])
        if text[:1] in "Pp":
            return now + _DURATION.validate_python(text.upper())
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            day = date.fromisoformat(text) + timedelta(days=1)
            return datetime.combine(day, time(), zone).astimezone(UTC)
        moment = _MOMENT.validate_python(text) if "T" in text.upper() else None
    except (ValueError, OverflowError, ValidationError):
        return None
    return moment.astimezone(UTC) if moment and moment.tzinfo else None
