"""A model's answer in a real browser: sentence by sentence, its source at the end, stopped by a take-over.

A refused one is replaced without a gap.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.mall import Mall, Visit
from tests.browser.test_widget_journeys import the_id
from tests.browser.test_widget_languages import come
from tests.browser.test_widget_looks import PARTIAL
from tests.browser.words import LANGUAGES, QUESTION
from tests.flows.shop import Shop
from warmline.agent.answer import KeylessAgent
from warmline.agent.models.chat import ChatSettings, PydanticChat
from warmline.agent.write import MOST_TOKENS, ModelWriter
from warmline.sandbox.model import Prompt, ScriptedModel, answer

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser_widget")]

SAID = {
    "en": (
        "You may return anything that you bought from us within 60 days of delivery.",
        "The item must be unused and in its box.",
    ),
    "pl": (
        "Wszystko, co kupiono w naszym sklepie, można zwrócić w ciągu 60 dni od dostawy.",
        "Produkt musi być nieużywany i w pudełku.",
    ),
}
INVENTED = {"en": "We promise a full refund within 90 days.", "pl": "Gwarantujemy pełny zwrot w ciągu 90 dni."}
QUOTED = {"en": "From “Returns”", "pl": "Ze strony „Zwroty”"}
WATCH = """() => {
    const root = document.querySelector("warmline-chat").shadowRoot;
    window.shown = [];
    const look = () => {
        const made = root.querySelector(".group[aria-hidden=true]");
        const bubbles = [...root.querySelectorAll(".bubble")];
        const now = {
            // No-break spaces after Polish words of one letter are a matter of looks.
            texts: bubbles.map((each) => each.textContent.replaceAll("\u00a0", " ")),
            partial: made?.querySelector(".bubble").textContent.replaceAll("\u00a0", " ") ?? null,
            // The name and the tag beside what is being written.
            name: made?.querySelector(".name").textContent ?? null,
            dots: root.querySelectorAll(".dots").length,
            sources: root.querySelectorAll(".source a").length,
        };
        if (JSON.stringify(now) !== JSON.stringify(window.shown.at(-1))) window.shown.push(now);
    };
    new MutationObserver(look).observe(root, {subtree: true, childList: true, characterData: true});
    look();
}"""


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    # Slow enough that a sentence stands for a while before the next.
    with ScriptedModel(delay=0.1) as model:
        yield model


@pytest_asyncio.fixture(loop_scope="session", autouse=True)
async def writer(mall: Mall, model: ScriptedModel, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    app = mall.town.machine.app
    chat = PydanticChat(ChatSettings("openai:scripted", url=model.url, price=(Decimal(0), Decimal(0))), MOST_TOKENS)
    assert isinstance(app.agent, KeylessAgent)
    writer = ModelWriter(chat, app.agent)
    monkeypatch.setattr(app, "writer", writer)
    # A busy machine is no ill model: the deadlines have tests of their own.
    patient = replace(app.timings, thinking=timedelta(seconds=60), model=timedelta(seconds=50))
    monkeypatch.setattr(app, "timings", patient)
    yield
    await writer.close()


def says(model: ScriptedModel, *texts: str) -> None:
    """Each sentence cites the passage that says the first one."""

    def reply(prompt: Prompt) -> dict[str, Any]:
        days = "60 dni" if texts[0] in SAID["pl"] else "60 days"
        cited = [n for n, each in enumerate(prompt.passages, 1) if days in each]
        return answer("answer", [(text, cited) for text in texts])

    model.reply = reply


async def asked(mall: Mall, lang: str) -> tuple[Shop, Visit]:
    shop = await mall.shop(workspace={"locale": lang})
    visit = await come(mall, shop, lang)
    await visit.page.evaluate(WATCH)
    await visit.say(QUESTION[lang])
    return shop, visit


async def shown(visit: Visit) -> list[dict[str, Any]]:
    """What stood there, each time that something changed."""
    found: list[dict[str, Any]] = await visit.page.evaluate("window.shown")
    return found


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_words_come_sentence_by_sentence_and_the_source_at_the_end(
    mall: Mall, model: ScriptedModel, lang: str
) -> None:
    first, second = SAID[lang]
    says(model, first, second)
    _, visit = await asked(mall, lang)
    await expect(visit.log.locator(".source a")).to_have_count(1)
    seen = await shown(visit)
    partials = list(dict.fromkeys(each["partial"] for each in seen if each["partial"]))
    assert partials[0] == first and set(partials) <= {first, f"{first} {second}"}
    assert all(re.match(r"Shop \d+AI", each["name"]) for each in seen if each["partial"]), "words of nobody"
    assert all(each["sources"] == 0 for each in seen if each["partial"]), "a source before the answer is whole"
    assert seen[-1]["partial"] is None and seen[-1]["texts"].count(f"{first} {second}") == 1
    assert not any(len(each["texts"]) != len(set(each["texts"])) for each in seen), "the answer stood there twice"
    assert visit.complaints == [] and visit.foreign() == []


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_refused_answer_is_replaced_without_a_gap(mall: Mall, model: ScriptedModel, lang: str) -> None:
    first, invented = SAID[lang][0], INVENTED[lang]
    says(model, first, invented)
    _, visit = await asked(mall, lang)
    await visit.sees(QUOTED[lang])
    seen = await shown(visit)
    assert any(each["partial"] == first for each in seen), "it was refused before anything was shown"
    assert not any(invented in text for each in seen for text in each["texts"])
    began = next(at for at, each in enumerate(seen) if each["partial"])
    words = [len(each["texts"]) for each in seen[began:]]
    assert min(words) == words[0], "between the draft and the quotation nothing stood there"
    assert not any(each["dots"] for each in seen[began + 1 :]), "the dots came back"
    assert sum(QUOTED[lang] in text for text in seen[-1]["texts"]) == 1 and first not in seen[-1]["texts"]


async def test_of_an_answer_that_is_refused_at_once_nothing_is_ever_seen(mall: Mall, model: ScriptedModel) -> None:
    says(model, INVENTED["en"], SAID["en"][0])
    _, visit = await asked(mall, "en")
    await visit.sees(QUOTED["en"])
    assert not any(each["partial"] for each in await shown(visit))


@pytest.mark.parametrize("lang", LANGUAGES)
async def test_a_take_over_stops_it_and_the_teammates_words_come_after(
    mall: Mall, model: ScriptedModel, lang: str
) -> None:
    first, second = SAID[lang]
    model.delay = 0.4
    says(model, first, *[second] * 4)
    shop, visit = await asked(mall, lang)
    await expect(visit.chat.locator(PARTIAL)).to_have_text(first)
    marta, left = await shop.teammate("Marta"), model.left
    id = await the_id(visit, shop)
    await marta.post(f"/conversations/{id}/accept")
    async with asyncio.timeout(25):
        while model.left == left:  # noqa: ASYNC110 an event of another thread
            await asyncio.sleep(0.02)
    await marta.post(f"/conversations/{id}/reply", {"text": "Marta + 60."})
    await visit.sees("Marta + 60.")
    await expect(visit.chat.locator(PARTIAL)).to_have_count(0)
    last = (await shown(visit))[-1]
    assert last["texts"][-1] == "Marta + 60." and not any(first in text for text in last["texts"]), last
    assert not any(second in text for each in await shown(visit) for text in each["texts"])
