"""Fits the net that reads short messages (yes, no, small talk), and shows how it does where it never looked.

    .venv/bin/python -m bench.fit_replies             fit, print the table, write src/warmline/agent/data/replies-4.npz
    .venv/bin/python -m bench.fit_replies --dry-run   print the table only
    .venv/bin/python -m bench.fit_replies --unseen    how well the net that ships reads a hand that it never saw

It learns from `bench/seeds/replies.txt`, which was written for it, from the word lists of the product, and from
questions as examples of anything else. Two ways to leave out: three whole languages at a time (with their words from
the lists), and a fifth of the messages. The cut is the loosest at which, both ways, at least KEPT of "anything else"
stays that; where nothing is open, thanks, a farewell and a remark have a cut of their own. Seeds are fixed: the same
input gives the same table.
"""

from __future__ import annotations

import asyncio
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bench.vector_cache import KeptEncoders, a_parser
from warmline.agent import background, replies, small_words
from warmline.agent.base import Unit
from warmline.agent.replies import KINDS, OTHER, SCALE, SETS, Floats, Net
from warmline.agent.text import fold
from warmline.domain.consent import Consent, listed
from warmline.domain.knowledge import SmallTalk

SEEDS = Path(__file__).parent / "seeds"
HANDS = ("first", "second")
"""Whose plain shops' questions the net that ships was fitted with; shops that came later are for the gate alone."""
KEPT = 0.98
"""Of what is anything else: so much must stay that. Half of it was written to be mistaken."""
OFFERED, SETTLED = frozenset(Consent), None
"""Where in a talk a message is read: after an offer, and where nothing is open."""
FOLDS = 5
AT_ONCE = 3
"""So many languages are left out at a time."""
MEMBERS, HIDDEN, EPOCHS, BATCH = 3, 128, 60, 256
RATE, DECAY, DROPPED, UNSEEN, SMOOTHED = 3e-3, 1e-3, 0.35, 0.1, 0.03
"""Of Adam: its rate and how the weights shrink; the parts of the hidden layer and of the input that are left out at
each step, and how much a label is smoothed. A layer of 48, 25 epochs: .05 less is read."""

EACH = 3
BLOCKS = (
    ("hello", small_words.HELLO),
    ("thanks", small_words.THANKS),
    ("bye", small_words.BYE),
    ("are_you_a_bot", small_words.ABOUT_BOT),
)
"""Lists without a language."""
JOINED = (
    ("yes", "yes", "yes"),
    ("yes", "thanks", "yes"),
    ("no", "no", "no"),
    ("no", "thanks", "no"),
    ("thanks", "no", "no"),
    ("thanks", "thanks", "thanks"),
    ("thanks", "bye", "bye"),
    ("remark", "remark", "remark"),
    ("remark", "thanks", "thanks"),
    ("thanks", "remark", "thanks"),
    ("remark", "bye", "bye"),
    ("remark", "other", OTHER),
    ("hello", "are_you_a_bot", "are_you_a_bot"),
    ("are_you_a_bot", "other", OTHER),
    ("hello", "other", OTHER),
    ("yes", "other", OTHER),
    ("no", "other", OTHER),
    ("thanks", "other", OTHER),
)
"""What is said first and then, and what the whole is; of each so many, in each fifth of a language."""

Layers = tuple[Floats, Floats, Floats, Floats]


@dataclass(frozen=True, slots=True)
class Said:
    """A message and what it is, one of KINDS. `lang` is empty where it belongs to no language's part."""

    lang: str
    kind: str
    text: str


def seeds(file: str = "replies.txt") -> Iterator[Said]:
    """The messages of a file."""
    lang = ""
    for line in (SEEDS / file).read_text(encoding="utf-8").splitlines():
        if line.startswith("lang "):
            lang = line.removeprefix("lang ")
        elif line and not line.startswith("#"):
            kind, texts = line.split(": ", 1)
            yield from (Said(lang, kind, text) for text in texts.split(" | "))


def lists() -> Iterator[Said]:
    """The phrases of the product's own word lists."""
    yield from (Said(lang, said.value, phrase) for lang, said, phrase in listed())
    for kind, block in BLOCKS:
        phrases = [each.strip() for line in block.splitlines() for each in line.split("|")]
        yield from (Said("", kind, phrase) for phrase in phrases if phrase)


