"""`warmline eval`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.shop import Shop
from warmline.cli.command import parse
from warmline.cli.eval import names_of
from warmline.errors import Invalid


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


def rows_in(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.glob("rows*"))


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


async def test_sets_of_one_name_are_told_apart_by_their_paths(shop: Shop, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    sets = [str(a_set(tmp_path / name)) for name in ("one/test", "two/test", "three")]
    said = await shop.run("eval", *sets, "--rows", str(tmp_path / "rows.jsonl"), "--json", "--sample", "1")
    assert list(said.json) == ["one/test", "two/test", "three"]
    assert rows_in(tmp_path) == ["rows-one-test.jsonl", "rows-three.jsonl", "rows-two-test.jsonl"]
    said = await shop.run("eval", *sets, "--score", str(tmp_path / "rows-one-test.jsonl"), "--json")
    assert list(said.json) == ["one/test", "two/test", "three"]


@pytest.mark.parametrize(
    ("folders", "names"),
    [
        (["/a/b"], ["b"]),
        (["/a/b", "/a/c"], ["b", "c"]),
        (["/x/a/b", "/y/a/b", "/y/c"], ["x/a/b", "y/a/b", "c"]),
        (["/b", "/a/b"], ["b", "a/b"]),
        (["/s/a/b", "/s/c/b", "/s/t/a-b"], ["s/a/b", "c/b", "t/a-b"]),
    ],
)
def test_as_much_of_the_path_as_is_needed(folders: list[str], names: list[str]) -> None:
    assert names_of([Path(folder) for folder in folders]) == names


@pytest.mark.parametrize(
    ("folders", "words"),
    [(["/a/b", "/a/c", "/a/../a/b"], "/a/b is given twice"), (["/a/b", "/c/b", "/a-b"], "cannot be told apart")],
)
def test_sets_that_no_name_tells_apart_are_refused(folders: list[str], words: str) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        names_of([Path(folder) for folder in folders])
    assert refused.value.field == "sets"


async def test_where_the_rows_cannot_be_written_nothing_is_measured(shop: Shop, tmp_path: Path) -> None:
    said = await shop.run("eval", str(a_set(tmp_path / "one")), "--rows", str(tmp_path / "no/rows.jsonl"))
    assert (said.code, said.out) == (1, "")
    assert said.err == f"warmline eval: rows: There is no folder {tmp_path}/no to write the rows in; make it first.\n"


@pytest.mark.parametrize("sample", ["0", "-1", "some"])
def test_a_sample_is_at_least_one_question(sample: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["eval", "set", f"--sample={sample}"])
    assert f"--sample: it must be a whole number from 1, got '{sample}'" in capsys.readouterr().err


async def test_a_folder_without_a_set_is_refused(shop: Shop, tmp_path: Path) -> None:
    said = await shop.run("eval", str(tmp_path), "--json")
    assert (said.code, said.json["field"]) == (1, "set")


async def test_a_bad_line_is_one_sentence_and_no_traceback(shop: Shop, tmp_path: Path) -> None:
    folder = a_set(tmp_path / "one")
    (folder / "questions.jsonl").write_text('{"id": "1", "text": "returns?"}\n{"id": "2", "text": null}\n')
    said = await shop.run("eval", str(folder))
    assert (said.code, said.out) == (1, "")
    assert said.err == f"warmline eval: text in line 2 of {folder}/questions.jsonl is null; it must be text.\n"
