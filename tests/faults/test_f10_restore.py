"""F10, G11: a backup during load, more handoffs, a restore: nothing is made twice, and what was promised arrives."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.postgres import fresh_postgres_url, postgres_url
from tests.flows.shop import Shop, Shopper, Town, a_server
from warmline.cli.command import parse, perform
from warmline.sandbox import Sandbox
from warmline.store.folder import DATABASE

__all__ = ["fresh_postgres_url", "postgres_url"]

KEY = "q7Jx2mVw9cT4nB8kL1sD6fG3hP0aZ5yR"
EACH = 2
BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.xdist_group("postgres"))]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(params=BOTH)
def env(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """Where the data is, before and after."""
    env = {"WARMLINE_SECRET_KEY": KEY, "WARMLINE_DATA": str(tmp_path / "data")}
    if request.param == "postgres":
        env["WARMLINE_DATABASE_URL"] = request.getfixturevalue("fresh_postgres_url")
    return env


@dataclass
class Crowd:
    """Shoppers by what had happened to them when the backup was made."""

    delivered: list[Shopper] = field(default_factory=list)
    owed: list[Shopper] = field(default_factory=list)
    talking: list[Shopper] = field(default_factory=list)
    later: list[Shopper] = field(default_factory=list)

    @property
    def all(self) -> list[Shopper]:
        return [*self.delivered, *self.owed, *self.talking, *self.later]


async def test_f10_g11_what_was_sent_after_the_backup_is_adopted_and_never_sent_again(
    env: dict[str, str], tmp_path: Path, sandbox: Sandbox
) -> None:
    sandbox.configure("zendesk", index_delay=0.25)
    async with a_server(tmp_path / "before", sandbox, False, **env) as town:
        crowd, workspace = await before_and_after_a_backup(town, env, tmp_path / "copy")
    assert Counter(sandbox.count_by_external_id("zendesk").values()) == {1: 5 * EACH}
    made = {ticket.external_id: f"#{ticket.id}" for ticket in sandbox.tickets("zendesk")}
    said = await restored(env, tmp_path / "copy")
    assert said["doubtful"] == EACH
    async with a_server(tmp_path / "after", sandbox, False, **env) as town:
        here = [moved(shopper, town) for shopper in crowd.all]
        delivered, owed = here[:EACH], here[EACH : 2 * EACH]
        talking, later = here[2 * EACH : 3 * EACH], here[3 * EACH :]
        for shopper in delivered + owed:
            await shopper.until_notice("ticket")
            assert shopper.state["ticket"]["reference"] == made[f"warmline-{shopper.id}-1"]
        await asyncio.gather(*(forgotten_handoff(shopper) for shopper in talking))
        for shopper in talking:
            assert shopper.state["ticket"]["reference"] == made[f"warmline-{shopper.id}-1"], "it was adopted"
        assert [(await shopper.http.get(f"/conversations/{shopper.id}/events")).status_code for shopper in later] == [
            401
        ] * EACH
        fresh = [await Shop(town, workspace.workspace, workspace.site).shopper() for _ in range(EACH)]
        await asyncio.gather(*(handed_off(shopper, f"fresh{n}") for n, shopper in enumerate(fresh)))
        await follow_ups_arrive(sandbox, talking)
    counts = sandbox.count_by_external_id("zendesk")
    assert Counter(counts.values()) == {1: 6 * EACH}, "no second ticket"
    assert {f"warmline-{shopper.id}-1" for shopper in fresh} <= set(counts)


async def before_and_after_a_backup(town: Town, env: dict[str, str], copy: Path) -> tuple[Crowd, Shop]:
    shop = await town.shop(connect=("zendesk",), handoff={"method": "ticket", "helpdesk": "zendesk"})
    crowd = Crowd()
    crowd.delivered = [await shop.shopper() for _ in range(EACH)]
    await asyncio.gather(*(handed_off(shopper, f"first{n}") for n, shopper in enumerate(crowd.delivered)))
    town.sandbox.add_fault("zendesk", "error_before", operation="create")
    crowd.owed = [await shop.shopper() for _ in range(EACH)]
    for n, shopper in enumerate(crowd.owed):
        await consented(shopper, f"owed{n}")
        await shopper.until_notice("saved")
    crowd.talking = [await shop.shopper() for _ in range(EACH)]
    for shopper in crowd.talking:
        await shopper.say("Hello, I am only looking around")
        await shopper.look()
    busy = asyncio.create_task(load(shop))
    assert (await command(env, "backup", str(copy)))["checked"]
    busy.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await busy
    town.sandbox.clear_faults("zendesk")
    for shopper in crowd.owed:
        await shopper.until_notice("ticket")
    crowd.later = [await shop.shopper() for _ in range(EACH)]
    too = [await shop.shopper() for _ in range(EACH)]
    after = [*crowd.talking, *crowd.later, *too]
    await asyncio.gather(*(handed_off(shopper, f"after{n}") for n, shopper in enumerate(after)))
    return crowd, shop


async def load(shop: Shop) -> None:
    """People who talk while the copy is made."""
    while True:
        shopper = await shop.shopper()
        await asyncio.gather(*(shopper.say(f"message {n}") for n in range(5)))


async def consented(shopper: Shopper, name: str) -> None:
    await shopper.choose("request")
    assert (await shopper.email(f"{name}@example.com")).status_code == 200


async def handed_off(shopper: Shopper, name: str) -> None:
    await shopper.say(f"I am {name} and I want a person")
    await consented(shopper, name)
    await shopper.until_notice("ticket")


async def forgotten_handoff(shopper: Shopper) -> None:
    """The shopper's page still shows what the restore took away; they ask once more."""
    shopper.log.clear()
    shopper.said += 100
    await shopper.say("You forgot me. My parcel is green.")
    await consented(shopper, "again")
    await shopper.until_notice("ticket")
    assert "My parcel is green." in shopper.texts(), "a browser with a later cursor sees what is new"


