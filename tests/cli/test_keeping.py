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
from typing import Any, Literal

import apsw
import httpx
import pytest

from tests.cli.shop import ACME, KLAVIYO, OWNER, TO_ZENDESK, WORKSPACE, ZENDESK, Chat, Said, Shop, until
from tests.fixtures.wire import a_wire
from tests.web.served import served
from warmline.cli.doctor import _reached
from warmline.errors import SettingsError
from warmline.settings import read_settings
from warmline.store.backup import complaint
from warmline.store.incarnations import LEAP


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
    key = Path(shop.env["WARMLINE_DATA"]) / "secret.key"
    assert (said["database"], said["key"]) == (str(copy / "warmline.sqlite3"), str(key)), "the key is named"
    assert complaint(copy / "warmline.sqlite3") is None
    assert sorted(os.listdir(copy)) == ["backup.json", "warmline.sqlite3"], "and is not in it"
    assert {stat.S_IMODE(each.stat().st_mode) for each in copy.iterdir()} == {0o600}
    t27 = b"".join(each.read_bytes() for each in copy.iterdir())
    assert shop.env["ZENDESK_SECRET"].encode() not in t27 and key.read_bytes().strip() not in t27
    elsewhere = shop.folder / "elsewhere"
    elsewhere.mkdir()
    shutil.copy(key, elsewhere)
    shop.env["WARMLINE_DATA"] = str(elsewhere)
    assert (await shop.run("restore", str(copy))).code == 0
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
    assert "could not be copied" in (await shop.run("backup")).err


# Restore


async def test_a_restore_is_refused_where_somebody_serves_or_where_a_database_is(shop: Shop) -> None:
    await shop.applied(WORKSPACE)
    copy = str(shop.folder / "copy")
    assert (await shop.run("backup", copy)).code == 0
    assert "--force" in (await shop.run("restore", copy)).err
    async with shop.machine(works=True):
        assert "Another Warmline serves" in (await shop.run("restore", copy, "--force")).err
    async with shop.machine():
        assert "Another process has" in (await shop.run("restore", copy, "--force")).err
    said = (await shop.run("restore", copy, "--force", "--json")).json
    assert complaint(Path(said["moved_aside"]) / "warmline.sqlite3") is None, "the old one is kept, and whole"
    assert said["life"] == 1
    assert (await shop.run("restore", copy, "--force", "--json")).json["life"] == 1, "the copy itself is as it was"


async def test_a_restore_refuses_what_it_should_not_trust_and_then_changes_nothing(shop: Shop) -> None:
    await shop.applied(WORKSPACE, ZENDESK)
    copy, data = shop.folder / "copy", Path(shop.env["WARMLINE_DATA"])
    assert (await shop.run("backup", str(copy))).code == 0
    before = {name: (data / name).read_bytes() for name in ("warmline.sqlite3", "secret.key")}

    async def refused(*words: str) -> None:
        said = await shop.run("restore", str(copy), "--force")
        assert said.code == 1 and all(word in said.err for word in words), said.err
        assert {name: (data / name).read_bytes() for name in before} == before
        assert not (data / "warmline.sqlite3.restoring").exists()

    whole = (copy / "warmline.sqlite3").read_bytes()
    (copy / "warmline.sqlite3").write_bytes(whole[:8192] + b"\xff" * 4096 + whole[12288:])
    await refused("changed or cut off")
    (copy / "backup.json").unlink()
    await refused("is broken", "older backup")
    (copy / "warmline.sqlite3").write_bytes(whole)
    with apsw.Connection(str(copy / "warmline.sqlite3")) as newer:
        newer.execute("INSERT INTO migration (number) VALUES (9999)")
    await refused("newer Warmline")
    (copy / "warmline.sqlite3").write_bytes(whole)
    key = (data / "secret.key").read_text()
    (data / "secret.key").write_text("another-key-Zk3v8z-Xw1Lr5TnB9cJm2HsYd7FgPa4E")
    before.pop("secret.key")
    await refused("cannot be read with this WARMLINE_SECRET_KEY")
    (data / "secret.key").unlink()
    await refused("The key that the backup was sealed with is missing")
    (data / "secret.key").write_text(key)
    assert (await shop.run("restore", str(copy), "--force")).code == 0
    assert "is not there" in (await shop.run("restore", str(shop.folder / "nothing"), "--force")).err


