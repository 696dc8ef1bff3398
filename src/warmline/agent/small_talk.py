"""Greetings, thanks and the like: only when the message is nothing else."""

from __future__ import annotations

import re

from warmline.agent import small_words
from warmline.agent.text import fold
from warmline.domain.knowledge import SmallTalk
from warmline.domain.rules import safety_of

MOST_CHARACTERS = 120

# All patterns meet folded text: lower case, no diacritics, single spaces, no punctuation.
_GREETING = (
    r"hi+|hello+|he+y+|hiya|yo|howdy|greetings|good (?:morning|afternoon|evening|day)|hi there|hello there|hey there"
    r"|how are you(?: doing)?(?: today)?|how is it going|what s up|is (?:anybody|anyone|someone) (?:there|here)"
    r"|dzien dobry|dobry wieczor|dobry|czesc|siema|siemka|hej+|hejka|witam|witajcie|halo|elo|co slychac|jak sie masz"
    r"|jest tu ktos|jest tam ktos"
)
_THANKS = (
    r"(?:no )?thanks?(?: you)?(?: a lot| so much| very much| a million| again)?|thx|ty|cheers|much appreciated|"
    r"many thanks"
    r"|that helps|that helped|(?:that|this) (?:is|was) (?:very |really )?helpful|great|perfect|awesome|cool|"
    r"ok(?:ay)?|super"
    r"|dzieki(?: wielkie| bardzo)?|wielkie dzieki|dziekuje(?: bardzo| slicznie| serdecznie)?|bardzo dziekuje|"
    r"dziekuje za pomoc"
    r"|thanks? (?:you )?(?:so much |very much )?for (?:your|the) (?:help|answer|time)|dzieki za pomoc|swietnie|"
    r"spoko|pomoglo"
    r"|(?:that is|that s|thats) (?:all|it)(?: for now| i needed| i wanted)?|you too|nothing else|(?:nie "
    r")?dziekuje|to (?:juz )?wszystko|wzajemnie"
)
_BYE = (
    r"(?:good ?)?bye+(?: bye)?|see (?:you|ya)(?: later| soon)?|cya|have a (?:very )?(?:nice|good|great|lovely|"
    r"wonderful) (?:day|evening|"
    r"one|weekend)"
    r"|good night|take care|do widzenia|do zobaczenia|pa(?: pa)?|papa|na razie|narka|milego dnia|milego "
    r"wieczoru|dobranoc|zegnam"
)
_ABOUT_BOT = (
    r"(?:(?:so|wait|but|sorry|hey|hi|hello|czesc|hej|a|ale|przepraszam) )?(?:"
    r"(?:are|r) (?:you|u) (?:an? )?(?:real )?(?:bot|robot|chat ?bot|ai|a i|machine|human|person|computer|real|"
    r"real person"
    r"|live (?:agent|person)|automated|human being|human or (?:a )?(?:bot|robot|machine)|(?:bot|robot) or (?:a "
    r")?(?:human|person))"
    r"|(?:am i|i am) (?:talking|speaking|chatting) (?:to|with) (?:an? )?(?:real )?"
    r"(?:bot|robot|chat ?bot|ai|machine|human|person|computer|human or (?:a )?(?:bot|robot|machine))"
    r"|is this (?:an? )?(?:real )?(?:bot|robot|chat ?bot|ai|machine|human|person)|(?:who|what) are you"
    r"|(?:who|whom) am i (?:talking|speaking|chatting|writing) (?:to|with)|z kim (?:ja )?(?:rozmawiam|pisze)"
    r"|czy (?:ty )?(?:jestes|jest pan|jest pani|to|to jest|tu jest|rozmawiam z|pisze z) (?:prawdziw\w+ |zyw\w+ "
    r"|jakims )?"
    r"(?:bot\w*|robot\w*|chatbot\w*|czatbot\w*|ai|maszyn\w*|czlowiek\w*|osob\w*|automat\w*|komputer\w*|"
    r"sztuczn\w+ inteligencj\w+)"
    r"|(?:ty )?jestes (?:prawdziw\w+ |zyw\w+ )?(?:bot\w*|robot\w*|chatbot\w*|czlowiek\w*|automat\w*)"
    r"|(?:kim|czym) jestes)"
)
_FILLER = (
    r"(?: (?:there|all|everyone|team|guys|a lot|very much|so much|mate|sir|madam|please|then|too|now|"
    r"prosze|bitte|bardzo|wszystkim|panstwu|pani|"
    r"panu))?"
)


