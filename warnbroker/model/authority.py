"""An authority: an office that may warn, and the others around and above it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from warnbroker.model.level import in_language


class SignaturePolicy(StrEnum):
    """What is asked of the signature of messages under an authority's senders."""

    REQUIRE = "require"
    VERIFY = "verify"
    IGNORE = "ignore"


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody on duty, with the addresses that they are told at (numbers in E.164)."""

    name: str
    addresses: Mapping[str, str]
    language: str = ""


@dataclass(frozen=True, slots=True)
class Authority:
    """An office: where it is competent, for which hazards and up to which level.

    ``regions`` are codes of region subtrees. Empty regions, hazards or ``highest_level``
    mean all. ``above`` is the code of the tier above, empty at the top.
    """

    code: str
    names: Mapping[str, str]
    tier: str = ""
    above: str = ""
    regions: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()
    hazards: tuple[str, ...] = ()
    highest_level: str = ""
    contacts: tuple[Contact, ...] = ()
    gbt_code: str = ""
    signature: SignaturePolicy = SignaturePolicy.VERIFY
    certificates: tuple[Path, ...] = ()

    def name(self, language: str) -> str:
        """Return the authority's name in a language, else its code."""
        return in_language(self.names, language) or self.code


@dataclass(frozen=True, slots=True)
class Authorities:
    """All authorities that are configured, by code."""

    by_code: Mapping[str, Authority] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Authority]:
        return iter(self.by_code.values())

    def get(self, code: str) -> Authority | None:
        """Return an authority, None where the code is nobody's."""
        return self.by_code.get(code)

    def of_sender(self, sender: str) -> Authority | None:
        """Return whose CAP sender it is, None where it is nobody's."""
        return next((item for item in self if sender in item.senders), None)

    def above(self, code: str) -> Authority | None:
        """Return the tier above an authority, None at the top."""
        below = self.get(code)
        return self.get(below.above) if below and below.above else None

    def named(self, codes: Sequence[str]) -> Sequence[Authority]:
        """Return the authorities of those codes that are known, each once."""
        return [self.by_code[code] for code in dict.fromkeys(codes) if code in self.by_code]
