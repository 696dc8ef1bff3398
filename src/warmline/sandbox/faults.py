"""What can be made to go wrong, how often, and for which kind of request.

"before" means the vendor did nothing; "after" means it did what was asked and then failed to say so.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Operation(StrEnum):
    """What a request is for, whichever vendor it goes to."""

    CREATE = "create"
    LOOKUP = "lookup"
    FETCH = "fetch"
    APPEND = "append"
    TOKEN = "token"
    CHECK = "check"
    PERSON = "person"
    PROFILE = "profile"
    EVENT = "event"
    SETUP = "setup"
    MAIL = "mail"
    OTHER = "other"


class FaultKind(StrEnum):
    ERROR_BEFORE = "error_before"
    RATE_LIMITED = "rate_limited"
    REFUSE_ACCOUNT = "refuse_account"
    REFUSE_TICKET = "refuse_ticket"
    RESET_BEFORE = "reset_before"
    SILENCE_BEFORE = "silence_before"
    HTML_BEFORE = "html_before"
    ERROR_IN_200 = "error_in_200"
    ERROR_AFTER = "error_after"
    RESET_AFTER = "reset_after"
    SILENCE_AFTER = "silence_after"
    HTML_AFTER = "html_after"
    HALF_JSON = "half_json"
    SLOW = "slow"


@dataclass
class Fault:
    """One switched-on fault. `times` None means until cleared; `seconds` None means silent for ever."""

    kind: FaultKind
    operation: Operation | None = None
    probability: float = 1.0
    times: int | None = None
    status: int | None = None
    seconds: float | None = None
    retry_after: int = 1
    hits: int = 0

    def __post_init__(self) -> None:
        self.kind = FaultKind(self.kind)
        self.operation = None if self.operation is None else Operation(self.operation)
        if not 0 <= self.probability <= 1:
            raise ValueError(f"probability must be between 0 and 1, got {self.probability!r}")
        if self.kind is FaultKind.SLOW and self.seconds is None:
            raise ValueError("slow needs seconds")

    def fits(self, operation: Operation) -> bool:
        used_up = self.times is not None and self.hits >= self.times
        return not used_up and self.operation in (None, operation)


class Faults:
    """The faults of one vendor, drawn with a random generator of its own so that a seed repeats a run."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a seed must repeat a run; nothing here is secret
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def all(self) -> list[Fault]:
        return list(self._faults)

    def seed(self, seed: str) -> None:
        self._random.seed(seed)

    def draw(self, operation: Operation) -> Fault | None:
        """At most one fault. One roll is shared, so 30 % and 10 % are exactly that, in any order."""
        roll = self._random.random()
        for fault in self._ready(operation, slow=False):
            if roll < fault.probability:
                fault.hits += 1
                return fault
            roll -= fault.probability
        return None

    def delay(self, operation: Operation) -> float:
        """Seconds to wait first. Slowness has a roll of its own: a slow answer may be a failed one as well."""
        for fault in self._ready(operation, slow=True):
            if self._random.random() < fault.probability:
                fault.hits += 1
                return fault.seconds or 0.0
        return 0.0

    def _ready(self, operation: Operation, *, slow: bool) -> Iterator[Fault]:
        return (fault for fault in self._faults if (fault.kind is FaultKind.SLOW) == slow and fault.fits(operation))
