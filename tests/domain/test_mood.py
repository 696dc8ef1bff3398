"""Anger, the same question again, and turn after turn without help: seen, but a calm shopper is left alone."""

from __future__ import annotations

import itertools
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.domain.calm import CALM as CALM_IN
from warmline.domain.ids import Seq
from warmline.domain.knowledge import Citation, Exchange
from warmline.domain.matter import same_question
from warmline.domain.message import THE_AGENT, VISITOR, Event, EventKind, Message, Verdict
from warmline.domain.mood import MOST_UNHELPFUL, Mood, frustrated, last_answered, last_asked, mood_of

ANGRY = """
this is ridiculous|You are useless|what a waste of time|that doesn't help|you don't understand my question
I already told you, the lamp is broken|WHERE IS MY ORDER!!!|how many times do I have to ask|stop repeating yourself
to jest bez sensu|nie pomagasz|mam dość|ile razy mam pisać|GDZIE JEST MOJA PACZKA!!!|to nie pomogło|strata czasu
das ist lächerlich|das hilft nicht|c'est inutile|vous ne comprenez rien|esto es ridículo|no me sirve|non mi aiuti
isso não ajuda|perda de tempo|to mi nepomáhá|це смішно|dit is belachelijk|det hjälper inte|işe yaramıyor|bu çok saçma
This is the third time I've asked, hopeless|trzeci raz piszę i nic
zum dritten Mal schreibe ich|la troisième fois que je demande|es la tercera vez que escribo
è la terza volta che chiedo|é a terceira vez que pergunto
potřetí se ptám|третій раз питаю|de derde keer dat ik schrijf|tredje gången jag frågar|üçüncü kez soruyorum
you keep saying the same thing|I'm fed up with your bot|This does not help at all, where is my parcel?|so frustrating
I have already asked this twice|I will never order from you again|worst customer service ever|that is a joke, right?
Mam dość tego czekania|mam tego dość|Kurwa, gdzie jest ta paczka|Już pytałem o to wczoraj|Ile razy mam to powtarzać?
Jesteście beznadziejni|w kółko to samo|To jest beznadziejne|Nigdy więcej u was nie kupię|mam was dość
Das hilft mir nicht weiter|Das ist nicht hilfreich|Wie oft soll ich das noch erklären?|Immer das gleiche mit euch
Nie wieder bei euch!|Sie verstehen meine Frage nicht|Das ist ja wohl ein Witz, das ist lächerlich
C'est vraiment n'importe quoi|J'en ai marre de vous relancer|Combien de fois dois-je vous le demander ?
C'est nul|Plus jamais chez vous|La quatrième fois que je vous écris|Toujours la même réponse
No me ayudas|No me entiendes|Estoy harta de esperar|¿Cuántas veces tengo que preguntar?|Nunca más compro aquí
Eso no me sirve de nada|¡Qué pérdida de tiempo!|siempre lo mismo|La cuarta vez que les llamo
È ridicolo|Non capite niente|Quante volte devo chiederlo?|Sono stufa di aspettare|Sempre la stessa risposta
Mai più da voi|Che perdita di tempo|La quarta volta che vi scrivo|Questo è assurdo
Não me ajudas|Você não entende|Estou farto de esperar|Quantas vezes tenho de perguntar?|Nunca mais compro aqui
Sempre a mesma resposta|Isto é uma vergonha|Isso não me ajuda em nada
Nerozumíte mi|Kolikrát to mám ještě psát?|To je směšné|Ztráta času|Už nikdy u vás nenakoupím|Píšete pořád to samé
Це не допомагає|Ви мене не розумієте|Скільки разів мені ще писати?|Набридло чекати|Більше ніколи у вас не куплю
Втрата часу|Втретє вам пишу
Dat helpt niet|Dit helpt me niet|Dat is niet wat ik vroeg|Je begrijpt me niet|Hoe vaak moet ik dit nog vragen?
Nooit meer bij jullie|Wat een tijdverspilling|Steeds hetzelfde antwoord
Det här hjälper inte|Du förstår inte|Det är löjligt|Hur många gånger ska jag skriva?|Aldrig mer handlar jag här
Samma svar hela tiden|Ni slösar min tid
Bu saçmalık|Beklemekten bıktım|Kaç kere sordum|Hep aynı cevap|Sizden bir daha asla almam|Beni anlamıyorsunuz
Bu hiç işe yaramıyor|Bu tam bir rezalet
"""
CALM = """
Where is my order?|Is the ridiculously large bag in stock?|My lamp is broken, what can I do?|OK|USB C?|DHL UPS GLS
my third time ordering here, any discount?|to mój trzeci raz u was
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


@pytest.mark.parametrize(("lang", "text"), [(lang, text) for lang in CALM_IN for text in cases(CALM_IN[lang])])
def test_calm_words_near_anger(lang: str, text: str) -> None:
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
    for words in ("this is ", "to jest ", "you ", "c est ", "ile razy mam ", "que lo les ", "compro "):
        frustrated(words * 4_000)
    assert time.process_time() - start < 0.2


NOW = datetime(2026, 1, 1, tzinfo=UTC)
WORDS = ("How long may I keep the lamp before a return?", "Until when can the lamp go on return?",
         "My lamp: when is a return too late?", "Is a return of the lamp possible in March?")  # fmt: skip
"""One matter in four ways; never nearly the same words."""


def log(script: str) -> list[Event]:
    """Turns, divided by spaces: what the shopper asks (a number: WORDS; `x`: something else), then what the agent does.

    `a` answers, `q` asks back, `-` has no answer, `s` small talk, `o` says something of its own accord. Then `+` or `!`
    rates it. `|` begins an episode, and `~` is an aside with the word on it.
    """
    events: list[Event] = []
    verdicts = {"a": Verdict.ANSWER, "q": Verdict.ASK, "-": Verdict.CANNOT_ANSWER, "s": Verdict.SMALL_TALK, "o": None}

    def note(kind: EventKind, data: dict[str, Any]) -> None:
        events.append(Event(Seq(len(events) + 1), NOW, kind, data))

    for turn in script.split():
        for sign in turn:
            if sign in verdicts:
                note(EventKind.MESSAGE, Message(THE_AGENT, "…", verdict=verdicts[sign]).data())
            elif sign in "+!":
                note(EventKind.HELPED, {"seq": events[-1].seq, "helped": sign == "+"})
            elif sign == "|":
                note(EventKind.EPISODE, {"n": 2, "why": "returned"})
            elif sign == "~":
                note(EventKind.MESSAGE, Message(VISITOR, "no thanks", aside=True).data())
            else:
                asked = "Do you sell gift cards?" if sign == "x" else WORDS[int(sign)]
                note(EventKind.MESSAGE, Message(VISITOR, asked).data())
    return events


@pytest.mark.parametrize(
    ("before", "now", "unhelpful"),
    [
        ("", WORDS[0], 0),
        # the same matter in other words, again and again
        ("0a", WORDS[1], 1),
        ("0a 1a", WORDS[2], 2),
        ("0a 1a 2a", WORDS[3], 3),
        ("0a 1a 2a", "That does not help at all!", 3),
        # something new is asked now: the last answer helped
        ("0a 1a 2a", "Do you sell gift cards?", 0),
        ("0a 1a xa", "Where is your showroom?", 0),
        ("xa 0a 1a", WORDS[2], 2),
        # asked back, whatever follows
        ("0q", "The one for the desk", 1),
        ("0q 1a 2a", WORDS[3], 3),
        ("xq 0a 1q", "The one for the desk", 3),
        ("0q xa 1q", "The one for the desk", 1),
        # what the shopper called it is stronger than what we read from words
        ("0a! xa! 1a", WORDS[2], 3),
        ("0a! xa!", "Where is your showroom?", 2),
        ("0a 1a+ 2a", WORDS[3], 1),
        ("0a 1a 2a+", WORDS[3], 0),
        ("0a! +", WORDS[3], 1),
        # what was met by an offer, by a person or by thanks is settled
        ("0a 1a - 2a", WORDS[3], 1),
        ("0a 1a 2-", WORDS[3], 0),
        ("0a 1a! o 2a", WORDS[3], 1),
        ("0a 1a! o ~ o 2a", WORDS[3], 1),
        ("0a 1a xs 2a", WORDS[3], 1),
        ("0a 1a ~ 2a", WORDS[3], 3),
        # of this episode only
        ("0a 1a | 2a", WORDS[3], 1),
        ("0a 1a 2a |", WORDS[3], 0),
        # a remark asks nothing again
        ("0a 1a 2a", "ok", 0),
        ("0a 1a 2a", "🙂", 0),
    ],
)
def test_turns_that_did_not_help(before: str, now: str, unhelpful: int) -> None:
    mood = mood_of(log(before), now)
    assert mood.unhelpful == unhelpful
    assert mood.in_vain == (unhelpful >= MOST_UNHELPFUL)


def test_words_of_one_matter_are_no_repetition() -> None:
    for first, second in itertools.permutations(WORDS, 2):
        assert not same_question(first, second)
    assert not any(mood_of(log("0a"), each).repeated for each in WORDS[1:])


def test_a_new_episode_begins_calm() -> None:
    assert mood_of(log("0a"), WORDS[0]).repeated and not mood_of(log("0a |"), WORDS[0]).repeated
    assert mood_of(log("0q"), "x").clarified and not mood_of(log("0q |"), "x").clarified


def test_the_trace_says_what_was_noticed() -> None:
    assert Mood().signs == {}
    assert Mood(repeated=True, unhelpful=3).signs == {"repeated": True, "unhelpful": 3}


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("", None),
        ("0-", None),
        ("0a", WORDS[0]),
        ("0a 1-", WORDS[0]),
        ("0a 1a xs", WORDS[1]),
        ("01a", f"{WORDS[0]}\n{WORDS[1]}"),
        ("0a ~ 1q", WORDS[0]),
    ],
)
def test_the_last_question_that_was_answered(before: str, question: str | None) -> None:
    found = last_answered(log(before))
    assert (found and found.question) == question


@pytest.mark.parametrize(
    ("before", "question"),
    [
        ("", None),
        ("0", WORDS[0]),
        ("0-", WORDS[0]),
        ("0a", WORDS[0]),
        ("0- xs", WORDS[0]),
        ("0- ~s", WORDS[0]),
        ("0- 1o", WORDS[0]),
        ("0- 1q", WORDS[1]),
        ("0- 1s 2", WORDS[2]),
    ],
)
def test_what_was_asked_last_is_no_thanks_and_no_refusal(before: str, question: str | None) -> None:
    assert last_asked(log(before)) == question


def test_an_answer_is_kept_with_the_pages_that_it_names() -> None:
    said = Message(THE_AGENT, "Free.", sources=({"title": "Shipping", "url": None},), verdict=Verdict.ANSWER)
    asked = Message(VISITOR, "What is shipping?")
    events = [Event(Seq(n), NOW, EventKind.MESSAGE, each.data()) for n, each in enumerate((asked, said), start=1)]
    assert last_answered(events) == Exchange("What is shipping?", "Free.", (Citation("Shipping", None),))
