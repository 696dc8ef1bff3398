"""Questions that lean on what was said before ("and to Germany?"), and messages that hold two questions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import dropwhile

from warmline.agent.small_talk import small_talk
from warmline.agent.text import fold, sentences

MOST_WORDS = 8
"""A message with more words stands on its own."""
MOST_PARTS = 3
MOST_CHARACTERS = 1_000
LEAST_WORDS = 3
STEM = 4
"""So many first letters tell a word from another when its ending changes: Niemcy, Niemiec, do Niemiec."""

_OPENINGS = {
    "en": "and|what about|how about|or|same for|also|i meant|i mean|sorry i meant|no i meant|but what about"
    "|what if|then what about|but|rather",
    "pl": "a|i|oraz|albo|czyli|chodzi mi o|nie chodzi mi o|mialem na mysli|mialam na mysli|chodzilo mi o"
    "|nie chodzilo mi o|ale|to samo|raczej",
    "de": "und|was ist mit|wie ist es mit|oder|ich meinte|ich meine|auch|aber|wie sieht es mit",
    "fr": "et|et pour|qu en est il|ou|je voulais dire|mais|et si|et pour|plutot|c est pareil",
    "es": "y|y para|que tal|o|quise decir|me referia|pero|y si|que pasa con|mas bien",
    "it": "e|e per|o|intendevo|volevo dire|ma|e se|che ne dici|invece",
    "pt": "e|e para|ou|quis dizer|mas|e se|e quanto|queria dizer",
    "cs": "a|a co|nebo|myslel jsem|myslela jsem|ale|a kdyz|spise|a na|co treba",
    "uk": "а|і|та|або|я мав на увазі|я мала на увазі|але|а якщо|а як",
    "nl": "en|of|ik bedoelde|ik bedoel|maar|hoe zit het met|en als|wat als",
    "sv": "och|eller|jag menade|jag menar|men|hur ar det med|och om|hur blir det med",
    "tr": "ya|peki|peki ya|ve|veya|yani|demek istedigim|ya da",
}
_POINTING = frozenset(
    "it that this those these them there he she they tego tym tam ono ona das dort ca cela eso esto"
    " ello questo quello isso isto ele ela toto це там dat dit daar det den bu onu orada".split()
)
_ARTICLES = frozenset("das den det dat".split())

_STEMS_OF_QUESTIONS = frozenset(
    word[:STEM]
    for word in (
        "what about also same then does will with from have much many long when where which there your please instead"
        " meant sorry rather jest czy jaki jakie jaka kiedy gdzie chodzi mialem mialam mysli samo raczej jesli"
        " wenn oder auch aber meinte meine sieht kostet pour aussi mais voulais dire plutot combien para tambien quise"
        " decir referia pero cuanto anche intendevo volevo invece quanto tambem quis dizer queria quanto myslel jsem"
        " kdyz spise nebo якщо також скільки мав увазі voor ook maar bedoelde bedoel hoeveel menade menar aven hur peki"
        " yani demek istedigim nasil"
        # words that ask, and what one may, must or can
        " must need should could would long time find get"
        " moge mozna mozesz mozecie musze trzeba bedzie macie mial maja dlugo czasu dostane znajde"
        " wann muss kann konnen darf soll sollte wird werden habe haben gibt welche viel lange finde bekomme macht"
        " quand peut puis faut dois quel quelle longtemps trouver avez"
        " cuando puedo puede debo tengo tiene cuesta tiempo donde tienen"
        " quando posso puoi devo dove quale tempo avete"
        " onde devo tempo"
        " kdyz muzu musim mate dlouho najdu коли можна треба довго знайти маєте"
        " wanneer kunnen moet welke lang vind hebben nar maste finns lange hittar zaman gerek nerede"
    ).split()
)
"""Beginnings of words that ask and join: they say nothing about what is asked."""

_JOINED = {
    "and": "how what when where which why who can could do does is are will",
    "i oraz a": "jak jaki jaka jakie kiedy gdzie ile czy kto dlaczego czemu",
    "und": "wie was wann wo welche welcher welches warum kann konnen gibt wer ist",
    "et": "comment quand ou quel quelle quels combien pourquoi est peut puis",
    "y": "como cuando donde cual cuanto cuanta cuantos puedo que quien",
    "e": "come quando dove quanto quale posso como onde qual quanta quantos",
    "a": "kdy kde kolik jak jaky jaka jake muzu proc",
    "і та а": "як коли де скільки чи який яка чому",
    "en": "hoe wat wanneer waar welke kan waarom hoeveel",
    "och": "hur vad nar var vilken vilka kan varfor",
    "ve": "nasil ne nerede hangi kac neden",
}
"""Words for "and", and those that ask: behind such an "and" they begin a question of its own."""
_ASKING = {
    word: " ".join(asks for each, asks in _JOINED.items() if word in each.split()).split()
    for words in _JOINED
    for word in words.split()
}
_BEFORE = frozenset(
    "no nope sorry oh ah well wait nie przepraszam sorki oj ach aha nein ach oh entschuldigung non pardon ah perdon"
    " ay scusa scusi desculpe ne pardon promin ні вибачте nee oeps nej forlat ursakta hayir pardon".split()
)
"""Words that may stand before a correction: "no, I meant …"."""


def in_context(question: str, lang: str, history: Sequence[tuple[str, str]]) -> str | None:
    """The question with the one before it, when it leans on that; None when it stands on its own.

    `history` holds (author kind, text), oldest first. A chain of such questions is followed back to its first.
    """
    before = [text for who, text in history if who == "visitor"]
    if not before or not leans(question, lang):
        return None
    return f"{_chained(before, lang)} {question}"


def joined_to(question: str, lang: str, before: str, history: Sequence[tuple[str, str]]) -> str:
    """The question with `before`, a message of `history` that it goes on from, and what that leans on."""
    said = [text for who, text in history if who == "visitor"]
    first = before.split("\n")[0]
    upto = next((at for at in reversed(range(len(said))) if said[at] == first), 0)
    return f"{_chained([*said[:upto], before], lang)} {question}"


def _chained(said: Sequence[str], lang: str) -> str:
    """The last of these messages, and before it those that it leans on, one by one."""
    told = said[-1]
    for text in reversed(said[:-1]):
        if not leans(told.split("\n")[0], lang):
            break
        told = f"{text} {told}"
    return told


def leans(text: str, lang: str) -> bool:
    """Does this short message begin with "and …", "what about …", "I meant …", or only point at something?"""
    words = fold(text).split()
    if not words or len(words) > MOST_WORDS:
        return False
    openings = _OPENINGS.get(lang, _OPENINGS["en"]).split("|")
    for whole in (" ".join(words), " ".join(_told(words))):
        if any(whole.startswith(f"{opening} ") for opening in openings):
            return True
    return len(words) <= LEAST_WORDS or any(word in _POINTING for word in words)


def _told(words: list[str]) -> list[str]:
    """Without the "no" or "sorry" that it begins with."""
    return list(dropwhile(_BEFORE.__contains__, words))


def mentions(passage: str, added: str, before: str) -> bool:
    """Does the passage speak of what the follow-up adds to the question before it?

    A word counts by its first letters. Without this, "and to Norway?" would be answered by the page on Germany.
    """
    fresh = _fresh(added, before)
    return bool(fresh) and fresh <= _stems(fold(passage).split())


def lacks(passage: str, added: str, before: str) -> bool:
    """Does the passage speak of nothing that the follow-up adds? False where that adds no word of its own."""
    fresh = _fresh(added, before)
    return bool(fresh) and fresh.isdisjoint(_stems(fold(passage).split()))


def _fresh(added: str, before: str) -> set[str]:
    """The beginnings of the words that a follow-up adds, without those that ask, join and point."""
    new = {word[:STEM] for word in _told(fold(added).split()) if len(word) >= STEM or word.isdigit()}
    return new - _stems(fold(before).split()) - _STEMS_OF_QUESTIONS - _stems(_POINTING)


def _stems(words: Iterable[str]) -> set[str]:
    return {word[:STEM] for word in words}


def parts(text: str) -> list[str]:
    """The questions of a message, each with the sentences before it that lead to it; one part when there is one, or
    when the message is longer than two or three questions are."""
    if len(text) > MOST_CHARACTERS:
        return [text]
    found: list[str] = []
    lead: list[str] = []
    for sentence in sentences(text):
        if small_talk(sentence):
            continue
        if sentence.rstrip("!)\"'” ").endswith("?") and len(fold(sentence).split()) >= LEAST_WORDS:
            first, *more = _joined(sentence)
            found += [" ".join((*lead, first)), *more]
            lead = []
        else:
            lead.append(sentence)
    if found and lead:
        found[-1] += " " + " ".join(lead)
    return found if 2 <= len(found) <= MOST_PARTS else [text]


def _joined(question: str) -> list[str]:
    """The questions that one sentence joins: "can I pay by card and how long is delivery?".

    One that points back stays with what it points at: "do you ship to Norway and what does it cost?".
    """
    words = question.split()
    told = [fold(word) for word in words]
    for at in range(LEAST_WORDS, len(words) - LEAST_WORDS):
        before, joins, asks = told[at - 1 : at + 2]
        asking = _ASKING.get(joins, ())
        if asks in asking and before not in asking and (_POINTING - _ARTICLES).isdisjoint(told[at + 1 :]):
            return [" ".join(words[:at]).rstrip(",;") + "?", *_joined(" ".join(words[at + 1 :]))]
    return [question]
