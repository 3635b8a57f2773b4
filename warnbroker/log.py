"""Structured logs: an event word and ids, never an address, a text or a secret."""

import logging
import sys

import structlog

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
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        # A logger that is used before the level is known must not stay as it was then.
        cache_logger_on_first_use=False,
    )


# Whoever embeds the broker and sets nothing up gets these, not pages with every local variable.
set_up("warning")
