"""`warmline apply`: what a file says is what the workspace is, or nothing changed."""

from __future__ import annotations

from tests.cli.shop import ACME, GORGIAS, KLAVIYO, OWNER, TO_ZENDESK, WORKSPACE, ZENDESK, Shop
from warmline.domain.handoff import CustomMessage, SendTicket
from warmline.domain.workspace import Limits, Role, Workspace
from warmline.store.base import Integration


async def workspace(shop: Shop) -> Workspace:
    async with shop.machine() as machine:
        return await machine.app.store.read(lambda tx: tx.workspace(ACME))


async def integrations(shop: Shop) -> dict[str, Integration]:
    async with shop.machine() as machine:
        return {each.name: each for each in await machine.app.store.read(lambda tx: tx.integrations(ACME))}


async def members(shop: Shop) -> dict[str, Role]:
    async with shop.machine() as machine:
        return {each.email: each.role for each in await machine.app.store.read(lambda tx: tx.teammates(ACME))}


async def nothing_is_stored(shop: Shop) -> bool:
    async with shop.machine() as machine:
        return not await machine.app.store.read(lambda tx: tx.workspaces())


WHOLE = """
    [workspace]
    name = "Acme"
    locale = "pl"
    timezone = "Europe/Warsaw"
    site = "pk_shop"
    origins = ["https://shop.example", "https://www.shop.example"]
    agent = false
    privacy_url = "https://shop.example/privacy"
    greeting = {pl = "Dzień dobry!"}
    starters = ["Gdzie jest moja paczka?"]
    [handoff]
    method = "message"
    message = {en = "Write to us.", pl = "Napisz do nas."}
    links = [{label = "FAQ", url = "https://shop.example/faq"}]
    auto_reply = {en = "Busy."}
    away = {en = "Away."}
    wait_seconds = 30
    [office_hours]
    mon-fri = ["09:00-13:00", "14:00-17:00"]
    holidays = "PL"
    [limits]
    messages_per_minute = 7
    [identity]
    secret = {env = "IDENTITY_SECRET"}
"""


async def test_every_table_reaches_the_workspace(shop: Shop) -> None:
    said = await shop.applied(WHOLE, OWNER)
    assert (said["workspace"], said["site"], said["created"]) == ("acme", "pk_shop", True)
    saved = await workspace(shop)
    assert (saved.name, saved.locale, saved.timezone, saved.agent) == ("Acme", "pl", "Europe/Warsaw", False)
    assert saved.origins == ("https://shop.example", "https://www.shop.example")
    assert saved.greeting == {"pl": "Dzień dobry!"}
    assert isinstance(saved.method, CustomMessage)
    assert (saved.method.texts["pl"], saved.method.links[0].label) == ("Napisz do nas.", "FAQ")
    assert (saved.texts.auto_reply, saved.texts.away, saved.queue_wait.seconds) == (
        {"en": "Busy."},
        {"en": "Away."},
        30,
    )
    assert saved.hours.week is not None
    assert saved.limits.messages_per_minute == 7
    async with shop.machine() as machine:
        keys = await machine.app.store.read(lambda tx: tx.identity_keys(ACME))
    assert keys == {"secret": shop.env["IDENTITY_SECRET"], "reference": {"secret": {"env": "IDENTITY_SECRET"}}}


async def test_what_is_absent_goes_back_to_its_default(shop: Shop) -> None:
    await shop.applied(WHOLE, KLAVIYO, OWNER)
    said = await shop.applied(WORKSPACE)
    saved = await workspace(shop)
    assert (saved.site, saved.method, saved.limits, saved.hours.week) == ("pk_acme", SendTicket(), Limits(), None)
    assert {each["field"]: each["did"] for each in said["changes"]}["profiles.klaviyo"] == "disconnected"
    assert await integrations(shop) == {}
    async with shop.machine() as machine:
        assert await machine.app.store.read(lambda tx: tx.identity_keys(ACME)) == {}
    assert await members(shop) == {"owner@shop.example": Role.OWNER}


