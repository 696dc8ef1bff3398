"""Does a message in one of ten languages ask for a person? The words are in `wish_words.py`; here is the grammar.

A message is read clause by clause, so that "no, I want a person" is not taken for "I do not want a person". Every
repetition is bounded, and a language is looked at only when one of its words for a person or a bot is there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from warmline.agent.text import fold
from warmline.agent.wish_words import LANGUAGES, Words

MOST_CLAUSES = 40

_SENTENCE = re.compile(r"[^.!?…\n]+[.!?…]*")
_COMMA = re.compile(r"[,;:()—–]+")
_SUFFIX = r"\w{0,7}"
_HOW = "wie comment cómo come como jak як hoe hur nasıl"
"""How to reach the service asks for an address; how to talk to a person asks for the person."""


def wants_person_by_rule(text: str) -> bool:
    """Whether a message, in any of the ten languages, says so in the words that people use for it."""
    whole = fold(text)
    rules = [rule for rule in _rules() if rule.trigger.search(whole)]
    if any(rule.alone.fullmatch(whole) for rule in rules):
        return True
    return any(rule.asks(clause, asked) for clause, asked in _clauses(text) for rule in rules) if rules else False


def _clauses(text: str) -> Iterator[tuple[str, bool]]:
    """Each clause, folded, and whether its sentence is a question."""
    for sentence in _SENTENCE.findall(text)[:MOST_CLAUSES]:
        for clause in _COMMA.split(sentence)[:MOST_CLAUSES]:
            yield fold(clause), "?" in sentence


@dataclass(frozen=True, slots=True)
class _Rules:
    trigger: re.Pattern[str]
    alone: re.Pattern[str]
    wish: re.Pattern[str]
    no_bot: re.Pattern[str]
    aside: re.Pattern[str]
    must: re.Pattern[str]
    denied: re.Pattern[str]

    def asks(self, clause: str, is_question: bool) -> bool:
        if self.no_bot.search(clause):
            return True
        rest = self.denied.sub(" ", self.aside.sub(" ", clause))
        if is_question:
            rest = self.must.sub(" ", rest)
        return self.wish.search(rest) is not None


@cache
def _rules() -> tuple[_Rules, ...]:
    return tuple(_compiled(words) for words in LANGUAGES.values())


def _compiled(words: Words) -> _Rules:
    parts = _Parts.of(words)
    wishes, (aside, must, denied) = _wishes(words, parts), _talk_about_persons(words, parts)
    patterns = (parts.named, _alone(words, parts), "|".join(wishes), "|".join(_no_bot(parts)), aside, must, denied)
    return _Rules(*map(re.compile, patterns))


@dataclass(frozen=True, slots=True)
class _Parts:
    """Pieces of patterns that several rules share. `target` is whom one can talk to; `told` a whole "talk to them"."""

    person: str
    target: str
    which: str
    to: str
    talk: str
    bots: str
    no: str
    told: str
    named: str

    @classmethod
    def of(cls, words: Words) -> _Parts:
        person, bots, talk = _any(words.person), _any(words.bots), _any(words.talk)
        target = f"(?:{person}|{_any(words.somebody)}|{_any(words.staff)})"
        which, to = f"(?:{_any(words.which)} ){{0,5}}", _any(words.to)
        told = rf"{talk} (?:\w+ ){{0,3}}?(?:{to} )?{which}{target}"
        if words.verb_last:
            told = rf"(?:{told}|{'' if words.suffixes else to + ' '}{which}{target}(?: \w+){{0,4}}? {talk})"
        return cls(person, target, which, to, talk, bots, _any(words.no), told, rf"\b(?:{target}|{bots})\b")


def _wishes(words: Words, p: _Parts) -> list[str]:
    """Ways to say: let me talk to a person."""
    asked, serve, help = rf"\b{_any(words.can)}(?: \w+){{0,3}}?", _any(words.serve), _any(words.help)
    wanted, human = rf"\b{_any(words.want)}", _human(words)
    after = rf"(?=$| {_any(words.after)}\b)"
    shared = [
        rf"\b{p.talk} (?:\w+ ){{0,3}}?{p.to} {p.which}{p.target}\b",
        rf"\b{_any(words.connect)} (?:\w+ ){{0,3}}?(?:{p.to} )?{p.which}{p.target}\b",
        rf"\b{help} (?:{_any(words.by)} ){{1,2}}{p.which}{p.person}\b",
    ]
    if words.suffixes:
        return [
            *shared,
            rf"\b{p.which}{p.target}(?: \w+){{0,4}}? {p.talk}\b",
            rf"\b{p.person}(?: \w+)?? {_any(words.after)}\b",
            rf"\b{p.person}(?: \w+)?? {serve}\b",
            rf"\b{human} {_any(words.after)}\b",
        ]
    talk = [rf"\b{p.talk} {p.which}{p.person}\b"]
    if words.verb_last:
        last = rf"{p.which}{p.target}(?: \w+){{0,4}}? {p.talk}\b"
        talk = [rf"\b{p.to} {last}", rf"{wanted} (?:\w+ )?{last}"]
    return [
        *shared,
        *talk,
        rf"{wanted} {p.which}{p.person}\b{after}",
        rf"(?:{wanted}|^) ?{p.which}{human}{after}",
        rf"{asked} {p.which}{p.person}(?: \w+){{0,3}}? {serve}\b",
        rf"{asked} {serve}(?: \w+)?? {p.which}{p.person}\b",
        rf"\b{p.person} {_any(words.can)} {serve}\b",
    ]


def _no_bot(p: _Parts) -> list[str]:
    """Ways to say: not with a bot."""
    return [
        rf"\b{p.no} (?:\w+ ){{0,4}}?{p.talk} (?:\w+ ){{0,4}}?{p.bots}\b",
        rf"\b{p.no} (?:\w+ ){{0,4}}?{p.bots} (?:\w+ )?{p.talk}\b",
        rf"\b{p.bots} (?:\w+ ){{0,2}}?{p.talk} (?:\w+ )?{p.no}\b",
        rf"\b{p.person} (?:\w+ ){{0,2}}?{p.no} (?:\w+ ){{0,3}}?{p.bots}\b",
        rf"\b{p.bots} {p.no} (?:\w+ ){{0,3}}?{p.person}\b",
        rf"^{p.no} (?:\w+ )?{p.bots}$",
    ]


def _talk_about_persons(words: Words, p: _Parts) -> tuple[str, str, str]:
    """What is taken out before the wishes are looked for: asides, duties that are asked about, and denials."""
    if words.suffixes:
        return (
            rf"\b{p.target}(?: \w+){{0,3}}? {_any(words.aside)}\b",
            rf"\b{p.target}(?: \w+){{0,4}}? {_any(words.must)}\b",
            rf"\b{p.told} (?:\w+ )?{p.no}\b",
        )
    denied = rf"\b{p.no} (?:\w+ ){{0,3}}?{p.told}\b|\b{_any(_HOW)}(?: \w+){{0,7}}? {_any(words.staff)}\b"
    if words.verb_last:
        denied += rf"|\b{p.no} {p.which}{p.person}(?: \w+){{0,2}}? {p.talk}\b"
    rest = rf"(?: \w+){{0,5}}? {p.target}\b(?: {p.talk}\b)?"
    return rf"\b{_any(words.aside)}{rest}", rf"\b{_any(words.must)}{rest}", denied


def _alone(words: Words, p: _Parts) -> str:
    """Nothing but a person, or the service with a "please"."""
    please = _any(words.please)
    person = f"(?:{please} ){{0,5}}{p.which}(?:{p.person}|{_human(words)})(?: {please}){{0,5}}"
    return f"{person}|(?:{please} ){{0,5}}{_any(words.staff)}(?: {please}){{1,4}}"


def _human(words: Words) -> str:
    human, kind = _any(words.human), _any(words.kind)
    return f"(?:{human} {kind}|{kind} {human})"


def _any(words: str) -> str:
    """One of these, the longest first; `*` stands for the rest of a word, `_` for a space."""
    forms = sorted({_form(word) for word in words.split()}, key=len, reverse=True)
    return f"(?:{'|'.join(forms)})"


def _form(word: str) -> str:
    return " ".join(_folded(part) for part in word.split("_"))


def _folded(part: str) -> str:
    return fold(part.rstrip("*")) + (_SUFFIX if part.endswith("*") else "")
