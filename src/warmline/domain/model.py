"""When a language model is asked, when it is left alone, and what its answer is allowed to decide."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum

from warmline.domain.knowledge import (
    Answered,
    Asked,
    Chatted,
    Choice,
    Citation,
    CouldNotAnswer,
    Draft,
    Failed,
    Replied,
    Thought,
)
from warmline.domain.knowledge import WantsPerson as Wish
from warmline.domain.mood import Mood
from warmline.domain.rules import Action


class Finding(StrEnum):
    """The model's verdict on the passages, said before any word of an answer."""

    ANSWER = "answer"
    ASK = "ask"
    NOT = "not"
    SEARCH = "search"
    """The question leans on what was said before: look for `Written.search` instead."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a call used: tokens read and written, and millionths of a US dollar."""

    read: int = 0
    written: int = 0
    micros: int = 0

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.read + other.read, self.written + other.written, self.micros + other.micros)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an answer, with the numbers (from 1) of the passages that say it."""

    text: str
    passages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sorted:
    """Which of the rules that a model was given apply: their numbers, from 1."""

    numbers: tuple[int, ...]
    spent: Spent = field(default_factory=Spent)


@dataclass(frozen=True, slots=True)
class Written:
    """What a model made of a brief. With `objections` the answer is refused: no word of it may be used. `not_in` is the
    language (ISO 639-1) of an answer that was refused for it."""

    finding: Finding
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    choices: tuple[Choice, ...] = ()
    open: str = ""
    search: str = ""
    objections: tuple[str, ...] = ()
    not_in: str = ""
    spent: Spent = field(default_factory=Spent)

    @property
    def text(self) -> str:
        return " ".join(each.text for each in self.sentences)


# When it is asked

NEAR = {0.95: 0.3, 0.9: 0.15}
FAR = 0.05
"""The lower gate: the keyless probability that one of the best three pages is right, below which no model is asked.

A model that is given pages on another matter finds something to say about them. The bars were read off the sets of
docs/model.md; they are lower than those of the quotation, for the model reads what similarity cannot."""


def lower_gate(cut: float) -> float:
    """The bar for a shop that wants to be `cut` sure (see `domain/sureness.py`): careful shops ask less."""
    return next((bar for target, bar in NEAR.items() if cut >= target), FAR)


def why_without(thought: Thought, mood: Mood, cut: float) -> str | None:
    """Why no model is asked about this turn; None: it is asked. Code has decided before: a wish, a rule, small talk."""
    draft = thought.draft
    if isinstance(draft, Wish):
        return "a person is wanted"
    if isinstance(draft, Chatted):
        return "small talk"
    if isinstance(draft, Replied):
        return "a yes or no to the offer"
    if isinstance(draft, Failed):
        return "the agent failed"
    if thought.fired.safety or thought.fired.first(Action.HAND_OFF):
        return "a rule decides"
    if mood.repeated:
        return "the same question again"
    if not thought.passages:
        return "no passage was found"
    limits = thought.trace.get("limits", {})
    if max(limits.get("among_choices", 0.0), limits.get("confidence", 0.0)) < lower_gate(cut):
        return "nothing that is known is near"
    return None


# What its answer decides


def decided(thought: Thought, written: Written) -> Draft:
    """The draft after the model's verdict. A refused answer leaves the keyless draft as it was.

    Page and question word for word the same: then "not answerable" does not take the quotation away.
    """
    confidence = getattr(thought.draft, "confidence", 0.0)
    if written.objections:
        return thought.draft
    match written.finding:
        case Finding.ANSWER if written.sentences:
            return Answered(written.text, written.citations, confidence, written.open or None)
        case Finding.ASK if written.choices:
            return Asked(written.choices, confidence)
        case Finding.NOT if not _exact(thought):
            return CouldNotAnswer(confidence)
        case _:
            return thought.draft


def _exact(thought: Thought) -> bool:
    return any(each.get("exact") for each in thought.trace.get("passages", ())[:1])


# When it is left alone

FAILURES = 3
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 600.0
PROBE = 20.0


@dataclass(frozen=True, slots=True)
class Breaker:
    """After three failures in a row the model rests for 30 s, then one turn tries it; each failed trial doubles the
    rest, up to ten minutes. Times in seconds of a steady clock."""

    failures: int = 0
    closed_until: float = 0.0

    def allows(self, now: float) -> bool:
        return now >= self.closed_until

    @property
    def open(self) -> bool:
        """Does a trial decide?"""
        return self.failures >= FAILURES

    def tried(self, now: float) -> Breaker:
        """A call begins; while it is a trial, others keep off."""
        return replace(self, closed_until=now + PROBE) if self.open else self

    def failed(self, now: float) -> Breaker:
        failures = self.failures + 1
        if failures < FAILURES:
            return Breaker(failures, self.closed_until)
        return Breaker(failures, now + min(FIRST_PAUSE * 2 ** min(failures - FAILURES, 10), LONGEST_PAUSE))

    def worked(self) -> Breaker:
        return Breaker()


MICROS_PER_CENT = 10_000


def dollars(micros: int) -> str:
    """As people read it: `0.0042`, `12.50`."""
    return f"{micros / 1_000_000:.2f}" if micros >= 100_000 else f"{micros / 1_000_000:.4f}"


def affordable(spent: int, price: int, cents: int) -> bool:
    """May a call that costs at most `price` begin, when `spent` is gone today of a budget of `cents`? 0: no limit.

    `spent` holds what running calls may still cost, so the budget is never passed.
    """
    return cents == 0 or price == 0 or spent + price <= cents * MICROS_PER_CENT
