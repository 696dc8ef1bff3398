"""`warmline eval`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.shop import Shop


def a_set(folder: Path) -> Path:
    folder.mkdir()
    knowledge = {"id": "ship", "title": "Shipping costs", "text": "Shipping costs 5 euro.", "lang": "en", "url": None}
    questions = [
        {"id": "1", "text": "What are the shipping costs?", "lang": "en", "answer_ids": ["ship"], "kind": "in_scope"},
        {"id": "2", "text": "Who won the match?", "lang": "en", "answer_ids": None, "kind": "out_of_scope"},
    ]
    (folder / "knowledge.jsonl").write_text(json.dumps(knowledge))
    (folder / "questions.jsonl").write_text("\n".join(map(json.dumps, questions)))
    return folder


async def test_it_prints_measures_and_writes_rows(shop: Shop, tmp_path: Path) -> None:
    sets = [str(a_set(tmp_path / name)) for name in ("one", "two")]
    said = await shop.run("eval", *sets, "--rows", str(tmp_path / "rows.jsonl"))
    assert said.code == 0
    for words in ("one: 2 questions", "right page first 1.00", "floor, BM25 of words", "| two | 2 |"):
        assert words in said.out
    rows = [json.loads(line) for line in (tmp_path / "rows-one.jsonl").read_text().splitlines()]
    assert [(row["id"], row["ranked"]) for row in rows] == [("1", ["ship"]), ("2", ["ship"])]
    assert set(rows[0]) == {"id", "decision", "ranked", "confidence", "lang", "ms"}


async def test_json_holds_every_measure(shop: Shop, tmp_path: Path) -> None:
    said = await shop.run("eval", str(a_set(tmp_path / "one")), "--json", "--sample", "1")
    assert said.json["one"]["questions"] == 1
    assert set(said.json["one"]["knobs"]) == {"careful", "balanced", "bold"}


async def test_a_folder_without_a_set_is_refused(shop: Shop, tmp_path: Path) -> None:
    said = await shop.run("eval", str(tmp_path), "--json")
    assert (said.code, said.json["field"]) == (1, "set")


async def test_a_bad_line_is_one_sentence_and_no_traceback(shop: Shop, tmp_path: Path) -> None:
    folder = a_set(tmp_path / "one")
    (folder / "questions.jsonl").write_text('{"id": "1", "text": "returns?"}\n{"id": "2", "text": null}\n')
    said = await shop.run("eval", str(folder))
    assert (said.code, said.out) == (1, "")
    assert said.err == f"warmline eval: text in line 2 of {folder}/questions.jsonl is null; it must be text.\n"
