"""Structured logs by allow-list: an event, where it came from, and the few fields named here (THREATS T29)."""

from __future__ import annotations

import logging
import re
import sys

import structlog

QUIET = ("httpx", "httpcore", "uvicorn.access", "uvicorn.error", "nats", "asyncio")
"""Their lines would repeat ours, or hold addresses of people."""


_ADDRESS = re.compile(r"[^\s@<>\"'(),;:]{1,64}@[^\s@<>\"'(),;:]{1,255}")
_TOKEN = re.compile(r"\b(wl[vkl]_)[A-Za-z0-9_-]{8,}|(Bearer |Basic )[A-Za-z0-9+/=._-]{8,}")


def without_people(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Vendors repeat addresses in their errors: no address and no token of anybody reaches a log."""
    for name, value in line.items():
        if isinstance(value, str):
            line[name] = _TOKEN.sub(lambda found: f"{found[1] or found[2]}…", _ADDRESS.sub("…@…", value))
    return line


def configure(json: bool | None = None) -> None:
    """Log to stderr: lines for people on a terminal, JSON elsewhere."""
    as_json = not sys.stderr.isatty() if json is None else json
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        without_people,
    ]
    last = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=last, foreign_pre_chain=shared))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
