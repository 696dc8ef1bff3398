"""Which language the shopper writes."""

from __future__ import annotations

import pytest

from warmline.agent.language import detect


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Where is my order?", "en"),
        ("Gdzie jest moje zamówienie?", "pl"),
        ("gdzie jest moje zamowienie", "pl"),
        ("zwroty", "pl"),
        ("hello", "en"),
        ("cześć", "pl"),
        ("ile kosztuje dostawa", "pl"),
        ("Shipping?", "en"),
        ("Wie kann ich meine Bestellung zurückgeben?", "de"),
        ("¿Cuánto tarda el envío a Canarias?", "es"),
        ("Скільки коштує доставка до Львова?", "uk"),
    ],
)
def test_detected(text: str, lang: str) -> None:
    assert detect(text, {"en", "pl"}) == lang


@pytest.mark.parametrize("text", ["", "?", "a", "12345", "🙂🙂", "\x00", "\ud800"])
def test_what_cannot_be_told_is_the_default(text: str) -> None:
    assert detect(text, {"en", "pl"}, default="pl") == "pl"
    assert detect(text) == "en"
