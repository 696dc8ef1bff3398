"""`warmline learn` and `warmline ask`."""

from __future__ import annotations

import pytest

from tests.cli.shop import WORKSPACE, Shop

QUESTION = "Can I send back my order?"


async def test_learning_tells_what_is_new_changed_and_gone(shop: Shop) -> None:
    await shop.applied(WORKSPACE)
    pages = shop.help_pages()
    (pages / "odd.pdf").write_bytes(b"%PDF-1.4")
    said = await shop.run("learn", str(pages))
    assert said.code == 0
    assert f"{pages}: 2 new, 0 changed, 0 unchanged, 0 retired" in said.out
    assert "odd.pdf" in said.out
    (pages / "delivery.md").unlink()
    (pages / "odd.pdf").unlink()
    (pages / "returns.md").write_text(f"# {QUESTION}\n\nWithin 60 days, free of charge.\n")
    said = await shop.run("learn", str(pages), "--json")
    assert {key: said.json[key] for key in ("new", "changed", "unchanged", "retired", "problems")} == {
        "new": 0, "changed": 1, "unchanged": 0, "retired": 1, "problems": [],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("argv", "field"),
    [
        (("nowhere/",), "path"),
        (("https://user:secret@shop.example",), "address"),
        ((".", "--base-url", "shop.example"), "--base-url"),
    ],
)
async def test_what_cannot_be_learned_is_refused(shop: Shop, argv: tuple[str, ...], field: str) -> None:
    await shop.applied(WORKSPACE)
    said = await shop.run("learn", *argv, "--json")
    assert (said.code, said.json["field"]) == (1, field)


async def test_a_site_that_cannot_be_read_is_a_failure(shop: Shop) -> None:
    await shop.applied(WORKSPACE)
    said = await shop.run("learn", "http://127.0.0.1:9/")
    assert said.code == 1
    assert "http://127.0.0.1:9/" in said.out


async def test_an_answer_comes_with_its_source_and_trace(shop: Shop) -> None:
    await shop.applied(WORKSPACE)
    pages = str(shop.help_pages())
    await shop.run("learn", pages, "--base-url", "https://shop.example")
    said = await shop.run("learn", pages, "--json")
    assert said.json["unchanged"] == 2, "the base URL was forgotten"
    said = await shop.run("ask", QUESTION, "--trace")
    assert said.code == 0
    for words in (
        "The agent answers:",
        "within 30 days",
        f"Source: {QUESTION} (https://shop.example/help/returns)",
        "Language: en",
        "Rules that applied: none",
        "asks back",
        "Verdict: it knows the answer, confidence",
        "u_full",
        "Times: read",
    ):
        assert words in said.out


@pytest.mark.parametrize(
    ("handoff", "question", "decision", "words"),
    [
        ("", "Do you sell elephants?", "offer", "offers a person (inbox): nothing it knows"),
        ("", "I want to talk to a human", "hand_off", "hands off at once (inbox): the shopper asks"),
        ("", "hello", "small_talk", "Hello! What can I help you with?"),
        ('method = "message"\nmessage = "Call 555."', "I want to talk to a human", "message", "Call 555."),
    ],
)
async def test_other_decisions_are_told(shop: Shop, handoff: str, question: str, decision: str, words: str) -> None:
    await shop.applied(WORKSPACE, f"[handoff]\n{handoff}\n")
    assert words in (await shop.run("ask", question)).out
    assert (await shop.run("ask", question, "--json")).json["decision"] == decision


async def test_an_agent_that_is_off_offers_a_person(shop: Shop) -> None:
    await shop.applied(WORKSPACE, "    agent = false\n")
    assert "the agent is switched off" in (await shop.run("ask", QUESTION)).out
