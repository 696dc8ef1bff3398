"""What the guides say is so: commands, variables, links, examples, limits, dependencies and paths are the code's."""

from __future__ import annotations

import argparse
import asyncio
import configparser
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from urllib.parse import unquote

import pytest

from warmline.cli.command import VERBS
from warmline.domain.ids import WorkspaceId
from warmline.domain.workspace import Limits, parse_workspace
from warmline.settings import described, read_settings
from warmline.store.base import Integration, Transaction
from warmline.store.calendars import holidays_of
from warmline.store.sqlite import SqliteStore
from warmline.store.vault import Vault, fresh_key

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
EXAMPLES = DOCS / "examples"
# The contract (docs/design) speaks of releases to come as well.
PAGES = [ROOT / "README.md", *(page for page in sorted(DOCS.rglob("*.md")) if page.parent.name != "design")]
GUIDES = [
    ROOT / "README.md",
    DOCS / "operator.md",
    DOCS / "merchant.md",
    DOCS / "decisions" / "0010-no-loopback-fetch.md",
]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
NO_SETTINGS = {
    "WARMLINE_LIVES": "how many random lives tests/domain/test_conversation_machine.py tries",
    "WARMLINE_CHROMIUM": "the browser that browser tests use",
}
"""Variables that may be named although no process of the product reads them, each with its reason."""
CODE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VERB = {verb.name: verb for verb in VERBS}


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", [*PAGES, *sorted(EXAMPLES.iterdir())], ids=name)
def test_a_command_that_is_named_exists(page: Path) -> None:
    text = page.read_text()
    code = "\n".join([*code_in(text), *re.findall(r"`([^`\n]+)`", text)]) if page.suffix == ".md" else text
    named = set(re.findall(r"(?:^|[\s/])warmline (?!warmline)([a-z]+)\b(?![:/])", code, re.MULTILINE))
    assert named - set(VERB) == set()


@pytest.mark.parametrize("page", GUIDES, ids=name)
def test_a_command_line_is_understood(page: Path) -> None:
    for words in command_lines(page.read_text()):
        parser = argparse.ArgumentParser(exit_on_error=False)
        import_module(f"warmline.cli.{VERB[words[0]].module}").arguments(parser)
        parser.parse_args(words[1:])


def test_the_guides_hold_command_lines() -> None:
    assert len([words for page in GUIDES for words in command_lines(page.read_text())]) > 12


@pytest.mark.parametrize("page", [*PAGES, *sorted(EXAMPLES.iterdir())], ids=name)
def test_a_variable_that_is_named_is_a_setting(page: Path) -> None:
    named = set(re.findall(r"WARMLINE_[A-Z][A-Z0-9_]*[A-Z0-9]", page.read_text()))
    plain = {each if each in described() else each.removesuffix("_FILE") for each in named}
    assert plain - set(described()) - set(NO_SETTINGS) == set()


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_link_leads_somewhere(page: Path) -> None:
    text = "".join(re.split(r"^```.*?^```$", page.read_text(), flags=re.MULTILINE | re.DOTALL))
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        address, _, anchor = target.partition("#")
        path = (page.parent / unquote(address)).resolve() if address else page
        assert path.exists(), target
        if anchor:
            assert anchor in anchors_of(path), target


@pytest.mark.parametrize("page", [DOCS / "architecture.md", *sorted((DOCS / "decisions").glob("*.md"))], ids=name)
def test_a_file_that_is_named_is_there(page: Path) -> None:
    for named in re.findall(r"`([\w/.-]+/[\w.-]*)`", page.read_text()):
        places = (ROOT, ROOT / "src" / "warmline", DOCS)
        assert any((place / each).exists() for place in places for each in (named, f"{named}.py")), named


def test_the_index_of_decisions_is_whole() -> None:
    index = (DOCS / "decisions" / "README.md").read_text()
    there = {path.name for path in (DOCS / "decisions").glob("0*.md")}
    assert set(re.findall(r"\]\((0\d{3}-[\w-]+\.md)\)", index)) == there


def test_no_page_names_a_place_of_whoever_wrote_it() -> None:
    for page in [*PAGES, *EXAMPLES.iterdir()]:
        assert re.findall(r"/work/|/home/\w|/root/|\.pyenv", page.read_text()) == [], page


# --- what is listed


def test_the_list_of_dependencies_is_that_of_pyproject() -> None:
    listed = re.findall(r"^- `([\w.-]+)`: \S.*; \S", (DOCS / "dependencies.md").read_text(), re.MULTILINE)
    extras = [each for group in PYPROJECT["project"]["optional-dependencies"].values() for each in group]
    wanted = [*PYPROJECT["project"]["dependencies"], *extras, *PYPROJECT["dependency-groups"]["dev"]]
    wanted += PYPROJECT["dependency-groups"]["model"]
    assert sorted(listed) == sorted(re.split(r"[^\w.-]", each)[0] for each in wanted)


def test_the_table_of_limits_is_that_of_the_code() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d+)", section(DOCS / "operator.md", "Limits"), re.MULTILINE)
    assert {key: int(value) for key, value in rows} == {key: getattr(Limits(), key) for key in Limits.__slots__}


def test_the_setup_file_of_the_first_start_is_understood() -> None:
    (text,) = code_in((DOCS / "operator.md").read_text(), "toml")
    tables = tomllib.loads(text)
    parse_workspace({key: tables[key] for key in ("workspace", "handoff")}, holidays_of)