async def follow_ups_arrive(sandbox: Sandbox, shoppers: list[Shopper]) -> None:
    """What they wrote after the restore is in the ticket that was made before it."""
    keys = {f"warmline-{shopper.id}-1" for shopper in shoppers}
    async with asyncio.timeout(20):
        while True:
            texts = [str(each.messages) for each in sandbox.tickets("zendesk") if each.external_id in keys]
            if all("My parcel is green." in text for text in texts):
                return
            await asyncio.sleep(0.1)


def moved(shopper: Shopper, town: Town) -> Shopper:
    """The same browser, at the server that was restored."""
    headers = {"Authorization": shopper.http.headers["Authorization"]}
    shopper.http = town.client("/api/widget", headers=headers)
    if shopper.notices()[-1:] == ["ticket"]:
        shopper.log.clear()
        shopper.cursor = 0
    return shopper


async def restored(env: dict[str, str], copy: Path) -> Any:
    """The old database is moved aside."""
    return await command(env, "restore", str(copy), "--force")


async def command(env: dict[str, str], *argv: str) -> Any:
    """What a command says with --json."""
    import io
    import json
    from contextlib import redirect_stdout

    with redirect_stdout(io.StringIO()) as out:
        assert await perform(*parse([*argv, "--json"]), env) == 0, out.getvalue()
    return json.loads(out.getvalue())


async def test_a_backup_of_one_database_is_restored_into_the_other(
    env: dict[str, str], tmp_path: Path, sandbox: Sandbox, request: pytest.FixtureRequest
) -> None:
    async with a_server(tmp_path / "before", sandbox, False, **env) as town:
        shop = await town.shop(connect=("zendesk",), handoff={"method": "ticket", "helpdesk": "zendesk"})
        shopper = await shop.shopper()
        await shopper.say("Zażółć gęślą jaźń \x7f 🙂")
        await handed_off(shopper, "anna")
        texts = shopper.texts()
    await command(env, "backup", str(tmp_path / "copy"))
    other = dict(env) | {"WARMLINE_DATA": str(tmp_path / "other")}
    if other.pop("WARMLINE_DATABASE_URL", None) is None:
        other["WARMLINE_DATABASE_URL"] = request.getfixturevalue("fresh_postgres_url")
    assert (await command(other, "restore", str(tmp_path / "copy")))["moved_aside"] is None
    async with a_server(tmp_path / "after", sandbox, False, **other) as town:
        again = moved(shopper, town)
        await again.until_notice("ticket")
        assert again.texts() == texts
        assert (tmp_path / "other" / DATABASE).exists() == ("WARMLINE_DATABASE_URL" not in other)
