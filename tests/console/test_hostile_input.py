"""Whatever anybody sends to any door of the console, the answer is a page or a refusal: never a failure of ours."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from fastapi.routing import iter_route_contexts

from tests.console.browser import Visit
from tests.fixtures.attacks import texts
from tests.web.house import OWN, House, a_house
from warmline.domain.connection import Checked, CheckStep
from warmline.domain.ids import WorkspaceId
from warmline.sandbox import Sandbox, credentials
from warmline.store.base import Integration, Transaction
from warmline.web.console.shell import environment

ACME = WorkspaceId("acme")
LEFT_OUT = {"/sign-out", "/inbox/stream"}
"""What ends the visit, or does not end by itself."""
ENDS = ("/sign-out", "/settings/members/", "/settings/keys/")
"""Forms after which nobody is signed in here any more, or somebody else is."""
QUERY = (
    "show", "before", "q", "page", "since", "until", "number", "helpdesk", "back", "lang", "from", "id", "ask",
    "question", "shop", "rotate", "source",
)  # fmt: skip
NUMBERS = ("9" * 5000, "²", "-1", "9223372036854775808", "9999-12-31", "0001-01-01", "1e9999", "NaN")
PAGES = (
    "/settings/handoff", "/settings/shop", "/settings/members", "/settings/keys", "/settings/me", "/settings/answers",
    "/settings/rules", "/settings/rules/edit", "/settings/answers/cases",
    "/settings/helpdesks/zendesk", "/settings/helpdesks/gorgias", "/settings/helpdesks/email",
    "/settings/helpdesks/webhook", "/settings/profiles/klaviyo", "/knowledge/add", "/knowledge/write",
)  # fmt: skip


@pytest_asyncio.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """With vendors that answer: what is well formed by chance is asked for there, and refused."""
    with Sandbox(port=0, smtp_port=0) as sandbox:
        vendors = ("zendesk", "gorgias", "webhook", "klaviyo")
        env = {f"WARMLINE_{name.upper()}_BASE_URL": sandbox.url(name) for name in vendors}
        async with a_house(tmp_path / "house", works=False, **env) as house:
            yield house


def samples(every: int) -> list[str]:
    nasty = texts("xss", "nasty_strings")[::every]
    return [*NUMBERS[:3], *NUMBERS[3 :: every // 10 + 1], *(text.encode("utf-8", "replace").decode() for text in nasty)]


def routes(house: House) -> list[tuple[str, str]]:
    """(method, path) of every page and form of the console."""
    found = set()
    for context in iter_route_contexts(house.app.router.routes):
        if getattr(context.endpoint, "__module__", "").startswith("warmline.web.console"):
            found |= {(method, context.path or "") for method in context.methods or () if method in {"GET", "POST"}}
    return [(method, path) for method, path in sorted(found) if path not in LEFT_OUT and "static" not in path]


def address(path: str, text: str) -> str:
    """The hostile text as a part of the address; a connection is a real one, or nothing behind it is reached."""
    path = path.replace("{name}", "klaviyo" if "/profiles/" in path else "zendesk")
    return path.replace("{id}", quote(text[:200] or "x", safe=""))


async def names(visit: Visit) -> dict[str, Any]:
    """Every field that any form of the console sends, as it stands."""
    found: dict[str, Any] = {}
    for page in PAGES:
        await visit.see(page)
        for node in visit.tree.css("input, textarea, select, button"):
            found.setdefault(node.attributes.get("name") or "", node.attributes.get("value") or "")
    return {name: value for name, value in found.items() if name not in {"", "csrf", "restore"}}


@pytest.mark.parametrize("every", [250, pytest.param(3, marks=pytest.mark.slow)], ids=["some", "many"])
async def test_no_page_and_no_form_fails_whatever_is_sent(house: House, owner: Visit, every: int) -> None:
    fields, failed = await names(owner), []
    token = owner.csrf
    for text in samples(every):
        for method, path in routes(house):
            where = address(path, text)
            if method == "GET":
                answer = await owner.http.get(where, params=dict.fromkeys(QUERY, text[:900]))
            else:
                body = dict.fromkeys(fields, text[:5_000]) | {"csrf": token}
                answer = await owner.http.post(where, data=body, headers={"Origin": OWN})
            if answer.status_code >= 500:
                failed.append((method, path, text[:60], answer.status_code))
    assert failed == []


async def test_a_form_with_one_hostile_field_does_not_fail(house: House, owner: Visit) -> None:
    """The other fields are fine, so that each is read to its end."""
    failed = []
    for page in PAGES:
        await owner.see(page)
        actions = [str(form.attributes["action"]) for form in owner.tree.css("main form[action]")]
        for action in [action for action in actions if not action.startswith(ENDS)]:
            given = owner.fields(f"main form[action='{action}']")
            for name in given.keys() - {"csrf"}:
                for text in (*NUMBERS[:4], "\x00\ud800".encode("utf-8", "replace").decode(), "%(x)s {x} {{ x }}"):
                    answer = await owner.http.post(action, data=given | {name: text}, headers={"Origin": OWN})
                    if answer.status_code >= 500:
                        failed.append((action, name, text[:60], answer.status_code))
    assert failed == []


def connected(tx: Transaction, house: House, text: str) -> None:
    """A Zendesk that is paused with these words, and whose daily check said them."""
    settings = {"subdomain": "demo", "client_id": credentials.ZENDESK_CLIENT_ID}
    secrets = {"client_secret": credentials.ZENDESK_CLIENT_SECRET}
    tx.save_integration(ACME, Integration("zendesk", "helpdesk", settings, {}, secrets, None, 0), house.clock())
    known = tx.integration(ACME, "zendesk")
    assert known is not None
    tx.pause_integration(ACME, "zendesk", text[:499], known.revision)
    step = CheckStep(text[:200], False, f"Signed in as {text}; notes will carry this name.", text)
    tx.keep_health(ACME, "zendesk", Checked([step, CheckStep(text, None)]), house.clock())


async def test_whatever_a_helpdesk_said_stands_on_its_page(house: House, owner: Visit) -> None:
    for text in samples(40):
        held = text.replace("\x00", "")
        await house.machine.app.store.write(lambda tx, held=held: connected(tx, house, held))  # type: ignore[misc]
        for page in ("/settings/helpdesks/zendesk", "/settings/connections", "/settings/handoff"):
            await owner.see(page)


async def test_a_page_that_was_shown_once_needs_its_file_no_more(owner: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upgrade beside a running server replaces the files: old code must not meet new pages."""
    before = re.sub(r"nonce[^ >]*|value=\"[^\"]*\"", "", await owner.see("/settings/helpdesks/zendesk"))
    loader = environment("en").loader
    assert loader is not None

    def newer(*_: object) -> Any:
        return "{{ a_name_that_only_the_next_version_gives }}", "guide.html", lambda: False

    monkeypatch.setattr(loader, "get_source", newer)
    cache = environment("en").cache
    assert cache is not None
    for template in list(cache.values()):
        monkeypatch.setattr(template, "_uptodate", lambda: False)
    after = re.sub(r"nonce[^ >]*|value=\"[^\"]*\"", "", await owner.see("/settings/helpdesks/zendesk"))
    assert after == before