def questions() -> Iterator[Said]:
    """What shoppers ask, and what they ask of others: none of it is a reply."""
    asked = background.questions()
    for file in sorted(SEEDS.glob("*_*.txt")):
        lines = file.read_text(encoding="utf-8").splitlines()
        if any(line.startswith("hand ") and line.removeprefix("hand ") not in HANDS for line in lines):
            continue
        asked += [line.split(" ", 1)[1] for line in lines if line[:1] in ("?", "!") and " " in line]
    yield from (Said("", OTHER, text) for text in asked if replies.readable(text))


def variants(said: Said) -> Iterator[Said]:
    """As it stands, as a sentence, without capitals and marks, and without diacritics: as people type on a phone."""
    sentence = f"{said.text[:1].upper()}{said.text[1:]}."
    bare = "".join(letter for letter in said.text.lower() if letter.isalnum() or letter in " '")
    apart = unicodedata.normalize("NFKD", said.text.lower().replace("ł", "l").replace("\u0131", "i"))
    plain = "".join(letter for letter in apart if not unicodedata.combining(letter))
    yield from (Said(said.lang, said.kind, text) for text in dict.fromkeys((said.text, sentence, bare, plain)))


def part_of(said: Said) -> int:
    """Which fifth it belongs to, whatever else is in the file."""
    return crc32(said.text.encode()) % FOLDS


def joined(rows: Sequence[Said]) -> Iterator[Said]:
    """What people say in one breath: "no, thanks", "thanks, bye", "hello, where is my parcel". Both of one fifth."""
    cells: dict[tuple[str, int, str], list[str]] = {}
    for row in rows:
        cells.setdefault((row.lang, part_of(row), row.kind), []).append(row.text)
    for lang, part in dict.fromkeys((lang, part) for lang, part, _ in cells):
        random = np.random.default_rng(crc32(f"{lang} {part}".encode()))
        for first, second, kind in JOINED:
            some, others = cells.get((lang, part, first), []), cells.get((lang, part, second), [])
            for _ in range(EACH if some and others else 0):
                yield Said(lang, kind, ", ".join((str(random.choice(some)), str(random.choice(others)))))


class Vectors:
    """Every message's vector from every encoder, read once."""

    def __init__(self, rows: Mapping[str, Mapping[str, bytes]]) -> None:
        self._rows = rows

    def of(self, texts: Sequence[str], models: Sequence[str]) -> dict[str, list[bytes]]:
        return {model: [self._rows[model][text] for text in texts] for model in models}


async def read_vectors(texts: Sequence[str], cache: Path) -> Vectors:
    encoders = KeptEncoders(cache)
    units = [Unit("query", text) for text in texts]
    found = {model: await encoders.encode(model, units) for model in SETS["both"]}
    await encoders.close()
    return Vectors({model: dict(zip(texts, rows, strict=True)) for model, rows in found.items()})


def fit(rows: Sequence[Said], models: Sequence[str], vectors: Vectors) -> Net:
    """A net of these messages; its cut is yet to be found."""
    texts = [row.text for row in rows]
    stored = vectors.of(texts, models)
    middles = {model: replies.unit_rows(model, stored[model]).mean(axis=0) for model in models}
    features = replies.features(texts, stored, middles)
    labels = np.array([KINDS.index(row.kind) for row in rows])
    weights = np.sqrt(len(labels) / np.bincount(labels, minlength=len(KINDS)))[labels]
    weights = (weights / weights.mean()).astype(np.float32)
    return Net(middles, [_layers(features, labels, weights, seed) for seed in range(MEMBERS)], 1.0, 1.0)


def _layers(features: Floats, labels: NDArray[np.int64], weights: Floats, seed: int) -> Layers:
    """One hidden layer, by Adam with a falling rate."""
    random = np.random.default_rng(seed)
    width = features.shape[1]
    hidden = random.normal(size=(width, HIDDEN), scale=0.67 / np.sqrt(width)).astype(np.float32)
    out = random.normal(size=(HIDDEN, len(KINDS)), scale=0.2).astype(np.float32)
    layers: Layers = (hidden, np.zeros(HIDDEN, np.float32), out, np.zeros(len(KINDS), np.float32))
    target = np.eye(len(KINDS), dtype=np.float32)[labels] * (1 - SMOOTHED) + SMOOTHED / len(KINDS)
    first, second = [np.zeros_like(each) for each in layers], [np.zeros_like(each) for each in layers]
    steps = 0
    for epoch in range(EPOCHS):
        order = random.permutation(len(labels))
        rate = RATE * (1 - epoch / EPOCHS) + 1e-4
        for start in range(0, len(order), BATCH):
            some, steps = order[start : start + BATCH], steps + 1
            slopes = _slopes(features[some], target[some], weights[some], layers, random)
            for place, (layer, slope) in enumerate(zip(layers, slopes, strict=True)):
                first[place] = 0.9 * first[place] + 0.1 * slope
                second[place] = 0.999 * second[place] + 0.001 * slope**2
                moved = first[place] / (1 - 0.9**steps) / (np.sqrt(second[place] / (1 - 0.999**steps)) + 1e-8)
                layer -= np.float32(rate) * (moved + (DECAY * layer if layer.ndim == 2 else 0.0))
    return layers


