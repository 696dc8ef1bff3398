"""What the Knowledge pages show: readings under way and what they could not read, articles, a trial of a question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from warmline.domain.effect import EffectKind, EffectState, OwedEffect
from warmline.domain.ids import ArticleId, ConversationId, WorkspaceId
from warmline.domain.knowledge import Answered, Asked, Chatted, CouldNotAnswer, Failed, Replied, Thought, WantsPerson
from warmline.domain.message import AuthorKind
from warmline.errors import NotFound
from warmline.store.base import Transaction
from warmline.store.console import ArticleFilter
from warmline.store.statements import Row, loads, moment
from warmline.web.console.language import N_, Said
from warmline.web.console.reading_faults import said_of
from warmline.web.console.thread_view import Score, Source, pages_in, score_in

PAGE = 50
SHOWN_AFTER = timedelta(hours=24)
"""So long a finished reading stays on the page, for what it could not read."""
KINDS: Mapping[str, tuple[str, Said]] = {
    "site": ("globe", N_("Site")),
    "files": ("file-text", N_("File")),
    "written": ("pencil", N_("Written answer")),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A site that is being read, or was lately."""

    address: str
    running: bool
    done: int
    known: int
    read: int
    failed: int
    problems: tuple[tuple[str, Said | str], ...]
    """(page, why)"""

    @property
    def shown(self) -> str:
        """Without the scheme, as people say it."""
        return self.address.partition("://")[2].rstrip("/") or self.address


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the table."""

    id: str
    title: str
    lang: str
    url: str | None
    source: str
    kind: str
    learned_at: datetime
    excluded: bool

    @property
    def where(self) -> str:
        """The page's address without its scheme, else the file's name."""
        if self.kind == "site":
            return (self.url or self.source).partition("://")[2] or self.source
        return self.source.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Shelf:
    """One page of the table."""

    entries: tuple[Entry, ...]
    total: int
    all: int
    langs: tuple[str, ...]
    page: int
    by: ArticleFilter

    @property
    def first(self) -> int:
        return (self.page - 1) * PAGE + 1

    @property
    def last(self) -> int:
        return self.first + len(self.entries) - 1

    @property
    def has_more(self) -> bool:
        return self.last < self.total


@dataclass(frozen=True, slots=True)
class Trial:
    """What the agent would say now. `passed`: it would answer, so nobody has to be asked."""

    question: str
    passed: bool
    verdict: Said
    text: str
    sources: tuple[Source, ...]
    score: Score | None


def read_shelf(tx: Transaction, workspace: WorkspaceId, by: ArticleFilter, page: int) -> Shelf:
    rows, total = tx.article_page(workspace, by, PAGE, (page - 1) * PAGE)
    langs = tuple(tx.article_langs(workspace))
    return Shelf(tuple(entry_of(row) for row in rows), total, tx.knowledge_size(workspace)[0], langs, page, by)


def readings_of(tx: Transaction, workspace: WorkspaceId, now: datetime) -> list[Reading]:
    """Those under way, and those of the last day that could not read something."""
    found = [_reading(effect, state) for effect, state in tx.effects_of(workspace, EffectKind.LEARN, 20)
             if state is EffectState.PENDING
             or (state is not EffectState.CANCELLED and now - effect.created_at < SHOWN_AFTER)]  # fmt: skip
    return [each for each in found if each.running or each.failed]


def _reading(effect: OwedEffect, state: EffectState) -> Reading:
    data: Mapping[str, Any] = effect.data
    problems = tuple((where, said_of(why)) for where, why in data.get("problems", ()))
    return Reading(
        address=data["address"],
        running=state is EffectState.PENDING,
        done=int(data.get("done", 0)),
        known=int(data.get("known", 0)),
        read=sum(int(data.get(each, 0)) for each in ("new", "changed", "unchanged")),
        failed=int(data.get("failed", len(problems))),
        problems=problems,
    )


def entry_of(row: Row) -> Entry:
    return Entry(
        row["id"], row["title"], row["lang"], row["url"], row["address"], row["kind"],
        moment(row["learned_at"]), bool(row["excluded"]),
    )  # fmt: skip


def article_of(tx: Transaction, workspace: WorkspaceId, id: str) -> tuple[Entry, list[dict[str, Any]], tuple[str, ...]]:
    """(entry, pieces, phrasings). Raises NotFound."""
    row = tx.article_row(workspace, id)
    if row is None:
        raise NotFound("There is no such article.")
    article = tx.article(workspace, ArticleId(id))
    pieces = [{"headings": loads(each["headings"]), "text": each["text"]} for each in tx.pieces(id)]
    whole = [{"headings": list(each.headings), "text": each.text} for each in article.page.sections]
    return entry_of(row), pieces or whole, article.page.phrasings


def written_of(tx: Transaction, workspace: WorkspaceId, id: str) -> dict[str, str]:
    """A written answer as its form shows it. Raises NotFound, also for a page that nobody wrote here."""
    entry, _, phrasings = article_of(tx, workspace, id)
    if entry.kind != "written":
        raise NotFound("Only answers that were written here can be edited.")
    stored = tx.article(workspace, ArticleId(id)).page
    text = "\n\n".join(each.text for each in stored.sections)
    return {
        "title": entry.title, "text": text, "lang": entry.lang, "url": entry.url or "",
        "phrasings": "\n".join(phrasings), "id": id, "seen": stored.digest,
    }  # fmt: skip


def from_conversation(tx: Transaction, workspace: WorkspaceId, id: str) -> dict[str, str]:
    """The question that people answered, and their last words to it. Raises NotFound."""
    conversation = tx.conversation(workspace, ConversationId(id))
    question = conversation.handoff.question if conversation.handoff else None
    said = [event.data for event in tx.messages_between(conversation.id, 0, conversation.seq)]
    reply = next((each["text"] for each in reversed(said) if each["author"]["kind"] == AuthorKind.TEAMMATE), "")
    asked = question or next((each["text"] for each in said if each["author"]["kind"] == AuthorKind.VISITOR), "")
    first = asked.strip().partition("\n")[0][:300]
    lang = conversation.lang or conversation.locale.partition("-")[0]
    return {"title": first, "text": reply, "lang": lang, "phrasings": first, "url": ""}


def trial_of(question: str, thought: Thought) -> Trial:
    """The verdict in words first."""
    limits = thought.trace.get("limits", {})
    score = score_in(limits)
    passed, verdict, text = _verdict(thought)
    return Trial(question, passed, verdict, text, pages_in(thought.trace), score)


def _verdict(thought: Thought) -> tuple[bool, Said, str]:
    match thought.draft:
        case Answered(text):
            return True, N_("Pass: the assistant answers this."), text
        case Asked(choices):
            return False, N_("Not yet: the assistant would ask back."), "\n".join(each.label for each in choices)
        case CouldNotAnswer():
            return False, N_("Fail: nothing reached your limit, so a person is offered."), ""
        case WantsPerson():
            return False, N_("This asks for a person, and is passed on at once."), ""
        case Chatted() | Replied():  # without an offer there is neither yes nor no
            return True, N_("This is small talk, and is answered politely."), ""
        case Failed():
            return False, N_("The assistant could not think just now. Try again in a moment."), ""
