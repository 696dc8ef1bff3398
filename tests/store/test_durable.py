"""What is promised of stored things: on disk (G1), readable by the next release (G12), the same text everywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import apsw
import psycopg
import pytest
from psycopg.rows import dict_row

from tests.store.conftest import ACME, KEY, store_at
from warmline.store.backup import revived
from warmline.store.base import Store, Transaction
from warmline.store.migrate import migrate, migrations
from warmline.store.postgres import DIALECT as POSTGRES
from warmline.store.postgres import PostgresStore, PostgresTransaction
from warmline.store.sqlite import DIALECT as SQLITE
from warmline.store.sqlite import SqliteTransaction
from warmline.store.statements import cleaned
from warmline.store.vault import Vault

NUMBERS = list(migrations())
POSTGRES_GROUP = pytest.mark.xdist_group("postgres")


def furnish(tx: Transaction) -> None:
    """Rows as the first release wrote them; statements name their columns, so they fit every later one."""
    tx.put("workspace", id=ACME, site="pk_acme", settings="{}", revision=1, knowledge_revision=1, created_at=1)
    tx.put("visitor", id="vis_1", workspace=ACME, network="net", created_at=1)
    tx.put(
        "conversation", id="cnv_1", workspace=ACME, visitor="vis_1", locale="en", network="net", started_at=1,
        last_at=1, seq=1, owner="agent", epoch=0, episode=1, is_open=1, accepted=1, last_visitor_seq=1,
        last_question_seq=1, answered_upto=0, restarts=0, mailed_upto=0,
    )  # fmt: skip
    tx.put(
        "effect", id="eff_1", workspace=ACME, conversation="cnv_1", kind="ticket", key="ticket:cnv_1-1", data='{"n":1}',
        state="pending", created_at=1, due=1, fence=1, tries=0, attempt="none",
    )  # fmt: skip


def old_sqlite(path: Path, level: int) -> None:
    connection = apsw.Connection(str(path))
    tx = SqliteTransaction(connection, Vault(KEY), None)
    connection.execute("BEGIN IMMEDIATE")
    migrate(tx, SQLITE, upto=level)
    furnish(tx)
    connection.execute("COMMIT")
    connection.close()


async def opens(store: Store) -> None:
    await store.start()
    assert await store.read(lambda tx: tx.migrated_to()) == NUMBERS[-1]
    effect = await store.read(lambda tx: tx.effect_by_key(ACME, "ticket:cnv_1-1"))
    assert effect is not None and effect.data == {"n": 1}
    assert await store.read(lambda tx: tx.restored(effect.conversation or "")) is None  # type: ignore[arg-type]
    await store.close()


@pytest.mark.parametrize("level", NUMBERS)
async def test_g12_a_database_and_a_backup_of_every_level_open_in_this_release(tmp_path: Path, level: int) -> None:
    old_sqlite(tmp_path / "old.db", level)
    raised = revived(tmp_path / "old.db", tmp_path / "revived.db", Vault(KEY), datetime.now(UTC))
    assert raised.doubtful == 1
    await opens(store_at(tmp_path / "old.db"))


@POSTGRES_GROUP
@pytest.mark.parametrize("level", [NUMBERS[0], NUMBERS[-2]])
async def test_g12_the_same_on_postgresql(fresh_postgres_url: str, level: int) -> None:
    with psycopg.connect(fresh_postgres_url, row_factory=dict_row) as connection:
        tx = PostgresTransaction(connection, Vault(KEY), None)
        migrate(tx, POSTGRES, upto=level)
        furnish(tx)
    await opens(store_at(fresh_postgres_url))


@POSTGRES_GROUP
async def test_g1_postgresql_commits_to_disk_whatever_the_server_says(our_postgres_url: str) -> None:
    with psycopg.connect(our_postgres_url) as plain:
        server = plain.execute("SHOW synchronous_commit").fetchone()
    assert server == ("off",), "the tests' server is told to be quick"
    store = PostgresStore(our_postgres_url, Vault(KEY))
    await store.start()
    for ask in (store.read, store.write):
        rows = await ask(lambda tx: tx.rows("SHOW synchronous_commit"))
        assert rows[0]["synchronous_commit"] == "on"
    await store.close()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("plain", "plain"),
        ("zażółć 🙂", "zażółć 🙂"),
        ("a\x00b", "a\ufffdb"),
        ("ż\x00", "ż\ufffd"),
        ("half \ud83d of one", "half \ufffd of one"),
        ("a pair \ud83d\ude42", "a pair 🙂"),
        (b"\x00", b"\x00"),
        (7, 7),
        (None, None),
    ],
)
def test_text_is_what_every_database_can_keep(given: object, kept: object) -> None:
    assert cleaned(given) == kept


async def test_a_nul_in_a_plain_column_is_stored_alike_everywhere(store: Store) -> None:
    await store.write(lambda tx: tx.run("UPDATE workspace SET site = :site WHERE id = :id", site="a\x00b", id=ACME))
    rows = await store.read(lambda tx: tx.rows("SELECT site FROM workspace WHERE site = :site", site="a\x00b"))
    assert [row["site"] for row in rows] == ["a\ufffdb"]
