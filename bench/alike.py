"""Where a message counts as like a rule's examples: `python -m bench.alike FOLDER` with a set in the format of eval.

Each entry of `knowledge.jsonl` with examples is a rule made of five of them; the questions of the set are the messages.
Prints, for each encoder and for both, the share of its own questions that a rule catches at the likeness where it takes
1 in 200 of the others.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
from pathlib import Path

import numpy as np

from warmline.agent.alike import likeness
from warmline.agent.base import Unit
from warmline.agent.models.encoders import Encoders

EXAMPLES = 5
WRONG = 0.005


def _rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


async def measure(folder: Path, most_rules: int, most_messages: int) -> None:
    dice = random.Random(20261122)
    entries = [row for row in _rows(folder / "knowledge.jsonl") if len(row.get("examples") or []) > EXAMPLES]  # type: ignore[arg-type]
    rules = dice.sample(entries, min(most_rules, len(entries)))
    questions = [row for row in _rows(folder / "questions.jsonl") if row["kind"] in {"in_scope", "out_of_scope"}]
    messages = dice.sample(questions, min(most_messages, len(questions)))
    encoders = Encoders()
    await encoders.warm()
    models = encoders.models
    asked = {model: await encoders.encode(model, [Unit("query", str(m["text"])) for m in messages]) for model in models}
    own: dict[str, list[float]] = {}
    others: dict[str, list[float]] = {}
    for rule in rules:
        units = [Unit("query", text) for text in dice.sample(list(rule["examples"]), EXAMPLES)]  # type: ignore[call-overload]
        there = {model: await encoders.encode(model, units) for model in models}
        for number, message in enumerate(messages):
            mine = rule["id"] in (message["answer_ids"] or [])  # type: ignore[operator]
            for name in (*models, "both"):
                seen = models if name == "both" else (name,)
                near = likeness({m: asked[m][number] for m in seen}, {m: there[m] for m in seen})
                (own if mine else others).setdefault(name, []).append(near)
    await encoders.close()
    for name in own:
        limit = float(np.quantile(others[name], 1 - WRONG))
        caught = float(np.mean(np.array(own[name]) >= limit))
        print(f"{folder.name:18} {name:14} limit {limit:5.2f}  caught {caught:.2f}  of {len(own[name])} own,"
              f" {len(others[name])} others")  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rules", type=int, default=20)
    parser.add_argument("--messages", type=int, default=400)
    given = parser.parse_args()
    asyncio.run(measure(given.folder, given.rules, given.messages))
