"""The command line itself."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from importlib import import_module
from inspect import iscoroutinefunction
from pathlib import Path

import pytest

from tests.cli.shop import WORKSPACE, Shop
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


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", [["calibrate", "--json"], ["calibrate"], ["eval", "SET", "--score", "ROWS"]])
async def test_a_reader_who_has_gone_ends_a_command_quietly(
    shop: Shop, tmp_path: Path, command: list[str], unbuffered: str
) -> None:
    """As in `warmline calibrate --json | head -1`. Printed at once it fails there, buffered it fails at the end."""
    await shop.applied(WORKSPACE)
    (tmp_path / "questions.jsonl").write_text('{"id": "1", "text": "returns?"}')
    (tmp_path / "rows.jsonl").write_text('{"id": "1", "decision": "answer"}')
    places = {"SET": str(tmp_path), "ROWS": str(tmp_path / "rows.jsonl")}
    argv = [sys.executable, "-m", "warmline", *(places.get(word, word) for word in command)]
    reader, writer = os.pipe()
    os.close(reader)
    try:
        env = {**os.environ, **shop.env, "PYTHONUNBUFFERED": unbuffered}
        ran = await asyncio.to_thread(subprocess.run, argv, stdout=writer, stderr=subprocess.PIPE, text=True, env=env)
    finally:
        os.close(writer)
    assert (ran.returncode, ran.stderr) == (141, "")
