"""The command line itself."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from inspect import iscoroutinefunction

import pytest

from tests.cli.shop import Shop
from warmline.cli.command import VERBS

HEAVY = (
    "httpx",
    "numpy",
    "apsw",
    "fastapi",
    "starlette",
    "cryptography",
    "holidays",
    "psycopg",
    "pydantic",
    "structlog",
    "uvicorn",
)


@pytest.mark.parametrize("verb", [verb.name for verb in VERBS])
def test_help_imports_nothing_heavy(verb: str) -> None:
    code = (
        "import sys; from warmline.cli.command import parse\n"
        f"try: parse([{verb!r}, '--help'])\n"
        "except SystemExit: pass\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stderr.strip() == "[]"
    assert f"warmline {verb}" in ran.stdout


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_each_command_has_arguments_and_a_run(verb: object) -> None:
    module = import_module(f"warmline.cli.{getattr(verb, 'module')}")  # noqa: B009 it is a Verb
    assert callable(module.arguments)
    assert iscoroutinefunction(module.run)


async def test_an_error_is_one_line_that_names_the_field(shop: Shop) -> None:
    said = await shop.run("apply", str(shop.write('[workspace]\nname = "A"\nlocale = "English"')))
    assert (said.code, said.out) == (1, "")
    assert said.err == 'warmline apply: workspace.locale: "English" is no language. Use a tag such as en or pl.\n'
