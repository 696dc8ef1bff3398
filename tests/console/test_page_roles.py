"""Roles and pages: who may open what, what the others are told, and where the widget was seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.console.browser import a_console, a_desk, words
from tests.web.house import SHOP
from warmline.domain.workspace import Role

PAGES = {
    "/inbox": {Role.OWNER, Role.ADMIN, Role.MANAGER, Role.SUPPORT},
    "/inbox/needs-person": {Role.OWNER, Role.ADMIN, Role.MANAGER, Role.SUPPORT},
    "/knowledge": {Role.OWNER, Role.ADMIN, Role.MANAGER},
    "/knowledge/add": {Role.OWNER, Role.ADMIN, Role.MANAGER},
    "/knowledge/write": {Role.OWNER, Role.ADMIN, Role.MANAGER},
    "/knowledge/test": {Role.OWNER, Role.ADMIN, Role.MANAGER},
    "/knowledge/reading": {Role.OWNER, Role.ADMIN, Role.MANAGER},
    "/dashboard": {Role.OWNER, Role.ADMIN, Role.MANAGER, Role.ANALYST},
    "/dashboard/conversations?number=all": {Role.OWNER, Role.ADMIN, Role.MANAGER, Role.ANALYST},
    "/settings/answers": {Role.OWNER, Role.ADMIN, Role.MANAGER},
    "/settings/answers/cases": {Role.OWNER, Role.ADMIN, Role.MANAGER},
    "/settings/rules": {Role.OWNER, Role.ADMIN, Role.MANAGER},
    "/settings/rules/edit": {Role.OWNER, Role.ADMIN, Role.MANAGER},
    "/settings/embed": {Role.OWNER, Role.ADMIN, Role.MANAGER},
    "/settings/embed/seen": {Role.OWNER, Role.ADMIN, Role.MANAGER},
}
FORMS = {
    "/knowledge/write": "knowledge", "/knowledge/site": "knowledge", "/knowledge/upload": "knowledge",
    "/knowledge/stop": "knowledge", "/knowledge/dismiss": "knowledge",
    "/knowledge/x/exclude": "knowledge", "/knowledge/x/delete": "knowledge",
    "/settings/answers": "settings", "/settings/answers/judge": "knowledge",
    "/settings/rules/edit": "settings", "/settings/rules/try": "settings", "/settings/rules/move": "settings",
    "/settings/rules/delete": "settings", "/settings/answers/cases": "knowledge",
    "/settings/answers/cases/run": "knowledge", "/settings/answers/cases/remove": "knowledge",
    "/inbox/x/accept": "inbox", "/inbox/x/reply": "inbox", "/inbox/x/note": "inbox", "/inbox/x/close": "inbox",
    "/inbox/x/hand-back": "inbox", "/inbox/x/reopen": "inbox", "/inbox/x/send-again": "inbox", "/inbox/alerts": "inbox",
    "/inbox/needs-person/x/send-again": "inbox", "/inbox/needs-person/x/take": "inbox",
    "/inbox/needs-person/x/not-there": "inbox", "/inbox/needs-person/x/settle": "inbox",
}  # fmt: skip


@pytest.mark.parametrize("role", list(Role))
async def test_pages_by_role(tmp_path: Path, role: Role) -> None:
    async with a_console(tmp_path / "data") as (house, _), a_desk(house, role, "Iga", "pl") as iga:
        for path, may in PAGES.items():
            await iga.see(path, 200 if role in may else 403)
        for path, right in FORMS.items():
            if not _may(role, right):
                await iga.do(path, 403)


def _may(role: Role, right: str) -> bool:
    return role in PAGES["/inbox" if right == "inbox" else "/knowledge"]


async def test_whoever_is_signed_out_is_led_to_the_door(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, _):
        for path in PAGES:
            answer = await house.http.get(path, headers={"accept": "text/html"})
            assert answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
        for path in FORMS:
            answer = await house.http.post(path, headers={"accept": "text/html"})
            assert answer.status_code == 401


async def test_the_widget_is_seen_where_it_calls_from(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        page = await desk.see("/settings/embed")
        assert '&lt;script defer src="http' in page and 'data-site="pk_acme"&gt;&lt;/script&gt;' in page
        assert "We have not seen your widget yet." in words(page)
        await house.http.get("/api/widget/sites/pk_acme", headers={"origin": SHOP})
        house.clock.passes(seconds=12)
        assert "We have seen your widget on shop.example 12 seconds ago." in words(await desk.see("/settings/embed"))
        house.door.sightings.clear()
        assert "shop.example" in words(await desk.see("/settings/embed/seen"))


async def test_a_page_that_may_not_show_the_widget_is_not_seen(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        await house.http.get("/api/widget/sites/pk_acme", headers={"origin": "https://evil.example"})
        assert "evil.example" not in await desk.see("/settings/embed")
