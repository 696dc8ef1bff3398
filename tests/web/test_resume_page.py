"""The page behind a mail's link: strict headers, nothing inline, and the calls that its script makes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.web.house import QUESTION, House, bearer
from warmline.domain.ids import WorkspaceId
from warmline.domain.workspace import Role


@pytest.mark.parametrize(
    ("path", "kind"), [("/resume", "text/html"), ("/resume.js", "text/javascript"), ("/resume.css", "text/css")]
)
async def test_the_page_comes_with_strict_headers(house: House, path: str, kind: str) -> None:
    answer = await house.http.get(path)
    assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert answer.headers["referrer-policy"] == "no-referrer"


async def test_nothing_is_inline_and_nothing_is_written_as_html(house: House) -> None:
    page, script = (await house.http.get("/resume")).text, (await house.http.get("/resume.js")).text
    assert re.findall(r"<script(?![^>]* src=)|<style|\sstyle=|\son\w+=", page) == []
    assert re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|\.style\b", script) == []
    assert re.findall(r"https?://[\w.]+", page + script) == []
    assert len(script.splitlines()) < 200


async def test_both_languages_have_the_same_words(house: House) -> None:
    script = (await house.http.get("/resume.js")).text
    english, polish = script.partition("en: {")[2].split("pl: {")[:2]
    words = [re.findall(r"(\w+): \"", part.partition("};")[0]) for part in (english, polish)]
    assert words[0] == words[1]
    assert len(words[0]) > 10


async def test_the_link_opens_reads_writes_and_follows(house: House) -> None:
    chat, key = await house.waiting(), await house.key("acme", Role.OWNER, name="Marta")
    await house.team(key, chat, "reply", text="Yes, we do.")
    link = await house.machine.app.store.write(
        lambda tx: tx.add_link(WorkspaceId("acme"), "resume", chat.id, timedelta(days=14), 1, house.clock())
    )
    own = {"Origin": str(house.door.own_origin)}
    opened = (await house.http.post("/api/widget/resume", json={"link": link}, headers=own)).json()
    mine = bearer(opened["token"]) | own
    path = f"/api/widget/conversations/{opened['conversation']['id']}"
    history = (await house.http.get(f"{path}/events?after=0&wait=0", headers=mine)).json()
    texts = [event["text"] for event in history["events"] if event["kind"] == "message"]
    assert (QUESTION in texts, texts[-1]) == (True, "Yes, we do.")
    body = {"client_id": "1234567890-1-2-3", "text": "Thank you!"}
    assert (await house.http.post(f"{path}/messages", json=body, headers=mine)).status_code == 201
    news = (await house.http.get(f"{path}/events?after={history['cursor']}&wait=25", headers=mine)).json()
    assert [event["text"] for event in news["events"]] == ["Thank you!"]


async def test_a_link_is_good_for_two_weeks_and_its_purpose_only(house: House) -> None:
    chat = await house.waiting()

    async def make(purpose: str) -> str:
        return await house.machine.app.store.write(
            lambda tx: tx.add_link(WorkspaceId("acme"), purpose, chat.id, timedelta(days=14), 5, house.clock())
        )

    invite, resume = await make("invite"), await make("resume")
    for link, status in ((invite, 404), (resume.upper(), 404), ("", 422), (resume, 200)):
        answer = await house.http.post("/api/widget/resume", json={"link": link})
        assert answer.status_code == status, link
    house.clock.passes(days=14)
    assert (await house.http.post("/api/widget/resume", json={"link": resume})).status_code == 404
