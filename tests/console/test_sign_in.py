"""Coming in and going out: T4, T7, T8, T9, T12, open redirects."""

from __future__ import annotations

import asyncio
import re
from typing import Literal

import pytest
from argon2 import Parameters, PasswordHasher, extract_parameters

from tests.console.browser import PASSWORD, Visit, a_teammate
from tests.fixtures.attacks import texts
from tests.web.house import OWN, House
from warmline.actions import passwords
from warmline.actions.invite_member import invite_member, renew_invitation
from warmline.actions.set_password import owner_links
from warmline.domain.ids import WorkspaceId
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role
from warmline.store.base import Transaction
from warmline.web.console.session import SESSION, cookie_name, local_path

ACME = WorkspaceId("acme")


def session_of(visit: Visit) -> str:
    return visit.http.cookies.get(cookie_name(visit.house.door, SESSION)) or ""


async def test_signing_in_leads_to_the_first_page_of_the_role(house: House, guest: Visit) -> None:
    await a_teammate(house, "owner")
    await guest.sign_in("owner@acme.example")
    assert guest.page.status_code == 303
    await guest.follow()
    assert guest.page.headers["location"] == "/inbox"


async def test_the_cookie_is_http_only_lax_secure_and_bound_to_this_host(house: House, guest: Visit) -> None:
    await a_teammate(house, "owner")
    answer = await guest.sign_in("owner@acme.example")
    line = next(
        each for each in answer.headers.get_list("set-cookie") if "-session=" in each and "Max-Age=0" not in each
    )
    assert line.startswith("__Host-warmline-session=wls_")
    assert {"HttpOnly", "SameSite=lax", "Secure", "Path=/"} <= {part.strip() for part in line.split(";")}
    assert "Domain" not in line


async def test_on_plain_http_the_cookie_carries_the_name_of_the_instance(house: House, guest: Visit) -> None:
    house.door.own_origin = "http://localhost:8123"
    assert cookie_name(house.door, SESSION) == "warmline-localhost-8123-session"


async def test_a_wrong_password_keeps_the_address_and_says_nothing_more(house: House, guest: Visit) -> None:
    await a_teammate(house, "owner")
    known = await guest.sign_in("owner@acme.example", "wrong wrong wrong")
    one = re.sub(r'value="[^"]*"|nonce-\S+|nonce="[^"]*"', "", known.text)
    unknown = await guest.sign_in("nobody@acme.example", "wrong wrong wrong")
    assert (known.status_code, unknown.status_code) == (401, 401)
    assert one == re.sub(r'value="[^"]*"|nonce-\S+|nonce="[^"]*"', "", unknown.text)
    assert guest.fields("form")["email"] == "nobody@acme.example" and guest.fields("form")["password"] == ""


class Weighed(PasswordHasher):
    """Notes what each comparison costs: the parameters of the hash that it has to repeat."""

    def __init__(self) -> None:
        super().__init__(time_cost=1, memory_cost=8 * 1024, parallelism=1)
        self.costs: list[Parameters] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        self.costs.append(extract_parameters(hash if isinstance(hash, str) else hash.decode()))
        return super().verify(hash, password)


