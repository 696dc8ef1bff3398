"""Settings → Team, API keys, Shop and You."""

from __future__ import annotations

from tests.console.browser import PASSWORD, Visit
from tests.web.house import House, bearer
from warmline.domain.ids import WorkspaceId
from warmline.domain.workspace import Role
from warmline.store.base import Teammate

ACME = WorkspaceId("acme")
INVITE, KEY, SHOP = "form[action='/settings/members']", "form[action='/settings/keys']", "#shop"


async def test_somebody_is_invited_and_the_link_is_shown_once(house: House, owner: Visit) -> None:
    await owner.get("/settings/members")
    await owner.send(INVITE, email="New@acme.example", name="Nia", role="support")
    await owner.follow()
    link = owner.one("[data-copy-source]").attributes["value"] or ""
    assert "/join#wll_" in link and "new@acme.example" in owner.text and "Invited" in owner.text
    await owner.get("/settings/members")
    assert link not in owner.page.text
    async with Visit.of(house) as nia:
        await nia.get("/join")
        await nia.send("form", link=link, password=PASSWORD)
        assert nia.page.status_code == 303


async def test_an_invitation_says_what_is_wrong_beside_the_field(owner: Visit) -> None:
    await owner.get("/settings/members")
    for email, said in (("", "incomplete"), ("x@", "incomplete"), ("owner@acme.example", "member already")):
        await owner.send(INVITE, email=email, name="Keep me", role="manager")
        assert owner.page.status_code == 422 and said in owner.error_of("email")
        assert owner.fields(INVITE)["name"] == "Keep me" and owner.fields(INVITE)["role"] == "manager"


async def test_only_owners_make_owners(house: House, owner: Visit) -> None:
    async with Visit.signed_in(house, "admin") as admin:
        await admin.get("/settings/members")
        await admin.post("/settings/members", {"email": "x@acme.example", "role": "owner"})
        assert admin.page.status_code == 422 and admin.error_of("role")
        assert owner.me is not None and admin.me is not None
        for verb, body in (("role", {"role": "support"}), ("remove", {}), ("reset", {})):
            await admin.get("/settings/members")
            await admin.post(f"/settings/members/{owner.me.id}/{verb}", body)
            await admin.follow()
            assert "Only an owner decides who is owner." in admin.text
        await admin.get("/settings/members")
        await admin.post(f"/settings/members/{admin.me.id}/role", {"role": "owner"})
        assert (await member(house, "admin@acme.example")).role is Role.ADMIN


async def test_the_last_owner_stays(house: House, owner: Visit) -> None:
    assert owner.me is not None
    for verb, body in (("role", {"role": "support"}), ("remove", {})):
        await owner.get("/settings/members")
        await owner.post(f"/settings/members/{owner.me.id}/{verb}", body)
        await owner.follow()
        assert "keeps at least one owner" in owner.text
    assert (await member(house, "owner@acme.example")).role is Role.OWNER


async def member(house: House, email: str) -> Teammate:
    found = await house.machine.app.store.read(lambda tx: {each.email: each for each in tx.teammates(ACME)})
    return found[email]


async def test_a_key_is_shown_once_works_and_is_revoked(house: House, owner: Visit) -> None:
    await owner.get("/settings/keys")
    await owner.post("/settings/keys", {"label": "Export", "member": "owner@acme.example", "scopes": "reports"})
    await owner.follow()
    key = owner.one("[data-copy-source]").attributes["value"] or ""
    assert (await house.http.get("/api/v1/reports/summary", headers=bearer(key))).status_code == 200
    assert (await house.http.get("/api/v1/inbox/counts", headers=bearer(key))).status_code == 403
    await owner.get("/settings/keys")
    assert key not in owner.page.text and "Export" in owner.text
    await owner.send("form[action$=revoke]")
    assert (await house.http.get("/api/v1/reports/summary", headers=bearer(key))).status_code == 401


async def test_a_key_says_what_is_missing(owner: Visit) -> None:
    await owner.get("/settings/keys")
    await owner.post("/settings/keys", {"label": "", "member": "stranger@acme.example"})
    assert owner.page.status_code == 422
    assert owner.error_of("label") and owner.error_of("member") and owner.error_of("scopes")


