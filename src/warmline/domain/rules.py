"""The merchant's escalation rules, and the safety signals that nobody can switch off.

A rule is triggered by its phrases, by likeness to its examples (the agent measures that), or by what it is about, in
the merchant's words (a language model says whether). All of it is looked at before any reply. A wish for a person in so
many words is stronger than every rule.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from warmline.errors import Invalid

MOST_RULES = 100
MOST_TEXTS = 200
LONGEST_TEXT = 200
LONGEST_ABOUT = 300
_READ = 8_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,47}")
_LANG = re.compile(r"[a-z]{2,3}")
_TAG = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}")


class Action(StrEnum):
    """What a rule does."""

    HAND_OFF = "hand_off"
    """No answer: a person is offered at once."""
    SUPPRESS = "suppress"
    """The agent answers what it can, and offers nobody."""
    ROUTE = "route"
    """A handoff of this conversation goes to this helpdesk, or carries this tag."""


class Safety(StrEnum):
    """Built in: a person is offered at once, with words of its own where they are needed."""

    SELF_HARM = "self_harm"
    VIOLENCE = "violence"
    LEGAL_THREAT = "legal_threat"
    PAYMENT_DATA = "payment_data"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `phrases` are found as whole words; `examples` by meaning; `about` says in words when it applies, for a
    language model; empty `languages` means all.

    `helpdesk` and `tag` belong to `route`.
    """

    name: str
    action: Action
    phrases: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    helpdesk: str | None = None
    tag: str | None = None
    about: str | None = None

    def speaks(self, lang: str) -> bool:
        """Does it count in this language (ISO 639-1)?"""
        return not self.languages or lang.split("-")[0] in self.languages


@dataclass(frozen=True, slots=True)
class Fired:
    """Which rules apply to a turn, in the order they are written; the first of each action counts."""

    rules: tuple[Rule, ...] = ()
    safety: Safety | None = None

    def first(self, action: Action) -> Rule | None:
        return next((rule for rule in self.rules if rule.action is action), None)

    def joined(self, more: Iterable[Rule], order: Sequence[Rule]) -> Fired:
        """These rules apply too. `order` is that of the workspace."""
        found = {rule.name: rule for rule in (*self.rules, *more)}
        places = {rule.name: place for place, rule in enumerate(order)}
        return Fired(tuple(sorted(found.values(), key=lambda rule: places.get(rule.name, -1))), self.safety)

    @property
    def names(self) -> list[str]:
        """For the trace."""
        return [*(f"rule:{rule.name}" for rule in self.rules), *([f"safety:{self.safety}"] if self.safety else [])]


def by_words(text: str, lang: str, rules: Iterable[Rule]) -> list[Rule]:
    """The rules whose phrases are in the text, as whole words; case, diacritics and punctuation do not count."""
    return [rule for rule in rules if rule.speaks(lang) and phrase_in(text, rule)]


def phrase_in(text: str, rule: Rule) -> str | None:
    """The first of the rule's phrases that is in the text."""
    words = f" {folded(text)} "
    return next((each for each in rule.phrases if f" {folded(each)} " in words), None)


def parse_rules(tables: Any) -> tuple[Rule, ...]:
    """The tables `[rules.NAME]`. Raises Invalid naming the field."""
    if not isinstance(tables, Mapping):
        raise Invalid('rules holds tables such as [rules.lawyers] with action = "hand_off".', "rules")
    if len(tables) > MOST_RULES:
        raise Invalid(f"At most {MOST_RULES} rules fit.", "rules")
    return tuple(_rule(name, table) for name, table in tables.items())


def _rule(name: str, table: Any) -> Rule:
    field = f"rules.{name}"
    if not _NAME.fullmatch(name):
        raise Invalid("A rule's name takes up to 48 letters, digits, - and _.", field)
    if not isinstance(table, Mapping):
        raise Invalid(f"{field} must be a table.", field)
    known = {"action", "phrases", "examples", "about", "languages", "helpdesk", "tag"}
    unknown = sorted(set(table) - known)
    if unknown:
        raise Invalid(
            f"{field}.{unknown[0]} is not known here. Known: {', '.join(sorted(known))}.", f"{field}.{unknown[0]}"
        )
    try:
        action = Action(str(table.get("action")))
    except ValueError:
        raise Invalid(f"{field}.action is hand_off, suppress or route.", f"{field}.action") from None
    rule = Rule(
        name=name,
        action=action,
        phrases=_texts(table, "phrases", field),
        examples=_texts(table, "examples", field),
        languages=_texts(table, "languages", field),
        helpdesk=_text(table, "helpdesk", field, re.compile(r"[a-z][a-z0-9_-]{0,47}")),
        tag=_text(table, "tag", field, _TAG),
        about=_about(table, field),
    )
    _check(rule, field)
    return rule


