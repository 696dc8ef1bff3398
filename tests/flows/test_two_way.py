"""Helpdesks answer: what their people write is recorded once, mirrored where the merchant wants it; nothing loops."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
import pytest
import pytest_asyncio

from tests.flows.shop import UNANSWERABLE, Colleague, Shop, Shopper, Town, a_town
from warmline.actions.open_hook import fresh_hook_secret, open_hook, set_hook_secret
from warmline.domain.bucket import Bucket
from warmline.domain.effect import EffectKind
from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.domain.outcome import Episode
from warmline.sandbox import SeenRequest, SeenTicket
from warmline.sandbox.credentials import GORGIAS_API_KEY, GORGIAS_EMAIL, ZENDESK_CLIENT_ID, ZENDESK_CLIENT_SECRET
from warmline.store.base import Transaction

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("two_way")]

T = TypeVar("T")
ALL_TIMES = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))
EVENTS = ["zen:event-type:ticket.comment_added", "zen:event-type:ticket.status_changed"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    async with a_town(tmp_path_factory.mktemp("town")) as town:
        yield town


@dataclass
class Case:
    """A shopper whose question has become a ticket, and a teammate who looks on."""

    shop: Shop
    vendor: str
    shopper: Shopper
    marta: Colleague
    id: int

    @property
    def ticket(self) -> SeenTicket:
        return next(each for each in self.shop.sandbox.tickets(self.vendor) if each.id == self.id)

    async def log(self, kind: str) -> list[dict[str, Any]]:
        """What the team sees of this kind."""
        whole = await self.marta.get(f"/conversations/{self.shopper.id}")
        return [event for event in whole["events"] if event["kind"] == kind]

    def reply(self, text: str, *, public: bool = True, as_customer: bool = False) -> None:
        self.shop.sandbox.reply(self.vendor, self.id, text, public=public, as_customer=as_customer)

    async def looked(self) -> None:
        await self.looked_at(1)

    async def looked_at(self, n: int) -> None:
        """Read the ticket now, as the clock would some time later."""
        store = self.shop.town.machine.app.store
        mine = {"key": f"look:{self.shopper.id}-{n}", "kind": EffectKind.LOOK.value}
        sql = "UPDATE effect SET due = 0 WHERE key = :key AND kind = :kind AND state = 'pending'"
        assert await store.write(lambda tx: tx.run(sql, **mine)), "nobody looks any more"

        async def over() -> bool:
            row = await store.read(lambda tx: tx.row("SELECT * FROM effect WHERE key = :key AND kind = :kind", **mine))
            return row is not None and (row["due"] > 0 or row["state"] != "pending") and row["lease_until"] is None

        await until(over)

    async def recorded(self, many: int, kind: str = "outside") -> list[dict[str, Any]]:
        """Wait for so many lines of this kind."""

        async def there() -> list[dict[str, Any]] | None:
            found = await self.log(kind)
            return found if len(found) >= many else None

        found: list[dict[str, Any]] = await until(there)
        assert len(found) == many
        return found

    async def episode(self) -> Episode:
        row = await self.shop.town.machine.app.store.read(lambda tx: tx.episodes(self.shop.workspace, *ALL_TIMES))
        return row[-1].episode

    async def hook(self, **behaviour: Any) -> None:
        """The merchant sets up the webhook; `behaviour` is how the stand-in sends it."""
        self.shop.sandbox.configure(self.vendor, **behaviour)
        app = self.shop.town.machine.app
        hook = await open_hook(app, self.shop.workspace, self.vendor)
        url = f"{self.shop.town.url}/hooks/{self.vendor}/{hook.key}"
        if self.vendor == "gorgias":
            an_integration(self.shop, url, await fresh_hook_secret(app, self.shop.workspace, self.vendor))
        else:
            await set_hook_secret(app, self.shop.workspace, self.vendor, a_webhook(self.shop, url))

    def said_there(self, text: str) -> int:
        """How many messages of the ticket hold this text."""
        return sum(text in message.text for message in self.ticket.messages)


def a_webhook(shop: Shop, url: str) -> str:
    """Made by the merchant in Zendesk, who copies its signing secret."""
    hook = {"name": "Warmline", "status": "active", "endpoint": url, "http_method": "POST", "request_format": "json",
            "subscriptions": EVENTS}  # fmt: skip
    asked = {"grant_type": "client_credentials", "client_id": ZENDESK_CLIENT_ID, "scope": "read write",
             "client_secret": ZENDESK_CLIENT_SECRET}  # fmt: skip
    with httpx.Client(base_url=shop.sandbox.url("zendesk")) as http:
        token = http.post("/oauth/tokens", json=asked).json()["access_token"]
        http.headers["Authorization"] = f"Bearer {token}"
        id = http.post("/api/v2/webhooks", json={"webhook": hook}).json()["webhook"]["id"]
        found: str = http.get(f"/api/v2/webhooks/{id}/signing_secret").json()["signing_secret"]["secret"]
    return found


def an_integration(shop: Shop, url: str, secret: str) -> None:
    """Made by the merchant in Gorgias, with the token that our page showed once."""
    form = {"ticket_id": "{{ticket.id}}", "status": "{{ticket.status}}", "message_id": "{{message.id}}"}
    triggers = {"ticket-message-created": True, "ticket-status-updated": True}
    http = {"url": url, "method": "POST", "request_content_type": "application/json", "hmac_secret": "another secret",
            "response_content_type": "application/json", "headers": {"X-Warmline-Token": secret}, "form": form,
            "triggers": triggers}  # fmt: skip
    body = {"name": "Warmline", "type": "http", "http": http}
    auth = (GORGIAS_EMAIL, GORGIAS_API_KEY)
    made = httpx.post(f"{shop.sandbox.url('gorgias')}/api/integrations", json=body, auth=auth)
    assert made.status_code == 201, made.text


def open_bucket(tx: Transaction, workspace: WorkspaceId, name: str, key: str) -> None:
    """It holds one token, and who waits for it is due."""
    now = datetime.now(UTC)
    tx.save_bucket(workspace, name, Bucket(1.0, now))
    assert tx.wake_effect(workspace, key, now)


def is_opening(request: SeenRequest, ticket: int) -> bool:
    return request.method == "PUT" and request.path.endswith(f"/tickets/{ticket}") and b"open" in request.body


async def until(holds: Callable[[], Awaitable[T | None]], seconds: float = 20) -> T:
    end = time.monotonic() + seconds
    while not (found := await holds()):
        assert time.monotonic() < end, "it never came true"
        await asyncio.sleep(0.05)
    return found


async def routed(town: Town, vendor: str = "zendesk", **settings: Any) -> Case:
    """A question that became a ticket; `settings` of the connection."""
    shop = await town.shop(connect=(vendor,), handoff={"method": "ticket", "helpdesk": vendor})

    def connect(tx: Transaction) -> None:
        there = tx.integration(shop.workspace, vendor)
        assert there is not None
        changed = replace(there, settings={**there.settings, **settings})
        tx.save_integration(shop.workspace, changed, datetime.now(UTC))

    await town.machine.app.store.write(connect)
    shopper = await shop.shopper()
    await shopper.ask(UNANSWERABLE)
    await shopper.choose("accept")
    await shopper.email(f"ann.{shop.workspace}@example.com")
    await shopper.until_notice("ticket")
    [id] = [each.id for each in shop.sandbox.tickets(vendor) if shopper.id in (each.external_id or "")]
    return Case(shop, vendor, shopper, await shop.teammate("Marta"), id)


# By e-mail, as every connection begins


async def test_a_reply_by_mail_is_in_the_log_once_and_the_ended_chat_stays_as_it_was(town: Town) -> None:
    case = await routed(town)
    await case.shopper.look()
    before = list(case.shopper.log)
    case.reply("A secret note", public=False)
    case.reply("Yes, we sell them.")
    case.reply("In green, please.", as_customer=True)
    await case.looked()
    await case.looked()
    team, shopper = await case.recorded(2)
    assert (team["author"], team["text"]) == ({"kind": "teammate", "name": "Sam Support"}, "Yes, we sell them.")
    assert (shopper["author"]["kind"], shopper["text"]) == ("visitor", "In green, please.")
    await case.shopper.look()
    assert case.shopper.log == before and case.shopper.state["open"] is False
    late = await case.shopper.post("/messages", {"client_id": "after-the-end", "text": "One more thing"})
    assert late.status_code == 409


async def test_the_first_reply_counts_in_the_reports(town: Town) -> None:
    case = await routed(town)
    assert (await case.episode()).first_reply_at is None
    case.reply("On Friday.")
    await case.looked()
    await case.recorded(1)
    assert (await case.episode()).first_reply_at is not None


@pytest.mark.parametrize("vendor", ["zendesk", "gorgias"])
async def test_a_webhook_brings_the_reply_at_once(town: Town, vendor: str) -> None:
    case = await routed(town, vendor)
    await case.hook()
    case.reply("On Friday.")
    [said] = await case.recorded(1)
    assert said["text"] == "On Friday."


@pytest.mark.parametrize("lie", [{"hook_copies": 3}, {"hook_delay": 0.4}, {"hooks_reversed": True}])
async def test_webhooks_that_come_twice_late_or_in_the_wrong_order_change_nothing(town: Town, lie: Any) -> None:
    case = await routed(town)
    try:
        await case.hook(**lie)
        case.reply("First.")
        case.reply("Second.")
        case.shop.sandbox.solve("zendesk", case.id)
        said = await case.recorded(2)
        assert [each["text"] for each in said] == ["First.", "Second."]
        await until(lambda: status(case, "solved"))
    finally:
        case.shop.sandbox.configure("zendesk", hook_copies=1, hook_delay=0, hooks_reversed=False)


async def status(case: Case, wanted: str) -> bool:
    ticket = await case.shop.town.machine.app.store.read(lambda tx: tx.ticket_of(ConversationId(case.shopper.id), 1))
    return ticket is not None and ticket.status == wanted


async def test_webhooks_that_never_come_are_made_up_for_by_looking(town: Town) -> None:
    case = await routed(town)
    await case.hook(hook_copies=0)
    try:
        case.reply("On Friday.")
        town.clock.ahead = timedelta(minutes=2)
        [said] = await case.recorded(1)
        assert said["text"] == "On Friday."
    finally:
        town.clock.ahead = timedelta(0)
        case.shop.sandbox.configure("zendesk", hook_copies=1)


async def test_looking_outlasts_a_helpdesk_that_is_down(town: Town) -> None:
    case = await routed(town)
    case.reply("On Friday.")
    case.shop.sandbox.add_fault("zendesk", "error_before", operation="fetch", times=2)
    case.shop.sandbox.add_fault("zendesk", "html_before", operation="fetch", times=1)
    for _ in range(4):
        await case.looked()
    assert [each["text"] for each in await case.recorded(1)] == ["On Friday."]


async def test_looking_ends_with_a_closed_ticket_and_with_its_age(town: Town) -> None:
    closed, old = await routed(town), await routed(town)
    closed.shop.sandbox.set_status("zendesk", closed.id, "closed")
    await closed.looked()
    await until(lambda: idle(closed))
    town.clock.ahead = timedelta(days=31)
    try:
        await until(lambda: idle(old))
    finally:
        # The helpdesk goes by the real time, and a call that is dated long ago is refused.
        town.clock.ahead = timedelta(0)


async def idle(case: Case) -> bool:
    sql = "SELECT state FROM effect WHERE conversation = :id AND kind = 'look'"
    row = await case.shop.town.machine.app.store.read(lambda tx: tx.row(sql, id=case.shopper.id))
    return row is not None and row["state"] == "done"


# In the chat, where the merchant wants it


def by_team(text: str) -> Callable[[dict[str, Any]], bool]:
    return lambda event: event.get("author", {}).get("kind") == "teammate" and event["text"] == text


@pytest.mark.parametrize("vendor", ["zendesk", "gorgias"])
async def test_a_chat_goes_on_with_its_ticket_both_ways(town: Town, vendor: str) -> None:
    case = await routed(town, vendor, continues_in="chat")
    shopper = case.shopper
    await case.hook()
    await shopper.look()
    assert (shopper.state["open"], shopper.state["owner"], shopper.state["reply"]) == (True, "helpdesk", "chat")
    assert "answer here" in (await shopper.until_notice("ticket"))["text"]
    case.reply("A secret note", public=False)
    case.reply("Yes, we sell them.")
    answer = await shopper.until(by_team("Yes, we sell them."))
    assert answer["author"] == {"kind": "teammate", "name": "Sam Support"}
    assert set(answer) == {"seq", "at", "kind", "author", "text"}, "nothing private reaches the shopper"
    for text in ("In green?", "And for my dog?", "Size four."):
        await shopper.say(text)

    async def arrived() -> bool:
        return case.said_there("Size four.") == 1

    await until(arrived)
    words = "\n".join(message.text for message in case.ticket.messages)
    assert words.index("In green?") < words.index("And for my dog?") < words.index("Size four.")
    assert [case.said_there(text) for text in ("In green?", "And for my dog?")] == [1, 1]
    case.reply("By mail: in blue, rather.", as_customer=True)
    mail = await shopper.until(lambda event: event.get("text") == "By mail: in blue, rather.")
    assert mail["author"]["kind"] == "visitor"
    await shopper.say("Thanks.")

    async def thanked() -> bool:
        return case.said_there("Thanks.") == 1

    await until(thanked)
    assert case.said_there("By mail: in blue, rather.") == 1, "what came from the ticket went back to it"
    before = len(case.ticket.messages)
    for _ in range(2):
        await case.looked()
    assert len(case.ticket.messages) == before, "what was read from the ticket goes back to it"
    await shopper.look()
    assert "A secret note" not in str(shopper.log)
    assert sum(by_team("Yes, we sell them.")(event) for event in shopper.log) == 1


async def test_an_echo_of_our_own_words_is_recognised_and_ends_there(town: Town) -> None:
    case = await routed(town, continues_in="chat")
    await case.shopper.say("In green?")

    async def arrived() -> bool:
        return case.said_there("In green?") == 1

    await until(arrived)
    echo = next(message.text for message in case.ticket.messages if "In green?" in message.text)
    case.reply(echo)
    case.reply("Yes.")
    await case.looked()
    await case.shopper.until(by_team("Yes."))
    assert "In green?" not in case.shopper.texts().replace("In green?", "", 1)
    assert not any(by_team(echo)(event) for event in case.shopper.log)


@pytest.mark.parametrize("fault", ["error_after", "silence_after", "error_before", "reset_before"])
async def test_a_word_reaches_the_ticket_once_however_the_call_ends(town: Town, fault: str) -> None:
    case = await routed(town, continues_in="chat")
    case.shop.sandbox.add_fault("zendesk", fault, operation="append", times=1)
    try:
        await case.shopper.say("Only once, please.")
        await case.shopper.say("This too.")

        async def arrived() -> bool:
            return case.said_there("This too.") >= 1

        await until(arrived, 30)
    finally:
        case.shop.sandbox.clear_faults("zendesk")
    assert (case.said_there("Only once, please."), case.said_there("This too.")) == (1, 1)


@pytest.mark.parametrize("vendor", ["zendesk", "gorgias"])
async def test_solved_ends_the_chat_and_a_word_of_either_side_opens_it_again(town: Town, vendor: str) -> None:
    case = await routed(town, vendor, continues_in="chat")
    await case.hook()
    case.reply("Here you are.")
    case.shop.sandbox.solve(vendor, case.id)
    closed = await case.shopper.until(lambda event: event["kind"] == "closed")
    assert closed["by"] == "helpdesk" and not case.shopper.state["open"]
    seq = await case.shopper.say("It does not fit.")

    async def open_there() -> bool:
        return case.said_there("It does not fit.") == 1 and case.ticket.status == "open"

    await until(open_there)
    await case.shopper.look()
    assert case.shopper.state["open"] and seq > closed["seq"]
    case.shop.sandbox.solve(vendor, case.id)
    await case.shopper.until(lambda event: event["kind"] == "closed" and event["seq"] > seq)
    case.reply("Send it back, then.")
    await case.shopper.until(by_team("Send it back, then."))
    assert case.shopper.state["open"]
    assert len(await case.log("reopened")) == 2 and len(await case.log("episode")) == 0


async def test_opening_a_ticket_again_takes_a_token_and_is_done_once(town: Town) -> None:
    case = await routed(town, "gorgias", continues_in="chat")
    case.shop.sandbox.solve("gorgias", case.id)
    await case.looked()
    await case.shopper.until(lambda event: event["kind"] == "closed")
    store, workspace = town.machine.app.store, case.shop.workspace
    now = town.machine.app.clock()
    shut = Bucket(0.0, now).closed(now + timedelta(minutes=5))
    await store.write(lambda tx: tx.save_bucket(workspace, "gorgias", shut))
    await case.shopper.say("It does not fit.")
    key = f"append:{case.shopper.id}-1"

    async def waits() -> bool:
        held = await store.read(lambda tx: tx.effect_by_key(workspace, key))
        return held is not None and held.line == "gorgias" and held.lease_until is None

    await until(waits)
    assert case.ticket.status == "closed", "nobody has called there without a token"
    # One token, and the next after some time: enough to open it, not yet to say something on it.
    await store.write(lambda tx: open_bucket(tx, workspace, "gorgias", key))

    async def said() -> bool:
        return case.said_there("It does not fit.") == 1 and case.ticket.status == "open"

    await until(said)
    opened = [each for each in case.shop.sandbox.requests("gorgias") if is_opening(each, case.id)]
    assert len(opened) == 1


async def test_a_word_after_a_ticket_was_closed_for_good_makes_one_that_follows_it(town: Town) -> None:
    case = await routed(town, continues_in="chat")
    case.shop.sandbox.set_status("zendesk", case.id, "closed")
    await case.looked()
    await case.shopper.until(lambda event: event["kind"] == "closed")
    await case.shopper.say("It broke again.")
    await case.shopper.until(lambda event: event.get("step") == "delivered" and event["n"] == 2)

    def mine() -> list[SeenTicket]:
        return [each for each in case.shop.sandbox.tickets("zendesk") if case.shopper.id in (each.external_id or "")]

    first, second = mine()
    assert second.external_id == f"warmline-{case.shopper.id}-2" and first.id == case.id
    assert second.sent["ticket"]["via_followup_source_id"] == case.id
    assert any("It broke again." in message.text for message in second.messages)
    assert case.shopper.state["open"] is True and case.shopper.state["ticket"]["reference"] == f"#{second.id}"
    case.shop.sandbox.reply("zendesk", second.id, "A new one is on its way.")
    await replace(case, id=second.id).looked_at(2)
    await case.shopper.until(by_team("A new one is on its way."))
    await case.shopper.say("Thank you!")

    async def arrived() -> bool:
        return any("Thank you!" in message.text for message in mine()[1].messages)

    await until(arrived)
    assert len(mine()) == 2
