"""A yes or a no in words, in twelve languages; everything else is not an answer to the offer."""

from __future__ import annotations

import time

import pytest

from warmline.domain.consent import Consent, consent_in

YES = """
yes|Yes please!|yeah sure|ok|OK, go ahead|yes, connect me please|please do|sure, pass it on|Yes, thank you|yes do it
tak|Tak, proszę|no dobra, połącz|no jasne|dobrze|poproszę|tak, przekaż pytanie zespołowi|okej, dzięki|no dobra
ja|Ja, bitte|gerne|ja bitte verbinden|klar, danke|oui|Oui, s'il vous plaît|d'accord|ok merci|sí|vale, gracias
Sí, por favor|sì|sì, grazie|va bene|sim|Sim, por favor|pode ser|ano|ano, prosím|tak jo|так
так, будь ласка|добре, з'єднайте мене
ja graag|ja, alsjeblieft|ja tack|gärna|evet|evet lütfen|tamam, bağlayın|👍 yes
"""
NO = """
no|No thanks|nope|not now|no, thank you|never mind|don't|no, don't connect me|nie|nie, dziękuję|nie trzeba|nie teraz
nein|Nein danke|nicht nötig|non|Non merci|pas la peine|no gracias|ahora no|no, grazie|non serve|não|Não, obrigado
ne|ne, děkuji|ні|ні, дякую|nee|nee, bedankt|nej|nej tack|hayır|hayır, teşekkürler
"""
NEITHER = """
yes, but how long does it take?|no idea what you mean|ok so where is my order|nobody answers|yes or no?|notes|yesterday
tak, ale ile to trwa|nie wiem|nie działa|ja, aber wie lange dauert das?|non ricevo la mail|sí pero cuándo||?|👍|42
is it ok to wash it|do you have it in red|no delivery yet|nie dostałem paczki|ok nie|anna@example.com
"""


def cases(table: str) -> list[str]:
    return [case.strip() for line in table.splitlines() for case in line.split("|") if case.strip()]


@pytest.mark.parametrize("text", cases(YES))
def test_yes(text: str) -> None:
    assert consent_in(text) is Consent.YES


@pytest.mark.parametrize("text", cases(NO))
def test_no(text: str) -> None:
    assert consent_in(text) is Consent.NO


@pytest.mark.parametrize("text", cases(NEITHER))
def test_neither(text: str) -> None:
    assert consent_in(text) is None


@pytest.mark.parametrize(
    ("text", "lang", "said"),
    [("no ok", "pl", Consent.YES), ("no tak", "pl", Consent.YES), ("ne", "cs", Consent.NO), ("no", "es", Consent.NO)],
)
def test_the_conversations_language_decides(text: str, lang: str, said: Consent) -> None:
    assert consent_in(text, lang) is said


def test_long_and_repeated_words_take_no_time() -> None:
    start = time.process_time()
    for words in ("yes no ", "tak ", "please it me ", "no no "):
        consent_in((words * 40)[:60])
    assert time.process_time() - start < 0.5