def _nothing_but(pattern: str, phrases: str) -> re.Pattern[str]:
    """The pattern, or one of these phrases of other languages."""
    others = "|".join(sorted({fold(each) for line in phrases.split("\n") for each in line.split("|") if each.strip()}))
    return re.compile(rf"(?:(?:{pattern}|{others}){_FILLER})")


_KINDS = (
    (SmallTalk.ARE_YOU_A_BOT, _nothing_but(_ABOUT_BOT, small_words.ABOUT_BOT)),
    (SmallTalk.BYE, _nothing_but(_BYE, small_words.BYE)),
    (SmallTalk.THANKS, _nothing_but(_THANKS, small_words.THANKS)),
    (SmallTalk.HELLO, _nothing_but(_GREETING, small_words.HELLO)),
)


def _taken() -> re.Pattern[str]:
    """Thanks, or having understood, in any words of one language that say nothing else: "ok thanks for the info"."""
    ways = []
    for heads, around in small_words.TAKEN.values():
        head, rest = _any(heads), _any(f"{heads} {around}")
        ways.append(rf"(?:{rest} ){{0,4}}{head}(?: {rest}){{0,9}}")
    return re.compile("|".join(ways))


def _any(words: str) -> str:
    forms = sorted({fold(word.replace("_", " ")) for word in words.split()}, key=len, reverse=True)
    return f"(?:{'|'.join(forms)})"


_TAKEN = _taken()
_MOST_THANKED_FOR = 6
_THANKED = re.compile(
    rf"(?:{'|'.join(map(fold, small_words.THANKS_FOR.split('|')))})((?: \w+){{1,{_MOST_THANKED_FOR}}})"
)
_YES_OR_NO = frozenset("yes no tak nie ja nein oui non si sim nao ano ne так ні nee nej evet hayir".split())
_JOIN = re.compile(r"[.,!?;:\n)(]+")


def small_talk(text: str) -> SmallTalk | None:
    """Which small talk this message is, or None when there is anything else in it.

    "Thanks, bye!" is the last thing said; "hello, are you a bot?" is the question about the bot.
    """
    if len(text) > MOST_CHARACTERS:
        return None
    parts = [part for part in map(fold, _JOIN.split(text)) if part]
    parts = [part for part in parts if part not in _YES_OR_NO] or parts
    kinds = [_kind(part) or _kind_in_a_row(part.split()) for part in parts]
    if "?" not in text:
        if taken := _taken_in(fold(text).split()):
            return taken
        kinds = [kind or _taken_in(part.split()) for kind, part in zip(kinds, parts, strict=True)]
    if not kinds or None in kinds:
        return None
    return next(kind for kind, _ in _KINDS if kind in kinds)


def _kind(part: str) -> SmallTalk | None:
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(part)), None)


def _taken_in(words: list[str]) -> SmallTalk | None:
    """Thanks in any words, and perhaps a farewell behind them; None for no words."""
    if _TAKEN.fullmatch(" ".join(words)) or _thanked(words):
        return SmallTalk.THANKS
    ends = range(1, min(len(words), 8))
    byes = (at for at in ends if _kind(" ".join(_without_and(words[at:]))) is SmallTalk.BYE)
    return SmallTalk.BYE if any(_TAKEN.fullmatch(" ".join(words[:at])) for at in byes) else None


def _thanked(words: list[str]) -> bool:
    """Thanks for something, without a "but", a question, a wish or a safety signal behind it: "thanks for the fast
    delivery"."""
    match = _THANKED.fullmatch(" ".join(words))
    if match is None or safety_of(" ".join(words)):
        return False
    return small_words.NO_THANKS.isdisjoint(match.group(1).split())


def _without_and(words: list[str]) -> list[str]:
    return words[1:] if words[0] in small_words.AND else words


def _kind_in_a_row(words: list[str], most: int = 3) -> SmallTalk | None:
    """Two or three without a comma, such as "ok thanks bye", "danke und tschüss" or "hi are you a bot"."""
    for at in range(1, min(len(words), 5) if most > 1 else 0):
        first, rest = _kind(" ".join(words[:at])), _without_and(words[at:])
        second = first and (_kind(" ".join(rest)) or _kind_in_a_row(rest, most - 1))
        if second:
            return next(kind for kind, _ in _KINDS if kind in (first, second))
    return None
