"""`warmline cases`: saved questions with the page that is right, held against what the shop knows now."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from warmline.cli.session import chosen, json_argument, opened, print_json, show, workspace_argument

if TYPE_CHECKING:
    from warmline.domain.cases import Case

_NOTHING = "nothing of the shop answers it"


def arguments(parser: argparse.ArgumentParser) -> None:
    does = parser.add_subparsers(dest="does", required=True, metavar="run | list | add | remove")
    run = does.add_parser("run", help="ask each question now; exit code 0 when all pass, 1 when one does not")
    listed = does.add_parser("list", help="the cases and how they ended last")
    add = does.add_parser("add", help="save a question with its page")
    add.add_argument("question", help="what shoppers ask")
    which = add.add_mutually_exclusive_group(required=True)
    which.add_argument("--page", help="the address or the title of the page that is right")
    which.add_argument("--nothing", action="store_true", help=_NOTHING)
    remove = does.add_parser("remove", help="forget a case")
    remove.add_argument("id", help="as `list` shows it")
    for each in (run, listed, add, remove):
        workspace_argument(each)
        json_argument(each)


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    from warmline.actions import save_case as does

    async with opened(env) as machine:
        app = machine.app
        workspace = (await chosen(app, args.workspace)).id
        match args.does:
            case "run":
                cases = await does.run_cases(app, workspace)
            case "add":
                id = await does.save_case(app, workspace, args.question, args.page or "")
                cases = [each for each in await app.store.read(lambda tx: tx.cases(workspace)) if each.id == id]
            case "remove":
                await does.remove_case(app, workspace, args.id)
                cases = []
            case _:
                cases = await app.store.read(lambda tx: tx.cases(workspace))
    if args.json:
        print_json({"cases": [as_dict(each) for each in cases]})
    elif args.does == "remove":
        print("Removed.")
    else:
        show(*(_line(each) for each in cases), *_sum(cases))
    return 1 if args.does == "run" and any(not (each.result and each.result.passes) for each in cases) else 0


def _line(case: Case) -> str:
    mark = "–" if case.result is None else case.result.value
    broke = "  BROKE SINCE" if case.broke else ""
    return f"{mark:7} {case.id}  {case.question}  → {case.page or _NOTHING}{broke}"


def _sum(cases: list[Case]) -> list[str]:
    ran = [each for each in cases if each.result]
    if not ran:
        return [] if cases else ["No cases yet: save one in a conversation, or by `warmline cases add`."]
    passed = sum(each.result.passes for each in ran if each.result)
    return [f"{passed} of {len(ran)} pass, {sum(each.broke for each in ran)} broke since the run before."]


def as_dict(case: Case) -> dict[str, Any]:
    return {
        "id": case.id,
        "question": case.question,
        "page": case.page or None,
        "result": case.result,
        "passes": case.result.passes if case.result else None,
        "broke": case.broke,
        "ran_at": case.ran_at.isoformat() if case.ran_at else None,
        "conversation": case.conversation,
    }
