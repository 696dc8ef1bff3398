"""`warmline dump`: what it prints makes the same workspace again."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cli.shop import ACME, GORGIAS, KLAVIYO, OWNER, TO_ZENDESK, WORKSPACE, ZENDESK, Shop
from tests.cli.test_apply import WHOLE
from warmline.actions.connect_integration import connection
from warmline.cli.dump import GROUPS
from warmline.cli.toml import to_toml
from warmline.store.base import Transaction

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    TEXTS | st.booleans() | st.integers(-(2**40), 2**40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
TABLES = st.dictionaries(TEXTS, VALUES, max_size=4)
NAMES = TEXTS.filter(lambda name: name not in GROUPS)


@given(
    st.dictionaries(NAMES, TABLES | st.lists(TABLES, min_size=1, max_size=3), max_size=4),
    st.dictionaries(TEXTS, TABLES, min_size=1, max_size=3),
)
def test_what_is_written_reads_the_same(document: dict[str, Any], connected: dict[str, Any]) -> None:
    document["helpdesks"] = connected
    assert tomllib.loads(to_toml(document, GROUPS)) == document


def everything(tx: Transaction) -> dict[str, Any]:
    return {
        "tables": tx.workspace(ACME).tables,
        "integrations": [(each.name, each.kind, each.table, each.references) for each in tx.integrations(ACME)],
        "identity": tx.identity_keys(ACME),
        "members": [(each.email, each.name, each.role) for each in tx.teammates(ACME)],
        "sources": [(each.kind, each.address) for each in tx.sources(ACME)],
    }


async def stored(shop: Shop) -> dict[str, Any]:
    async with shop.machine() as machine:
        return await machine.app.store.read(everything)


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param((WORKSPACE,), id="the least"),
        pytest.param((WHOLE, KLAVIYO, OWNER), id="every table"),
        pytest.param((WORKSPACE, TO_ZENDESK, ZENDESK, GORGIAS), id="two helpdesks"),
        pytest.param((WORKSPACE, "[office_hours]\n"), id="always closed"),
        pytest.param((WORKSPACE, '[office_hours]\n"sat,sun" = ["22:00-02:00"]\n'), id="a key in quotes"),
        pytest.param((WORKSPACE, '[[members]]\nemail="a@b.co"\nrole="owner"\nname="A \\"B\\" \\n C"\n'), id="escapes"),
    ],
)
async def test_applied_again_elsewhere_it_makes_the_same(shop: Shop, parts: tuple[str, ...]) -> None:
    await shop.applied(*parts)
    before, text = await stored(shop), (await shop.run("dump")).out
    shop.env["WARMLINE_DATA"] = str(shop.folder / "elsewhere")
    await shop.applied(text)
    assert await stored(shop) == before
    assert (await shop.run("dump", "--workspace", "acme")).out == text


async def test_knowledge_comes_back_with_its_base_url(shop: Shop) -> None:
    pages = shop.help_pages()
    await shop.applied(WORKSPACE, '[[knowledge]]\npath = "help"\nbase_url = "https://shop.example"\n')
    text = (await shop.run("dump")).out
    assert tomllib.loads(text)["knowledge"] == [{"path": str(pages), "base_url": "https://shop.example"}]
    assert (await shop.applied(text))["changes"] == []


async def test_no_secret_is_ever_printed(shop: Shop) -> None:
    await shop.applied(WHOLE, ZENDESK, KLAVIYO)
    async with shop.machine() as machine:
        typed = connection("helpdesk", "gorgias", {"account": "a", "email": "a@b.co"}, {}, {"api_key": "typed-secret"})
        await machine.app.store.write(lambda tx: tx.save_integration(ACME, typed, machine.app.clock()))
    for flags in ((), ("--json",)):
        said = await shop.run("dump", *flags)
        assert not [name for name in ("ZENDESK_SECRET", "IDENTITY_SECRET", "KLAVIYO_KEY") if shop.env[name] in said.out]
        assert "typed-secret" not in said.out
    assert "# ACME_HELPDESKS_GORGIAS_API_KEY must hold helpdesks.gorgias.api_key" in (await shop.run("dump")).out


async def test_the_workspace_must_be_clear(shop: Shop) -> None:
    assert "There is no workspace yet" in (await shop.run("dump")).err
    await shop.applied(WORKSPACE)
    await shop.applied('[workspace]\nname = "Other"\n')
    assert "Choose one with --workspace" in (await shop.run("dump")).err
    assert 'name = "Other"' in (await shop.run("dump", "--workspace", "other")).out
    assert "there is acme, other" in (await shop.run("dump", "--workspace", "third")).err
