"""Shops and questions to fit the gate on: public sets, seeds of our own, and small shops cut out of both."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from warmline.evals.run import read

SEEDS = Path(__file__).parent / "seeds"
PHRASINGS = 5
MOST_ASKED = 600
"""Of one shop: more questions of it say little more about other shops."""
ASKED_OF_SMALL = 25
ASKED_OF_CLINC = 150
REAL = 3.0
"""What a question of Bitext counts for where shops without phrasings teach, as all others of them were written for us:
counted once, one in nine of its unanswerable questions got an answer at .8 (`warmline eval` bitext_support)."""

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A shop and what it is asked. `family`: shops that share texts or makers; a gate never sees its own family."""

    family: str
    name: str
    knowledge: Sequence[Record]
    questions: Sequence[Record]
    is_hard: bool = False
    """Asked in other words than the pages', on purpose: it teaches the order of pages, and is no measure of how often
    shoppers are answered."""

    counts: float = 1.0
    """What each question counts for where shops without phrasings teach."""

    @property
    def is_plain(self) -> bool:
        """One of many plain shops of one hand: it teaches how sure to be, and no better order of pages."""
        return self.family.startswith("plain")

    @property
    def is_small(self) -> bool:
        return "~" in self.name

    @property
    def is_phrased(self) -> bool:
        return any(entry.get("examples") for entry in self.knowledge)


def everything(shared: Path) -> list[QuestionSet]:
    """All sets whose licences allow to fit shipped parameters, then small shops cut out of those that are not small."""
    shops = [*hint3(shared), *bitext(shared), *seeds()]
    every = [
        *shops,
        *clinc(shared),
        *small([shop for shop in shops if not shop.is_hard and not shop.is_plain]),
    ]
    return [replace(shop, questions=_some(shop.questions)) for shop in every]


def _some(questions: Sequence[Record]) -> Sequence[Record]:
    return questions if len(questions) <= MOST_ASKED else random.Random(9).sample(list(questions), MOST_ASKED)


def hint3(shared: Path) -> Iterator[QuestionSet]:
    """Open Database License 1.0: parameters are a produced work, and the set is named."""
    knowledge, questions = read(shared / "hint3_shop/knowledge.jsonl"), asked(shared / "hint3_shop")
    for scope in sorted({entry["scope"] for entry in knowledge}):
        yield QuestionSet("hint3", scope, of(scope, knowledge), of(scope, questions))


def bitext(shared: Path) -> Iterator[QuestionSet]:
    """CDLA-Sharing 1.0: results of computing on the data are free. Articles only, and with five phrasings each."""
    knowledge, questions = read(shared / "bitext_support/knowledge.jsonl"), asked(shared / "bitext_support")
    yield QuestionSet("bitext", "bitext", knowledge, questions, counts=REAL)
    mixed = list(questions)
    random.Random(7).shuffle(mixed)
    examples: defaultdict[str, list[str]] = defaultdict(list)
    used = set()
    for question in mixed:
        for entry in question["answer_ids"] or ():
            if len(examples[entry]) < PHRASINGS:
                examples[entry].append(question["text"])
                used.add(question["id"])
    phrased = [{**entry, "examples": examples[entry["id"]]} for entry in knowledge]
    yield QuestionSet("bitext", "bitext+5", phrased, [each for each in questions if each["id"] not in used])


def clinc(shared: Path) -> Iterator[QuestionSet]:
    """CC BY 3.0, named. Shops of 15 or 30 of its entries; what is asked about the others has no answer there."""
    knowledge, questions = read(shared / "clinc150/knowledge.jsonl"), asked(shared / "clinc150")
    chance = random.Random(7)
    for number, (size, each) in enumerate([(15, 5), (15, 10), (30, 10), (30, 20), (15, 20), (30, 5)]):
        some = chance.sample(knowledge, size)
        phrased = [{**entry, "examples": chance.sample(entry["examples"], each)} for entry in some]
        known, unknown = parted(questions, {entry["id"] for entry in some})
        mixed = chance.sample(known, min(ASKED_OF_CLINC, len(known))) + chance.sample(unknown, ASKED_OF_CLINC)
        yield QuestionSet("clinc", f"clinc {size}x{each} no. {number}", phrased, mixed)


def seeds() -> Iterator[QuestionSet]:
    """Shops that we made up, in `seeds/`: each is a family of its own, but for the plain ones of one hand."""
    for file in sorted(SEEDS.glob("shop_*.txt")):
        yield seed(file)
    for file in sorted(SEEDS.glob("plain_*.txt")):
        yield seed(file)
    for file in sorted(SEEDS.glob("hard_*.txt")):
        yield replace(seed(file), is_hard=True)


def seed(file: Path) -> QuestionSet:
    knowledge: list[dict[str, Any]] = []
    questions: list[Record] = []
    lang, family = "en", file.stem
    for line in file.read_text(encoding="utf-8").splitlines():
        mark, _, rest = line.partition(" ")
        if mark == "lang":
            lang = rest
        elif mark == "hand":
            family = f"plain, {rest} hand"
        elif mark == "=":
            knowledge.append({"id": f"{file.stem}/{rest}", "title": rest, "text": "", "lang": lang})
        elif mark[:1] in {"?", "!", "-"} and len(mark) in {1, 3}:
            known = [knowledge[-1]["id"]] if mark[0] == "?" else None
            name = f"{file.stem}/{len(questions)}"
            questions.append({"id": name, "text": rest, "lang": mark[1:] or lang, "answer_ids": known})
        elif line and mark != "#":
            knowledge[-1]["text"] += f"{line}\n"
    return QuestionSet(family, file.stem, knowledge, questions)


def small(shops: Sequence[QuestionSet]) -> Iterator[QuestionSet]:
    """Four and nine entries of each shop, twice; half of what they are asked has no answer there."""
    chance = random.Random(8)
    for shop in shops:
        for size in (4, 9):
            if 1.3 * size > len(shop.knowledge):
                continue
            for number in range(2):
                some = chance.sample(list(shop.knowledge), size)
                known, unknown = parted(shop.questions, {entry["id"] for entry in some})
                count = min(ASKED_OF_SMALL, len(known))
                mixed = chance.sample(known, count) + chance.sample(unknown, min(count, len(unknown)))
                yield QuestionSet(shop.family, f"{shop.name}~{size} no. {number}", some, mixed)


def asked(folder: Path) -> list[Record]:
    return [each for each in read(folder / "questions.jsonl") if each.get("kind") != "unlabelled"]


def of(scope: str, records: Sequence[Record]) -> list[Record]:
    return [each for each in records if each.get("scope") == scope]


def parted(questions: Sequence[Record], entries: set[str]) -> tuple[list[Record], list[Record]]:
    """Those that these entries answer, and the others as what they are here: unanswerable."""
    known = [each for each in questions if entries & set(each["answer_ids"] or ())]
    unknown: list[Record] = [
        {**each, "answer_ids": None} for each in questions if not entries & set(each["answer_ids"] or ())
    ]
    return known, unknown
