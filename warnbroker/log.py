"""Structured logs: an event word and ids, never an address, a text or a secret."""

import logging
import sys
from contextlib import suppress
from typing import TextIO, cast

import structlog


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
