"""The keyless agent: retrieve, judge, and quote the shop's own page. No language model."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from warmline.agent import language, replies
from warmline.agent import split as splitting
from warmline.agent.align import align, missing
from warmline.agent.alike import AGAIN, boundary, likeness
from warmline.agent.base import Shelf, Unit
from warmline.agent.examples import Examples, nearness
from warmline.agent.follow_up import in_context, joined_to, lacks, leans, mentions, parts
from warmline.agent.found import Found, together, without_contradiction
from warmline.agent.gate import Evidence, depth, ranked, rankings
from warmline.agent.going_on import LEAST_PAGES, GoingOn, Look
from warmline.agent.hearing import answers_us, hear, hear_alone, hear_last_question, words_to_us
from warmline.agent.index import Hit, Query, Screened
from warmline.agent.judge import FittedGate, Judge, Judgement, Verdict
from warmline.agent.models.encoders import Encoders
from warmline.agent.models.vectors import FAST
from warmline.agent.notes import Notes
from warmline.agent.quote import is_quoted
from warmline.agent.shop import Shop
from warmline.agent.small_talk import small_talk
from warmline.agent.text import clean, fold, looked_up
from warmline.agent.wish import wants_person
from warmline.agent.words import WordVectors
from warmline.domain.ids import WorkspaceId
from warmline.domain.knowledge import (
    Answered,
    Article,
    Asked,
    Chatted,
    Chunk,
    CouldNotAnswer,
    Draft,
    Exchange,
    Failed,
    Thought,
    Turn,
    WantsPerson,
)
from warmline.domain.rules import by_words, safety_of
from warmline.errors import ModelError

log = logging.getLogger(__name__)

FINISH_WITHIN = 2.0
"""Seconds that a load waits for what could also follow."""
FINISH_SOON = 0.7
"""The same where an older index stands: a turn that waits for the new one must not wait in vain for this."""
KEPT_VECTORS = 10_000
"""Of each model, under 1 kB each."""


def utc_now() -> datetime:
    return datetime.now(UTC)


class KeylessAgent:
    """Implements `agent.base.Agent`. Made instantly; `warm` (or the first use) starts the encoder process."""

    def __init__(
        self, encoders: Encoders | None = None, judge: Judge | None = None, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._clock = clock
        self._encoders = encoders or Encoders()
        self._judge: Judge = FittedGate() if judge is None else judge
        self._words = WordVectors(self._encoders)
        self._shops: dict[WorkspaceId, Shop] = {}
        self._fitting: dict[WorkspaceId, asyncio.Task[None]] = {}
        self._loading: dict[WorkspaceId, asyncio.Lock] = {}
        self._renewing: dict[WorkspaceId, list[asyncio.Task[None]]] = {}
        # Shops of one owner share pages: the same text is encoded once. A vector is a function of its text alone.
        self._lately: dict[str, dict[str, bytes]] = {}
        self._examples = Examples(self._encoders)

    @property
    def models(self) -> Sequence[str]:
        return self._encoders.models

    async def warm(self) -> None:
        """Start the encoders, read the language model, compile the rules: so that the first shopper does not wait.

        May be left out.
        """
        first = "Is anybody there today who reads this?"  # long enough that its language is looked up
        reading = (asyncio.to_thread(language.detect, first), asyncio.to_thread(wants_person, first))
        await asyncio.gather(self._encoders.warm(), asyncio.to_thread(replies.nets), *reading)

    def split(self, article: Article) -> list[Chunk]:
        return splitting.split(article)

    def units(self, chunks: Iterable[Chunk]) -> list[Unit]:
        return splitting.all_units(chunks)

    async def encode_now(self, model: str, units: Sequence[Unit]) -> list[bytes]:
        """As `encode`, ahead of all indexing; nothing of it is kept."""
        return await self._encoders.now(model, units)

    async def encode(self, model: str, units: Sequence[Unit]) -> list[bytes]:
        kept = self._lately.setdefault(model, {})
        # What is known is taken now: while the others are made, another shop may push it out.
        found = {unit.digest: kept[unit.digest] for unit in units if unit.digest in kept}
        missing = [unit for unit in units if unit.digest not in found]
        vectors = await self._encoders.encode(model, missing)
        made = {unit.digest: vector for unit, vector in zip(missing, vectors, strict=True)}
        found |= made
        kept |= made
        while len(kept) > KEPT_VECTORS:
            del kept[next(iter(kept))]
        return [found[unit.digest] for unit in units]

    def revision(self, workspace: WorkspaceId) -> int | None:
        shop = self._shops.get(workspace)
        return shop.revision if shop else None

    def renew(self, workspace: WorkspaceId, load: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        line = [task for task in self._renewing.get(workspace, ()) if not task.done()]
        if len(line) < 2:
            task = asyncio.create_task(_after(line[-1:], load), name=f"renew:{workspace}")
            task.add_done_callback(_log_failure)
            line.append(task)
        self._renewing[workspace] = line
        return line[-1]

    async def load(self, workspace: WorkspaceId, shelf: Shelf) -> None:
        """Index this shelf. The shop before answers until the new one is ready; loads of a workspace queue up.

        Vectors of its words and its head follow within moments, in a large shop or on a busy machine later: a
        shopper who waits is answered by what is there.
        """
        async with self._loading.setdefault(workspace, asyncio.Lock()):
            shop = await asyncio.to_thread(Shop, shelf, tuple(self.models))
            if before := self._fitting.pop(workspace, None):
                before.cancel()
            finishing = asyncio.create_task(self._finish(shop), name=f"finish:{workspace}")
            self._fitting[workspace] = finishing
            await asyncio.wait([finishing], timeout=FINISH_SOON if workspace in self._shops else FINISH_WITHIN)
            self._shops[workspace] = shop

    async def _finish(self, shop: Shop) -> None:
        """Words and head side by side: while another shop is learnt, the words wait for its pages."""
        words = self._words.learn(shop.vocabulary.spellings)
        head = [asyncio.to_thread(shop.fit_head)] if shop.wants_head else []
        for ended in await asyncio.gather(words, *head, return_exceptions=True):
            if isinstance(ended, Exception):  # without them the agent is only less sure
                log.warning("the words or the head of a shop could not be learnt: %s", ended)

    async def settle(self, workspace: WorkspaceId) -> None:
        """Wait for what is still being loaded and fitted in the background."""
        if line := self._renewing.get(workspace):
            await asyncio.wait(line)
        if task := self._fitting.get(workspace):
            await asyncio.wait([task])

    def forget(self, workspace: WorkspaceId) -> None:
        """Let go of a workspace's index."""
        self._shops.pop(workspace, None)
        self._loading.pop(workspace, None)
        for task in (*self._renewing.pop(workspace, ()), self._fitting.pop(workspace, None)):
            if task is not None:
                task.cancel()

    async def think(self, workspace: WorkspaceId, turn: Turn) -> Thought:
        notes = Notes()
        try:
            return await self._think(self._shops.get(workspace), turn, notes)
        except ModelError as error:
            return notes.thought(Failed(f"encoder: {error}"))
        except Exception as error:  # noqa: BLE001  a strange question must never end a conversation
            return notes.thought(Failed(repr(error)))

    def listen(self, turn: Turn) -> Thought:
        notes = Notes()
        return notes.thought(_without_knowledge(None, turn, notes) or CouldNotAnswer(0.0))

    async def close(self) -> None:
        tasks = [*itertools.chain(*self._renewing.values()), *self._fitting.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, self._examples.close(), return_exceptions=True)
        await self._encoders.close()

    async def _think(self, shop: Shop | None, turn: Turn, notes: Notes) -> Thought:
        draft = await asyncio.to_thread(_without_knowledge, shop, turn, notes)
        is_open = draft is None or isinstance(draft, CouldNotAnswer)
        if is_open:
            await self._look_at_examples(turn, notes)
        if shop is None or not shop.index.chunks:
            heard = await hear_alone(self._encoders, turn, notes) if is_open else None
            return notes.thought(heard or draft or CouldNotAnswer(0.0))
        if draft is not None:
            return notes.thought(draft)
        query, screened = await self._read(shop, notes.question, notes.lang)
        notes.clock("encode")
        if heard := hear(turn, notes, query.vectors) or await hear_last_question(self._encoders, turn, notes):
            return notes.thought(heard)
        return await self._answer(shop, turn, notes, query, screened)

    async def _answer(self, shop: Shop, turn: Turn, notes: Notes, query: Query, screened: Screened) -> Thought:
        found, _ = await asyncio.gather(
            asyncio.to_thread(self._judged, shop, turn, notes, query, screened),
            self._look_back(turn, notes, query.vectors),
        )
        notes.found(found)
        if found.judgement.verdict is Verdict.ANSWER and found.hits[0].exact:
            return notes.thought(found.draft(notes.lang), found.hits)
        if (several := await self._answer_each(shop, turn, notes, found)) is not None:
            return notes.thought(several, found.hits)
        draft = found.draft(notes.lang)
        if isinstance(draft, Answered) and not _goes_on(shop, turn):
            return notes.thought(draft, found.hits)
        leaning = await self._look_further(shop, turn, notes, found)
        draft, hits = (leaning.draft(notes.lang), leaning.hits) if leaning else (draft, found.hits)
        if isinstance(draft, Asked) and (notes.unclear or answers_us(turn)):
            draft = CouldNotAnswer(draft.confidence)  # a reply that is not understood: no choice of pages helps
        if notes.remark is not None and notes.remark.wins(draft):
            notes.read_as(notes.remark.draft.kind.value, notes.remark.sure, notes.remark.cut)
            return notes.thought(notes.remark.draft)
        return notes.thought(draft, hits)

    async def _look_at_examples(self, turn: Turn, notes: Notes) -> None:
        """The rules whose examples the message is like, after those whose phrases it holds."""
        rules = [rule for rule in turn.rules if rule.examples and rule.speaks(notes.lang)]
        if not rules or not fold(notes.question):
            return
        asked = await self._encoders.queries(notes.question)
        vectors = await self._examples.ready([text for rule in rules for text in rule.examples], asked)
        there = [rule for rule in rules if all(text in vectors for text in rule.examples)]
        if len(there) < len(rules):
            notes.trace["rules_not_ready"] = [rule.name for rule in rules if rule not in there]
        near = await asyncio.to_thread(nearness, asked, there, vectors)
        notes.trace["limits"] |= {f"rule:{rule.name}": round(each, 2) for rule, each in zip(there, near, strict=True)}
        limit = boundary(list(asked))
        notes.fire([rule for rule, each in zip(there, near, strict=True) if each >= limit], order=turn.rules)
        notes.clock("examples")

    async def _look_back(self, turn: Turn, notes: Notes, asked: Mapping[str, bytes]) -> None:
        """Is it the question again for which a person was refused?"""
        if turn.refused is None:
            return
        before = [await self._encoders.queries(looked_up(each)) for each in turn.refused.splitlines() if each.strip()]
        near = likeness(asked, {model: [vectors[model] for vectors in before] for model in asked})
        notes.trace["limits"] |= {"refused": round(near, 2)}
        notes.again = near >= AGAIN

    async def _look(self, shop: Shop, turn: Turn, notes: Notes, question: str) -> Found:
        """Search for one question and judge what is found."""
        query, screened = await self._read(shop, question, notes.lang)
        notes.clock("encode")
        return await asyncio.to_thread(self._judged, shop, turn, notes, query, screened)

    def _judged(self, shop: Shop, turn: Turn, notes: Notes, query: Query, screened: Screened) -> Found:
        evidence = self._look_up(shop, query, screened, notes)
        if evidence is None:
            return Found(query.text, (), Judgement(Verdict.HAND_OFF, 0.0, {}))
        hits, settled = without_contradiction(query.text, evidence.hits)
        judgement = self._judge.judge(replace(evidence, hits=hits), turn.cut)
        found = Found(query.text, hits, judgement, missing(query.text, hits[0], shop.vocabulary, self._words), settled)
        notes.clock("align")
        return found

    async def _read(self, shop: Shop, question: str, lang: str) -> tuple[Query, Screened]:
        """The deep encoder takes longest: meanwhile the shop is screened by what the fast one has read."""
        await self._encoders.warm()  # only a running child knows which encoders could be loaded
        deep = [model for model in self.models if model != FAST]
        reading = [asyncio.create_task(self._encoders.query(model, question)) for model in deep]
        try:
            fast, _ = await asyncio.gather(self._encoders.query(FAST, question), self._words.ask(question))
            screened = await asyncio.to_thread(shop.index.screen, Query(question, lang, {FAST: fast}))
            vectors = {FAST: fast, **dict(zip(deep, await asyncio.gather(*reading), strict=True))}
        finally:
            for task in reading:
                task.cancel()
        return Query(question, lang, vectors), screened

    def _look_up(self, shop: Shop, query: Query, screened: Screened, notes: Notes) -> Evidence | None:
        """None when all that was found is past its date."""
        now, ranking = self._clock(), shop.index.decide(screened, query)
        hits = [hit for hit in ranking if hit.chunk.valid_until is None or now < hit.chunk.valid_until]
        notes.clock("search")
        if not hits:
            return None
        hits = align(query.text, hits, shop.vocabulary, self._words)
        usable = shop.head if shop.head and query.vectors.keys() >= set(shop.head.models) else None
        head = shop.of_phrased(usable.probabilities(query.text, query.vectors)) if usable else None
        models = shop.models & query.vectors.keys()
        order = ranked(hits, head, rankings()[depth(models)])
        return Evidence(order, shop.index.articles, head, models)

    async def _answer_each(self, shop: Shop, turn: Turn, notes: Notes, whole: Found) -> Answered | None:
        """Two or three questions in one message, each from its own page; None when there is one, or no answer."""
        asked = parts(clean(turn.question))
        if len(asked) == 1:
            return None
        found = [await self._look(shop, turn, notes, looked_up(part)) for part in asked]
        answered = [each for each in found if each.judgement.verdict is Verdict.ANSWER]
        notes.trace["parts"] = [{"question": each.question, "verdict": each.judgement.verdict.value} for each in found]
        if not answered:
            return None
        pages = {each.hits[0].chunk.article for each in answered}
        one_page = whole.judgement.verdict is Verdict.ANSWER and whole.hits[0].chunk.article in pages
        left = [] if one_page else [each.question for each in found if each not in answered]
        return together([each.draft(notes.lang) for each in answered], " ".join(left) or None)

    async def _look_further(self, shop: Shop, turn: Turn, notes: Notes, alone: Found) -> Found | None:
        """What the question finds with what was said before; None where it stands on its own."""
        if turn.answered is not None and _goes_on(shop, turn):
            return await self._go_on(shop, turn, notes, alone, turn.answered)
        return await self._look_in_context(shop, turn, notes, alone.judgement.verdict)

    async def _go_on(self, shop: Shop, turn: Turn, notes: Notes, alone: Found, before: Exchange) -> Found:
        """A question after an answer: found alone, together with the one before, or on the page that was quoted."""
        asked_with = joined_to(notes.question, notes.lang, before.question, turn.history)
        joined = await self._look(shop, turn, notes, looked_up(asked_with))
        asked = GoingOn(
            notes.question,
            leans(notes.question, notes.lang),
            Look(alone.hits, alone.judgement.confidence),
            Look(joined.hits, joined.judgement.confidence),
            await self._quoted(shop, turn, notes, (*joined.hits, *alone.hits), before),
            depth(shop.models & set(self.models)),
        )
        found = await asyncio.to_thread(self._judged_going_on, shop, asked, alone, joined, turn.cut)
        if found.judgement.verdict is Verdict.ANSWER and _lacks(found.hits[0], notes):
            found = replace(found, judgement=replace(found.judgement, verdict=Verdict.ASK))
        verdict = found.judgement.verdict.value
        notes.trace["going_on"] = {"question": joined.question, "quoted": asked.quoted, "verdict": verdict}
        notes.found(found)
        return found

    def _judged_going_on(self, shop: Shop, asked: GoingOn, alone: Found, joined: Found, cut: float) -> Found:
        judgement, order = self._judge.judge_going_on(asked, cut)
        best = asked.joined.best_of_each() | asked.alone.best_of_each()
        hits = [*(best[article] for article in order), *(hit for hit in alone.hits if hit.chunk.article not in order)]
        if not hits:
            return Found(asked.question, hits, judgement)
        settled = (each.settled for each in (alone, joined))
        won = next((each for each in settled if each is not None and each.kept is hits[0]), None)
        return Found(
            asked.question, hits, judgement, missing(asked.question, hits[0], shop.vocabulary, self._words), won
        )

    async def _quoted(self, shop: Shop, turn: Turn, notes: Notes, hits: Sequence[Hit], before: Exchange) -> str | None:
        """The article that an answer quotes, by its words or by its sources; where it names none, as in a recorded
        talk, the one that is most like it."""
        if said := next((hit for hit in hits if is_quoted(hit, before.answer)), None):
            return said.chunk.article
        if of_sources := next(filter(None, map(shop.article_of, before.sources)), None):
            return of_sources
        found = await self._look(shop, turn, notes, looked_up(before.answer))
        return found.hits[0].chunk.article if found.hits else None

    async def _look_in_context(self, shop: Shop, turn: Turn, notes: Notes, alone: Verdict) -> Found | None:
        """A follow-up, asked together with what it follows: its answer, when the page speaks of all that it adds;
        choices, when the follow-up `alone` had none and the page speaks of some of it; else None."""
        asked = in_context(notes.question, notes.lang, turn.history)
        if asked is None:
            return None
        found = await self._look(shop, turn, notes, looked_up(asked))
        notes.trace["in_context"] = {"question": found.question, "verdict": found.judgement.verdict.value}
        if found.judgement.verdict is Verdict.HAND_OFF:
            return None
        before = found.question.removesuffix(notes.question)
        passage = _passage(found.hits[0])
        if found.judgement.verdict is Verdict.ASK or not mentions(passage, notes.question, before):
            if alone is not Verdict.HAND_OFF or _lacks(found.hits[0], notes, before):
                return None
            found = replace(found, judgement=replace(found.judgement, verdict=Verdict.ASK))
        notes.found(found)
        return found


