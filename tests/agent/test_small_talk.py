"""Small talk is small talk only when it is nothing else."""

from __future__ import annotations

import time

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
THANKS += [
    "ok, dzięki za info",
    "rozumiem",
    "no dobra, rozumiem",
    "aha ok",
    "super, dzięki wielkie za szybką odpowiedź",
]
THANKS += ["ach so, danke", "perfekt, danke dir", "verstanden", "ok danke für die schnelle Antwort", "I see, thank you"]
THANKS += ["ok got it thanks for the info", "d'accord merci pour votre aide", "vale, muchas gracias por la información"]
THANKS += ["ho capito grazie mille", "obrigada pela ajuda", "rozumím, díky moc", "зрозуміло, дякую за відповідь"]
THANKS += ["duidelijk, bedankt voor de hulp", "tack för hjälpen", "anladım, teşekkürler"]
BYE += ["Danke und tschüss", "dzięki za pomoc i do widzenia", "ok thanks for the help and bye", "merci et au revoir"]
QUESTIONS = [
    "rozumiem, a co ze zwrotem",
    "ok und die Rückgabe",
    "danke aber wann kommt es",
    "nie rozumiem",
    "ok and then?",
]
QUESTIONS += [
    "dziękuję za odpowiedź, ale to nie pomaga",
    "gut isoliert",
    "super bass",
    "clear",
    "thanks for the wrong answer",
]
QUESTIONS += ["Hallo, wo ist mein Paket?", "merci, et les retours ?", "hola kitty mochila", "Ist das ein Saugroboter?"]
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

HELLO += ["hej, mam pytanie", "Hallo zusammen", "hi, can you help me?", "Guten Tag, ich hätte eine Frage"]
HELLO += ["mám dotaz", "у мене питання", "hoi, ik heb een vraag", "bir sorum var", "buongiorno, ho una domanda"]
THANKS += ["okay, gut zu wissen, danke euch", "no szkoda, ale dzięki", "ok super, wiem już wszystko, dziękuję!"]
BYE += ["Ok, verstanden. Schönes Wochenende!", "spoko, to tyle, pozdrawiam", "Hm, ok. Dann bis bald"]
BYE += ["thanks, best regards"]
QUESTIONS += ["mam pytanie o zwrot", "ich habe eine Frage zu meiner Bestellung", "I need help with a return", "schade"]
QUESTIONS += ["mam problem z lampą", "nie dziękuję za taką obsługę", "aber", "ale szkoda że pęknięta"]

HELLO += ["cześć, mam pytanko", "Good morning, could you help me please?", "hallo, ich bräuchte mal hilfe"]
THANKS += ["no that's all thanks", "nope that's it, thank you", "perfect, that's what I wanted to know", "gotcha"]
THANKS += ["thank you, you've been very helpful", "thanks for clarifying", "lol thanks", "to mi wystarczy, dziękuję"]
THANKS += ["super, o to mi chodziło", "danke, genau das wollte ich wissen", "jo danke", "non merci c'est tout"]
THANKS += ["gracias, eso era todo", "no grazie, è tutto", "nej tack, det var allt"]
BYE += ["ok bye then", "bedankt, fijne dag nog"]
QUESTIONS += ["no that is not what I wanted to know", "nie o to mi chodziło", "das hat mir nicht geholfen"]
QUESTIONS += ["thanks for nothing", "good lamp for reading", "is that all you know"]

THANKS += ["many thanks for your help today", "dziękuję za miłą rozmowę", "danke für den schnellen Versand"]
THANKS += ["thank you kindly", "bardzo pomocne, dzięki", "hey, thanks for the fast delivery"]
BYE += ["thanks, have a lovely day"]
HELLO += ["hi, can someone help me", "hallo, kann mir jemand helfen"]
QUESTIONS += ["thanks for the lamp but it is broken", "dziękuję za paczkę, ale brakuje żarówki", "danke für nichts"]
QUESTIONS += [
    "thanks for the refund, when will it come",
    "thanks for the mug, it came in two pieces and I want another",
]


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


def test_a_long_row_of_such_words_takes_no_time() -> None:
    start = time.process_time()
    for words in ("ok ", "thanks so much for the ", "danke und ", "za ", "dzieki i "):
        small_talk((words * 40)[:118] + "x")
    assert time.process_time() - start < 0.3
