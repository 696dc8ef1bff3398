"""The guides: four steps, checks with a remedy, secrets that are never shown again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from selectolax.lexbor import LexborHTMLParser

from tests.console.browser import Visit
from tests.web.house import House, a_house
from warmline.cli.dump import document_of
from warmline.domain.connection import Checked, CheckStep
from warmline.domain.ids import WorkspaceId
from warmline.sandbox import Sandbox, credentials
from warmline.store.base import Integration, Transaction

ACME = WorkspaceId("acme")
ZENDESK = {
    "subdomain": "https://Demo.zendesk.com/agent",
    "way": "oauth",
    "client_id": credentials.ZENDESK_CLIENT_ID,
    "client_secret": credentials.ZENDESK_CLIENT_SECRET,
}
GORGIAS = {"account": "demo", "email": credentials.GORGIAS_EMAIL, "api_key": credentials.GORGIAS_API_KEY}
WEBHOOK = {"url": credentials.WEBHOOK_URL, "secret": credentials.WEBHOOK_SECRET}
KLAVIYO = {"api_key": credentials.KLAVIYO_API_KEY}
GUIDES = {
    "/settings/helpdesks/zendesk": (ZENDESK, "client_secret"),
    "/settings/helpdesks/gorgias": (GORGIAS, "api_key"),
    "/settings/helpdesks/webhook": (WEBHOOK, "secret"),
    "/settings/profiles/klaviyo": (KLAVIYO, "api_key"),
}
FORM = "#connect"


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


async def stored(house: House, name: str) -> Integration | None:
    return await house.machine.app.store.read(lambda tx: tx.integration(ACME, name))


def steps(visit: Visit) -> list[tuple[str, str]]:
    """(name, state) of each check."""
    found = []
    for row in visit.tree.css("#checked .check-row:not(.done)"):
        name = row.css_first(".check-name")
        found.append((name.text().split(":")[0].strip() if name else "", (row.attributes["class"] or "").split()[-1]))
    return found


@pytest.mark.parametrize("path", GUIDES)
async def test_an_account_is_connected_and_its_secret_never_shown(house: House, owner: Visit, path: str) -> None:
    typed, secret = GUIDES[path]
    await owner.get(path)
    await owner.send(FORM, **typed)
    assert owner.page.status_code == 303, owner.text
    await owner.follow()
    assert "is connected." in owner.text and "Ready" in owner.text
    assert typed[secret] not in owner.page.text and f"ends in {typed[secret][-4:]}" in owner.text
    account = await stored(house, path.rpartition("/")[2])
    assert account and account.secrets == {secret: typed[secret]} and account.references == {}
    assert account.settings.get("subdomain", "demo").lower() == "demo"


@pytest.mark.parametrize("path", GUIDES)
async def test_the_check_names_its_steps_and_saves_nothing(house: House, owner: Visit, path: str) -> None:
    typed, _ = GUIDES[path]
    await owner.get(path)
    await owner.post(f"{path}/check", owner.fields(FORM) | typed, **{"HX-Request": "true"})
    assert {state for _, state in steps(owner)} == {"ok"} and len(steps(owner)) >= 2
    assert "Everything works." in owner.text and "<html" not in owner.page.text
    assert await stored(house, path.rpartition("/")[2]) is None


@pytest.mark.parametrize("path", [path for path in GUIDES if "webhook" not in path])
async def test_a_wrong_credential_says_which_step_failed_and_the_remedy(house: House, owner: Visit, path: str) -> None:
    typed, secret = GUIDES[path]
    await owner.get(path)
    await owner.send(FORM, **(typed | {secret: "wrong-but-well-formed"}))
    assert owner.page.status_code == 422
    assert ("The credentials are not accepted", "bad") in steps(owner)
    assert steps(owner)[-1][1] == "waiting"
    assert "401" in owner.text and "Make a" in owner.text
    assert await stored(house, path.rpartition("/")[2]) is None


async def test_what_the_daily_check_found_stands_on_the_page_until_it_is_mended(house: House, owner: Visit) -> None:
    path = "/settings/helpdesks/gorgias"
    await owner.get(path)
    await owner.send(FORM, **GORGIAS)
    await owner.get(path)
    assert steps(owner) == [] or all(state == "waiting" for _, state in steps(owner))
    found = Checked(
        [
            CheckStep("Address answers", True),
            CheckStep(
                "Credentials accepted", False, "Gorgias answered 401.", "Make a new key under Settings > REST API."
            ),
            CheckStep("May create tickets", None),
        ]
    )
    await house.machine.app.store.write(lambda tx: tx.keep_health(ACME, "gorgias", found, house.clock()))
    await owner.get(path)
    assert ("The credentials are not accepted", "bad") in steps(owner)
    assert "Make a" in owner.text and "401" in owner.text


async def test_after_a_failed_check_the_secret_need_not_be_typed_again(
    house: House, owner: Visit, sandbox: Sandbox
) -> None:
    await owner.get("/settings/helpdesks/gorgias")
    await owner.send(FORM, **(GORGIAS | {"email": "not an address"}))
    assert owner.page.status_code == 422 and owner.error_of("email")
    assert GORGIAS["api_key"] not in owner.page.text
    await owner.send(FORM, email=GORGIAS["email"], api_key="")
    assert owner.page.status_code == 303, owner.text
    account = await stored(house, "gorgias")
    assert account and account.secrets == {"api_key": GORGIAS["api_key"]}


async def test_a_sealed_secret_goes_into_its_own_field_only(house: House, owner: Visit) -> None:
    await owner.get("/settings/helpdesks/gorgias")
    await owner.send(FORM, **(GORGIAS | {"email": "x"}))
    sealed = owner.fields(FORM)["held.api_key"]
    await owner.get("/settings/helpdesks/zendesk")
    await owner.send(FORM, **(ZENDESK | {"client_secret": "", "held.client_secret": sealed}))
    assert owner.page.status_code == 422 and owner.error_of("client_secret")


async def test_an_empty_secret_keeps_the_stored_one_and_its_reference(house: House, owner: Visit) -> None:
    settings = {"account": "demo", "email": credentials.GORGIAS_EMAIL}
    reference = {"api_key": {"env": "ACME_GORGIAS_KEY"}}
    account = Integration("gorgias", "helpdesk", settings, reference, {"api_key": GORGIAS["api_key"]}, None, 0)
    await house.machine.app.store.write(lambda tx: tx.save_integration(ACME, account, house.clock()))
    await owner.get("/settings/helpdesks/gorgias")
    await owner.send(FORM, mailbox=credentials.GORGIAS_MAILBOX)
    assert owner.page.status_code == 303, owner.text
    saved = await stored(house, "gorgias")
    assert saved and saved.references == reference and saved.settings["mailbox"] == credentials.GORGIAS_MAILBOX
    await owner.get("/settings/helpdesks/gorgias")
    await owner.send(FORM, api_key=GORGIAS["api_key"])
    typed = await stored(house, "gorgias")
    assert typed and typed.references == {}, "a typed secret came from no variable"


async def test_dump_says_that_a_typed_secret_is_not_in_it(house: House, owner: Visit) -> None:
    await owner.get("/settings/helpdesks/gorgias")
    await owner.send(FORM, **GORGIAS)

    def dump(tx: Transaction) -> tuple[dict[str, Any], dict[str, str]]:
        return document_of(tx, tx.workspace(ACME))

    document, missing = await house.machine.app.store.read(dump)
    assert document["helpdesks"]["gorgias"]["api_key"] == {"env": "ACME_HELPDESKS_GORGIAS_API_KEY"}
    assert missing == {"ACME_HELPDESKS_GORGIAS_API_KEY": "helpdesks.gorgias.api_key"}
    assert GORGIAS["api_key"] not in str(document)


@pytest.mark.parametrize(
    ("path", "typed", "field"),
    [
        ("/settings/helpdesks/zendesk", {"subdomain": "evil.example/x"}, "subdomain"),
        ("/settings/helpdesks/zendesk", {"subdomain": ""}, "subdomain"),
        ("/settings/helpdesks/zendesk", {"client_id": ""}, "client_id"),
        ("/settings/helpdesks/zendesk", {"client_secret": "two words"}, "client_secret"),
        ("/settings/helpdesks/zendesk", {"profile_field": "seven"}, "profile_field"),
        ("/settings/helpdesks/zendesk", {"way": "token", "email": "x"}, "email"),
        ("/settings/helpdesks/gorgias", {"account": "demo@evil.example"}, "account"),
        ("/settings/helpdesks/gorgias", {"mailbox": "nobody"}, "mailbox"),
        ("/settings/profiles/klaviyo", {"api_key": "short"}, "api_key"),
    ],
)
async def test_a_fault_stands_beside_its_field(owner: Visit, path: str, typed: dict[str, str], field: str) -> None:
    await owner.get(path)
    await owner.send(FORM, **(GUIDES[path][0] | typed))
    assert owner.page.status_code == 422 and owner.error_of(field), owner.text
    for name, value in GUIDES[path][0].items():
        if name not in typed and name not in (GUIDES[path][1], "subdomain"):
            assert owner.fields(FORM)[name] == value


async def test_the_guide_leads_back_to_the_handoff_page(owner: Visit) -> None:
    await owner.get("/settings/helpdesks/gorgias?back=handoff")
    await owner.send(FORM, **GORGIAS)
    assert owner.page.headers["location"] == "/settings/handoff?helpdesk=gorgias"
    await owner.follow()
    assert owner.fields("#handoff")["helpdesk"] == "gorgias" and owner.tree.css_first("#why-off") is None


async def test_a_connection_is_cut_only_when_nothing_goes_there(house: House, owner: Visit) -> None:
    await owner.get("/settings/helpdesks/gorgias")
    await owner.send(FORM, **GORGIAS)
    await owner.get("/settings/handoff")
    await owner.send("#handoff", helpdesk="gorgias")
    await owner.get("/settings/helpdesks/gorgias")
    assert "Handoffs go here now." in owner.text and owner.tree.css_first("form[action$=disconnect]") is None
    await owner.post("/settings/helpdesks/gorgias/disconnect", {})
    assert await stored(house, "gorgias") is not None
    await owner.get("/settings/handoff")
    await owner.send("#handoff", helpdesk="inbox")
    await owner.get("/settings/helpdesks/gorgias")
    assert "tickets that were made stay there" in owner.text
    await owner.send("form[action$=disconnect]")
    assert await stored(house, "gorgias") is None


async def test_retry_ends_a_pause_when_the_account_works_again(house: House, owner: Visit) -> None:
    await owner.get("/settings/helpdesks/gorgias")
    await owner.send(FORM, **GORGIAS)
    await house.machine.app.store.write(lambda tx: tx.pause_integration(ACME, "gorgias", "Gorgias answered 401.", 1))
    await owner.get("/settings/helpdesks/gorgias")
    assert "Needs attention" in owner.text and "Gorgias answered 401." in owner.text
    await owner.send("#retry")
    await owner.follow()
    assert "is on its way." in owner.text
    account = await stored(house, "gorgias")
    assert account and account.paused_why is None


async def test_the_list_says_how_each_is_doing(owner: Visit) -> None:
    await owner.get("/settings/helpdesks/gorgias")
    await owner.send(FORM, **GORGIAS)
    await owner.get("/settings/connections")
    assert [node.text().strip() for node in owner.tree.css(".connection .badge")] == [
        "Not connected",
        "Ready",
        "Not connected",
        "Not connected",
        "Not connected",
    ]


async def test_there_is_no_guide_to_what_nobody_knows(owner: Visit) -> None:
    for path in ("/settings/helpdesks/klaviyo", "/settings/profiles/zendesk", "/settings/helpdesks/freshdesk"):
        assert (await owner.get(path)).status_code == 404


async def test_polish_says_the_checks_in_polish(house: House) -> None:
    async with Visit.signed_in(house, "owner", **{"Accept-Language": "pl"}) as visit:
        await visit.get("/settings/helpdesks/gorgias")
        await visit.send(FORM, **(GORGIAS | {"api_key": "wrong-but-well-formed"}))
        assert ("Dane dostępowe nie są przyjęte", "bad") in steps(visit)
        assert "Utwórz nowy klucz" in visit.text


@pytest.mark.parametrize("path", ["/settings/helpdesks/zendesk", "/settings/helpdesks/gorgias"])
async def test_where_a_conversation_goes_on_is_a_switch(house: House, owner: Visit, path: str) -> None:
    typed, name = GUIDES[path][0], path.rpartition("/")[2]
    await owner.get(path)
    assert "what the shopper writes there becomes a comment on the ticket" in owner.text
    await owner.send(FORM, **typed, in_chat="on")
    saved = await stored(house, name)
    assert saved and saved.settings["continues_in"] == "chat"
    await owner.get(path)
    assert owner.fields(FORM)["in_chat"] == "on"
    await owner.post(path, {key: value for key, value in owner.fields(FORM).items() if key != "in_chat"})
    saved = await stored(house, name)
    assert saved and "continues_in" not in saved.settings


async def test_the_secret_of_a_webhook_is_shown_once_and_can_be_changed(house: House, owner: Visit) -> None:
    path = "/settings/helpdesks/gorgias"
    await owner.get(path)
    await owner.send(FORM, **GORGIAS)
    await owner.follow()
    assert f"{house.machine.app.public_url}/hooks/gorgias/wlh_" in owner.text and "None yet" in owner.text
    secrets = []
    for _ in range(2):
        await owner.send("#hook form")
        await owner.follow()
        shown = owner.tree.css_first(".secret input")
        assert shown is not None
        secrets.append(str(shown.attributes["value"]))
        await owner.get(path)
        assert secrets[-1] not in owner.page.text
    hook = await house.machine.app.store.read(lambda tx: tx.hook(ACME, "gorgias"))
    assert hook is not None and hook.secrets(house.clock()) == (secrets[1], secrets[0])


async def test_the_check_says_whether_the_webhook_was_heard(house: House, owner: Visit) -> None:
    path = "/settings/helpdesks/zendesk"
    await owner.get(path)
    await owner.send(FORM, **ZENDESK)
    await owner.follow()
    await owner.send("#hook form", signing_secret="too short")
    await owner.follow()
    assert "That is no signing secret." in owner.text
    await owner.send("#hook form", signing_secret="zendesk-signing-secret-1")
    await owner.follow()
    await owner.post(f"{path}/check", owner.fields(FORM), **{"HX-Request": "true"})
    assert ("The webhook was heard", "optional") in steps(owner) and "Everything works." in owner.text
    app = house.machine.app
    hook = await app.store.read(lambda tx: tx.hook(ACME, "zendesk"))
    assert hook is not None
    await app.store.write(lambda tx: tx.heard(hook, house.clock()))
    await owner.get(path)
    await owner.post(f"{path}/check", owner.fields(FORM), **{"HX-Request": "true"})
    assert ("The webhook was heard", "ok") in steps(owner)
    await owner.get(path)
    await owner.send("form[action$=disconnect]")
    assert await app.store.read(lambda tx: tx.hook(ACME, "zendesk")) is None, "a door without a house"


def told(stream: str) -> list[list[tuple[str, str]]]:
    """Each message of the stream, as (name, state) of its rows."""
    found = []
    for message in stream.strip().split("\n\n"):
        tree = LexborHTMLParser("\n".join(line.removeprefix("data: ") for line in message.splitlines()))
        rows = tree.css("#checked .check-row:not(.done) .check-name")
        names = [(row.text().split(":")[0].strip(), row.text().split(":")[1].strip()) for row in rows]
        found.append(names)
    return found


STREAMED = {"HX-Request": "true", "Accept": "text/html, text/event-stream"}


@pytest.mark.parametrize("path", GUIDES)
async def test_the_steps_of_the_check_come_one_after_the_other(house: House, owner: Visit, path: str) -> None:
    typed, _ = GUIDES[path]
    await owner.get(path)
    await owner.post(f"{path}/check", owner.fields(FORM) | typed, **STREAMED)
    assert owner.page.headers["content-type"].startswith("text/event-stream")
    messages = told(owner.page.text)
    steps = len(messages[-1])
    assert len(messages) == steps + 1 >= 3
    for n, rows in enumerate(messages[:-1]):
        states = [state for _, state in rows]
        assert states == ["passed"] * n + ["being asked"] + ["not tested yet"] * (steps - n - 1)
    assert {state for _, state in messages[-1]} == {"passed"}
    assert "Everything works." in owner.page.text and await stored(house, path.rpartition("/")[2]) is None


async def test_the_last_message_names_the_step_that_failed_and_the_remedy(owner: Visit) -> None:
    path = "/settings/helpdesks/gorgias"
    await owner.get(path)
    await owner.post(f"{path}/check", owner.fields(FORM) | GORGIAS | {"api_key": "wrong-but-well-formed"}, **STREAMED)
    *before, last = told(owner.page.text)
    assert [state for _, state in before[-1]][:2] == ["passed", "being asked"]
    assert last[1] == ("The credentials are not accepted", "failed") and last[2][1] == "not tested yet"
    said = LexborHTMLParser(owner.page.text.rpartition('hx-target="#check-said"')[2]).text()
    assert "The credentials are not accepted: failed. Make a new key" in " ".join(said.split())


async def test_a_field_that_is_not_understood_ends_the_stream_at_once(owner: Visit) -> None:
    path = "/settings/helpdesks/zendesk"
    await owner.get(path)
    await owner.post(f"{path}/check", owner.fields(FORM) | ZENDESK | {"subdomain": "not a name"}, **STREAMED)
    assert told(owner.page.text) == [[]] and "Enter the name before .zendesk.com" in owner.page.text
