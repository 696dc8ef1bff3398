"""docs/cli.md names every command and every option, and no command that there is not."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from warmline.cli.command import VERBS, Verb

TEXT = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
HEAD, *SECTIONS = re.split(r"^## ", TEXT, flags=re.MULTILINE)
BY_NAME = {section.partition("\n")[0]: section for section in SECTIONS}


def options(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Long options of a command and of what it splits into."""
    for action in parser._actions:
        yield from (name for name in action.option_strings if name.startswith("--"))
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from options(inner)


def test_it_names_the_commands_that_there_are() -> None:
    assert list(BY_NAME) == [verb.name for verb in VERBS]


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_it_explains_every_option(verb: Verb) -> None:
    parser = argparse.ArgumentParser()
    import_module(f"warmline.cli.{verb.module}").arguments(parser)
    explained = BY_NAME[verb.name] + HEAD
    assert [name for name in options(parser) if name != "--help" and name not in explained] == []