# --- the examples


def test_the_unit_starts_what_is_there_and_is_hardened() -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # systemd minds capital letters
    unit.read(EXAMPLES / "warmline.service")
    service = unit["Service"]
    assert shlex.split(service["ExecStart"])[1] in VERB
    assert service["TimeoutStopSec"] == "35" and service["Restart"] == "on-failure"
    assert service["NoNewPrivileges"] == "yes" and service["ProtectSystem"] == "strict"
    assert service["StateDirectory"] == "warmline" and service["User"] == "warmline"


def test_the_settings_of_the_unit_are_understood() -> None:
    lines = (EXAMPLES / "warmline.env").read_text().splitlines()
    env = dict(line.removeprefix("# ").split("=", 1) for line in lines if re.match(r"(# )?WARMLINE_", line))
    settings = read_settings(env)
    assert settings.data == Path("/var/lib/warmline") and len(settings.trusted_proxies) == 2


def test_the_containerfile_holds_instructions_only_and_a_health_check_that_compiles() -> None:
    text = (EXAMPLES / "Containerfile").read_text()
    lines = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE)).splitlines()
    known = "FROM RUN WORKDIR COPY ENV USER VOLUME EXPOSE STOPSIGNAL HEALTHCHECK CMD".split()
    assert [line for line in lines if line and line.split()[0] not in known] == []
    (check,) = [line for line in lines if line.startswith("HEALTHCHECK")]
    (code,) = re.findall(r'"-c", "([^"]+)"', check)
    compile(code, "HEALTHCHECK", "exec")
    assert lines[-1] == 'CMD ["warmline", "serve"]' and "USER warmline" in lines
    copied = [word for line in lines if line.startswith("COPY") for word in line.split()[1:-1]]
    assert copied == ["dist/requirements.txt", "dist/warmline-*.whl"]


def test_the_proxies_pass_streams_on_at_once_and_keep_the_figures_inside() -> None:
    nginx, caddy = ((EXAMPLES / each).read_text() for each in ("nginx.conf", "Caddyfile"))
    assert nginx.count("{") == nginx.count("}") and caddy.count("{") == caddy.count("}")
    assert "proxy_buffering off;" in nginx and "flush_interval -1" in caddy
    assert "location = /metrics" in nginx and "path /metrics" in caddy
    assert "X-Forwarded-For $proxy_add_x_forwarded_for;" in nginx
    directives = [line.strip() for line in nginx.splitlines() if line.strip() and not line.strip().startswith("#")]
    assert [line for line in directives if line[-1] not in ";{}"] == []


# --- the repairs by hand


def run_python(code: str) -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


async def test_the_repairs_by_hand_do_what_the_guide_says(tmp_path: Path) -> None:
    file, now, id = tmp_path / "warmline.sqlite3", datetime.now(UTC), WorkspaceId("acme")

    def furnish(tx: Transaction) -> None:
        tx.save_workspace(parse_workspace({"workspace": {"name": "Acme"}}, holidays_of), now)
        tx.save_integration(id, Integration("zendesk", "helpdesk", {}, {}, {"client_secret": "s"}, None, 1), now)
        tx.set_identity_keys(id, {"secret": "s" * 32})
        tx.check_key()

    before = SqliteStore(file, Vault(fresh_key()))
    await before.start()
    await before.write(furnish)
    await before.close()
    repairs = list(code_in((DOCS / "operator.md").read_text(), "python"))
    assert len(repairs) == 1
    for code in repairs:
        here = code.replace("/var/lib/warmline/warmline.sqlite3", str(file))
        assert here != code
        await asyncio.to_thread(run_python, here)
    after = SqliteStore(file, Vault(fresh_key()))
    await after.start()
    await after.write(lambda tx: tx.check_key())
    assert await after.read(lambda tx: (tx.integrations(id), tx.identity_keys(id))) == ([], {})
    await after.close()


# --- reading pages


def code_in(text: str, language: str | None = None) -> Iterator[str]:
    """Fenced code, moved to the left where a list indents it; without a language also what is indented by four."""
    text = re.sub(r"^   (?=\S|   )", "", text, flags=re.MULTILINE) if language else text
    for kind, code in CODE.findall(re.sub(r"^ {1,3}(```)", r"\1", text, flags=re.MULTILINE)):
        if language in (None, kind):
            yield code
    if language is None:
        yield "\n".join(re.findall(r"^    (.*)$", text, re.MULTILINE))


def command_lines(text: str) -> Iterator[list[str]]:
    """The arguments of each whole command line of ours: in shell code, and in text where it has arguments."""
    for line in [line for code in code_in(text, "sh") for line in code.splitlines()]:
        words = shlex.split(line, comments=True)
        called = [n for n, word in enumerate(words[:-1]) if word.rpartition("/")[2] == "warmline"]
        if called and words[called[-1] + 1].isalpha():
            yield words[called[-1] + 1 :]
    for span in re.findall(r"`warmline ([^`\n]+)`", text):
        words = shlex.split(span)
        if not words[0].startswith("-") and not all(word.isalpha() and word.islower() for word in words):
            yield words


def anchors_of(path: Path) -> set[str]:
    """As GitHub makes them: lower case, without punctuation, spaces as dashes."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


def section(path: Path, title: str) -> str:
    return path.read_text().partition(f"\n## {title}\n")[2].partition("\n## ")[0]
