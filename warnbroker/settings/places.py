"""Whose broker it is, where it listens, and where it keeps things."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from warnbroker.settings.section import Section


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, KeyError, OSError) as error:
        raise ValueError(f"no time zone is called {name!r}") from error
    return name


def _web_address(text: str) -> str:
    """Return the address that others know us by, if links to it can work."""
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if text and (not usable or not text.isprintable() or " " in text):
        raise ValueError(f"{text!r} is no web address; write such as https://warn.example.org")
    return text


class Municipality(Section):
    """Whose broker this is."""

    names: dict[str, str] = {"en": "Municipality"}
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    languages: list[str] = Field(default=["zh-CN", "en"], min_length=1)
    required_languages: list[str] = []
    profiles: list[str] = []
    authority: str = "municipality"


class Server(Section):
    """Where the broker listens, and the address that others know it by."""

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: Annotated[str, AfterValidator(_web_address)] = ""
    max_body: int = Field(default=1 << 20, gt=0)


class Store(Section):
    """The database and the key that addresses are encrypted with."""

    url: str
    key_file: Path | None = None


class BusSection(Section):
    """What carries hints between steps."""

    url: str = "local:"


class Templates(Section):
    """Where the operator's own templates lie, before the shipped ones."""

    directory: Path | None = None


class Regions(Section):
    """The region tree to load into an empty database."""

    file: Path | None = None
