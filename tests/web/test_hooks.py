"""T30: calls of webhooks are believed only when they are signed, fresh and whole; the recipes wh_* as they stand."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.fixtures.attacks import rows
from tests.fixtures.conversations import ANNA
from tests.web.house import House, a_house
from warmline.actions.open_hook import fresh_hook_secret, open_hook, set_hook_secret
from warmline.actions.receive_hook import AGAIN
from warmline.domain.effect import EffectKind, OwedEffect
from warmline.domain.handoff import Bound
from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.domain.ticket import TicketRef
from warmline.helpdesks.hearing import any_same
from warmline.sandbox.zendesk import signed
from warmline.store.base import Transaction

ACME, SECRET = WorkspaceId("acme"), "zendesk-signing-secret-1"
TICKET = "4711"


@dataclass
class Bellhop:
    """The house with a hook for Zendesk and one ticket of ours."""

    house: House
    path: str
    conversation: str

    async def ring(self, body: Any = None, *, secret: str = SECRET, ago: float = 0, **more: Any) -> httpx.Response:
        raw = body if isinstance(body, bytes) else json.dumps(body or event()).encode()
        return await self.send(raw, self.headers(raw, secret, ago), **more)

    def headers(self, raw: bytes, secret: str = SECRET, ago: float = 0) -> dict[str, str]:
        stamp = (self.house.clock() - timedelta(seconds=ago)).isoformat().replace("+00:00", "Z")
        return {"Content-Type": "application/json", **signed(secret, stamp, raw)}

    async def send(self, raw: bytes, headers: dict[str, str], path: str | None = None) -> httpx.Response:
        return await self.house.http.post(path or self.path, content=raw, headers=headers)

    async def looks(self) -> list[OwedEffect]:
        return await self.house.machine.app.store.read(lambda tx: tx.pending_effects(ACME, EffectKind.LOOK))

    async def kept(self) -> int:
        found = await self.house.machine.app.store.read(lambda tx: tx.rows("SELECT * FROM inbound"))
        return len(found)


def event(ticket: str = TICKET, id: str = "evt-1", **more: Any) -> dict[str, Any]:
    return {"type": "zen:event-type:ticket.comment_added", "id": id, "detail": {"id": ticket}, "event": {}} | more


@pytest_asyncio.fixture
async def bell(tmp_path: Path) -> AsyncIterator[Bellhop]:
    async with a_house(tmp_path / "house") as house:
        chat = await house.chat()
        app = house.machine.app
        await set_hook_secret(app, ACME, "zendesk", SECRET)

        def furnish(tx: Transaction) -> str:
            conversation = tx.conversation(ACME, ConversationId(chat.id))
            bound = Bound("zendesk", conversation.seq, ANNA, house.clock())
            tx.add_ticket(conversation, 1, bound, TicketRef(TICKET))
            hook = tx.hook(ACME, "zendesk")
            assert hook is not None
            return hook.key

        key = await app.store.write(furnish)
        yield Bellhop(house, f"/hooks/zendesk/{key}", chat.id)


async def test_a_signed_call_makes_the_ticket_due_at_once(bell: Bellhop) -> None:
    began = time.monotonic()
    answer = await bell.ring()
    assert answer.status_code == 200 and time.monotonic() - began < 1
    [look] = await bell.looks()
    assert (look.conversation, look.data["n"], look.due) == (bell.conversation, 1, bell.house.clock())


async def test_the_same_words_of_a_vendor_without_ids_make_one_more_look(bell: Bellhop) -> None:
    """Solved, opened, solved within a minute: Gorgias rings twice in the same words, and the second is no copy."""
    app = bell.house.machine.app
    secret, hook = await fresh_hook_secret(app, ACME, "gorgias"), await open_hook(app, ACME, "gorgias")

    def add(tx: Transaction) -> None:
        conversation = tx.conversation(ACME, ConversationId(bell.conversation))
        tx.add_ticket(conversation, 2, Bound("gorgias", conversation.seq, ANNA, bell.house.clock()), TicketRef("7011"))

    await app.store.write(add)
    raw = json.dumps({"ticket_id": "7011", "status": "closed", "message_id": ""}).encode()
    headers, path = {"Content-Type": "application/json", "X-Warmline-Token": secret}, f"/hooks/gorgias/{hook.key}"
    assert (await bell.send(raw, headers, path)).status_code == 200
    [look] = await bell.looks()
    await app.store.write(lambda tx: tx.put_off(look, bell.house.clock() + timedelta(minutes=1), "looked"))
    for _ in range(2):
        assert (await bell.send(raw, headers, path)).status_code == 200
    [again] = await bell.looks()
    assert again.due == bell.house.clock() + AGAIN, "copies of one call cost one look more, not one each"


async def test_of_other_tickets_nothing_is_kept(bell: Bellhop) -> None:
    assert (await bell.ring(event(ticket="999"))).status_code == 200
    assert await bell.looks() == [] and await bell.kept() == 0


# The recipes


async def wh_old_ts(bell: Bellhop) -> None:
    assert (await bell.ring(ago=361)).status_code == 401
    assert (await bell.ring(ago=-361)).status_code == 401
    assert await bell.looks() == []
    assert (await bell.ring(ago=290)).status_code == 200


async def wh_replay(bell: Bellhop) -> None:
    raw = json.dumps(event()).encode()
    headers = bell.headers(raw)
    answers = [await bell.send(raw, headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len(await bell.looks()) == 1 and await bell.kept() == 1
    done = (await bell.looks())[0]
    await bell.house.machine.app.store.write(lambda tx: tx.finish(done))
    await bell.send(raw, headers)
    assert await bell.looks() == [], "a replay wakes nobody"


async def wh_reorder(bell: Bellhop) -> None:
    """Both make the ticket be read again; what is stored is what the helpdesk says then."""
    for id in ("evt-2", "evt-1"):
        assert (await bell.ring(event(id=id))).status_code == 200
    assert len(await bell.looks()) == 1 and await bell.kept() == 2


async def wh_old_event(bell: Bellhop) -> None:
    """Nothing but the number of the ticket is read from a call, so an old state in it cannot come back."""
    await bell.ring(event(detail={"id": TICKET, "status": "SOLVED"}))
    [look] = await bell.looks()
    assert "SOLVED" not in json.dumps(dict(look.data))


async def wh_space(bell: Bellhop) -> None:
    raw = json.dumps(event()).encode()
    other = json.dumps(event(), separators=(",", ":")).encode()
    assert (await bell.send(other, bell.headers(raw))).status_code == 401


async def wh_gzip(bell: Bellhop) -> None:
    bomb = gzip.compress(b"\0" * 10_000_000)
    answer = await bell.send(bomb, bell.headers(bomb) | {"Content-Encoding": "gzip"})
    assert answer.status_code == 413
    assert (await bell.ring(b" " * 1_100_000)).status_code == 413


async def wh_null_fields(bell: Bellhop) -> None:
    for body in (dict.fromkeys(event()), {"detail": {"id": None}}, {"detail": {"id": [1]}}, {"detail": {"id": True}}):
        assert (await bell.ring(body)).status_code in {200, 400}
    for raw in (b"null", b"[]", b'"x"', b"1", b"{", b"", b"[" * 100_000):
        assert (await bell.ring(raw)).status_code == 400, raw[:20]
    assert await bell.looks() == []


async def wh_agent_echo(bell: Bellhop) -> None:
    """The rule is `domain.watch.is_echo`; the journey is in tests/flows/test_two_way.py."""
    assert (await bell.ring(event(event={"comment": {"body": "our own", "is_public": True}}))).status_code == 200
    assert "our own" not in json.dumps(
        await bell.house.machine.app.store.read(lambda tx: tx.rows("SELECT * FROM inbound"))
    )


async def wh_utf16(bell: Bellhop) -> None:
    assert (await bell.ring(json.dumps(event()).encode("utf-16"))).status_code == 400


async def wh_timing(bell: Bellhop) -> None:
    """The comparison itself: a wrong first byte takes as long as a wrong last one, and all secrets are tried.

    So long, that where a comparison stops is seen: `==` needs a hundred times as long for the last byte.
    """
    right = bytes(20_000)
    first, last = b"\xff" + right[1:], right[:-1] + b"\xff"

    def spent(given: bytes, *secrets: bytes) -> float:
        began = time.perf_counter()
        for _ in range(20):
            any_same(given, secrets)
        return time.perf_counter() - began

    rounds = [(spent(first, right), spent(last, right), spent(right, right, right)) for _ in range(40)]
    early, late, twice = (min(each) for each in zip(*rounds, strict=True))
    assert 0.7 < late / early < 1.4
    assert twice / late > 1.5


RECIPES = [wh_old_ts, wh_replay, wh_reorder, wh_old_event, wh_space, wh_gzip, wh_null_fields, wh_agent_echo, wh_utf16,
           wh_timing]  # fmt: skip


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.__name__)
async def test_t30_recipe(bell: Bellhop, recipe: Any) -> None:
    await recipe(bell)


def test_t30_every_recipe_of_the_corpus_is_here() -> None:
    wanted = {row["id"] for row in rows("tokens_webhooks") if row["id"].startswith("wh_")}
    assert wanted == {recipe.__name__ for recipe in RECIPES}


# Forged


@pytest.mark.parametrize(
    "broken", ["no signature", "no timestamp", "empty", "not base64", "other secret", "other body"]
)
async def test_t30_a_forged_call_is_refused(bell: Bellhop, broken: str) -> None:
    raw = json.dumps(event()).encode()
    headers = bell.headers(raw, "some-other-secret-entirely" if broken == "other secret" else SECRET)
    match broken:
        case "no signature":
            del headers["X-Zendesk-Webhook-Signature"]
        case "no timestamp":
            del headers["X-Zendesk-Webhook-Signature-Timestamp"]
        case "empty":
            headers["X-Zendesk-Webhook-Signature"] = ""
        case "not base64":
            headers["X-Zendesk-Webhook-Signature"] = "%%% no base64 %%%"
        case "other body":
            raw = json.dumps(event(ticket="1")).encode()
    assert (await bell.send(raw, headers)).status_code == 401
    assert await bell.looks() == [] and await bell.kept() == 0


async def test_t30_a_call_at_a_wrong_address_meets_nobody(bell: Bellhop) -> None:
    raw = json.dumps(event()).encode()
    for path in (
        "/hooks/zendesk/wlh_wrong",
        bell.path.replace("zendesk", "gorgias"),
        bell.path + "x",
        "/hooks/zendesk/",
    ):
        assert (await bell.send(raw, bell.headers(raw), path)).status_code == 404, path
    assert (await bell.house.http.get(bell.path)).status_code == 405


async def test_t30_without_a_secret_a_hook_opens_for_nobody(bell: Bellhop) -> None:
    hook = await bell.house.machine.app.store.write(
        lambda tx: tx.make_hook(WorkspaceId("other"), "zendesk", bell.house.clock())
    )
    raw = json.dumps(event()).encode()
    assert (await bell.send(raw, bell.headers(raw, ""), f"/hooks/zendesk/{hook.key}")).status_code == 404


async def test_t30_two_secrets_live_for_a_day_after_a_rotation(bell: Bellhop) -> None:
    await set_hook_secret(bell.house.machine.app, ACME, "zendesk", "zendesk-signing-secret-2")
    assert (await bell.ring(event(id="old"))).status_code == 200
    assert (await bell.ring(event(id="new"), secret="zendesk-signing-secret-2")).status_code == 200
    bell.house.clock.passes(hours=24, seconds=1)
    assert (await bell.ring(event(id="older"))).status_code == 401
    assert (await bell.ring(event(id="newer"), secret="zendesk-signing-secret-2")).status_code == 200


async def test_t30_an_event_is_known_for_thirty_days(bell: Bellhop) -> None:
    await bell.ring()
    bell.house.clock.passes(days=29)
    await bell.ring()
    assert await bell.kept() == 1
    bell.house.clock.passes(days=2)
    await bell.ring(event(id="evt-2"))
    assert await bell.kept() == 1, "what is older than thirty days is forgotten"


async def test_t30_secrets_are_sealed_and_never_logged(bell: Bellhop, caplog: pytest.LogCaptureFixture) -> None:
    await bell.ring(secret="not-the-secret-of-this-hook")
    assert (
        "was refused" in caplog.text and SECRET not in caplog.text and bell.path.rpartition("/")[2] not in caplog.text
    )
    files = b"".join(path.read_bytes() for path in bell.house.machine.settings.data.glob("warmline.sqlite3*"))
    assert SECRET.encode() not in files and bell.path.rpartition("/")[2].encode() not in files
