"""Is a sentence grounded in the passages that it cites? Pure functions; the model is believed in nothing.

Each check compares the sentence with what the cited passages say: numbers with their units, dates, money, words that
commit the shop, names, links, and the rest of its words. It errs on the side of refusing: a refused answer costs a
quotation or a person, an invented one costs the merchant's word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from functools import cache, cached_property
from urllib.parse import urlsplit

from babel import Locale, UnknownLocaleError
from babel.dates import get_day_names, get_month_names

from warmline.agent.grounds_words import (
    ADDRESSED,
    COMMITMENTS,
    FOR_ME,
    HUMAN,
    MYSELF,
    NEGATIONS,
    NUMBER_WORDS,
    TALKING,
    UNITS,
)
from warmline.agent.text import clean, fold, sentences
from warmline.domain.knowledge import Chunk

STEM = 4
SUPPORTED = 0.6
"""The share of a sentence's words that have to occur in the passages, by their first letters."""
KEPT = 0.5
"""The share of a sentence's words that have to be repeated where it commits the shop to something."""
MOST_IN_A_ROW = 2
"""So many words that no passage has may not follow one another."""
ACROSS = 2.0
"""How near a sentence in another language than its passage must be (`alike.likeness`).

Translations of eight sentences of a help page into Polish and German lie at 2.4 to 3.7, sentences that only share the
topic below 1.6, others below 0.8 (`tests/agent/test_grounds.py`)."""
MOST_LETTERS = 600

_URL = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)[^\s<>\"')\]]+", re.IGNORECASE)
_DOMAIN = re.compile(r"(?<![\w@.])(?:[a-z0-9-]+\.)+[a-z]{2,24}(?:/[^\s]*)?", re.IGNORECASE)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_MARKUP = re.compile(r"!\[|\]\(|<[a-z/!]|`|\[\[|\{\{|javascript:|data:", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,3}(?:[ \u00a0\u202f.,]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2}(?!\d))?")
_MIXED = re.compile(r"\b(?=\w*\d)(?=\w*[^\W\d_])[\w-]+", re.IGNORECASE)
_SHOUTED = re.compile(r"\b[A-Z][A-Z0-9_-]{2,}\b")
_TOKENS = re.compile(r"\d+(?:[.,\u00a0\u202f ]\d+)*|[€$£₴₺%]|[^\W\d_]+")
_ADDRESSED = re.compile(rf"\b(?:{ADDRESSED})")
_FRAMED = re.compile(
    r"\[/?(?:system|inst|internal)|</?\w+>|\"role\"\s*:|^\s*(?:system|assistant|user)\s*:", re.IGNORECASE
)
_STOP = frozenset(
    "also been from have here into just like more most must need only over same such than that their them then there"
    " these they this those when where which while will with would your yours ours please following note about after"
    " before once each both very well does done make made want able asap tego temu tych moze mozna mozesz mozecie twoj"
    " twoja twoje nasz nasza nasze jest beda bedzie oraz albo przez jako tylko rowniez takze prosze aber oder eine"
    " einen einem einer diese dieser dieses werden wird kann konnen sind haben wenn auch nach fur nous vous votre notre"
    " avec dans pour cette sont peut peuvent puede pueden para como esta este estos nuestra nuestro possono puoi sono"
    " come questo questa nella della delle pode podem voce nossa nosso isso".split()
)


@dataclass(frozen=True)
class Evidence:
    """What a cited passage can prove. `sentences` are those of its text that speak to shoppers."""

    lang: str
    host: str
    sentences: tuple[str, ...]
    title: str = ""
    _read: dict[tuple[str, str], _Text] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def text(self) -> str:
        return " \n ".join((self.title, *self.sentences))

    @property
    def whole(self) -> _Text:
        """All of it."""
        return self.reading(self.text, self.lang)

    def reading(self, text: str, lang: str) -> _Text:
        """A text of it as read in this language: once, for all sentences of an answer that are held against it."""
        if (text, lang) not in self._read:
            self._read[text, lang] = _Text(text, lang)
        return self._read[text, lang]

    @property
    def parts(self) -> Iterator[_Text]:
        """Its sentences."""
        return (self.reading(each, self.lang) for each in self.sentences)


