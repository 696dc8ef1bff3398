"""docs/setup-as-code.md: its example can be applied, and it explains every key that the example or the code has."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shop import Shop
from warmline.cli.setup_file import TABLES
from warmline.domain.workspace import Limits
from warmline.sandbox import Sandbox, credentials

TEXT = (Path(__file__).parents[2] / "docs" / "setup-as-code.md").read_text(encoding="utf-8")
EXAMPLE = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)[0]
EXPLAINED = {
    title: set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    for title, section in re.findall(r"^### (\S+)\n(.*?)(?=^### |\Z)", TEXT, re.DOTALL | re.MULTILINE)
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def shop(tmp_path: Path, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> Shop:
    return Shop(tmp_path, sandbox, capsys)


async def test_the_example_can_be_applied(shop: Shop, sandbox: Sandbox) -> None:
    shop.help_pages()
    shop.env |= {
        "ACME_ZENDESK_SECRET": credentials.ZENDESK_CLIENT_SECRET,
        "ACME_GORGIAS_KEY": credentials.GORGIAS_API_KEY,
        "ACME_KLAVIYO_KEY": credentials.KLAVIYO_API_KEY,
        "ACME_WEBHOOK_SECRET": credentials.WEBHOOK_SECRET,
        "ACME_IDENTITY_SECRET": shop.env["IDENTITY_SECRET"],
    }
    shop.env["WARMLINE_SMTP_URL"] = f"{sandbox.smtp_url}?from=hello@shop.example"
    example = EXAMPLE.replace('"warmline"', f'"{credentials.ZENDESK_CLIENT_ID}"')
    example = example.replace("bot@shop.example", credentials.GORGIAS_EMAIL)
    example = example.replace("support@shop.example", credentials.GORGIAS_MAILBOX)
    said = await shop.applied(example)
    assert {name: checked["ok"] for name, checked in said["checks"].items()} == {
        "zendesk": True, "gorgias": True, "email": True, "webhook": True, "klaviyo": True,
    }  # fmt: skip
    assert said["knowledge"][0]["new"] == 2


def keys(tables: Mapping[str, Any], name: str = "") -> Iterator[tuple[str, str]]:
    """(table, key) for everything in a document."""
    for title, value in tables.items():
        for table in value if isinstance(value, list) else [value]:
            if title in ("helpdesks", "profiles"):
                yield from keys(table, f"{title}.")
            elif title == "rules":
                yield from (("rules", key) for rule in table.values() for key in rule)
            else:
                yield from ((name + title, key) for key in table)


def test_every_key_of_the_example_is_explained() -> None:
    used = set(keys(tomllib.loads(EXAMPLE))) - {("office_hours", "mon-fri"), ("office_hours", "sat,sun")}
    assert used - {(table, key) for table, names in EXPLAINED.items() for key in names} == set()


def test_every_table_and_every_limit_is_explained() -> None:
    assert {title.partition(".")[0] for title in EXPLAINED} == set(TABLES)
    assert EXPLAINED["limits"] == set(Limits.__dataclass_fields__)


@pytest.mark.parametrize(
    ("title", "key"), [(title, key) for title, names in sorted(EXPLAINED.items()) for key in sorted(names)]
)
async def test_an_explained_key_is_known(shop: Shop, title: str, key: str) -> None:
    """A key that nobody reads is refused as not known; one that is read refuses this value."""
    head = f"[[{title}]]" if title in ("knowledge", "members") else f"[{title}]"
    name = "" if (title, key) == ("workspace", "name") else 'name = "Acme"\n'
    before = f"[workspace]\n{name}" if title == "workspace" else f"[workspace]\n{name}{head}\n"
    said = await shop.apply(f"{before}{key} = [[]]\n")
    assert said.code == 1
    assert "not known" not in said.err
