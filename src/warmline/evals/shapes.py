"""What the lines of a set and the rows of a run hold, as docs/evaluation.md says it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from warmline.evals.lines import Field, Shape

DECISIONS = frozenset({"answer", "ask", "cannot_answer", "human", "smalltalk"})
AT_A_TURN = frozenset({"answer", "ask", "cannot_answer", "smalltalk", "offer_handoff", "hand_off"})
MOST_MS = 1e12


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != ""


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_number(value: Any, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most


def _one_of(names: Collection[str]) -> Field:
    return Field(lambda value: _is_text(value) and value in names, f"one of: {', '.join(sorted(names))}", needed=True)


_ID = Field(_is_name, "text that is not empty", needed=True)
_WORDS = Field(_is_text, 'text ("" where there is none)', needed=True)
_TEXT = Field(_is_text, "text or null")
_TEXTS = Field(_are_texts, "a list of texts or null")
_SCOPE = Field(_is_text, "text, or left out")

KNOWLEDGE = Shape(
    {
        "id": _ID,
        "title": _WORDS,
        "text": _WORDS,
        "lang": Field(_is_text, 'a language such as "en" ("" where it is not known)', needed=True),
        "url": _TEXT,
        "scope": _SCOPE,
        "examples": _TEXTS,
    },
    one_of=("text", "title", "examples"),
)
QUESTION = Shape(
    {
        "id": _ID,
        "text": Field(_is_text, "text", needed=True),
        "lang": _TEXT,
        "scope": _SCOPE,
        "answer_ids": Field(_are_texts, "a list of ids of the knowledge, or null when it does not hold the answer"),
        "wants_human": Field(lambda value: isinstance(value, bool), "true, false or null"),
        "kind": _TEXT,
        "source": _TEXT,
    }
)
_TURN = Shape(
    {
        "role": _TEXT,
        "text": _TEXT,
        "handoff": Field(lambda value: isinstance(value, int) and value in (0, 1), "1, 0 or null"),
        "action": Field(lambda value: _is_text(value) or _are_texts(value), "a decision or a list of them"),
        "matter": Field(lambda value: isinstance(value, int | str), "a number"),
        "tools": Field(lambda value: isinstance(value, list), "a list of names"),
    }
)
DIALOGUE = Shape(
    {
        "id": _ID,
        "lang": _TEXT,
        "scope": _SCOPE,
        "turns": Field(
            lambda value: isinstance(value, list) and all(isinstance(each, dict) for each in value),
            'a list of turns such as {"role": "shopper", "text": "Hello"}',
            needed=True,
            each=_TURN,
        ),
    }
)

_SURE = Field(lambda value: _is_number(value, 1), "a number from 0 to 1")
_MS = Field(lambda value: _is_number(value, MOST_MS), "a number of milliseconds")

ROW = Shape(
    {"id": _ID, "decision": _one_of(DECISIONS), "ranked": _TEXTS, "confidence": _SURE, "choices": _TEXTS, "ms": _MS}
)
TURN_ROW = Shape(
    {
        "id": _ID,
        "turn": Field(
            lambda value: isinstance(value, int) and value >= 0, "the number of the turn, from 0", needed=True
        ),
        "decision": _one_of(AT_A_TURN),
        "confidence": _SURE,
    }
)