def evidence_of(chunk: Chunk) -> Evidence:
    """The passage without sentences that give orders to a machine."""
    kept = tuple(each for each in sentences(chunk.text) if not commands(each))
    title = " \n ".join(part for part in (chunk.title, *chunk.headings) if not commands(part))
    return Evidence(chunk.lang, (urlsplit(chunk.url or "").hostname or ""), kept, title)


def commands(sentence: str) -> bool:
    """Does this speak to an assistant and not to a shopper? So does "promise me …", which no shop says to a shopper."""
    plain = fold(sentence)
    asks_for_itself = "?" not in sentence and bool(FOR_ME & set(plain.split()))
    return asks_for_itself or bool(_ADDRESSED.search(plain) or _FRAMED.search(sentence))


def objections(
    sentence: str, lang: str, cited: Sequence[Evidence], hosts: Collection[str] = (), near: float | None = None
) -> list[str]:
    """Why this sentence may not be said; empty: it may.

    `hosts` may be linked to besides those of the cited pages. `near` is the likeness to the passages where these are in
    another language, None where words can be compared.
    """
    if not cited:
        return ["it cites nothing"]
    if len(sentence) > MOST_LETTERS:
        return ["too long for a sentence"]
    said, told = _Text(sentence, lang), [each.whole for each in cited]
    found = [
        *_form(sentence),
        *_links(sentence, cited, hosts),
        *_names(sentence, lang, cited, near is None),
        *_myself(said, told),
    ]
    found += _figures(said, told, cited, near is None)
    found += _commitments(said, cited, near is None)
    found += _words(said, cited) if near is None else [] if near >= ACROSS else ["no passage says this"]
    return list(dict.fromkeys(found))


# Form, links, names


def _form(sentence: str) -> Iterator[str]:
    if _MARKUP.search(sentence):
        yield "markup or an image"
    if any(unicodedata.category(c) in {"Cc", "Cf", "Co", "Cs"} for c in sentence):
        yield "hidden characters"
    if "?" in sentence:
        yield "a question"


def _links(sentence: str, cited: Sequence[Evidence], hosts: Collection[str]) -> Iterator[str]:
    told = " ".join(each.text for each in cited).casefold()
    allowed = {host.casefold() for host in (*hosts, *(each.host for each in cited)) if host}
    rest = sentence
    for address in _URL.findall(sentence):
        rest = rest.replace(address, " ")
        host = urlsplit(address if "://" in address else f"https://{address}").hostname or ""
        if address.rstrip(".,;:!?").casefold() not in told or host.casefold() not in allowed:
            yield "a link that is not the shop's"
    for address in _MAIL.findall(rest):
        rest = rest.replace(address, " ")
        if address.casefold() not in told:
            yield "an address that no passage has"
    for domain in _DOMAIN.findall(rest):
        host = domain.partition("/")[0].casefold()
        if domain.rstrip(".,;:!?").casefold() not in told or ("/" in domain and host not in allowed):
            yield "a link that is not the shop's"


def _names(sentence: str, lang: str, cited: Sequence[Evidence], comparable: bool) -> Iterator[str]:
    """Codes, shouted words and, where only names are written so, capitals inside the sentence. Names have other names
    in other languages: there likeness decides."""
    plain = " ".join(each.text for each in cited).casefold()
    close = re.sub(r"\s+", "", plain)
    for token in (*_MIXED.findall(sentence), *_SHOUTED.findall(sentence)):
        if token.casefold() not in plain and token.casefold() not in close:
            yield f"{token[:40]!r} stands in no passage"
    if lang == "de" or not comparable:
        return
    known = _stems(plain)
    for word in re.findall(r"(?<=[^\s.!?:…„“”\"'(\[»«–-] )[^\W\d_a-z][^\W\d_]{2,}", sentence):
        if fold(word)[:STEM] not in known and not _day(fold(word), lang):
            yield f"the name {word[:40]!r} stands in no passage"


def _myself(said: _Text, told: Sequence[_Text]) -> Iterator[str]:
    """It never speaks of itself; that it would be a human is not even believed when a page says so."""
    mine = [word for word in said.words if word in MYSELF]
    human = any(word.startswith(tuple(HUMAN)) for word in said.words)
    if human and (mine or any(word in TALKING for word in said.words)):
        yield "it speaks as a human"
    elif any(word not in each.words for each in told[:1] for word in mine):
        yield "it speaks of itself"


