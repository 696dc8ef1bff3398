"""Recorded dialogues, played through the rules that the server plays by, without a store.

Each turn of the recorded agent is a place to decide: what would ours do with what was said so far? Then the recorded
turn is taken as said, and the dialogue goes on from there, so an offer stands when the recorded agent made it.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict, assert_never

from warmline.agent.base import Agent
from warmline.domain.consent import Consent, Heard, awaited, heard, is_settled, own_address_in
from warmline.domain.conversation import Conversation
from warmline.domain.conversation_state import NO_SEQ
from warmline.domain.handoff import Delivered, Handoff, HandoffReason, HandoffStep, NeedsEmail, Owed, SendTicket
from warmline.domain.ids import ConversationId, VisitorId, WorkspaceId
from warmline.domain.knowledge import Answered, Asked, Chatted, CouldNotAnswer, Failed, Replied, Thought, Turn
from warmline.domain.matter import asks_anew, touches
from warmline.domain.message import MESSAGE_LIMIT, THE_AGENT, VISITOR, AuthorKind, Event, EventKind, Message, Verdict
from warmline.domain.mood import last_answered, mood_of
from warmline.domain.owner import AGENT
from warmline.domain.policy import (
    Ask,
    Chat,
    Decision,
    HandOff,
    OfferHandoff,
    Regret,
    Remind,
    Reply,
    ShowCustomMessage,
    TakeReply,
    decide,
    once,
    refused_for,
)
from warmline.domain.scene import Scene, Words
from warmline.domain.visitor import Contact, EmailAddress, Proof, find_in
from warmline.evals.given import Given, given, wants_address

START = datetime(2026, 1, 1, tzinfo=UTC)
STEP = timedelta(seconds=10)
HISTORY = 20
HAND_OFF, OFFER, ANSWER, SMALL_TALK = "hand_off", "offer_handoff", "answer", "smalltalk"
CANNOT_ANSWER, ASK = "cannot_answer", "ask"
_NO_WORDS = Words(asked="…", email_ask="…", declined="…", queued="…", nobody="…", nobody_notice="away")
_SCENE = Scene("inbox", available=True, contact=None, words=_NO_WORDS)
_METHOD = SendTicket()
_TOOLS = ("transfer", "human", "handoff", "hand_off", "escalate")

Record = Mapping[str, Any]


class TurnRow(TypedDict):
    """What the agent would do at one turn of a dialogue.

    `decision`: "answer" | "ask" | "cannot_answer" | "smalltalk" | "offer_handoff" | "hand_off". `expected`: the
    decisions that the labels call right, empty without a label; `handoff`: the label of a handoff. `repeats`: an offer
    to a question for which the recorded agent had offered a person already. `overrides`: an offer or a handoff after a
    refusal, with nothing new asked.
    """

    id: str
    turn: int
    decision: str
    confidence: float
    ms: float
    expected: list[str]
    handoff: bool | None
    repeats: bool
    overrides: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where a dialogue is played: a loaded workspace and the language of its widget."""

    workspace: WorkspaceId
    lang: str


def replay(dialogue: Record, decided: Mapping[tuple[str, int], tuple[str, float]]) -> list[TurnRow]:
    """The rows of an agent that decided elsewhere: (dialogue's id, turn) → decision and confidence. No row, no turn."""
    played = _Played(None, dialogue, Place(WorkspaceId("elsewhere"), "en"))
    found = []
    for number in played.turns():
        if (dialogue["id"], number) in decided:
            played.stands = decided[dialogue["id"], number]
            found.append(played.row(number))
        played.go_on(dialogue["turns"][number])
    return found


async def play(agent: Agent, dialogue: Record, place: Place) -> list[TurnRow]:
    """A row for each turn of the agent; one that answers nothing new repeats what stands."""
    played = _Played(agent, dialogue, place)
    found = []
    for number in played.turns():
        start = time.perf_counter()
        await played.decide()
        found.append(played.row(number, round(1000 * (time.perf_counter() - start), 2)))
        played.go_on(dialogue["turns"][number])
    return found


