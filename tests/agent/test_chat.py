"""A language model is set up, or the start says what is wrong with it."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from warmline.agent.models.chat import ChatSettings, Meter, PydanticChat
from warmline.errors import ModelError, SettingsError
from warmline.sandbox.model import ScriptedModel
from warmline.settings import read_settings


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("WARMLINE_LLM", "gpt", "provider:model"),
        ("WARMLINE_LLM", "openai:", "provider:model"),
        ("WARMLINE_LLM_PRICE", "1", "two prices"),
        ("WARMLINE_LLM_PRICE", "1,-1", "two prices"),
        ("WARMLINE_LLM_PRICE", "nan,1", "two prices"),
        ("WARMLINE_LLM_TIMEOUT", "14", "from 0.2 to 13"),
        ("WARMLINE_LLM_URL", "localhost:11434", "address"),
    ],
)
def test_a_setting_that_is_not_understood_stops_the_start(name: str, value: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words) as told:
        read_settings({name: value})
    assert name in str(told.value)


def test_a_price_is_read() -> None:
    assert read_settings({"WARMLINE_LLM_PRICE": "0.40, 1.60"}).llm_price == (Decimal("0.40"), Decimal("1.60"))


def test_the_key_is_not_shown() -> None:
    assert "sk-secret" not in repr(read_settings({"WARMLINE_LLM_KEY": "sk-secret"}))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (ChatSettings("nobody:model", "key"), "nobody"),
        (ChatSettings("openai:not-on-any-list", "key"), "WARMLINE_LLM_PRICE"),
        (ChatSettings("openai:gpt-4o-mini"), "api_key|API key|OPENAI_API_KEY"),
        (ChatSettings("bedrock:some", "key"), "WARMLINE_LLM"),
    ],
)
def test_a_model_that_could_never_work_stops_the_start(
    settings: ChatSettings, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(SettingsError, match=words):
        PydanticChat(settings, 100)


@pytest.mark.parametrize("model", ["openai:gpt-4o-mini", "anthropic:claude-haiku-4-5"])
async def test_a_known_model_has_its_price(model: str) -> None:
    chat = PydanticChat(ChatSettings(model, "key"), 100)
    assert chat.micros(1_000_000, 0) > 0 and chat.micros(0, 1_000_000) > chat.micros(1_000_000, 0)
    await chat.close()


async def test_a_server_of_ones_own_needs_no_key_gets_none_of_ours_and_costs_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-somebody-else")
    with ScriptedModel() as model:
        chat = PydanticChat(ChatSettings("openai:local", url=model.url), 100)
        meter = Meter()
        said = [piece async for piece in chat.stream("Be brief.", '#a# question: "hello there" #a#', {}, meter)]
        await chat.close()
    assert said and (meter.read, meter.written) == (700, 60) and chat.micros(700, 60) == 0
    assert model.headers and "sk-of-somebody-else" not in str(model.headers)


async def test_a_server_that_knows_no_schema_is_asked_once_more_without(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedModel("no_schema") as model:
        chat = PydanticChat(ChatSettings("openai:small", url=model.url), 100)
        with pytest.raises(ModelError) as refused:
            [piece async for piece in chat.stream("", '#a# question: "hello" #a#', {"type": "object"}, Meter())]
        assert refused.value.again and refused.value.free
        assert [piece async for piece in chat.stream("", '#a# question: "hello" #a#', {"type": "object"}, Meter())]
        await chat.close()
    assert ["response_format" in call for call in model.calls] == [True, False]


async def test_an_endless_stream_ends_when_nobody_listens_any_more() -> None:
    with ScriptedModel("endless", delay=0.001) as model:
        chat = PydanticChat(ChatSettings("openai:loop", url=model.url), 100)
        stream = chat.stream("", '#a# question: "hello" #a#', {}, Meter())
        async for _ in stream:
            break
        await stream.aclose()
        async with asyncio.timeout(10):
            while model.left == 0:  # noqa: ASYNC110 an event of another thread
                await asyncio.sleep(0.01)
        await chat.close()
