"""Somebody waits: a mail when nobody has the Inbox open, once, and only to those who want it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from tests.console.browser import Visit, a_console, a_desk
from tests.web.house import House, bearer
from warmline.domain.effect import EffectKind
from warmline.domain.ids import WorkspaceId
from warmline.domain.workspace import Role
from warmline.errors import MailUnclear
from warmline.mail.base import Letter
from warmline.store.base import Transaction

Console = tuple[House, Visit]
ACME = WorkspaceId("acme")


@dataclass
class Postbox:
    """A mail server that keeps what it gets; `broken` ones ask to come back later."""

    letters: list[Letter] = field(default_factory=list)
    broken: bool = False

    async def send(self, letter: Letter) -> None:
        if self.broken:
            raise MailUnclear("The mail server: not now")
        self.letters.append(letter)

    async def check(self) -> str | None:
        return None


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path / "data", works=True) as found:
        found[0].machine.app.mail = Postbox()
        yield found


async def told(house: House) -> list[Letter]:
    assert house.machine.worker is not None
    await house.machine.worker.idle()
    box = house.machine.app.mail
    assert isinstance(box, Postbox)
    return [letter for letter in box.letters if letter.message_id.startswith("<alert-")]


async def test_nobody_is_there_so_those_who_answer_get_one_mail_each(console: Console) -> None:
    house, desk = console
    async with a_desk(house, Role.ANALYST, "Ann"), a_desk(house, Role.SUPPORT, "Tom"):
        chat = await house.waiting()
        letters = await told(house)
    assert [letter.to.value for letter in letters] == [desk.teammate.email, "tom.support@acme.example"]
    assert f"/inbox/{chat.id}" in letters[0].text and "Can you engrave the box?" in letters[0].text
    assert letters[0].subject == "acme: somebody is waiting"


async def test_whoever_has_the_inbox_open_needs_no_mail(console: Console) -> None:
    house, desk = console
    await house.machine.app.store.write(lambda tx: tx.has_inbox_open(desk.teammate.id, house.clock(), house.clock()))
    await house.waiting()
    assert await told(house) == []


async def test_an_open_inbox_in_which_nobody_accepts_is_told_by_mail_after_all(console: Console) -> None:
    house, desk = console
    assert house.machine.worker is not None
    store, now = house.machine.app.store, house.clock()
    later = now + timedelta(hours=1)

    def available(tx: Transaction) -> None:
        tx.set_available(desk.teammate.id, later)
        tx.has_inbox_open(desk.teammate.id, now, later)

    await store.write(available)
    chat = await house.waiting()
    letters: list[Letter] = []
    for minutes in (2, 20, 20):
        house.clock.passes(minutes=minutes)
        await store.write(lambda tx: tx.has_inbox_open(desk.teammate.id, house.clock(), house.clock()))
        await house.machine.worker._sweep()
        letters = await told(house)
    assert [letter.to.value for letter in letters] == [desk.teammate.email], "once, however long it takes"
    answer = await house.http.get(f"{chat.path}/events", headers=bearer(chat.token))
    assert [event.get("notice") for event in answer.json()["events"]].count("away") == 1


async def test_the_mail_can_be_switched_off(console: Console) -> None:
    house, desk = console
    await desk.do("/inbox/alerts", alerts="off")
    await house.waiting()
    assert await told(house) == []


async def test_without_a_mail_server_nothing_is_owed(console: Console) -> None:
    house, _ = console
    house.machine.app.mail = None
    await house.waiting()
    assert await house.machine.app.store.read(lambda tx: tx.effects_of(ACME, EffectKind.ALERT, 5)) == []


async def test_a_mail_server_that_is_away_is_tried_again_and_nobody_is_told_twice(console: Console) -> None:
    house, _ = console
    box = house.machine.app.mail
    assert isinstance(box, Postbox) and house.machine.worker is not None
    box.broken = True
    await house.waiting()
    assert await told(house) == []
    box.broken = False
    house.clock.passes(minutes=20)
    await house.machine.worker._sweep()
    assert len(await told(house)) == 1
