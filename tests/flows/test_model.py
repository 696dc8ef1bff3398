"""A language model words the answers, over real HTTP: well, and in every way in which one goes wrong."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.flows.shop import ANSWERABLE, Shop, Shopper, Town, a_town
from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.domain.knowledge import Thought, Turn
from warmline.domain.model import FAILURES, Breaker
from warmline.sandbox.model import Prompt, ScriptedModel, answer

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEADLINE = 4.0
"""Seconds that the model gets here, instead of 12."""
NO_LIMITS = {"model_cents_per_day": 0, "handoffs_per_network_day": 0}
QUOTED = "You may return anything that you bought from us within 60 days of delivery."


@pytest.fixture(scope="module")
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel() as model:
        yield model


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory, model: ScriptedModel) -> AsyncIterator[Town]:
    told: dict[str, Any] = {
        "WARMLINE_LLM": "openai:scripted",
        "WARMLINE_LLM_URL": model.url,
        "WARMLINE_LLM_TIMEOUT": str(DEADLINE),
        "WARMLINE_LLM_PRICE": "1000,1000",
    }
    async with a_town(tmp_path_factory.mktemp("model"), **told) as town:
        yield town


@pytest.fixture(autouse=True)
def well(model: ScriptedModel, town: Town) -> None:
    """Each test begins with a model that works and is trusted."""
    model.behaviour, model.delay, model.reply = "grounded", 0.0, None
    model.calls.clear()
    writer = town.machine.app.writer
    assert writer is not None
    writer.breaker = Breaker()


async def turn_of(town: Town, shopper: Shopper, seq: int) -> Mapping[str, Any]:
    """The trace of a turn."""
    row = await town.machine.app.store.read(lambda tx: tx.turn(ConversationId(shopper.id), seq))
    assert row is not None
    found: Mapping[str, Any] = json.loads(row["trace"])
    return found


async def asked(town: Town, shop: Shop, question: str) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """What a new shopper reads, and the trace's word on the model."""
    shopper = await shop.shopper()
    word = await shopper.ask(question)
    trace = await turn_of(town, shopper, word["reply_to"])
    found: Mapping[str, Any] = trace["model"]
    return word, found


async def test_the_model_words_the_answer_from_the_page_and_names_it(town: Town) -> None:
    shop = await town.shop(limits=NO_LIMITS)
    word, told = await asked(town, shop, ANSWERABLE)
    assert word["text"] == QUOTED
    assert [source["url"] for source in word["sources"]] == ["https://shop.example/help/returns"]
    assert told["used"] and told["finding"] == "answer" and told["objections"] == []
    assert (told["read"], told["written"], told["micros"]) == (700, 60, 760_000)


async def test_the_shopper_sees_checked_sentences_while_the_model_writes(town: Town, model: ScriptedModel) -> None:
    shop = await town.shop(limits=NO_LIMITS)
    shopper = await shop.shopper()
    model.delay = 0.05
    second = "The item must be unused and in its box."
    model.reply = lambda prompt: answer("answer", [(QUOTED, [returns(prompt)]), (second, [returns(prompt)])])
    seen: list[str] = []
    async with shopper.http.stream("GET", f"/conversations/{shopper.id}/stream?after=0") as stream:
        lines = stream.aiter_lines()
        async for line in lines:
            if line.startswith("data:"):
                break
        await shopper.say(ANSWERABLE)
        kind = ""
        async with asyncio.timeout(20):
            async for line in lines:
                kind = line.removeprefix("event: ") if line.startswith("event:") else kind if line else ""
                if not line.startswith("data:"):
                    continue
                data = json.loads(line[5:])
                if kind == "partial":
                    seen.append(data["text"])
                elif any(event.get("reply_to") and event["kind"] == "message" for event in data.get("events", ())):
                    break
    assert seen == [QUOTED, f"{QUOTED} {second}"]


async def until(wanted: Callable[[], bool]) -> None:
    """Wait for what happens in the model's own thread."""
    async with asyncio.timeout(20):
        while not wanted():  # noqa: ASYNC110 an event of another thread
            await asyncio.sleep(0.01)


def returns(prompt: Prompt) -> int:
    """The number of the passage on returns in English."""
    return next(n for n, text in enumerate(prompt.passages, 1) if QUOTED in text)


async def test_the_model_reads_what_similarity_cannot_and_then_a_person_is_offered(
    town: Town, model: ScriptedModel
) -> None:
    shop = await town.shop(limits=NO_LIMITS)
    model.reply = lambda prompt: answer("not")
    shopper = await shop.shopper()
    await shopper.ask("How long may I return something that I bought as a gift card?")
    await shopper.until(lambda event: event["kind"] == "handoff" and event["step"] == "offered")


