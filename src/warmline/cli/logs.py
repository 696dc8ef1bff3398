"""Structured logs by allow-list (THREATS T29): our own sentence, and in its gaps only what cannot be about a person.

Vendors repeat addresses and names in their errors, databases repeat values, and a bug may raise anything. So no
text from outside a sentence of ours is believed to be harmless: a gap takes numbers, names of errors, ids that we made
and a few words of our own; everything else is `…`. What a vendor said stands in the console, beside the handoff.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from copy import copy
from enum import Enum
from functools import lru_cache
from typing import Any

import structlog

from warmline.domain.effect import EffectKind
from warmline.store.trouble import Cause

QUIET = ("httpx", "httpcore", "uvicorn.access", "uvicorn.error", "nats", "asyncio")
"""Their lines would repeat ours, or hold addresses of people."""
HIDDEN = "…"
WORDS = frozenset(
    [*EffectKind, *Cause, *"inbox zendesk gorgias klaviyo email webhook GET HEAD POST PUT PATCH DELETE OPTIONS".split()]
)
"""Kinds of work, causes of trouble, destinations and methods."""
_ID = re.compile(r"[a-z]{2,5}_[0-9a-f]{8,64}|[0-9a-f]{8}")
_PATH = re.compile(r"/(?:[a-z-]{1,20}/?|v1/?|[a-z]{2,5}_[0-9a-f]{8,64}/?)*")
_OURS = frozenset({"event", "level", "logger", "timestamp", "exception"})
_GAP = re.compile(r"%(?:\(\w+\))?[-#0 +]*\d*(?:\.\d+)?[a-zA-Z]")


def harmless(value: object) -> object:
    """The value, when it cannot be about a person, else `…`."""
    if isinstance(value, Enum) or value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, BaseException):
        return type(value).__name__
    if isinstance(value, str) and _is_ours(value):
        return value
    return HIDDEN


def _is_ours(text: str) -> bool:
    return text in WORDS or bool(_ID.fullmatch(text) or _PATH.fullmatch(text)) or text in _errors()


def by_allow_list(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Errors without what they say, and every field that is not one of ours only when it is harmless."""
    record: logging.LogRecord | None = line.get("_record")
    error = _error_of(line.pop("exc_info", None) or (record.exc_info if record else None))
    if error is not None:
        line["exception"] = trace_of(error)
    for name in [name for name in line if name not in _OURS and not name.startswith("_")]:
        line[name] = harmless(line[name])
    return line


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """Fills the gaps itself, before anything else may."""

    def format(self, record: logging.LogRecord) -> str:
        # A record of structlog holds fields, which `by_allow_list` has seen.
        if not hasattr(record, "_logger"):
            record = copy(record)
            record.msg, record.args = _sentence(record.msg, record.args), ()
        return super().format(record)


def _sentence(text: object, values: Any) -> str:
    if not isinstance(text, str):
        return HIDDEN
    if not values:
        return text
    given: Any = (
        {name: harmless(value) for name, value in values.items()}
        if isinstance(values, Mapping)
        else tuple(harmless(value) for value in values)
    )
    try:
        # A number's format may not take what stands for a hidden value.
        return str(_GAP.sub(lambda gap: re.sub(r"[a-zA-Z]$", "s", gap[0]), text) % given)
    except (TypeError, ValueError, KeyError):
        return text


def trace_of(error: BaseException) -> str:
    """Where it happened and which errors led to it, without a word of what they say."""
    return " ← ".join(_one_trace(each) for each in _chain(error))


def _one_trace(error: BaseException) -> str:
    places = [_place(frame.filename, frame.lineno, frame.name) for frame in traceback.extract_tb(error.__traceback__)]
    return " ".join([type(error).__name__, *places[-12:]])


def _place(file: str, line: int | None, function: str) -> str:
    return f"{'/'.join(file.split('/')[-2:])}:{line}({function})"


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen and len(seen) < 6:
        seen.add(id(following))
        yield following
        following = following.__cause__ or following.__context__


def _error_of(info: object) -> BaseException | None:
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple):
        return next((each for each in info if isinstance(each, BaseException)), None)
    return sys.exc_info()[1] if info else None


@lru_cache(maxsize=1)
def _known_errors(count: int) -> frozenset[str]:
    found, waiting = set(), [BaseException]
    while waiting:
        kind = waiting.pop()
        found.add(kind.__name__)
        waiting += [each for each in kind.__subclasses__() if each.__name__ not in found]
    return frozenset(found)


def _errors() -> frozenset[str]:
    """Names of all errors there are; asked anew when more modules are loaded."""
    return _known_errors(len(sys.modules))


def configure(json: bool | None = None) -> None:
    """Log to stderr: lines for people on a terminal, JSON elsewhere."""
    as_json = not sys.stderr.isatty() if json is None else json
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        by_allow_list,
    ]
    last = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    ours = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, last]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(processors=ours, foreign_pre_chain=shared))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