def is_shopper(turn: Record) -> bool:
    return turn.get("role") == "shopper" or turn.get("role_id") == 1


class _Played:
    def __init__(self, agent: Agent | None, dialogue: Record, place: Place) -> None:
        self._agent, self._dialogue, self._place = agent, dialogue, place
        self._now = START
        self._conversation = self._a_conversation()
        self.stands = (SMALL_TALK, 0.0)
        self._thought_of = NO_SEQ
        self._question = ""
        self._last: Verdict | None = None
        self._offered_for: list[str] = []
        self._labels: list[Record] = []
        self._matters = _Matters()

    def turns(self) -> Iterator[int]:
        """The places of the agent's turns, each after what was said before it is heard."""
        for number, turn in enumerate(self._dialogue["turns"]):
            self._now += STEP
            self._labels.append(turn)
            if is_shopper(turn):
                self._hear(turn, str(turn.get("text") or "")[:MESSAGE_LIMIT])
            elif turn.get("role") != "tool":
                yield number
                self._labels.clear()

    def row(self, number: int, ms: float = 0.0) -> TurnRow:
        decision, confidence = self.stands
        expected, handoff = labels(self._labels) if self._dialogue.get("trusted", True) else ([], None)
        named = bool(self._labels[-1].get("action"))
        return TurnRow(
            id=self._dialogue["id"],
            turn=number,
            decision=decision,
            confidence=confidence,
            ms=ms,
            expected=expected,
            handoff=handoff,
            repeats=decision == OFFER and self._matters.was_offered,
            overrides=not (named and decision in expected) and self._matters.is_overridden(decision, named),
        )

    # What the shopper says

    def _a_conversation(self) -> Conversation:
        id, visitor = ConversationId(str(self._dialogue["id"])), VisitorId("shopper")
        lang = str(self._dialogue.get("lang") or self._place.lang)[:2]
        return Conversation(id, self._place.workspace, visitor, lang, self._now, self._now)

    def _hear(self, turn: Record, text: str) -> None:
        if _has_ticket(self._conversation):
            # A person will write to that address, and that chat is over: who writes on begins another.
            self._conversation, self._thought_of, self._last = self._a_conversation(), NO_SEQ, None
        conversation = self._conversation
        handoff = conversation.handoff
        said = heard(text, handoff.step if handoff else None, conversation.lang or conversation.locale, self._last)
        conversation.receive(Message(VISITOR, text, aside=said.aside or said.withheld), self._now)
        self._matters.hear(turn, said)
        scene = _scene(said.address)
        if said.consent is Consent.YES:
            conversation.accept(None, scene, self._now)
            self.stands = (HAND_OFF, 0.0)
        elif said.consent is Consent.NO:
            conversation.decline(None, scene, self._now)
            self.stands = (SMALL_TALK, 0.0)
        elif said.withheld:
            conversation.skip_email(scene, self._now)
            self.stands = (HAND_OFF, 0.0)
        elif scene.contact is not None:
            conversation.give_email(scene.contact, scene, self._now)
            self.stands = (HAND_OFF, 0.0)

    # What our agent would do

    async def decide(self) -> None:
        """What ours would do, where something is asked that it has not thought about yet."""
        conversation = self._conversation
        if not conversation.turn_open or conversation.last_question_seq == self._thought_of:
            return
        earlier = self._take_turn()
        if conversation.owner != AGENT or self._agent is None:
            return
        history = [(event.data["author"]["kind"], event.data["text"]) for event in earlier]
        step = _step(conversation)
        asked = Turn(
            self._question,
            conversation.lang,
            history,
            self._place.lang,
            awaits=awaited(step, self._last, self._question),
            refused=refused_for(conversation.handoff),
            answered=last_answered(earlier),
            settled=is_settled(step, self._last),
        )
        thought = await self._agent.think(self._place.workspace, asked)
        if not isinstance(thought.draft, Chatted | Replied | Failed):
            conversation.lang = thought.lang
        decision = decide(thought.draft, _METHOD, mood_of(earlier, self._question), thought.fired)
        decision = once(decision, conversation.handoff, self._question, thought.again)
        if isinstance(decision, Remind) and any(touches(each, self._question) for each in self._offered_for):
            decision = replace(decision, anew=False)  # It was offered for two questions, and this is one of them.
        if isinstance(decision, TakeReply):
            self._matters.reply(decision.said)
            address = find_in(self._question) if decision.said is Consent.YES else None
            conversation.take_reply(decision.said, _scene(address), conversation.last_question_seq, self._now)
        self.stands = named(decision, conversation.handoff), confidence_of(thought)

    def _take_turn(self) -> list[Event]:
        """Settle what is asked now; what was said before it, oldest first."""
        conversation = self._conversation
        messages = [event for event in conversation.events if event.kind is EventKind.MESSAGE]
        turn = [event for event in messages if event.seq > conversation.answered_upto and _by_visitor(event.data)]
        self._question = "\n".join(event.data["text"] for event in turn)
        self._thought_of = conversation.last_question_seq
        self._matters.ask(self._question)
        return [event for event in messages if event not in turn][-HISTORY:]

    # What the recorded agent did

    def go_on(self, turn: Record) -> None:
        """Take the recorded turn as said. One without words did what ours would have done."""
        conversation, text = self._conversation, str(turn.get("text") or "")
        tools = " ".join(map(str, turn.get("tools") or ())).lower()
        if not text.strip() and tools and not any(tool in tools for tool in _TOOLS):
            return  # It looked something up, and said nothing yet.
        if conversation.turn_open and conversation.last_question_seq != self._thought_of:
            self._take_turn()
        labelled = _labelled(turn)
        act = labelled or _act(text, tools, self.stands[0])
        self._last = Verdict.ASK if not labelled and given(text) is Given.ASKS else _verdict(act)
        conversation.answer(Message(THE_AGENT, text, verdict=_verdict(act)), conversation.last_question_seq, self._now)
        if act == HAND_OFF and conversation.owner == AGENT:
            conversation.request(HandoffReason.ASKED, _scene(own_address_in(self._question)), self._now, self._question)
            if isinstance(_step(conversation), NeedsEmail) and not wants_address(text):
                conversation.skip_email(_SCENE, self._now)
        elif act == OFFER:
            conversation.offer(HandoffReason.NO_ANSWER, self._question, self._now)
            self._offered_for.append(self._question)
            self.stands = (CANNOT_ANSWER, self.stands[1])  # Made once; a turn that follows at once does not repeat it.
            self._matters.offered.add(self._matters.now)


