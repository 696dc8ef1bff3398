"""Inbox → Needs a person: the page names who, why, since when and what was tried, in both languages."""

from __future__ import annotations

from pathlib import Path

from tests.console.browser import Visit, a_console, a_desk, is_harmless, words
from tests.web.house import Chat, House
from warmline.actions.second_destination import take_over
from warmline.domain.effect import Attempt
from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.domain.workspace import Role, parse_workspace
from warmline.store.base import Integration, Transaction
from warmline.store.calendars import holidays_of

ACME = WorkspaceId("acme")
PATH = "/inbox/needs-person"


async def stuck(house: House, why: str, attempt: Attempt = Attempt.NONE, **handoff: str) -> Chat:
    """A handoff to Zendesk that was tried once and given up."""
    account = Integration("zendesk", "helpdesk", {"subdomain": "acme", "client_id": "x"}, {}, {"client_secret": "y"},
                          None, 1)  # fmt: skip

    def connect(tx: Transaction) -> None:
        tables = dict(tx.workspace(ACME).tables) | {"handoff": {"helpdesk": "zendesk"} | handoff}
        tx.save_workspace(parse_workspace(tables, holidays_of, id=ACME), house.clock())
        tx.save_integration(ACME, account, house.clock())

    await house.machine.app.store.write(connect)
    chat = await house.chat()
    await house.say(chat)
    await house.post(chat, "handoff", choice="request")
    await house.post(chat, "email", email="anna@shopper.example")

    def give_up(tx: Transaction) -> None:
        held = tx.effect_by_key(ACME, f"ticket:{chat.id}-1")
        assert held is not None
        tx.begin_attempt(held, house.clock(), b"{}", "zendesk")
        tx.end_attempt(held, house.clock(), attempt, why)
        tx.stick(held, why)
        conversation = tx.conversation(ACME, held.conversation or chat.id)  # type: ignore[arg-type]
        conversation.stuck(1, why, house.clock())
        tx.save(conversation)

    await house.machine.app.store.write(give_up)
    return chat


async def need_id(desk: Visit) -> str:
    needs = await desk.house.machine.app.store.read(lambda tx: tx.needs(ACME, desk.house.clock()))
    return needs[0].id


async def test_a_refused_ticket_stands_on_the_page_and_in_the_navigation(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        assert "Nothing needs you" in words(await desk.see(PATH))
        await desk.see("/inbox")
        assert "hidden" in desk.one("#rail-needs").attributes, "an entry that says 0 only takes room"
        await stuck(house, "No such <b>brand</b>.")
        shown = await desk.see(PATH)
        read = words(shown)
        assert "anna@shopper.example" in read and "Zendesk refused this ticket for good" in read
        assert "No such <b>brand</b>." in read and "1 time" in read and is_harmless(shown)
        assert "Send again" in read and "Take it here" in read and "I looked" not in read
        for path in ("/inbox", "/settings/me", "/dashboard"):
            await desk.see(path)
            assert "hidden" not in desk.one("#rail-needs").attributes and desk.one("#rail-needs b").text() == "1"
        async with a_desk(house, Role.SUPPORT, "Iga", "pl") as iga:
            assert "Przejmij tutaj" in words(await iga.see(PATH))


async def test_a_refused_ticket_is_taken_by_one_press(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        chat = await stuck(house, "No such brand.")
        id = await need_id(desk)
        await desk.see(f"/inbox/{chat.id}?show=open")
        link = desk.one(f'.joint a[href="{PATH}#need-{id}"]')
        assert "Zendesk refused this ticket for good" in link.text()
        await desk.do(f"{PATH}/{id}/take")
        assert desk.at == f"/inbox/{chat.id}?show=mine"
        assert "This needs nobody any more" in words(await desk.do(f"{PATH}/{id}/take"))


async def test_g5_an_unknown_one_is_not_taken_and_the_page_says_where_to_look(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        chat = await stuck(house, "no answer in time", Attempt.UNKNOWN)
        read = words(await desk.see(PATH))
        assert "Unknown at Zendesk" in read and f"warmline-{chat.id}-1" in read
        id = await need_id(desk)
        assert "It may already be there" in words(await desk.do(f"{PATH}/{id}/take", 409))
        house.clock.passes(minutes=3)
        read = words(await desk.do(f"{PATH}/{id}/not-there"))
        assert "Noted: there is no ticket" in read
        assert "refused this ticket" in read and "Send again" in read
        assert "Marta looked in zendesk" in words(await desk.see(f"/inbox/{chat.id}?show=open"))


async def test_the_card_leads_to_the_receipt_and_names_the_second_destination(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        chat = await stuck(house, "No such brand.", second="inbox")
        card = words(await desk.see(f"/inbox/{chat.id}?show=open"))
        assert "Second destination Inbox takes over" in card and "What the shopper can read" not in card

        def over(tx: Transaction) -> None:
            assert take_over(tx, house.machine.app, tx.conversation(ACME, ConversationId(chat.id)), house.clock())

        await house.machine.app.store.write(over)
        card = words(await desk.see(f"/inbox/{chat.id}?show=waiting"))
        assert "Zendesk did not take it in time. It went to Inbox." in card
        assert "Second destination" not in card and "Needs a person Zendesk" not in card
        receipt = desk.one(".joint a[href*='/receipt/']").attributes["href"] or ""
        # The same link at each look, and what the shopper may read of it.
        await desk.see(f"/inbox/{chat.id}?show=waiting")
        assert desk.one(".joint a[href*='/receipt/']").attributes["href"] == receipt
        assert "What was passed on" in words(await desk.see("/receipt/" + receipt.rpartition("/")[2]))