# Figures


def _figures(said: _Text, told: Sequence[_Text], cited: Sequence[Evidence], comparable: bool) -> Iterator[str]:
    known = {figure for each in told for figure in each.figures}
    numbers = {number for number, _ in known}
    for number, unit in said.figures:
        if number not in numbers:
            yield f"the number {number} stands in no passage"
        elif unit and (number, unit) not in known and (number, None) not in known:
            yield f"no passage says {number} {unit}"
        elif comparable and not any(
            _from_here(said, number, passage, each) for passage in cited for each in passage.sentences
        ):
            yield f"the number {number} is said of something else"
    units = {unit for each in told for unit in each.units}
    for unit in said.units - units:
        if unit in _MONEY:
            yield f"no passage names {unit}"
    days = {day for each in told for day in each.days}
    for day in said.days - days:
        yield f"no passage names {day}"


def _from_here(said: _Text, number: str, passage: Evidence, sentence: str) -> bool:
    """Does this sentence say the number of the same thing? Where it has several of one unit, by the words before it."""
    mine, theirs = said.stems, passage.reading(sentence, passage.lang).stems
    if sum(stem in mine for stem in theirs) < KEPT * min(len(mine), len(theirs)):
        return False
    read = (passage.reading(sentence, lang) for lang in (said.lang, *NUMBER_WORDS))
    told = next((each for each in read if number in each.numbers), None)
    if told is None:
        return False
    rivals = {other for other, unit in told.figures if unit and (number, unit) in told.figures and other != number}
    return not rivals or bool(said.before(number) & told.before(number))


_MONEY = frozenset("percent eur usd gbp pln czk kr uah try".split())
_UNIT_OF = {word: unit for unit, words in UNITS.items() for word in words}


@dataclass(frozen=True)
class _Text:
    """A text with what a merchant could be held to."""

    text: str
    lang: str
    words: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", tuple(fold(self.text).split()))

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(word[:STEM] for word in self.words if len(word) >= STEM)

    @cached_property
    def tokens(self) -> list[str]:
        return _TOKENS.findall(clean(self.text))

    @cached_property
    def figures(self) -> list[tuple[str, str | None]]:
        """Each number with its unit, if it has one: the next two words, or a sign before it."""
        tokens = self.tokens
        found: list[tuple[str, str | None]] = []
        for at, token in enumerate(tokens):
            if not token[0].isdigit():
                words = NUMBER_WORDS.get(self.lang, NUMBER_WORDS["en"])
                if (number := words.get(fold(token))) is not None:
                    ones = _ONES.get(fold("".join(tokens[at + 1 : at + 2])), 0) if 20 <= number <= 90 else 0
                    found.append((str(number + ones), _unit(tokens, at)))
                continue
            found += [(_plain(part), _unit(tokens, at)) for part in _NUMBER.findall(token)]
        return found

    @cached_property
    def numbers(self) -> set[str]:
        return {number for number, _ in self.figures}

    def before(self, number: str) -> set[str]:
        """The beginnings of the three words before this number, wherever it stands."""
        tokens, found = self.tokens, set()
        for at, token in enumerate(tokens):
            if token[0].isdigit() and number in (_plain(part) for part in _NUMBER.findall(token)):
                found |= {fold(each)[:STEM] for each in tokens[max(at - 3, 0) : at] if each[0].isalpha()}
        return found

    @cached_property
    def units(self) -> set[str]:
        return {unit for token in self.tokens if (unit := _UNIT_OF.get(token.lower()) or _UNIT_OF.get(fold(token)))}

    @cached_property
    def days(self) -> set[str]:
        """Months and days of the week that it names. May is no month unless a number stands beside it."""
        found = set()
        for at, word in enumerate(self.words):
            near = self.words[max(at - 1, 0) : at] + self.words[at + 1 : at + 2]
            day = _day(word, self.lang)
            if day and (day != "month 5" or any(each.isdigit() for each in near)):
                found.add(day)
        return found


_ONES = {word: n for n, word in enumerate("one two three four five six seven eight nine".split(), start=1)}


