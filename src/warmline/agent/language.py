"""Which language is this? py3langid for sentences, a few words and letters for what is too short for it."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection
from typing import TYPE_CHECKING

from warmline.agent.text import clean, fold

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

CANDIDATES = frozenset("cs da de el en es fi fr hu it nl no pl pt ro ru sk sv tr uk".split())
CERTAIN = 0.7
SURE = 0.95
SWITCH_WORDS = 4
"""A shopper who goes over to another language is followed from a sentence of so many words on."""
READ = 600
OWN_WORDS = 4
"""So many words that are no names must a text have before it is said to be in the wrong language."""
FOREIGN, WANTED = 0.97, 0.001
"""A text is in the wrong language when one gets so much of the probability, and the wanted one no more than this."""
MANY_LETTERS = 12
"""So many letters of another script are no name."""
_SCRIPTS = {re.compile("[\u0400-\u04ff]"): ("uk", "ru"), re.compile("[\u0370-\u03ff]"): ("el",)}
_NO_WORD = re.compile(r"\d|@|/|\w\.\w|^\W+$")

_POLISH_LETTERS = re.compile("[ąćęłńśźż]", re.IGNORECASE)
_HINTS = {
    "en": frozenset(
        "a an and are can could do does for have hello hey hi how i in is it me my no of ok on order our please refund"
        " return returns shipping size thank thanks that the there this to track was what when where which who why"
        " with would yes you your bye delivery goodbye payment".split()
    ),
    "pl": frozenset(
        "ale aby bardzo by byc bym chce chcialbym chcialabym co czesc czy dla do dlaczego dobry dostawa dostawy dzieki"
        " dziekuje dzien gdzie hej ile jak jaka jaki jakie jest jestem kiedy koszt ktory mam mi moge moja moje moj"
        " mozna na nie nr o od paczka paczki platnosc po poprosze prosze przesylka reklamacja rozmiar sa sie siema"
        " ta tak to w wy wysylka z za zamowienia zamowienie zwroty zwrot zwrocic".split()
    ),
}

_loading = threading.Lock()
_identifier: LanguageIdentifier | None = None


def detect(text: str, shop: Collection[str] = (), default: str = "en") -> str:
    """The text's language (ISO 639-1). What cannot be told gets a language of the shop, or the default."""
    words = fold(text[:READ]).split()
    if sum(len(word) for word in words if not word.isdigit()) < 2:
        return default
    hinted = _hint(text[:READ], words)
    if hinted and (len(words) <= 4 or hinted == "pl"):
        return hinted
    ranked = _load().rank(clean(text[:READ]))
    if ranked[0][1] >= CERTAIN:
        return str(ranked[0][0])
    if hinted:
        return hinted
    likely = [lang for lang, share in ranked if lang in {*shop, default} and share > 1.5 / len(ranked)]
    return likely[0] if likely else default


def settled(text: str, before: str) -> str:
    """The conversation's language after this message: the one before, unless a whole sentence is surely in another."""
    words = fold(text[:READ]).split()
    if len(words) < SWITCH_WORDS:
        return before
    ranked = _load().rank(clean(text[:READ]))
    now, share = str(ranked[0][0]), ranked[0][1]
    hinted = _hint(text[:READ], words)
    return now if share >= SURE and now != before and hinted in {None, now} else before


def foreign(text: str, wanted: str) -> str | None:
    """The language of a text that is surely not in the wanted one (both ISO 639-1); None when it is, or may be.

    Short texts may be in many languages, and names and numbers are in none: there nothing is sure but the letters.
    """
    if wanted not in CANDIDATES:
        return None
    words = _own_words(text[:READ], wanted)
    other = _in_other_letters(text[:READ], wanted)
    if len(words) < OWN_WORDS and not other:
        return None
    shares = dict(_load().rank(clean(" ".join(words))))
    found = max(shares, key=lambda lang: float(shares[lang]))
    sure = shares[found] >= FOREIGN and shares[wanted] <= WANTED
    return str(found) if found != wanted and (sure or other) else None


def _in_other_letters(text: str, wanted: str) -> bool:
    """Is most of the text in letters that the wanted language is not written in? A name alone is not enough."""
    letters = [c for c in text if c.isalpha()]
    for script, langs in _SCRIPTS.items():
        most = 2 * sum(bool(script.match(c)) for c in letters) > len(letters) > 1
        if most != (wanted in langs) and (most or len(letters) >= MANY_LETTERS):
            return True
    return False


def _own_words(text: str, lang: str) -> list[str]:
    """Without numbers, addresses and, where only names are written so, words with a capital inside a sentence."""
    found: list[str] = []
    before = "."
    for word in text.split():
        named = lang != "de" and word[:1].isupper() and before[-1] not in ".!?:"
        if not named and not _NO_WORD.search(word):
            found.append(word)
        before = word
    return found


def _hint(text: str, words: list[str]) -> str | None:
    """English or Polish, where common words or letters of just one of them are there."""
    counts = {lang: sum(word in common for word in words) for lang, common in _HINTS.items()}
    if _POLISH_LETTERS.search(text):
        counts["pl"] += 2
    best, other = sorted(counts, key=lambda lang: -counts[lang])[:2]
    return best if counts[best] > 2 * counts[other] else None


def _load() -> LanguageIdentifier:
    """The identifier for our candidates; the other 80 languages' weights (30 MB) are let go."""
    global _identifier
    with _loading:
        if _identifier is None:
            from py3langid.langid import MODEL_FILE, LanguageIdentifier

            fresh = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
            fresh.set_languages(CANDIDATES)
            fresh._full_model = None
            _identifier = fresh
    return _identifier
