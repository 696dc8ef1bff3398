"""Anger and the same question again: seen, but calm questions are not taken for anger."""

from __future__ import annotations

import time

import pytest

from warmline.domain.mood import frustrated, same_question

ANGRY = """
this is ridiculous|You are useless|what a waste of time|that doesn't help|you don't understand my question
I already told you, the lamp is broken|WHERE IS MY ORDER!!!|how many times do I have to ask|stop repeating yourself
to jest bez sensu|nie pomagasz|mam dość|ile razy mam pisać|GDZIE JEST MOJA PACZKA!!!|to nie pomogło|strata czasu
das ist lächerlich|das hilft nicht|c'est inutile|vous ne comprenez rien|esto es ridículo|no me sirve|non mi aiuti
isso não ajuda|perda de tempo|to mi nepomáhá|це смішно|dit is belachelijk|det hjälper inte|işe yaramıyor|bu çok saçma
"""
CALM = """
Where is my order?|Is the ridiculously large bag in stock?|My lamp is broken, what can I do?|OK|USB C?|DHL UPS GLS
How many times a day should I apply the cream?|Is the material annoying to wash?|Do you help with assembly?
ile razy dziennie stosować krem?|Czy ta lampa ma sens do łazienki?|gdzie jest moja paczka|Ist das Kabel nicht zu kurz?
Combien de temps faut-il ?|¿Cuántas veces al día se usa?|I love this shop!|IKEA|Kann ich das zurückgeben?
"""


def cases(table: str) -> list[str]:
    return [case.strip() for line in table.splitlines() for case in line.split("|") if case.strip()]


@pytest.mark.parametrize("text", cases(ANGRY))
def test_anger(text: str) -> None:
    assert frustrated(text)


@pytest.mark.parametrize("text", cases(CALM))
def test_calm_questions(text: str) -> None:
    assert not frustrated(text)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("How long does delivery take?", "how long does delivery take", True),
        ("How long does delivery take?", "How long does the delivery take??", True),
        ("Ile trwa dostawa do Niemiec?", "ile trwa dostawa do niemiec", True),
        ("How long does delivery take?", "How much does delivery cost?", False),
        ("Ile trwa dostawa?", "Ile kosztuje dostawa?", False),
        ("ok", "ok", False),
        ("", "", False),
    ],
)
def test_the_same_question(first: str, second: str, same: bool) -> None:
    assert same_question(first, second) is same


def test_long_messages_take_no_time() -> None:
    start = time.process_time()
    for words in ("this is ", "to jest ", "you ", "c est "):
        frustrated(words * 4_000)
    assert time.process_time() - start < 0.2
