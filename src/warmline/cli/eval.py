"""`warmline eval SET…`: how well the agent knows what it knows, measured on sets of questions. Nothing is stored."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warmline.cli.session import json_argument, print_json, progress_bar, show
from warmline.errors import Invalid

if TYPE_CHECKING:
    from warmline.evals.run import Run

ROW = ("id", "decision", "ranked", "confidence", "choices", "lang", "ms")
TURN = ("id", "turn", "decision", "confidence", "ms")
NEEDED = {"choices": "ask"}
"""Fields that only rows with this decision have."""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("sets", nargs="+", metavar="SET", type=Path, help="a folder in the format of evaluation.md")
    parser.add_argument("--rows", type=Path, metavar="FILE", help="write a line of JSON for each question")
    parser.add_argument("--sample", type=_some, metavar="N", help="ask N questions of each set, drawn at random")
    parser.add_argument(
        "--score", type=Path, metavar="ROWS", help="measure these rows, written by any product, instead of ours"
    )
    json_argument(parser)


def _some(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"it must be a whole number from 1, got {text!r}")
    return int(text)


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    if args.score is not None:
        return _score(args)
    from warmline.bootstrap import agent_alone
    from warmline.evals.run import run as run_set

    names = names_of(args.sets)
    if args.rows is not None and not args.rows.resolve().parent.is_dir():
        raise Invalid(f"There is no folder {args.rows.resolve().parent} to write the rows in; make it first.", "rows")
    found: dict[str, Any] = {}
    async with agent_alone() as agent:
        for folder, name in zip(args.sets, names, strict=True):
            with progress_bar(name, " questions") as progress:
                measured = await run_set(agent, folder, args.sample, progress=progress)
            found[name] = measured.summary
            if args.rows is not None:
                write_rows(args.rows if len(args.sets) == 1 else _named(args.rows, name), measured)
            if not args.json:
                show(*told(name, measured.summary), "")
    if args.json:
        print_json(found)
    elif len(found) > 1:
        show(*table(found))
    return 0


def _score(args: argparse.Namespace) -> int:
    from warmline.evals.foreign import score

    names = names_of(args.sets)
    found = {name: score(folder, args.score).summary for folder, name in zip(args.sets, names, strict=True)}
    if args.json:
        print_json(found)
    else:
        for name, summary in found.items():
            show(*told(name, summary), "")
    return 0


def names_of(folders: Sequence[Path]) -> list[str]:
    """A set is called like its folder; those of one name by as much of their paths as tells them (and files) apart.

    Raises Invalid for a folder that is given twice, and where no name tells their files apart (/a/b, /a-b, /c/b).
    """
    paths = [folder.resolve().parts[1:] for folder in folders]
    if twice := [folder for folder, times in zip(folders, map(paths.count, paths), strict=True) if times > 1]:
        raise Invalid(f"{twice[0]} is given twice; name each set once.", "sets")
    depths = [1] * len(paths)
    while True:
        names = ["/".join(path[-depth:]) for path, depth in zip(paths, depths, strict=True)]
        files = Counter(map(_flat, names))
        if max(files.values()) == 1:
            return names
        if max(depths) > max(map(len, paths)):
            raise Invalid("These sets cannot be told apart by their names; measure them one by one.", "sets")
        depths = [depth + (files[_flat(name)] > 1) for name, depth in zip(names, depths, strict=True)]


def _flat(name: str) -> str:
    return name.replace("/", "-")


def _named(file: Path, name: str) -> Path:
    return file.with_name(f"{file.stem}-{_flat(name)}{file.suffix}")


def write_rows(file: Path, measured: Run) -> None:
    """A line for each question, then one for each turn of a dialogue, in the order of the set."""
    # JSON may hold half a surrogate pair, UTF-8 may not; written as \ud800 it is JSON again.
    with file.open("w", encoding="utf-8", errors="backslashreplace") as out:
        for row in measured.rows:
            told = {name: row[name] for name in ROW if row["decision"] == NEEDED.get(name, row["decision"])}  # type: ignore[literal-required]
            out.write(json.dumps(told, ensure_ascii=False) + "\n")
        for turn in measured.turns:
            out.write(json.dumps({name: turn[name] for name in TURN}) + "\n")  # type: ignore[literal-required]  # TURN names keys


def told(name: str, summary: Mapping[str, Any]) -> Iterator[str]:
    """One set, in words."""
    yield f"{name}: {summary['questions']} questions"
    if "answerable" in summary:
        yield from _knowing(summary)
    for source, found in summary.get("wants_human", {}).items():
        yield (
            f"  wish for a person, {source or 'all'}: precision {found['precision']:.2f}, recall {found['recall']:.2f},"
            f" F1 {found['f1']:.2f} ({found['wanted']} wanted, {found['found']} found)"
        )
    if dialogues := summary.get("dialogues"):
        yield from _dialogues(dialogues)
    if ms := summary.get("ms"):
        yield f"  time per question: p50 {_number(ms['p50'], 1)} ms, p95 {_number(ms['p95'], 1)} ms"


def _dialogues(found: Mapping[str, Any]) -> Iterator[str]:
    wrong = ", ".join(f"{count} {decision}" for decision, count in found["wrong"].items())
    yield (
        f"  dialogues: {found['turns']} turns; right action at {_number(found['right_action'])} of {found['labelled']}"
        f" labelled{f' (wrong: {wrong})' if wrong else ''}"
    )
    yield (
        f"  handoffs: {found['handoffs']} labelled; precision {_number(found['precision'])}, recall"
        f" {_number(found['recall'])}, F1 {_number(found['f1'])}; {found['offered_instead']} more offered,"
        f" {found['offered_without_label']} offered where none is labelled; within one turn"
        f" {_number(found['golden_within_one'])}"
    )
    yield (
        f"  offers repeated within one question: {found['offers_repeated']}; refusals overridden:"
        f" {found['refusals_overridden']}; time per turn: p50 {_number(found['ms']['p50'], 1)} ms"
    )


def _knowing(summary: Mapping[str, Any]) -> Iterator[str]:
    coverage, shipped = summary["coverage_at"], summary["as_shipped"]
    yield (
        f"  {summary['answerable']} answerable; right page first {_number(summary['recall_at_1'])}, among three"
        f" {_number(summary['recall_at_3'])}; AUROC {_number(summary['auroc'])}; calibration error"
        f" {_number(summary['calibration_error'])}, of which {_number(summary['calibration_error_by_chance'])} would be"
        " chance with so many questions"
    )
    yield "  coverage in hindsight: " + ", ".join(
        f"{share:.2f} at {float(cut):.0%} precision" for cut, share in coverage.items()
    )
    for knob, at in summary["knobs"].items():
        yield f"  {knob}: answers {at['coverage']:.2f}, of which right {_number(at['precision'])} ({at['answered']})"
    yield (
        f"  as shipped: answers {shipped['answered']:.2f} (right {_number(shipped['precision'])}), asks back"
        f" {shipped['asked']:.2f}; of the answerable, {_number(shipped['useful'])} get the answer or a choice of it;"
        f" of the others, {_number(shipped['unanswerable_answered'])} get an answer"
    )
    for floor, found in summary["floors"].items():
        yield (
            f"  floor, {floor}: right page first {_number(found['recall_at_1'])}, AUROC {_number(found['auroc'])},"
            f" coverage at 90% precision {found['coverage_at_90']:.2f}"
        )


def table(found: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """All sets at a glance, as Markdown."""
    heads = ("set", "questions", "r@1", "r@3", "AUROC", "cov@90", "raw score", "BM25", "p≥.9: answers / right", "ECE")
    yield _line(heads)
    yield _line(["---"] * len(heads))
    for name, summary in found.items():
        if "answerable" not in summary:
            continue
        balanced, floors = summary["knobs"]["balanced"], summary["floors"]
        yield _line(
            [
                name,
                str(summary["questions"]),
                *(_number(summary[key]) for key in ("recall_at_1", "recall_at_3", "auroc")),
                f"**{_number(summary['coverage_at']['0.9'])}**",
                *(_number(floors[name]["coverage_at_90"]) for name in ("raw score", "BM25 of words")),
                f"{_number(balanced['coverage'])} / {_number(balanced['precision'])}",
                _number(summary["calibration_error"]),
            ]
        )


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
