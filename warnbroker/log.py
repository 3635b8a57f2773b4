"""Structured logs: an event word and ids, never an address, a text or a secret."""

import logging
import re
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog

_NUMBER = re.compile(r"\+\d{6,15}|%2B\d{6,15}")
_MAILBOX = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")


def _masked(
    _logger: object, _method: str, said: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Take numbers and mailboxes out of what libraries and providers word in their errors."""
    for key in ("exception", "error"):
        if isinstance(said.get(key), str):
            said[key] = _MAILBOX.sub("…@…", _NUMBER.sub("+…", said[key]))
    return said


class _Stderr:
    """Writes to stderr while that can be written to: a full disk must stop no warning."""

    def write(self, text: str) -> None:
        with suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


log: structlog.stdlib.BoundLogger = structlog.get_logger("warnbroker")


def set_up(level: str) -> None:
    """Write logs of a level and graver to stderr: for people on a terminal, as JSON elsewhere."""
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _masked,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _Stderr())),
        # A logger that is used before the level is known must not stay as it was then.
        cache_logger_on_first_use=False,
    )


# Whoever embeds the broker and sets nothing up gets these, not pages with every local variable.
set_up("warning")
