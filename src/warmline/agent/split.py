"""Article → chunks of about 80-120 words under one heading path → the texts that get vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

from warmline.agent.base import Unit
from warmline.agent.text import clean, sentence_spans
from warmline.domain.ids import ArticleId, ChunkId
from warmline.domain.knowledge import Article, Chunk, Section

ENOUGH_WORDS = 80
MOST_WORDS = 120
MOST_CHARACTERS = 1_600
"""A text without spaces (or in Chinese) has few words and no end; the encoders read about this much."""


def split(article: Article) -> list[Chunk]:
    """The article's chunks, in order. A page without text is one empty chunk when it has a title or phrasings."""
    page = article.page
    pieces = [(section.headings, text) for section in page.sections for text in _pieces(section)]
    if not pieces and (page.title or page.phrasings):
        pieces = [((), "")]
    return [
        Chunk(
            id=_chunk_id(article.id, ordinal, text),
            article=article.id,
            ordinal=ordinal,
            title=page.title,
            headings=headings,
            text=text,
            lang=page.lang,
            url=page.url,
            phrasings=page.phrasings if ordinal == 0 else (),
            learned_at=article.learned_at,
            valid_until=page.valid_until,
        )
        for ordinal, (headings, text) in enumerate(pieces)
    ]


def units(chunk: Chunk) -> list[Unit]:
    """The whole text, the title, then each phrasing, or each sentence where there are no phrasings."""
    return [full_unit(chunk), title_unit(chunk), *part_units(chunk)]


def full_unit(chunk: Chunk) -> Unit:
    return Unit("passage", f"{heading_path(chunk)}\n{chunk.text}".strip())


def title_unit(chunk: Chunk) -> Unit:
    return Unit("passage", heading_path(chunk))


def part_units(chunk: Chunk) -> list[Unit]:
    if chunk.phrasings:
        return [Unit("query", phrasing) for phrasing in chunk.phrasings]
    return [Unit("passage", chunk.text[start:stop]) for start, stop in sentence_spans(chunk.text)]


def heading_path(chunk: Chunk) -> str:
    """The title and the headings under it, such as `Returns › Refunds`; a heading like the title is left out."""
    path = [chunk.title, *(heading for heading in chunk.headings if heading != chunk.title)]
    return " › ".join(part for part in path if part)


def all_units(chunks: Iterable[Chunk]) -> list[Unit]:
    """The units of these chunks, without doubles and empty texts."""
    found = {unit.digest: unit for chunk in chunks for unit in units(chunk) if unit.text}
    return list(found.values())


def _pieces(section: Section) -> Iterator[str]:
    """Runs of whole sentences with enough words; a small rest joins the run before it."""
    text = clean(section.text).strip()
    runs: list[tuple[int, int]] = []
    words = 0
    for start, stop in _bounded_spans(text):
        size = len(text[start:stop].split())
        if runs and _fits(text, runs[-1][0], stop, words, size):
            runs[-1] = (runs[-1][0], stop)
            words += size
        else:
            runs.append((start, stop))
            words = size
    return (text[start:stop] for start, stop in runs)


def _fits(text: str, start: int, stop: int, words: int, more: int) -> bool:
    if stop - start > MOST_CHARACTERS or words + more > MOST_WORDS:
        return False
    if words < ENOUGH_WORDS:
        return True
    # What is left of the section is little: it belongs to this chunk rather than to one of its own.
    return len(text) - start <= MOST_CHARACTERS and len(text[start:].split()) <= MOST_WORDS


def _bounded_spans(text: str) -> Iterator[tuple[int, int]]:
    """Sentence spans; one without an end (no punctuation for pages on end) is cut between words."""
    for start, stop in sentence_spans(text):
        while stop - start > MOST_CHARACTERS or len(text[start:stop].split()) > MOST_WORDS:
            middle = _cut_between_words(text, start, stop)
            yield start, middle
            start = middle + len(text[middle:stop]) - len(text[middle:stop].lstrip())
        if start < stop:
            yield start, stop


def _cut_between_words(text: str, start: int, stop: int) -> int:
    words = text[start : min(stop, start + MOST_CHARACTERS)].split()[:MOST_WORDS]
    end = start
    for word in words:
        end = text.index(word, end) + len(word)
    if end - start < MOST_CHARACTERS or len(words) < 2:
        return end
    return text.rindex(words[-1], start, end)


def _chunk_id(article: ArticleId, ordinal: int, text: str) -> ChunkId:
    digest = hashlib.sha256(f"{article}\x1f{ordinal}\x1f{text}".encode("utf-8", "surrogatepass")).hexdigest()
    return ChunkId(f"chk_{digest[:32]}")
