"""What all readers share: text without hidden characters, lines under headings, and a problem with its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from warmline.domain.knowledge import Section

LangOf = Callable[[str], str]
"""The language (ISO 639-1) of a text."""

MAX_TITLE = 300


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was not read: where it is, and why, for the person who can mend it."""

    where: str
    reason: str
    line: int | None = None
    gone: bool = False
    """The page is there no more, and nothing else is wrong with it."""

    def __str__(self) -> str:
        return f"{self.where}, line {self.line}: {self.reason}" if self.line else f"{self.where}: {self.reason}"


class Outline:
    """Collects lines under a path of headings, top down, and gives them as sections."""

    def __init__(self) -> None:
        self._path: list[tuple[int, str]] = []
        self._lines: list[str] = []
        self._done: list[Section] = []

    def heading(self, level: int, text: str) -> None:
        self.leave(level)
        if text:
            self._path.append((level, text))

    def leave(self, level: int) -> None:
        """End what stands under headings of this level and deeper."""
        self._close()
        self._path = [step for step in self._path if step[0] < level]

    def line(self, text: str) -> None:
        if text:
            self._lines.append(text)

    def sections(self) -> tuple[Section, ...]:
        self._close()
        return tuple(self._done)

    def _close(self) -> None:
        if self._lines:
            self._done.append(Section(tuple(text for _, text in self._path), "\n".join(self._lines)))
            self._lines = []


# Control and format characters, lone surrogates and invisible tag characters can hide a text from people or break C
# code. The joiners U+200C and U+200D stay: Persian, Indic scripts and emoji are wrong without them.
_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u0600-\u0605\u061c\u06dd\u070f\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)


def tidy(text: str) -> str:
    """One line: no hidden characters, single spaces."""
    return " ".join(_HIDDEN.sub("", text).split())


def row_text(names: Sequence[str], cells: Sequence[str]) -> str:
    """A table row that can be understood alone, `Country: Poland; Price: €3`, as far as the columns have names."""
    if not any(names):
        return " | ".join(cell for cell in cells if cell)
    named = [*names, *[""] * (len(cells) - len(names))]
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in zip(named, cells, strict=False) if cell)


def text_of(sections: Sequence[Section]) -> str:
    return "\n".join(section.text for section in sections)


def language_code(tag: str | None) -> str | None:
    """`pl-PL` → `pl`; None when this is not a language tag."""
    match = re.fullmatch(r"([A-Za-z]{2,3})([-_][A-Za-z0-9-_]{1,30})?", (tag or "").strip())
    return match[1].lower() if match else None
