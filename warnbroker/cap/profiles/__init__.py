"""Profiles of CAP: what a country or a service asks of a message beyond CAP itself.

Each is a file of data beside this one; ``row`` says what a row may ask.
"""

from collections.abc import Collection, Iterator, Mapping
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict

from warnbroker.cap.dump import to_json
from warnbroker.cap.profiles.row import Row
from warnbroker.cap.rules.catalogue.entry import Entry
from warnbroker.errors import ConfigError, Fault
from warnbroker.model.alert import Alert

__all__ = ["Profile", "load_profile", "profile_names"]


class Profile(BaseModel):
    """A profile: its name on the command line, what it is called, and its rules."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: Mapping[str, str]
    source: str
    rows: tuple[Row, ...]

    def faults(self, alert: Alert, unread: Collection[str] = ()) -> Iterator[Fault]:
        """Yield what breaks the profile; ``unread`` names elements that could not be read."""
        data = to_json(alert)
        for row in self.rows:
            if not row.needs & set(unread):
                yield from row.faults(alert, data, self.source)

    def entries(self) -> Iterator[Entry]:
        """Yield the rules as the page of rules lists them."""
        for row in self.rows:
            yield row.entry(self.source)


@cache
def profile_names() -> tuple[str, ...]:
    """Return the names of the profiles that are shipped."""
    found = (item.name for item in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in found if name.endswith(".yaml")))


@cache
def load_profile(name: str) -> Profile:
    """Return a shipped profile.

    Raises:
        ConfigError: there is none of that name.
    """
    if name not in profile_names():
        known = ", ".join(profile_names())
        raise ConfigError(f"there is no profile {name!r}; known are {known}")
    text = files(__name__).joinpath(f"{name}.yaml").read_text(encoding="utf-8")
    return Profile.model_validate(yaml.safe_load(text))