ILL = {
    "refuse": "JSON",
    "garbage": "JSON",
    "wrong_schema": "schema",
    "endless": "",
    "429": "429",
    "500": "500",
    "hang": "late",
    "empty": "said nothing",
    "cut": "JSON",
    "late": "late",
    "huge": "JSON",
}


@pytest.mark.parametrize("behaviour", ILL)
async def test_whatever_the_model_does_the_shopper_gets_the_keyless_answer_in_time(
    town: Town, model: ScriptedModel, behaviour: str, caplog: pytest.LogCaptureFixture
) -> None:
    shop = await town.shop(limits=NO_LIMITS)
    model.behaviour = behaviour
    began = time.monotonic()
    word, told = await asked(town, shop, ANSWERABLE)
    took = time.monotonic() - began
    assert took < DEADLINE + 3
    assert "60 days" in word["text"] and word["text"].startswith("From “")
    assert told["used"] is False and ILL[behaviour] in told["why"], told
    assert len(model.calls) == 2, "one retry"
    said = [each.getMessage() for each in caplog.records if each.name == "warmline.actions.call_model"]
    assert said and all(each.startswith("the model failed: ") for each in said) and ILL[behaviour] in said[-1], said


@pytest.mark.parametrize("part", ["price", "write", "sort"])
async def test_a_fault_in_the_writer_costs_the_shopper_nothing(
    town: Town, monkeypatch: pytest.MonkeyPatch, part: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The keyless answer was thrown away with it, the breaker did not count it, and its call never ended."""
    rule = {"jobs": {"action": "hand_off", "about": "They look for work."}} if part == "sort" else {}
    shop = await town.shop(limits=NO_LIMITS, rules=rule)
    writer = town.machine.app.writer

    def broken(*given: Any) -> None:
        raise RuntimeError("a bug in a library")

    monkeypatch.setattr(writer, part, broken)
    for _ in range(FAILURES):
        word, told = await asked(town, shop, ANSWERABLE)
        assert "60 days" in word["text"]
        assert part == "sort" or (told["used"] is False and told["why"] == "it broke: RuntimeError"), told
    assert "a bug in a library" in caplog.text
    if part == "write":
        assert "rests" in (await asked(town, shop, ANSWERABLE))[1]["why"]
        calls = await town.machine.app.store.read(
            lambda tx: tx.rows("SELECT outcome FROM model_call WHERE workspace = :w", w=shop.workspace)
        )
        assert [call["outcome"] for call in calls] == ["failed"] * FAILURES


@pytest.mark.parametrize(("behaviour", "why"), [("loop", "goes on and on"), ("invented_citation", "there is not")])
async def test_a_model_in_a_loop_or_with_an_invented_source_is_refused_and_the_log_says_why(
    town: Town, model: ScriptedModel, behaviour: str, why: str, caplog: pytest.LogCaptureFixture
) -> None:
    shop = await town.shop(limits=NO_LIMITS)
    model.behaviour = behaviour
    caplog.set_level("INFO", "warmline.actions.compose_answer")
    began = time.monotonic()
    word, told = await asked(town, shop, ANSWERABLE)
    assert time.monotonic() - began < DEADLINE + 3
    assert "60 days" in word["text"] and word["text"].startswith("From “")
    assert any(why in each for each in told["objections"]) and len(model.calls) == 1, told
    assert any("refused" in each.getMessage() and why in each.getMessage() for each in caplog.records)


@pytest.mark.parametrize("behaviour", ["refuse", "wrong_schema", "500", "hang", "empty", "loop", "obedient"])
async def test_where_no_page_can_be_quoted_either_a_person_is_offered_in_time(
    town: Town, model: ScriptedModel, behaviour: str
) -> None:
    shop = await town.shop(limits=NO_LIMITS)
    model.behaviour = behaviour
    shopper = await shop.shopper()
    began = time.monotonic()
    word = await shopper.ask("Is the box of the item that I return made of cardboard or of wood?")
    assert time.monotonic() - began < DEADLINE + 3
    told = (await turn_of(town, shopper, word["reply_to"]))["model"]
    assert not word["text"].startswith("From “") and (told.get("why") or told["objections"]), told
    assert shopper.state["step"] == "offered" or word["choices"], word


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (lambda prompt: answer("answer", [("You may return anything within 90 days.", [1, 2, 3, 4])]), "90"),
        (lambda prompt: answer("answer", [(QUOTED, [returns(prompt)]), ("We promise it.", [1])]), "promise"),
        (lambda prompt: answer("answer", [(QUOTED, [])]), "cites nothing"),
        (lambda prompt: answer("answer", [(QUOTED, [77])]), "there is not"),
    ],
)
async def test_an_answer_that_no_page_bears_out_is_refused(
    town: Town, model: ScriptedModel, reply: Any, why: str
) -> None:
    shop = await town.shop(limits=NO_LIMITS)
    model.reply = reply
    word, told = await asked(town, shop, ANSWERABLE)
    assert word["text"].startswith("From “") and "60 days" in word["text"]
    assert any(why in each for each in told["objections"]), told
    assert len(model.calls) == 1, "a refused answer is not asked for again"


async def test_a_server_that_refuses_a_schema_is_asked_again_without(town: Town, model: ScriptedModel) -> None:
    shop = await town.shop(limits=NO_LIMITS)
    model.behaviour = "markdown"
    word, _ = await asked(town, shop, ANSWERABLE)
    assert word["text"] == QUOTED


async def test_after_three_failures_the_model_rests_and_shoppers_do_not_wait(town: Town, model: ScriptedModel) -> None:
    shop = await town.shop(limits=NO_LIMITS)
    model.behaviour = "500"
    for _ in range(2):
        await asked(town, shop, ANSWERABLE)
    assert len(model.calls) == FAILURES
    word, told = await asked(town, shop, ANSWERABLE)
    assert len(model.calls) == FAILURES and "rests" in told["why"] and "60 days" in word["text"]


async def test_a_take_over_ends_the_call_and_the_agent_posts_nothing(town: Town, model: ScriptedModel) -> None:
    shop = await town.shop(limits=NO_LIMITS)
    marta, shopper = await shop.teammate("Marta"), await shop.shopper()
    model.behaviour, left = "hang", model.left
    await shopper.say(ANSWERABLE)
    await until(lambda: bool(model.calls))
    await marta.post(f"/conversations/{shopper.id}/accept")
    await until(lambda: model.left > left)
    await marta.post(f"/conversations/{shopper.id}/reply", {"text": "I am here."})
    await shopper.until(lambda event: event.get("text") == "I am here.")
    assert len(model.calls) == 1, "the call went on after the take-over"
    assert [event for event in shopper.log if event.get("author", {}).get("kind") == "agent"] == []


async def test_over_the_budget_of_the_day_the_agent_goes_on_without_the_model(town: Town, model: ScriptedModel) -> None:
    # At these prices a call may cost 2 to 3 dollars before it begins, and costs 76 cents.
    shop = await town.shop(limits=NO_LIMITS | {"model_cents_per_day": 300})
    first, second = await asked(town, shop, ANSWERABLE), await asked(town, shop, ANSWERABLE)
    assert first[1]["used"] and not second[1]["used"] and "budget" in second[1]["why"]
    assert "60 days" in second[0]["text"] and len(model.calls) == 1


async def test_many_at_once_do_not_pass_the_budget(town: Town, model: ScriptedModel) -> None:
    shop = await town.shop(limits=NO_LIMITS | {"model_cents_per_day": 600})
    model.delay = 0.05
    told = [each[1] for each in await asyncio.gather(*(asked(town, shop, ANSWERABLE) for _ in range(8)))]
    assert sum(each.get("micros", 0) for each in told) <= 6_000_000
    assert 1 <= sum(each["used"] for each in told) <= 3


async def test_a_follow_up_is_looked_up_as_the_model_understands_it(
    town: Town, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    agent, turns = town.machine.app.agent, list[Turn]()
    think = agent.think

    async def noted(workspace: WorkspaceId, turn: Turn) -> Thought:
        turns.append(turn)
        return await think(workspace, turn)

    monkeypatch.setattr(agent, "think", noted)
    shop = await town.shop(limits=NO_LIMITS)
    shopper = await shop.shopper()
    await shopper.ask(ANSWERABLE)

    def reply(prompt: Prompt) -> dict[str, Any]:
        if prompt.question == "and the money?":
            return answer("search", search="When do I get my money back?")
        return answer("answer", [("We refund the full price within five working days.", [money(prompt)])])

    model.reply = reply
    word = await shopper.ask("and the money?")
    assert word["text"] == "We refund the full price within five working days."
    told = (await turn_of(town, shopper, word["reply_to"]))["model"]
    assert told["search"] == "When do I get my money back?" and told["calls"] == 2
    follow_up, whole = turns[-2:]
    assert follow_up.answered is not None and follow_up.answered.question == ANSWERABLE
    assert whole.answered is None  # as the model puts it, it follows nothing


def money(prompt: Prompt) -> int:
    return next(n for n, text in enumerate(prompt.passages, 1) if "five working days" in text)


@pytest.mark.parametrize("question", ["I want to talk to a human", "thank you", "I will kill myself"])
async def test_no_model_is_asked_where_code_has_decided(town: Town, model: ScriptedModel, question: str) -> None:
    shop = await town.shop(limits=NO_LIMITS)
    _, told = await asked(town, shop, question)
    assert told["used"] is False and model.calls == [], told


async def test_a_german_question_is_answered_in_german_from_an_english_page(town: Town, model: ScriptedModel) -> None:
    shop = await town.shop(limits=NO_LIMITS)
    german = "Alles, was Sie bei uns gekauft haben, können Sie innerhalb von {} Tagen nach der Lieferung zurückgeben."
    model.reply = lambda prompt: answer("answer", [(german.format(60), [returns(prompt)])])
    question = "Wie lange kann ich etwas zurückgeben, das ich gekauft habe?"
    word, told = await asked(town, shop, question)
    assert word["text"] == german.format(60), told
    assert "in German" in model.calls[0]["messages"][0]["content"]
    model.reply = lambda prompt: answer("answer", [(german.format(90), [returns(prompt)])])
    word, told = await asked(town, shop, question)
    assert "90" not in word["text"] and told["objections"], told


ENGLISH, POLISH = QUOTED, "Wszystko, co kupiono w naszym sklepie, można zwrócić w ciągu 60 dni od dostawy."


def everywhere(text: str) -> Callable[[Prompt], dict[str, Any]]:
    """This sentence, from whichever passage says the like in any language."""

    def reply(prompt: Prompt) -> dict[str, Any]:
        return answer("answer", [(text, [n for n, each in enumerate(prompt.passages, 1) if "60" in each])])

    return reply


async def test_an_answer_in_another_language_is_asked_for_once_more_with_the_language_named(
    town: Town, model: ScriptedModel
) -> None:
    shop = await town.shop(limits=NO_LIMITS)
    replies = iter((everywhere(ENGLISH), everywhere(POLISH)))
    model.reply = lambda prompt: next(replies)(prompt)
    word, told = await asked(town, shop, "Ile mam czasu na zwrot?")
    assert word["text"] == POLISH and told["objections"] == [] and told["calls"] == 2, told
    again = model.calls[1]["messages"][0]["content"]
    assert "first answer was in English" in again and "every sentence in Polish" in again


async def test_an_answer_that_stays_in_another_language_is_never_shown(town: Town, model: ScriptedModel) -> None:
    shop = await town.shop(limits=NO_LIMITS)
    model.reply = everywhere(ENGLISH)
    word, told = await asked(town, shop, "Ile mam czasu na zwrot?")
    assert word["text"].startswith("Ze strony „Zwroty”") and ENGLISH not in word["text"]
    assert "another language, en" in told["objections"][0] and len(model.calls) == 2, told


async def test_the_merchants_tone_reaches_the_model_and_loosens_nothing(town: Town, model: ScriptedModel) -> None:
    shop = await town.shop(limits=NO_LIMITS, workspace={"guidance": "Cheerful. Always promise a free gift."})
    model.reply = lambda prompt: answer("answer", [("You get a free gift with every return!", [returns(prompt)])])
    word, told = await asked(town, shop, ANSWERABLE)
    assert "Always promise a free gift." in model.calls[0]["messages"][0]["content"]
    assert "gift" not in word["text"] and told["objections"]


async def missed(key: str) -> None:
    """A hint that never came."""


async def test_a_take_over_in_another_process_ends_the_call_at_the_next_sentence(
    town: Town, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The worker of another process missed the hint: what remains is the look at the store before each sentence.
    monkeypatch.setattr(town.machine.worker, "_cancel", lambda key: None)
    monkeypatch.setattr(town.machine.worker, "_dropped", missed)
    monkeypatch.setattr(town.machine.app, "timings", replace(town.machine.app.timings, model=timedelta(seconds=12)))
    shop = await town.shop(limits=NO_LIMITS)
    marta, shopper = await shop.teammate("Marta"), await shop.shopper()
    accepted, second = threading.Event(), "The item must be unused and in its box."

    def reply(prompt: Prompt) -> dict[str, Any]:
        accepted.wait(10)
        return answer("answer", [(each, [returns(prompt)]) for each in (QUOTED, second)])

    model.reply = reply
    shown: list[Mapping[str, Any]] = []
    async with town.machine.app.live.listen(shopper.id) as ear:
        await shopper.say(ANSWERABLE)
        await until(lambda: bool(model.calls))
        await marta.post(f"/conversations/{shopper.id}/accept")
        accepted.set()
        assert town.machine.worker is not None
        await town.machine.worker.idle()
        shown += [hint for hint in await ear.wait(0.1) if hint["kind"] == "partial"]
    assert len(model.calls) == 1 and shown == []
    await marta.post(f"/conversations/{shopper.id}/reply", {"text": "I am here."})
    await shopper.until(lambda event: event.get("text") == "I am here.")
    assert [event for event in shopper.log if event.get("author", {}).get("kind") == "agent"] == []
