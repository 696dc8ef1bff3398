"""Shops, their settings and their connections: each sees its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from tests.fixtures.conversations import NOW
from tests.store.conftest import ACME, KEY, OTHER_SHOP, OpenStore, add_shop, store_at
from warmline.domain.handoff import SendTicket
from warmline.domain.ids import SiteKey, WorkspaceId
from warmline.domain.workspace import parse_workspace
from warmline.errors import Conflict, Invalid, NotFound, SettingsError
from warmline.store.base import Store, Transaction
from warmline.store.calendars import holidays_of
from warmline.store.vault import Vault, fresh_key
from warmline.store.workspaces import Integration

ZENDESK = Integration(
    name="zendesk",
    kind="helpdesk",
    settings={"subdomain": "acme"},
    references={"client_secret": {"env": "ACME"}},
    secrets={"client_secret": "s3cr3t"},
    paused_why=None,
    revision=1,
)


async def test_settings_come_back_as_they_were_and_each_change_raises_the_revision(store: Store) -> None:
    tables = {
        "workspace": {"name": "Acme", "site": "pk_acme", "timezone": "Europe/Warsaw", "greeting": {"pl": "Cześć!"}},
        "handoff": {"helpdesk": "zendesk"},
        "office_hours": {"mon-fri": ["09:00-17:00"], "holidays": "PL"},
    }
    saved = parse_workspace(tables, holidays_of, id=ACME)
    await store.write(lambda tx: tx.save_workspace(saved, NOW))
    loaded = await store.read(lambda tx: tx.workspace(ACME))
    assert loaded == replace(saved, revision=2, knowledge_revision=1)
    assert loaded.method == SendTicket("zendesk")
    assert loaded.hours.is_holiday(date(2026, 11, 11))
    await store.write(lambda tx: tx.raise_knowledge(ACME))
    await store.write(lambda tx: tx.raise_revision(ACME))
    again = await store.read(lambda tx: tx.workspace(ACME))
    assert (again.revision, again.knowledge_revision) == (3, 2)


async def test_a_shop_is_found_by_its_key_or_its_site(store: Store) -> None:
    assert (await store.read(lambda tx: tx.workspace_of_site(SiteKey("pk_other")))).id == OTHER_SHOP
    assert [shop.id for shop in await store.read(lambda tx: tx.workspaces())] == [ACME, OTHER_SHOP]
    for look in (
        lambda tx: tx.workspace(WorkspaceId("none")),
        lambda tx: tx.workspace_of_site(SiteKey("pk_none")),
    ):
        with pytest.raises(NotFound):
            await store.read(look)


async def test_a_site_belongs_to_one_shop(store: Store) -> None:
    tables = {"workspace": {"name": "Acme", "site": "pk_acme"}}
    with pytest.raises(Conflict) as caught:
        await store.write(lambda tx: tx.save_workspace(parse_workspace(tables, holidays_of, id=OTHER_SHOP), NOW))
    assert caught.value.code == "site_taken"


async def test_two_databases_with_the_same_names_and_revisions_are_not_mixed_up(
    open_store: OpenStore, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Parsed settings are kept in memory by key and revision; the text must decide."""
    first, second = await open_store(), store_at(tmp_path_factory.mktemp("second") / "warmline.db")
    await second.start()
    for store, name in ((first, "One"), (second, "Two")):
        tables = {"workspace": {"name": name, "site": "pk_acme"}}
        shop = parse_workspace(tables, holidays_of, id=ACME)
        await store.write(lambda tx, it=shop: tx.save_workspace(it, NOW))  # type: ignore[misc]
    names = [(await store.read(lambda tx: tx.workspace(ACME))).name for store in (first, second, first)]
    await second.close()
    assert names == ["One", "Two", "One"]


# Connections


