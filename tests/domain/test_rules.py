"""Escalation rules and the safety signals: what triggers them, what does not, and what is refused."""

from __future__ import annotations

import time

import pytest

from warmline.domain.rules import Action, Fired, Rule, Safety, by_words, parse_rules, safety_of
from warmline.errors import Invalid

LAWYERS = {"action": "hand_off", "phrases": ["my lawyer", "odszkodowanie"]}


def test_rules_are_read_from_their_tables() -> None:
    rules = parse_rules({"lawyers": LAWYERS, "vip": {"action": "route", "examples": ["I am a reseller"], "tag": "b2b"}})
    assert rules == (
        Rule("lawyers", Action.HAND_OFF, ("my lawyer", "odszkodowanie")),
        Rule("vip", Action.ROUTE, examples=("I am a reseller",), tag="b2b"),
    )


@pytest.mark.parametrize(
    ("tables", "field"),
    [
        ([], "rules"),
        ({"a b": LAWYERS}, "rules.a b"),
        ({"a": "x"}, "rules.a"),
        ({"a": {"action": "explode", "phrases": ["x"]}}, "rules.a.action"),
        ({"a": {"action": "hand_off"}}, "rules.a.phrases"),
        ({"a": {"action": "hand_off", "phrases": "x"}}, "rules.a.phrases"),
        ({"a": {"action": "hand_off", "phrases": ["?!"]}}, "rules.a.phrases"),
        ({"a": {"action": "hand_off", "phrases": ["x"], "colour": "red"}}, "rules.a.colour"),
        ({"a": {"action": "hand_off", "phrases": ["x"], "languages": ["English"]}}, "rules.a.languages"),
        ({"a": {"action": "route", "phrases": ["x"]}}, "rules.a.helpdesk"),
        ({"a": {"action": "hand_off", "phrases": ["x"], "tag": "vip"}}, "rules.a.action"),
        ({"a": {"action": "route", "phrases": ["x"], "tag": "Bad Tag"}}, "rules.a.tag"),
        ({"a": {"action": "hand_off", "about": "x" * 301}}, "rules.a.about"),
        ({"a": {"action": "hand_off", "about": " "}}, "rules.a.about"),
        ({"a": {"action": "hand_off", "about": ["x"]}}, "rules.a.about"),
    ],
)
def test_a_wrong_rule_names_its_field(tables: object, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_rules(tables)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("text", "lang", "fires"),
    [
        ("I will call MY LAWYER!", "en", True),
        ("żądam odszkodowania", "pl", False),
        ("Chcę ODSZKODOWANIE.", "pl", True),
        ("my lawyers", "en", False),
        ("What is your address?", "en", False),
    ],
)
def test_phrases_are_whole_words(text: str, lang: str, fires: bool) -> None:
    assert bool(by_words(text, lang, parse_rules({"lawyers": LAWYERS}))) is fires


def test_a_rule_counts_in_its_languages_only() -> None:
    rules = parse_rules({"a": {"action": "suppress", "phrases": ["job"], "languages": ["en"]}})
    assert by_words("a job", "en", rules) and by_words("a job", "en-GB", rules) and not by_words("a job", "pl", rules)


def test_the_first_of_each_action_counts() -> None:
    one, two = Rule("one", Action.ROUTE, tag="a"), Rule("two", Action.ROUTE, tag="b")
    fired = Fired((one, two), Safety.VIOLENCE)
    assert fired.first(Action.ROUTE) == one and fired.first(Action.SUPPRESS) is None
    assert fired.names == ["rule:one", "rule:two", "safety:violence"]


SIGNALS = {
    Safety.SELF_HARM: "I want to kill myself|I don't want to live anymore|chcę się zabić|nie chcę już żyć"
    "|je veux mourir|ich will nicht mehr leben|quiero morirme|хочу померти|I'm going to end my life",
    Safety.VIOLENCE: "I will kill you|I'm gonna burn down your shop|zabiję was|I know where you live|podłożę bombę",
    Safety.LEGAL_THREAT: "I will sue you|my lawyer will contact you|see you in court|pozwę was|zgłoszę sprawę do UOKiK"
    "|mein Anwalt"
    "|je vais porter plainte|I'm taking legal action|voy a denunciarles",
    Safety.PAYMENT_DATA: "my card is 4111 1111 1111 1111|5500-0000-0000-0004 exp 11/27|CVV: 123|kod CVC 456",
}


@pytest.mark.parametrize(("safety", "text"), [(kind, text) for kind in SIGNALS for text in SIGNALS[kind].split("|")])
def test_safety_signals(safety: Safety, text: str) -> None:
    assert safety_of(text) is safety


@pytest.mark.parametrize(
    "text",
    [
        "Suicide Squad poster",
        "Is this a killer deal?",
        "order 4111 1111 1111 1112",
        "my order number is 1234567890123",
        "tracking 00340434161094042557",
        "phone 0048 123 456 789",
        "How do I report a bug?",
        "Do you have a book on law? My lawyer friend likes them",
        "Will this kill weeds?",
        "Can I shoot photos with it?",
        "czy ten spray zabije mrówki",
        "IBAN PL61109010140000071219812874",
        "PIN for the gift card?",
        "I would die for this lamp",
    ],
)
def test_what_only_looks_like_a_signal(text: str) -> None:
    assert safety_of(text) is None


def test_long_messages_take_no_time() -> None:
    start = time.process_time()
    for words in ("4111 1111 ", "i will ", "kill ", "1 " * 5):
        safety_of(words * 1_000)
    assert time.process_time() - start < 0.3


def test_the_first_rule_of_each_action_counts_in_the_order_they_are_written() -> None:
    rules = parse_rules({
        "b2b": {"action": "route", "examples": ["I am a reseller"], "tag": "b2b"},
        "vip": {"action": "route", "phrases": ["gold card"], "tag": "vip"},
        "wedding": {"action": "hand_off", "about": "The order is for a wedding"},
    })  # fmt: skip
    b2b, vip, wedding = rules
    fired = Fired((vip,)).joined([wedding], rules).joined([b2b, vip], rules)
    assert fired.rules == rules and fired.first(Action.ROUTE) == b2b
    assert Fired((), Safety.VIOLENCE).joined([wedding], rules) == Fired((wedding,), Safety.VIOLENCE)