async def test_an_admin_makes_no_key_that_speaks_for_an_owner(house: House, owner: Visit) -> None:
    async with Visit.signed_in(house, "admin") as admin:
        await admin.get("/settings/keys")
        await admin.post("/settings/keys", {"label": "x", "member": "owner@acme.example", "scopes": "inbox"})
        assert admin.page.status_code == 422 and admin.error_of("member")


async def test_the_shop_is_saved_as_it_was_typed(house: House, owner: Visit) -> None:
    await owner.get("/settings/shop")
    typed = {
        "name": "Acme Outdoor", "locale": "pl", "timezone": "Europe/Warsaw", "privacy_url": "https://shop.example/p",
        "origins": "https://shop.example/some/page\nHTTPS://Other.Example:443", "starter.0": "Where is my parcel?",
    }  # fmt: skip
    await owner.send(SHOP, **typed)
    assert owner.page.status_code == 303, owner.text
    shop = await house.machine.app.store.read(lambda tx: tx.workspace(ACME))
    assert (shop.name, shop.locale, shop.timezone, shop.starters) == (
        "Acme Outdoor",
        "pl",
        "Europe/Warsaw",
        ("Where is my parcel?",),
    )
    assert shop.origins == ("https://shop.example", "https://other.example") and shop.site == "pk_acme"
    await owner.get("/settings/shop")
    assert owner.fields(SHOP)["privacy_url"] == "https://shop.example/p"


async def test_the_shop_says_what_is_wrong_beside_each_field(owner: Visit) -> None:
    await owner.get("/settings/shop")
    await owner.send(
        SHOP, name="", timezone="Mars/Olympus", privacy_url="javascript:alert(1)", origins="not a host", locale="xx yy"
    )
    assert owner.page.status_code == 422
    assert all(owner.error_of(name) for name in ("name", "timezone", "privacy_url", "origins"))
    assert owner.fields(SHOP)["timezone"] == "Mars/Olympus"


async def test_two_who_change_the_shop_see_the_others_values(house: House, owner: Visit) -> None:
    async with Visit.signed_in(house, "manager") as manager:
        await manager.get("/settings/shop")
        await owner.get("/settings/shop")
        await owner.send(SHOP, name="Theirs")
        await manager.send(SHOP, name="Mine")
        assert manager.page.status_code == 409 and "Saved now: Theirs" in manager.text
        await manager.send(SHOP)
        assert manager.page.status_code == 303


async def test_name_and_language_are_ones_own(house: House, owner: Visit) -> None:
    await owner.get("/settings/me")
    await owner.send("form[action='/settings/me']", name="Ola Nowak", lang="pl")
    await owner.follow()
    assert owner.one("html").attributes["lang"] == "pl" and "Zapisano." in owner.text and "Ola Nowak" in owner.text
    await owner.send("form[action='/settings/me']", name="", lang="xx")
    assert owner.page.status_code == 422 and owner.error_of("name") and owner.error_of("lang")


async def test_available_ends_by_itself(house: House, owner: Visit) -> None:
    await owner.get("/settings/me")
    await owner.send("form.card-body[action='/me/status']", "status=available")
    assert owner.page.headers["location"] == "/settings/me"
    await owner.follow()
    assert "ends by itself" in owner.text
    house.clock.passes(hours=11, minutes=59)
    await owner.get("/settings/me")
    house.clock.passes(minutes=2)
    await owner.get("/settings/me")
    assert "Nobody is passed to you." in owner.text


async def test_the_old_password_must_be_right_and_is_not_guessed_for_long(owner: Visit) -> None:
    await owner.get("/settings/me")
    form = "form[action='/settings/me/password']"
    await owner.send(form, old="wrong wrong wrong", password="a new good password")
    assert owner.page.status_code == 422 and "not your present" in owner.error_of("old")
    await owner.send(form, old=PASSWORD, password="short")
    assert "12 to 128" in owner.error_of("password")
    token = owner.csrf
    body = {"csrf": token, "old": "wrong wrong wrong", "password": "a new good password"}
    statuses = [(await owner.http.post("/settings/me/password", data=body)).status_code for _ in range(25)]
    assert statuses[-1] == 429
