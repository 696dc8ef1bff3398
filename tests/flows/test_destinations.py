"""Handoffs by e-mail and by webhook, from the shopper's question to the mail or the call, through honest trouble."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from typing import Any

import pytest
import pytest_asyncio

from tests.flows.shop import UNANSWERABLE, Shop, Shopper, Town, a_town
from warmline.domain.ids import ConversationId
from warmline.sandbox.credentials import ADA_PROFILE_ID, SUPPORT_MAILBOX

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("destinations")]

KINDS = ["email", "webhook"]
SANDBOX = {"email": "mail", "webhook": "webhook"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with a_town(tmp_path_factory.mktemp("town")) as town:
        yield town


async def a_shop(town: Town, kind: str) -> Shop:
    return await town.shop(connect=(kind, "klaviyo"), handoff={"method": "ticket", "helpdesk": kind})


async def handed_off(shop: Shop, email: str) -> Shopper:
    """Asked, offered, agreed, and an address given."""
    shopper = await shop.shopper(page={"url": "https://shop.example/tents", "title": "Tents"})
    answer = await shopper.ask(UNANSWERABLE)
    assert "They reply by e-mail" in answer["text"]
    await shopper.choose("accept")
    given = await shopper.email(email)
    assert given.status_code == 200, given.text
    return shopper


@contextmanager
def trouble(shop: Shop, kind: str, fault: str, **how: Any) -> Iterator[None]:
    shop.sandbox.add_fault(SANDBOX[kind], fault, **how)
    try:
        yield
    finally:
        shop.sandbox.clear_faults(SANDBOX[kind])


def mails_of(shop: Shop, shopper: Shopper) -> list[Message]:
    found = [message_from_bytes(each.raw) for each in shop.sandbox.mails() if each.recipients == [SUPPORT_MAILBOX]]
    return [each for each in found if shopper.id in str(each["X-Warmline-Handoff"])]


def arrived(shop: Shop, kind: str, shopper: Shopper) -> dict[str, int]:
    """Id of each event → how often it was made there: by Message-ID for mail, by (id, bytes) for the webhook."""
    if kind == "webhook":
        counted = shop.sandbox.count_by_external_id("webhook")
        return {key: number for key, number in counted.items() if shopper.id in key}
    letters = {(str(each["Message-ID"]), each.as_bytes()) for each in mails_of(shop, shopper)}
    ids = [id for id, _ in letters]
    return {id: ids.count(id) for id in ids}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_question_becomes_one_ticket_and_the_words_are_true(town: Town, kind: str) -> None:
    shop = await a_shop(town, kind)
    shopper = await handed_off(shop, "ada@example.com")
    told = await shopper.until_notice("ticket")
    await shopper.until(lambda event: event["kind"] == "closed")
    assert "ada@example.com" in told["text"]
    assert shopper.steps() == ["offered", "needs_email", "owed", "delivered"]
    assert list(arrived(shop, kind, shopper).values()) == [1]
    if kind == "email":
        [mail] = mails_of(shop, shopper)
        text = mail.get_payload(0).get_payload(decode=True).decode()  # type: ignore[union-attr]
        assert mail["Reply-To"] == "ada@example.com" and "#" not in told["text"], "a mailbox gives no number back"
        assert "ticket" not in shopper.state
        assert UNANSWERABLE in text and ADA_PROFILE_ID in text and "https://shop.example/tents" in text
    else:
        [ticket] = [each for each in shop.sandbox.tickets("webhook") if shopper.id in str(each.external_id)]
        assert shopper.state["ticket"] == {"helpdesk": "webhook", "reference": f"WH-{ticket.id}"}
        assert f"WH-{ticket.id}" in told["text"] and ticket.sent["data"]["shopper"]["profile_id"] == ADA_PROFILE_ID


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", ["error_after", "reset_after", "error_before"])
async def test_g5_a_lost_answer_is_repeated_under_the_same_id(town: Town, kind: str, fault: str) -> None:
    shop = await a_shop(town, kind)
    operation = {} if kind == "email" else {"operation": "create"}
    with trouble(shop, kind, fault, times=2, **operation):
        shopper = await handed_off(shop, f"{fault.replace('_', '.')}@example.com")
        await shopper.until_notice("saved")
        await shopper.until_notice("ticket")
    assert list(arrived(shop, kind, shopper).values()) == [1]
    assert [each for each in shopper.notices() if each in ("saved", "ticket")] == ["saved", "ticket"]


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_written_while_it_waits_follows_in_the_same_thread(town: Town, kind: str) -> None:
    shop = await a_shop(town, kind)
    with trouble(shop, kind, "error_before"):
        shopper = await handed_off(shop, "later@example.com")
        await shopper.until_notice("saved")
        await shopper.say("It is the blue one, order 1002")
    await shopper.until_notice("ticket")
    await _until(lambda: _follow_ups(shop, kind, shopper) == 1)
    if kind == "email":
        first, second = mails_of(shop, shopper)
        assert second["In-Reply-To"] == first["Message-ID"] and second["Message-ID"] != first["Message-ID"]
        assert "order 1002" in second.get_payload(0).get_payload(decode=True).decode()  # type: ignore[union-attr]
    assert set(arrived(shop, kind, shopper).values()) == {1}


def _follow_ups(shop: Shop, kind: str, shopper: Shopper) -> int:
    if kind == "email":
        return len(mails_of(shop, shopper)) - 1
    [ticket] = [each for each in shop.sandbox.tickets("webhook") if shopper.id in str(each.external_id)]
    return sum("order 1002" in message.text for message in ticket.messages)


@pytest.mark.parametrize("kind", KINDS)
async def test_g6_after_seven_days_it_needs_a_person_and_send_again_uses_the_same_id(town: Town, kind: str) -> None:
    shop = await a_shop(town, kind)
    marta = await shop.teammate("Marta")
    with trouble(shop, kind, "error_after"):
        shopper = await handed_off(shop, "week@example.com")
        await shopper.until_notice("saved")
        town.clock.ahead += timedelta(days=7, minutes=16)
        await _until_step(town, shop, shopper, "stuck")
    assert shopper.id in str(await marta.get("/inbox/needs-person"))
    await marta.post(f"/conversations/{shopper.id}/send-again")
    await _until_step(town, shop, shopper, "delivered")
    assert set(arrived(shop, kind, shopper).values()) == {1}
    assert shopper.id not in str(await marta.get("/inbox/needs-person"))


@pytest.mark.parametrize(("kind", "fault"), [("email", "refuse_ticket"), ("webhook", "refuse_account")])
async def test_a_refused_mailbox_or_secret_pauses_and_the_handoff_waits(town: Town, kind: str, fault: str) -> None:
    shop = await a_shop(town, kind)
    with trouble(shop, kind, fault):
        shopper = await handed_off(shop, "paused@example.com")
        await shopper.until_notice("saved")
    integration = await town.machine.app.store.read(lambda tx: tx.integration(shop.workspace, kind))
    assert integration is not None and integration.paused_why
    await shopper.look()
    assert shopper.state["step"] == "owed" and arrived(shop, kind, shopper) == {}


async def test_the_helpdesks_own_mailbox_is_no_address_for_an_answer(town: Town) -> None:
    shop = await a_shop(town, "email")
    shopper = await shop.shopper()
    await shopper.ask(UNANSWERABLE)
    await shopper.choose("accept")
    refused = await shopper.email(SUPPORT_MAILBOX)
    assert refused.status_code == 422 and refused.json()["field"] == "email"


async def test_g5_once_a_try_was_unclear_no_later_refusal_proves_that_nothing_was_made(town: Town) -> None:
    """The call that got an error made the ticket all the same; the 429 after it is about the repeat alone."""
    shop = await town.shop(connect=("webhook",), handoff=_with_second("webhook"))
    shop.sandbox.add_fault("webhook", "error_after", operation="create", times=1)
    with trouble(shop, "webhook", "rate_limited", operation="create"):
        shopper = await handed_off(shop, "unclear@example.com")
        await shopper.until_notice("saved")
        town.clock.ahead += timedelta(minutes=2)
        asked = len(shop.sandbox.requests("webhook"))
        await _until(lambda: len(shop.sandbox.requests("webhook")) >= asked + 2)
    await shopper.until_notice("ticket")
    assert not {"queued", "auto_reply", "away"} & set(shopper.notices())
    assert list(arrived(shop, "webhook", shopper).values()) == [1]


async def test_g5_what_a_mail_server_never_heard_the_second_destination_may_have(town: Town) -> None:
    shop = await town.shop(connect=("email",), handoff=_with_second("email"))
    with trouble(shop, "email", "error_before"):
        shopper = await handed_off(shop, "second@example.com")
        await shopper.until_notice("saved")
        town.clock.ahead += timedelta(minutes=2)
        await shopper.until(lambda event: event.get("notice") in {"queued", "auto_reply"})
    assert arrived(shop, "email", shopper) == {}


def _with_second(first: str) -> dict[str, Any]:
    return {"helpdesk": first, "second": "inbox", "second_after_minutes": 1}


async def _until_step(town: Town, shop: Shop, shopper: Shopper, step: str) -> None:
    """As the store has it: the shopper's own token lives for a day."""
    end, id = time.monotonic() + 30, ConversationId(shopper.id)
    while True:
        conversation = await town.machine.app.store.read(lambda tx: tx.conversation(shop.workspace, id))
        if conversation.handoff and conversation.handoff.name == step:
            return
        assert time.monotonic() < end, conversation.handoff
        await asyncio.sleep(0.1)


async def _until(so: Any) -> None:
    end = time.monotonic() + 30
    while not so():
        assert time.monotonic() < end
        await asyncio.sleep(0.1)