def _unit(tokens: Sequence[str], at: int) -> str | None:
    before = _UNIT_OF.get(tokens[at - 1].lower()) if at else None
    if before in _MONEY and not tokens[at - 1].isalnum():
        return before
    for token in tokens[at + 1 : at + 3]:
        if token[0].isdigit():
            break
        if unit := _UNIT_OF.get(token.lower()) or _UNIT_OF.get(fold(token)):
            return unit
    return before if before in _MONEY else None


def _plain(written: str) -> str:
    """`1,000.50`, `1 000,50` and `1000.5` are one number."""
    digits = re.sub(r"[ \u00a0\u202f]", "", written)
    digits = re.sub(r"[.,](?=\d{3}(?:\D|$))", "", digits).replace(",", ".")
    try:
        return format(Decimal(digits).normalize(), "f")
    except InvalidOperation:
        return digits


def _day(word: str, lang: str) -> str | None:
    names = _days_of(lang)
    return names.get(word) or next(
        (day for name, day in names.items() if len(name) > 5 and word[:-1] == name[:-1]), None
    )


@cache
def _days_of(lang: str) -> dict[str, str]:
    """Folded names of months and days of the week, in the forms that dates take."""
    try:
        locale = Locale.parse(lang)
    except (ValueError, UnknownLocaleError):
        locale = Locale("en")
    found: dict[str, str] = {}
    for context in ("format", "stand-alone"):
        for number, name in get_month_names("wide", context, locale).items():
            found[fold(name)] = f"month {number}"
        for number, name in get_day_names("wide", context, locale).items():
            found[fold(name)] = f"weekday {number}"
    return {name: day for name, day in found.items() if " " not in name}


# Commitments and the rest of the words


def _commitments(said: _Text, cited: Sequence[Evidence], comparable: bool) -> Iterator[str]:
    """What it commits the shop to, one sentence of a passage commits it to, and it keeps most of that sentence: "you
    get a full refund" is no answer where a refund has conditions."""
    for what, stems in COMMITMENTS.items():
        if not _commits(said, stems):
            continue
        same = [each for passage in cited for each in passage.parts if _commits(each, stems)]
        if not same:
            yield f"{what} that no passage gives"
        elif comparable and not any(_kept(said.stems, each.stems) for each in same):
            yield f"{what} without its conditions"


def _commits(text: _Text, stems: tuple[str, ...]) -> bool:
    return any(word.startswith(stems) for word in text.words)


def _kept(mine: Collection[str], theirs: Collection[str]) -> bool:
    return sum(stem in mine for stem in theirs) >= KEPT * len(theirs)


def _words(said: _Text, cited: Sequence[Evidence]) -> Iterator[str]:
    """Enough of the words of each clause are the passages' own, and it does not turn a "not" around."""
    known = _stems(" ".join(each.text for each in cited))
    missing = [[word[:STEM] not in known for word in _content(clause)] for clause in _CLAUSES.split(said.text)]
    every = [each for clause in missing for each in clause]
    if every and any(not _supported(each) for each in (every, *missing) if each is every or len(each) > 1):
        yield "no passage says this"
    elif _longest(every) > MOST_IN_A_ROW:
        yield "part of it stands in no passage"
    elif every and _turned_around(said, cited):
        yield "it turns a condition around"


_CLAUSES = re.compile(
    r"[,;:()–—]|\b(?:and|but|or|und|aber|oder|oraz|ale|albo|i|lub|et|mais|ou|y|pero|e|ma|mas|en|maar|och|men|ve)\b"
)


def _content(text: str) -> list[str]:
    return [word for word in fold(text).split() if len(word) >= STEM and word not in _STOP and not word.isdigit()]


def _supported(missing: Sequence[bool]) -> bool:
    return sum(not each for each in missing) >= SUPPORTED * len(missing)


def _turned_around(said: _Text, cited: Sequence[Evidence]) -> bool:
    """The sentence that it rests on says "not", and it does not."""
    if NEGATIONS & set(said.words):
        return False
    parts = (each for passage in cited for each in passage.parts)
    best = max(parts, key=lambda each: len(said.stems & each.stems), default=None)
    return best is not None and bool(NEGATIONS & set(best.words))


def _stems(text: str) -> set[str]:
    return {word[:STEM] for word in fold(text).split() if len(word) >= STEM}


def _longest(missing: Sequence[bool]) -> int:
    longest = run = 0
    for each in missing:
        run = run + 1 if each else 0
        longest = max(longest, run)
    return longest
