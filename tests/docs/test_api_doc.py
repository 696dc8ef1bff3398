"""docs/api.md tells the truth: its conversation runs against a real server, its tables name every call."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import reduce
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.web.house import a_house
from tests.web.served import served
from warmline.domain.workspace import Role
from warmline.web.app import make_app
from warmline.web.door import Door

DOC = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```(sh|json (\d+))\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TAKEN = re.compile(r"^(\w+)=\S+\s+# ([\w.]+)$")


@pytest.mark.xdist_group("encoders")
def test_the_conversation_runs_as_it_stands(tmp_path: Path) -> None:
    key = asyncio.run(_furnish(tmp_path / "data"))
    with served(tmp_path / "data") as url, httpx.Client(timeout=40) as client:
        names = {"URL": url, "KEY": key}
        answer: httpx.Response | None = None
        ran = 0
        for kind, status, text in BLOCK.findall(DOC):
            if kind == "sh" and text.startswith("curl "):
                answer = _curl(client, text, names)
                ran += 1
            elif kind == "sh":
                names |= _taken(text, answer)
            else:
                assert answer is not None
                assert answer.status_code == int(status), answer.text
                assert fits(answer.json(), json.loads(text)), f"{json.dumps(answer.json(), indent=1)}\n{text}"
        assert ran > 15


async def _furnish(folder: Path) -> str:
    async with a_house(folder) as house:
        house.clock.now = datetime.now(UTC)
        return await house.key("acme", Role.OWNER, name="Marta")


def _curl(client: httpx.Client, command: str, names: dict[str, str]) -> httpx.Response:
    """Run one curl command line: -s, -X, -H, -d and an address. A fresh machine has no curl."""
    for name, value in names.items():
        command = command.replace(f"${name}", value)
    words = shlex.split(command.replace("\\\n", " "))[1:]
    method, headers, body, address = None, {}, None, ""
    while words:
        match words.pop(0):
            case "-s":
                pass
            case "-X":
                method = words.pop(0)
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            case "-d":
                body = words.pop(0)
            case word:
                assert word.startswith(names["URL"]), f"this test does not know {word}"
                address = word
    return client.request(method or ("POST" if body else "GET"), address, headers=headers, content=body)


def _taken(text: str, answer: httpx.Response | None) -> dict[str, str]:
    """`ID=cnv_…  # conversation.id`: a name for a part of the last answer."""
    lines = [TAKEN.match(line) for line in text.splitlines()]
    if answer is None:
        return {}
    found = answer.json()
    return {line[1]: str(reduce(lambda node, step: node[step], line[2].split("."), found)) for line in lines if line}


def fits(got: Any, shown: Any) -> bool:
    """Is this the documented answer? Documents leave out keys, never entries of a list; … stands for anything."""
    if isinstance(shown, dict):
        return isinstance(got, dict) and all(name in got and fits(got[name], each) for name, each in shown.items())
    if isinstance(shown, list):
        return len(got) == len(shown) and all(fits(one, other) for one, other in zip(got, shown, strict=True))
    if isinstance(shown, str) and "…" in shown and isinstance(got, str):
        return fnmatchcase(got, shown.replace("…", "*").replace("?", "[?]"))
    return bool(got == shown)


def test_the_tables_name_every_call_and_no_other(tmp_path: Path) -> None:
    tables, _, team = DOC.partition("\n## Widget API\n")[2].partition("\n## Team API\n")
    beside = set(re.findall(r"`(GET /[a-z/]+)`", DOC.partition("\nBeside them ")[2].partition("\n")[0]))
    named = _calls(tables, "/api/widget") | _calls(team, "/api/v1") | beside
    assert named == asyncio.run(_described(tmp_path))


def _calls(table: str, base: str) -> set[str]:
    rows = re.findall(r"^\| `(GET|POST|PUT|DELETE) ([^`?]+)", table, re.MULTILINE)
    return {f"{method} {path.replace('…', base)}" for method, path in rows}


async def _described(folder: Path) -> set[str]:
    async with a_house(folder) as house:
        paths = make_app(Door(house.machine.app)).openapi()["paths"]
    return {f"{method.upper()} {path}" for path, operations in paths.items() for method in operations}
