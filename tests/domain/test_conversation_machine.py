"""
Lives of a conversation, at random: shopper, agent, teammates, helpdesks, merchant and clock, also late, twice and out
of turn. After each step the whole contract of DESIGN.md section 2 must hold (THREATS S1: G3, G5, G8, G15).

The machine keeps its own books from the log alone, as an auditor would, and never asks the conversation what it thinks.
More lives: WARMLINE_LIVES=20000.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from tests.fixtures.conversations import ANNA, JAN, MARTA, NOW, OTHER, a_conversation, a_scene, answered, said
from warmline.domain.conversation import Conversation, Speak
from warmline.domain.handoff import HandoffReason, NeedsEmail, Offered
from warmline.domain.ids import Seq
from warmline.domain.message import VISITOR, Author, AuthorKind, Event, EventKind, Message, Verdict
from warmline.domain.outcome import Episode, recount
from warmline.domain.owner import AGENT, QUEUE, CloseReason, Owner, OwnerKind
from warmline.domain.scene import Scene
from warmline.domain.ticket import TicketRef
from warmline.domain.visitor import Contact
from warmline.errors import Conflict, Invalid

INBOX, ZENDESK, GORGIAS, CUSTOM = "inbox", "zendesk", "gorgias", "custom"

FOLLOWS: dict[str | None, set[str]] = {
    None: {"offered", "needs_email", "owed"},
    "offered": {"needs_email", "owed", "declined"},
    "needs_email": {"owed", "declined"},
    "owed": {"delivered", "stuck"},
    "stuck": {"owed", "delivered"},
    "delivered": set(),
    "declined": {"offered", "needs_email", "owed"},
}

ACTS = [
    *["life_goes_on"] * 8,
    *["agent_begins", "agent_ends", "agent_is_overtaken", "agent_is_overtaken_again_and_again"] * 2,
    *["shopper_writes", "teammate_looks_in", "teammate_closes_over_the_shoppers_head", "merchant_changes"] * 2,
    *["everything_comes_again", "time_passes", "shopper_says_yes_or_an_address", "shopper_returns_the_next_day"],
    *["shopper_accepts", "shopper_declines", "shopper_wants_a_person", "shopper_gives_an_address"],
    *["shopper_goes_on_without_address", "shopper_forgets_the_address", "shopper_rates", "teammate_takes"],
    *["teammate_replies", "teammate_notes", "teammate_hands_back", "teammate_closes", "teammate_reopens"],
    *["teammate_sends_again", "ticket_arrives", "ticket_is_refused", "saved_timer_rings", "queue_timer_rings"],
    *["merchant_switches_under_the_form", "shopper_changes_their_mind"],
    *["ticket_is_answered", "ticket_is_answered_by_mail", "ticket_is_solved", "ticket_turns_out_closed"],
    *["shopper_answers_by_mail"],
]


@dataclass
class Books:
    """What an auditor knows from the log."""

    log: list[Event] = field(default_factory=list)
    episodes: list[Episode] = field(default_factory=lambda: [Episode()])
    owner: Owner = AGENT
    epoch: int = 0
    open: bool = True
    answered_upto: int = 0
    questions: list[int] = field(default_factory=list)
    steps: dict[int, str] = field(default_factory=dict)
    """n → its last step, in this episode."""
    owed: set[int] = field(default_factory=set)
    """Every n that was ever promised."""
    old: set[int] = field(default_factory=set)
    """Those of them whose episode has ended."""
    told: set[tuple[str, int]] = field(default_factory=set)
    tickets: dict[int, str] = field(default_factory=dict)
    """n → the only key its ticket may have."""
    reads: int = 0
    """How often the present turn was read again."""
    answer_owed: bool = False
    fence: int = 0


@dataclass(frozen=True)
class Thought:
    """An agent at work: what it saw when it began, and the fence of its claim."""

    epoch: int
    upto: Seq
    fence: int


class Lives(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.conversation = a_conversation()
        self.books = Books()
        self.thoughts: list[Thought] = []
        self.method = INBOX
        self.available = True
        self.contact: Contact | None = None
        self.mirrors = False
        self.fenced = True

    @initialize(fenced=st.booleans(), known=st.booleans(), method=st.sampled_from([INBOX, ZENDESK, GORGIAS]))
    def begins(self, fenced: bool, known: bool, method: str) -> None:
        """`fenced`: the outbox refuses late workers, as it does. Without it the conversation's own rules must hold."""
        self.fenced, self.method = fenced, method
        self.contact = ANNA if known else None

    @rule(act=st.sampled_from(ACTS), pick=st.integers(0, 11))
    def happens(self, act: str, pick: int) -> None:
        """One rule for all: Hypothesis would leave some of many out, and most lives would lead nowhere."""
        getattr(self, act)(pick)

    def life_goes_on(self, pick: int) -> None:
        """What would come next if nobody got in the way."""
        it = self.conversation
        match it.owner.kind:
            case _ if not it.open:
                self.teammate_reopens(pick)
            case OwnerKind.AGENT if it.handoff is not None and it.handoff.pending and pick % 2:
                self.shopper_gives_an_address(0) if it.handoff.name == "needs_email" else self.shopper_accepts(0)
            case OwnerKind.AGENT if it.turn_open:
                self.agent_begins(pick)
                self.agent_ends(pick)
            case OwnerKind.AGENT:
                self.shopper_writes(pick) if pick % 3 else self.shopper_wants_a_person(pick)
            case OwnerKind.QUEUE:
                self.teammate_takes(pick) if pick % 3 else self.queue_timer_rings(0)
            case OwnerKind.TEAMMATE:
                self.teammate_hands_back(0) if pick % 2 else self.teammate_replies(0)
            case OwnerKind.HELPDESK:
                [self.ticket_arrives, self.ticket_is_refused, self.saved_timer_rings][pick % 3](0)

    # The world

    def time_passes(self, pick: int) -> None:
        self.now += timedelta(seconds=[1, 6, 150, 90_000, -3_600, 30][pick % 6])

    def merchant_changes(self, pick: int) -> None:
        match pick % 6:
            case 4:
                self.available = not self.available
            case 5:
                self.mirrors = not self.mirrors
            case method:
                self.method = [INBOX, ZENDESK, GORGIAS, CUSTOM][method]

    # The shopper

    def shopper_writes(self, pick: int) -> None:
        self.writes(aside=False)

    def shopper_says_yes_or_an_address(self, pick: int) -> None:
        self.writes(aside=True)

    def shopper_returns_the_next_day(self, pick: int) -> None:
        self.now += timedelta(days=1)
        self.writes(aside=pick % 2 > 0)

    def writes(self, *, aside: bool) -> None:
        episode = self.conversation.episode
        if self.does(lambda it: it.receive(said(aside=aside), self.now)):
            asks = not aside or self.conversation.episode > episode
            assert not asks or self.conversation.turn_open, "the shopper meets silence"

    def shopper_accepts(self, pick: int) -> None:
        self.does(lambda it: it.accept(self.number(pick), self.scene(), self.now))

    def shopper_declines(self, pick: int) -> None:
        self.does(lambda it: it.decline(self.number(pick), self.scene(), self.now))

    def shopper_wants_a_person(self, pick: int) -> None:
        if self.method != CUSTOM:
            self.does(lambda it: it.request(HandoffReason.ASKED, self.scene(), self.now))

    def shopper_gives_an_address(self, pick: int) -> None:
        contact = OTHER if pick % 4 == 3 else ANNA
        if self.does(lambda it: it.give_email(contact, self.scene(), self.now)):
            self.contact = self.contact or contact

    def shopper_goes_on_without_address(self, pick: int) -> None:
        self.does(lambda it: it.skip_email(self.scene(), self.now))

    def shopper_forgets_the_address(self, pick: int) -> None:
        """Not a thing that happens: it lets one life meet the form more than once."""
        self.contact = None

    def shopper_rates(self, pick: int) -> None:
        self.does(lambda it: it.helped(it.seq, pick % 2 > 0, self.now))

    # The agent

    def agent_begins(self, pick: int) -> None:
        it = self.conversation
        if it.open and it.owner == AGENT and it.turn_open:
            self.thoughts.append(Thought(it.epoch, it.last_question_seq, self.books.fence))

    def agent_ends(self, pick: int) -> None:
        """Any of those that have begun, the newest most often; it may come again."""
        if self.thoughts:
            thought = self.thoughts[-1] if pick < 9 else self.thoughts[len(self.thoughts) * pick // 12]
            self.does(lambda it: self.speak(it, thought, list(Verdict)[pick % len(Verdict)]))

    def agent_is_overtaken(self, pick: int) -> None:
        """Something happens while the agent thinks."""
        self.agent_begins(pick)
        [
            self.shopper_writes,
            self.shopper_wants_a_person,
            self.teammate_closes,
            self.teammate_takes,
            self.agent_ends,
            self.teammate_notes,
        ][pick % 6](0)
        self.agent_ends(pick % 8)

    def agent_is_overtaken_again_and_again(self, pick: int) -> None:
        for _ in range(4 + pick % 2):
            self.agent_begins(pick)
            self.shopper_writes(pick)
            self.agent_ends(pick % 8)

    def merchant_switches_under_the_form(self, pick: int) -> None:
        """The shopper is asked for an address in one world, and answers in another."""
        self.shopper_forgets_the_address(pick)
        self.shopper_wants_a_person(pick)
        self.merchant_changes(pick)
        [self.shopper_goes_on_without_address, self.shopper_gives_an_address][pick // 6](0)

    def shopper_changes_their_mind(self, pick: int) -> None:
        self.shopper_forgets_the_address(pick)
        self.shopper_wants_a_person(pick)
        self.time_passes(pick % 3)
        self.shopper_declines(0)
        if pick % 2:
            self.shopper_wants_a_person(pick)

    def teammate_closes_over_the_shoppers_head(self, pick: int) -> None:
        self.teammate_closes(pick)
        [
            self.shopper_accepts,
            self.shopper_declines,
            self.shopper_gives_an_address,
            self.shopper_goes_on_without_address,
            self.shopper_wants_a_person,
            self.shopper_writes,
        ][pick % 6](0)

    def teammate_looks_in(self, pick: int) -> None:
        """Takes it, perhaps answers, and hands it back."""
        self.teammate_takes(pick)
        if pick % 2:
            self.teammate_replies(0)
        self.teammate_hands_back(0)

    def speak(self, it: Conversation, thought: Thought, verdict: Verdict) -> None:
        speak = it.may_speak(thought.epoch, thought.upto)
        self.audit_speak(speak, thought)
        ours = self.books.answer_owed and thought.fence == self.books.fence
        if self.fenced and not ours:
            return
        if ours:
            self.books.answer_owed = False
        if speak is Speak.READ_AGAIN:
            self.books.reads += 1
            it.read_again()
        elif speak is Speak.NOW:
            self.utter(it, thought, verdict)

    def utter(self, it: Conversation, thought: Thought, verdict: Verdict) -> None:
        wants_person = verdict is Verdict.HUMAN and self.method != CUSTOM
        seq = it.seq
        if wants_person:
            it.request(HandoffReason.ASKED, self.scene(), self.now, None, thought.upto)
        if it.seq == seq:
            it.answer(answered(verdict), thought.upto, self.now)
        if verdict in {Verdict.CANNOT_ANSWER, Verdict.FAILURE} and self.method != CUSTOM:
            it.offer(HandoffReason.NO_ANSWER, "Can you engrave?", self.now)

    def audit_speak(self, speak: Speak, thought: Thought) -> None:
        books = self.books
        may = books.open and books.owner == AGENT and books.epoch == thought.epoch
        fresh = thought.upto > books.answered_upto
        if speak is not Speak.NEVER:
            assert may, "it would speak for somebody else"
            assert fresh, "it would answer twice"
        elif self.fenced and books.answer_owed and thought.fence == books.fence:
            assert not (may and fresh), "it would leave the shopper in silence"
        if speak is Speak.READ_AGAIN:
            assert books.reads < 3, "it would read for ever"
        if speak is Speak.NOW and any(question > thought.upto for question in books.questions):
            assert books.reads == 3, "it would answer half of the turn"

    # Teammates

    def teammate_takes(self, pick: int) -> None:
        self.does(lambda it: it.take(self.colleague(pick), "joined", self.now))

    def teammate_replies(self, pick: int) -> None:
        self.does(lambda it: it.reply(self.colleague(pick), "Hello!", None, self.now))

    def teammate_notes(self, pick: int) -> None:
        self.does(lambda it: it.note(self.colleague(pick), "regular", self.now))

    def teammate_hands_back(self, pick: int) -> None:
        self.does(lambda it: it.hand_back(self.colleague(pick), "back", self.now))

    def teammate_closes(self, pick: int) -> None:
        self.does(lambda it: it.close(self.colleague(pick), list(CloseReason)[pick % 4], self.now))

    def teammate_reopens(self, pick: int) -> None:
        self.does(lambda it: it.reopen(self.colleague(pick), "joined", self.now))

    def teammate_sends_again(self, pick: int) -> None:
        self.does(lambda it: it.send_again(self.now))

    # Workers, each of them also late and twice

    def ticket_arrives(self, pick: int) -> None:
        n, mirrors = self.promised(pick), self.mirrors
        if n in self.books.tickets:
            self.does(lambda it: it.delivered(n, TicketRef(str(n)), "Done.", mirrors, self.now), n, stays_open=mirrors)

    def ticket_is_answered(self, pick: int) -> None:
        """A word on the ticket, of the team or by the shopper's mail: in the chat where that is the same, else not."""
        author = VISITOR if pick % 3 == 2 else Author(AuthorKind.TEAMMATE, "Sam")
        if self.conversation.mirrored:
            self.does(lambda it: it.written(Message(author, "Here you are."), self.now))
            assert self.conversation.open
        else:
            self.does(lambda it: it.mailed(author, "Here you are.", self.now))

    def ticket_is_answered_by_mail(self, pick: int) -> None:
        was = (self.conversation.open, self.conversation.owner, self.conversation.turn_open)
        self.does(lambda it: it.mailed(Author(AuthorKind.TEAMMATE, "Sam"), "Here you are.", self.now))
        assert was == (self.conversation.open, self.conversation.owner, self.conversation.turn_open)

    def ticket_is_solved(self, pick: int) -> None:
        mine = self.conversation.open and self.conversation.mirrored
        self.does(lambda it: it.solved(self.now))
        assert not (mine and self.conversation.open)

    def ticket_turns_out_closed(self, pick: int) -> None:
        """A word of the shopper could not be added: a follow-up, in a new episode, with a number of its own."""
        it, before = self.conversation, self.conversation.accepted
        goes_on = it.mirrored and it.open
        self.does(lambda it: it.follow_on("501" if pick % 2 else None, self.now))
        assert self.conversation.accepted == before + (1 if goes_on else 0)

    def shopper_answers_by_mail(self, pick: int) -> None:
        """People have it, or get it: a mail never waits for the assistant alone."""
        it, scene = self.conversation, replace(self.scene(), helpdesk=INBOX, contact=self.contact or ANNA)
        if it.mirrored or (it.open and it.owner.kind in {OwnerKind.QUEUE, OwnerKind.TEAMMATE}):
            self.does(lambda it: it.receive(said(), self.now))
        elif not (it.open and it.owner.kind is OwnerKind.HELPDESK):
            self.does(lambda it: it.returned_by_mail(said(), scene, self.now))

    def ticket_is_refused(self, pick: int) -> None:
        n = self.promised(pick)
        if n in self.books.tickets:
            self.does(lambda it: it.stuck(n, "refused", self.now), n)

    def saved_timer_rings(self, pick: int) -> None:
        n = self.promised(pick)
        self.does(lambda it: it.tell_saved(n, "Saved.", self.now), n)

    def queue_timer_rings(self, pick: int) -> None:
        n = self.promised(pick)
        self.does(lambda it: it.queue_timed_out(n, "Away.", self.now), n)

    def everything_comes_again(self, pick: int) -> None:
        """Every worker that ever was wakes up and reports."""
        for spare in (8, 9, 10, 11):
            self.ticket_is_refused(spare)
            self.ticket_arrives(spare)
            self.saved_timer_rings(spare)
            self.queue_timer_rings(spare)

    # One commit, or none

    def does(self, act: Callable[[Conversation], object], n: int | None = None, *, stays_open: bool = False) -> bool:
        """`n`: what happens is about this handoff alone."""
        before = replace(self.conversation, events=[], effects=[], cancelled=[])
        try:
            act(self.conversation)
        except (Conflict, Invalid):
            self.conversation = before
            return False
        present = before.handoff.n if before.handoff else None
        assert n in {None, present} or not self.conversation.events, "the report on one handoff changed another"
        self.audit(before, stays_open)
        return True

    def audit(self, before: Conversation, stays_open: bool) -> None:
        it, batch = self.conversation, list(self.conversation.events)
        self.read(batch)
        self.audit_order()
        self.audit_owner(before)
        self.audit_delivery(batch, stays_open)
        self.audit_wait(before, batch)
        self.audit_outbox(batch)
        self.audit_outcome(batch)
        it.events, it.effects, it.cancelled = [], [], []

    def read(self, batch: Sequence[Event]) -> None:
        for event in batch:
            self.books.log.append(event)
            match event.kind:
                case EventKind.OWNER:
                    self.read_owner(event)
                case EventKind.HANDOFF:
                    self.read_step(event)
                case EventKind.MESSAGE:
                    self.read_message(event)
                case EventKind.CLOSED:
                    assert self.books.open, "closed twice"
                    self.books.open = False
                case EventKind.REOPENED:
                    assert not self.books.open and self.books.owner.kind is OwnerKind.HELPDESK
                    assert "delivered" in self.books.steps.values(), "it goes on with a ticket that is not there"
                    self.books.open = True
                case EventKind.EPISODE:
                    self.read_episode(event)
                case _:
                    pass

    def read_owner(self, event: Event) -> None:
        data, books = event.data, self.books
        name = data["name"] if data["owner"] in {"teammate", "helpdesk"} else None
        owner = Owner(OwnerKind(data["owner"]), data.get("teammate"), name)
        assert books.open, "a closed conversation changed hands"
        assert owner != books.owner, "the epoch rose for nothing"
        if books.owner.kind is owner.kind is OwnerKind.TEAMMATE:
            assert books.log[-2].kind is EventKind.EPISODE, "a teammate took what another had"
        books.owner, books.epoch = owner, books.epoch + 1
        assert data["epoch"] == books.epoch
        assert (owner.kind is OwnerKind.TEAMMATE) == (owner.id is not None)

    def read_step(self, event: Event) -> None:
        n, step, books = event.data["n"], event.data["step"], self.books
        assert books.open, f"{step} in a closed conversation"
        assert n not in books.old, "a handoff of an ended episode triggered again"
        assert step in FOLLOWS[books.steps.get(n)], f"{books.steps.get(n)} cannot become {step}"
        assert all(last in {"declined", "delivered"} for other, last in books.steps.items() if other != n), (
            "two at once"
        )
        books.steps[n] = step
        if step == "owed" and n not in books.owed:
            assert n == max(books.owed, default=0) + 1, "the number skipped or restarted"
            books.owed = books.owed | {n}

    def read_message(self, event: Event) -> None:
        books, author = self.books, event.data["author"]["kind"]
        assert books.open, "somebody spoke in a closed conversation"
        match author:
            case AuthorKind.VISITOR:
                if not event.data.get("aside"):
                    books.questions = [*books.questions, event.seq]
            case AuthorKind.AGENT:
                assert books.owner == AGENT, "the agent spoke for somebody else"
                if "reply_to" in event.data:
                    books.answered_upto, books.reads = event.data["reply_to"], 0
            case AuthorKind.TEAMMATE:
                # A helpdesk's people are no teammates of ours: they have a name, and no id.
                assert books.owner.kind in {OwnerKind.TEAMMATE, OwnerKind.HELPDESK}
                assert books.owner.id == event.data["author"].get("id"), "a teammate spoke for another"
                books.answered_upto, books.reads = event.seq, 0
            case _:
                self.read_notice(event.data.get("notice"))

    def read_notice(self, notice: str | None) -> None:
        if notice in {"saved", "away"}:
            n = max(self.books.owed)
            assert (notice, n) not in self.books.told, f"{notice} was said twice"
            assert self.books.steps[n] in ({"delivered"} if notice == "away" else {"owed", "stuck"})
            self.books.told = self.books.told | {(notice, n)}

    def read_episode(self, event: Event) -> None:
        books = self.books
        books.open = books.open or event.data["why"] == "reopened"
        books.old, books.steps, books.reads = set(books.owed), {}, 0
        if event.data["why"] == "handed_back":
            books.answered_upto = event.seq

    def audit_order(self) -> None:
        it, log = self.conversation, self.books.log
        assert [event.seq for event in log] == list(range(1, len(log) + 1))
        assert it.seq == len(log)
        assert (it.episode, it.accepted) == (
            len(self.books.episodes) + self.new_episodes(),
            max(self.books.owed, default=0),
        )
        step = self.books.steps.get(it.handoff.n) if it.handoff else None
        assert step == (it.handoff.name if it.handoff else None), "the log and the state disagree"

    def new_episodes(self) -> int:
        return sum(event.kind is EventKind.EPISODE for event in self.conversation.events)

    def audit_owner(self, before: Conversation) -> None:
        it, books = self.conversation, self.books
        assert (it.owner, it.epoch, it.open) == (books.owner, books.epoch, books.open)
        assert (it.epoch > before.epoch) or it.owner == before.owner
        if it.handoff is not None and isinstance(it.handoff.step, Offered | NeedsEmail) and it.open:
            assert it.owner == AGENT
        bound = it.handoff.bound if it.handoff else None
        if bound is not None and bound.contact is None:
            assert bound.helpdesk == INBOX, "a promise to write, without an address"
        if it.owner == QUEUE:
            assert bound is not None, "a queue without a handoff"

    def audit_delivery(self, batch: Sequence[Event], stays_open: bool) -> None:
        """What belongs together is one commit: no shopper reads "done" in a chat that then closes on its own."""
        notices = [event.data["notice"] for event in batch if "notice" in event.data]
        closed = [event.data["by"] for event in batch if event.kind is EventKind.CLOSED]
        delivered = [event for event in batch if event.kind is EventKind.HANDOFF and event.data["step"] == "delivered"]
        assert len(delivered) <= 1
        out = [event for event in delivered if event.data["helpdesk"] != INBOX]
        assert notices.count("ticket") == len(out)
        if out:
            assert closed.count("helpdesk") == (len(out) if not stays_open else 0)
        if delivered and not out:
            assert {"queued", "auto_reply", "joined"} & set(notices), "nobody told the shopper"

    def audit_wait(self, before: Conversation, batch: Sequence[Event]) -> None:
        it = self.conversation
        if before.waiting_since is not None and it.waiting_since != before.waiting_since:
            assert any(map(ends_the_wait, batch)), "the wait clock was reset while somebody waited"
            assert it.waiting_since is None
        if it.handoff is not None and it.handoff.name in {"needs_email", "owed", "stuck"} and it.open:
            assert it.waiting_since == it.handoff.requested_at is not None
        if it.handoff is None or it.handoff.name in {"offered", "declined"}:
            assert it.waiting_since is None, "nobody was asked for"

    def audit_outbox(self, batch: Sequence[Event]) -> None:
        it, books = self.conversation, self.books
        promised = {e.data["n"] for e in batch if e.kind is EventKind.HANDOFF and e.data["step"] == "owed"}
        for key in it.cancelled:
            if key == "answer:cnv_1":
                books.answer_owed, books.fence = False, books.fence + 1
        for effect in it.effects:
            if effect.kind == "answer":
                books.fence += 0 if books.answer_owed else 1
                books.answer_owed = True
            if effect.kind == "ticket":
                n = effect.data["n"]
                assert n in promised, "a ticket without its promise in the same commit"
                assert books.tickets.setdefault(n, effect.key) == effect.key, "a second ticket for one handoff"
                assert effect.key not in it.cancelled
        speaks = it.open and it.owner == AGENT
        assert speaks or not any(effect.kind == "answer" for effect in it.effects), "an answer from nobody"
        out = {e.data["n"] for e in batch if e.kind is EventKind.HANDOFF and e.data.get("helpdesk", INBOX) != INBOX}
        assert promised & out <= {effect.data["n"] for effect in it.effects if effect.kind == "ticket"}
        if self.fenced and it.open and it.owner == AGENT and it.turn_open:
            assert books.answer_owed, "a question that nobody will answer"

    def audit_outcome(self, batch: Sequence[Event]) -> None:
        """Folded commit by commit, as the store does, against a recount of the whole log."""
        folded = list(self.books.episodes)
        for event in batch:
            after = folded[-1].after(event)
            if event.kind is EventKind.EPISODE:
                folded[-1] = replace(folded[-1], ended=True)
                folded.append(after)
            else:
                folded[-1] = after
        recounted = recount(self.books.log)
        assert folded == recounted
        for at in (self.now, self.now + timedelta(days=2)):
            assert [e.outcome(at) for e in folded] == [e.outcome(at) for e in recounted]
        self.books.episodes = folded

    # Small steps

    def colleague(self, pick: int) -> Owner:
        """The one who has the conversation, most often."""
        owner = self.conversation.owner
        return owner if owner.kind is OwnerKind.TEAMMATE and pick < 8 else [MARTA, JAN][pick % 2]

    def scene(self) -> Scene:
        return a_scene(INBOX if self.method == CUSTOM else self.method, available=self.available, contact=self.contact)

    def number(self, pick: int) -> int | None:
        """The present handoff, most often; none; or an old one."""
        present = self.conversation.handoff.n if self.conversation.handoff else None
        return [present, present, None, 1][pick % 4]

    def promised(self, pick: int) -> int:
        """The number of a handoff that was promised, the latest most often; 0 before there is one."""
        owed = sorted(self.books.owed) or [0]
        return owed[-1] if pick < 8 else owed[len(owed) * (pick - 8) // 4]


def ends_the_wait(event: Event) -> bool:
    match event.kind:
        case EventKind.CLOSED | EventKind.EPISODE:
            return True
        case EventKind.HANDOFF:
            return bool(event.data["step"] == "declined")
        case EventKind.MESSAGE:
            return bool(event.data["author"]["kind"] == AuthorKind.TEAMMATE)
        case _:
            return False


TestLives = Lives.TestCase
TestLives.settings = settings(
    max_examples=int(os.environ.get("WARMLINE_LIVES", "200")),
    stateful_step_count=50,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