def _slopes(rows: Floats, target: Floats, weights: Floats, layers: Layers, random: np.random.Generator) -> list[Floats]:
    hidden, hidden_bias, out, out_bias = layers
    rows = rows * (random.random(rows.shape, dtype=np.float32) > UNSEEN) / np.float32(1 - UNSEEN)
    active = np.maximum(rows @ hidden * SCALE + hidden_bias, 0)
    kept = (random.random(active.shape, dtype=np.float32) > DROPPED) / np.float32(1 - DROPPED)
    raised = (active * kept) @ out + out_bias
    raised = np.exp(raised - raised.max(axis=1, keepdims=True))
    error = (raised / raised.sum(axis=1, keepdims=True) - target) * weights[:, None] / len(rows)
    back = (error @ out.T) * kept * (active > 0)
    slopes = [rows.T @ back * SCALE, back.sum(axis=0), (active * kept).T @ error, error.sum(axis=0)]
    return [np.asarray(slope, dtype=np.float32) for slope in slopes]


def judge(net: Net, rows: Sequence[Said], models: Sequence[str], vectors: Vectors) -> Floats:
    texts = [row.text for row in rows]
    return net.probabilities(replies.features(texts, vectors.of(texts, models), net.middles))


def language_left_out(models: Sequence[str], vectors: Vectors) -> tuple[list[Said], Floats]:
    """Each language judged by a net that saw nothing of it. Phrases of no known language are left out altogether."""
    rows = list(seeds())
    langs = list(dict.fromkeys(row.lang for row in rows))
    found = np.zeros((len(rows), len(KINDS)), dtype=np.float32)
    for start in range(0, len(langs), AT_ONCE):
        out = langs[start : start + AT_ONCE]
        rest = learnt_from([row for row in rows if row.lang not in out])
        rest += [row for row in lists() if row.lang not in (*out, "")] + list(questions())
        judged = np.array([row.lang in out for row in rows])
        net = fit(rest, models, vectors)
        found[judged] = judge(net, [row for row in rows if row.lang in out], models, vectors)
    return rows, found


def fifth_left_out(models: Sequence[str], vectors: Vectors) -> tuple[list[Said], Floats]:
    """Each fifth judged by a net of the rest; what stands in a list word for word is not learnt from there either."""
    rows = list(seeds())
    part = np.array([part_of(row) for row in rows])
    found = np.zeros((len(rows), len(KINDS)), dtype=np.float32)
    for number in range(FOLDS):
        out = [row for row in rows if part_of(row) == number]
        unseen = {fold(row.text) for row in out}
        rest = learnt_from([row for row in rows if part_of(row) != number])
        rest += [row for row in lists() if fold(row.text) not in unseen] + list(questions())
        found[part == number] = judge(fit(rest, models, vectors), out, models, vectors)
    return rows, found


def learnt_from(rows: Sequence[Said]) -> list[Said]:
    """These messages as people type them, and two in one breath."""
    return [each for row in rows for each in variants(row)] + list(joined(rows))


def read_as(row: Said, likely: Floats, net: Net, awaits: Collection[Consent] | None) -> str:
    """What the product would read there; a remark, too, where nothing is open."""
    if not replies.readable(row.text):
        return OTHER
    by_kind = dict(zip(KINDS, likely.tolist(), strict=True))
    found = replies.reading(row.text, by_kind, net.cut, awaits or ())
    if found is None and awaits is SETTLED:
        found = replies.remark(row.text, by_kind, net.settled)
    return OTHER if found is None else str(getattr(found, "said", None) or getattr(found, "kind", OTHER))


def cuts_of(judged: Sequence[tuple[list[Said], Floats]]) -> Net:
    """The loosest cuts, in steps of .005, at which enough of what is anything else stays that, in each table."""
    cut = _loosest(judged, OFFERED, lambda cut: Net({}, (), cut, 1.0))
    settled = _loosest(judged, SETTLED, lambda settled: Net({}, (), cut, settled))
    return Net({}, (), cut, settled)


