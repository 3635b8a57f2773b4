"""A conversation with a broker over its API, as commands hold it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warnbroker.cli.words import word
from warnbroker.errors import ConfigError, WarnbrokerError

if TYPE_CHECKING:
    from warnbroker.cli.client import Client

UrlOption = Annotated[str, typer.Option("--url", help="Where the broker is.")]
KeyOption = Annotated[str, typer.Option("--key", help="Your key; default $WARNBROKER_KEY.")]
HERE = "http://127.0.0.1:8080"


class RefusedError(WarnbrokerError):
    """The broker refused what it was asked; a line for each reason."""


def key_of(key: str) -> str:
    """Return the key that a command was given, or that of the environment.

    Raises:
        ConfigError: there is none, or it cannot be one.
    """
    key = (key or os.environ.get("WARNBROKER_KEY", "")).strip()
    if not key:
        told = "give --key or set WARNBROKER_KEY; `warnbroker issuer add` makes one"
        raise ConfigError(word(told))
    if not (key.isascii() and key.isprintable()):
        raise ConfigError(word("--key: holds characters that no key has; copy it again"))
    return key


@asynccontextmanager
async def calling(url: str, key: str, seconds: float = 60) -> AsyncIterator[Client]:
    """Open a connection to a broker; an answer may take so many seconds.

    Raises:
        RefusedError: no broker answers there.
    """
    import aiohttp

    from warnbroker.cli.client import NOT_ANSWERED, Client

    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds)) as session:
        try:
            yield Client(session, url, key)
        except NOT_ANSWERED as error:
            told = f"{url}: {word('no broker answers there')}"
            raise RefusedError(f"{told}: {error or type(error).__name__}") from error


def reasons(problem: dict[str, Any]) -> list[str]:
    """Return the lines of a problem document."""
    errors = problem.get("errors")
    lines = [
        f"{item.get('rule')} {item.get('path') or 'alert'}: {item.get('message')}"
        for item in (errors if isinstance(errors, list) else [])
        # What is only advised did not keep the alert back.
        if isinstance(item, dict) and item.get("level") != "warning"
    ]
    said = (word(str(problem.get("title"))), _in_words(str(problem.get("detail", ""))))
    return lines or [": ".join(part for part in said if part)]


def _in_words(detail: str) -> str:
    """Say a broker's detail in the reader's language, where it is one that people often meet."""
    name, found, known = detail.partition(" must be one of ")
    if found:
        return word("must be one of").format(name=name, known=known)
    stem, _, number = detail.rpartition(" ")
    if number.isdigit():
        return f"{word(stem)} {number}"
    whole = word(detail)
    return whole if whole != detail else "; ".join(map(word, detail.split("; ")))