def _scene(address: EmailAddress | None) -> Scene:
    return replace(_SCENE, contact=Contact(address, Proof.TYPED) if address else None)


def _by_visitor(data: Mapping[str, Any]) -> bool:
    return bool(data["author"]["kind"] == AuthorKind.VISITOR and not data.get("aside"))


def _step(conversation: Conversation) -> HandoffStep | None:
    return conversation.handoff.step if conversation.handoff else None


def _has_ticket(conversation: Conversation) -> bool:
    """Was it handed over with an address, so that the answer comes by e-mail? Without one a person takes over here."""
    step = _step(conversation)
    return isinstance(step, Owed | Delivered) and step.bound.contact is not None


class _Matters:
    """Which questions a person was offered for, and which of these offers were refused.

    A turn of the shopper may say it: `matter`, a number that stays the same while one question is on, and `refuses`.
    Otherwise the words tell.
    """

    def __init__(self) -> None:
        self.now: object = 0
        self.offered: set[object] = set()
        self._refused: set[object] = set()
        self._asked: str | None = None
        self._before: tuple[object, str | None] = (0, None)

    def hear(self, turn: Record, said: Heard) -> None:
        if "matter" in turn:
            self.now = ("labelled", turn["matter"])
        if turn.get("refuses", said.consent is Consent.NO):
            self._refused.add(self.now)

    def ask(self, question: str) -> None:
        """All that the shopper wrote since the last answer."""
        self._before = self.now, self._asked
        if asks_anew(question, self._asked):
            self._asked = question
            if not isinstance(self.now, tuple):
                self.now = question

    def reply(self, said: Consent) -> None:
        """What was taken for a question was the yes or no to the offer."""
        self.now, self._asked = self._before
        if said is Consent.NO:
            self._refused.add(self.now)

    @property
    def was_offered(self) -> bool:
        return self.now in self.offered

    def is_overridden(self, decision: str, labelled: bool) -> bool:
        """An offer again, or, where a label says that none was asked for, a handoff."""
        return self.now in self._refused and decision in ({OFFER, HAND_OFF} if labelled else {OFFER})


