"""The guides to e-mail and to a webhook: a check that sends nothing, a secret of ours shown once, and changed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.console.browser import Visit
from tests.web.house import House, a_house
from warmline.domain.ids import WorkspaceId
from warmline.sandbox import Sandbox, credentials
from warmline.store.base import Integration

ACME = WorkspaceId("acme")
EMAIL, WEBHOOK = "/settings/helpdesks/email", "/settings/helpdesks/webhook"
FORM = "#connect"


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


@pytest_asyncio.fixture
async def house(tmp_path: Path, sandbox: Sandbox) -> AsyncIterator[House]:
    env = {
        "WARMLINE_WEBHOOK_BASE_URL": sandbox.url("webhook"),
        "WARMLINE_SMTP_URL": f"{sandbox.smtp_url}?from=chat@shop.example",
    }
    async with a_house(tmp_path / "house", works=False, **env) as house:
        yield house


async def stored(house: House, name: str) -> Integration | None:
    return await house.machine.app.store.read(lambda tx: tx.integration(ACME, name))


def steps(visit: Visit) -> list[tuple[str, str]]:
    """(name, state) of each check."""
    rows = visit.tree.css("#checked .check-row:not(.done)")
    names = [(row.css_first(".check-name"), (row.attributes["class"] or "").split()[-1]) for row in rows]
    return [(name.text().split(":")[0].strip() if name else "", state) for name, state in names]


def made_secret(visit: Visit) -> str:
    """The secret that the page shows to be copied."""
    return visit.one("#made input").attributes["value"] or ""


async def test_a_mailbox_is_connected_and_gets_no_mail_for_it(house: House, owner: Visit, sandbox: Sandbox) -> None:
    await owner.get(EMAIL)
    await owner.send(FORM, to=credentials.SUPPORT_MAILBOX, name="Acme chat")
    assert owner.page.status_code == 303, owner.text
    await owner.follow()
    assert "E-mail is connected." in owner.text and "Ready" in owner.text
    account = await stored(house, "email")
    assert account and account.settings == {"to": credentials.SUPPORT_MAILBOX, "name": "Acme chat"}
    assert account.secrets == {} and sandbox.mails() == []


async def test_a_test_handoff_arrives_in_the_mailbox_and_says_that_it_is_one(owner: Visit, sandbox: Sandbox) -> None:
    await owner.get(EMAIL)
    await owner.send(FORM, to=credentials.SUPPORT_MAILBOX)
    await owner.get("/settings/handoff")
    await owner.send("#handoff", helpdesk="email")
    await owner.get("/settings/handoff")
    await owner.post("/settings/handoff/test", {})
    assert owner.page.status_code == 303, owner.text
    [mail] = [each for each in sandbox.mails() if each.recipients == [credentials.SUPPORT_MAILBOX]]
    assert mail.subject.startswith("[Warmline test]")


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"to": "support"}, "to"),
        ({"to": "no-reply@shop.example"}, "to"),
        ({"to": "support@shop.example", "from": "support@shop.example"}, "from"),
        ({"to": "support@shop.example", "name": "x" * 90}, "name"),
    ],
)
async def test_a_fault_of_the_mailbox_stands_beside_its_field(owner: Visit, typed: dict[str, str], field: str) -> None:
    await owner.get(EMAIL)
    await owner.send(FORM, **typed)
    assert owner.page.status_code == 422 and owner.error_of(field)


async def test_the_check_names_what_is_wrong_with_mail(house: House, owner: Visit, sandbox: Sandbox) -> None:
    await owner.get(EMAIL)
    await owner.send(FORM, to="chat@shop.example")
    assert ("Mail would go in a circle", "bad") in steps(owner) and "another sender" in owner.text
    sandbox.add_fault("mail", "refuse_ticket")
    await owner.send(FORM, to=credentials.SUPPORT_MAILBOX)
    assert steps(owner)[-1] == ("The mailbox is not accepted", "bad") and "550" in owner.text
    assert await stored(house, "email") is None


async def test_without_a_mail_server_e_mail_cannot_be_connected(tmp_path: Path) -> None:
    async with a_house(tmp_path / "house", works=False) as house, Visit.signed_in(house, "owner") as visit:
        await visit.get(EMAIL)
        await visit.send(FORM, to=credentials.SUPPORT_MAILBOX)
        assert visit.page.status_code == 422 and steps(visit)[0] == ("No mail server is set up", "bad")
        assert "WARMLINE_SMTP_URL" in visit.text and await stored(house, "email") is None


# --- the webhook's secret


async def test_our_secret_is_shown_until_it_is_saved_and_never_again(
    house: House, owner: Visit, sandbox: Sandbox
) -> None:
    await owner.get(WEBHOOK)
    secret = made_secret(owner)
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    await owner.send(FORM, url=credentials.WEBHOOK_URL)
    assert owner.page.status_code == 422 and ("The signed ping is not accepted", "bad") in steps(owner)
    assert made_secret(owner) == secret, "a failed check changes no secret: the receiver is being told this one"
    sandbox.add_credential("webhook", "ours", secret)
    await owner.send(FORM)
    assert owner.page.status_code == 303, owner.text
    await owner.follow()
    assert secret not in owner.page.text and f"ends in {secret[-4:]}" in owner.text
    account = await stored(house, "webhook")
    assert account and account.secrets == {"secret": secret} and account.settings == {"url": credentials.WEBHOOK_URL}
    assert sandbox.tickets("webhook") == []


async def test_a_secret_is_changed_without_a_refused_call(house: House, owner: Visit, sandbox: Sandbox) -> None:
    old = credentials.WEBHOOK_SECRET
    await owner.get(WEBHOOK)
    await owner.send(FORM, url=credentials.WEBHOOK_URL, secret=old)
    await owner.get(f"{WEBHOOK}?rotate=1")
    new = made_secret(owner)
    await owner.send(FORM)
    assert owner.page.status_code == 303, "the receiver knows the old one only, and that goes on signing"
    account = await stored(house, "webhook")
    assert account and account.secrets == {"secret": new, "previous_secret": old}
    await owner.get(WEBHOOK)
    await owner.send(FORM, retire="on")
    assert owner.page.status_code == 422, "not yet: the receiver does not know the new one"
    sandbox.add_credential("webhook", "new", new)
    await owner.get(WEBHOOK)
    await owner.send(FORM, retire="on")
    account = await stored(house, "webhook")
    assert account and account.secrets == {"secret": new}


async def test_an_empty_secret_keeps_the_stored_ones(house: House, owner: Visit) -> None:
    secrets = {"secret": credentials.WEBHOOK_SECRET, "previous_secret": "whsec_" + "QUJD" * 8}
    references = {"secret": {"env": "ACME_SECRET"}}
    account = Integration("webhook", "helpdesk", {"url": credentials.WEBHOOK_URL}, references, secrets, None, 0)
    await house.machine.app.store.write(lambda tx: tx.save_integration(ACME, account, house.clock()))
    await owner.get(WEBHOOK)
    assert owner.tree.css_first("#made") is None
    await owner.send(FORM, url=credentials.WEBHOOK_URL + "?shop=acme")
    assert owner.page.status_code == 303, owner.text
    saved = await stored(house, "webhook")
    assert saved and saved.secrets == secrets and saved.references == references


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"url": "http://shop.example/x"}, "url"),
        ({"url": "https://u:p@shop.example/x"}, "url"),
        ({"url": credentials.WEBHOOK_URL, "secret": "hunter2"}, "secret"),
    ],
)
async def test_a_fault_of_the_webhook_stands_beside_its_field(owner: Visit, typed: dict[str, str], field: str) -> None:
    await owner.get(WEBHOOK)
    await owner.send(FORM, **typed)
    assert owner.page.status_code == 422 and owner.error_of(field) and "hunter2" not in owner.page.text


async def test_polish_says_both_guides_in_polish(house: House) -> None:
    async with Visit.signed_in(house, "owner", **{"Accept-Language": "pl"}) as visit:
        await visit.get(EMAIL)
        assert "Skrzynka systemu obsługi" in visit.text
        await visit.get(WEBHOOK)
        assert "Przekaż ten sekret odbiorcy teraz." in visit.text
        await visit.send(FORM, url=credentials.WEBHOOK_URL)
        assert ("Podpisany ping nie jest przyjęty", "bad") in steps(visit)