async def test_a_connection_is_its_shops_alone_and_its_secrets_are_sealed(store: Store) -> None:
    await store.write(lambda tx: tx.save_integration(ACME, ZENDESK, NOW))
    assert await store.read(lambda tx: tx.integration(ACME, "zendesk")) == ZENDESK
    assert await store.read(lambda tx: tx.integrations(OTHER_SHOP)) == []
    assert await store.read(lambda tx: tx.integration(OTHER_SHOP, "zendesk")) is None
    assert ZENDESK.table == {"subdomain": "acme", "client_secret": "s3cr3t"}
    [row] = await store.read(lambda tx: tx.rows("SELECT public, secret FROM integration"))
    assert "s3cr3t" not in row["public"]
    assert b"s3cr3t" not in bytes(row["secret"])
    await store.write(lambda tx: tx.remove_integration(OTHER_SHOP, "zendesk"))
    assert len(await store.read(lambda tx: tx.integrations(ACME))) == 1
    await store.write(lambda tx: tx.remove_integration(ACME, "zendesk"))
    assert await store.read(lambda tx: tx.integrations(ACME)) == []


async def test_a_pause_ends_when_the_account_is_connected_anew_and_a_late_pause_is_ignored(store: Store) -> None:
    await store.write(lambda tx: tx.save_integration(ACME, ZENDESK, NOW))
    await store.write(lambda tx: tx.save_integration(OTHER_SHOP, ZENDESK, NOW))
    await store.write(lambda tx: tx.pause_integration(ACME, "zendesk", "401 " * 300, 1))

    def paused(tx: Transaction) -> list[str | None]:
        return [each.paused_why for shop in (ACME, OTHER_SHOP) for each in tx.integrations(shop)]

    assert await store.read(paused) == [("401 " * 300)[:500], None]
    await store.write(lambda tx: tx.save_integration(ACME, ZENDESK, NOW))
    assert await store.read(paused) == [None, None]
    await store.write(lambda tx: tx.pause_integration(ACME, "zendesk", "of the old credential", 1))
    assert await store.read(paused) == [None, None]
    await store.write(lambda tx: tx.pause_integration(ACME, "zendesk", "of the new one", 2))
    assert await store.read(paused) == ["of the new one", None]


async def test_identity_keys_are_sealed_and_can_be_taken_away(store: Store) -> None:
    await store.write(lambda tx: tx.set_identity_keys(ACME, {"secret": "s3cr3t"}))
    assert await store.read(lambda tx: tx.identity_keys(ACME)) == {"secret": "s3cr3t"}
    assert await store.read(lambda tx: tx.identity_keys(OTHER_SHOP)) == {}
    [row] = await store.read(lambda tx: tx.rows("SELECT * FROM workspace WHERE identity_keys IS NOT NULL"))
    assert b"s3cr3t" not in bytes(row["identity_keys"])
    await store.write(lambda tx: tx.set_identity_keys(ACME, None))
    assert await store.read(lambda tx: tx.identity_keys(ACME)) == {}
    assert (await store.read(lambda tx: tx.workspace(ACME))).revision == 3


async def test_with_another_key_the_credentials_cannot_be_read_and_the_message_says_the_way_out(store: Store) -> None:
    await store.write(lambda tx: tx.save_integration(ACME, ZENDESK, NOW))
    store.vault = Vault(fresh_key())
    with pytest.raises(SettingsError, match="old key"):
        await store.read(lambda tx: tx.integration(ACME, "zendesk"))
    store.vault = Vault(KEY)
    assert await store.read(lambda tx: tx.integration(ACME, "zendesk")) == ZENDESK


# Calendars


def test_a_country_or_region_that_we_know_has_its_holidays() -> None:
    assert holidays_of("PL")(date(2026, 11, 11))
    assert not holidays_of("PL")(date(2026, 11, 12))
    assert holidays_of("DE-BY")(date(2026, 1, 6))
    assert not holidays_of("DE-BE")(date(2026, 1, 6))


@pytest.mark.parametrize("country", ["XX", "", "PL-XX", "pl pl", "../PL"])
def test_an_unknown_country_is_refused(country: str) -> None:
    with pytest.raises(Invalid) as caught:
        holidays_of(country)
    assert caught.value.field == "office_hours.holidays"


async def test_a_shop_that_is_saved_without_a_change_is_a_new_revision(store: Store) -> None:
    for _ in range(2):
        await store.write(lambda tx: add_shop(tx, ACME))
    assert (await store.read(lambda tx: tx.workspace(ACME))).revision == 3