def _check(rule: Rule, field: str) -> None:
    if not rule.phrases and not rule.examples and not rule.about:
        raise Invalid(
            f"{field} needs phrases, examples or about: without them it is never triggered.", f"{field}.phrases"
        )
    if bad := next((lang for lang in rule.languages if not _LANG.fullmatch(lang)), None):
        raise Invalid(f'"{bad}" is no language. Use a code such as en or pl.', f"{field}.languages")
    if empty := next((each for each in rule.phrases if not folded(each)), None):
        raise Invalid(f'The phrase "{empty}" holds no letter or digit.', f"{field}.phrases")
    target = rule.helpdesk or rule.tag
    if rule.action is Action.ROUTE and not target:
        raise Invalid(f"{field} routes: name a helpdesk or a tag.", f"{field}.helpdesk")
    if rule.action is not Action.ROUTE and target:
        raise Invalid(f'{field}.helpdesk and {field}.tag belong to action = "route".', f"{field}.action")


def _about(table: Mapping[str, Any], field: str) -> str | None:
    value = table.get("about")
    if value is not None and not (isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_ABOUT):
        raise Invalid(f"{field}.about is a text of at most {LONGEST_ABOUT} characters.", f"{field}.about")
    return value.strip() if value else None


def _texts(table: Mapping[str, Any], key: str, field: str) -> tuple[str, ...]:
    value = table.get(key, [])
    good = isinstance(value, Sequence) and not isinstance(value, str) and len(value) <= MOST_TEXTS
    if not good or not all(isinstance(each, str) and 0 < len(each.strip()) <= LONGEST_TEXT for each in value):
        raise Invalid(
            f"{field}.{key} is a list of up to {MOST_TEXTS} texts of at most {LONGEST_TEXT} characters.",
            f"{field}.{key}",
        )
    return tuple(each.strip() for each in value)


def _text(table: Mapping[str, Any], key: str, field: str, form: re.Pattern[str]) -> str | None:
    value = table.get(key)
    if value is not None and not (isinstance(value, str) and form.fullmatch(value)):
        raise Invalid(f"{field}.{key} takes lower-case letters, digits, - and _.", f"{field}.{key}")
    return value


def folded(text: str) -> str:
    """Lower case, no diacritics, words divided by single spaces."""
    lowered = text[:_READ].lower().replace("ł", "l").replace("\u0131", "i")
    plain = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", plain))


# Safety: words that a shopper uses of themselves or to us; products ("killer deal", "suicide squad poster") are not
# meant.

