"""`warmline migrate`, `backup`, `work` and `doctor`: what operators run."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from tests.cli.shop import ACME, KLAVIYO, TO_ZENDESK, WORKSPACE, ZENDESK, Chat, Said, Shop, until
from warmline.errors import SettingsError
from warmline.store.backup import complaint


async def test_migrate_says_which_shape_the_database_has(shop: Shop) -> None:
    said = (await shop.run("migrate", "--json")).json
    assert said["migration"] == said["known"] >= 1
    assert "the present shape" in (await shop.run("migrate")).out


# Backup


async def test_a_backup_made_while_serving_is_whole_and_opens_elsewhere(shop: Shop) -> None:
    await shop.applied(WORKSPACE, TO_ZENDESK, ZENDESK)
    copy = shop.folder / "copy"
    async with shop.machine() as serving:
        writing = asyncio.create_task(_keep_writing(serving.app))
        said = (await shop.run("backup", str(copy), "--json")).json
        writing.cancel()
    assert (said["database"], said["key"]) == (str(copy / "warmline.sqlite3"), str(copy / "secret.key"))
    assert complaint(copy / "warmline.sqlite3") is None
    assert sorted(os.listdir(copy)) == ["secret.key", "warmline.sqlite3"]
    assert {stat.S_IMODE(each.stat().st_mode) for each in copy.iterdir()} == {0o600}
    shop.env["WARMLINE_DATA"] = str(copy)
    async with shop.machine() as restored:
        zendesk = await restored.app.store.read(lambda tx: tx.integration(ACME, "zendesk"))
    assert zendesk is not None
    assert zendesk.secrets == {"client_secret": shop.env["ZENDESK_SECRET"]}


async def _keep_writing(app: Any) -> None:
    while True:
        await Chat.begin(app)


async def test_a_backup_does_not_overwrite_another(shop: Shop) -> None:
    await shop.applied(WORKSPACE)
    assert (await shop.run("backup", str(shop.folder / "copy"))).code == 0
    said = await shop.run("backup", str(shop.folder / "copy"))
    assert (said.code, "is there already" in said.err) == (1, True)


async def test_a_backup_without_a_folder_goes_into_the_data_folder(shop: Shop) -> None:
    await shop.applied(WORKSPACE)
    database = Path((await shop.run("backup", "--json")).json["database"])
    assert database.parents[2] == Path(shop.env["WARMLINE_DATA"])


async def test_where_there_is_nothing_to_copy_it_says_what_to_do(shop: Shop) -> None:
    assert "no database" in (await shop.run("backup")).err
    shop.env["WARMLINE_DATABASE_URL"] = "postgresql://127.0.0.1:9/none"
    assert "pg_dump" in (await shop.run("backup")).err


# A worker alone


@pytest.fixture
def own_logs() -> Iterator[None]:
    """A process of its own sets up its logs; here they are put back."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


@pytest.mark.usefixtures("own_logs")
async def test_a_worker_ends_at_a_signal(shop: Shop) -> None:
    working = asyncio.create_task(shop.run("work"))

    async def ready() -> bool:
        return (Path(shop.env["WARMLINE_DATA"]) / "lock").exists()

    await until(ready)
    os.kill(os.getpid(), signal.SIGTERM)
    assert (await asyncio.wait_for(working, 20)).code == 0


async def test_a_second_worker_on_one_file_is_refused(shop: Shop) -> None:
    async with shop.machine(works=True):
        with pytest.raises(SettingsError, match="Another Warmline"):
            async with shop.machine(works=True):
                pass


# Doctor


def found(said: Said) -> dict[str, bool | None]:
    return {each["name"]: each["ok"] for each in said.json["findings"]}


async def doctor(shop: Shop) -> Said:
    return await shop.run("doctor", "--json", "--patience", "1")


async def test_doctor_finds_a_sound_shop_well(shop: Shop) -> None:
    await shop.applied(WORKSPACE, TO_ZENDESK, ZENDESK, KLAVIYO)
    said = await doctor(shop)
    assert (said.code, said.json["ok"]) == (0, True)
    assert found(said) == {
        "settings": True,
        "clock": True,
        "address": None,
        "data folder": True,
        "disk space": True,
        "database file": True,
        "database": True,
        "key": True,
        "encoders": True,
        "mail": None,
        "acme: members": None,
        "acme: zendesk": True,
        "acme: klaviyo": True,
    }


async def test_doctor_names_what_is_wrong_with_its_remedy(shop: Shop) -> None:
    await shop.applied(WORKSPACE, TO_ZENDESK, ZENDESK, KLAVIYO)
    shop.sandbox.add_fault("zendesk", "refuse_account")
    shop.sandbox.add_fault("klaviyo", "error_before", status=503)
    key = Path(shop.env["WARMLINE_DATA"]) / "secret.key"
    key.chmod(0o644)
    shop.env["WARMLINE_SMTP_URL"] = "smtp://127.0.0.1:9?from=help@shop.example"
    shop.env["WARMLINE_PUBLIC_URL"] = "http://help.shop.example"
    said = await shop.run("doctor", "--patience", "1")
    assert said.code == 1
    for words in (
        "WRONG address: http://help.shop.example is not encrypted",
        "WRONG key: others on this machine may read",
        f"chmod 600 {key}",
        "WRONG mail: ",
        "WRONG acme: zendesk: ",
        "WRONG acme: klaviyo: gave no clear answer",
        "5 to mend.",
    ):
        assert words in said.out


async def test_doctor_changes_nothing_where_nothing_is(shop: Shop) -> None:
    said = await doctor(shop)
    assert (said.code, found(said)["data folder"]) == (0, None)
    assert os.listdir(shop.folder) == []


async def test_doctor_sees_a_lost_key_and_a_broken_file(shop: Shop) -> None:
    await shop.applied(WORKSPACE)
    data = Path(shop.env["WARMLINE_DATA"])
    shutil.move(data / "secret.key", shop.folder)
    said = await doctor(shop)
    assert (said.code, found(said)["start"]) == (1, False)
    shutil.move(shop.folder / "secret.key", data)
    with (data / "warmline.sqlite3").open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 8192)
    said = await doctor(shop)
    assert (said.code, found(said)["database file"]) == (1, False)


async def test_doctor_sees_another_key_and_a_bad_setting(shop: Shop) -> None:
    await shop.applied(WORKSPACE, ZENDESK)
    shop.env["WARMLINE_SECRET_KEY"] = "another-key-Zk3v8z-Xw1Lr5TnB9cJm2HsYd7FgPa4E"
    assert found(await doctor(shop))["key"] is False
    shop.env["WARMLINE_PORT"] = "eighty"
    said = await doctor(shop)
    assert (said.code, found(said)) == (1, {"settings": False})


def test_a_copy_that_is_no_database_is_found_out(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"not a database" * 1000)
    assert complaint(tmp_path / "x") is not None
    with pytest.raises(apsw.CantOpenError):
        complaint(tmp_path / "missing")