async def test_a_restore_ends_sessions_and_one_time_links_and_leaves_conversations_room(shop: Shop) -> None:
    await shop.applied(WORKSPACE, OWNER)
    async with shop.machine() as machine:
        chat = await Chat.begin(machine.app)
        await chat.say("Hello")
        owner = (await machine.app.store.read(lambda tx: tx.teammates(ACME)))[0]
        await machine.app.store.write(lambda tx: tx.open_session(owner, [], machine.app.clock()))
    copy = str(shop.folder / "copy")
    assert (await shop.run("backup", copy)).code == 0
    said = (await shop.run("restore", copy, "--force", "--json")).json
    assert (said["sessions"], said["links"] >= 1) == (1, True)
    async with shop.machine() as machine:
        await Chat(machine.app, chat.visitor, chat.id).say("Again")
        log = await machine.app.store.read(lambda tx: tx.log(chat.id))
    assert log[-1].seq > LEAP > log[-2].seq, "a browser that knows more than we do gets what is new"


async def test_after_a_kill_a_damaged_file_is_not_served_and_the_way_out_is_named(shop: Shop) -> None:
    await shop.applied(WORKSPACE)
    data = Path(shop.env["WARMLINE_DATA"])
    assert (await shop.run("backup", str(shop.folder / "copy"))).code == 0
    with (data / "warmline.sqlite3").open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 8192)
    (data / "lock").write_text("serving 4711")
    for _ in range(2):
        with pytest.raises(SettingsError, match=r"is damaged .* warmline restore FOLDER --force"):
            async with shop.machine(works=True):
                pass
    assert (await shop.run("restore", str(shop.folder / "copy"), "--force")).code == 0
    async with shop.machine(works=True):
        assert (data / "lock").read_text().startswith("serving")
    assert (data / "lock").read_text() == "", "a stop in good order leaves no trace"


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
        "disk": True,
        "database file": True,
        "database": True,
        "key": True,
        "streams": None,
        "encoders": True,
        "model": None,
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
        "WRONG reached: http://help.shop.example/healthz cannot be opened",
        "6 to mend.",
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


async def test_doctor_sees_whether_the_public_address_leads_here_and_whether_the_proxy_is_believed(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.applied(WORKSPACE)

    async def reached(url: str) -> dict[str, bool | None]:
        settings = read_settings(shop.env | {"WARMLINE_PUBLIC_URL": url})
        async with shop.machine() as machine:
            return {each.name: each.ok async for each in _reached(machine.app, settings)}

    assert await reached("http://localhost:1") == {"reached": False}
    with served(Path(shop.env["WARMLINE_DATA"])) as url:
        assert await reached(url) == {"reached": True, "proxy": True, "streams": True}
        real = httpx.AsyncClient.get

        async def passed_on(self: httpx.AsyncClient, address: str) -> httpx.Response:
            return await real(self, address, headers={"X-Forwarded-For": "192.0.2.1"})

        monkeypatch.setattr(httpx.AsyncClient, "get", passed_on)
        assert await reached(url) == {"reached": True, "proxy": False, "streams": True}
        shop.env["WARMLINE_DATA"] = str(shop.folder / "another")
        assert await reached(url) == {"reached": False}, "it is another server"


@pytest.mark.parametrize(("keeps", "fine"), [("", True), ("body", False), ("whole", False)])
async def test_doctor_sees_a_proxy_that_keeps_streams_back(
    shop: Shop, keeps: Literal["", "body", "whole"], fine: bool
) -> None:
    await shop.applied(WORKSPACE)
    with served(Path(shop.env["WARMLINE_DATA"])) as url:
        async with a_wire(int(url.rpartition(":")[2])) as wire, shop.machine() as machine:
            wire.keeps = keeps
            settings = read_settings(shop.env | {"WARMLINE_PUBLIC_URL": wire.url})
            found = {each.name: each async for each in _reached(machine.app, settings)}
    assert found["streams"].ok is fine
    assert fine or "proxy_buffering off" in found["streams"].remedy


async def test_doctor_says_why_streams_are_not_tested(shop: Shop) -> None:
    await shop.applied(WORKSPACE)
    async with shop.machine() as machine:
        [said] = [each async for each in _reached(machine.app, read_settings(shop.env))]
    assert (said.name, said.ok) == ("streams", None) and "no public address" in said.detail
