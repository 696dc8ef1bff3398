"""A yes or a no in words, in twelve languages; everything else is not an answer to the offer."""

from __future__ import annotations

import time

import pytest

from warmline.domain.consent import (
    Consent,
    Heard,
    awaited,
    consent_in,
    heard,
    is_settled,
    listed,
    own_address_in,
    takes_back,
    tries_address,
    withholds_address,
)
from warmline.domain.handoff import Declined, HandoffStep, NeedsEmail, Offered
from warmline.domain.message import Verdict
from warmline.domain.visitor import EmailAddress

YES = """
yes|Yes please!|yeah sure|ok|OK, go ahead|yes, connect me please|please do|sure, pass it on|Yes, thank you|yes do it
tak|Tak, proszę|no dobra, połącz|no jasne|dobrze|poproszę|tak, przekaż pytanie zespołowi|okej, dzięki|no dobra
ja|Ja, bitte|gerne|ja bitte verbinden|klar, danke|oui|Oui, s'il vous plaît|d'accord|ok merci|sí|vale, gracias
Sí, por favor|sì|sì, grazie|va bene|sim|Sim, por favor|pode ser|ano|ano, prosím|tak jo|так
так, будь ласка|добре, з'єднайте мене
go on then|yes that would be helpful|Okay, let's do that
dawaj|na klar|okay, machen wir so|yeah let's do it|that'd be great|I'd appreciate that|yup go for it
proszę o połączenie|zgadzam się|von mir aus
ja bitte tun Sie das|claro que sí
możesz połączyć|ja, das wäre nett|w sumie to tak, poproszę|chyba tak|well yes|actually yes please|I guess so
eigentlich schon|finalement oui|vlastně ano
ja graag|ja, alsjeblieft|ja tack|gärna|evet|evet lütfen|tamam, bağlayın|👍 yes
"""
NO = """
no|No thanks|nope|not now|no, thank you|never mind|don't|no, don't connect me|nie|nie, dziękuję|nie trzeba|nie teraz
thanks but no thanks|danke, aber nein|dzięki, ale nie|don't bother|nie tym razem|lass gut sein
no I'm fine|no that's ok|I don't think so|na razie nie|nie chcę rozmawiać z konsultantem|im Moment nicht|non ça va
nee hoor|nej det är bra
nie ma takiej potrzeby|nie, nie łącz|ach nee, brauche ich nicht|chyba nie|w sumie nie|actually no|eigentlich nicht
en fait non|egentligen nej|aslında hayır
maybe later|not really|I'd rather not|nope, all good|może później|nie chcę|nie, wolę nie|vielleicht später
nein|Nein danke|nicht nötig|non|Non merci|pas la peine|no gracias|ahora no|no, grazie|non serve|não|Não, obrigado
ne|ne, děkuji|ні|ні, дякую|nee|nee, bedankt|nej|nej tack|hayır|hayır, teşekkürler
"""
NEITHER = """
yes, but how long does it take?|no idea what you mean|ok so where is my order|nobody answers|yes or no?|notes|yesterday
tak, ale ile to trwa|nie wiem|nie działa|ja, aber wie lange dauert das?|non ricevo la mail|sí pero cuándo||?|👍|42
actually, where is my order|w sumie gdzie jest moja paczka|eigentlich wollte ich einen Rahmen|I guess it is broken
that's fine|it works with that|mach mal Urlaub
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


ANNA = EmailAddress.parse("anna@example.com")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yes please", Heard(Consent.YES, aside=True)),
        ("Yes please, I need it before Friday", Heard(Consent.YES, aside=True)),
        ("Tak, to dla mnie pilne", Heard(Consent.YES, aside=True)),
        ("Ja gerne, das ist dringend", Heard(Consent.YES, aside=True)),
        ("Yes please, anna@example.com", Heard(Consent.YES, ANNA, aside=True)),
        ("yes, you can write to anna@example.com please", Heard(Consent.YES, ANNA, aside=True)),
        ("my email is anna@example.com", Heard(Consent.YES, ANNA, aside=True)),
        ("anna@example.com", Heard(Consent.YES, ANNA, aside=True)),
        ("mój mail to anna@example.com", Heard(Consent.YES, ANNA, aside=True)),
        ("pisz na anna@example.com pls", Heard(Consent.YES, ANNA, aside=True)),
        ("odpowiedzcie mi proszę na adres anna@example.com", Heard(Consent.YES, ANNA, aside=True)),
        ("Schreiben Sie mir bitte an anna@example.com", Heard(Consent.YES, ANNA, aside=True)),
        ("sí, mi correo es anna@example.com", Heard(Consent.YES, ANNA, aside=True)),
        ("here you go anna@example.com", Heard(Consent.YES, ANNA, aside=True)),
        ("nie pisz na anna@example.com", Heard()),
        ("my order under anna@example.com never came", Heard()),
        ("no thanks, I'll figure it out", Heard(Consent.NO, aside=True)),
        ("Nie, dam sobie radę", Heard(Consent.NO, aside=True)),
        ("Nein danke, ich schaue selbst", Heard(Consent.NO, aside=True)),
        ("No thanks, tell me the address for returns", Heard(Consent.NO, aside=False)),
        ("No, I meant the large one", Heard()),
        ("nie, chodziło mi o zwrot", Heard()),
        ("No, I asked about the washing machine", Heard()),
        ("Nie, pytałam o pralkę", Heard()),
        ("Não, perguntei pela garantia", Heard()),
        ("Ні, я питала про інше", Heard()),
        ("ok, I have a red lamp here", Heard()),
        ("Yes, how long would that take", Heard()),
        ("yes, but first the price of shipping", Heard()),
        ("No? Why can't you say it?", Heard()),
    ],
)
def test_what_is_heard_while_an_offer_stands(text: str, said: Heard) -> None:
    assert heard(text, Offered()) == said


@pytest.mark.parametrize(
    "text",
    [
        "no, I asked about the charger, not the phone", "Nie, pytałem o rozmiar", "Nein, ich fragte nach der Farbe",
        "Non, j'ai demandé la couleur", "No, he preguntado por la garantía", "No, io chiedevo del prezzo",
        "Não, eu perguntei pela cor", "Ne, ptala jsem se na velikost", "Ні, я питав про колір",
        "Nee, ik vroeg naar de prijs", "Nej, jag frågade om storleken", "Hayır, ben bedenini sormuştum",
    ],
)  # fmt: skip
def test_a_no_to_what_was_understood_refuses_nobody(text: str) -> None:
    assert heard(text, Offered()) == Heard()


def test_a_remark_behind_a_yes_counts_only_right_after_the_offer() -> None:
    said = "Yes, I already tried that one"
    assert heard(said, Offered()).consent is Consent.YES
    assert heard(said, Offered(), last=Verdict.ANSWER) == Heard()


@pytest.mark.parametrize("last", [Verdict.ANSWER, Verdict.SMALL_TALK, Verdict.ASK])
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Great!", None), ("ok", None), ("fine", None), ("perfect, thanks", None), ("Super, dziękuję", None),
        ("yes", None), ("tak", None), ("no", None), ("nie", None), ("cancel", None), ("that works", None),
        ("connect me", Consent.YES), ("yes, connect me", Consent.YES), ("yes please", Consent.YES),
        ("tak, połącz mnie", Consent.YES), ("tak, poproszę", Consent.YES), ("ja, bitte", Consent.YES),
        ("No, thanks", Consent.NO), ("nie, dziękuję", Consent.NO), ("nein danke", Consent.NO),
    ],
)  # fmt: skip
def test_after_an_answer_only_words_of_the_offer_itself_count(last: Verdict, text: str, said: Consent | None) -> None:
    assert heard(text, Offered(), last=last) == (Heard(said, aside=True) if said else Heard())


NO_ADDRESS = """
I don't want to give my email|no email, just chat|nie chcę podawać maila|nie mam maila|wolę nie podawać adresu
without e-mail please|I'd rather not share my address|I have no e-mail|bez maila|ich möchte keine E-Mail angeben
ich habe keine Mailadresse|je ne veux pas donner mon adresse|sans e-mail|prefiero no dar mi correo|no tengo correo
preferisco non dare la mia mail|senza email|não quero dar o meu email|nechci dávat e-mail|nemám e-mail
не хочу давати пошту|ik wil geen e-mail geven|jag vill inte ge min mejladress|e-posta vermek istemiyorum
"""
NOT_ABOUT_IT = """
no|nie|never mind|cancel|I didn't get the confirmation e-mail|nie dostałam maila z potwierdzeniem|no mail came
Do you need my e-mail or not?|jane at work is my boss|my lamp is broken|ich habe keine E-Mail erhalten
"""


@pytest.mark.parametrize("text", cases(NO_ADDRESS))
def test_who_gives_no_address_refuses_the_address_and_not_the_person(text: str) -> None:
    assert heard(text, NeedsEmail(skippable=True)) == Heard(withheld=True)
    assert awaited(NeedsEmail(skippable=True), Verdict.HUMAN, text) == frozenset()


@pytest.mark.parametrize("text", cases(NOT_ABOUT_IT))
def test_other_words_withhold_no_address(text: str) -> None:
    assert not withholds_address(text)


def test_in_a_question_an_address_is_only_taken_when_it_is_given_as_theirs() -> None:
    told = "How long may I return something? I wrote to info@othershop.com about it before"
    assert heard(told, NeedsEmail(skippable=True)) == Heard()
    given = "ann@example.com, is that enough?"
    assert heard(given, NeedsEmail(skippable=True)).address == EmailAddress("ann@example.com")


@pytest.mark.parametrize(
    ("text", "tried"),
    [
        ("ann@example", True), ("ann@@example", True), ("bob at example dot com", True),
        ("jan małpa wp kropka pl", True),
        ("ann@example.com", False), ("I bought it at your shop", False), ("my lamp is broken", False),
    ],
)  # fmt: skip
def test_what_is_meant_for_an_address(text: str, tried: bool) -> None:
    assert tries_address(text) is tried


@pytest.mark.parametrize(
    ("text", "given"),
    [
        ("a human please, anna@example.com", ANNA),
        ("I want a person. My e-mail is anna@example.com!", ANNA),
        ("anna@example.com - get me a human", ANNA),
        ("get me a human (anna@example.com)", ANNA),
        ("chcę rozmawiać z człowiekiem\nmój mail to anna@example.com", ANNA),
        ("info@shop.example never answers, get me a human", None),
        ("get me a human, my order under anna@example.com is lost", None),
        ("a human please, anna@example.com or eva@example.com", None),
        ("a human please", None),
    ],
)
def test_an_address_beside_a_wish_is_the_writers_where_nothing_else_is_said_of_it(
    text: str, given: EmailAddress | None
) -> None:
    assert own_address_in(text) == given


@pytest.mark.parametrize("text", ["yes", "no", "anna@example.com"])
def test_what_answers_did_you_mean_does_not_answer_the_offer_before_it(text: str) -> None:
    assert heard(text, Offered(), last=Verdict.ASK) == Heard()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("it is anna@example.com, thanks", Heard(None, ANNA, aside=True)),
        ("no, leave it", Heard(Consent.NO, aside=True)),
        ("yes", Heard()),
        ("where is my order?", Heard()),
    ],
)
def test_what_is_heard_while_an_address_is_asked_for(text: str, said: Heard) -> None:
    assert heard(text, NeedsEmail(skippable=True)) == said


@pytest.mark.parametrize("step", [None, Declined()])
def test_nothing_is_heard_when_nothing_is_asked(step: HandoffStep | None) -> None:
    assert heard("yes please", step) == Heard()


@pytest.mark.parametrize(
    ("step", "last", "expected"),
    [
        (Offered(), Verdict.CANNOT_ANSWER, {Consent.YES, Consent.NO}),
        (Offered(), Verdict.FAILURE, {Consent.YES, Consent.NO}),
        (Offered(), Verdict.ANSWER, set()),
        (Offered(), Verdict.ASK, set()),
        (Offered(), Verdict.SMALL_TALK, set()),
        (Offered(), None, set()),
        (NeedsEmail(True), None, {Consent.NO}),
        (NeedsEmail(True), Verdict.HUMAN, {Consent.NO}),
        (NeedsEmail(True), Verdict.CANNOT_ANSWER, {Consent.NO}),
        (NeedsEmail(True), Verdict.ANSWER, set()),
        (NeedsEmail(True), Verdict.ASK, set()),
        (Declined(), Verdict.CANNOT_ANSWER, set()),
        (None, Verdict.CANNOT_ANSWER, set()),
    ],
)
def test_unlisted_words_are_awaited_right_after_the_offer_only(
    step: HandoffStep | None, last: Verdict | None, expected: set[Consent]
) -> None:
    assert awaited(step, last, "what about the deposit") == expected


@pytest.mark.parametrize(
    ("step", "last", "question", "expected"),
    [
        (Offered(), Verdict.ANSWER, "then do ask them. my mail is anna@example.com", {Consent.YES}),
        (Offered(), Verdict.SMALL_TALK, "anna@example.com", {Consent.YES}),
        (Offered(), Verdict.ANSWER, "my order under anna@example.com is lost", set()),
        (Offered(), Verdict.ASK, "anna@example.com", set()),
        (Declined(), Verdict.ANSWER, "anna@example.com", set()),
        (None, Verdict.ANSWER, "anna@example.com", set()),
    ],
)
def test_who_gives_an_address_after_an_answer_comes_back_to_the_offer(
    step: HandoffStep | None, last: Verdict, question: str, expected: set[Consent]
) -> None:
    assert awaited(step, last, question) == expected


@pytest.mark.parametrize(
    ("step", "last", "expected"),
    [
        (None, Verdict.ANSWER, True),
        (None, Verdict.SMALL_TALK, True),
        (Offered(), Verdict.ANSWER, True),
        (Declined(), None, True),
        (Declined(), Verdict.CANNOT_ANSWER, False),
        (None, None, False),
        (Offered(), Verdict.CANNOT_ANSWER, False),
        (None, Verdict.ASK, False),
        (NeedsEmail(True), None, False),
    ],
)
def test_nothing_is_open_after_an_answer_small_talk_or_a_refusal(
    step: HandoffStep | None, last: Verdict | None, expected: bool
) -> None:
    assert is_settled(step, last) is expected


def test_every_listed_phrase_has_a_language_and_a_meaning() -> None:
    phrases = list(listed())
    assert ("en", Consent.YES, "go for it") in phrases and ("pl", Consent.NO, "nie trzeba") in phrases
    assert len({lang for lang, _, _ in phrases}) == 12


@pytest.mark.parametrize(
    ("text", "step", "read", "expected"),
    [
        ("yes please", Declined(), True, True),
        ("tak, poproszę", Declined(), True, True),
        ("no", Declined(), True, False),
        ("how much is it?", Declined(), True, False),
        ("yes please", Declined(), False, False),
        ("yes please", Offered(), True, False),
        ("yes please", None, True, False),
    ],
)
def test_a_no_that_was_read_may_be_taken_back(text: str, step: HandoffStep | None, read: bool, expected: bool) -> None:
    assert takes_back(text, step, None, read) is expected
