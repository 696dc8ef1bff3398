"""A short message as a word that is said to us: a yes, a no, small talk, a mere remark. `replies.py` reads it; here
stands when it may be read so, and what follows."""

from __future__ import annotations

from collections.abc import Mapping

from warmline.agent import replies
from warmline.agent.models.encoders import Encoders
from warmline.agent.models.vectors import FAST
from warmline.agent.notes import Notes, Remark
from warmline.domain.consent import Consent
from warmline.domain.knowledge import Chatted, Draft, Replied, SmallTalk, Turn
from warmline.domain.matter import asks, is_question
from warmline.domain.visitor import beside_address, find_in
from warmline.errors import ModelError


def hear(turn: Turn, notes: Notes, vectors: Mapping[str, bytes]) -> Draft | None:
    """What the message is read as, if that is sure; the trace says so. Else the notes hold whether it is a reply that
    was not understood, and the remark that it may be."""
    if not _may_be_heard(turn, notes):
        return None
    said = words_to_us(turn)
    likely, net = replies.probabilities(said, vectors)
    read = replies.reading(said, likely, net.cut, turn.awaits, addressed=_is_addressed(turn))
    if read is None:
        notes.unclear = bool(turn.awaits) and replies.is_unclear(likely)
        if turn.settled and (remark := replies.remark(said, likely, net.settled)):
            sure = replies.pleasant(likely)
            notes.remark = Remark(remark, sure, net.settled, plain=sure >= net.cut)
        return None
    kind, sure = (read.said, read.sure) if isinstance(read, Replied) else (read.kind, likely[read.kind])
    notes.read_as(kind.value, sure, net.cut)
    return read


async def hear_alone(encoders: Encoders, turn: Turn, notes: Notes) -> Draft | None:
    """The same in a shop that knows nothing yet; without encoders the word lists alone count."""
    if not _may_be_heard(turn, notes):
        return None
    try:
        vectors = await encoders.queries(notes.question)
    except ModelError:
        return None
    notes.clock("encode")
    return hear(turn, notes, vectors)


async def hear_last_question(encoders: Encoders, turn: Turn, notes: Notes) -> Chatted | None:
    """A kind word, and "are you a person?" behind it; the fast encoder reads both. What is told besides is looked up
    as ever."""
    asked = None if notes.fired.rules or notes.fired.safety else replies.last_question(turn.question)
    if asked is None:
        return None
    last, rest = asked
    sure = (await _fast(encoders, last))[SmallTalk.ARE_YOU_A_BOT]
    if sure < replies.SURELY_BOT or not replies.is_unclear(await _fast(encoders, rest)):
        return None
    notes.read_as(SmallTalk.ARE_YOU_A_BOT.value, sure, replies.SURELY_BOT)
    return Chatted(SmallTalk.ARE_YOU_A_BOT)


async def _fast(encoders: Encoders, text: str) -> Mapping[str, float]:
    return replies.probabilities(text, {FAST: await encoders.query(FAST, text)})[0]


def words_to_us(turn: Turn) -> str:
    """The words that may be a reply: while a yes is awaited, what stands beside an address."""
    return beside_address(turn.question) if Consent.YES in turn.awaits else turn.question


def answers_us(turn: Turn) -> bool:
    """Is it said to what we asked, and no question: while we wait for an address anything, else a short remark?"""
    if Consent.NO not in turn.awaits or is_question(turn.question):
        return False
    return Consent.YES not in turn.awaits or not asks(turn.question)


def _may_be_heard(turn: Turn, notes: Notes) -> bool:
    """Not where a rule or a safety signal fired."""
    if notes.fired.rules or notes.fired.safety:
        return False
    return replies.readable(words_to_us(turn)) or _is_addressed(turn)


def _is_addressed(turn: Turn) -> bool:
    """Does it give an e-mail address to an offer?"""
    return Consent.YES in turn.awaits and find_in(turn.question) is not None
