"""Whether a message asks something new: the rule by which a refused offer is made again, or is not."""

from __future__ import annotations

import pytest

from warmline.domain.matter import asks, asks_anew, same_matter, touches


@pytest.mark.parametrize(
    "text",
    [
        "Do you repair grinders?",
        "delivery time to Norway please",
        "how long is the warranty",
        "ile trwa zwrot",
        "wie lange dauert das",
        "I would like to know the size",
        "guitars?",
    ],
)
def test_questions(text: str) -> None:
    assert asks(text)


@pytest.mark.parametrize(
    "text",
    ["", "ok", "That's a pity", "hm", "szkoda", "no I said I do not want that", "nie, nie chcę tego", "🙂"],
)
def test_remarks(text: str) -> None:
    assert not asks(text)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Do you repair old grinders?", "do you repair old grinders"),
        ("Do you repair old grinders?", "So can you repair grinders or not?"),
        ("Do you repair old grinders?", "But do you?"),
        ("Do you repair old grinders?", "Please just answer my question!"),
        ("Czy naprawiacie stare młynki?", "Ale czy naprawiacie te młynki?"),
        ("Wann kommt mein Paket aus Wien?", "Wann kommt das Paket aus Wien denn?"),
    ],
)
def test_the_same_matter(first: str, second: str) -> None:
    assert same_matter(first, second)
    assert not asks_anew(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Do you repair old grinders?", "Which beans are best for espresso?"),
        ("Do you ship to Norway?", "and to Iceland?"),
        ("Czy naprawiacie stare młynki?", "Ile kosztuje przesyłka?"),
        ("Do you gift-wrap mugs?", "Do you sell spare lids for mugs?"),
        (None, "Do you repair grinders?"),
    ],
)
def test_another_matter(first: str | None, second: str) -> None:
    assert asks_anew(second, first)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("Sind die Kerne aus Latex? Bin allergisch", "und zum Latex wisst ihr echt gar nichts?", True),
        ("How many grams a day for a 6 kg pup?", "hmm the bag has no table, you sure you don't have the grams?", True),
        ("Passt der Kupferkessel auf Induktion?", "aber ist der jetzt für Induktion oder hat der ein Kabel", True),
        ("Is there parking nearby?", "really nothing about parking?", True),
        ("Do you sell lamps?", "and why not?", True),
        ("Do you sell lamps?", "When does the shop open on Sunday?", False),
        ("Czy macie rabaty dla studentów?", "Ile trwa dostawa do Niemiec?", False),
        # Words that every question has say nothing.
        ("Can you tell me whether it is waterproof?", "Can you tell me where my parcel is?", False),
    ],
)
def test_a_question_touches_a_refused_one(first: str, second: str, expected: bool) -> None:
    assert touches(first, second) is expected
