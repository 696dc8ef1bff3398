"""Small talk is small talk only when it is nothing else."""

from __future__ import annotations

import pytest

from warmline.agent.small_talk import small_talk
from warmline.domain.knowledge import SmallTalk

HELLO = [
    "hi",
    "Hi!",
    "HELLO",
    "Hello there",
    "hey guys",
    "good morning 🙂",
    "dzień dobry",
    "Cześć!",
    "dobry wieczor",
    "hejka",
]
THANKS = [
    "Thanks!",
    "thx :)",
    "thank you so much for your help!",
    "ok",
    "great, thanks",
    "no thanks",
    "dziękuję bardzo",
]
THANKS += ["super dzięki", "that's all, thank you", "to wszystko, dzięki", "nie, dziękuję"]
BYE = ["bye", "Thanks, bye!", "ok thanks bye", "do widzenia", "dziękuję, do widzenia", "have a nice day", "pa"]
BOT = [
    "are you a bot?",
    "Are you human or a bot?",
    "hi, are you a bot",
    "Who am I talking to?",
    "z kim rozmawiam?",
    "am I talking to a real person?",
    "who are you",
]
BOT += ["czy jesteś botem?", "Czy rozmawiam z człowiekiem?", "jestes robotem"]
HELLO += [
    "Guten Tag!",
    "bonjour",
    "¡Hola, buenos días!",
    "Ciao",
    "Olá, tudo bem?",
    "Dobrý den",
    "Привіт!",
    "hoi",
    "hej",
]
HELLO += ["Merhaba"]
THANKS += ["Vielen Dank!", "merci beaucoup", "Gracias", "grazie mille", "Obrigada!", "Děkuji", "Дякую!", "dank je wel"]
THANKS += ["Tack så mycket", "teşekkür ederim"]
BYE += ["Tschüss", "Au revoir", "Danke, auf Wiedersehen", "hasta luego", "arrivederci", "tchau", "na shledanou", "doei"]
BYE += ["до побачення", "hej då", "hoşça kalın"]
BOT += ["Bist du ein Bot?", "Êtes-vous un robot ?", "¿Eres una persona?", "Ciao, sei umano?", "você é um robô?"]
BOT += ["Mluvím s robotem?", "Ти бот?", "Ben je een mens?", "Är du en robot?", "Sen insan mısın?"]
QUESTIONS = ["Hallo, wo ist mein Paket?", "merci, et les retours ?", "hola kitty mochila", "Ist das ein Saugroboter?"]
QUESTIONS += ["hi, where is my order?", "thanks, but what about returns?", "Dzień dobry, gdzie jest moja paczka?"]
QUESTIONS += [
    "thanks how much is delivery",
    "do you have hello kitty",
    "thanks but no",
    "is this a human hair wig",
    "",
    "?",
    "🙂",
]
QUESTIONS += ["hi " * 200, "who are you shipping with", "ok so how do I return it"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((text, SmallTalk.HELLO) for text in HELLO),
        *((text, SmallTalk.THANKS) for text in THANKS),
        *((text, SmallTalk.BYE) for text in BYE),
        *((text, SmallTalk.ARE_YOU_A_BOT) for text in BOT),
        *((text, None) for text in QUESTIONS),
    ],
)
def test_small_talk(text: str, kind: SmallTalk | None) -> None:
    assert small_talk(text) == kind
