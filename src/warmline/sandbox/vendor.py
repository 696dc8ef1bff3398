"""What every stand-in has around its API: settings, faults, a log and a rate limit."""

import re
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Protocol

from warmline.sandbox.faults import Faults, Operation
from warmline.sandbox.http import Refused, Request, Response
from warmline.sandbox.journal import Journal
from warmline.sandbox.seen import SeenTicket

MOST_STORED_BYTES = 512 * 1024 * 1024

Handler = Callable[..., Response]


@dataclass
class Settings:
    """Times in seconds. `rate_limit` requests are allowed in `rate_window`; None means no limit."""

    index_delay: float = 0.0
    idempotency_life: float = 2 * 60 * 60
    token_life: float = 2 * 60 * 60
    rate_limit: int | None = None
    rate_window: float = 60.0
    allowed_scopes: list[str] | None = None
    anonymous_check: bool = True
    auth_required: bool = False
    hook_copies: int = 1
    """How often each webhook call is sent: 0 is never."""
    hook_delay: float = 0.0
    hooks_reversed: bool = False

    def change(self, changes: Mapping[str, object]) -> None:
        known = {item.name for item in fields(self)}
        if unknown := changes.keys() - known:
            raise ValueError(f"no setting {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
        for name, value in changes.items():
            _check(name, value)
            setattr(self, name, value)


def _check(name: str, value: object) -> None:
    if name in ("anonymous_check", "auth_required", "hooks_reversed"):
        good = isinstance(value, bool)
    elif name == "allowed_scopes":
        good = value is None or isinstance(value, list)
    elif name == "rate_limit":
        good = value is None or isinstance(value, int)
    else:
        good = isinstance(value, int | float) and value >= 0
    if not good:
        raise ValueError(f"{name} cannot be {value!r}")


@dataclass(frozen=True)
class Route:
    method: str
    path: re.Pattern[str]
    operation: Operation
    handler: Handler


def route(method: str, path: str, operation: Operation, handler: Handler) -> Route:
    """A path may hold {id}, a number, and {key}, anything without a slash; it may end in .json or a slash."""
    pattern = re.escape(path).replace(r"\{id\}", r"(\d{1,18})").replace(r"\{key\}", "([^/]+?)")
    return Route(method, re.compile(pattern + r"(?:\.json)?/?"), operation, handler)


class Keeper(Protocol):
    """Knows who may come in."""

    def add_credential(self, user: str, secret: str, role: str) -> None: ...
    def revoke_credential(self, user: str) -> None: ...


class Api(Keeper, Protocol):
    """One vendor's HTTP API."""

    @property
    def routes(self) -> tuple[Route, ...]: ...
    def operation(self, request: Request) -> Operation: ...
    def admit(self, request: Request) -> None: ...
    def failure(self, status: int, message: str) -> Response: ...
    def headers(self, used: int, settings: Settings) -> Mapping[str, str]: ...


class Desk(Protocol):
    """The part of a helpdesk that people and tests use instead of the API."""

    def tickets(self) -> list[SeenTicket]: ...
    def external_ids(self) -> list[str]: ...
    def has(self, ticket_id: int) -> bool: ...
    def reply(self, ticket_id: int, text: str, *, public: bool, as_customer: bool) -> None: ...
    def set_status(self, ticket_id: int, status: str) -> None: ...


@dataclass
class Vendor:
    name: str
    api: Api
    settings: Settings
    faults: Faults
    journal: Journal = field(default_factory=Journal)
    recent: deque[float] = field(default_factory=deque)
    stored: int = 0
    clock: Callable[[], float] = time.monotonic

    def handle(self, request: Request) -> Response:
        """Do what the request asks and answer as the vendor would."""
        try:
            self._leave_room(request)
            self.api.admit(request)
            return self._dispatch(request)
        except Refused as refused:
            return refused.response

    def seconds_to_wait(self) -> float | None:
        """None when this request is within the rate limit, and then it counts."""
        now, limit = self.clock(), self.settings.rate_limit
        while self.recent and self.recent[0] <= now - self.settings.rate_window:
            self.recent.popleft()
        if limit is not None and len(self.recent) >= limit:
            return self.recent[0] + self.settings.rate_window - now if self.recent else self.settings.rate_window
        self.recent.append(now)
        return None

    def _leave_room(self, request: Request) -> None:
        if request.method in ("GET", "HEAD"):
            return
        if self.stored + len(request.body) > MOST_STORED_BYTES:
            raise Refused(self.api.failure(503, "The sandbox is full: reset or restart it"))
        self.stored += len(request.body)

    def _dispatch(self, request: Request) -> Response:
        found = [(item, match) for item in self.api.routes if (match := item.path.fullmatch(request.path))]
        for item, match in found:
            if item.method == request.method:
                return item.handler(request, *match.groups())
        return self.api.failure(405, "Method not allowed") if found else self.api.failure(404, "Not found")


def operation_of(routes: tuple[Route, ...], request: Request) -> Operation:
    for item in routes:
        if item.method == request.method and item.path.fullmatch(request.path):
            return item.operation
    return Operation.OTHER
