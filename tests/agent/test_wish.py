"""Asking for a person, in twelve languages; talking about persons is something else."""

from __future__ import annotations

import json
import time

import pytest

from tests.agent.shop import shared_set
from tests.agent.wishes import OTHER_TALK as OTHER_IN
from tests.agent.wishes import PRODUCTS
from tests.agent.wishes import WISHES as WISHES_IN
from tests.domain.calm import CALM
from warmline.agent.wish import wants_person
from warmline.agent.wish_rules import wants_person_by_rule
from warmline.domain.wording import say

WISHES = """
Is there anyone else I can talk to?|please escalate this|can you escalate my complaint
I want a human|talk to a real person|agent please|can I speak with someone|connect me to customer service|HUMAN|human
I want to speak to a human being|Human please!|I wnat to speak to a humann|can I talkk to an agnet|representative
let me speak to your manager|I'd like to chat with one of your staff|get me a human|give me a real person now
I don't want to talk to a bot|no bots please, human|is there a human I can talk to?|can a human look at this?
please transfer me to an agent|put me through to the returns department|Can someone from your team call me?
I need to talk to customer support|customer service please|live agent|operator|speak to agent|who can I talk to?
stop wasting my time with a stupid bot, I want a person|sorry but can I talk to somebody else?|a person, not a bot
how do I talk to someone about my refund|hello, I need an agent to help me|speak to the supervisor please
połącz mnie z człowiekiem|polacz mnie z czlowiekiem|chcę rozmawiać z konsultantem|człowiek|CZŁOWIEK|chce czlowieka
czy mogę porozmawiać z kimś z obsługi|konsultant|poproszę konsultanta|daj mi człowieka|chce gadac z czlowiekiem
nie chcę rozmawiać z botem|proszę o kontakt z konsultantem|chciałabym porozmawiać z pracownikiem sklepu
Przełącz mnie do konsultanta|rozmowa z konsultantem|potrzebuję żywego człowieka|czy mogę rozmawiać z człowiekiem?
proszę mnie połączyć z konsultantem|wolę rozmawiać z człowiekiem a nie z botem|chcę rozmawiać z konsultnatem
niech ktoś do mnie zadzwoni|proszę o połączenie z doradcą|chcę pogadać z kimś żywym|połącz z konsultantem
connect me with someone|transfer me to billing please|switch me to a human|put me through|please put me through to Anna
get me someone who can help|can you find someone to help me|send someone to help with my order|do you have live support?
is there a live agent available?|transfer me to the complaints department|put me in touch with a human
do you have a live agent for refunds?|can an agent take over?|can a human check my order?|connect me to your manager
Przekieruj mnie do działu reklamacji|przełącz mnie na infolinię|połącz mnie z kimś z obsługi
proszę o kontakt z kimś z biura
Proszę połączyć mnie z konsultantem|proszę o rozmowę z kierownikiem
czy jest tam jakiś człowiek?|zawołaj człowieka|Dzień dobry, poproszę konsultanta
"""

OTHER_TALK = """
when do prices escalate?|the costs escalate this year
my agent at the bank said|are you a human?|are you a bot|am I talking to a human?
what are the opening hours of the hotline
is the consultant's advice free|human hair wig|I want a human hair wig|Do you sell human hair extensions?
I spoke to an agent yesterday and he promised a refund|How do I contact customer service?|what is your phone number
cleaning agent for leather|real estate agent|I need a person size sleeping bag|is it safe for humans
how many people does the tent sleep|gift for a person who likes tea|someone stole my parcel|agent orange color
can someone else collect my order?|can another person pick up my parcel|do I have to talk to an agent to return?
after speaking with an agent I still have no refund|agent 007 poster|Do you have a book about the human body?
I'm not a robot|a robot vacuum|operator manual for the drill|is the shipping agent DHL?|transfer money|bank transfer
connect my phone to the speaker|how to connect the lamp to wifi|direct me to the returns page|who is your CEO
I talked to my husband and we want to return it|personal data request|human rights policy|do you support Apple Pay
need support with my order|the person who packed my order forgot the lid|can I give the voucher to someone else
do you ship to people abroad|contact lenses|I got a call from your agent|I don't want to talk to anyone|
czy pracuje u was człowiek, który zna się na winach?|Rozmawiałem wczoraj z konsultantem|przelew bankowy
Czy porada konsultanta jest bezpłatna?|jakie są godziny pracy konsultantów|infolinia godziny otwarcia
czy ktoś inny może odebrać paczkę|czy inna osoba może odebrać przesyłkę|koszulka z napisem człowiek
perfumy dla prawdziwego człowieka sukcesu|Czy muszę rozmawiać z konsultantem, żeby zwrócić towar?
czy jesteś człowiekiem?
"""


