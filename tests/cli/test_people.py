"""`warmline user` and `warmline key`."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.cli.shop import ACME, OWNER, WORKSPACE, Shop


@pytest.fixture
async def acme(shop: Shop) -> Shop:
    await shop.applied(WORKSPACE, OWNER)
    return shop


async def test_a_new_member_gets_a_link_once(acme: Shop) -> None:
    said = (await acme.run("user", "add", "ann@shop.example", "--role", "support", "--name", "Ann", "--json")).json
    assert said["url"].startswith("http://localhost:8123/join#wll_")
    listed = (await acme.run("user", "list", "--json")).json
    assert {"email": "ann@shop.example", "name": "Ann", "role": "support"} in listed
    again = await acme.run("user", "add", "Ann@shop.example", "--role", "support")
    assert (again.code, "is a member already" in again.err) == (1, True)


async def test_a_lost_link_is_renewed_for_an_hour_and_for_that_purpose_only(acme: Shop) -> None:
    said = (await acme.run("user", "reset", "owner@shop.example", "--json")).json
    token = said["url"].partition("/reset#")[2]
    async with acme.machine() as machine:
        app = machine.app
        life = datetime.fromisoformat(said["until"]) - app.clock()
        assert timedelta(minutes=59) < life <= timedelta(hours=1)
        assert await app.store.write(lambda tx: tx.use_link(token, "invite", app.clock())) is None
        assert await app.store.write(lambda tx: tx.use_link(token, "reset", app.clock() + life)) is None
        assert await app.store.write(lambda tx: tx.use_link(token, "reset", app.clock())) is not None


@pytest.mark.parametrize("argv", [("reset", "nobody@shop.example"), ("add", "no address", "--role", "owner")])
async def test_who_is_unknown_is_said(acme: Shop, argv: tuple[str, ...]) -> None:
    assert (await acme.run("user", *argv)).code == 1


async def test_a_key_speaks_for_its_member_until_it_is_revoked(acme: Shop) -> None:
    made = await acme.run(
        "key", "create", "--member", "owner@shop.example", "--scope", "reports", "--label", "BI", "--json"
    )
    value = made.json["key"]
    async with acme.machine() as machine:
        holder = await machine.app.store.read(lambda tx: tx.key_holder(value))
    assert holder is not None
    assert (holder.teammate.email, sorted(holder.scopes)) == ("owner@shop.example", ["reports"])
    (key,) = (await acme.run("key", "list", "--json")).json
    assert (key["label"], key["scopes"], key["revoked_at"]) == ("BI", ["reports"], None)
    assert value not in (await acme.run("key", "list")).out
    assert (await acme.run("key", "revoke", key["id"])).code == 0
    async with acme.machine() as machine:
        assert await machine.app.store.read(lambda tx: tx.key_holder(value)) is None
    assert (await acme.run("key", "revoke", key["id"])).code == 1
    assert (await acme.run("key", "list", "--json")).json[0]["revoked_at"] is not None


@pytest.mark.parametrize(
    ("member", "scope", "why"),
    [
        ("owner@shop.example", "everything", "there are inbox, reports"),
        ("nobody@shop.example", "inbox", "is not a member"),
        ("eve@shop.example", "settings", "does not have the scope settings"),
    ],
)
async def test_a_key_that_may_not_be_is_refused(acme: Shop, member: str, scope: str, why: str) -> None:
    await acme.run("user", "add", "eve@shop.example", "--role", "analyst")
    said = await acme.run("key", "create", "--member", member, "--scope", scope)
    assert (said.code, why in said.err) == (1, True), said.err
    async with acme.machine() as machine:
        assert await machine.app.store.read(lambda tx: tx.keys(ACME)) == []
