"""What commands share: the machine without a worker, the workspace that is meant, and ways to print.

Whatever takes long to import is imported where it is used: `warmline COMMAND --help` must not wait for it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

from warmline.errors import Invalid, NotFound
from warmline.settings import read_settings

if TYPE_CHECKING:
    from warmline.actions.app import App
    from warmline.bootstrap import Machine
    from warmline.domain.workspace import Workspace


def workspace_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workspace", metavar="KEY", help="which workspace; may be left out when there is one")


def json_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print JSON for programs")


def patience_argument(parser: argparse.ArgumentParser, default: float, help: str) -> None:
    parser.add_argument("--patience", type=_seconds, default=default, metavar="SECONDS", help=f"{help} ({default:g})")


def _seconds(text: str) -> float:
    """Raises ValueError, which argparse tells with the option's name."""
    seconds = float(text)
    if not 0 < seconds <= 3600:
        raise ValueError(text)
    return seconds


@asynccontextmanager
async def opened(env: Mapping[str, str]) -> AsyncIterator[Machine]:
    """The wired machine of this environment; it runs no effects, so it is safe beside a server."""
    from warmline.bootstrap import Machine

    async with Machine(read_settings(env)) as machine:
        yield machine


async def chosen(app: App, key: str | None) -> Workspace:
    """The workspace with this key, or the only one. Raises NotFound or Invalid, naming those that there are."""
    workspaces = await app.store.read(lambda tx: tx.workspaces())
    if not workspaces:
        raise NotFound("There is no workspace yet. Make one with: warmline apply FILE.toml")
    known = ", ".join(each.id for each in workspaces)
    if key is None and len(workspaces) > 1:
        raise Invalid(f"There are several workspaces ({known}). Choose one with --workspace KEY.", "--workspace")
    found = [each for each in workspaces if key in (None, each.id)]
    if not found:
        raise NotFound(f"There is no workspace {key}; there is {known}.")
    return found[0]


def print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, indent=2, default=_as_text))


def _as_text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def show(*lines: str) -> None:
    """Print for people. What shoppers and sites wrote may hold control characters that would command the terminal."""
    for line in lines:
        print("\n".join("".join(one if one.isprintable() else " " for one in part) for part in line.split("\n")))


@contextmanager
def progress_bar(title: str, unit: str = " pages") -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr when that is a terminal; call it with what is done and what is known to be there."""
    from tqdm import tqdm

    with tqdm(desc=title, unit=unit, disable=None, leave=False, file=sys.stderr) as bar:

        def show(done: int, known: int) -> None:
            bar.total = known
            bar.update(done - bar.n)

        yield show
