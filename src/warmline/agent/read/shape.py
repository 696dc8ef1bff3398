"""
A look at HTML before it is parsed.

The parser's time grows with depth times size: 1 MB of `<div>` that nobody closes takes it four minutes, inside one C
call that cannot be stopped. Unclosed formatting is worse: it is repeated in every paragraph that follows. So the tags
are counted first, as pessimistically as the parser would nest them.
"""

from __future__ import annotations

import re
from collections import Counter

from warmline.errors import Invalid

MAX_DEPTH = 512
MAX_REPEATED = 500_000
MAX_WORDS_IN_TAG = 2_000

# Only elements that can cost: those that end by themselves (p, li, td, …) and plain inline ones do not.
_FORMATTING = frozenset("a b big code em font i nobr s small strike strong tt u".split())
_BARRIERS = frozenset("table object marquee applet template select svg math button foreignobject".split())
_BLOCKS = frozenset(
    "address article aside blockquote center details dialog dir div dl fieldset figcaption figure footer form header"
    " hgroup listing main menu nav ol optgroup pre search section summary ul".split()
)
_REPEATING = _BLOCKS | _BARRIERS | frozenset("p li td th dd dt h1 h2 h3 h4 h5 h6".split())
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)([^>]*)")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")


def check_shape(html: str) -> None:
    """Raise Invalid for HTML that the parser would choke on."""
    nesting = _Nesting()
    roots = 0
    for tag in _TAG.finditer(html):
        name = tag[2].lower()
        roots += name in ("html", "body")
        if roots > 200 or (len(tag[3]) > MAX_WORDS_IN_TAG and len(_QUOTED.sub("", tag[3]).split()) > MAX_WORDS_IN_TAG):
            raise Invalid("a tag has far too many attributes", "html")
        nesting.close(name) if tag[1] else nesting.open(name)
        if nesting.depth > MAX_DEPTH or nesting.repeated > MAX_REPEATED:
            raise Invalid("the page is nested too deeply", "html")


class _Nesting:
    """How deep unclosed elements may lie. A closing tag does not reach through the table or object it stands in."""

    def __init__(self) -> None:
        self._frames: list[tuple[str, Counter[str]]] = [("", Counter())]
        self._formatting = 0
        self.depth = 0
        self.repeated = 0

    def open(self, name: str) -> None:
        if name in _REPEATING:
            self.repeated += self._formatting
        if name in _BARRIERS:
            self._frames.append((name, Counter()))
            self.depth += 1
        elif name in _FORMATTING or name in _BLOCKS:
            self._frames[-1][1][name] += 1
            self._formatting += name in _FORMATTING
            self.depth += 1

    def close(self, name: str) -> None:
        if name in _BARRIERS:
            self._close_barrier(name)
        elif self._frames[-1][1][name]:
            self._frames[-1][1][name] -= 1
            self._formatting -= name in _FORMATTING
            self.depth -= 1

    def _close_barrier(self, name: str) -> None:
        if not any(barrier == name for barrier, _ in self._frames):
            return
        barrier = ""
        while barrier != name:
            barrier, inside = self._frames.pop()
            self._formatting -= sum(inside[tag] for tag in _FORMATTING)
            self.depth -= 1 + sum(inside.values())