def _loosest(
    judged: Sequence[tuple[list[Said], Floats]], awaits: Collection[Consent] | None, at: Callable[[float], Net]
) -> float:
    for cut in (round(float(cut), 3) for cut in np.arange(0.5, 1.0, 0.005)):
        if all(_kept(rows, found, at(cut), awaits) >= KEPT for rows, found in judged):
            return cut
    raise SystemExit("At no cut enough stays what it is.")


def _kept(rows: Sequence[Said], found: Floats, net: Net, awaits: Collection[Consent] | None) -> float:
    others = [(row, likely) for row, likely in zip(rows, found, strict=True) if row.kind == OTHER]
    return sum(read_as(row, likely, net, awaits) == OTHER for row, likely in others) / len(others)


def show(title: str, rows: Sequence[Said], found: Floats, net: Net) -> None:
    """A row for each language: of each kind how much is read, what else stays, and what is read wrong; behind it the
    same where nothing is open, of thanks, farewells and remarks together."""
    here = {row.kind for row in rows}
    kinds = [kind for kind in KINDS if kind in here - {SmallTalk.REMARK, OTHER}]
    print(f"\n**{title}, cuts {net.cut:.3f} and {net.settled:.3f}**\n")
    print(f"| language | {' | '.join(kinds)} | else stays | yes for no | read wrong | nothing open | else stays |")
    print("|---" * (len(kinds) + 6) + "|")
    for lang in [*dict.fromkeys(row.lang for row in rows), "all"]:
        judged = [(row, p) for row, p in zip(rows, found, strict=True) if lang in ("all", row.lang)]
        some = [(row, read_as(row, p, net, OFFERED)) for row, p in judged]
        right, total = Counter(row.kind for row, said in some if said == row.kind), Counter(row.kind for row, _ in some)
        swapped = sum({row.kind, said} == {"yes", "no"} for row, said in some)
        wrong = sum(said not in (OTHER, row.kind) for row, said in some)
        read = sum(said != OTHER for _, said in some)
        shares = [f"{right[kind] / total[kind]:.2f}" for kind in kinds] + [f"{right[OTHER] / total[OTHER]:.3f}"]
        later = [(row, read_as(row, p, net, SETTLED)) for row, p in judged]
        heard = np.mean([said in replies.PLEASANT for row, said in later if row.kind in replies.PLEASANT])
        stays = np.mean([said == OTHER for row, said in later if row.kind == OTHER])
        print(f"| {lang} | {' | '.join(shares)} | {swapped} | {wrong} of {read} | {heard:.2f} | {stays:.3f} |")


def save(nets: Mapping[str, Net]) -> None:
    kept: dict[str, NDArray[np.float16]] = {}
    for name, net in nets.items():
        for place, layer in enumerate(("hidden", "hidden_bias", "out", "out_bias")):
            kept[f"{name}.{layer}"] = np.stack([member[place] for member in net.members]).astype(np.float16)
        kept |= {f"{name}.middle.{model}": middle.astype(np.float16) for model, middle in net.middles.items()}
        kept |= {f"{name}.cut": np.array(net.cut, np.float16), f"{name}.settled": np.array(net.settled, np.float16)}
    np.savez_compressed(replies.PARAMETERS, allow_pickle=False, **kept)


async def show_unseen(cache: Path) -> None:
    rows = list(seeds("replies-unseen.txt"))
    vectors = await read_vectors([row.text for row in rows], cache)
    for name, net in replies.nets().items():
        show(f"Another hand, {name}", rows, judge(net, rows, SETS[name], vectors), net)


async def main() -> None:
    parser = a_parser(__doc__, "replies-vectors.sqlite")
    parser.add_argument("--unseen", action="store_true", help="print how well the shipped net reads another hand")
    args = parser.parse_args()
    if args.unseen:
        return await show_unseen(args.cache)
    learnt = learnt_from(list(seeds())) + list(lists()) + list(questions())
    vectors = await read_vectors(list(dict.fromkeys(row.text for row in learnt)), args.cache)
    nets = {}
    for name, models in SETS.items():
        judged = [language_left_out(models, vectors), fifth_left_out(models, vectors)]
        cuts = cuts_of(judged)
        what = "Both encoders" if name == "both" else "The fast encoder alone"
        show(f"{what}, each language left out", *judged[0], cuts)
        show(f"{what}, a fifth left out", *judged[1], cuts)
        net = fit(learnt, models, vectors)
        nets[name] = Net(net.middles, net.members, cuts.cut, cuts.settled)
    if not args.dry_run:
        save(nets)


if __name__ == "__main__":
    asyncio.run(main())
