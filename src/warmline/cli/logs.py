"""Structured logs by allow-list: an event, where it came from, and the few fields named here (THREATS T29)."""

from __future__ import annotations

import logging
import sys

import structlog

QUIET = ("httpx", "httpcore", "uvicorn.access", "uvicorn.error", "nats", "asyncio")
"""Their lines would repeat ours, or hold addresses of people."""


def configure(json: bool | None = None) -> None:
    """Log to stderr: lines for people on a terminal, JSON elsewhere."""
    as_json = not sys.stderr.isatty() if json is None else json
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=last, foreign_pre_chain=shared))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
