"""The journeys of a shopper, end to end over HTTP: each ends with an answer or with a person."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import OctKey

from tests.flows.shop import ANSWERABLE, ORIGIN, UNANSWERABLE, Shop, Shopper, Town, a_town
from warmline.domain.workspace import Role
from warmline.sandbox.credentials import ADA_EMAIL, ADA_PROFILE_ID

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("journeys")]

SECRET = "0123456789abcdefghijklmnopqrstuvwxyz-test"
CLOSED: dict[str, list[str]] = {"mon": []}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with a_town(tmp_path_factory.mktemp("town")) as town:
        yield town


def to(helpdesk: str) -> dict[str, dict[str, Any]]:
    return {"handoff": {"method": "ticket", "helpdesk": helpdesk}}


async def tickets_of(shop: Shop, vendor: str, shopper: Shopper) -> list[Any]:
    return [each for each in shop.sandbox.tickets(vendor) if shopper.id in (each.external_id or "")]


async def test_a_question_that_the_shop_knows_is_answered_with_its_source(town: Town) -> None:
    shopper = await (await town.shop()).shopper()
    answer = await shopper.ask(ANSWERABLE)
    assert "60 days" in answer["text"]
    assert answer["sources"] == [{"title": "Returns", "url": "https://shop.example/help/returns"}]
    assert shopper.state["owner"] == "agent" and shopper.state["step"] is None


async def test_a_polish_question_is_answered_in_polish(town: Town) -> None:
    shopper = await (await town.shop()).shopper(locale="pl")
    answer = await shopper.ask("Ile mam czasu na zwrot?")
    assert "60 dni" in answer["text"]
    assert answer["sources"][0]["title"] == "Zwroty"


@pytest.mark.parametrize("vendor", ["zendesk", "gorgias"])
async def test_no_answer_yes_email_typo_first_becomes_one_ticket(town: Town, vendor: str) -> None:
    shop = await town.shop(connect=(vendor, "klaviyo"), **to(vendor))
    shopper = await shop.shopper(page={"url": "https://shop.example/tents", "title": "Tents"})
    answer = await shopper.ask(UNANSWERABLE)
    assert "They reply by e-mail" in answer["text"]
    await shopper.until(lambda event: event.get("step") == "offered")
    assert (await shopper.choose("accept"))["step"] == "needs_email"
    bad = await shopper.email("ada@example")
    assert bad.status_code == 422 and bad.json()["field"] == "email"
    typo = await shopper.email("ada@gmial.com")
    assert typo.json()["suggestion"] == "ada@gmail.com" and typo.json()["state"]["step"] == "needs_email"
    given = await shopper.email(ADA_EMAIL)
    assert given.status_code == 200 and given.json()["email"] == ADA_EMAIL
    told = await shopper.until_notice("ticket")
    assert ADA_EMAIL in told["text"]
    await shopper.until(lambda event: event["kind"] == "closed")
    assert shopper.state["open"] is False and shopper.state["step"] == "delivered"
    assert shopper.state["ticket"]["helpdesk"] == vendor
    [ticket] = await tickets_of(shop, vendor, shopper)
    text = "\n".join(message.text for message in ticket.messages) + "\n".join(m.html for m in ticket.messages)
    assert ticket.email == ADA_EMAIL and ADA_PROFILE_ID in text
    assert UNANSWERABLE in text and "UTC" in text and "https://shop.example/tents" in text
    assert not any(message.mailed for message in ticket.messages)
    assert shopper.steps() == ["offered", "needs_email", "owed", "delivered"]
    late = await shopper.post("/messages", {"client_id": "after-the-end", "text": "One more thing"})
    assert late.status_code == 409 and late.json()["code"] == "closed"


async def test_a_declined_offer_makes_no_ticket(town: Town) -> None:
    shop = await town.shop(connect=("zendesk",), **to("zendesk"))
    shopper = await shop.shopper()
    await shopper.ask(UNANSWERABLE)
    state = await shopper.choose("decline")
    assert state["step"] == "declined" and state["owner"] == "agent"
    assert (await shopper.ask(ANSWERABLE))["sources"]
    assert await tickets_of(shop, "zendesk", shopper) == []


async def test_the_inbox_with_a_teammate_is_a_live_chat_both_ways(town: Town) -> None:
    shop = await town.shop()
    marta, tom = await shop.teammate("Marta"), await shop.teammate("Tom")
    shopper = await shop.shopper()
    offer = await shopper.ask(UNANSWERABLE)
    assert "connect you with our team" in offer["text"]
    await shopper.choose("accept")
    skipped = await shopper.post("/email", {"skip": True})
    assert skipped.status_code == 200 and skipped.json()["state"]["owner"] == "queue"
    await shopper.until_notice("queued")
    waiting = await marta.get("/conversations?show=waiting")
    assert shopper.id in str(waiting)
    await marta.post(f"/conversations/{shopper.id}/accept")
    refused = await tom.http.post(f"/conversations/{shopper.id}/accept")
    assert refused.status_code == 409 and "Marta" in refused.json()["detail"]
    joined = await shopper.until(lambda event: event["kind"] == "owner" and event["owner"] == "teammate")
    assert joined["name"] == "Marta"
    await marta.post(f"/conversations/{shopper.id}/reply", {"text": "Hi, yes we do!"})
    reply = await shopper.until(lambda event: event.get("author", {}).get("kind") == "teammate")
    assert reply["text"] == "Hi, yes we do!" and reply["author"]["name"] == "Marta"
    await shopper.say("Wonderful. In green?")
    whole = await marta.get(f"/conversations/{shopper.id}")
    assert "Wonderful. In green?" in str(whole)
    await marta.post(f"/conversations/{shopper.id}/note", {"text": "A secret note"})
    await asyncio.sleep(0.5)
    await shopper.look()
    assert "A secret note" not in str(shopper.log)
    agent_words = [event for event in shopper.log if event.get("author", {}).get("kind") == "agent"]
    before = len(agent_words)
    await marta.post(f"/conversations/{shopper.id}/hand-back")
    answer = await shopper.ask(ANSWERABLE)
    assert answer["sources"] and before + 1 == sum(e.get("author", {}).get("kind") == "agent" for e in shopper.log)
    assert shopper.state["owner"] == "agent" and shopper.state["step"] is None


@pytest.mark.parametrize(("tables", "notice"), [({}, "auto_reply"), ({"office_hours": CLOSED}, "away")])
async def test_nobody_available_says_so_and_the_reply_goes_by_mail_with_a_link(
    town: Town, tables: dict[str, Any], notice: str
) -> None:
    shop = await town.shop(**tables)
    shopper = await shop.shopper()
    await shopper.ask(UNANSWERABLE)
    state = await shopper.choose("accept")
    assert state["step"] == "needs_email"
    assert (await shopper.post("/email", {"skip": True})).status_code == 422
    address = f"ann.{shop.workspace}@example.com"
    await shopper.email(address)
    told = await shopper.until_notice(notice)
    assert address in told["text"]
    marta = await shop.teammate("Marta")
    await marta.post(f"/conversations/{shopper.id}/accept")
    await marta.post(f"/conversations/{shopper.id}/reply", {"text": "We can do that for you."})
    mail = await the_mail_to(shop, address)
    body = mail.text
    assert "We can do that for you." in body and "Marta" in body
    link = body.split("/resume#")[1].split()[0]
    async with httpx.AsyncClient(base_url=f"{town.url}/api/widget") as http:
        resumed = await http.post("/resume", json={"link": link})
        assert resumed.status_code == 200, resumed.text
        again = resumed.json()
        assert again["conversation"]["id"] == shopper.id
        http.headers["Authorization"] = f"Bearer {again['token']}"
        seen = (await http.get(f"/conversations/{shopper.id}/events?after=0")).json()
        assert "We can do that for you." in str(seen["events"])
        wrong = await http.post("/resume", json={"link": link[:-3] + "abc"})
        assert wrong.status_code == 404


async def the_mail_to(shop: Shop, address: str) -> Any:
    end = time.monotonic() + 10
    while time.monotonic() < end:
        for mail in shop.sandbox.mails():
            if address in str(mail.recipients):
                return mail
        await asyncio.sleep(0.05)
    raise AssertionError(f"no mail to {address}")


async def test_the_custom_message_offers_no_person(town: Town) -> None:
    links = [{"label": "FAQ", "url": "https://shop.example/faq"}]
    shop = await town.shop(handoff={"method": "message", "message": {"en": "Look here."}, "links": links})
    shopper = await shop.shopper()
    answer = await shopper.ask(UNANSWERABLE)
    assert answer["text"] == "Look here." and answer["notice"] == "custom" and answer["links"] == links
    wish = await shopper.ask("I want a human")
    assert wish["notice"] == "custom"
    state = await shopper.choose("request")
    assert state["step"] is None and state["reply"] == "message" and state["owner"] == "agent"
    assert (await shopper.ask(ANSWERABLE))["sources"]
    site = (await shopper.http.get(f"/sites/{shop.site}")).json()
    assert site["person"] is False and site["reply"] == "message"


@pytest.mark.parametrize(
    ("locale", "wish", "said"),
    [
        ("en", "I want a human", "passing you to our team"),
        ("pl", "Chcę rozmawiać z człowiekiem", "Przekazuję rozmowę zespołowi"),
    ],
)
async def test_a_wish_for_a_person_is_consent(town: Town, locale: str, wish: str, said: str) -> None:
    shop = await town.shop(connect=("zendesk",), **to("zendesk"))
    shopper = await shop.shopper(locale=locale)
    answer = await shopper.ask(wish)
    assert said in answer["text"]
    await shopper.until(lambda event: event.get("step") == "needs_email")
    for _ in range(3):
        await shopper.ask(wish)
    assert (await shopper.choose("request"))["handoff"] == 1
    await shopper.email("jan@example.com")
    await shopper.until_notice("ticket")
    assert len(await tickets_of(shop, "zendesk", shopper)) == 1


async def test_an_address_typed_as_a_message_is_taken_as_the_address(town: Town) -> None:
    shop = await town.shop(connect=("gorgias",), **to("gorgias"))
    shopper = await shop.shopper()
    await shopper.ask(UNANSWERABLE)
    await shopper.say("yes please")
    await shopper.until(lambda event: event.get("step") == "needs_email")
    await shopper.say("it is eva@example.com")
    await shopper.until_notice("ticket")
    [ticket] = await tickets_of(shop, "gorgias", shopper)
    assert ticket.email == "eva@example.com"


async def test_t19_an_address_typed_as_a_message_passes_the_checks_of_the_form(town: Town) -> None:
    shop = await town.shop(connect=("gorgias",), **to("gorgias"))
    await shop.teammate("Marta")
    shopper = await shop.shopper()
    await shopper.choose("request")
    await shopper.say(f"marta@{shop.workspace}.example")
    await shopper.until(lambda event: "the shop's own team" in event.get("text", ""))
    await shopper.say("eva@gmial.com")
    await shopper.until(lambda event: event.get("text") == "Did you mean eva@gmail.com?")
    assert shopper.state["step"] == "needs_email"
    await shopper.say("eva@gmail.com")
    await shopper.until_notice("ticket")
    [ticket] = await tickets_of(shop, "gorgias", shopper)
    assert ticket.email == "eva@gmail.com"


def signed(shop: Shop, **claims: Any) -> str:
    now = int(time.time())
    known = {"sub": "customer-7", "aud": shop.site, "iat": now, "exp": now + 300}
    return jwt.encode({"alg": "HS256"}, known | claims, OctKey.import_key(SECRET))


async def test_a_signed_in_shopper_is_not_asked_for_an_email(town: Town) -> None:
    shop = await town.shop(connect=("zendesk",), identity_secret=SECRET, **to("zendesk"))
    token = signed(shop, email="signed@example.com", email_verified=True, name="Ada Byron")
    shopper = await shop.shopper(identity=token)
    await shopper.ask(UNANSWERABLE)
    state = await shopper.choose("accept")
    assert state["step"] in {"owed", "delivered"}
    await shopper.until_notice("ticket")
    [ticket] = await tickets_of(shop, "zendesk", shopper)
    assert ticket.email == "signed@example.com" and ticket.name == "Ada Byron"


async def test_an_expired_identity_creates_nothing(town: Town) -> None:
    shop = await town.shop(identity_secret=SECRET)
    token = signed(shop, iat=int(time.time()) - 900, exp=int(time.time()) - 600)
    async with httpx.AsyncClient(base_url=f"{town.url}/api/widget") as http:
        answer = await http.post("/conversations", json={"site": shop.site, "identity": token})
    assert answer.status_code == 422 and answer.json()["field"] == "identity"


@pytest.mark.parametrize("method", ["ticket", "message"])
async def test_with_the_agent_switched_off_the_first_message_gets_the_offer(town: Town, method: str) -> None:
    handoff = {"method": method} | ({"message": {"en": "Please see the FAQ."}} if method == "message" else {})
    shop = await town.shop(workspace={"agent": False}, handoff=handoff)
    shopper = await shop.shopper()
    answer = await shopper.ask(ANSWERABLE)
    assert "sources" not in answer
    if method == "message":
        assert answer["text"] == "Please see the FAQ."
    else:
        await shopper.until(lambda event: event.get("step") == "offered")


async def test_what_is_typed_while_the_ticket_is_owed_reaches_it_as_one_follow_up(town: Town) -> None:
    shop = await town.shop(connect=("zendesk",), **to("zendesk"))
    shopper = await shop.shopper()
    await shopper.ask(UNANSWERABLE)
    await shopper.choose("accept")
    shop.sandbox.add_fault("zendesk", "error_before", operation="create", times=1)
    try:
        await shopper.email("late@example.com")
        await shopper.until_notice("saved")
        await shopper.say("It is for my brother.")
        await shopper.say("And for his dog.")
        await shopper.until_notice("ticket")
    finally:
        shop.sandbox.clear_faults("zendesk")
    [ticket] = await tickets_of(shop, "zendesk", shopper)
    end = time.monotonic() + 10
    while time.monotonic() < end and len(ticket.messages) < 2:
        await asyncio.sleep(0.05)
        [ticket] = await tickets_of(shop, "zendesk", shopper)
    assert len(ticket.messages) == 2
    follow_up = ticket.messages[1].text + ticket.messages[1].html
    assert "It is for my brother." in follow_up and "And for his dog." in follow_up
    assert shopper.notices().count("saved") == 1 and shopper.notices().count("ticket") == 1


async def test_nobody_accepts_in_time_and_the_shopper_is_told_once(town: Town) -> None:
    shop = await town.shop(handoff={"method": "ticket", "wait_seconds": 5})
    await shop.teammate("Marta")
    shopper = await shop.shopper()
    await shopper.ask(UNANSWERABLE)
    await shopper.choose("accept")
    await shopper.email("wait@example.com")
    await shopper.until_notice("queued")
    town.clock.ahead += timedelta(seconds=6)
    await shopper.until_notice("away")
    town.clock.ahead += timedelta(seconds=60)
    await asyncio.sleep(0.5)
    await shopper.look()
    assert shopper.notices().count("away") == 1 and shopper.state["owner"] == "queue"


async def test_a_dead_account_pauses_and_goes_out_after_reconnecting(town: Town) -> None:
    shop = await town.shop(connect=("gorgias",), **to("gorgias"))
    shopper = await shop.shopper()
    await shopper.ask(UNANSWERABLE)
    await shopper.choose("accept")
    shop.sandbox.add_fault("gorgias", "refuse_account")
    try:
        await shopper.email("paused@example.com")
        await shopper.until_notice("saved")
    finally:
        shop.sandbox.clear_faults("gorgias")
    app = town.machine.app
    integration = await app.store.read(lambda tx: tx.integration(shop.workspace, "gorgias"))
    assert integration is not None and integration.paused_why
    boss = await shop.teammate("Olga", Role.OWNER)
    [shown] = (await boss.get("/integrations"))["integrations"]
    assert (shown["name"], shown["state"], shown["waiting"]) == ("gorgias", "paused", 1)
    assert "401" in shown["why"]
    assert await tickets_of(shop, "gorgias", shopper) == []
    connected = integration

    def reconnect(tx: Any) -> None:
        tx.save_integration(shop.workspace, connected, datetime.now(UTC))
        tx.wake_effects(shop.workspace, "gorgias", datetime.now(UTC) + town.clock.ahead)

    await app.store.write(reconnect)
    await shopper.until_notice("ticket")
    assert len(await tickets_of(shop, "gorgias", shopper)) == 1


async def test_a_ticket_refused_for_good_is_stuck_and_a_teammate_can_take_it(town: Town) -> None:
    shop = await town.shop(connect=("zendesk",), **to("zendesk"))
    marta = await shop.teammate("Marta")
    shopper = await shop.shopper()
    await shopper.ask(UNANSWERABLE)
    await shopper.choose("accept")
    shop.sandbox.add_fault("zendesk", "refuse_ticket", operation="create")
    try:
        await shopper.email("stuck@example.com")
        await shopper.until(lambda event: event.get("step") == "stuck")
    finally:
        shop.sandbox.clear_faults("zendesk")
    assert shopper.id in str(await marta.get("/conversations?show=waiting"))
    await marta.post(f"/conversations/{shopper.id}/accept")
    await shopper.until(lambda event: event.get("owner") == "teammate")
    await shopper.look()
    assert shopper.state["step"] == "delivered"
    assert await tickets_of(shop, "zendesk", shopper) == []


async def test_over_the_limit_a_consented_handoff_is_kept_in_the_inbox(town: Town) -> None:
    shop = await town.shop(connect=("zendesk",), limits={"handoffs_per_network_day": 1}, **to("zendesk"))
    first, second = await shop.shopper(), await shop.shopper()
    for n, shopper in enumerate((first, second)):
        await shopper.ask(UNANSWERABLE)
        await shopper.choose("accept")
        assert (await shopper.email(f"limit{n}@example.com")).status_code == 200
    await first.until_notice("ticket")
    await second.until(lambda event: event.get("owner") == "queue")
    assert await tickets_of(shop, "zendesk", second) == []


async def test_too_many_messages_are_refused_with_a_time_to_wait(town: Town) -> None:
    shop = await town.shop(limits={"messages_per_minute": 3})
    shopper = await shop.shopper()
    for _ in range(3):
        await shopper.say("hello")
    answer = await shopper.post("/messages", {"client_id": "one-too-many", "text": "hello"})
    assert answer.status_code == 429 and int(answer.headers["Retry-After"]) >= 1


async def test_an_offer_accepted_after_a_switch_to_the_custom_message_reaches_a_person(town: Town) -> None:
    shop = await town.shop(connect=("zendesk",), **to("zendesk"))
    shopper = await shop.shopper()
    await shopper.ask(UNANSWERABLE)
    await shop.change(handoff={"method": "message", "message": {"en": "No people here."}})
    await shopper.choose("accept")
    await shopper.email("switched@example.com")
    await shopper.until(lambda event: event.get("owner") == "queue")
    assert await tickets_of(shop, "zendesk", shopper) == []


async def test_a_foreign_page_is_refused(town: Town) -> None:
    shop = await town.shop()
    async with httpx.AsyncClient(base_url=f"{town.url}/api/widget") as http:
        good = await http.post("/conversations", json={"site": shop.site}, headers={"Origin": ORIGIN})
        bad = await http.post("/conversations", json={"site": shop.site}, headers={"Origin": "https://evil.example"})
    assert good.status_code == 201 and good.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert bad.status_code == 403 and "Access-Control-Allow-Origin" not in bad.headers


async def test_g4_the_stream_brings_every_event_once_and_in_order(town: Town) -> None:
    shop = await town.shop()
    shopper = await shop.shopper()
    frames: list[str] = []

    async def listen() -> None:
        path = f"/conversations/{shopper.id}/stream?after=0"
        async with shopper.http.stream("GET", path) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            async for line in response.aiter_lines():
                frames.append(line)  # noqa: PERF401 the test reads it while it grows

    listening = asyncio.create_task(listen())
    await shopper.ask(ANSWERABLE)
    await asyncio.sleep(0.3)
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    seqs = [int(part) for line in frames if line.startswith("data:") for part in _seqs(line)]
    assert seqs == [event["seq"] for event in shopper.log]


def _seqs(line: str) -> list[int]:
    import json

    return [event["seq"] for event in json.loads(line[5:]).get("events", [])]
