"""Who is who: the 14-digit codes of issuers and our senders, groups and roles."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from warnbroker.model.authority import Authorities


@dataclass(frozen=True, slots=True)
class Register:
    """``senders`` maps a GB/T code to our CAP sender, ``names`` a CAP sender to its Chinese name.

    ``groups`` maps the id of an audience group to a role of our subscribers; a group that is
    not in it is a role of its own name.
    """

    senders: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)

    def sender(self, code: str) -> str | None:
        """Return the CAP sender of a GB/T code."""
        return self.senders.get(code)

    def code(self, sender: str) -> str | None:
        """Return the GB/T code of a CAP sender."""
        return next((code for code, found in self.senders.items() if found == sender), None)

    @classmethod
    def of(cls, authorities: Authorities) -> "Register":
        """Return the register of the authorities that have a GB/T code and a sender."""
        known = [item for item in authorities if item.gbt_code and item.senders]
        return cls(
            {item.gbt_code: item.senders[0] for item in known},
            {sender: item.name("zh-CN") for item in known for sender in item.senders},
        )
