"""Ways to lie, ready to switch on: each is a set of faults and settings for one vendor, under a name.

The figures of `rough` are those of docs/design (section 5, F1). "Doing" is whatever leaves something behind at the
vendor: only there is it dangerous to believe a wrong answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from warmline.sandbox.faults import Fault, FaultKind, Operation

DOING = (Operation.CREATE, Operation.APPEND, Operation.EVENT, Operation.MAIL)
READING = (Operation.LOOKUP, Operation.FETCH, Operation.PROFILE)
HONEST = "honest"


@dataclass(frozen=True)
class Lie:
    """A fault that meets this share of the requests of each of these operations."""

    kind: FaultKind
    share: float
    operations: tuple[Operation, ...] = DOING


@dataclass(frozen=True)
class Profile:
    """How a vendor behaves; `settings` are those of `vendor.Settings`."""

    title: str
    lies: tuple[Lie, ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)

    def faults(self) -> list[Fault]:
        return [Fault(lie.kind, each, lie.share) for lie in self.lies for each in lie.operations]


_ROUGH = (
    Lie(FaultKind.ERROR_BEFORE, 0.30),
    Lie(FaultKind.RATE_LIMITED, 0.05),
    Lie(FaultKind.ERROR_AFTER, 0.10),
    Lie(FaultKind.SILENCE_AFTER, 0.10),
)
_RESETS = (Lie(FaultKind.RESET_BEFORE, 0.10), Lie(FaultKind.RESET_AFTER, 0.10))
_READING = (Lie(FaultKind.ERROR_BEFORE, 0.15, READING), Lie(FaultKind.RESET_BEFORE, 0.05, READING))
_NONSENSE = (
    Lie(FaultKind.HTML_AFTER, 0.15),
    Lie(FaultKind.HALF_JSON, 0.15),
    Lie(FaultKind.HTML_BEFORE, 0.10),
    Lie(FaultKind.ERROR_IN_200, 0.10),
)
_SLOW_SEARCH = {"index_delay": 0.25}
_SHORT_KEYS = {"idempotency_life": 0.5}

PROFILES: Mapping[str, Profile] = {
    HONEST: Profile("Does what it says", settings={"index_delay": 0.0, "idempotency_life": 2 * 60 * 60}),
    "rough": Profile("30 % 5xx, 5 % 429, 10 % made and then an error, 10 % made and then silence", _ROUGH),
    "resets": Profile("Drops 10 % of the lines before and 10 % after the work", _RESETS),
    "nonsense": Profile("Answers half of the requests with a page, half a JSON or an error in a 200", _NONSENSE),
    "slow_search": Profile("A new ticket is found by a search only after 0.25 s", settings=_SLOW_SEARCH),
    "short_keys": Profile("Forgets idempotency keys after 0.5 s", settings=_SHORT_KEYS),
    "worst": Profile(
        "All of it but the nonsense, and searches that fail too",
        (*_ROUGH, *_RESETS, *_READING),
        {**_SLOW_SEARCH, **_SHORT_KEYS},
    ),
}


def profile_named(name: str) -> Profile:
    """Raises ValueError."""
    if name not in PROFILES:
        raise ValueError(f"no profile {name!r}; there are {', '.join(PROFILES)}")
    return PROFILES[name]
