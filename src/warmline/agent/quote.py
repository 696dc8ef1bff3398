"""The words of an answer without a model: whole sentences of the shop's own page, and where they stand."""

from __future__ import annotations

from collections.abc import Sequence

from warmline.agent.index import Hit
from warmline.agent.split import heading_path
from warmline.agent.text import fold, sentence_spans
from warmline.domain.knowledge import Answered, Choice, Chunk

MOST_SENTENCES = 4
MOST_CHARACTERS = 600
MOST_CHOICES = 3
FAR_BEHIND = 3.0
TELLING = 20
"""A sentence of fewer characters may stand on any page."""

_FRAMES = {
    "en": ("From “{title}”: {quote}", "From our help pages: {quote}"),
    "pl": ("Ze strony „{title}”: {quote}", "Z naszych stron pomocy: {quote}"),
}


def answer_text(hit: Hit, lang: str) -> str:
    """The best sentences of the passage, as a quotation in the shopper's language."""
    titled, untitled = _FRAMES.get(lang, _FRAMES["en"])
    quote = best_sentences(hit)
    return titled.format(title=hit.chunk.title, quote=quote) if hit.chunk.title else untitled.format(quote=quote)


def best_sentences(hit: Hit) -> str:
    """Up to four neighbouring sentences around the best one, never a part of one.

    Where the chunk was found by a phrasing, no sentence is known to be best: the quotation begins at the beginning.
    """
    text = hit.chunk.text
    spans = sentence_spans(text)
    first = last = 0 if hit.chunk.phrasings else min(hit.part, len(spans) - 1)
    while last - first + 1 < MOST_SENTENCES:
        if last + 1 < len(spans) and spans[last + 1][1] - spans[first][0] <= MOST_CHARACTERS:
            last += 1
        elif first > 0 and spans[last][1] - spans[first - 1][0] <= MOST_CHARACTERS:
            first -= 1
        else:
            break
    return text[spans[first][0] : spans[last][1]]


def is_quoted(hit: Hit, answer: str) -> bool:
    """Does the answer hold a sentence of this passage, word for word?"""
    spans = sentence_spans(hit.chunk.text)
    return any(stop - start >= TELLING and hit.chunk.text[start:stop] in answer for start, stop in spans)


def links(draft: Answered, hits: Sequence[Hit]) -> list[dict[str, str | None]]:
    """For each sentence of the answer the passage that it was taken from, as far as it was taken from one of these."""
    found: list[dict[str, str | None]] = []
    for hit in hits:
        for start, stop in sentence_spans(hit.chunk.text):
            sentence = hit.chunk.text[start:stop]
            if sentence in draft.text and all(each["sentence"] != sentence for each in found):
                found.append({"sentence": sentence, "chunk": hit.chunk.id, "url": hit.chunk.url})
    return found


def choices(hits: Sequence[Hit]) -> tuple[Choice, ...]:
    """Up to three different things that these passages are about; asking one's `question` is answered from it.

    What is far behind the best is no choice but noise, and a page in another language is most likely its translation.
    """
    found: dict[str, Choice] = {}
    for hit in hits:
        choice = _choice(hit.chunk)
        near = hit.score >= hits[0].score - FAR_BEHIND and hit.chunk.lang == hits[0].chunk.lang
        if choice and hit.chunk.text and near:
            found.setdefault(fold(choice.label), choice)
    return tuple(found.values())[:MOST_CHOICES]


def choices_of(chunks: Sequence[Chunk]) -> tuple[Choice, ...]:
    """Up to three choices of these chunks, in their order; their words are the shop's own."""
    found: dict[str, Choice] = {}
    for chunk in chunks:
        if choice := _choice(chunk):
            found.setdefault(fold(choice.label), choice)
    return tuple(found.values())[:MOST_CHOICES]


def _choice(chunk: Chunk) -> Choice | None:
    if path := heading_path(chunk):
        return Choice(label=path, question=path, article=chunk.article)
    if chunk.phrasings:
        return Choice(label=chunk.phrasings[0], question=chunk.phrasings[0], article=chunk.article)
    return None
