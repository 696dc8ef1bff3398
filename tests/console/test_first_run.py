"""A fresh server prints the way in, once, and nowhere else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from selectolax.lexbor import LexborHTMLParser


@contextmanager
def serving(folder: Path, lines: int) -> Iterator[list[str]]:
    """The first lines that `warmline serve` prints on this data folder."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("WARMLINE_")}
    command = [sys.executable, "-m", "warmline", "serve", "--port", "0"]
    with folder.with_suffix(".log").open("wb") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=env | {"WARMLINE_DATA": str(folder)}
        )
    assert process.stdout is not None
    try:
        said = [process.stdout.readline() for _ in range(lines)]
        assert all(said), f"it ended ({process.poll()}):\n{folder.with_suffix('.log').read_text()[-3000:]}"
        yield said
    finally:
        process.terminate()
        process.wait(40)
        process.stdout.close()


def test_the_first_owner_comes_in_by_the_printed_link(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with serving(folder, 2) as lines:
        found = re.search(r"(http://\S+)/setup#(\S+)", lines[1])
        assert found, lines
        url, secret = found[1].replace("localhost", "127.0.0.1"), found[2]
        with httpx.Client(base_url=url, headers={"Accept": "text/html"}, timeout=30) as http:
            token = LexborHTMLParser(http.get("/setup").text).css_first("input[name=csrf]")
            assert token is not None
            typed = {"link": secret, "shop": "Acme", "email": "ola@acme.example", "password": "a password of words"}
            answer = http.post("/setup", data=typed | {"csrf": token.attributes["value"] or ""})
            assert answer.headers.get("location") == "/settings/handoff", answer.text
            assert "Acme" in http.get("/settings/handoff").text
    with serving(folder, 1) as lines:
        assert "ready at" in lines[0] and "#" not in lines[0]
    log = folder.with_suffix(".log").read_text()
    assert secret not in log and "a password of words" not in log
