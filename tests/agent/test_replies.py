"""Short words that no list holds are read by the encoders; precision first, and never in place of a question."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio

from tests.agent.shop import ARTICLES, SHOP, learn
from warmline.agent import replies
from warmline.agent.answer import KeylessAgent
from warmline.agent.models.encoders import Encoders
from warmline.agent.models.vectors import FAST
from warmline.agent.replies import KINDS, OTHER, REFUSED, RIVAL, Net, nets, probabilities, readable, reading, remark
from warmline.agent.small_talk import small_talk
from warmline.domain.consent import Consent, consent_in
from warmline.domain.ids import WorkspaceId
from warmline.domain.knowledge import Answered, Asked, Chatted, CouldNotAnswer, Draft, Failed, Replied, SmallTalk, Turn
from warmline.domain.rules import Action, Rule

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("encoders")]

BOTH = frozenset(Consent)
NEITHER: frozenset[Consent] = frozenset()
ONLY_NO = frozenset({Consent.NO})
CUT, SETTLED = 0.9, 0.8
NET = Net({}, (), CUT, SETTLED)
UNLISTED = {
    "I would be glad of that": Consent.YES,
    "byłoby cudownie, przekażcie proszę": Consent.YES,
    "there is really no need for that": Consent.NO,
    "nie ma potrzeby nikogo w to angażować": Consent.NO,
}


def likely(**kinds: float) -> Mapping[str, float]:
    """The probabilities given; what is left is anything else."""
    return dict.fromkeys(KINDS, 0.0) | {OTHER: 1 - sum(kinds.values())} | kinds


@pytest.mark.parametrize(
    ("text", "found", "awaits", "expected"),
    [
        ("I would be glad", likely(yes=0.95), BOTH, Replied(Consent.YES, 0.95)),
        ("no need at all", likely(no=0.95), BOTH, Replied(Consent.NO, 0.95)),
        ("no need at all", likely(no=0.95), ONLY_NO, Replied(Consent.NO, 0.95)),
        # Nothing is offered, or only a no is awaited.
        ("I would be glad", likely(yes=0.95), NEITHER, None),
        ("no need at all", likely(no=0.95), NEITHER, None),
        ("I would be glad", likely(yes=0.95), ONLY_NO, None),
        # Not sure enough, or the opposite is too likely.
        ("I would be glad", likely(yes=CUT - 0.01), BOTH, None),
        ("I would be glad", likely(yes=0.92, no=RIVAL), BOTH, None),
        ("no need at all", likely(no=0.92, yes=RIVAL), BOTH, None),
        # A question or a condition is answered, and the offer stands.
        ("glad if it is quick?", likely(yes=0.99), BOTH, None),
        ("must I say no?", likely(no=0.99), BOTH, None),
        ("could you?", likely(yes=0.99), BOTH, Replied(Consent.YES, 0.99)),
        ("would you do that? cheers", likely(yes=0.99), BOTH, Replied(Consent.YES, 0.99)),
        ("would you do that quickly please?", likely(yes=0.99), BOTH, None),
        ("could you? and how long does it take?", likely(yes=0.99), BOTH, None),
        ("glad, but it hurries", likely(yes=0.99), BOTH, None),
        ("chętnie, ale najpierw paczka", likely(yes=0.99), BOTH, None),
        ("kind of you but no need", likely(no=0.99), BOTH, Replied(Consent.NO, 0.99)),
        # Small talk needs no offer.
        ("most kind", likely(thanks=0.93), NEITHER, Chatted(SmallTalk.THANKS)),
        ("most kind", likely(thanks=0.93), BOTH, Chatted(SmallTalk.THANKS)),
        ("most kind, but it is broken", likely(thanks=0.99), NEITHER, None),
        ("is that kind?", likely(thanks=0.99), NEITHER, None),
        ("somebody in?", likely(hello=0.93), NEITHER, Chatted(SmallTalk.HELLO)),
        ("be well", likely(bye=0.93), NEITHER, Chatted(SmallTalk.BYE)),
        ("be well?", likely(bye=0.99), NEITHER, None),
        ("be well", likely(bye=CUT - 0.01), NEITHER, None),
        # Anything else is a question, however sure.
        ("where is it", likely(), BOTH, None),
        ("where is it", likely(yes=0.4, thanks=0.1), BOTH, None),
    ],
)
async def test_what_a_message_is_read_as(
    text: str, found: Mapping[str, float], awaits: frozenset[Consent], expected: Draft | None
) -> None:
    assert reading(text, found, CUT, awaits) == expected


@pytest.mark.parametrize(
    ("text", "found", "awaits", "expected"),
    [
        # Who gives an address to an offer accepts it, in whatever words …
        ("ugh. for that one.", likely(yes=0.3, no=0.1), BOTH, Replied(Consent.YES, 0.9)),
        ("most kind", likely(thanks=0.93), BOTH, Replied(Consent.YES, 1.0)),
        # … but for a no, a question, and where nothing is offered.
        ("rather not to", likely(no=REFUSED), BOTH, None),
        ("no need at all", likely(no=0.95), BOTH, Replied(Consent.NO, 0.95)),
        ("is that yours?", likely(), BOTH, None),
        ("ugh. for that one.", likely(yes=0.3), NEITHER, None),
        ("ugh. for that one.", likely(yes=0.3), ONLY_NO, None),
    ],
)
async def test_an_address_that_comes_with_it(
    text: str, found: Mapping[str, float], awaits: frozenset[Consent], expected: Draft | None
) -> None:
    assert reading(text, found, CUT, awaits, addressed=True) == expected


@pytest.mark.parametrize(
    ("text", "found", "expected"),
    [
        ("he will be unbearable now", likely(remark=SETTLED), SmallTalk.REMARK),
        ("he will be unbearable now", likely(remark=SETTLED - 0.01), None),
        ("will he be unbearable?", likely(remark=0.99), None),
        ("lovely, but it is still broken", likely(remark=0.99), None),
        # Which of the three it is hardly matters.
        ("oh well. cheers, off to bed", likely(remark=0.2, thanks=0.25, bye=0.4), SmallTalk.BYE),
        ("where is it", likely(hello=0.6, yes=0.4), None),
    ],
)
async def test_where_nothing_is_open_a_remark_is_no_question(
    text: str, found: Mapping[str, float], expected: SmallTalk | None
) -> None:
    assert remark(text, found, SETTLED) == (expected and Chatted(expected))
    if expected is SmallTalk.REMARK:
        assert reading(text, likely(remark=0.99), CUT, BOTH) is None, "elsewhere it is none of our business"


@pytest.mark.parametrize(
    ("text", "sure", "settled", "expected"),
    [
        ("nice weather for ducks today", SETTLED, True, Chatted),
        ("nice weather for ducks today", SETTLED, False, CouldNotAnswer),
        # Choices of pages count against a remark unless it is a plain one; an answer always does.
        ("paying at the door", SETTLED, True, Asked),
        ("paying at the door", CUT, True, Chatted),
        ("How much are the shipping costs?".rstrip("?"), CUT, True, Answered),
    ],
)
async def test_a_remark_is_what_no_page_answers(
    agent: KeylessAgent,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    sure: float,
    settled: bool,
    expected: type[Draft],
) -> None:
    monkeypatch.setattr(replies, "probabilities", lambda text, vectors: (dict(likely(remark=sure)), NET))
    assert isinstance(await drafted(agent, text, NEITHER, settled=settled), expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I would be glad of that", True),
        ("one two three four five six seven eight nine ten eleven twelve", True),
        ("one two three four five six seven eight nine ten eleven twelve thirteen", False),
        ("yes for order 1234", False),
        ("yes anna@example.com", False),
        ("www.example.com", False),
        ("glad\nof that", False),
        ("…", False),
        ("a", False),
        ("", False),
    ],
)
async def test_only_a_short_line_of_words_is_read(text: str, expected: bool) -> None:
    assert readable(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("You are kind. Are you a person?", ("Are you a person?", "You are kind.")),
        ("Trudno\nA Pan to człowiek?", ("A Pan to człowiek?", "Trudno")),
        ("Are you a person?", None),
        ("Are you a person? I wonder.", None),
        ("Really? Are you a person?", None),
        ("My order is 1234. Are you a person?", None),
        ("", None),
    ],
)
async def test_the_one_question_at_the_end_of_a_message(text: str, expected: tuple[str, str] | None) -> None:
    assert replies.last_question(text) == expected


@pytest.mark.parametrize(
    ("text", "bot"),
    [
        ("You have been very kind, my dear. Are you a real person or one of those machines?", True),
        ("Trudno. A Pan to człowiek czy komputer, jeśli wolno spytać?", True),
        # What is told besides is not passed over, and other questions are no such question.
        ("My parcel never came. Are you a real person or one of those machines?", False),
        ("You have been very kind, my dear. Do you sell robots?", False),
        ("Dziękuję bardzo. Czy ktoś tam pracuje w sobotę?", False),
    ],
)
async def test_are_you_a_bot_behind_a_kind_word_gets_the_true_answer(agent: KeylessAgent, text: str, bot: bool) -> None:
    assert small_talk(text) is None
    assert (await drafted(agent, text, NEITHER) == Chatted(SmallTalk.ARE_YOU_A_BOT)) is bot


async def test_both_nets_are_shipped_and_are_careful() -> None:
    for net in nets().values():
        assert 0.5 <= net.cut < 1 and 0.5 <= net.settled < 1
    assert replies.PARAMETERS.stat().st_size < 1_100_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agent() -> AsyncIterator[KeylessAgent]:
    made = KeylessAgent()
    await learn(made, ARTICLES)
    yield made
    await made.close()


async def drafted(agent: KeylessAgent, text: str, awaits: frozenset[Consent] = BOTH, **more: object) -> Draft:
    return (await agent.think(SHOP, Turn(text, awaits=awaits, **more))).draft  # type: ignore[arg-type]


@pytest.mark.parametrize(("text", "said"), UNLISTED.items())
async def test_an_unlisted_reply_is_read_while_it_is_awaited(agent: KeylessAgent, text: str, said: Consent) -> None:
    assert consent_in(text) is None and small_talk(text) is None
    thought = await agent.think(SHOP, Turn(text, awaits=BOTH))
    assert isinstance(thought.draft, Replied) and thought.draft.said is said
    assert thought.trace["read"]["as"] == said.value and thought.trace["read"]["sure"] >= thought.trace["read"]["cut"]
    assert f"read as {said} ({thought.draft.sure:.2f})" in thought.trace["rules"]
    assert not isinstance(await drafted(agent, text, NEITHER), Replied)


@pytest.mark.parametrize(
    "text",
    [
        "yes but how long does it take",
        "how long will your team need",
        "ile to potrwa",
        "no delivery yet",
        "nie działa",
        "great, still broken",
        "thanks but that does not help",
        "the return was fine but the money did not come",
        "How much are the shipping costs?",
        "tak, zamówiłam w poniedziałek",
    ],
)
async def test_anything_else_is_no_reply(agent: KeylessAgent, text: str) -> None:
    assert not isinstance(await drafted(agent, text), Replied | Chatted)


async def test_a_question_is_encoded_once(agent: KeylessAgent, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    query = Encoders.query

    async def counted(self: Encoders, model: str, text: str) -> bytes:
        asked.append(model)
        return await query(self, model, text)

    monkeypatch.setattr(Encoders, "query", counted)
    await drafted(agent, "how much is the postage")
    assert sorted(asked) == sorted(agent.models)


async def test_where_a_rule_of_the_merchant_fired_nothing_is_read(agent: KeylessAgent) -> None:
    [text, said] = next(iter(UNLISTED.items()))
    assert isinstance(await drafted(agent, text), Replied), said
    rule = Rule("glad", Action.SUPPRESS, phrases=("glad",))
    assert not isinstance(await drafted(agent, text, rules=(rule,)), Replied)


async def test_a_shop_that_knows_nothing_yet_is_understood_too(agent: KeylessAgent) -> None:
    thought = await agent.think(WorkspaceId("empty"), Turn(next(iter(UNLISTED)), awaits=BOTH))
    assert isinstance(thought.draft, Replied)
    thought = await agent.think(WorkspaceId("empty"), Turn("do you fix lamps", awaits=BOTH))
    assert thought.draft == CouldNotAnswer(0.0)


async def test_without_encoders_the_lists_alone_count() -> None:
    made = KeylessAgent(Encoders([FAST]))
    await made.close()
    text = next(iter(UNLISTED))
    assert (await made.think(WorkspaceId("empty"), Turn(text, awaits=BOTH))).draft == CouldNotAnswer(0.0)
    assert (await made.think(WorkspaceId("empty"), Turn("thanks a lot"))).draft == Chatted(SmallTalk.THANKS)


async def test_a_shop_whose_encoders_died_reads_no_yes() -> None:
    made = KeylessAgent(Encoders([FAST]))
    await learn(made, ARTICLES)
    await made.close()
    assert isinstance((await made.think(SHOP, Turn(next(iter(UNLISTED)), awaits=BOTH))).draft, Failed)


async def test_the_fast_encoder_alone_reads_too(agent: KeylessAgent) -> None:
    vectors = {FAST: await agent._encoders.query(FAST, "that would be very kind of you")}
    found, net = probabilities("that would be very kind of you", vectors)
    assert set(found) == set(KINDS) and sum(found.values()) == pytest.approx(1, abs=1e-3) and net is nets()["fast"]


@pytest.mark.parametrize(
    ("found", "awaits", "expected"),
    [
        (likely(yes=0.4, no=0.3), BOTH, CouldNotAnswer),  # a yes or a no that is not understood: it is asked back
        (likely(yes=0.4, no=0.3), NEITHER, Asked),
        (likely(yes=0.2, no=0.2), BOTH, Asked),  # a question, more likely than not
    ],
)
async def test_no_pages_are_offered_to_a_reply_that_is_not_understood(
    agent: KeylessAgent,
    monkeypatch: pytest.MonkeyPatch,
    found: Mapping[str, float],
    awaits: frozenset[Consent],
    expected: type[Draft],
) -> None:
    monkeypatch.setattr(replies, "probabilities", lambda text, vectors: (dict(found), NET))
    assert isinstance(await drafted(agent, "paying at the door", awaits), expected)
