"""Finding the marker of a follow-up in what a vendor shows of a message."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import unescape


def holds(marker: str, texts: Iterable[object]) -> bool:
    """Whether the marker stands in one of the texts as a word of its own: …-1-5 is not …-1-57."""
    word = re.compile(rf"(?<![\w-]){re.escape(marker)}(?![\w-])")
    return any(word.search(unescape(text)) for text in texts if isinstance(text, str))
