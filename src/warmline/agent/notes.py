"""What is understood of a turn while it is thought about; it becomes the trace."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from warmline.agent.found import Found
from warmline.agent.index import Hit
from warmline.agent.quote import links
from warmline.domain.knowledge import Answered, Asked, Chatted, CouldNotAnswer, Draft, Passage, Thought
from warmline.domain.rules import Fired, Rule, Safety

TRACED = 5
RANKED = 10


@dataclass(frozen=True, slots=True)
class Remark:
    """What a message is where nothing is open and no page answers it; where it is `plain`, choices of pages do not
    count against it either."""

    draft: Chatted
    sure: float
    cut: float
    plain: bool

    def wins(self, draft: Draft) -> bool:
        return isinstance(draft, CouldNotAnswer) or (self.plain and isinstance(draft, Asked))


class Notes:
    """`question` and `lang` as they were understood, the rules that `fired`, and how a short message was heard."""

    def __init__(self) -> None:
        self.question = ""
        self.lang = "en"
        self.trace: dict[str, Any] = {"rules": [], "passages": [], "limits": {}, "ms": {}}
        self.fired = Fired()
        self.again = False
        self.unclear = False
        self.remark: Remark | None = None
        self._since = time.perf_counter()

    def fire(self, rules: Iterable[Rule], safety: Safety | None = None, order: Sequence[Rule] = ()) -> None:
        """These rules apply too. `order` is that of the workspace, where they are not the first."""
        self.fired = replace(self.fired.joined(rules, order), safety=self.fired.safety or safety)
        self.trace["rules"] = [*(each for each in self.trace["rules"] if ":" not in each), *self.fired.names]

    def read_as(self, kind: str, sure: float, cut: float) -> None:
        """A short message was read by the encoders."""
        self.trace["rules"].append(f"read as {kind} ({sure:.2f})")
        self.trace["read"] = {"as": kind, "sure": round(sure, 3), "cut": round(cut, 3)}

    def clock(self, step: str) -> None:
        """The time since the step before is this one's; what is done twice counts twice."""
        now = time.perf_counter()
        spent = self.trace["ms"].get(step, 0.0) + 1000 * (now - self._since)
        self.trace["ms"][step] = round(spent, 2)
        self._since = now

    def found(self, found: Found) -> None:
        """This is what the draft will be made of; another search before it is forgotten."""
        self.trace |= {
            "limits": {**self.trace["limits"], **found.judgement.limits},
            "passages": [_traced(hit) for hit in found.hits[:TRACED]],
            "missing": list(found.missing),
        }
        self.trace.pop("contradiction", None)
        if found.settled is not None:
            kept, over = ({"title": hit.chunk.title, "url": hit.chunk.url}
                          for hit in (found.settled.kept, found.settled.over))  # fmt: skip
            self.trace["contradiction"] = {"kept": kept, "over": over, "why": found.settled.why}

    def thought(self, draft: Draft, hits: Sequence[Hit] = ()) -> Thought:
        verdict = {"verdict": type(draft).__name__}
        trace: dict[str, Any] = {"question": self.question, "lang": self.lang, **self.trace, **verdict}
        if isinstance(draft, Answered):
            trace["links"] = links(draft, hits)
        passages = tuple(Passage(hit.chunk, hit.score, hit.views) for hit in hits[:TRACED])
        articles = dict.fromkeys(hit.chunk.article for hit in hits)
        return Thought(draft, self.lang, trace, passages, self.fired, self.again, tuple(articles)[:RANKED])


def _traced(hit: Hit) -> dict[str, Any]:
    return {
        "chunk": hit.chunk.id,
        "title": hit.chunk.title,
        "url": hit.chunk.url,
        "score": round(hit.score, 3),
        "exact": hit.exact,
        "views": {name: round(value, 3) for name, value in hit.views.items()},
    }
