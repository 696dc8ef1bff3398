"""Questions that lean on the one before, and messages that hold two."""

from __future__ import annotations

import time

import pytest

from warmline.agent.follow_up import in_context, joined_to, lacks, leans, mentions, parts
from warmline.agent.language import settled

ASKED = [("visitor", "How much is shipping to Poland?"), ("agent", "Shipping costs 5 euro.")]


@pytest.mark.parametrize(
    ("text", "lang", "does"),
    [
        ("and to Germany?", "en", True),
        ("What about gift cards?", "en", True),
        ("I meant the blue one", "en", True),
        ("can I return it?", "en", True),
        ("a w niedzielę?", "pl", True),
        ("a do Niemiec?", "pl", True),
        ("chodzi mi o lampę", "pl", True),
        ("und am Sonntag?", "de", True),
        ("nein, ich meinte die großen Laufräder", "de", True),
        ("przepraszam, chodziło mi o doniczki z gliny", "pl", True),
        ("sorry, no, I meant the blue one", "en", True),
        ("nein danke für die große blaue Lampe hier", "de", False),
        ("et pour la Belgique ?", "fr", True),
        ("a blue lamp with a long cable", "en", False),
        ("How long do I have to return a lamp that I do not like?", "en", False),
        ("How much does delivery cost?", "en", False),
        ("i want to change my delivery address", "en", False),
        ("", "en", False),
    ],
)
def test_what_leans_on_the_question_before(text: str, lang: str, does: bool) -> None:
    assert leans(text, lang) is does


def test_a_follow_up_is_asked_with_what_it_follows() -> None:
    assert in_context("and to Germany?", "en", ASKED) == "How much is shipping to Poland? and to Germany?"
    assert in_context("and to Germany?", "en", []) is None
    assert in_context("How long does a refund take?", "en", ASKED) is None
    chain = [*ASKED, ("visitor", "and to Germany?"), ("agent", "The same.")]
    asked = in_context("and to Spain?", "en", chain)
    assert asked == "How much is shipping to Poland? and to Germany? and to Spain?"


@pytest.mark.parametrize(
    ("passage", "added", "does"),
    [
        ("Shipping to Poland and Germany costs 5 euro.", "and to Germany?", True),
        ("Shipping to Poland costs 5 euro.", "and to Germany?", False),
        ("Wysyłka do Niemiec kosztuje 20 zł.", "a do Niemiec?", True),
        ("Shipping to Germany costs 5 euro.", "sorry, I meant to Germany", True),
        ("Shipping to Poland costs 5 euro.", "sorry, I meant to Germany", False),
        ("Niemcy: 20 zł.", "a do Niemiec?", True),
        ("Wysyłka do Polski kosztuje 20 zł.", "a do Niemiec?", False),
        ("Shipping to Poland costs 5 euro.", "and what about that?", False),
        ("Nach der Prüfung warten Sie eine Woche.", "und wie lange muss man warten?", True),
    ],
)
def test_only_a_page_that_speaks_of_it_answers_a_follow_up(passage: str, added: str, does: bool) -> None:
    assert mentions(passage, added, "How much is shipping to Poland?") is does


@pytest.mark.parametrize(
    ("passage", "added", "does"),
    [
        ("Shipping to Poland costs 5 euro.", "and to Germany?", True),
        ("Shipping to Poland and Germany costs 5 euro.", "and to Germany?", False),
        ("Shipping to Poland costs 5 euro, heavy parcels 9 euro.", "and for heavy furniture?", False),
        ("Shipping to Poland costs 5 euro.", "and what about that?", False),
        ("Wysyłka do Polski kosztuje 20 zł.", "a do Niemiec?", True),
    ],
)
def test_a_page_that_says_nothing_of_what_is_added_is_no_choice(passage: str, added: str, does: bool) -> None:
    assert lacks(passage, added, "How much is shipping to Poland?") is does


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("How much is shipping? And can I pay by card?", ["How much is shipping?", "And can I pay by card?"]),
        (
            "Hello! My lamp is broken. Can I return it? How long does the refund take? Thanks!",
            ["My lamp is broken. Can I return it?", "How long does the refund take?"],
        ),
        ("How much is shipping?", ["How much is shipping?"]),
        (
            "Can I pay by card, and how long does delivery take?",
            ["Can I pay by card?", "how long does delivery take?"],
        ),
        (
            "Kupiłam lampę. Czy mogę zapłacić kartą i ile trwa dostawa do Niemiec?",
            ["Kupiłam lampę. Czy mogę zapłacić kartą?", "ile trwa dostawa do Niemiec?"],
        ),
        ("Was kostet der Versand und wann kommt das Paket?", ["Was kostet der Versand?", "wann kommt das Paket?"]),
        # one question: the same "and" inside it, in another language, or with too little on a side
        *(
            (text, [text])
            for text in (
                "Do you know when and where the parcel comes?",
                "At what time i can call the shop?",
                "How do I wash and dry the blue blanket?",
                "Jak i kiedy podlewać monsterę?",
                "Which size and what colour is it?",
                "Wie schwer ist der Rahmen und wie teuer?",
                "I want to know and how do I pay",
                "Do you ship to Norway and what does it cost?",
                "Czy macie lampę Luna i ile kosztuje jej wysyłka, jeśli tam zadzwonię?",
            )
        ),
        ("Really? How much is shipping?", ["Really? How much is shipping?"]),
        ("Is it red? Is it blue? Is it green? Is it black?", ["Is it red? Is it blue? Is it green? Is it black?"]),
    ],
)
def test_the_questions_of_a_message(text: str, asked: list[str]) -> None:
    assert parts(text) == asked


def test_a_flood_of_questions_is_one_and_costs_no_time() -> None:
    flood = "and how does why what " * 360 + "?"
    start = time.perf_counter()
    assert parts(flood) == [flood]
    assert time.perf_counter() - start < 0.1  # it once took seconds, and the event loop waited


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("Ile kosztuje wysyłka do Niemiec i kiedy dojdzie?", "en", "pl"),
        ("How long does it take to ship to Germany?", "pl", "en"),
        ("ok thanks", "pl", "pl"),
        ("DHL or UPS?", "pl", "pl"),
        ("a w niedzielę?", "en", "en"),
        ("Wie lange dauert der Versand nach Polen?", "en", "de"),
    ],
)
def test_a_shopper_who_goes_over_to_another_language_is_followed(text: str, before: str, after: str) -> None:
    assert settled(text, before) == after


@pytest.mark.parametrize(
    ("earlier", "before", "expected"),
    [
        (["How much is the tent?"], "How much is the tent?", "How much is the tent? in red"),
        # What the answered question leans on comes with it, and nothing that was said before or after.
        (["Is it open?", "How do I rent a boat?", "and a tent?"], "and a tent?",
         "How do I rent a boat? and a tent? in red"),
        (["How do I rent a boat?", "and a tent?", "Do you sell maps?"], "and a tent?",
         "How do I rent a boat? and a tent? in red"),
        # Written in two messages, or too long ago to be in the history.
        (["and a tent?", "the big one"], "and a tent?\nthe big one", "and a tent?\nthe big one in red"),
        ([], "and a tent?", "and a tent? in red"),
    ],
)  # fmt: skip
def test_a_question_joined_to_the_one_that_was_answered(earlier: list[str], before: str, expected: str) -> None:
    history = [("visitor", text) for text in earlier] + [("agent", "It depends.")]
    assert joined_to("in red", "en", before, history) == expected
