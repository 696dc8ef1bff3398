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
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.fixtures.conversations import ANNA, JAN, MARTA, NOW, OTHER, a_conversation, a_scene, answered, said
from warmline.domain.conversation import AGENT, QUEUE, CloseReason, Conversation, Owner, OwnerKind, Scene, Speak
from warmline.domain.handoff import HandoffReason, NeedsEmail, Offered
from warmline.domain.ids import Seq
from warmline.domain.message import AuthorKind, Event, EventKind, Verdict
from warmline.domain.outcome import Episode, recount
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

# The one who has it, or one by name.
teammates = st.sampled_from([None, None, MARTA, JAN])
verdicts = st.sampled_from(list(Verdict))
# The present handoff, an old one, or none at all.
numbers = st.sampled_from(["present", "present", "first", "none"])


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
    answer_owed: bool = False
    fence: int = 0


@dataclass(frozen=True)
class Thought:
    """An agent at work: what it saw when it began, and the fence of its claim."""

    epoch: int
    upto: Seq
    fence: int


def is_open(lives: Any) -> bool:
    return bool(lives.conversation.open)


def has_handoff(lives: Any) -> bool:
    return lives.conversation.handoff is not None


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

    @initialize(
        fenced=st.booleans(),
        known=st.booleans(),
        method=st.sampled_from([INBOX, ZENDESK, GORGIAS]),
        so_far=st.sampled_from(["nothing", "asked", "offered", "handed off", "taken", "handed back", "closed"]),
    )
    def begins(self, fenced: bool, known: bool, method: str, so_far: str) -> None:
        """`fenced`: the outbox refuses late workers, as it does. Without it the conversation's own rules must hold."""
        self.fenced, self.method = fenced, method
        self.contact = ANNA if known else None
        acts: dict[str, Callable[[Conversation], object]] = {
            "asked": lambda it: it.receive(said(), self.now),
            "offered": lambda it: it.offer(HandoffReason.NO_ANSWER, "Can you engrave the box?", self.now),
            "handed off": lambda it: it.accept(1, self.scene(), self.now),
            "taken": lambda it: it.take(MARTA, "joined", self.now),
            "handed back": lambda it: it.hand_back(MARTA, "back", self.now),
            "closed": lambda it: it.close(MARTA, CloseReason.ANSWERED, self.now),
        }
        for name in list(acts)[: [*acts].index(so_far) + 1] if so_far in acts else []:
            assert self.does(acts[name])

    # The world

    @rule(step=st.sampled_from([1, 6, 150, 3_600, 90_000, -3_600]))
    def time_passes(self, step: int) -> None:
        self.now += timedelta(seconds=step)

    @rule(what=st.sampled_from([INBOX, ZENDESK, GORGIAS, CUSTOM, "available", "mirrors"]))
    def merchant_changes(self, what: str) -> None:
        match what:
            case "available":
                self.available = not self.available
            case "mirrors":
                self.mirrors = not self.mirrors
            case method:
                self.method = method

    @precondition(lambda self: not self.conversation.open)
    @rule(pick=st.integers(0, 7))
    def somebody_acts_in_a_closed_chat(self, pick: int) -> None:
        acts: list[Callable[[Conversation], object]] = [
            lambda it: it.accept(None, self.scene(), self.now),
            lambda it: it.decline(None, self.scene(), self.now),
            lambda it: it.give_email(ANNA, self.scene(), self.now),
            lambda it: it.skip_email(self.scene(), self.now),
            lambda it: it.request(HandoffReason.ASKED, self.scene(), self.now),
            lambda it: it.receive(said(), self.now),
            lambda it: it.take(JAN, "joined", self.now),
            lambda it: it.reply(MARTA, "Hello!", None, self.now),
        ]
        self.does(acts[pick])

    @rule(verdict=verdicts, pick=st.integers(0, 9))
    def life_goes_on(self, verdict: Verdict, pick: int) -> None:
        """What would come next if nobody got in the way: without it most lives would be spent waiting."""
        it = self.conversation
        match it.owner.kind:
            case _ if not it.open:
                self.teammate_closes_or_reopens(None, None)
            case OwnerKind.AGENT if it.turn_open:
                self.agent_answers(verdict)
            case OwnerKind.AGENT:
                self.shopper_writes(False, 0)
                self.agent_begins()
            case OwnerKind.QUEUE:
                self.teammate_takes(None)
            case OwnerKind.TEAMMATE:
                self.teammate_hands_back(None) if pick > 5 else self.teammate_writes(None, "reply")
            case OwnerKind.HELPDESK:
                self.helpdesk_answers(9, pick > 7)

    # The shopper

    @precondition(is_open)
    @rule(aside=st.sampled_from([False, False, True]), later=st.sampled_from([0, 0, 0, 90_000]))
    def shopper_writes(self, aside: bool, later: int) -> None:
        self.now += timedelta(seconds=later)
        episode = self.conversation.episode
        self.does(lambda it: it.receive(said(aside=aside), self.now))
        if not aside or self.conversation.episode > episode:
            assert self.conversation.turn_open, "the shopper meets silence"

    @precondition(has_handoff)
    @rule(which=numbers, yes=st.sampled_from([True, True, False]))
    def shopper_chooses(self, which: str, yes: bool) -> None:
        choose = Conversation.accept if yes else Conversation.decline
        self.does(lambda it: choose(it, self.number(which), self.scene(), self.now))

    @precondition(lambda self: self.conversation.open and self.method != CUSTOM)
    @rule()
    def shopper_wants_a_person(self) -> None:
        self.does(lambda it: it.request(HandoffReason.ASKED, self.scene(), self.now))

    @precondition(has_handoff)
    @rule(contact=st.sampled_from([ANNA, OTHER, None]))
    def shopper_gives_an_address(self, contact: Contact | None) -> None:
        """Or goes on without one."""
        if contact is None:
            self.does(lambda it: it.skip_email(self.scene(), self.now))
        elif self.does(lambda it: it.give_email(contact, self.scene(), self.now)):
            self.contact = self.contact or contact

    # The agent

    @precondition(lambda self: self.agent_may_begin())
    @rule()
    def agent_begins(self) -> None:
        it = self.conversation
        self.thoughts.append(Thought(it.epoch, it.last_question_seq, self.books.fence))

    @precondition(lambda self: self.agent_may_begin())
    @rule(verdict=verdicts)
    def agent_answers(self, verdict: Verdict) -> None:
        self.agent_begins()
        self.agent_ends(9, verdict)

    @precondition(lambda self: self.thoughts)
    @rule(pick=st.integers(0, 9), verdict=verdicts)
    def agent_ends(self, pick: int, verdict: Verdict) -> None:
        """Any of them, the newest most often; it stays in the list and may come again."""
        thought = self.thoughts[-1] if pick > 3 else self.thoughts[pick % len(self.thoughts)]
        self.does(lambda it: self.speak(it, thought, verdict))

    def agent_may_begin(self) -> bool:
        it = self.conversation
        return it.open and it.owner == AGENT and it.turn_open

    def speak(self, it: Conversation, thought: Thought, verdict: Verdict) -> None:
        speak = it.may_speak(thought.epoch, thought.upto)
        self.audit_speak(speak, thought)
        ours = self.books.answer_owed and thought.fence == self.books.fence
        if self.fenced and not ours:
            return
        if ours:
            self.books.answer_owed = False
        if speak is Speak.READ_AGAIN:
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
        if speak is Speak.NOW and any(question > thought.upto for question in books.questions):
            assert self.conversation.restarts == 3, "it would answer half of the turn"

    # Teammates

    @precondition(is_open)
    @rule(teammate=teammates)
    def teammate_takes(self, teammate: Owner | None) -> None:
        self.does(lambda it: it.take(teammate or MARTA, "joined", self.now))

    @precondition(is_open)
    @rule(teammate=teammates, text=st.sampled_from(["reply", "reply", "note", "rating"]))
    def teammate_writes(self, teammate: Owner | None, text: str) -> None:
        match text:
            case "reply":
                self.does(lambda it: it.reply(self.colleague(teammate), "Hello!", None, self.now))
            case "note":
                self.does(lambda it: it.note(self.colleague(teammate), "regular", self.now))
            case _:
                self.does(lambda it: it.helped(it.seq, bool(it.seq % 2), self.now))

    @precondition(lambda self: self.conversation.owner.kind is OwnerKind.TEAMMATE)
    @rule(teammate=teammates)
    def teammate_hands_back(self, teammate: Owner | None) -> None:
        self.does(lambda it: it.hand_back(self.colleague(teammate), "back", self.now))

    @rule(teammate=teammates, reason=st.sampled_from([None, None, *CloseReason]))
    def teammate_closes_or_reopens(self, teammate: Owner | None, reason: CloseReason | None) -> None:
        if not self.conversation.open:
            self.does(lambda it: it.reopen(teammate or JAN, "joined", self.now))
        elif reason is not None:
            self.does(lambda it: it.close(self.colleague(teammate), reason, self.now))

    # Workers, each of them also late and twice

    @precondition(lambda self: self.books.tickets)
    @rule(pick=st.integers(0, 9), refused=st.sampled_from([False, False, True]))
    def helpdesk_answers(self, pick: int, refused: bool) -> None:
        n, mirrors = self.promised(pick), self.mirrors
        if refused:
            self.does(lambda it: it.stuck(n, "refused", self.now))
        else:
            self.does(lambda it: it.delivered(n, TicketRef(str(n)), "Done.", mirrors, self.now), stays_open=mirrors)

    @precondition(lambda self: self.books.steps and "stuck" in self.books.steps.values())
    @rule()
    def teammate_sends_again(self) -> None:
        self.does(lambda it: it.send_again(self.now))

    @precondition(lambda self: self.books.owed)
    @rule(pick=st.integers(0, 9), saved=st.booleans())
    def timer_rings(self, pick: int, saved: bool) -> None:
        n = self.promised(pick)
        ring = Conversation.tell_saved if saved else Conversation.queue_timed_out
        self.does(lambda it: ring(it, n, "Patience.", self.now))

    # One commit, or none

    def does(self, act: Callable[[Conversation], object], *, stays_open: bool = False) -> bool:
        before = replace(self.conversation, events=[], effects=[], cancelled=[])
        try:
            act(self.conversation)
        except (Conflict, Invalid):
            self.conversation = before
            return False
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
                books.answered_upto = max(books.answered_upto, event.data.get("reply_to", 0))
            case AuthorKind.TEAMMATE:
                assert books.owner.id == event.data["author"]["id"], "a teammate spoke for another"
                books.answered_upto = event.seq
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
        books.old, books.steps = set(books.owed), {}
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

    def colleague(self, teammate: Owner | None) -> Owner:
        """This teammate, or the one who has the conversation."""
        owner = self.conversation.owner
        return teammate or (owner if owner.kind is OwnerKind.TEAMMATE else MARTA)

    def scene(self) -> Scene:
        return a_scene(INBOX if self.method == CUSTOM else self.method, available=self.available, contact=self.contact)

    def number(self, which: str) -> int | None:
        present = self.conversation.handoff.n if self.conversation.handoff else None
        return {"present": present, "first": 1, "none": None}[which]

    def promised(self, pick: int) -> int:
        """A handoff's number: the latest most often."""
        owed = sorted(self.books.owed)
        return owed[-1] if pick > 3 else owed[pick % len(owed)]


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