def cases(table: str) -> list[str]:
    return [case.strip() for line in table.splitlines() for case in line.split("|") if case.strip()]


@pytest.mark.parametrize("text", cases(WISHES))
def test_a_wish_for_a_person(text: str) -> None:
    assert wants_person(text)


BESIDE = """
{} My parcel is late.|Order 4471 is lost. {}|{} hollis.grady@post.example|hollis.grady@post.example, {}
Hi! {} Thanks|{} - 0700 123 456|Why is it so late?! {}|{}... it is about my return|Where is my order? {}
"""


@pytest.mark.parametrize("frame", cases(BESIDE))
@pytest.mark.parametrize("wish", ["I want a human.", "real person please.", "get me an agent.", "Dajcie mi człowieka."])
def test_a_wish_among_other_sentences_or_beside_an_address(frame: str, wish: str) -> None:
    assert wants_person(frame.format(wish))


@pytest.mark.parametrize("frame", cases(BESIDE))
@pytest.mark.parametrize("talk", ["Is it safe for humans?", "I don't want to talk to anyone.", "A human hair wig."])
def test_talk_about_persons_among_other_sentences(frame: str, talk: str) -> None:
    assert not wants_person(frame.format(talk))


def test_a_question_whether_somebody_is_one_goes_on() -> None:
    assert not wants_person("Are you a bot? A human?")


@pytest.mark.parametrize("text", cases(OTHER_TALK))
def test_talk_about_persons(text: str) -> None:
    assert not wants_person(text)


def test_public_requests_are_understood() -> None:
    lines = (shared_set("wants_human") / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["label_def"] == "explicit_request"]
    wished = [row["wants_human"] for row in rows if row["wants_human"] is not None and wants_person(row["text"])]
    all_wishes = sum(row["wants_human"] is True for row in rows)
    precision, recall = sum(wished) / len(wished), sum(wished) / all_wishes
    assert precision >= 0.97
    assert 2 * precision * recall / (precision + recall) >= 0.95


@pytest.mark.parametrize(
    "again",
    [
        "want to talk to a real ",
        "a ",
        "dont talk to a a ",
        "human ",
        "transfer me over ",
        "connect me to my real ",
        "send someone to help with ",
        "does the watch ",
        "ż",
        "parler à ",
        "robot ",
        "human. ",
        "a-",
        "want a human, a@b. ",
    ],
)
def test_long_messages_take_no_time(again: str) -> None:
    start = time.process_time()
    wants_person(again * 8_000)
    assert time.process_time() - start < 0.2


@pytest.mark.parametrize(("lang", "text"), [(lang, text) for lang in WISHES_IN for text in cases(WISHES_IN[lang])])
def test_a_wish_in_ten_more_languages(lang: str, text: str) -> None:
    assert wants_person(text)


@pytest.mark.parametrize(("lang", "text"), [(lang, text) for lang in OTHER_IN for text in cases(OTHER_IN[lang])])
def test_talk_about_persons_in_ten_more_languages(lang: str, text: str) -> None:
    assert not wants_person(text)


@pytest.mark.parametrize(("lang", "text"), [(lang, text) for lang in PRODUCTS for text in cases(PRODUCTS[lang])])
def test_what_products_do_with_people_is_no_wish(lang: str, text: str) -> None:
    assert not wants_person(text)


@pytest.mark.parametrize(("lang", "text"), [(lang, text) for lang in CALM for text in cases(CALM[lang])])
def test_calm_questions_are_no_wish(lang: str, text: str) -> None:
    assert not wants_person(text)


@pytest.mark.parametrize("name", ["bitext_support", "hint3_shop", "clinc150", "poquad_pl", "epqa_products"])
def test_hardly_any_question_of_other_kinds_is_taken_for_a_wish(name: str) -> None:
    lines = (shared_set(name) / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row.get("wants_human") is not True]
    assert sum(wants_person_by_rule(row["text"]) for row in rows) <= 0.002 * len(rows)


@pytest.mark.parametrize("lang", ["en", "pl"])
def test_none_of_the_choices_is_a_wish_for_a_person(lang: str) -> None:
    assert wants_person(say("choices.none", lang))
