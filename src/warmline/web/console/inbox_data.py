"""What the Inbox's page shows: the tabs with their counts, the list, one conversation, and what may be done with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, Literal

from warmline.actions.read_receipt import receipt_url_of
from warmline.domain.conversation import Conversation
from warmline.domain.handoff import INBOX, HandoffReason, Second
from warmline.domain.ids import ConversationId
from warmline.domain.model import dollars
from warmline.domain.needs import Need
from warmline.domain.owner import OwnerKind
from warmline.errors import NotFound
from warmline.store.base import Transaction
from warmline.web.console.language import N_, Said
from warmline.web.console.session import Staff
from warmline.web.console.thread_view import Line, Score, lines_of, score_of
from warmline.web.door import Door
from warmline.web.inbox_view import place_after, place_in, rows_of, whole_of
from warmline.web.shapes import Row, Whole

Tab = Literal["waiting", "mine", "open", "closed", "assistant"]
TABS: tuple[tuple[Tab, Said], ...] = (
    ("waiting", N_("Waiting")),
    ("mine", N_("Mine")),
    ("open", N_("All open")),
    ("closed", N_("Closed")),
)
TITLES: Mapping[str, Said] = {**dict(TABS), "assistant": N_("With the assistant")}
PAGE = 50
RECENT = timedelta(minutes=15)
"""A chat of the agent counts as going on for so long after its last word."""

REASONS: Mapping[str, tuple[str, Said]] = {
    "no_answer": ("circle-dashed", N_("No reliable answer")),
    "asked": ("hand", N_("Asked for a person")),
    "rule": ("list-checks", N_("A rule of yours")),
    "frustration": ("flame", N_("Anger")),
    "unhelpful": ("repeat-2", N_("Unhelpful answers")),
    "agent_failure": ("unplug", N_("Assistant failed")),
    "agent_off": ("circle-minus", N_("Assistant is off")),
    "by_teammate": ("user-round-plus", N_("Taken over by the team")),
    "api": ("code", N_("Asked for by a program")),
    "test": ("send", N_("Test handoff")),
}
"""Why a handoff happened: always an icon and a word."""
CLOSE_REASONS: Mapping[str, Said] = {
    "answered": N_("Answered"),
    "not_needed": N_("No answer needed"),
    "could_not_help": N_("Could not help"),
    "spam": N_("Spam"),
}
HELPDESKS = {"zendesk": "Zendesk", "gorgias": "Gorgias", "email": "E-mail", "webhook": "Webhook", INBOX: "Inbox"}

Foot = Literal["waiting", "mine", "theirs", "agent", "helpdesk", "owed", "stuck", "closed", "elsewhere"]


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the list."""

    row: Row
    name: str | None
    group: str
    """waiting, mine, agent, helpdesk, closed, or the name of the teammate who has it."""
    selected: bool

    @property
    def since(self) -> datetime | None:
        text = self.row["waiting_since"]
        return datetime.fromisoformat(text) if text else None

    @property
    def last_at(self) -> datetime:
        return datetime.fromisoformat(self.row["last_at"])


@dataclass(frozen=True, slots=True)
class Listed:
    """One tab."""

    tab: Tab
    items: tuple[Item, ...]
    next: str | None
    counts: Mapping[str, int]

    def groups(self) -> list[tuple[str, list[Item]]]:
        """Neighbours of one group together; they stand in its order already."""
        return [(group, list(items)) for group, items in groupby(self.items, key=lambda item: item.group)]


@dataclass(frozen=True, slots=True)
class Opened:
    """One conversation, with its thread and what the reader may do with it."""

    whole: Whole
    lines: tuple[Line, ...]
    score: Score | None
    foot: Foot
    item: Item
    state: str
    """Changes when the foot of the page must: what is typed there survives everything else."""
    by_mail: bool
    earlier: int
    earlier_at: datetime | None
    calls: int
    cost: str
    """Of a language model, in US dollars."""
    question: str
    last_reply: str
    receipt: str | None
    """What the shopper may read of it: the page behind their link."""
    second: Second | None
    """Who takes the handoff over when its destination does not take it in time."""
    need: Need | None

    @property
    def id(self) -> str:
        return self.whole["conversation"]["id"]


def read_list(door: Door, tx: Transaction, who: Staff, tab: Tab, before: str | None, selected: str | None) -> Listed:
    """Raises Invalid for a place that no page named."""
    workspace, me = who.workspace.id, who.teammate.id
    recent = door.app.clock() - RECENT
    found = tx.tab(workspace, tab, me, recent, PAGE + 1, place_in(before) if before else None)
    shown = found[:PAGE]
    items = [item_of(row, me, selected) for row in rows_of(door, tx, shown)]
    counts = tx.tab_counts(workspace, me, recent)
    return Listed(tab, tuple(_grouped(items)), place_after(shown[-1]) if len(found) > PAGE else None, counts)


