"""Written answers are learned at once; pages can be kept out of answers."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from tests.web.house import Chat, House, a_house, bearer
from warmline.actions.learn_source import learn_source
from warmline.domain.ids import WorkspaceId
from warmline.domain.knowledge import SourceKind
from warmline.domain.workspace import Role

ANSWER = {
    "title": "Can you engrave a gift box?",
    "text": "We engrave gift boxes for free. Write the words in the order's comment, at most 40 letters.",
    "lang": "en",
    "url": "https://shop.example/engraving",
    "phrasings": ["do you do engraving", "can I have my name on the box"],
}


async def answer_to(house: House, chat: Chat, text: str) -> dict[str, Any]:
    """The agent's word on a question."""
    seq = await house.say(chat, text)
    until = time.monotonic() + 15
    while time.monotonic() < until:
        found = await house.http.get(f"{chat.path}/events?after={seq}&wait=2", headers=bearer(chat.token))
        for event in found.json()["events"]:
            if event.get("reply_to") == seq:
                answer: dict[str, Any] = event
                return answer
    raise AssertionError("the agent never spoke")


async def write(house: House, key: str, **changes: Any) -> Any:
    return await house.http.post("/api/v1/knowledge/answers", json=ANSWER | changes, headers=bearer(key))


@pytest.mark.xdist_group("encoders")
async def test_a_written_answer_answers_within_five_seconds_until_it_is_kept_out_or_forgotten(tmp_path: Path) -> None:
    async with a_house(tmp_path / "data", works=True) as house:
        key = await house.key("acme", Role.MANAGER)
        await answer_to(house, await house.chat(), "Can you engrave a gift box?")  # the encoders are awake now
        began = time.monotonic()
        assert "engrave" not in (await answer_to(house, await house.chat(), "Can you engrave a gift box?"))["text"]
        # Five seconds; on a crowded machine as many answers as that is long.
        five, began = max(5.0, 10 * (time.monotonic() - began)), time.monotonic()
        written = await write(house, key)
        assert written.status_code == 201
        told = await answer_to(house, await house.chat(), "Can you engrave a gift box?")
        assert time.monotonic() - began < five
        assert "for free" in told["text"]
        assert told["sources"] == [{"title": ANSWER["title"], "url": ANSWER["url"]}]
        path = f"/api/v1/knowledge/{written.json()['id']}"
        kept_out = await house.http.put(f"{path}/excluded", json={"excluded": True}, headers=bearer(key))
        assert kept_out.json()["excluded"] is True
        assert "for free" not in (await answer_to(house, await house.chat(), "Can you engrave a gift box?"))["text"]
        await house.http.put(f"{path}/excluded", json={"excluded": False}, headers=bearer(key))
        assert "for free" in (await answer_to(house, await house.chat(), "Can you engrave a gift box?"))["text"]
        assert (await house.http.delete(path, headers=bearer(key))).status_code == 204
        assert "for free" not in (await answer_to(house, await house.chat(), "Can you engrave a gift box?"))["text"]
        assert (await house.http.get(path, headers=bearer(key))).status_code == 404


@pytest.mark.xdist_group("encoders")
async def test_the_same_title_takes_the_place_of_the_one_before(house: House) -> None:
    key = await house.key("acme", Role.MANAGER)
    first = await write(house, key)
    again = await asyncio.gather(*(write(house, key, title=f" {ANSWER['title']} ", text=text) for text in "AB"))
    polish = await write(house, key, lang="pl")
    assert [first.status_code, *(each.status_code for each in again), polish.status_code] == [201, 200, 200, 201]
    assert first.json() == again[0].json() == again[1].json() != polish.json()
    listed = (await house.http.get("/api/v1/knowledge", headers=bearer(key))).json()
    assert (listed["total"], {each["lang"] for each in listed["articles"]}) == (2, {"en", "pl"})
    whole = (await house.http.get(f"/api/v1/knowledge/{first.json()['id']}", headers=bearer(key))).json()
    assert (whole["source_kind"], whole["phrasings"], whole["excluded"]) == ("written", ANSWER["phrasings"], False)
    assert whole["sections"][0]["text"] in ("A", "B")


@pytest.mark.xdist_group("encoders")
async def test_a_page_of_a_folder_is_kept_out_and_not_deleted(house: House, tmp_path: Path) -> None:
    key = await house.key("acme", Role.MANAGER)
    (tmp_path / "returns.md").write_text("# Returns\n\nThirty days.\n")
    await learn_source(house.machine.app, WorkspaceId("acme"), str(tmp_path / "returns.md"), SourceKind.FILES)
    [page] = (await house.http.get("/api/v1/knowledge", headers=bearer(key))).json()["articles"]
    assert page["source_kind"] == "files"
    refused = await house.http.delete(f"/api/v1/knowledge/{page['id']}", headers=bearer(key))
    assert (refused.status_code, refused.json()["code"]) == (409, "not_written")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 301}, "title"),
        ({"title": " "}, "title"),
        ({"text": ""}, "text"),
        ({"text": "\n"}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"text": "x" * 20_001}, "text"),
        ({"lang": "English"}, "lang"),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://shop.example/\nx"}, "url"),
        ({"phrasings": ["x"] * 51}, "phrasings"),
        ({"phrasings": [""]}, "phrasings.0"),
        ({"phrasings": "x"}, "phrasings"),
        ({"excluded": True}, "excluded"),
    ],
)
async def test_an_answer_that_cannot_be_used_names_its_field(house: House, changes: Any, field: str) -> None:
    key = await house.key("acme", Role.MANAGER)
    refused = await write(house, key, **changes)
    assert (refused.status_code, refused.json()["field"]) == (422, field)


async def test_the_list_comes_in_pages(house: House) -> None:
    key = await house.key("acme", Role.MANAGER)
    for title in "CAB":
        await house.article(title=title)
    await house.article("other", title="Theirs")
    titles = []
    for offset in (0, 2):
        page = (await house.http.get(f"/api/v1/knowledge?limit=2&offset={offset}", headers=bearer(key))).json()
        assert page["total"] == 3
        titles += [each["title"] for each in page["articles"]]
    assert titles == ["A", "B", "C"]