async def test_t4_a_known_address_costs_as_much_as_an_unknown_one(
    house: House, guest: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many comparisons of the same weight each, and the same words: neither time nor page tells who is known."""
    weighed = Weighed()
    monkeypatch.setattr(passwords, "HASHER", weighed)
    passwords._nobodys.cache_clear()
    try:
        await a_teammate(house, "owner")
        await guest.get("/sign-in")
        pages, costs = {}, {}
        for email in ("owner@acme.example", "nobody@acme.example"):
            data = {"csrf": guest.csrf, "email": email, "password": "wrong number 1"}
            weighed.costs.clear()
            answer = await guest.http.post("/sign-in", data=data)
            assert answer.status_code == 401
            costs[email] = list(weighed.costs)
            pages[email] = re.sub(r'(value|nonce)="[^"]*"', "", answer.text)
        known, unknown = costs.values()
        assert known == unknown and {each.memory_cost for each in known} == {8 * 1024}
        assert len(set(pages.values())) == 1
    finally:
        passwords._nobodys.cache_clear()


async def test_t9_of_many_wrong_guesses_few_are_looked_at(
    house: House, guest: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_teammate(house, "owner")
    looked: list[str] = []
    real = passwords._fits

    def counted(plain: str, password_hash: str | None) -> bool:
        if password_hash:
            looked.append(plain)
        return real(plain, password_hash)

    monkeypatch.setattr(passwords, "_fits", counted)
    await guest.get("/sign-in")
    data = {"csrf": guest.csrf, "email": "owner@acme.example", "password": "wrong wrong wrong"}
    statuses = [(await guest.http.post("/sign-in", data=data)).status_code for _ in range(500)]
    assert len(looked) == 20
    assert statuses[:20] == [401] * 20 and set(statuses[20:]) == {429}
    refused = await guest.http.post("/sign-in", data=data | {"password": PASSWORD})
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) <= 60
    house.clock.passes(minutes=1)
    assert (await guest.http.post("/sign-in", data=data | {"password": PASSWORD})).status_code == 303


async def test_t9_the_owner_is_not_locked_out_of_a_browser_they_used_before(house: House, owner: Visit) -> None:
    await owner.get("/settings/me")
    await owner.post("/sign-out", {})
    async with Visit.of(house) as stranger:
        await stranger.get("/sign-in")
        data = {"csrf": stranger.csrf, "email": "owner@acme.example", "password": "wrong wrong wrong"}
        for _ in range(25):
            await stranger.http.post("/sign-in", data=data)
    assert (await owner.sign_in("owner@acme.example")).status_code == 303


async def test_t9_one_network_may_guess_few_accounts_a_minute(house: House, guest: Visit) -> None:
    await guest.get("/sign-in")
    statuses = []
    for n in range(70):
        data = {"csrf": guest.csrf, "email": f"u{n}@acme.example", "password": "wrong wrong wrong"}
        statuses.append((await guest.http.post("/sign-in", data=data)).status_code)
    assert statuses.count(401) == 60


async def test_t7_signing_in_makes_a_new_id_and_signing_out_ends_it(house: House, owner: Visit) -> None:
    first = session_of(owner)
    await owner.get("/settings/me")
    await owner.post("/sign-out", {})
    owner.http.cookies.set(cookie_name(house.door, SESSION), first, domain="chat.example")
    assert (await owner.get("/settings/me")).status_code == 303
    assert owner.page.headers["location"] == "/sign-in?to=/settings/me"
    await owner.sign_in("owner@acme.example")
    assert session_of(owner) not in ("", first)


async def test_t7_a_session_that_somebody_planted_is_not_taken_over(house: House, guest: Visit) -> None:
    await a_teammate(house, "owner")
    guest.http.cookies.set(cookie_name(house.door, SESSION), "wls_planted", domain="chat.example")
    await guest.sign_in("owner@acme.example")
    assert guest.page.status_code == 303
    assert "wls_planted" not in guest.page.headers["set-cookie"]


@pytest.mark.parametrize(("hours", "status"), [(11, 200), (13, 303)])
async def test_a_session_ends_when_it_is_not_used(owner: Visit, hours: int, status: int) -> None:
    owner.house.clock.passes(hours=hours)
    assert (await owner.get("/settings/me")).status_code == status


async def test_a_session_ends_after_a_week_however_often_it_is_used(owner: Visit) -> None:
    for _ in range(16):
        owner.house.clock.passes(hours=10)
        assert (await owner.get("/settings/me")).status_code == 200
    owner.house.clock.passes(hours=9)
    assert (await owner.get("/settings/me")).status_code == 303


async def test_t7_another_role_ends_the_sessions_of_a_member(house: House, owner: Visit) -> None:
    async with Visit.signed_in(house, "support") as support:
        assert support.me is not None
        await owner.get("/settings/members")
        await owner.post(f"/settings/members/{support.me.id}/role", {"role": "manager"})
        assert (await support.get("/settings/me")).status_code == 303


async def test_t7_a_new_password_ends_all_other_sessions(house: House, owner: Visit) -> None:
    async with Visit.signed_in(house, "owner") as other_browser:
        before = session_of(owner)
        await owner.get("/settings/me")
        await owner.send("form[action='/settings/me/password']", old=PASSWORD, password="another good password")
        assert owner.page.status_code == 303 and session_of(owner) != before
        assert (await owner.get("/settings/me")).status_code == 200
        assert (await other_browser.get("/settings/me")).status_code == 303


async def test_signing_out_everywhere_ends_every_session(house: House, owner: Visit) -> None:
    async with Visit.signed_in(house, "owner") as other_browser:
        await owner.get("/settings/me")
        await owner.send("form[action='/sign-out'].card-body")
        assert (await other_browser.get("/settings/me")).status_code == 303


async def test_a_member_who_was_removed_is_out_at_once(house: House, owner: Visit) -> None:
    async with Visit.signed_in(house, "support") as support:
        assert support.me is not None
        await owner.get("/settings/members")
        await owner.post(f"/settings/members/{support.me.id}/remove", {})
        assert (await support.get("/settings/me")).status_code == 303


async def link_of(house: House, purpose: str) -> str:
    email = EmailAddress("new@acme.example")
    known = await house.machine.app.store.read(lambda tx: tx.teammate_by_email(ACME, email))
    if known is None:
        invited = await invite_member(house.machine.app, ACME, email, "Nia", Role.SUPPORT)
        if purpose == "invite":
            return invited.url
    return (await renew_invitation(house.machine.app, ACME, email)).url


async def test_an_invitation_sets_a_password_and_signs_in(house: House, guest: Visit) -> None:
    url = await link_of(house, "invite")
    assert url.startswith(house.machine.app.public_url + "/join#wll_")
    await guest.get("/join")
    await guest.send("form", link=url, name="Nia Nowak", password=PASSWORD)
    assert guest.page.status_code == 303
    await guest.get("/settings/me")
    assert guest.fields("form[action='/settings/me']")["name"] == "Nia Nowak"


@pytest.mark.parametrize("purpose", ["invite", "reset"])
async def test_t8_a_link_works_once(house: House, guest: Visit, purpose: str) -> None:
    page, url = ("/join", "/reset")[purpose == "reset"], await link_of(house, purpose)
    await guest.get(page)
    await guest.send("form", link=url, password=PASSWORD)
    assert guest.page.status_code == 303
    async with Visit.of(house) as second:
        await second.get(page)
        await second.send("form", link=url, password=PASSWORD)
        assert second.page.status_code == 422 and "does not work" in second.error_of("link")


@pytest.mark.parametrize(
    ("purpose", "minutes", "status"),
    [("invite", 1439, 303), ("invite", 1441, 422), ("reset", 59, 303), ("reset", 61, 422)],
)
async def test_t8_a_link_ends_in_time(house: House, guest: Visit, purpose: str, minutes: int, status: int) -> None:
    url = await link_of(house, purpose)
    house.clock.passes(minutes=minutes)
    await guest.get("/join" if purpose == "invite" else "/reset")
    await guest.send("form", link=url, password=PASSWORD)
    assert guest.page.status_code == status


@pytest.mark.parametrize("change", ["", "null", "#", "upper", "other purpose", "resume link", "cut"])
async def test_t8_anything_but_the_link_is_refused(house: House, guest: Visit, change: str) -> None:
    url = await link_of(house, "reset" if change == "other purpose" else "invite")
    secret = url.partition("#")[2]
    given = {"upper": secret.upper(), "other purpose": secret, "cut": secret[:-1]}.get(change, change)
    if change == "resume link":
        from datetime import timedelta

        given = await house.machine.app.store.write(
            lambda tx: tx.add_link(ACME, "resume", "cnv", timedelta(days=1), 1, house.clock())
        )
    await guest.get("/join")
    await guest.send("form", link=given, password=PASSWORD)
    assert guest.page.status_code == 422 and guest.error_of("link")


async def test_a_bad_password_does_not_use_up_the_link(house: House, guest: Visit) -> None:
    url = await link_of(house, "invite")
    await guest.get("/join")
    await guest.send("form", link=url, password="short")
    assert guest.page.status_code == 422 and "12 to 128" in guest.error_of("password")
    await guest.send("form", password="x" * 129)
    assert guest.page.status_code == 422
    await guest.send("form", password=PASSWORD)
    assert guest.page.status_code == 303


async def test_the_secret_of_a_link_is_in_no_address(house: House) -> None:
    url = await link_of(house, "invite")
    assert "wll_" not in url.partition("#")[0]


async def test_while_nobody_has_a_password_each_owner_gets_a_link(house: House) -> None:
    app = house.machine.app
    assert await owner_links(app) == []
    await app.store.write(
        lambda tx: tx.add_teammate(ACME, EmailAddress("o@acme.example"), "O", Role.OWNER, house.clock())
    )
    links = await owner_links(app)
    assert links is not None and [each.teammate.email for each in links] == ["o@acme.example"]
    await a_teammate(house, "owner")
    assert await owner_links(app) is None


async def test_the_first_owner_needs_the_secret_that_the_server_printed(house: House, guest: Visit) -> None:
    house.door.setup_secret = "wls_secret"
    await guest.get("/setup")
    typed = {"name": "Ola", "email": "ola@acme.example", "password": PASSWORD}
    await guest.send("form", link="wls_wrong", **typed)
    assert guest.page.status_code == 422 and guest.error_of("link")
    await guest.send("form", link="https://chat.example/setup#wls_secret", **typed)
    assert guest.page.headers.get("location") == "/settings/handoff", guest.text
    async with Visit.of(house) as second:
        await second.get("/setup")
        await second.send("form", link="wls_secret", **typed)
        assert second.page.status_code == 422


async def test_t12_a_form_from_elsewhere_changes_nothing(owner: Visit) -> None:
    await owner.get("/settings/me")
    typed = {"csrf": owner.csrf, "name": "Mallory", "lang": ""}
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://chat.example.evil.example"},
        {"Origin": OWN, "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        assert (await owner.http.post("/settings/me", data=typed, headers=headers)).status_code == 403, headers
    for token in ("", "wrong", typed["csrf"][:-1]):
        assert (await owner.http.post("/settings/me", data=typed | {"csrf": token})).status_code == 403
    await owner.get("/settings/me")
    assert owner.fields("form[action='/settings/me']")["name"] == "Owner"


async def test_t12_a_token_of_one_session_is_none_of_another(house: House, owner: Visit) -> None:
    await owner.get("/settings/me")
    token = owner.csrf
    async with Visit.signed_in(house, "admin") as admin:
        answer = await admin.http.post("/settings/me", data={"csrf": token, "name": "X", "lang": ""})
        assert answer.status_code == 403


async def test_t12_nobody_is_signed_in_by_a_form_of_another_site(house: House, guest: Visit) -> None:
    await a_teammate(house, "owner")
    answer = await guest.http.post("/sign-in", data={"email": "owner@acme.example", "password": PASSWORD})
    assert answer.status_code == 403


async def test_what_was_typed_survives_the_end_of_the_session(owner: Visit) -> None:
    await owner.get("/settings/shop")
    owner.house.clock.passes(hours=13)
    await owner.send("#shop", name="Acme <Outdoor>", privacy_url="https://shop.example/p")
    assert owner.page.status_code == 401 and "What you typed is kept" in owner.text
    await owner.send("form", email="owner@acme.example", password=PASSWORD)
    assert owner.page.status_code == 200 and owner.one("form").attributes["action"] == "/settings/shop"
    await owner.send("form")
    assert owner.page.status_code == 200, owner.text
    kept = owner.fields("#shop")
    assert (kept["name"], kept["privacy_url"]) == ("Acme <Outdoor>", "https://shop.example/p")
    await owner.send("#shop")
    assert owner.page.status_code == 303


async def test_what_was_kept_cannot_be_made_up(owner: Visit, guest: Visit) -> None:
    await guest.get("/sign-in")
    await guest.send("form", email="owner@acme.example", password=PASSWORD, held="eyJwYXRoIjoiL3gifQ==")
    assert guest.page.status_code == 303 and guest.page.headers["location"] == "/"


async def test_after_signing_in_they_are_where_they_wanted_to_go(house: House, guest: Visit) -> None:
    await a_teammate(house, "owner")
    await guest.get("/settings/helpdesks/zendesk?back=handoff")
    await guest.follow()
    await guest.send("form", email="owner@acme.example", password=PASSWORD)
    assert guest.page.headers["location"] == "/settings/helpdesks/zendesk?back=handoff"


def test_no_answer_leads_to_another_host() -> None:
    made = [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/%2f/evil",
        "/..//evil",
        "/x\ty",
        "",
        "/%09/x",
    ]
    assert [target for target in [*texts("open_redirect"), *made] if local_path(target) is not None] == []
    assert local_path("/settings/handoff?helpdesk=zendesk") == "/settings/handoff?helpdesk=zendesk"


async def test_several_shops_with_one_password_can_be_switched(house: House, guest: Visit) -> None:
    await a_teammate(house, "owner")
    house.clock.passes(seconds=1)  # the older membership comes first
    await _member_of_other(house)
    await guest.sign_in("owner@acme.example")
    await guest.get("/settings/me")
    assert guest.one(".shop-switch summary").text().strip() == "acme"
    other = guest.one("form[action='/switch'] button").attributes["value"]
    await guest.post("/switch", {"to": other})
    await guest.get("/settings/me")
    assert guest.one(".shop-switch summary").text().strip() == "other"
    assert (await guest.post("/switch", {"to": "tm_somebody"})).status_code == 404


async def _member_of_other(house: House) -> None:
    hashed = await passwords.hash_password(PASSWORD)

    def hire(tx: Transaction) -> None:
        who = tx.add_teammate(
            WorkspaceId("other"), EmailAddress("owner@acme.example"), "O", Role.SUPPORT, house.clock()
        )
        tx.set_password(who.id, hashed)

    await house.machine.app.store.write(hire)


async def test_a_password_opens_only_the_shops_it_was_set_in(house: House, guest: Visit) -> None:
    await a_teammate(house, "owner")
    await house.machine.app.store.write(
        lambda tx: tx.add_teammate(
            WorkspaceId("other"), EmailAddress("owner@acme.example"), "O", Role.OWNER, house.clock()
        )
    )
    await guest.sign_in("owner@acme.example")
    await guest.get("/settings/me")
    assert guest.tree.css_first(".shop-switch") is None
    async with Visit.of(house) as other:
        await other.sign_in("owner@acme.example", shop="other")
        assert other.page.status_code == 401


async def test_many_may_sign_in_at_once(house: House) -> None:
    await a_teammate(house, "owner")

    async def one() -> int:
        async with Visit.of(house) as visit:
            return (await visit.sign_in("owner@acme.example")).status_code

    assert set(await asyncio.gather(*(one() for _ in range(10)))) == {303}
