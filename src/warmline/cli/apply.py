"""`warmline apply FILE.toml`: set up a workspace as the file says, safely beside a running server."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warmline.cli.session import json_argument, opened, patience_argument, print_json, progress_bar, show
from warmline.cli.toml import inline

if TYPE_CHECKING:
    from warmline.actions.learn_source import Learned
    from warmline.actions.save_workspace import Change, Saved
    from warmline.bootstrap import Machine
    from warmline.cli.setup_file import KnowledgeSource, Setup
    from warmline.domain.connection import Checked


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE.toml", help="the workspace as text (docs/setup-as-code.md)")
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    parser.add_argument("--prune", action="store_true", help="remove members and sources that the file does not name")
    patience_argument(parser, 60, "how long to try again when the chosen helpdesk gives no clear answer")
    json_argument(parser)


async def run(args: argparse.Namespace, env: Mapping[str, str]) -> int:
    from warmline.actions.save_workspace import save_workspace
    from warmline.cli.setup_file import read_setup
    from warmline.store.calendars import holidays_of

    setup = read_setup(args.file, env, holidays_of, args.prune)
    async with opened(env) as machine:
        patience = timedelta(seconds=args.patience)
        _say_that_it_asks(setup)
        saved = await save_workspace(machine.app, setup.wanted, dry_run=args.dry_run, patience=patience)
        learned = {} if args.dry_run else await _learn_all(machine, setup)
    if args.json:
        print_json(_as_dict(args, setup, saved, learned))
    else:
        _print(args, setup, saved, learned)
    return 1 if saved.refusal or any(nothing_read(each) for each in learned.values()) else 0


def _say_that_it_asks(setup: Setup) -> None:
    names = ", ".join(each.name for each in setup.wanted.integrations)
    if names and sys.stderr.isatty():
        print(f"Asking {names} …", file=sys.stderr)


async def _learn_all(machine: Machine, setup: Setup) -> dict[str, Learned]:
    from warmline.actions.learn_source import learn_source

    machine.base_urls.update(setup.wanted.sources)
    learned: dict[str, Learned] = {}
    for source in setup.sources:
        with progress_bar(source.address) as progress:
            learned[source.address] = await learn_source(
                machine.app, setup.wanted.id, source.address, source.kind, progress
            )
    return learned


def nothing_read(learned: Learned) -> bool:
    """Was there nothing but trouble?"""
    return bool(learned.problems) and not (learned.new or learned.changed or learned.unchanged)


# What is printed


def _print(args: argparse.Namespace, setup: Setup, saved: Saved, learned: Mapping[str, Learned]) -> None:
    workspace = setup.wanted.workspace
    print(f"{_headline(args.dry_run, saved)}: {workspace.name} (workspace {workspace.id}, site {workspace.site})")
    for change in saved.changes:
        print(f"  {_line(change)}")
    for name, checked in saved.checks.items():
        print(f"  {_check_line(name, checked)}")
    if args.dry_run:
        for source in setup.sources:
            print(f"  would learn {source.address}")
    for address, what in learned.items():
        print(f"  {learned_line(address, what)}")
        print_problems(what)
    for invited in saved.invited:
        print(
            f"\n{invited.teammate.email} ({invited.teammate.role.value}) comes in with this link; it works once, until"
        )
        print(f"{invited.until:%Y-%m-%d %H:%M} UTC, and is not shown again:\n{invited.url}")
    if saved.refusal:
        print(f"warmline apply: it would stop here: {saved.refusal}", file=sys.stderr)


def _headline(dry_run: bool, saved: Saved) -> str:
    if not saved.changes and not saved.created:
        return "Nothing changes" if dry_run else "Nothing changed"
    done = "made" if saved.created else "changed"
    return f"Would be {done}" if dry_run else done.capitalize()


def _line(change: Change) -> str:
    if change.did in ("added", "changed", "removed") and (change.before, change.after) != (None, None):
        return f"{change.field}: {_shown(change.before)} → {_shown(change.after)}"
    return f"{change.field}: {change.did}"


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    text = inline(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _check_line(name: str, checked: Checked) -> str:
    if checked.ok:
        return f"{name}: connection checked"
    if checked.unclear:
        return f"{name}: gave no clear answer; check it again with: warmline doctor"
    return f"{name}: did not pass its check. {checked.complaint}"


def learned_line(address: str, learned: Learned) -> str:
    return (
        f"{address}: {learned.new} new, {learned.changed} changed, {learned.unchanged} unchanged,"
        f" {learned.retired} retired"
    )


def print_problems(learned: Learned) -> None:
    for problem in learned.problems:
        show(f"    {problem}")


def _as_dict(args: argparse.Namespace, setup: Setup, saved: Saved, learned: Mapping[str, Learned]) -> dict[str, Any]:
    workspace = setup.wanted.workspace
    return {
        "workspace": workspace.id,
        "site": workspace.site,
        "dry_run": args.dry_run,
        "created": saved.created,
        "changes": [
            {"field": each.field, "did": each.did, "before": each.before, "after": each.after} for each in saved.changes
        ],
        "checks": {name: check_as_dict(checked) for name, checked in saved.checks.items()},
        "refused": {"field": saved.refusal.field, "error": str(saved.refusal)} if saved.refusal else None,
        "invited": [
            {"email": each.teammate.email, "role": each.teammate.role.value, "url": each.url, "until": each.until}
            for each in saved.invited
        ],
        "knowledge": [_source_as_dict(source, learned.get(source.address)) for source in setup.sources],
    }


def check_as_dict(checked: Checked) -> dict[str, Any]:
    steps = [{"name": step.name, "ok": step.ok, "detail": step.detail, "remedy": step.remedy} for step in checked.steps]
    return {"ok": checked.ok, "unclear": checked.unclear, "steps": steps}


def _source_as_dict(source: KnowledgeSource, learned: Learned | None) -> dict[str, Any]:
    return {"address": source.address, **({} if learned is None else learned_as_dict(learned))}


def learned_as_dict(learned: Learned) -> dict[str, Any]:
    problems = [{"where": each.where, "reason": each.reason, "line": each.line} for each in learned.problems]
    return {
        "new": learned.new,
        "changed": learned.changed,
        "unchanged": learned.unchanged,
        "retired": learned.retired,
        "problems": problems,
    }