_SELF_HARM = r"""
(?:i|im|i m|i am) (?:\w+ )?(?:want to|wanna|going to|gonna|will|wish to|about to) (?:\w+ )?(?:die
|kill myself|end my life|end it all|hurt myself|harm myself|commit suicide) | kill(?:ing)? myself
| end(?:ing)? my (?:own )?life | suicidal | i (?:dont|don t|do not) want to live | no reason to live
| better off dead | cut(?:ting)? myself on purpose
| chce (?:sie zabic|umrzec|ze soba skonczyc|skonczyc ze soba|odebrac sobie zycie) | zabije sie
| nie chce (?:juz )?zyc | odbiore sobie zycie | popelni\w* samobojstw\w+ | mysli samobojcz\w+
| ich will (?:nicht mehr leben|sterben|mich umbringen) | bringe mich um | mir das leben nehmen
| je veux (?:mourir|me tuer|me suicider|en finir) | quiero (?:morir\w*|matarme|suicidarme)
| voglio (?:morire|uccidermi|farla finita) | quero (?:morrer|me matar|matar me) | chci (?:umrit|se zabit)
| хочу (?:померти|вбити себе) | ik wil (?:dood|niet meer leven|mezelf iets aandoen)
| jag vill (?:do|inte leva|ta mitt liv) | (?:olmek|kendimi oldurmek) istiyorum | intihar ed\w+
"""
_VIOLENCE = r"""
(?:i|im|i m|i am|i ll|ill) (?:\w+ )?(?:going to|gonna|will|want to|ll)? ?(?:kill|shoot|stab|hurt|beat up
|burn down|blow up) (?:you|u|them|your (?:shop|store|office|staff|people|family)|everyone|somebody|someone)
| bomb (?:in|at|under) your | i know where you (?:live|work) | zabije (?:was|cie|ich|kogos)
| spale (?:was|wasz\w*|ten sklep) | podloze bombe | pobije (?:was|cie) | wiem gdzie mieszka\w+
| ich (?:bringe euch um|bringe dich um|werde euch \w+ umbringen|zunde euch)
| je vais (?:vous|te|les) (?:tuer|frapper|bruler) | (?:voy a|os voy a|los voy a) (?:matar|quemar)\w*
| vi (?:ammazzo|uccido|brucio) | vou (?:matar|queimar) (?:voces|vos|te) | zabiju (?:vas|te) | вб ю вас
| ik (?:vermoord|maak) (?:jullie|je) (?:af)? | jag (?:ska|kommer att) (?:doda|skada) (?:er|dig) | sizi oldur\w+
"""
_LEGAL = r"""
(?:i|we|im|i m|ill|i ll) (?:\w+ )?(?:sue|suing|take legal action|taking legal action|take you to court
|press charges|go to court|file a lawsuit|contact(?:ing)? my (?:lawyer|attorney|solicitor)
|report(?:ing)? you to (?:the )?(?:police|authorities|consumer|trading))
| my (?:lawyer|attorney|solicitor) (?:will|is) | see you in court | legal action against
| chargeback with my bank | lawsuit against | (?:pozwe|pozywam|zaskarze) (?:was|panstwa|do sadu|firme)?
| podam was do sadu | ide do sadu | spotkamy sie w sadzie | spotykamy sie w sadzie | kieruje sprawe do sadu
| (?:moj|z) prawnik\w* | moj adwokat
| zglosze (?:was |to |sprawe )?(?:na|do) (?:policj\w+|uokik\w*|prokuratur\w+|rzecznik\w+)
| ich (?:verklage|zeige) (?:sie|euch) | mein anwalt | rechtliche schritte
| je vais (?:porter plainte|vous poursuivre) | mon avocat | porter plainte contre
| (?:voy a|os voy a|los voy a) (?:demandar|denunciar)\w* | mi abogado
| vi (?:denuncio|faccio causa|cito in giudizio) | il mio avvocato | vou (?:processar|denunciar) | meu advogado
| podam (?:na vas )?zalobu | muj (?:pravnik|advokat) | подам (?:на вас )?(?:до|в) суд\w* | міи адвокат
| ik (?:klaag jullie aan|stap naar de rechter) | mijn advocaat | jag (?:stammer|anmaler) er | min advokat
| (?:dava ac\w+|avukatim)
"""
_CARD = re.compile(r"(?<![\w-])(?:\d[ -]?){12,18}\d(?![\w-])")
_CODE = re.compile(r"\b(?:cvv2?|cvc2?|card security code|kod cvv|kod cvc)\b\D{0,12}\d{3,4}\b|\bpin\b\D{0,6}\b\d{4}\b")


def safety_of(text: str) -> Safety | None:
    """The safety signal in a message, the gravest first; None in nearly every one."""
    words = folded(text)
    for safety, pattern in _patterns():
        if pattern.search(words):
            return safety
    if any(_is_card(match.group()) for match in _CARD.finditer(text[:_READ])) or _CODE.search(words):
        return Safety.PAYMENT_DATA
    return None


@cache
def _patterns() -> tuple[tuple[Safety, re.Pattern[str]], ...]:
    sources = ((Safety.SELF_HARM, _SELF_HARM), (Safety.VIOLENCE, _VIOLENCE), (Safety.LEGAL_THREAT, _LEGAL))
    return tuple((safety, _compiled(source)) for safety, source in sources)


def _compiled(source: str) -> re.Pattern[str]:
    """Alternatives stand apart by " | "; a line that begins with "|" and no space goes on with the line before."""
    joined = re.sub(r"\n\|(?=\S)", "|", source.strip())
    ways = [" ".join(way.split()) for way in re.split(r"\s\|\s", joined)]
    return re.compile("|".join(rf"\b(?:{way})(?!\w)" for way in ways if way))


def _is_card(digits: str) -> bool:
    """A card number of 13 to 19 digits with its check digit right (ISO/IEC 7812, Luhn)."""
    numbers = [int(digit) for digit in digits if digit.isdigit()]
    if not 13 <= len(numbers) <= 19 or len(set(numbers)) < 2:
        return False
    doubled = [sum(divmod(2 * digit, 10)) for digit in numbers[-2::-2]]
    return (sum(numbers[-1::-2]) + sum(doubled)) % 10 == 0 and numbers[0] in {2, 3, 4, 5, 6}