def labels(turns: Sequence[Record]) -> tuple[list[str], bool | None]:
    """(decisions that are right, label of a handoff) of an agent's turn and those before it that it answers.

    `action` names one decision or several. With `handoff` alone, an offer is right at a handoff, and forces none where
    none is due.
    """
    marks = [turn["handoff"] for turn in turns if turn.get("handoff") is not None]
    handoff = bool(max(marks)) if marks else None
    action = turns[-1].get("action") if turns else None
    if action:
        return [action] if isinstance(action, str) else list(action), handoff
    if handoff is None:
        return [], None
    return [HAND_OFF, OFFER] if handoff else [ANSWER, ASK, CANNOT_ANSWER, SMALL_TALK, OFFER], handoff


def _labelled(turn: Record) -> str | None:
    """What the label says that the recorded agent did, where it names one thing: it did right.

    Where an offer is one of several and the turn ends by asking, it is the offer.
    """
    action, text = turn.get("action"), str(turn.get("text") or "")
    if isinstance(action, list):
        offers = OFFER in action and ASK not in action and given(text) in {Given.OFFERS, Given.ASKS}
        action = OFFER if offers else action[0] if len(action) == 1 else None
    return action if isinstance(action, str) and text else None


def _act(text: str, tools: str, ours: str) -> str:
    """What a recorded turn amounts to; where its words leave it open, what ours would have been."""
    if any(tool in tools for tool in _TOOLS):
        return HAND_OFF
    if not any(map(str.isalpha, text)):
        return ours
    match given(text):
        case Given.OFFERS:
            return OFFER
        case Given.PASSES_ON | Given.ASKS_ADDRESS if ours == HAND_OFF:
            return HAND_OFF
        case Given.ASKS if ours not in {ANSWER, SMALL_TALK}:
            return ASK
        case _:
            return ours if ours in {ANSWER, SMALL_TALK} else ANSWER


def _verdict(act: str) -> Verdict:
    return {
        ANSWER: Verdict.ANSWER,
        ASK: Verdict.ASK,
        SMALL_TALK: Verdict.SMALL_TALK,
        HAND_OFF: Verdict.HUMAN,
    }.get(act, Verdict.CANNOT_ANSWER)


def named(decision: Decision, handoff: Handoff | None) -> str:
    """The decision's name in a row of a dialogue."""
    match decision:
        case Reply(offer=HandoffReason.FRUSTRATION | HandoffReason.UNHELPFUL):
            return OFFER
        case Reply():
            return ANSWER
        case Chat():
            return SMALL_TALK
        case TakeReply(said):
            return HAND_OFF if said is Consent.YES else SMALL_TALK
        case Ask():
            return ASK
        case HandOff():
            return HAND_OFF
        case Remind() if handoff is not None and isinstance(handoff.step, NeedsEmail):
            return HAND_OFF
        case Remind(anew=anew):
            return OFFER if anew else CANNOT_ANSWER
        case OfferHandoff():
            return OFFER
        case Regret() | ShowCustomMessage():
            return CANNOT_ANSWER
        case _:
            assert_never(decision)


def confidence_of(thought: Thought) -> float:
    match thought.draft:
        case Answered(confidence=confidence) | Asked(confidence=confidence) | CouldNotAnswer(confidence=confidence):
            return confidence
        case _:
            return 0.0