async def _after(before: Collection[asyncio.Task[None]], load: Callable[[], Awaitable[None]]) -> None:
    if before:
        await asyncio.wait(before)
    await load()


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()):
        log.warning("%s failed, the next turn tries again: %r", task.get_name(), error)


def _goes_on(shop: Shop, turn: Turn) -> bool:
    """May the question be judged as one after an answer? In a tiny shop every page is near: there it was not learnt."""
    return turn.answered is not None and shop.index.articles >= LEAST_PAGES


def _passage(hit: Hit) -> str:
    return f"{hit.chunk.title} {hit.chunk.text}"


def _lacks(hit: Hit, notes: Notes, before: str = "") -> bool:
    """Does a passage in the shopper's language speak of nothing that the question adds to what was asked before?"""
    return hit.chunk.lang in {notes.lang, ""} and lacks(_passage(hit), notes.question, before)


def _without_knowledge(shop: Shop | None, turn: Turn, notes: Notes) -> Draft | None:
    """What can be said before any passage is looked for; None when it is a question."""
    notes.question = looked_up(words_to_us(turn))
    notes.lang = (
        language.settled(turn.question, turn.lang)
        if turn.lang
        else language.detect(turn.question, shop.index.langs if shop else (), turn.likely_lang)
    )
    notes.clock("read")
    draft: Draft | None = None
    if any(wants_person(message) for message in turn.question.splitlines()):
        draft = WantsPerson()
        notes.trace["rules"].append("wants_person")
        notes.fire(by_words(turn.question, notes.lang, turn.rules), safety_of(turn.question))
    elif kind := small_talk(turn.question):
        draft = Chatted(kind)
        notes.trace["rules"].append(f"small_talk:{kind}")
    else:
        notes.fire(by_words(turn.question, notes.lang, turn.rules), safety_of(turn.question))
        if not fold(notes.question) or shop is None or not shop.index.chunks:
            draft = CouldNotAnswer(0.0)
    notes.clock("rules")
    return draft
