"""`warmline key rotate`: every sealed value in one commit, whenever the power goes (THREATS T27)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shop import ACME, KLAVIYO, TO_ZENDESK, WORKSPACE, ZENDESK, Shop
from warmline.errors import SettingsError
from warmline.store import keyring
from warmline.store.migrate import migrations

PLAIN = {("effect", "rendered"), ("vector", "data")}
"""Bytes that are no secret of ours: a request to a helpdesk without its credentials, and numbers."""


async def secrets_of(shop: Shop) -> dict[str, Any]:
    async with shop.machine() as machine:
        found = await machine.app.store.read(lambda tx: tx.integrations(ACME))
    return {each.name: each.secrets for each in found}


def data(shop: Shop) -> Path:
    return Path(shop.env["WARMLINE_DATA"])


async def test_every_credential_is_sealed_with_another_key_and_the_old_one_is_kept(shop: Shop) -> None:
    await shop.applied(WORKSPACE, TO_ZENDESK, ZENDESK, KLAVIYO)
    before, old = await secrets_of(shop), (data(shop) / "secret.key").read_text()
    said = (await shop.run("key", "rotate", "--json")).json
    assert said["sealed"] == 3, "two connections and the canary"
    new = (data(shop) / "secret.key").read_text()
    assert new != old
    assert (data(shop) / Path(said["old"]).name).read_text() == old
    assert not (data(shop) / "secret.key.new").exists()
    assert await secrets_of(shop) == before
    (data(shop) / "secret.key").write_text(old)
    with pytest.raises(SettingsError, match="cannot be read with this"):
        await secrets_of(shop)


async def test_a_key_from_the_environment_is_changed_by_hand(shop: Shop) -> None:
    shop.env["WARMLINE_SECRET_KEY"] = "another-key-Zk3v8z-Xw1Lr5TnB9cJm2HsYd7FgPa4E"
    await shop.applied(WORKSPACE, ZENDESK)
    before = await secrets_of(shop)
    said = await shop.run("key", "rotate")
    assert f"what stands in {data(shop) / 'secret.key.new'}" in said.out
    shop.env["WARMLINE_SECRET_KEY"] = (data(shop) / "secret.key.new").read_text().strip()
    (data(shop) / "secret.key.new").unlink()
    assert await secrets_of(shop) == before


@pytest.mark.parametrize("step", ["reseal", "take_over"])
async def test_a_change_that_is_cut_off_is_finished_by_the_next_run(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    await shop.applied(WORKSPACE, ZENDESK)
    before = await secrets_of(shop)

    def cut(*_: object) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(keyring, step, cut)
        with pytest.raises(KeyboardInterrupt):
            await shop.run("key", "rotate")
    if step == "take_over":
        with pytest.raises(SettingsError, match=r"cut off\. Finish it with: warmline key rotate"):
            await secrets_of(shop)
    else:
        assert await secrets_of(shop) == before
    assert (await shop.run("key", "rotate")).code == 0
    assert await secrets_of(shop) == before


async def test_it_is_refused_while_a_server_runs(shop: Shop) -> None:
    await shop.applied(WORKSPACE, ZENDESK)
    async with shop.machine(works=True):
        said = await shop.run("key", "rotate")
    assert (said.code, "Another Warmline serves" in said.err) == (1, True)


def test_every_column_of_bytes_is_known_to_be_sealed_or_plain() -> None:
    found: set[tuple[str, str]] = set()
    for sql in migrations().values():
        for table, body in re.findall(r"CREATE TABLE (\w+) \((.*?)\n\);", sql, re.DOTALL):
            found |= {(table, column) for column in re.findall(r"^\s+(\w+) \{blob\}", body, re.MULTILINE)}
        found |= set(re.findall(r"ALTER TABLE (\w+) ADD COLUMN (\w+) \{blob\}", sql))
    assert found == set(keyring.SEALED) | PLAIN