async def test_the_same_file_again_changes_nothing(shop: Shop) -> None:
    await shop.applied(WORKSPACE, TO_ZENDESK, ZENDESK, OWNER)
    before = await workspace(shop)
    said = await shop.applied(WORKSPACE, TO_ZENDESK, ZENDESK, OWNER)
    assert (said["changes"], said["invited"]) == ([], [])
    assert (await workspace(shop)).revision == before.revision


async def test_a_chosen_helpdesk_is_checked_and_saved_with_its_references(shop: Shop) -> None:
    said = await shop.applied(WORKSPACE, TO_ZENDESK, ZENDESK, GORGIAS, KLAVIYO)
    assert {name: checked["ok"] for name, checked in said["checks"].items()} == {
        "zendesk": True, "gorgias": True, "klaviyo": True,
    }  # fmt: skip
    zendesk = (await integrations(shop))["zendesk"]
    assert zendesk.references == {"client_secret": {"env": "ZENDESK_SECRET"}}
    assert zendesk.secrets == {"client_secret": shop.env["ZENDESK_SECRET"]}
    assert "client_secret" not in zendesk.settings


async def test_a_secret_may_stand_in_a_file_beside_the_toml(shop: Shop) -> None:
    (shop.folder / "zendesk.secret").write_text(shop.env["ZENDESK_SECRET"] + "\n")
    by_file = ZENDESK.replace('{env = "ZENDESK_SECRET"}', '{file = "zendesk.secret"}')
    await shop.applied(WORKSPACE, TO_ZENDESK, by_file)
    zendesk = (await integrations(shop))["zendesk"]
    assert zendesk.references == {"client_secret": {"file": str(shop.folder / "zendesk.secret")}}


async def test_a_dry_run_says_what_would_change_and_changes_nothing(shop: Shop) -> None:
    await shop.applied(WORKSPACE)
    changed = WORKSPACE + '    timezone = "Europe/Warsaw"\n'
    said = await shop.applied(changed, TO_ZENDESK, ZENDESK, OWNER, flags=("--dry-run",))
    assert [(each["field"], each["did"]) for each in said["changes"]] == [
        ("workspace.timezone", "added"),
        ("handoff.helpdesk", "added"),
        ("helpdesks.zendesk", "connected"),
        ("members.owner@shop.example", "added"),
    ]
    assert said["checks"]["zendesk"]["ok"]
    assert ((await workspace(shop)).timezone, await integrations(shop), await members(shop)) == ("UTC", {}, {})


async def test_a_dry_run_of_what_would_be_refused_says_so(shop: Shop) -> None:
    wrong = ZENDESK.replace("ZENDESK_SECRET", "WRONG_SECRET")
    said = await shop.apply(WORKSPACE, TO_ZENDESK, wrong, flags=("--dry-run",))
    assert (said.code, said.json["refused"]["field"]) == (1, "helpdesks.zendesk")
    assert await nothing_is_stored(shop)


async def test_people_read_a_short_summary(shop: Shop) -> None:
    said = await shop.run("apply", str(shop.write(WORKSPACE, TO_ZENDESK, ZENDESK, OWNER)))
    assert "Made: Acme (workspace acme, site pk_acme)" in said.out
    assert 'workspace.name: – → "Acme"' in said.out
    assert "zendesk: connection checked" in said.out
    assert "http://localhost:8123/join#wll_" in said.out
    assert shop.env["ZENDESK_SECRET"] not in said.out


# Connections


async def test_wrong_credentials_of_the_chosen_helpdesk_save_nothing(shop: Shop) -> None:
    said = await shop.apply(WORKSPACE, TO_ZENDESK, ZENDESK.replace("ZENDESK_SECRET", "WRONG_SECRET"), OWNER)
    assert said.code == 1
    assert "helpdesks.zendesk: " in said.err
    assert "Make a new OAuth client" in said.err
    assert await nothing_is_stored(shop)


async def test_wrong_credentials_elsewhere_are_told_and_saved(shop: Shop) -> None:
    said = await shop.applied(WORKSPACE, ZENDESK.replace("ZENDESK_SECRET", "WRONG_SECRET"))
    assert not said["checks"]["zendesk"]["ok"]
    assert set(await integrations(shop)) == {"zendesk"}


