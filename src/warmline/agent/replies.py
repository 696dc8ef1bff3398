"""Yes, no, thanks, hello, farewell and "are you a bot?" in words that no list holds, read from vectors.

A small net over both encoders' vectors, or over the fast one's alone, fitted by `bench/fit_replies.py` on messages that
were written for it in twelve languages. Precision first: what it is not sure of is a question like any other. Its
parameters are `data/replies-4.npz`; docs/answering.md says how well they travel to a language that they never saw.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from warmline.agent.background import DATA
from warmline.agent.models.vectors import DEEP, DIMENSIONS, FAST, restore
from warmline.agent.text import fold, sentences
from warmline.domain.consent import Consent, turns
from warmline.domain.knowledge import Chatted, Replied, SmallTalk
from warmline.domain.matter import asks

PARAMETERS = DATA / "replies-4.npz"

Floats = NDArray[np.float32]

OTHER = "other"
KINDS = (*Consent, *SmallTalk, OTHER)
ASKING = (SmallTalk.HELLO, SmallTalk.ARE_YOU_A_BOT)
SETS = {"both": (FAST, DEEP), "fast": (FAST,)}
MOST_WORDS = 12
MOST_CHARACTERS = 120
UNCLEAR = 0.5
"""A message that is anything else less probably than this is a reply; which one may be open."""
MOST_ASKED = 4
"""A question that is a yes ("would you do that?") has no more words."""
RIVAL = 0.1
"""A yes is none when a no is this likely, and the other way round."""
PLEASANT = (SmallTalk.THANKS, SmallTalk.BYE, SmallTalk.REMARK)
"""Where nothing is open it hardly matters which of them a message is."""
REFUSED = 0.3
"""From so likely a no on, an address that comes with it is no consent."""
SURELY_BOT = 0.9
"""So likely is a question for a bot that stands at the end of a longer message: "does anybody work there?" is not."""
SCALE = 4.0
"""Of the first layer's input; fitted with it."""
_HOLDS_MORE = re.compile(r"\d|@|https?:|www\.|\n")


@dataclass(frozen=True, slots=True)
class Net:
    """`middles` are the mean vectors of what it was fitted on; `members` the layers (hidden, its bias, out, its bias)
    of several nets whose probabilities are averaged. Of what is below `cut` nothing is made; where nothing is open,
    thanks, a farewell or a remark may be below it down to `settled`, all three together."""

    middles: Mapping[str, Floats]
    members: Sequence[tuple[Floats, Floats, Floats, Floats]]
    cut: float
    settled: float

    def probabilities(self, features: Floats) -> Floats:
        """(messages, features) → (messages, KINDS)."""
        return np.asarray(np.mean([_softmax(_logits(features, each)) for each in self.members], axis=0), np.float32)


def readable(text: str) -> bool:
    """Short, of one line, more than a letter, and without a number, an address or a link: worth a look."""
    if len(text) > MOST_CHARACTERS or _HOLDS_MORE.search(text):
        return False
    words = fold(text)
    return len(words) > 1 and len(words.split()) <= MOST_WORDS


def probabilities(text: str, vectors: Mapping[str, bytes]) -> tuple[dict[str, float], Net]:
    """How likely the message is each of KINDS, and the net that says so."""
    name = "both" if DEEP in vectors else "fast"
    net = nets()[name]
    found = net.probabilities(features([text], {model: [vectors[model]] for model in SETS[name]}, net.middles))[0]
    return dict(zip(KINDS, found.tolist(), strict=True)), net


