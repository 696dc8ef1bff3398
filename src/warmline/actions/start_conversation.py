"""A new conversation, made at the visitor's first message, with greeting and disclosure as its first events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from warmline.actions.app import App
from warmline.domain.conversation import Conversation
from warmline.domain.ids import ConversationId, SiteKey, fresh
from warmline.domain.message import SYSTEM, Message
from warmline.domain.visitor import Identity, Visitor
from warmline.domain.wording import in_language, say
from warmline.domain.workspace import Workspace
from warmline.errors import TooMany
from warmline.store.base import Transaction

_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Start:
    """What the widget says of the page and the person."""

    site: SiteKey
    locale: str | None = None
    page_url: str | None = None
    page_title: str | None = None
    network: str = ""


@dataclass(frozen=True, slots=True)
class Started:
    """The new conversation; `token` is shown once."""

    conversation: Conversation
    visitor: Visitor
    workspace: Workspace
    token: str


async def start_conversation(app: App, start: Start, identity: Identity | None, visitor: Visitor | None) -> Started:
    """`visitor` is who an earlier token spoke for; of another workspace they count as new. May raise TooMany."""
    return await app.store.write(lambda tx: _start(tx, app, start, identity, visitor))


def greeting_of(workspace: Workspace, lang: str) -> tuple[str, str]:
    """(greeting, disclosure) in this language. The disclosure promises a person only where one is offered."""
    greeting = workspace.greeting.get(lang) or say("greeting", lang)
    return greeting, say("disclosure" if workspace.sees_person else "disclosure.custom", lang)


def _start(tx: Transaction, app: App, start: Start, identity: Identity | None, known: Visitor | None) -> Started:
    now = app.clock()
    workspace = tx.workspace_of_site(start.site)
    network = tx.vault.mark(start.network)
    _must_not_flood(tx, workspace, network, app)
    visitor = known if known is not None and known.workspace == workspace.id else None
    if visitor is None:
        visitor = tx.add_visitor(workspace.id, identity, network, now)
    elif identity is not None:
        tx.identify(visitor.id, identity)
    locale = start.locale or workspace.locale
    conversation = Conversation(
        id=ConversationId(fresh("cnv")),
        workspace=workspace.id,
        visitor=visitor.id,
        locale=locale,
        started_at=now,
        last_at=now,
        page_url=start.page_url,
        page_title=start.page_title,
    )
    greeting, disclosure = greeting_of(workspace, in_language(locale))
    conversation.say(Message(SYSTEM, greeting, notice="greeting"), now)
    conversation.say(Message(SYSTEM, disclosure, notice="disclosure"), now)
    tx.add_conversation(conversation, network)
    return Started(conversation, tx.visitor(visitor.id), workspace, tx.give_token(visitor, now))


def _must_not_flood(tx: Transaction, workspace: Workspace, network: str, app: App) -> None:
    most = workspace.limits.conversations_per_network_hour
    if most and tx.conversations_begun(workspace.id, network, app.clock() - _HOUR) >= most:
        raise TooMany("Too many new chats from this network. Try again later.", int(_HOUR.total_seconds()))
