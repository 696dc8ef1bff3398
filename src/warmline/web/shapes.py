"""The JSON that both APIs answer with: mypy holds the code to it, and the served schema is made of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, WithJsonSchema
from typing_extensions import TypedDict  # pydantic reads this one on Python 3.11

from warmline.domain.message import AuthorKind
from warmline.domain.owner import OwnerKind

STEPS = ["offered", "needs_email", "owed", "delivered", "stuck", "declined"]
Step = Annotated[str, WithJsonSchema({"type": "string", "enum": STEPS})]
When = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Reply = Literal["chat", "email", "message"]


class Problem(TypedDict):
    """An error (RFC 9457). `field` names what to mend, `code` what is true now, `error` stands in our log."""

    type: str
    title: str
    status: int
    detail: NotRequired[str]
    field: NotRequired[str]
    code: NotRequired[str]
    error: NotRequired[str]


# What a shopper's page may know (DESIGN.md section 5)


class TicketShown(TypedDict):
    helpdesk: str
    reference: str


class State(TypedDict):
    """How a conversation stands, and the latest handoff of this episode."""

    owner: OwnerKind
    step: Step | None
    handoff: int | None
    reply: Reply
    live: bool
    open: bool
    skip: NotRequired[bool]
    teammate: NotRequired[str | None]
    email: NotRequired[str]
    ticket: NotRequired[TicketShown]


class StateAnswer(TypedDict):
    state: State


class EmailAnswer(TypedDict):
    """The address as it was understood. With a suggestion nothing has gone on yet."""

    state: State
    email: str | None
    suggestion: NotRequired[str]


class TokenAnswer(TypedDict):
    token: str


class MessageAnswer(TypedDict):
    seq: int
    client_id: str


class ConversationRef(TypedDict):
    id: str


class Opened(TypedDict):
    """A conversation and the token to go on with."""

    conversation: ConversationRef
    state: State
    token: str
    cursor: int


class Begun(Opened):
    greeting: str
    disclosure: str


class Site(TypedDict):
    """What the panel draws before a conversation exists."""

    name: str
    locale: str
    person: bool
    reply: Reply
    live: bool
    greeting: str
    disclosure: str
    starters: list[str]
    open: bool
    privacy_url: NotRequired[str]
    next_opening: NotRequired[When]


class AuthorShown(TypedDict):
    kind: AuthorKind
    name: str | None


class MessageEvent(TypedDict):
    seq: int
    at: When
    kind: Literal["message"]
    author: AuthorShown
    text: str
    sources: NotRequired[list[dict[str, str | None]]]
    links: NotRequired[list[dict[str, str]]]
    choices: NotRequired[list[dict[str, str]]]
    reply_to: NotRequired[int]
    client_id: NotRequired[str]
    notice: NotRequired[str]


class HandoffEvent(TypedDict):
    seq: int
    at: When
    kind: Literal["handoff"]
    n: int
    step: Step


class OwnerEvent(TypedDict):
    seq: int
    at: When
    kind: Literal["owner"]
    owner: OwnerKind
    name: NotRequired[str]


class ClosedEvent(TypedDict):
    seq: int
    at: When
    kind: Literal["closed"]
    by: Literal["teammate", "helpdesk", "visitor", "time"]


class Window(TypedDict):
    """Public events after a cursor and the state that goes with them. `prev` is the last public seq before them."""

    events: list[MessageEvent | HandoffEvent | OwnerEvent | ClosedEvent]
    cursor: int
    prev: int
    more: bool
    state: State


# What the team may know


class TeammateShown(TypedDict):
    id: str
    name: str
    email: str
    role: Literal["owner", "admin", "manager", "support", "analyst"]
    available_until: When | None


class WorkspaceShown(TypedDict):
    id: str
    name: str
    site: str
    locale: str
    timezone: str


class Me(TypedDict):
    """Who this key speaks for, and what it may do."""

    teammate: TeammateShown
    scopes: list[str]
    workspace: WorkspaceShown


class PresenceAnswer(TypedDict):
    status: Literal["available", "away"]
    available_until: When | None


class OwnerShown(TypedDict):
    kind: OwnerKind
    id: str | None
    name: str | None


class VisitorShown(TypedDict):
    """`proof` says how far the address is proven: signed, verified, or only typed."""

    id: str
    name: str | None
    email: str | None
    proof: Literal["signed", "verified", "typed"] | None
    present: bool


class Row(TypedDict):
    """A conversation as a line of the Inbox."""

    id: str
    visitor: VisitorShown
    first_line: str
    owner: OwnerShown
    open: bool
    step: Step | None
    reason: str | None
    waiting_since: When | None
    lang: str | None
    episode: int
    seq: int
    started_at: When
    last_at: When


class Rows(TypedDict):
    """One page; `next` goes into `before` for the one after it."""

    conversations: list[Row]
    next: str | None


class PassageShown(TypedDict):
    title: str
    url: str | None


class Best(TypedDict):
    """What the agent found and did not rely on, and the limits it was held against."""

    title: str
    url: str | None
    score: float
    passages: list[PassageShown]
    limits: dict[str, Any]
    missing: list[str]
    """Words of the question that the best page says nothing about."""


class Tried(TypedDict):
    """One try to reach something outside, such as a helpdesk."""

    kind: str
    n: int
    started_at: When
    ended_at: When | None
    result: str | None


class ProfileShown(TypedDict):
    """`known` False: the CRM could not be asked."""

    id: str | None
    known: bool


class TicketOfTeam(TypedDict):
    id: str
    url: str | None
    reference: str | None


class Card(TypedDict):
    """Why it was handed over, and what is known."""

    n: int
    step: Step
    reason: str
    question: str | None
    requested_at: When | None
    helpdesk: str | None
    why: str | None
    ticket: TicketOfTeam | None
    best: Best | None
    tried: list[Tried]
    email: str | None
    proof: Literal["signed", "verified", "typed"] | None
    profile: ProfileShown


class PageShown(TypedDict):
    url: str | None
    title: str | None


class TeamEvent(TypedDict):
    """A line of the whole log: the keys of the public view and the private ones of its kind."""

    __pydantic_config__ = ConfigDict(extra="allow")  # type: ignore[misc]  # pydantic's way to keep the other keys

    seq: int
    at: When
    kind: Literal[
        "message", "handoff", "owner", "closed", "note", "helped", "episode", "identity", "outside", "reopened"
    ]


class Whole(TypedDict):
    """A conversation with all that the team may know of it."""

    conversation: Row
    handoff: Card | None
    page: PageShown
    events: list[TeamEvent]
    cursor: int


class TeamWindow(TypedDict):
    events: list[TeamEvent]
    cursor: int
    more: bool
    conversation: Row


class Changed(TypedDict):
    conversation: Row


class Said(TypedDict):
    seq: int
    conversation: Row


class Trace(TypedDict):
    """How an answer came about."""

    seq: int
    at: When
    question: str
    lang: str
    decision: str
    confidence: float | None
    trace: dict[str, Any]


class Counts(TypedDict):
    waiting: int
    open: int
    stuck: int
    owed: int
    needs_person: int


class NeedRow(TypedDict):
    """Something that does not go on by itself.

    `kind`: refused, unknown, paused, late, follow_up, mail, receipt, doubled.
    """

    id: str
    kind: str
    conversation: str
    helpdesk: str | None
    since: str
    why: str
    tries: int
    may_exist: bool
    """A try is open: it may already be there, so it is looked up before anything else."""


class NeedRows(TypedDict):
    needs: list[NeedRow]


class Mended(TypedDict):
    conversation: str


# Knowledge and reports


class CaseRow(TypedDict):
    """A saved case. `page` is null where nothing answers it; `result`: right, asked, missed, wrong, gone, or null
    before the first run; `broke`: it passed in the run before."""

    id: str
    question: str
    page: str | None
    result: str | None
    passes: bool | None
    broke: bool
    ran_at: When | None
    conversation: str | None


class CaseRows(TypedDict):
    cases: list[CaseRow]


class ArticleRow(TypedDict):
    id: str
    title: str
    lang: str
    url: str | None
    source: str
    source_kind: Literal["site", "files", "written"]
    learned_at: When
    excluded: bool


class Articles(TypedDict):
    articles: list[ArticleRow]
    total: int


class SectionShown(TypedDict):
    headings: list[str]
    text: str


class ArticleWhole(ArticleRow):
    sections: list[SectionShown]
    phrasings: list[str]


class Learned(TypedDict):
    id: str
