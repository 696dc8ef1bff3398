"""Escalation rules and the safety signals: what triggers them, what does not, and what is refused."""
# ruff: noqa: RUF001

from __future__ import annotations

import time

import pytest

from tests.domain.calm import CALM
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


def cases(table: str) -> list[str]:
    return [case.strip() for line in table.splitlines() for case in line.split("|") if case.strip()]


SIGNALS = {
    Safety.SELF_HARM: "I want to kill myself|I don't want to live anymore|chcę się zabić|nie chcę już żyć"
    "|je veux mourir|ich will nicht mehr leben|quiero morirme|хочу померти|I'm going to end my life",
    Safety.VIOLENCE: "I will kill you|I'm gonna burn down your shop|zabiję was|I know where you live|podłożę bombę",
    Safety.LEGAL_THREAT: "I will sue you|my lawyer will contact you|see you in court|pozwę was|zgłoszę sprawę do UOKiK"
    "|mein Anwalt"
    "|je vais porter plainte|I'm taking legal action|voy a denunciarles",
    Safety.PAYMENT_DATA: "my card is 4111 1111 1111 1111|5500-0000-0000-0004 exp 11/27|CVV: 123|kod CVC 456",
}


MORE_SIGNALS = {
    Safety.SELF_HARM: """
I want to die|I just want to die|I don't want to live any more|I'm thinking about killing myself|I wish I was dead
chcę umrzeć|chcę odebrać sobie życie|ich will sterben|ich möchte nicht mehr leben|je veux en finir avec la vie
je ne veux plus vivre|no quiero seguir viviendo|voglio morire|voglio farla finita|non voglio più vivere|quero morrer
não quero mais viver|chci umřít|nechci už žít|не хочу більше жити|ik wil dood|ik wil niet meer leven|jag vill dö
jag vill inte leva|ölmek istiyorum|artık yaşamak istemiyorum|intihar edeceğim
""",
    Safety.VIOLENCE: """
I'm going to hurt you|I'll kill your courier|I will kill him|I want to hurt someone|there is a bomb in your shop
I will burn your shop down|I'm going to kill them|spalę wasz sklep|pobiję was|wiem gdzie mieszkacie
ich werde euch alle umbringen|ich weiß, wo du wohnst|je vais vous tuer|je sais où vous habitez|os voy a matar
voy a quemar vuestra tienda|vi ammazzo|so dove abitate|vou matar vocês|sei onde vocês moram|zabiju vás|vím, kde bydlíte
я вб'ю вас|я знаю, де ви живете|ik vermoord jullie|ik weet waar jullie wonen|jag ska döda dig|jag vet var ni bor
sizi öldüreceğim|seni öldüreceğim
""",
    Safety.LEGAL_THREAT: """
I'm going to take you to court|you will hear from my lawyer|I'm contacting my attorney|we will take legal action
I will report you to the consumer authorities|my lawyer is already involved|pozwę państwa do sądu|kieruję sprawę do sądu
mój prawnik się z wami skontaktuje|oddam sprawę do sądu|podam was do sądu|ich verklage Sie|Ich zeige Sie an
ich nehme einen Anwalt|ich werde rechtliche Schritte einleiten|mein Anwalt wird sich melden
je vais contacter mon avocat|je vais saisir mon avocat|mon avocat vous contactera|je vais vous poursuivre en justice
voy a demandarles|hablaré con mi abogado|mi abogado se pondrá en contacto|vi denuncio|il mio avvocato vi scriverà
contatterò il mio avvocato|vou processar vocês|vou processá-los|vou contactar o meu advogado|vou denunciar a loja
podám na vás žalobu|můj právník se vám ozve|подам на вас до суду|звернуся до адвоката|мій адвокат зв'яжеться з вами
ik ga mijn advocaat inschakelen|ik stap naar de rechter|mijn advocaat neemt contact op|jag stämmer er
jag kontaktar min advokat|jag anmäler er till polisen|dava açacağım|avukatıma başvuracağım|avukatım sizinle görüşecek
""",
    Safety.PAYMENT_DATA: """
my pin is 1234|make my pin 1234|PIN code: 1234
mój PIN to 1234|mein PIN ist 1234|meine PIN lautet 1234
mon code PIN est 1234|mi pin es 1234|mein PIN-Code ist 1234|il mio pin è 1234|můj pin je 1234|mijn pincode is 1234
min pinkod är 1234
card 5105105105105100|3782 822463 10005|30569309025904|6011 1111 1111 1117|2223003122003222|4222222222222
""",
}


@pytest.mark.parametrize(
    ("safety", "text"), [(kind, text) for kind in MORE_SIGNALS for text in cases(MORE_SIGNALS[kind])]
)
def test_safety_signals_in_twelve_languages(safety: Safety, text: str) -> None:
    assert safety_of(text) is safety


@pytest.mark.parametrize(("lang", "text"), [(lang, text) for lang in CALM for text in cases(CALM[lang])])
def test_calm_words_near_danger(lang: str, text: str) -> None:
    assert safety_of(text) is None


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


def test_hardly_any_ean_or_parcel_number_is_a_card() -> None:
    eans = [f"590123{n:06}" for n in range(0, 1_000_000, 97)]
    checked = [f"{ean}{-sum(int(d) * (1, 3)[i % 2] for i, d in enumerate(ean)) % 10}" for ean in eans]
    parcels = [f"1425{n:010}" for n in range(0, 10**10, 999_983)]
    assert not any(safety_of(f"Where is {number}?") for number in (*checked, *parcels))


def test_no_ean_that_begins_like_a_card_is_one() -> None:
    eans = [f"400638{n:06}" for n in range(0, 1_000_000, 97)]
    checked = [f"{ean}{-sum(int(d) * (1, 3)[i % 2] for i, d in enumerate(ean)) % 10}" for ean in eans]
    assert not any(safety_of(number) for number in checked)


def test_long_messages_take_no_time() -> None:
    start = time.process_time()
    for words in ("4111 1111 ", "i will ", "kill ", "1 " * 5, "i a ", "ide z tym ", "mein "):
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
