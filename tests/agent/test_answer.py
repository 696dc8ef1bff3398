"""The keyless agent, through its contract, with real encoders."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from tests.agent.shop import ARTICLES, NOW, SHOP, an_article, learn
from warmline.agent import language
from warmline.agent.answer import KeylessAgent
from warmline.agent.base import Agent, Shelf
from warmline.agent.going_on import LEAST_PAGES
from warmline.agent.index import Hit
from warmline.agent.models.encoders import Encoders
from warmline.agent.models.vectors import FAST
from warmline.agent.quote import choices
from warmline.domain.ids import WorkspaceId
from warmline.domain.knowledge import (
    Answered,
    Asked,
    Chatted,
    Citation,
    CouldNotAnswer,
    Draft,
    Exchange,
    Failed,
    SmallTalk,
    Thought,
    Turn,
    WantsPerson,
    end_of,
)

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("encoders")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def agent() -> AsyncIterator[KeylessAgent]:
    made = KeylessAgent()
    await made.warm()
    await learn(made, ARTICLES)
    yield made
    await made.close()


async def ask(agent: Agent, question: str, lang: str | None = None) -> Thought:
    return await agent.think(SHOP, Turn(question, lang))


def sources(draft: Draft) -> list[str | None]:
    assert isinstance(draft, Answered), draft
    return [citation.url for citation in draft.citations]


async def test_the_agent_keeps_its_contract(agent: KeylessAgent) -> None:
    contract: Agent = agent
    assert contract.revision(SHOP) == 1
    assert contract.revision(WorkspaceId("nobody")) is None
    assert contract.models[0] == FAST


@pytest.mark.parametrize(
    ("question", "page", "quoted"),
    [
        ("How much are the shipping costs?", "shipping", "Shipping costs 5 euro"),
        ("Ile wynoszą koszty dostawy?", "dostawa", "kosztuje 20 zł"),
        ("How long does a refund take", "returns", "within 5 working days"),
        ("ile trwa zwrot pieniędzy", "zwroty", "5 dni roboczych"),
        ("how long can i use my voucher?", "gift-cards", "valid for two years"),
        ("payment by BLIK", "blik", "six digit code"),
    ],
)
async def test_the_page_is_quoted(agent: KeylessAgent, question: str, page: str, quoted: str) -> None:
    thought = await ask(agent, question)
    assert sources(thought.draft) == [f"https://shop.example/{page}"]
    assert isinstance(thought.draft, Answered)
    assert quoted in thought.draft.text


async def test_twin_pages_answer_in_the_shoppers_language(agent: KeylessAgent) -> None:
    english = await ask(agent, "How can I return an item?")
    polish = await ask(agent, "Jak mogę zwrócić produkt?")
    assert english.passages[0].chunk.lang == "en"
    assert polish.passages[0].chunk.lang == "pl"
    assert polish.lang == "pl"


@pytest.mark.parametrize(
    "question", ["Do you sell guitars?", "Jaka będzie jutro pogoda?", "who won the world cup", "asdf qwer"]
)
async def test_what_the_shop_does_not_know_is_not_answered(agent: KeylessAgent, question: str) -> None:
    assert isinstance((await ask(agent, question)).draft, CouldNotAnswer)


async def test_knowledge_in_another_language_is_found(agent: KeylessAgent) -> None:
    thought = await ask(agent, "Jaki kod trzeba wpisać, płacąc BLIKiem?")
    assert thought.passages[0].chunk.article == "blik"


async def test_a_choice_leads_to_its_answer(agent: KeylessAgent) -> None:
    thought = await ask(agent, "is delivery free")
    assert isinstance(thought.draft, Asked), thought.draft
    assert 1 <= len(thought.draft.choices) <= 3
    for choice in thought.draft.choices:
        chosen = await ask(agent, choice.question)
        assert isinstance(chosen.draft, Answered)
        assert chosen.passages[0].chunk.title in choice.label
        assert chosen.passages[0].chunk.lang == "en"


async def test_every_page_with_text_can_be_chosen(agent: KeylessAgent) -> None:
    chunks = [chunk for article in ARTICLES for chunk in agent.split(article)]
    offered = [choice for chunk in chunks for choice in choices([Hit(chunk, 6.0, {}, 0, exact=False)])]
    assert len(offered) == len([chunk for chunk in chunks if chunk.text])
    for choice in offered:
        thought = await ask(agent, choice.question, lang="en")
        assert isinstance(thought.draft, Answered), choice


async def test_an_entry_without_text_cannot_be_quoted(agent: KeylessAgent) -> None:
    assert isinstance((await ask(agent, "are you hiring people")).draft, CouldNotAnswer)


@pytest.mark.parametrize(
    ("question", "draft"),
    [
        ("I want to talk to a human", WantsPerson()),
        ("my parcel is broken\nagent please", WantsPerson()),
        ("Hello!", Chatted(SmallTalk.HELLO)),
        ("dziękuję", Chatted(SmallTalk.THANKS)),
        ("are you a bot?", Chatted(SmallTalk.ARE_YOU_A_BOT)),
    ],
)
async def test_rules_come_before_knowledge(agent: KeylessAgent, question: str, draft: Draft) -> None:
    thought = await ask(agent, question)
    assert thought.draft == draft
    assert len(thought.trace["rules"]) == 1


async def test_the_conversations_language_is_kept(agent: KeylessAgent) -> None:
    assert (await ask(agent, "BLIK?", lang="pl")).lang == "pl"


async def test_the_trace_says_why(agent: KeylessAgent) -> None:
    thought = await ask(agent, "How much are the shipping costs?")
    trace = json.loads(json.dumps(thought.trace))
    assert trace["question"] == "How much are the shipping costs?"
    assert (trace["lang"], trace["verdict"]) == ("en", "Answered")
    assert {"confidence", "cut", "among_choices", "ask"} <= trace["limits"].keys()
    assert {"read", "rules", "encode", "search"} <= trace["ms"].keys()
    first = trace["passages"][0]
    assert {"chunk", "title", "url", "score", "views"} <= first.keys()
    assert {"e_full", "u_full", "cov", "lex", "foreign"} <= first["views"].keys()
    assert len(trace["passages"]) <= 5
    assert "Shipping costs 5 euro within the European Union." in [link["sentence"] for link in trace["links"]]
    assert {link["url"] for link in trace["links"]} == {"https://shop.example/shipping"}
    assert trace["missing"] == []


ODD = [
    "",
    " ",
    "a",
    "?",
    "🙂🙂🙂",
    "\x00",
    "\ud800",
    "где мой заказ order 注文",
    "x" * 8_000,
    "why? " * 1_600,
    "\n" * 50,
    "'; --",
]


@pytest.mark.parametrize("question", ODD)
async def test_odd_questions_give_a_thought(agent: KeylessAgent, question: str) -> None:
    start = time.perf_counter()
    thought = await ask(agent, question)
    assert isinstance(thought.draft, CouldNotAnswer | Asked | Answered)
    json.dumps(thought.trace)
    assert time.perf_counter() - start < 3


async def test_a_long_message_is_looked_up_by_what_it_asks(agent: KeylessAgent) -> None:
    story = "I bought this for my sister and she was very happy about the colour of it. " * 20
    thought = await ask(agent, f"{story} How much are the shipping costs? {story}")
    assert thought.passages[0].chunk.article == "shipping"


async def test_a_workspace_that_was_never_loaded_knows_nothing(agent: KeylessAgent) -> None:
    thought = await agent.think(WorkspaceId("new"), Turn("How much is shipping?"))
    assert thought.draft == CouldNotAnswer(0.0)
    wish = await agent.think(WorkspaceId("new"), Turn("human please"))
    assert wish.draft == WantsPerson()


@pytest.mark.parametrize("count", [0, 1])
async def test_no_article_and_one_article(agent: KeylessAgent, count: int) -> None:
    workspace = WorkspaceId(f"tiny{count}")
    await learn(agent, ARTICLES[2:3][:count], workspace)
    thought = await agent.think(workspace, Turn("How much are the shipping costs?"))
    assert isinstance(thought.draft, Answered | Asked if count else CouldNotAnswer)
    other = await agent.think(workspace, Turn("Is the moon made of cheese?"))
    assert isinstance(other.draft, CouldNotAnswer)


async def test_the_old_index_answers_until_the_new_one_is_ready(agent: KeylessAgent) -> None:
    workspace = WorkspaceId("moving")
    await learn(agent, ARTICLES, workspace, revision=1)
    chunks = [chunk for n in range(400) for chunk in agent.split(an_article(f"n{n}", f"Page {n}", f"Text number {n}."))]
    loads = [asyncio.create_task(agent.load(workspace, Shelf(revision, chunks, {}))) for revision in (2, 3)]
    thought = await agent.think(workspace, Turn("Hello!"))
    assert isinstance(thought.draft, Chatted)
    assert agent.revision(workspace) in (1, 2)
    await asyncio.gather(*loads)
    assert agent.revision(workspace) == 3


async def test_a_killed_encoder_costs_one_question_nothing(agent: KeylessAgent) -> None:
    assert agent._encoders.pid is not None
    os.kill(agent._encoders.pid, signal.SIGKILL)
    assert isinstance((await ask(agent, "How much are the shipping costs?")).draft, Answered)


async def test_a_broken_encoder_is_a_failure_not_an_exception() -> None:
    made = KeylessAgent(Encoders([FAST]))
    await learn(made, ARTICLES)
    await made.close()
    thought = await made.think(SHOP, Turn("How much are the shipping costs?"))
    assert isinstance(thought.draft, Failed)
    assert (await made.think(SHOP, Turn("I want a human"))).draft == WantsPerson()


async def test_the_fast_encoder_alone_answers() -> None:
    made = KeylessAgent(Encoders([FAST]))
    await learn(made, ARTICLES)
    assert sources((await ask(made, "How much are the shipping costs?")).draft) == ["https://shop.example/shipping"]
    assert isinstance((await ask(made, "Do you sell guitars?")).draft, CouldNotAnswer)
    await made.close()


async def test_two_questions_are_answered_from_two_pages(agent: KeylessAgent) -> None:
    thought = await ask(agent, "How much are the shipping costs? And what are the opening hours of your store?")
    assert isinstance(thought.draft, Answered) and thought.draft.rest is None
    assert sources(thought.draft) == ["https://shop.example/shipping", "https://shop.example/opening"]
    assert "5 euro" in thought.draft.text and "9:00" in thought.draft.text


async def test_half_an_answer_names_what_is_left(agent: KeylessAgent) -> None:
    thought = await ask(agent, "How much are the shipping costs? Is the moon made of green cheese?")
    assert isinstance(thought.draft, Answered)
    assert sources(thought.draft) == ["https://shop.example/shipping"]
    assert thought.draft.rest == "Is the moon made of green cheese?"


async def test_a_follow_up_is_understood_from_the_question_before(agent: KeylessAgent) -> None:
    history = [("visitor", "How much are the shipping costs?"), ("agent", "5 euro.")]
    thought = await agent.think(SHOP, Turn("and over 50 euro?", "en", history))
    assert sources(thought.draft) == ["https://shop.example/shipping"]
    far = await agent.think(SHOP, Turn("and to the moon?", "en", history))
    assert isinstance(far.draft, CouldNotAnswer)  # nothing on the page speaks of the moon


async def test_a_follow_up_with_no_answer_of_its_own_gets_the_choices_of_what_it_follows(agent: KeylessAgent) -> None:
    history = [("visitor", "How much are the shipping costs?"), ("agent", "5 euro.")]
    question = "and for heavy orders?"
    assert isinstance((await ask(agent, question)).draft, CouldNotAnswer)
    thought = await agent.think(SHOP, Turn(question, "en", history))
    assert isinstance(thought.draft, Asked)
    assert thought.draft.choices[0].label == "Shipping costs"
    assert thought.trace["in_context"]["verdict"] in {"answer", "ask"}


def going_on(question: str) -> Turn:
    before = Exchange("How much are the shipping costs?", "From “Shipping costs”: Orders over 50 euro ship free.")
    return Turn(question, "en", [("visitor", before.question), ("agent", before.answer)], answered=before)


@pytest.mark.parametrize(
    ("question", "draft", "page"),
    [
        ("and over 50 euro?", Answered, "shipping"),
        # The page that was quoted says nothing of what is added.
        ("and for heavy pallets?", CouldNotAnswer, None),
        ("do you repair tents?", CouldNotAnswer, None),
        # Another page, in its own words.
        ("How do I return an item?", Answered, "returns"),
    ],
)
async def test_a_question_after_an_answer_may_go_on_from_its_page(
    agent: KeylessAgent, question: str, draft: type[Draft], page: str | None
) -> None:
    thought = await agent.think(SHOP, going_on(question))
    assert isinstance(thought.draft, draft)
    if page:
        assert thought.passages[0].chunk.article == page
    if question != "How do I return an item?":  # word for word a heading: no need to look further
        assert thought.trace["going_on"]["quoted"] == "shipping"


async def test_in_a_tiny_shop_no_question_goes_on_from_the_page_before(agent: KeylessAgent) -> None:
    assert len(ARTICLES) >= LEAST_PAGES
    await learn(agent, ARTICLES[: LEAST_PAGES - 1], tiny := WorkspaceId("tiny"))
    thought = await agent.think(tiny, going_on("do you repair tents?"))
    assert isinstance(thought.draft, CouldNotAnswer)
    assert "going_on" not in thought.trace


async def test_an_answer_in_other_words_is_known_for_its_page(agent: KeylessAgent) -> None:
    before = Exchange("How much are the shipping costs?", "It costs five euro to send a parcel within the EU.")
    thought = await agent.think(SHOP, Turn("over 50 euro?", "en", answered=before))
    assert thought.trace["going_on"]["quoted"] == "shipping"
    assert sources(thought.draft) == ["https://shop.example/shipping"]


async def test_an_answer_in_other_words_is_known_by_the_page_that_it_names(agent: KeylessAgent) -> None:
    answer = "We repair whatever you bring, free of charge."  # it is like no page at all
    before = Exchange(
        "How much are the shipping costs?", answer, (Citation("Returns", "https://shop.example/returns"),)
    )
    thought = await agent.think(SHOP, Turn("and after that?", "en", answered=before))
    assert thought.trace["going_on"]["quoted"] == "returns"


async def test_what_a_page_says_nothing_about_are_words_of_this_question(agent: KeylessAgent) -> None:
    before = Exchange("How much are the shipping costs?", "Nobody here can tell you the weather on Sunday morning.")
    thought = await agent.think(SHOP, Turn("do you repair tents?", "en", answered=before))
    assert thought.trace["missing"]  # and none of the talk before, which was looked up, too
    assert set(thought.trace["missing"]) <= {"repair", "tents"}


OLD = NOW - timedelta(days=400)


@pytest.mark.parametrize("first", ["returns", "policy"])
async def test_of_two_pages_that_contradict_one_another_the_newer_is_quoted(agent: KeylessAgent, first: str) -> None:
    texts = {"returns": "You can return any item within 30 days.", "policy": "You can return any item within 14 days."}
    pages = [
        an_article(key, "Returning an item", text, learned_at=NOW if key == first else OLD)
        for key, text in texts.items()
    ]
    workspace = WorkspaceId(f"contradicts-{first}")
    await learn(agent, [*pages, *ARTICLES[2:]], workspace)
    thought = await agent.think(workspace, Turn("How many days do I have for returning an item?"))
    assert sources(thought.draft) == [f"https://shop.example/{first}"]
    assert thought.trace["contradiction"]["why"] == "newer"
    assert thought.trace["contradiction"]["kept"]["url"] == f"https://shop.example/{first}"
    json.dumps(thought.trace)


async def test_the_more_specific_of_two_pages_is_quoted_though_the_other_is_newer(agent: KeylessAgent) -> None:
    pages = [
        an_article("sale", "Returning sale items", "You can return sale items within 7 days.", learned_at=OLD),
        an_article("all", "Returning items", "You can return all items within 30 days."),
    ]
    workspace = WorkspaceId("specific")
    await learn(agent, [*pages, *ARTICLES[2:]], workspace)
    thought = await agent.think(workspace, Turn("How many days do I have for returning sale items?"))
    assert thought.passages[0].chunk.article == "sale"
    assert thought.trace["contradiction"]["why"] == "more specific"


async def test_a_page_that_expires_today_is_quoted_until_the_day_is_over() -> None:
    now = NOW.replace(hour=23, minute=59)
    agent = KeylessAgent(Encoders([FAST]), clock=lambda: now)
    until = end_of("2026-11-22")
    await learn(agent, [an_article("sale", "Autumn sale", "All lamps cost half.", valid_until=until), ARTICLES[2]])
    question = "Autumn sale"
    assert sources((await ask(agent, question)).draft) == ["https://shop.example/sale"]
    now += timedelta(minutes=1)
    after = await ask(agent, question)
    assert isinstance(after.draft, CouldNotAnswer | Asked)
    assert all(passage.chunk.article != "sale" for passage in after.passages)
    await learn(agent, [an_article("sale", "Autumn sale", "All lamps cost half.", valid_until=until)])
    assert (await ask(agent, question)).draft == CouldNotAnswer(0.0)
    await agent.close()


@pytest.mark.parametrize(
    "question", ["how much are the shipping costs", "Wie viel kostet der Versand?", "配送料はいくらですか", "送料"]
)
async def test_a_language_that_no_page_is_in(agent: KeylessAgent, question: str) -> None:
    workspace = WorkspaceId("polish-only")
    await learn(agent, [page for page in ARTICLES if page.page.lang == "pl"], workspace)
    thought = await agent.think(workspace, Turn(question))
    assert isinstance(thought.draft, Answered | Asked | CouldNotAnswer)
    other = await agent.think(workspace, Turn("Wer hat den alten Turm am Hafen gebaut?"))
    assert isinstance(other.draft, CouldNotAnswer)


async def test_the_first_shopper_waits_for_nothing_that_could_be_read_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a second: the language model was read with the first question; the warm-up spoke too few words for it."""
    monkeypatch.setattr(language, "_identifier", None)
    agent = KeylessAgent()
    try:
        await agent.warm()
        assert language._identifier is not None
    finally:
        await agent.close()
