"""A conversation: who may speak, which episode it is in, and how a handoff goes on.

The rules of DESIGN.md section 2. Each method checks, changes this object and notes the events and effects that one
commit must store together; nothing here waits, reads a clock or knows a database.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from warmline.domain.consent import Consent
from warmline.domain.conversation_state import ConversationState
from warmline.domain.effect import EffectKind
from warmline.domain.handoff import (
    INBOX,
    Bound,
    Declined,
    Delivered,
    Handoff,
    HandoffReason,
    NeedsEmail,
    Offered,
    Owed,
    Second,
    Stuck,
)
from warmline.domain.ids import Seq
from warmline.domain.message import SYSTEM, THE_AGENT, Author, AuthorKind, Event, EventKind, Message, Verdict
from warmline.domain.owner import AGENT, QUEUE, CloseReason, Owner, OwnerKind
from warmline.domain.scene import Scene
from warmline.domain.ticket import TicketRef
from warmline.domain.visitor import Contact
from warmline.errors import Conflict, Invalid

SAVED_AFTER = timedelta(seconds=5)
FIRST_LOOK = timedelta(seconds=30)
"""After a delivery, when no webhook rings before."""
MAX_RESTARTS = 3
"""So often a growing turn is read again; then it is answered as it stands."""


class Speak(StrEnum):
    """What an agent that has finished thinking may do."""

    NOW = "now"
    READ_AGAIN = "read_again"
    """The visitor typed again: the turn has grown and is read as a whole."""
    NEVER = "never"
    """Somebody else owns the conversation now, or it was answered already."""


class Conversation(ConversationState):
    """A conversation and what may be done with it. Whatever is not allowed raises Conflict or Invalid."""

    # What the visitor does

    def receive(self, message: Message, now: datetime) -> Event:
        """Store a visitor's message, and owe what follows: an answer of the agent, or a comment on the ticket.

        Raises Conflict.
        """
        if self.mirrored:
            self._go_on("visitor", now)
        self.must_be_open()
        if self._was_over(now):
            self._begin_episode("returned", now)
            # The offer that a yes or no would answer is gone: left an aside, it would meet silence.
            message = replace(message, aside=False)
        event = self._note(EventKind.MESSAGE, message.data(), now)
        self.last_visitor_seq = event.seq
        if not message.aside:
            self.restarts = self.restarts if self.turn_open else 0
            self.last_question_seq = event.seq
            if self.owner == AGENT:
                self.effects.append(self.answer_effect())
        if self.mirrored and self.handoff is not None:
            self._owe_follow_up(self.handoff.n)
        return event

    def accept(self, n: int | None, scene: Scene, now: datetime, read_upto: Seq | None = None) -> None:
        """Yes to the offer. Again: the same handoff. Raises Conflict when nothing is offered or `n` is an older one."""
        handoff = self._current(n)
        if handoff is None or isinstance(handoff.step, Declined):
            raise Conflict("Nothing is offered at the moment.", "nothing_offered")
        if isinstance(handoff.step, Offered):
            self.must_be_open()
            self._proceed(handoff, scene, now, read_upto)

    def decline(self, n: int | None, scene: Scene, now: datetime, read_upto: Seq | None = None) -> None:
        """No to the offer, also while an address is asked for. Raises Conflict once the handoff is owed."""
        handoff = self._current(n)
        if handoff is None:
            raise Conflict("Nothing is offered at the moment.", "nothing_offered")
        match handoff.step:
            case Declined():
                return
            case Offered() | NeedsEmail():
                self.must_be_open()
                self._step(handoff, Declined(), now)
                self.waiting_since = None
                self.say(Message(THE_AGENT, scene.words.declined, reply_to=read_upto), now)
            case _:
                raise Conflict("Your question is with the team already.", "too_late")

    def take_reply(self, said: Consent, scene: Scene, read_upto: Seq, now: datetime) -> None:
        """The turn up to there was read as a yes or no to the offer: it asks nothing, so nothing answers it.

        While the agent was reading, a button may have said the same, or the opposite: that stands.
        """
        self.answered_upto = read_upto
        self.restarts = 0
        if self.turn_open:
            self.effects.append(self.answer_effect())
        step = self.handoff.step if self.handoff else None
        if said is Consent.YES and isinstance(step, Offered):
            self.accept(None, scene, now, read_upto)
        elif said is Consent.NO and isinstance(step, Offered | NeedsEmail):
            self.decline(None, scene, now, read_upto)

    def request(
        self,
        reason: HandoffReason,
        scene: Scene,
        now: datetime,
        question: str | None = None,
        read_upto: Seq | None = None,
    ) -> None:
        """A wish for a person is consent. While a handoff is under way or delivered it is the same one.

        `read_upto` when the wish was read from a message: then this is the agent's answer to it.
        """
        handoff = self.handoff
        if handoff is not None and isinstance(handoff.step, Owed | Delivered | Stuck):
            return
        self.must_be_open()
        if self.owner != AGENT or (handoff is not None and isinstance(handoff.step, NeedsEmail)):
            return  # A person is here (reopened), or the same wish waits for an address.
        if handoff is None or isinstance(handoff.step, Declined):
            handoff = Handoff(self.accepted + 1, reason, Offered(), question)
        asked = Message(THE_AGENT, scene.words.asked, verdict=Verdict.HUMAN)
        if read_upto is None:
            self.say(asked, now)
        else:
            self.answer(asked, read_upto, now)
        self._proceed(handoff, scene, now)

    def give_email(self, contact: Contact, scene: Scene, now: datetime) -> None:
        """An address for the answer. Raises Conflict when it comes too late to change anything, or unasked."""
        handoff = self.handoff
        if handoff is None:
            raise Conflict("No address is needed at the moment.", "not_asked")
        match handoff.step:
            case NeedsEmail():
                self.must_be_open()
                self._owe(handoff, replace(scene, contact=contact), now)
            case Offered():
                pass
            case Owed(bound) | Delivered(bound) | Stuck(bound):
                if bound.contact is None or bound.contact.email.key != contact.email.key:
                    raise Conflict("The team has your question with the address given before.", "too_late")
            case Declined():
                raise Conflict("No address is needed at the moment.", "not_asked")

    def skip_email(self, scene: Scene, now: datetime) -> None:
        """Go on without an address: only where a teammate can answer in the chat. Raises Invalid, Conflict."""
        handoff = self.handoff
        if handoff is None:
            raise Conflict("No address is asked for at the moment.", "not_asked")
        match handoff.step:
            case NeedsEmail(skippable):
                self.must_be_open()
                # The merchant may have switched to another helpdesk since the form was shown.
                if not skippable or scene.helpdesk != INBOX:
                    raise Invalid("An address is needed here: the team answers by e-mail.", "email")
                self._owe(handoff, replace(scene, contact=None), now)
            case Owed(bound) | Delivered(bound) | Stuck(bound):
                if bound.contact is not None:
                    raise Conflict("The team has your question with the address given before.", "too_late")
            case _:
                raise Conflict("No address is asked for at the moment.", "not_asked")

    def helped(self, seq: int, helped: bool, now: datetime) -> None:
        """The shopper says whether an answer helped."""
        self._note(EventKind.HELPED, {"seq": seq, "helped": helped}, now)

    def identified(self, subject: str, email_verified: bool, now: datetime) -> None:
        """The shop vouches for the visitor now; for the team only."""
        self._note(EventKind.IDENTITY, {"subject": subject, "email_verified": email_verified}, now)

    # What the agent does

    def may_speak(self, epoch: int, read_upto: int) -> Speak:
        """May an agent that began at `epoch` and read up to `read_upto` store its answer?"""
        if not self.open or self.owner != AGENT or self.epoch != epoch or self.answered_upto >= read_upto:
            return Speak.NEVER
        if self.last_question_seq > read_upto and self.restarts < MAX_RESTARTS:
            return Speak.READ_AGAIN
        return Speak.NOW

    def read_again(self) -> None:
        """The turn grew while the agent was thinking."""
        self.restarts += 1
        self.effects.append(self.answer_effect())

    def answer(self, message: Message, read_upto: Seq, now: datetime) -> Event:
        """Store what the agent says to the turn up to `read_upto`; a newer message still gets its answer."""
        event = self._note(EventKind.MESSAGE, replace(message, reply_to=read_upto).data(), now)
        self.answered_upto = read_upto
        self.restarts = 0
        if self.turn_open:
            self.effects.append(self.answer_effect())
        return event

    def offer(self, reason: HandoffReason, question: str | None, now: datetime) -> None:
        """Offer a person, once: an offer that stands is not made again."""
        if self.handoff is None or isinstance(self.handoff.step, Declined):
            self._step(Handoff(self.accepted + 1, reason, Offered(), question), Offered(), now)

    def ask_besides(self, question: str) -> None:
        """This stays open, too, while an offer stands: who accepts it asks all of it."""
        if self.handoff is not None and self.handoff.undecided:
            self.handoff = self.handoff.also_for(question)

    # What happens outside

    def delivered(
        self,
        n: int,
        ticket: TicketRef,
        told: str,
        stays_open: bool,
        now: datetime,
        links: Sequence[Mapping[str, str]] = (),
    ) -> bool:
        """The helpdesk has the ticket: tell the shopper, and end the chat, in one commit. False when it was done."""
        handoff = self.handoff
        if handoff is None or handoff.n != n or not isinstance(handoff.step, Owed | Stuck):
            return False
        bound = handoff.step.bound
        self._step(handoff, Delivered(replace(bound, second=None), ticket, mirrored=stays_open), now)
        self._drop(f"saved:{self.id}-{n}")
        self._drop(f"second:{self.id}-{n}")
        self.effects.append(self._effect(EffectKind.LOOK, n, now + FIRST_LOOK))
        self.say(Message(SYSTEM, told, notice="ticket", links=tuple(links)), now)
        if self.last_visitor_seq > bound.upto:
            self._owe_follow_up(n)
        if not stays_open:
            self._close("helpdesk", None, now)
        return True

    def tell_saved(self, n: int, told: str, now: datetime) -> bool:
        """The delivery is late: say that the request is safe, once. False when there is nothing to say."""
        handoff = self.handoff
        if handoff is None or handoff.n != n or not isinstance(handoff.step, Owed | Stuck) or handoff.step.saved_told:
            return False
        self.handoff = handoff.at(replace(handoff.step, saved_told=True))
        self.say(Message(SYSTEM, told, notice="saved"), now)
        return True

    def stuck(self, n: int, why: str, now: datetime) -> None:
        """The helpdesk refused this ticket for good."""
        handoff = self.handoff
        if handoff is not None and handoff.n == n and isinstance(handoff.step, Owed):
            self._step(handoff, Stuck(handoff.step.bound, why, handoff.step.saved_told), now, why=why)

    def send_again(self, now: datetime) -> None:
        """A teammate has the stuck ticket tried once more. Raises Conflict."""
        handoff = self.handoff
        if handoff is None or not isinstance(handoff.step, Stuck):
            raise Conflict("This handoff is not stuck.", "not_stuck")
        self._step(handoff, Owed(handoff.step.bound, handoff.step.saved_told), now)
        self.effects.append(self._ticket_effect(handoff.n))

    def second_takes_over(self, scene: Scene, now: datetime) -> None:
        """The second destination has it from now on; the first can make nothing any more: its effect is dropped.

        Only when `takeover` says now. Raises RuntimeError otherwise.
        """
        handoff = self.handoff
        bound = handoff.bound if handoff else None
        if handoff is None or bound is None or bound.second is None:
            raise RuntimeError("there is no second destination")
        told = isinstance(handoff.step, Owed | Stuck) and handoff.step.saved_told
        taken = replace(bound, helpdesk=bound.second.helpdesk, second=None)
        for kind in (EffectKind.TICKET, EffectKind.SAVED, EffectKind.QUEUE_TIMEOUT, EffectKind.ALERT):
            self._drop(f"{kind.value}:{self.id}-{handoff.n}")
        self._step(handoff, Owed(taken, told), now, instead_of=bound.helpdesk)
        self._send(self.handoff or handoff, taken, scene, now)

    def queue_timed_out(self, n: int, told: str, now: datetime) -> bool:
        """Nobody accepted in time: say so, once, and stay in the queue. False when somebody did."""
        handoff = self.handoff
        if self.owner != QUEUE or not self.open or handoff is None or handoff.n != n:
            return False
        if not isinstance(handoff.step, Delivered) or handoff.step.away_told:
            return False
        self.handoff = handoff.at(replace(handoff.step, away_told=True))
        self.say(Message(SYSTEM, told, notice="away"), now)
        return True

    def returned_by_mail(self, message: Message, scene: Scene, now: datetime) -> None:
        """The shopper answers a mail, and no person has the chat: it goes to people, as their own new wish."""
        if not self.open:
            self.open = True
            self._begin_episode("reopened", now)
            self._own(AGENT, now)
        self.receive(message, now)
        self.request(HandoffReason.ASKED, scene, now)

    # What a helpdesk reports

    def written(self, message: Message, now: datetime) -> Event:
        """A word from the ticket, of the team or of the shopper, shown in the chat; a chat that had ended goes on."""
        self._go_on("helpdesk", now)
        event = self.say(message, now)
        if message.author.kind is AuthorKind.TEAMMATE:
            self.answered_upto = self.last_question_seq
            self.waiting_since = None
        else:
            self.last_visitor_seq = self.last_question_seq = event.seq
        return event

    def mailed(self, author: Author, text: str, now: datetime, **private: Any) -> Event:
        """A word that went by e-mail, outside the chat: for the team only; the chat stays as it ended."""
        data = {"author": {"kind": author.kind.value, "name": author.name}, "text": text} | private
        return self._note(EventKind.OUTSIDE, data, now)

    def solved(self, now: datetime) -> bool:
        """The helpdesk calls its ticket done: the chat ends. False when it had ended, or somebody else owns it."""
        if not self.open or not self.mirrored:
            return False
        self._close("helpdesk", None, now, solved=True)
        return True

    def follow_on(self, closed: str | None, now: datetime) -> bool:
        """The ticket takes no more words, and the shopper wrote on: a new handoff, of a new episode, follows it.

        `closed` is the helpdesk's id of the ticket, None when it is gone. False when the chat does not go on there.
        """
        handoff = self.handoff
        if handoff is None or not isinstance(handoff.step, Delivered) or not self.mirrored or not self.open:
            return False
        since = self.waiting_since or now
        self._begin_episode("followed", now)
        self.accepted = handoff.n + 1
        self.waiting_since = since
        following = Handoff(self.accepted, handoff.reason, Offered(), requested_at=since)
        bound = replace(handoff.step.bound, upto=self.seq, at=now, second=None, follows=closed)
        self._step(following, Owed(bound), now)
        self.effects.append(self._ticket_effect(following.n))
        self.effects.append(self._effect(EffectKind.SAVED, following.n, now + SAVED_AFTER))
        return True

    # What teammates do

    def take(self, teammate: Owner, joined: str, now: datetime) -> bool:
        """Accept, or take over from the agent. One winner; False when it was theirs. Raises Conflict for the second."""
        self.must_be_open()
        if self.owner == teammate or (self.owner.kind is OwnerKind.TEAMMATE and self.owner.id == teammate.id):
            return False
        if self.owner.kind is OwnerKind.TEAMMATE:
            raise Conflict(f"{self.owner.name} took this one.", "taken")
        self._bring_home(now)
        self._own(teammate, now)
        self.say(Message(SYSTEM, joined, notice="joined"), now)
        return True

    def reply(self, teammate: Owner, text: str, client_id: str | None, now: datetime) -> Event:
        """A teammate speaks to the shopper. Raises Conflict when the conversation is not theirs."""
        self.must_be_open()
        self._must_be_theirs(teammate)
        author = Author(AuthorKind.TEAMMATE, teammate.name, teammate.id)
        event = self.say(Message(author, text, client_id=client_id), now)
        self.answered_upto = self.last_question_seq
        self.waiting_since = None
        return event

    def note(self, teammate: Owner, text: str, now: datetime, client_id: str | None = None) -> Event:
        """An internal note; shoppers never see it."""
        data: dict[str, Any] = {"by": {"id": teammate.id, "name": teammate.name}, "text": text}
        return self._note(EventKind.NOTE, data | ({"client_id": client_id} if client_id else {}), now)

    def remark(self, text: str, now: datetime) -> Event:
        """A note by Warmline itself: something that the team should know, and shoppers never see."""
        return self._note(EventKind.NOTE, {"by": {"id": None, "name": "Warmline"}, "text": text}, now)

    def close(self, teammate: Owner, reason: CloseReason, now: datetime) -> bool:
        """End it. Raises Conflict when another teammate has it, or while a ticket is still owed."""
        if not self.open:
            return False
        if self.owner.kind is OwnerKind.TEAMMATE:
            self._must_be_theirs(teammate)
        if self.handoff is not None and isinstance(self.handoff.step, Owed | Stuck):
            raise Conflict("A ticket is still owed for this conversation. Accept it first.", "owed")
        if self.handoff is not None and isinstance(self.handoff.step, Delivered):
            # Closed by hand: no later word on the ticket opens it again.
            self.handoff = self.handoff.at(replace(self.handoff.step, mirrored=False))
        self._close("teammate", reason, now, by=teammate)
        return True

    def hand_back(self, teammate: Owner, told: str, now: datetime) -> None:
        """Give it back to the agent: a new episode, in which an old handoff never triggers again. Raises Conflict."""
        self.must_be_open()
        self._must_be_theirs(teammate)
        self._begin_episode("handed_back", now)
        self._own(AGENT, now)
        self.answered_upto = self.last_question_seq
        self.say(Message(SYSTEM, told, notice="handback"), now)

    def reopen(self, teammate: Owner, joined: str, now: datetime) -> None:
        """A teammate opens a closed conversation again, as theirs and as a new episode. Raises Conflict."""
        if self.open:
            raise Conflict("This conversation is open.", "open")
        self.open = True
        self._begin_episode("reopened", now)
        self._own(teammate, now)
        self.say(Message(SYSTEM, joined, notice="joined"), now)

    # How a handoff goes on

    def _current(self, n: int | None) -> Handoff | None:
        self._must_be_open_or_handed_off()
        if n is not None and (self.handoff is None or self.handoff.n != n):
            raise Conflict("That offer is an older one. Read the present state and decide again.", "stale")
        return self.handoff

    def _proceed(self, handoff: Handoff, scene: Scene, now: datetime, read_upto: Seq | None = None) -> None:
        handoff = replace(handoff, requested_at=handoff.requested_at or now)
        self.waiting_since = self.waiting_since or now
        if scene.contact is not None:
            self._owe(handoff, scene, now)
            return
        skippable = scene.helpdesk == INBOX and scene.available
        self._step(handoff, NeedsEmail(skippable), now)
        self.say(Message(THE_AGENT, scene.words.email_ask, reply_to=read_upto), now)

    def _owe(self, handoff: Handoff, scene: Scene, now: datetime) -> None:
        """The promise: destination, content and address are fixed here, in the commit of their effect."""
        self.accepted = handoff.n
        second = Second(scene.second[0], now + scene.second[1]) if scene.second else None
        bound = Bound(scene.helpdesk, self.seq, scene.contact, now, second)
        self._step(handoff, Owed(bound), now)
        self._drop(self.answer_effect().key)
        self._send(handoff, bound, scene, now)
        if second is not None:
            self.effects.append(self._effect(EffectKind.SECOND, handoff.n, second.at))

    def _send(self, handoff: Handoff, bound: Bound, scene: Scene, now: datetime) -> None:
        """On its way: into the queue, or by an effect to the helpdesk."""
        if bound.helpdesk == INBOX:
            self._queue(handoff, bound, scene, now)
        else:
            self._own(Owner(OwnerKind.HELPDESK, name=bound.helpdesk), now)
            self.effects.append(self._ticket_effect(handoff.n))
            self.effects.append(self._effect(EffectKind.SAVED, handoff.n, now + SAVED_AFTER))

    def _queue(self, handoff: Handoff, bound: Bound, scene: Scene, now: datetime) -> None:
        self._step(handoff.at(Owed(bound)), Delivered(bound), now)
        self._own(QUEUE, now)
        if scene.available:
            self.say(Message(SYSTEM, scene.words.queued, notice="queued"), now)
            self.effects.append(self._effect(EffectKind.QUEUE_TIMEOUT, handoff.n, now + scene.queue_wait))
        else:
            self.say(Message(SYSTEM, scene.words.nobody, notice=scene.words.nobody_notice), now)
        if scene.profiles and bound.contact is not None:
            self.effects.append(self._effect(EffectKind.PROFILE, handoff.n, now))
        if scene.alerts:
            due = now + scene.queue_wait if scene.available else now
            self.effects.append(self._effect(EffectKind.ALERT, handoff.n, due))

    def _bring_home(self, now: datetime) -> None:
        """What a take-over makes of the handoff that it finds: it is delivered, to a person, in the Inbox."""
        handoff = self.handoff
        if handoff is None or isinstance(handoff.step, Declined):
            handoff = Handoff(self.accepted + 1, HandoffReason.BY_TEAMMATE, Offered(), requested_at=now)
        self._drop(f"second:{self.id}-{handoff.n}")
        match handoff.step:
            case Owed(bound) | Stuck(bound):
                self._drop(self._ticket_effect(handoff.n).key)
                self._drop(f"saved:{self.id}-{handoff.n}")
                self._step(handoff, Delivered(replace(bound, helpdesk=INBOX, second=None)), now)
            case Offered() | NeedsEmail():
                self.accepted = handoff.n
                handoff = replace(handoff, requested_at=handoff.requested_at or now)
                bound = Bound(INBOX, self.seq, None, now)
                self._step(handoff, Owed(bound), now)
                self._step(handoff, Delivered(bound), now)
            case _:
                pass
        self._drop(self.answer_effect().key)

    def _owe_follow_up(self, n: int) -> None:
        """One effect for all that the shopper writes: so that it arrives in order, several words as one comment."""
        self.effects.append(self._effect(EffectKind.APPEND, n, None))

    def owe_whole_follow_up(self, n: int) -> None:
        """The ticket was found, not made: everything the shopper said is added to it, once."""
        if self.last_visitor_seq:
            self._owe_follow_up(n)
