"""Small things done to text before anything reads it: cleaning, folding, sentences."""

from __future__ import annotations

import re
import unicodedata

LONG_QUESTION = 600
"""Characters."""
_UNSAFE = re.compile("[\x00\ud800-\udfff]")
_NOT_WORD = re.compile(r"[\W_]+")
# Letters that Unicode does not decompose, among them the Polish ł.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "\u0131": "i"})

_SENTENCE_END = re.compile(r"""[.!?…]["'”’»)\]]?\s+(?=[^\sa-zà-öø-ÿąćęłńóśźż])|\n+""")
_SHORT_FORM = re.compile(
    r"(?:^|[\s(])(?:\w|mr|mrs|ms|dr|no|st|vs|etc|e\.g|i\.e|approx|incl|tel|np|tzn|tj|itd|itp|m\.in|ul|al|pl|os|nr|pkt"
    r"|godz|min|max|ok|wg|art|ust|dz|poz|zob|por|pn|wt|śr|czw|pt|sob|niedz|inc|ltd|co|z\.o\.o|sp)\.$",
    re.IGNORECASE,
)


def clean(text: str) -> str:
    """The text without NUL and lone surrogates, which C code and encoders cannot take."""
    return _UNSAFE.sub(" ", text)


def fold(text: str) -> str:
    """Lower case, no diacritics, words separated by single spaces: how texts are compared."""
    lowered = clean(text)
    if not lowered.isascii():
        apart = unicodedata.normalize("NFKD", lowered)
        lowered = "".join(c for c in apart if not unicodedata.combining(c)).casefold().translate(_LETTERS)
    lowered = lowered.lower()
    return _NOT_WORD.sub(" ", lowered).strip()


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Where each sentence (or line) begins and ends, without the white space around it."""
    spans: list[tuple[int, int]] = []
    start = 0
    for end in _SENTENCE_END.finditer(text):
        stop = end.end()
        if "\n" not in end.group() and _SHORT_FORM.search(text[max(start, end.start() - 8) : end.start() + 1]):
            continue
        _add_span(spans, text, start, stop)
        start = stop
    _add_span(spans, text, start, len(text))
    return spans


def _add_span(spans: list[tuple[int, int]], text: str, start: int, stop: int) -> None:
    piece = text[start:stop]
    lead = len(piece) - len(piece.lstrip())
    end = start + len(piece.rstrip())
    if start + lead < end:
        spans.append((start + lead, end))


def sentences(text: str) -> list[str]:
    """The sentences of a text; a line is a sentence of its own."""
    return [text[start:stop] for start, stop in sentence_spans(text)]


def looked_up(text: str) -> str:
    """The question that is looked up: of a long message the sentences that ask, and its beginning."""
    text = clean(text).strip()
    if len(text) <= LONG_QUESTION:
        return text
    asking = " ".join(sentence for sentence in sentences(text) if sentence.endswith("?"))
    return f"{asking} {text}".strip()[:LONG_QUESTION]