def read_one(door: Door, tx: Transaction, who: Staff, id: str) -> Opened:
    """Raises NotFound, also for another shop's."""
    conversation = tx.conversation(who.workspace.id, ConversationId(id))
    whole = whole_of(door, tx, conversation)
    foot = foot_of(conversation, who.teammate.id)
    earlier, earlier_at = tx.earlier_of(who.workspace.id, conversation.visitor, conversation.id)
    calls, spent = tx.spent_on(conversation.id)
    lines = tuple(lines_of(tx, whole, who.workspace.timezone, who.teammate.id))
    return Opened(
        whole=whole,
        lines=lines,
        score=score_of(whole["handoff"]),
        foot=foot,
        item=item_of(whole["conversation"], who.teammate.id, id),
        state=f"{foot}-{conversation.epoch}-{conversation.episode}",
        by_mail=door.app.mail is not None and whole["conversation"]["visitor"]["email"] is not None,
        earlier=earlier,
        earlier_at=earlier_at,
        calls=calls,
        cost=dollars(spent.micros),
        question=_question(whole),
        last_reply=_last_reply(lines),
        receipt=_receipt(door, tx, conversation),
        second=_second(conversation),
        need=next((need for need in who.needs_list if need.conversation == conversation.id), None),
    )


def _receipt(door: Door, tx: Transaction, conversation: Conversation) -> str | None:
    handoff = conversation.handoff
    passed = tx.passed_on(conversation.id, handoff.n) if handoff is not None and handoff.bound is not None else None
    if handoff is None or passed is None or not passed.arrived or handoff.reason is HandoffReason.TEST:
        return None
    return receipt_url_of(door.app, conversation, handoff.n, passed.arrived)


def _second(conversation: Conversation) -> Second | None:
    """Until it arrived."""
    handoff = conversation.handoff
    return handoff.bound.second if handoff is not None and handoff.bound and handoff.name in {"owed", "stuck"} else None


def foot_of(conversation: Conversation, me: str) -> Foot:
    """What stands where the composer stands."""
    handoff, owner = conversation.handoff, conversation.owner
    bound = handoff.bound if handoff else None
    if not conversation.open:
        return "elsewhere" if bound is not None and bound.helpdesk != INBOX else "closed"
    match owner.kind:
        case OwnerKind.QUEUE:
            return "waiting"
        case OwnerKind.TEAMMATE:
            return "mine" if owner.id == me else "theirs"
        case OwnerKind.HELPDESK if handoff is not None and handoff.name in {"owed", "stuck"}:
            return "stuck" if handoff.name == "stuck" else "owed"
        case OwnerKind.HELPDESK:
            return "helpdesk"
        case _:
            return "agent"


def item_of(row: Row, me: str, selected: str | None) -> Item:
    visitor = row["visitor"]
    name = visitor["name"] or visitor["email"]
    return Item(row, name, _group(row, me), row["id"] == selected)


def owner_name(tx: Transaction, who: Staff, id: str) -> str | None:
    """Who has it now, when that is another teammate."""
    try:
        owner = tx.conversation(who.workspace.id, ConversationId(id)).owner
    except NotFound:
        return None
    return owner.name if owner.kind is OwnerKind.TEAMMATE and owner.id != who.teammate.id else None


def helpdesk_title(name: str | None) -> str:
    return HELPDESKS.get(name or "", name or "")


def _group(row: Row, me: str) -> str:
    owner = row["owner"]
    if not row["open"]:
        return "closed"
    if owner["kind"] is OwnerKind.QUEUE or row["step"] in {"owed", "stuck"}:
        return "waiting"
    if owner["kind"] is OwnerKind.TEAMMATE:
        return "mine" if owner["id"] == me else owner["name"] or ""
    return "helpdesk" if owner["kind"] is OwnerKind.HELPDESK else "agent"


def _grouped(items: Sequence[Item]) -> list[Item]:
    """Waiting first, then one's own, then the others', in the order in which they came."""
    order = {"waiting": 0, "mine": 1, "helpdesk": 3, "agent": 4, "closed": 5}
    return sorted(items, key=lambda item: (order.get(item.group, 2), item.group if item.group not in order else ""))


def _question(whole: Whole) -> str:
    card = whole["handoff"]
    return (card["question"] if card else None) or whole["conversation"]["first_line"]


def _last_reply(lines: Sequence[Line]) -> str:
    said: Any = next((each for each in reversed(lines) if each.kind == "message" and each.who == "teammate"), None)
    return said.text if said else ""