async def test_an_unclear_answer_is_tried_again_until_patience_ends(shop: Shop) -> None:
    shop.sandbox.add_fault("zendesk", "error_before", status=503)
    said = await shop.apply(WORKSPACE, TO_ZENDESK, ZENDESK)
    assert (said.code, said.json["field"]) == (1, "helpdesks.zendesk")
    assert "no clear answer for 1 s" in said.err
    assert await nothing_is_stored(shop)


async def test_a_silent_helpdesk_does_not_outlast_the_patience(shop: Shop) -> None:
    shop.sandbox.add_fault("zendesk", "silence_before")
    said = await shop.apply(WORKSPACE, TO_ZENDESK, ZENDESK)
    assert (said.code, said.json["field"]) == (1, "helpdesks.zendesk")


async def test_an_answer_that_becomes_clear_in_time_is_enough(shop: Shop) -> None:
    shop.sandbox.add_fault("zendesk", "error_before", status=503, times=1)
    said = await shop.apply(WORKSPACE, TO_ZENDESK, ZENDESK, flags=("--patience", "10"))
    assert said.code == 0, said.err


async def test_connecting_again_ends_a_pause(shop: Shop) -> None:
    await shop.applied(WORKSPACE, TO_ZENDESK, ZENDESK)
    async with shop.machine() as machine:
        await machine.app.store.write(lambda tx: tx.pause_integration(ACME, "zendesk", "401", 1))
    said = await shop.applied(WORKSPACE, TO_ZENDESK, ZENDESK)
    assert said["changes"] == [{"field": "helpdesks.zendesk", "did": "connected again", "before": None, "after": None}]
    assert (await integrations(shop))["zendesk"].paused_why is None


# Members


async def test_members_are_added_and_changed_and_removed_only_by_prune(shop: Shop) -> None:
    said = await shop.applied(WORKSPACE, OWNER, '[[members]]\nemail = "ann@shop.example"\nrole = "support"\n')
    assert [each["email"] for each in said["invited"]] == ["owner@shop.example", "ann@shop.example"]
    said = await shop.applied(WORKSPACE, '[[members]]\nemail = "Ann@shop.example"\nrole = "manager"\n')
    assert said["invited"] == []
    assert await members(shop) == {"ann@shop.example": Role.MANAGER, "owner@shop.example": Role.OWNER}
    await shop.applied(WORKSPACE, OWNER, flags=("--prune",))
    assert await members(shop) == {"owner@shop.example": Role.OWNER}


async def test_the_printed_link_works_once(shop: Shop) -> None:
    url = (await shop.applied(WORKSPACE, OWNER))["invited"][0]["url"]
    token = url.partition("/join#")[2]
    async with shop.machine() as machine:
        app = machine.app
        uses = [await app.store.write(lambda tx: tx.use_link(token, "invite", app.clock())) for _ in range(2)]
    assert [use is not None for use in uses] == [True, False]


async def test_the_last_owner_stays(shop: Shop) -> None:
    await shop.applied(WORKSPACE, OWNER)
    other = '[[members]]\nemail = "ann@shop.example"\nrole = "admin"\n'
    said = await shop.apply(WORKSPACE, other, flags=("--prune",))
    assert (said.code, said.json["field"]) == (1, "members")
    assert await members(shop) == {"owner@shop.example": Role.OWNER}


async def test_rules_keep_the_order_in_which_they_are_written(shop: Shop) -> None:
    rules = """
    [rules.zebra]
    action = "suppress"
    phrases = ["zebra"]
    [rules.apple]
    action = "suppress"
    phrases = ["apple"]
    """
    await shop.applied(WORKSPACE, rules)
    assert [each.name for each in (await workspace(shop)).rules] == ["zebra", "apple"]
    zebra, apple = rules.split("[rules.apple]")
    said = await shop.applied(WORKSPACE, f"[rules.apple]{apple}{zebra}")
    assert [each.name for each in (await workspace(shop)).rules] == ["apple", "zebra"], said
