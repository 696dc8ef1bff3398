"""Settings → Agent handoff: what can be chosen, what is refused and why, and what shoppers would see."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.console.browser import Visit
from tests.web.house import House, a_house
from warmline.actions.connect_integration import HELPDESK, connection
from warmline.domain.handoff import CustomMessage, Link, SendTicket
from warmline.domain.ids import WorkspaceId
from warmline.domain.report import report_of
from warmline.domain.wording import LANGUAGES
from warmline.domain.workspace import Workspace
from warmline.sandbox import Sandbox, credentials
from warmline.store.base import Transaction
from warmline.web.console.widget_words import WORDS

ACME = WorkspaceId("acme")
PATH, FORM = "/settings/handoff", "#handoff"
GORGIAS = {"account": "demo", "email": credentials.GORGIAS_EMAIL}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(port=0, smtp_port=0) as sandbox:
        yield sandbox


@pytest_asyncio.fixture
async def house(tmp_path: Path, sandbox: Sandbox) -> AsyncIterator[House]:
    env = {
        f"WARMLINE_{name.upper()}_BASE_URL": sandbox.url(name) for name in ("zendesk", "gorgias", "webhook", "klaviyo")
    }
    async with a_house(tmp_path / "house", works=False, **env) as house:
        yield house


async def shop(house: House) -> Workspace:
    return await house.machine.app.store.read(lambda tx: tx.workspace(ACME))


async def connect(house: House, name: str, settings: dict[str, Any], **secrets: str) -> None:
    account = connection(HELPDESK, name, settings, {}, secrets)
    await house.machine.app.store.write(lambda tx: tx.save_integration(ACME, account, house.clock()))


async def save(visit: Visit, **typed: Any) -> None:
    await visit.get(PATH)
    await visit.send(FORM, **typed)


async def test_first_visit_has_the_inbox_chosen(owner: Visit) -> None:
    await owner.get(PATH)
    fields = owner.fields(FORM)
    assert (fields["method"], fields["helpdesk"], fields["hours"], fields["wait"]) == (
        "ticket",
        "inbox",
        "always",
        "120",
    )


async def test_saving_without_a_change_changes_nothing(house: House, owner: Visit) -> None:
    before = await shop(house)
    await save(owner)
    assert owner.page.status_code == 303
    after = await shop(house)
    assert (after.method, after.hours, after.texts, after.agent) == (
        before.method,
        before.hours,
        before.texts,
        before.agent,
    )
    assert after.limits == before.limits and after.origins == before.origins


async def test_a_custom_message_with_links_is_saved_and_said_so(house: House, owner: Visit) -> None:
    typed = {
        "message.en": "Ask here:",
        "message.pl": "Zapytaj tu:",
        "link.1.label": "FAQ",
        "link.1.url": "https://shop.example/faq",
    }
    await save(owner, method="message", **typed)
    method = (await shop(house)).method
    assert method == CustomMessage({"en": "Ask here:", "pl": "Zapytaj tu:"}, (Link("FAQ", "https://shop.example/faq"),))
    await owner.follow()
    assert "Saved. New handoffs use this now." in owner.text
    assert {"Resolution rate", "Routed to team"} <= {node.text() for node in owner.tree.css(".flash a")}
    await owner.get(PATH)
    assert "Saved." not in owner.text and owner.fields(FORM)["message.pl"] == "Zapytaj tu:"


@pytest.mark.parametrize(
    ("typed", "field", "said"),
    [
        ({"method": "message"}, "message.en", "at least in one language"),
        ({"method": "message", "message.en": "x" * 2001}, "message.en", "At most 2000"),
        ({"method": "message", "message.en": "x", "link.0.label": "FAQ"}, "link.0.url", "https://"),
        ({"method": "message", "message.en": "x", "link.0.url": "https://a.example"}, "link.0.label", "link shows"),
        ({"method": "message", "message.en": "x", "link.4.label": "a", "link.4.url": "data:x"}, "link.4.url", "https"),
        ({"hours": "week", "slot.0.0.from": "9:75", "slot.0.0.to": "17"}, "slot.0.0.from", "09:00"),
        ({"hours": "week", "slot.0.0.from": "09:00", "slot.0.0.to": ""}, "slot.0.0.to", "09:00"),
        ({"hours": "week", "slot.0.1.from": "16:00", "slot.0.1.to": "18:00"}, "slot.0.1.from", "overlap"),
        ({"hours": "week", "slot.0.0.from": "09:00", "slot.0.0.to": "09:00"}, "slot.0.0.to", "same time"),
        ({"hours": "week", "holidays": "QQ"}, "holidays", "of the list"),
        ({"wait": "1"}, "wait", "Choose one"),
        ({"helpdesk": "zendesk"}, "helpdesk", "Connect Zendesk first"),
        ({"helpdesk": "nonsense"}, "helpdesk", "no helpdesk called"),
    ],
)  # fmt: skip
async def test_a_fault_stands_beside_its_field_and_nothing_typed_is_lost(
    house: House, owner: Visit, typed: dict[str, str], field: str, said: str
) -> None:
    before = await shop(house)
    await save(owner, **{"greeting.en": "Hello there"}, **typed)
    assert owner.page.status_code == 422
    assert said in owner.error_of(field)
    assert f'href="#{field}"' in owner.page.text, "the summary leads to it"
    assert owner.fields(FORM)["greeting.en"] == "Hello there"
    assert (await shop(house)).tables == before.tables
    first = owner.tree.css_first("[autofocus]")
    assert first is None or first.attributes["id"] == field


async def test_office_hours_are_written_as_people_write_them(house: House, owner: Visit) -> None:
    week = {f"slot.{day}.{n}.{end}": "" for day in range(7) for n in range(2) for end in ("from", "to")}
    for day in range(5):
        week |= {
            f"slot.{day}.0.from": "9",
            f"slot.{day}.0.to": "13:00",
            f"slot.{day}.1.from": "14.00",
            f"slot.{day}.1.to": "17:00",
        }
    week |= {"slot.5.0.from": "22:00", "slot.5.0.to": "02:00"}
    await save(owner, hours="week", holidays="PL", **week)
    assert owner.page.status_code == 303, owner.text
    saved = await shop(house)
    assert saved.tables["office_hours"] == {
        "mon-fri": ["09:00-13:00", "14:00-17:00"],
        "sat": ["22:00-02:00"],
        "holidays": "PL",
    }
    assert not saved.hours.is_open(datetime(2026, 11, 11, 11, tzinfo=UTC)), "a Polish holiday"
    assert saved.hours.is_open(datetime(2026, 11, 12, 10, tzinfo=UTC))
    await owner.get(PATH)
    assert owner.fields(FORM) | week == owner.fields(FORM) | week and owner.fields(FORM)["slot.5.0.to"] == "02:00"
    await save(owner, hours="always")
    assert "office_hours" not in (await shop(house)).tables


async def test_texts_in_other_languages_of_the_shop_survive(house: House, owner: Visit) -> None:
    await house.shop("Acme", "https://shop.example", handoff={"away": {"de": "Wir sind weg."}})
    await save(owner, **{"away.pl": "Nie ma nas."})
    assert (await shop(house)).texts.away == {"de": "Wir sind weg.", "pl": "Nie ma nas."}


async def test_save_is_off_while_the_chosen_helpdesk_is_not_connected(owner: Visit) -> None:
    await owner.get(f"{PATH}?helpdesk=zendesk")
    assert owner.one("#why-off").text().strip() == "Connect Zendesk first"
    save_button = owner.one("#foot button[form=handoff]")
    assert save_button.attributes["aria-describedby"] == "why-off"
    assert owner.one(".desk-connect a").attributes["href"] == "/settings/helpdesks/zendesk?back=handoff"


async def test_a_connected_helpdesk_can_be_chosen(house: House, owner: Visit) -> None:
    await connect(house, "gorgias", GORGIAS, api_key=credentials.GORGIAS_API_KEY)
    await save(owner, helpdesk="gorgias")
    assert owner.page.status_code == 303, owner.text
    assert (await shop(house)).method == SendTicket("gorgias")


async def test_saving_asks_the_helpdesk_again(house: House, owner: Visit) -> None:
    await connect(house, "gorgias", GORGIAS, api_key="a-key-that-died-last-night")
    await save(owner, helpdesk="gorgias")
    assert owner.page.status_code == 422 and "Credentials accepted" in owner.error_of("helpdesk")
    assert (await shop(house)).method == SendTicket("inbox")


async def test_the_agent_can_be_switched_off(house: House, owner: Visit) -> None:
    await save(owner, agent=None)
    assert not (await shop(house)).agent
    await save(owner, agent="on")
    assert (await shop(house)).agent


async def test_two_who_change_it_at_once_see_both_versions(house: House, owner: Visit) -> None:
    async with Visit.signed_in(house, "manager") as manager:
        await manager.get(PATH)
        await save(owner, **{"greeting.en": "Theirs"})
        await manager.send(FORM, **{"greeting.en": "Mine <b>"})
        assert manager.page.status_code == 409
        row = next(node for node in manager.tree.css("tbody tr") if "Greeting" in node.text())
        assert [cell.text() for cell in row.css("td")] == ["Theirs", "Mine <b>"]
        assert (await shop(house)).greeting == {"en": "Theirs"}
        await manager.send(".conflict-actions form", "keep=mine")
        assert manager.page.status_code == 303
        assert (await shop(house)).greeting == {"en": "Mine <b>"}


async def test_after_a_conflict_they_may_go_on_editing(house: House, owner: Visit) -> None:
    async with Visit.signed_in(house, "manager") as manager:
        await manager.get(PATH)
        await save(owner, **{"greeting.en": "Theirs"})
        await manager.send(FORM, **{"greeting.en": "Mine"})
        await manager.send(".conflict-actions form", "restore=1")
        assert manager.page.status_code == 200 and manager.fields(FORM)["greeting.en"] == "Mine"
        await manager.send(FORM)
        assert manager.page.status_code == 303 and (await shop(house)).greeting == {"en": "Mine"}


async def test_connecting_an_account_meanwhile_is_no_conflict(house: House, owner: Visit) -> None:
    await owner.get(PATH)
    await connect(house, "gorgias", GORGIAS, api_key=credentials.GORGIAS_API_KEY)
    await house.machine.app.store.write(lambda tx: tx.raise_revision(ACME))
    await owner.send(FORM)
    assert owner.page.status_code == 303


async def test_support_reads_what_only_managers_change(house: House) -> None:
    async with Visit.signed_in(house, "support") as visit:
        await visit.get(PATH)
        assert "Owners, admins and managers change them." in visit.text
        assert all("disabled" in node.attributes for node in visit.tree.css(f"{FORM} > fieldset"))
        assert visit.tree.css_first("#foot") is None


# The preview


async def preview(visit: Visit, **typed: str) -> list[str]:
    """What each step shows, to the last."""
    found = []
    for step in range(9):
        await visit.get(PATH)
        data = visit.fields(FORM) | typed | {"pv.step": str(step)}
        await visit.post(f"{PATH}/preview", data, **{"HX-Request": "true"})
        assert visit.page.status_code == 200
        found.append(" ".join(visit.one(".widget").text(separator=" ").split()))
        if "disabled" in visit.tree.css(".preview-steps button")[-1].attributes:
            break
    return found


async def test_the_preview_walks_through_a_ticket(owner: Visit) -> None:
    steps = await preview(owner, helpdesk="zendesk")
    assert len(steps) == 4
    assert "Shall I pass your question to our team? They reply by e-mail." in steps[0] and "Yes, pass it on" in steps[0]
    assert "Which e-mail address should we reply to?" in steps[1] and "Continue without" not in steps[1]
    assert "We'll write to anna@example.com. Reference: 4821" in steps[2]
    assert "Your request is saved." in steps[3]


async def test_the_preview_knows_who_is_there(owner: Visit) -> None:
    live = await preview(owner, **{"pv.time": "open"})
    assert "Shall I connect you with our team?" in live[0] and "Continue without e-mail" in live[1]
    assert "Marta has joined the chat." in live[3]
    busy = await preview(owner, **{"pv.time": "busy", "auto_reply.en": "Patience, {email}!"})
    assert "Come back to this page" in busy[2], "without a mail server nobody promises a mail"
    hours = {"hours": "week", "slot.0.0.from": "09:00", "slot.0.0.to": "17:00"}
    closed = await preview(owner, **hours, **{"pv.time": "closed", "pv.lang": "pl", "away.pl": "Nie ma nas."})
    assert "Nie ma nas." in closed[2] and "Wracamy: wtorek, 09:00" in closed[2]


async def test_the_preview_of_a_message_offers_no_person(owner: Visit) -> None:
    typed = {
        "method": "message",
        "message.en": "Look here:",
        "link.0.label": "FAQ",
        "link.0.url": "https://shop.example",
    }
    (only,) = await preview(owner, **typed)
    assert "Talk to a person" not in only and "Look here: FAQ https://shop.example" in only
    assert "You can ask for a person" not in only


async def test_the_preview_bears_half_typed_settings(owner: Visit) -> None:
    typed = {
        "hours": "week",
        "slot.0.0.from": "9:9:9",
        "holidays": "??",
        "pv.step": "99",
        "pv.lang": "xx",
        "pv.time": "never",
    }
    assert await preview(owner, helpdesk="nowhere", **typed)


async def test_the_preview_says_in_the_same_answer_whether_it_can_be_saved(owner: Visit) -> None:
    await owner.get(PATH)
    await owner.post(f"{PATH}/preview", owner.fields(FORM) | {"helpdesk": "zendesk"}, **{"HX-Request": "true"})
    assert "Connect Zendesk first" in owner.page.text and owner.page.text.count("hx-partial") == 4


async def test_without_scripts_the_preview_is_the_whole_page_with_what_was_typed(owner: Visit) -> None:
    await owner.get(PATH)
    await owner.post(f"{PATH}/preview", owner.fields(FORM) | {"greeting.en": "Typed", "pv.lang": "pl"})
    assert owner.fields(FORM)["greeting.en"] == "Typed" and owner.one(".widget").attributes["lang"] == "pl"


def test_the_words_of_the_preview_are_those_of_the_widget() -> None:
    folder = Path(__file__).parents[2] / "widget"
    polish, english = folder / "locales" / "pl.json", folder / "core" / "words.ts"
    if not polish.exists():
        pytest.skip("this is no checkout: the widget's sources are not here")
    import json

    known = json.loads(polish.read_text(encoding="utf-8"))
    assert {key: known.get(key) for key in WORDS["pl"]} == WORDS["pl"]
    source = english.read_text(encoding="utf-8")
    assert [key for key, text in WORDS["en"].items() if f'"{text}"' not in source] == []
    assert set(WORDS) == set(LANGUAGES)


# A test handoff


async def test_a_test_handoff_waits_in_the_inbox_and_counts_nowhere(house: House, owner: Visit) -> None:
    await owner.get(PATH)
    await owner.send("#send-test")
    await owner.follow()
    assert "The test handoff waits in the Inbox." in owner.text
    assert owner.one(".flash a").attributes["href"].startswith("/inbox/cnv")  # type: ignore[union-attr]

    def look(tx: Transaction) -> tuple[int, int]:
        rows = tx.episodes(ACME, datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
        return tx.queue_length(ACME), report_of(rows, house.clock()).accepted.count

    assert await house.machine.app.store.read(look) == (1, 0)


async def test_a_test_handoff_makes_one_marked_ticket(house: House, owner: Visit, sandbox: Sandbox) -> None:
    await connect(house, "gorgias", GORGIAS, api_key=credentials.GORGIAS_API_KEY)
    await save(owner, helpdesk="gorgias")
    await owner.get(PATH)
    await owner.send("#send-test")
    await owner.follow()
    assert "Gorgias has the test ticket:" in owner.text, owner.text
    assert owner.tree.css_first(".flash a") is not None


async def test_a_test_handoff_that_fails_says_why(house: House, owner: Visit) -> None:
    await connect(house, "gorgias", GORGIAS, api_key=credentials.GORGIAS_API_KEY)
    await save(owner, helpdesk="gorgias")
    await connect(house, "gorgias", GORGIAS, api_key="a-key-that-died-last-night")
    await owner.get(PATH)
    await owner.send("#send-test")
    await owner.follow()
    assert "The test handoff did not arrive:" in owner.text and "401" in owner.text
