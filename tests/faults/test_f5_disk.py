"""F5, G1, G10: whatever the disk does, what was acknowledged is there, and the server goes on when it can again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
import httpx
import pytest

from tests.console.browser import a_desk
from tests.faults.disk import Disk, fill, misbehaving, small_disk
from tests.web.house import Chat, House, a_house, bearer
from warmline.errors import SettingsError, Unavailable
from warmline.store.folder import DATABASE
from warmline.store.trouble import Cause

ACKNOWLEDGED = 20


def _full(disk: Disk) -> None:
    disk.writing = apsw.FullError("no room")


def _read_only(disk: Disk) -> None:
    disk.writing = apsw.ReadOnlyError("mounted to be read")


def _write_error(disk: Disk) -> None:
    disk.writing = apsw.IOError("a cable")


def _sync_error(disk: Disk) -> None:
    disk.syncing = apsw.IOError("the cache was lost")


@pytest.mark.parametrize(
    ("breaks", "says", "banner"),
    [
        (_full, "The disk is full.", "The disk is full: nothing can be saved."),
        (_read_only, "The database can only be read.", "The database can only be read: nothing can be saved"),
        (_write_error, "The disk refused to write.", "The disk refuses to write: nothing can be saved."),
        (_sync_error, "The disk refused to write.", "The disk refuses to write: nothing can be saved."),
    ],
)
async def test_f5_a_disk_that_fails_answers_503_is_read_on_and_recovers_by_itself(
    tmp_path: Path, breaks: Callable[[Disk], None], says: str, banner: str
) -> None:
    with misbehaving() as disk:
        async with a_house(tmp_path / "data", works=True) as house:
            await survives(house, lambda: breaks(disk), disk.mend, says, banner)


async def test_f5_a_disk_without_a_byte_left_is_read_on_and_recovers_when_there_is_room(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "3m") as disk:
        async with a_house(disk / "data", works=True) as house:
            await survives(
                house,
                lambda: fill(disk),
                lambda: (disk / "ballast").unlink(),
                "The disk is full.",
                "The disk is full: nothing can be saved.",
                patience=200,
            )


async def test_f5_a_database_that_another_process_locks_recovers_when_it_lets_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warmline.store.sqlite.BUSY_MS", 200)
    await _locked(tmp_path)


@pytest.mark.slow
async def test_f5_a_database_that_is_locked_for_longer_than_we_wait(tmp_path: Path) -> None:
    """The real thing: 30 seconds and more."""
    await _locked(tmp_path)


async def _locked(tmp_path: Path) -> None:
    async with a_house(tmp_path / "data", works=True) as house:
        other = apsw.Connection(str(tmp_path / "data" / DATABASE))
        other.set_busy_timeout(5_000)
        await survives(
            house,
            lambda: other.execute("BEGIN IMMEDIATE"),
            lambda: other.execute("ROLLBACK"),
            "Another process holds the database.",
            "Another process holds the database: nothing can be saved",
        )
        other.close()


async def survives(
    house: House, begin: Callable[[], Any], end: Callable[[], Any], says: str, banner: str, patience: int = 1
) -> None:
    """Acknowledge, break, refuse and read on, mend, go on: nothing acknowledged is missing.

    `patience`: how many messages may still find room in what the file had left.
    """
    chat = await house.chat()
    acknowledged = [await _say(house, chat, f"before {n}") for n in range(ACKNOWLEDGED)]
    async with a_desk(house) as desk:
        begin()
        refused, more = await _until_refused(house, chat, patience)
        acknowledged += more
        assert refused.headers["content-type"] == "application/problem+json"
        assert says in refused.json()["detail"] and "Nothing was changed" in refused.json()["detail"]
        assert refused.headers["retry-after"] == "5"
        assert (await _texts(house, chat)) == acknowledged, "reading goes on, and shows nothing that was refused"
        assert banner in await desk.see("/inbox")
        ready = await house.http.get("/readyz")
        assert (ready.status_code, says in ready.json()["detail"]) == (503, True)
        assert (await house.http.get("/healthz")).status_code == 200
        assert f'warmline_store_writable{{cause="{_cause(house)}"}} 0.0' in (await house.http.get("/metrics")).text
        end()
        await _until_ready(house)
        assert banner not in await desk.see("/inbox")
    acknowledged += [await _say(house, chat, f"after {n}") for n in range(3)]
    assert (await _texts(house, chat)) == acknowledged


def _cause(house: House) -> str:
    trouble = house.machine.app.store.health.trouble
    assert trouble is not None
    return trouble.cause.value


async def _say(house: House, chat: Chat, text: str) -> str:
    answer = await _post(house, chat, text)
    assert answer.status_code == 201, answer.text
    return text


async def _post(house: House, chat: Chat, text: str) -> httpx.Response:
    body = {"client_id": text.replace(" ", "-").ljust(12, "-"), "text": text}
    return await house.http.post(f"{chat.path}/messages", json=body, headers=bearer(chat.token))


async def _until_refused(house: House, chat: Chat, patience: int) -> tuple[httpx.Response, list[str]]:
    accepted: list[str] = []
    for n in range(patience):
        answer = await _post(house, chat, f"during {n}")
        if answer.status_code == 503:
            return answer, accepted
        assert answer.status_code == 201, answer.text
        accepted.append(f"during {n}")
    raise AssertionError("it was never refused")


async def _texts(house: House, chat: Chat) -> list[str]:
    answer = await house.http.get(f"{chat.path}/events", headers=bearer(chat.token))
    assert answer.status_code == 200, answer.text
    return [
        event["text"]
        for event in answer.json()["events"]
        if event["kind"] == "message" and event["author"]["kind"] == "visitor"
    ]


async def _until_ready(house: House) -> None:
    """Nobody writes in the meantime: it finds out by itself."""
    async with asyncio.timeout(20):
        while (await house.http.get("/readyz")).status_code != 200:  # noqa: ASYNC110 it watches a server
            await asyncio.sleep(0.05)


async def test_f5_g10_a_damaged_page_stops_all_writing_and_the_next_start(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with a_house(data) as house:
        chat = await house.chat()
        acknowledged = [await _say(house, chat, f"before {n}") for n in range(ACKNOWLEDGED)]
        shop = await house.http.get("/api/widget/sites/pk_acme")
    whole = (data / DATABASE).read_bytes()
    async with a_house_on(data) as house:
        _damage(data / DATABASE, "event")
        refused = await house.http.get(f"{chat.path}/events", headers=bearer(chat.token))
        assert (refused.status_code, "damaged" in refused.json()["detail"]) == (503, True), refused.text
        assert (await house.http.get("/api/widget/sites/pk_acme")).status_code == shop.status_code, (
            "the rest is read on"
        )
        answer = await _post(house, chat, "is this stored")
        assert (answer.status_code, "has to be restored" in answer.json()["detail"]) == (503, True)
        assert (await house.http.get("/readyz")).status_code == 503
    with pytest.raises(SettingsError, match=r"is damaged .* warmline restore"):
        async with a_house_on(data):
            pass
    (data / DATABASE).write_bytes(whole)
    async with a_house_on(data) as house:
        assert (await _texts(house, chat)) == acknowledged


def a_house_on(data: Path) -> Any:
    return a_house(data, works=True)


def _damage(database: Path, table: str) -> None:
    """Overwrite the root page of a table."""
    connection = apsw.Connection(str(database))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    page = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchall()[0][0]
    size = connection.execute("PRAGMA page_size").fetchall()[0][0]
    assert isinstance(page, int) and isinstance(size, int)
    connection.close()
    with database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


async def test_a_postgres_that_goes_away_is_named_and_found_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without a server: what psycopg raises becomes the same words."""
    import psycopg

    from warmline.store.postgres import PostgresStore
    from warmline.store.vault import Vault, fresh_key

    store = PostgresStore("postgresql://nowhere/none", Vault(fresh_key()))
    answers: list[Any] = [
        psycopg.errors.DiskFull(),
        psycopg.errors.ReadOnlySqlTransaction(),
        psycopg.OperationalError(),
    ]

    def once(work: Any) -> Any:
        if answers:
            raise answers.pop(0)
        store.health.wrote()
        return None, _Nothing()

    monkeypatch.setattr(store, "_write_once", once)
    causes = []
    for _ in range(3):
        with pytest.raises(Unavailable, match="Nothing was changed"):
            await store.write(lambda tx: None)
        assert store.health.trouble is not None
        causes.append(store.health.trouble.cause)
    assert causes == [Cause.FULL, Cause.READ_ONLY, Cause.AWAY]
    await store.write(lambda tx: None)
    assert store.health.trouble is None
    await store.close()


class _Nothing:
    born: tuple[()] = ()
    cancelled: tuple[()] = ()
