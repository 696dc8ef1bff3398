"""The file: how it is opened, and what of it is still there after the worst day (THREATS G1, G10, F3, F5)."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw
import pytest

from tests.store.conftest import ACME, KEY, shop_with_talk, store_at
from warmline.domain.conversation import Conversation
from warmline.domain.message import EventKind
from warmline.errors import SettingsError, Unavailable
from warmline.store.sqlite import LEAST_VERSION, SqliteStore, SqliteTransaction
from warmline.store.vault import Vault

ROOT = Path(__file__).parents[2]
FULL = "unavailable"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "warmline.db"


async def prepared(file: Path) -> Conversation:
    store = store_at(file)
    await store.start()
    talk = await store.write(shop_with_talk)
    await store.close()
    return talk


async def stored_texts(file: Path, talk: Conversation) -> list[str]:
    """Opened anew: the log has no gap and the file passes SQLite's own check."""
    store = store_at(file)
    await store.start()
    events = await store.read(lambda tx: tx.log(talk.id))
    check = await store.read(lambda tx: tx.rows("PRAGMA integrity_check"))
    await store.close()
    assert [dict(row) for row in check] == [{"integrity_check": "ok"}]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    return [event.data["text"].rstrip("x") for event in events if event.kind is EventKind.MESSAGE]


@contextmanager
def writer(file: Path, worker: str, talk: Conversation, *more: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.store.writer", str(file), worker, talk.id, *more]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, start_new_session=True)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def heard(process: subprocess.Popen[str], enough: int, of: str = "") -> list[str]:
    """What the process has printed, until there are enough lines (`of` this one, or else of any that is a message)."""
    lines: list[str] = []
    assert process.stdout is not None
    while sum(line == of if of else line != FULL for line in lines) < enough:
        line = process.stdout.readline()
        assert line, "the writer ended"
        lines.append(line.strip())
    return lines


def killed(process: subprocess.Popen[str]) -> list[str]:
    """The rest of what it has printed when it died, without a line that the kill cut short."""
    os.killpg(process.pid, signal.SIGKILL)
    assert process.stdout is not None
    return process.stdout.read().split("\n")[:-1]


async def test_five_kills_lose_no_acknowledged_message(file: Path) -> None:
    talk = await prepared(file)
    acknowledged: list[str] = []
    for run in range(5):
        with writer(file, f"w{run}", talk) as process:
            acknowledged += heard(process, 40)
            await asyncio.sleep(0.003 * run)
            acknowledged += killed(process)
        texts = await stored_texts(file, talk)
        assert len(texts) == len(set(texts)), "stored twice"
        assert set(acknowledged) <= set(texts)
    assert len(acknowledged) >= 200


async def test_two_processes_write_to_one_file_and_both_get_their_turn(file: Path) -> None:
    talk = await prepared(file)
    with writer(file, "a", talk) as first, writer(file, "b", talk) as second:
        acknowledged = []
        for enough in (1, 100):  # first that both are up; then neither may starve the other
            for lines in await asyncio.gather(
                asyncio.to_thread(heard, first, enough), asyncio.to_thread(heard, second, enough)
            ):
                acknowledged += lines
        acknowledged += killed(first) + killed(second)
    texts = await stored_texts(file, talk)
    assert len(texts) == len(set(texts))
    assert set(acknowledged) <= set(texts)


async def test_a_full_disk_is_unavailable_loses_nothing_and_passes(file: Path) -> None:
    talk = await prepared(file)
    with writer(file, "w", talk, str(700 * 1024)) as process:
        before = heard(process, 20, of=FULL)
        process.send_signal(signal.SIGUSR1)
        after = heard(process, 20)
        rest = killed(process)
    acknowledged = {line for line in before + after + rest if line != FULL}
    assert set(before) > {FULL}
    texts = await stored_texts(file, talk)
    assert len(texts) == len(set(texts))
    assert acknowledged <= set(texts)


async def test_every_connection_waits_syncs_and_checks_references(file: Path) -> None:
    store = SqliteStore(file, Vault(KEY))
    await store.start()

    def pragmas(tx: SqliteTransaction) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "query_only")
        return [next(iter(tx.rows(f"PRAGMA {name}")[0].values())) for name in names]

    assert await store.write(pragmas) == ["wal", 2, 1, 30_000, 0]  # type: ignore[arg-type]
    assert await store.read(pragmas) == ["wal", 2, 1, 30_000, 1]  # type: ignore[arg-type]
    await store.close()


def test_the_library_has_no_checkpoint_race() -> None:
    assert tuple(map(int, apsw.sqlite_lib_version().split("."))) >= LEAST_VERSION


async def test_a_folder_that_is_not_there_and_a_file_of_another_kind_are_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="folder exists"):
        store_at(tmp_path / "nowhere" / "warmline.db")
    other = tmp_path / "holiday.jpg"
    other.write_bytes(b"\xff\xd8\xff" * 1_000)
    with pytest.raises(SettingsError, match="not a SQLite database"):
        await store_at(other).start()
    assert other.read_bytes() == b"\xff\xd8\xff" * 1_000


async def test_a_writer_that_waits_too_long_for_the_lock_is_unavailable_and_goes_on(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("warmline.store.sqlite.BUSY_MS", 50)
    await prepared(file)
    store = store_at(file)
    await store.start()
    lock = apsw.Connection(str(file))
    lock.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="Nothing was changed"):
        await store.write(lambda tx: tx.raise_revision(ACME))
    assert (await store.read(lambda tx: tx.workspace(ACME))).revision == 1, "reading goes on"
    lock.execute("ROLLBACK")
    lock.close()
    await store.write(lambda tx: tx.raise_revision(ACME))
    assert (await store.read(lambda tx: tx.workspace(ACME))).revision == 2
    await store.close()


async def test_the_writer_outlives_a_connection_that_broke(file: Path) -> None:
    await prepared(file)
    store = SqliteStore(file, Vault(KEY))
    await store.start()

    def break_it(tx: SqliteTransaction) -> None:
        tx._connection.close(True)
        raise apsw.IOError("a cable")

    with pytest.raises(Unavailable):
        await asyncio.wait_for(store.write(break_it), 10)  # type: ignore[arg-type]
    await asyncio.wait_for(store.write(lambda tx: tx.raise_revision(ACME)), 10)
    assert (await store.read(lambda tx: tx.workspace(ACME))).revision == 2
    await store.close()
