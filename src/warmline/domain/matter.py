"""Does a message ask something new, or is it the same question again, or no question at all?

By words alone, in the twelve languages that we read: a refused offer is made again for a new question only.
"""

from __future__ import annotations

import re
import unicodedata

STEM = 5
"""So many first letters tell a word from another when its ending changes."""
LEAST = 4
"""A shorter word says nothing about what is asked; a message of fewer words without a question mark asks nothing."""
SAME = 0.6
NEARLY_ALL = 0.8
"""Questions that share this part of their words are one question."""
READ = 600
"""So many characters of a message are looked at."""

_ASKING = frozenset(
    "how what when where which who why can could do does did is are will would should tell show give explain"
    " jak jaki jaka jakie kiedy gdzie ile czy czemu dlaczego kto co powiedz podaj pokaz napisz wyjasnij"
    " wie was wann wo welche welcher welches wer warum kann konnen gibt sagen sag zeigen"
    " comment quand ou quel quelle quels combien pourquoi qui est dites dis peut"
    " como cuando donde cual cuanto cuanta cuantos por quien puedo puede dime digame hay"
    " come quando dove quale quanto quanta perche chi posso dimmi mi"
    " quando onde qual quanto quanta quem porque posso diga tem"
    " jak kdy kde kolik proc kdo co muzu lze reknete ktery"
    " як коли де скільки чому хто що чи можна скажіть скажіть який яка"
    " hoe wat wanneer waar welke wie waarom kan zeg hoeveel"
    " hur vad nar var vilken vem varfor kan sag hur"
    " nasil ne zaman nerede hangi kim neden kac mi var misiniz soyle".split()
)
"""A message that begins with one of these words asks, question mark or not."""
_REFUSING = frozenset("no nope nie nein non nao ne ні nee nej hayir".split())
_EMPTY = frozenset(
    word[:STEM]
    for word in (
        "what when where which your yours have does this that these those with from about will would could should"
        " there their them they please just really answer again question know tell check help sure need want mean"
        " still okay thanks even then than also very much many long cannot"
        " prosze pytanie odpowiedz odpowiedziec wiesz wiedziec powiedz sprawdz naprawde jeszcze przeciez tylko moze"
        " mozesz mozna chce chcialbym chcialabym jest sa maja macie jaki jaka jakie kiedy gdzie dlaczego pomoc"
        " bitte frage antwort wissen sagen prufen wirklich noch doch kann konnen haben habt welche wann warum mochte"
        " question reponse savoir dites verifier vraiment encore avez pouvez quel quelle quand comment pourquoi"
        " voudrais"
        " pregunta respuesta saber dime verificar realmente todavia tiene puede cual cuando donde quiero"
        " domanda risposta sapere dimmi davvero ancora avete potete quale quando dove vorrei"
        " pergunta resposta saber diga mesmo ainda pode qual quando onde quero tem"
        " otazka odpoved vedet rekni opravdu jeste mate muzete ktery kdyz proc chci prosim"
        " питання відповідь знати скажіть справді можете який коли чому хочу будь ласка"
        " vraag antwoord weten zeggen echt nog hebben kunt welke wanneer waarom graag"
        " fraga svar veta saga verkligen fortfarande har kan vilken varfor vill"
        " soru cevap bilmek soyle gercekten hala var misiniz hangi neden istiyorum lutfen"
    ).split()
)
"""Beginnings of words that ask, answer and beg: they do not say what about."""


def asks_anew(text: str, before: str | None) -> bool:
    """Is this a question, and not `before` again?"""
    return asks(text) and not (before is not None and same_matter(before, text))


def asks(text: str) -> bool:
    """Is there a question in it, or at least something to look up? A remark ("that's a pity") is neither."""
    words = words_of(text)
    if "?" in text or (words and words[0] in _ASKING):
        return True
    return bool(words) and words[0] not in _REFUSING and len(text.split()) >= LEAST


def is_question(text: str) -> bool:
    """Is it put as a question: with its mark, or with a word that asks among the first two ("and when …")?"""
    return "?" in text or not _ASKING.isdisjoint(words_of(text)[:2])


def same_matter(first: str, second: str) -> bool:
    """Is the second message about what the first asks: the same words, or none of its own?"""
    if same_question(first, second):
        return True
    one, two = _stems(first), _stems(second)
    shared = len(one & two)
    return not two - one or (shared >= 2 and shared >= SAME * min(len(one), len(two)))


def touches(first: str, second: str) -> bool:
    """Might the second message be about what the first asks: the same matter, or one telling word of it?

    For a refused offer: "und zum Latex wisst ihr nichts?" asks "sind die Kerne aus Latex?" again, and a person who was
    refused for it is not offered again. Too often yes costs less than too often no: the shopper can always ask.
    """
    return same_matter(first, second) or not _stems(first).isdisjoint(_stems(second))


def same_question(first: str, second: str) -> bool:
    """Do two messages ask the same, in nearly the same words?"""
    one, two = set(words_of(first)), set(words_of(second))
    return len(one & two) >= 2 and len(one & two) >= NEARLY_ALL * len(one | two)


def words_of(text: str) -> list[str]:
    """Its words, lower case and without diacritics."""
    lowered = text[:READ].lower().replace("ł", "l").replace("\u0131", "i")
    folded = "".join(c for c in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(c))
    return re.findall(r"\w+", folded)


def _stems(text: str) -> set[str]:
    """Beginnings of the words that carry the matter."""
    found = {word[:STEM] for word in words_of(text) if len(word) >= LEAST or word.isdigit()}
    return found - _EMPTY
