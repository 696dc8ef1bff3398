"""What was found for a question, and the draft that it allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from warmline.agent.index import Hit
from warmline.agent.judge import Judgement, Verdict
from warmline.agent.quote import answer_text, choices
from warmline.agent.rival import Settled, settled
from warmline.domain.knowledge import Answered, Asked, Citation, CouldNotAnswer, Draft


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """`hits` best first; none when there is nothing, or all of it is past its date. `missing` are the question's words
    that the best hit says nothing about, `settled` the contradiction that it won."""

    question: str
    hits: Sequence[Hit]
    judgement: Judgement
    missing: Sequence[str] = ()
    settled: Settled | None = None

    def draft(self, lang: str) -> Draft:
        match self.judgement.verdict:
            case Verdict.ANSWER:
                page, text = self.hits[0].chunk, answer_text(self.hits[0], lang)
                return Answered(text, (Citation(page.title, page.url),), self.judgement.confidence)
            case Verdict.ASK if offered := choices(self.hits):
                return Asked(offered, self.judgement.confidence)
            case _:
                return CouldNotAnswer(self.judgement.confidence)


def together(drafts: Sequence[Draft], rest: str | None) -> Answered | None:
    """Several answers as one, each said once. `rest` is the part of the question that stays open."""
    answers = [draft for draft in drafts if isinstance(draft, Answered)]
    if not answers:
        return None
    texts = dict.fromkeys(each.text for each in answers)
    citations = dict.fromkeys(citation for each in answers for citation in each.citations)
    return Answered("\n\n".join(texts), tuple(citations), min(each.confidence for each in answers), rest)


def without_contradiction(question: str, hits: Sequence[Hit]) -> tuple[Sequence[Hit], Settled | None]:
    """The better of two passages that contradict one another first, and what was settled.

    What a newer page has replaced is no rival any more, so it does not make the agent less sure.
    """
    found = settled(question, hits)
    if found is None:
        return hits, None
    gone = found.over.chunk.article if found.why == "newer" else None
    return [found.kept, *(hit for hit in hits if hit is not found.kept and hit.chunk.article != gone)], found
