"""What a conversation is at this moment, and the small steps by which a write changes it.

Each step keeps the state, the events and the effects together: who uses them cannot change one and forget another. When
a step may be taken is a rule, and stands in `conversation.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from warmline.domain.effect import Effect, EffectKind
from warmline.domain.handoff import Declined, Delivered, Handoff, HandoffStep, Offered, Owed, may_follow
from warmline.domain.ids import ConversationId, Seq, VisitorId, WorkspaceId
from warmline.domain.message import Event, EventKind, Message
from warmline.domain.owner import AGENT, CloseReason, Owner, OwnerKind
from warmline.errors import Conflict

QUIET = timedelta(hours=24)
"""After this long without a word an episode is over (DESIGN.md section 2, outcome)."""
NO_SEQ = Seq(0)


@dataclass
class ConversationState:
    """One conversation. `events` and `effects` are what the running write adds; `cancelled` names effect keys to drop.

    Invariants: one owner; `epoch` rises only when the owner changes; `seq` has no gaps; `accepted` never restarts.
    """

    id: ConversationId
    workspace: WorkspaceId
    visitor: VisitorId
    locale: str
    started_at: datetime
    last_at: datetime
    lang: str | None = None
    page_url: str | None = None
    page_title: str | None = None
    seq: Seq = NO_SEQ
    owner: Owner = AGENT
    epoch: int = 0
    episode: int = 1
    open: bool = True
    accepted: int = 0
    handoff: Handoff | None = None
    waiting_since: datetime | None = None
    last_visitor_seq: Seq = NO_SEQ
    last_question_seq: Seq = NO_SEQ
    """The last visitor's message that is not an aside: a turn is all of them after `answered_upto`."""
    answered_upto: Seq = NO_SEQ
    restarts: int = 0
    visitor_seen_at: datetime | None = None
    mailed_upto: Seq = NO_SEQ
    """Teammates' messages up to this one went out by mail, or were seen."""
    events: list[Event] = field(default_factory=list)
    effects: list[Effect] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)

    @property
    def mirrored(self) -> bool:
        """Does this chat go on with its ticket, both ways, also when it was solved?"""
        step = self.handoff.step if self.handoff else None
        return self.owner.kind is OwnerKind.HELPDESK and isinstance(step, Delivered) and step.mirrored

    @property
    def turn_open(self) -> bool:
        """Is there a question that nobody answered yet?"""
        return self.last_question_seq > self.answered_upto

    def say(self, message: Message, now: datetime) -> Event:
        """Put a message into the log without any further rule."""
        return self._note(EventKind.MESSAGE, message.data(), now)

    def _drop(self, key: str) -> None:
        """No longer owed, not even when this very write owed it: the store drops first and owes after."""
        self.effects = [effect for effect in self.effects if effect.key != key]
        self.cancelled.append(key)

    def _own(self, owner: Owner, now: datetime) -> None:
        if owner == self.owner:
            return
        self.owner = owner
        self.epoch += 1
        data: dict[str, Any] = {"owner": owner.kind.value, "name": owner.name, "epoch": self.epoch}
        if owner.id:
            data["teammate"] = owner.id
        self._note(EventKind.OWNER, data, now)

    def _close(
        self, who: str, reason: CloseReason | None, now: datetime, by: Owner | None = None, **private: Any
    ) -> None:
        self.open = False
        self.waiting_since = None
        data: dict[str, Any] = {"by": who} | private
        if reason is not None:
            data["reason"] = reason.value
        if by is not None:
            data["teammate"] = by.id
        self._drop(self.answer_effect().key)
        self._note(EventKind.CLOSED, data, now)

    def _go_on(self, by: str, now: datetime) -> None:
        """A chat that its helpdesk had ended is open again, with the same ticket and in the same episode."""
        if not self.open:
            self.open = True
            self._note(EventKind.REOPENED, {"by": by}, now)

    def _begin_episode(self, why: str, now: datetime) -> None:
        self.episode += 1
        self.handoff = None
        self.waiting_since = None
        self.restarts = 0
        self._note(EventKind.EPISODE, {"n": self.episode, "why": why}, now)

    def _was_over(self, now: datetime) -> bool:
        """Quiet for a day while the agent owned it: what comes now is a new episode. A pending one stays."""
        settled = self.handoff is None or isinstance(self.handoff.step, Declined | Offered)
        return self.owner == AGENT and settled and self.last_visitor_seq > 0 and now - self.last_at >= QUIET

    def _note(self, kind: EventKind, data: Mapping[str, Any], now: datetime) -> Event:
        self.seq = Seq(self.seq + 1)
        event = Event(self.seq, now, kind, data)
        self.events.append(event)
        self.last_at = max(self.last_at, now)
        return event

    def must_be_open(self) -> None:
        if not self.open:
            raise Conflict("This chat is closed. Start a new one.", "closed")

    def _must_be_open_or_handed_off(self) -> None:
        if not self.open and self.handoff is None:
            raise Conflict("This chat is closed. Start a new one.", "closed")

    def _must_be_theirs(self, teammate: Owner) -> None:
        if self.owner.kind is OwnerKind.TEAMMATE and self.owner.id != teammate.id:
            raise Conflict(f"{self.owner.name} took this one.", "taken")
        if self.owner.kind is not OwnerKind.TEAMMATE:
            raise Conflict("Accept the conversation first.", "not_taken")

    def _step(self, handoff: Handoff, step: HandoffStep, now: datetime, **private: Any) -> None:
        before = self.handoff.step if self.handoff is not None and self.handoff.n == handoff.n else None
        if not may_follow(before, step):
            raise RuntimeError(f"a handoff cannot go from {before} to {step}")
        self.handoff = handoff.at(step)
        data = {"n": handoff.n, "step": self.handoff.name, "reason": handoff.reason.value} | private
        if isinstance(step, Owed | Delivered):
            data["helpdesk"] = step.bound.helpdesk
        self._note(EventKind.HANDOFF, data, now)

    # Effects

    def answer_effect(self) -> Effect:
        """The one answer effect of this conversation."""
        return Effect(EffectKind.ANSWER, f"answer:{self.id}", self.id)

    def _ticket_effect(self, n: int) -> Effect:
        return self._effect(EffectKind.TICKET, n, None)

    def _effect(self, kind: EffectKind, n: int, due: datetime | None) -> Effect:
        return Effect(kind, f"{kind.value}:{self.id}-{n}", self.id, due, {"n": n})