def reading(
    text: str, likely: Mapping[str, float], cut: float, awaits: Collection[Consent], addressed: bool = False
) -> Replied | Chatted | None:
    """What the message is taken for; None when that is not sure, or when it is anything else.

    A yes or no counts only while it is awaited. A question mark leaves "is anybody there?", "are you a bot?" and a
    short "could you?"; behind a "but" there is no yes and no thanks. `addressed`: an e-mail address came with it, and
    who gives one to an offer accepts it, unless it asks something or may well be a no.
    """
    if addressed and Consent.YES in awaits and "?" not in text and likely[Consent.NO] < REFUSED:
        return Replied(Consent.YES, 1 - likely[Consent.NO])
    kind = max(likely, key=lambda each: likely[each])
    if kind in (OTHER, SmallTalk.REMARK) or likely[kind] < cut:
        return None
    if "?" in text and kind not in ASKING and not (kind == Consent.YES and _begs(text)):
        return None
    if kind in (Consent.YES, SmallTalk.THANKS) and turns(text):
        return None
    if kind in tuple(Consent):
        said = Consent(kind)
        rival = likely[Consent.NO if said is Consent.YES else Consent.YES]
        return Replied(said, likely[kind]) if said in awaits and rival < RIVAL else None
    return Chatted(SmallTalk(kind))


def remark(text: str, likely: Mapping[str, float], settled: float) -> Chatted | None:
    """Where nothing is open: thanks, a farewell or a remark, if one of the three is at least as likely as `settled`.

    Never with a question mark, and not behind a "but".
    """
    if pleasant(likely) < settled or "?" in text or turns(text):
        return None
    return Chatted(max(PLEASANT, key=lambda each: likely[each]))


def last_question(text: str) -> tuple[str, str] | None:
    """The one question of a message, which ends it, and what stands before it: "You are kind. Are you a person?"."""
    *before, last = sentences(text) or [""]
    rest = " ".join(before)
    if not before or not last.endswith("?") or "?" in rest or not (readable(last) and readable(rest)):
        return None
    return last, rest


def pleasant(likely: Mapping[str, float]) -> float:
    """How likely it is thanks, a farewell or a remark."""
    return sum(likely[each] for each in PLEASANT)


def is_unclear(likely: Mapping[str, float]) -> bool:
    """Is it a reply more likely than anything else, and none for sure?"""
    return likely[OTHER] < UNCLEAR


def _begs(text: str) -> bool:
    """Is its only question a short one, as in "could you? cheers"?"""
    first, _, rest = text.partition("?")
    return "?" not in rest and len(fold(first).split()) <= MOST_ASKED


def features(texts: Sequence[str], vectors: Mapping[str, Sequence[bytes]], middles: Mapping[str, Floats]) -> Floats:
    """Each model's vectors around their middle, and what the words show: how many, a "but", a question's beginning."""
    parts = [_unit(unit_rows(model, vectors[model]) - middles[model]) for model in middles]
    return np.hstack([*parts, np.array([_shown(text) for text in texts], dtype=np.float32)])


def unit_rows(model: str, stored: Sequence[bytes]) -> Floats:
    """Stored vectors as rows of length 1."""
    return _unit(restore(stored, DIMENSIONS[model]))


@cache
def nets() -> Mapping[str, Net]:
    """Read once; a few hundred kilobytes."""
    with np.load(PARAMETERS) as stored:
        kept = {name: stored[name].astype(np.float32) for name in stored.files}
    return {name: _net(name, models, kept) for name, models in SETS.items()}


def _net(name: str, models: Sequence[str], kept: Mapping[str, Floats]) -> Net:
    layers = [kept[f"{name}.{layer}"] for layer in ("hidden", "hidden_bias", "out", "out_bias")]
    middles = {model: kept[f"{name}.middle.{model}"] for model in models}
    members = list(zip(*layers, strict=True))
    return Net(middles, members, float(kept[f"{name}.cut"]), float(kept[f"{name}.settled"]))


def _logits(rows: Floats, layers: tuple[Floats, Floats, Floats, Floats]) -> Floats:
    hidden, hidden_bias, out, out_bias = layers
    return np.asarray(np.maximum(rows @ hidden * SCALE + hidden_bias, 0) @ out + out_bias, dtype=np.float32)


def _shown(text: str) -> tuple[float, float, float, float]:
    words = fold(text).split()
    return min(len(words), MOST_WORDS) / MOST_WORDS, len(words) <= 2, turns(text), asks(" ".join(words[:1]))


def _softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float32)


def _unit(rows: Floats) -> Floats:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)
