"""What `warmline apply` refuses: each wrong field is named with the way out, and nothing is saved."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.shop import GORGIAS, OWNER, WORKSPACE, ZENDESK, Said, Shop
from warmline.domain.ids import SiteKey
from warmline.errors import NotFound


async def nothing_is_stored(shop: Shop) -> bool:
    async with shop.machine() as machine:
        return not await machine.app.store.read(lambda tx: tx.workspaces())


def bad(text: str, field: str, hint: str = "") -> Any:
    return pytest.param(text, field, hint, id=f"{field}: {hint}" if hint else field)


LITERAL = ZENDESK.replace('{env = "ZENDESK_SECRET"}', '"s3cret"')

REFUSED = [
    bad("[workspace\n", "file", "no TOML"),
    bad("[limits]\n", "workspace", "missing"),
    bad('workspace = "Acme"', "workspace"),
    bad("[workspace]\n", "workspace.name", "missing"),
    bad('[workspace]\nname = "!!"', "workspace.name"),
    bad('[workspace]\nname = "A"\nnmae = "B"', "workspace.nmae", "Known"),
    bad('[workspace]\nname = "A"\nlocale = "English"', "workspace.locale"),
    bad('[workspace]\nname = "A"\ntimezone = "Warsaw"', "workspace.timezone", "Europe/Warsaw"),
    bad('[workspace]\nname = "A"\nsite = "a b"', "workspace.site"),
    bad('[workspace]\nname = "A"\norigins = ["shop.example"]', "workspace.origins", "https://shop.example"),
    bad('[workspace]\nname = "A"\norigins = "https://shop.example"', "workspace.origins"),
    bad('[workspace]\nname = "A"\nagent = "yes"', "workspace.agent", "true or false"),
    bad('[workspace]\nname = "A"\nprivacy_url = "javascript:alert(1)"', "workspace.privacy_url"),
    bad('[workspace]\nname = "A"\nstarters = ["1","2","3","4","5"]', "workspace.starters"),
    bad(WORKSPACE + '[handoff]\nmethod = "phone"', "handoff.method"),
    bad(WORKSPACE + '[handoff]\nmethod = "message"', "handoff.message"),
    bad(WORKSPACE + '[handoff]\nmethod = "message"\nmessage = {english = "x"}', "handoff.message", "no language"),
    bad(WORKSPACE + '[handoff]\nhelpdesk = "zendesk"', "handoff.helpdesk", "[helpdesks.zendesk]"),
    bad(WORKSPACE + '[handoff]\nhelpdesk = "freshdesk"', "handoff.helpdesk", "email, gorgias, inbox, webhook, zendesk"),
    bad(WORKSPACE + '[handoff]\nhelpdesk = "email"', "handoff.helpdesk", "[helpdesks.email]"),
    bad(WORKSPACE + '[handoff]\nhelpdesk = "webhook"', "handoff.helpdesk", "[helpdesks.webhook]"),
    bad(WORKSPACE + '[handoff]\nlinks = [{label = "x"}]', "handoff.links[0].url"),
    bad(WORKSPACE + '[handoff]\nlinks = [{label = "x", url = "ftp://x"}]', "handoff.links[0].url", "begins with https"),
    bad(WORKSPACE + '[handoff]\nwait_seconds = "1"', "handoff.wait_seconds"),
    bad(WORKSPACE + '[office_hours]\nmonday = ["09:00-17:00"]', "office_hours.monday"),
    bad(WORKSPACE + '[office_hours]\nmon = ["9-17"]', "office_hours.mon"),
    bad(WORKSPACE + '[office_hours]\nholidays = "XX"', "office_hours.holidays"),
    bad(WORKSPACE + "[limits]\nmessages_per_minute = -1", "limits.messages_per_minute"),
    bad(WORKSPACE + "[limits]\nmessages = 1", "limits.messages", "Known"),
    bad(WORKSPACE + "[identity]\n", "identity"),
    bad(WORKSPACE + '[identity]\nsecret = "abc"', "identity.secret", "IDENTITY_SECRET"),
    bad(WORKSPACE + '[identity]\nsecret = {env = "WRONG_SECRET"}', "identity.secret", "32 bytes"),
    bad(WORKSPACE + '[identity]\njwks = {env = "WRONG_SECRET"}', "identity.jwks"),
    bad(WORKSPACE + '[identity]\nkey = {env = "WRONG_SECRET"}', "identity.key"),
    bad(WORKSPACE + "[helpdesks.zendesk]\n", "helpdesks.zendesk.subdomain", "missing"),
    bad(WORKSPACE + ZENDESK.replace('"acme"', '"evil.example/"'), "helpdesks.zendesk.subdomain"),
    bad(WORKSPACE + LITERAL, "helpdesks.zendesk.client_secret", 'write {env = "HELPDESKS_ZENDESK_CLIENT_SECRET"}'),
    bad(WORKSPACE + ZENDESK.replace("ZENDESK_SECRET", "NOT_SET"), "helpdesks.zendesk.client_secret", "NOT_SET"),
    bad(WORKSPACE + ZENDESK.replace("env =", "vault ="), "helpdesks.zendesk.client_secret", "file ="),
    bad(WORKSPACE + ZENDESK.replace("env =", "file ="), "helpdesks.zendesk.client_secret", "cannot be read"),
    bad(WORKSPACE + ZENDESK + '    continues_in = "fax"', "helpdesks.zendesk.continues_in"),
    bad(WORKSPACE + ZENDESK + "    colour = 1", "helpdesks.zendesk.colour"),
    bad(WORKSPACE + ZENDESK + "    profile_field = 1.5", "helpdesks.zendesk.profile_field"),
    bad(WORKSPACE + GORGIAS.replace("@", "(at)"), "helpdesks.gorgias.email"),
    bad(WORKSPACE + '[helpdesks.email]\nto = "noreply@shop.example"', "helpdesks.email.to", "nobody reads"),
    bad(WORKSPACE + '[handoff]\nhelpdesk = "email"\n[helpdesks.email]\nto = "a@shop.example"', "helpdesks.email",
        "WARMLINE_SMTP_URL"),
    bad(WORKSPACE + '[helpdesks.webhook]\nurl = "http://shop.example"', "helpdesks.webhook.url", "https://"),
    bad(WORKSPACE + '[helpdesks.webhook]\nurl = "https://shop.example"\nsecret = "whsec_x"',
        "helpdesks.webhook.secret", "env ="),
    bad(WORKSPACE + '[helpdesks.webhook]\nurl = "https://shop.example"\nsecret = {env = "WRONG_SECRET"}',
        "helpdesks.webhook.secret", "whsec_"),
    bad(WORKSPACE + "[helpdesks.inbox]\n", "helpdesks.inbox"),
    bad(WORKSPACE + '[helpdesks.freshdesk]\nx = "1"', "helpdesks.freshdesk"),
    bad(WORKSPACE + '[helpdesks]\nzendesk = "acme"', "helpdesks.zendesk"),
    bad(WORKSPACE + '[profiles.klaviyo]\napi_key = "pk"', "profiles.klaviyo.api_key", "env ="),
    bad(WORKSPACE + '[profiles.hubspot]\nx = "1"', "profiles.hubspot", "klaviyo"),
    bad(WORKSPACE + '[[knowledge]]\npath = "nowhere/"', "knowledge[0].path"),
    bad(WORKSPACE + '[[knowledge]]\nurl = "shop.example"', "knowledge[0].url"),
    bad(WORKSPACE + '[[knowledge]]\nurl = "https://u:p@shop.example"', "knowledge[0].url", "password"),
    bad(WORKSPACE + "[[knowledge]]\n", "knowledge[0]", "path or a url"),
    bad(WORKSPACE + '[[knowledge]]\nurl = "https://a.co"\nbase_url = "https://b.co"', "knowledge[0].base_url"),
    bad(WORKSPACE + '[knowledge]\npath = "help/"', "knowledge", "[[knowledge]]"),
    bad(WORKSPACE + '[[knowledge]]\nurl = "https://a.co"\n[[knowledge]]\nurl = "https://a.co"', "knowledge[1]"),
    bad(WORKSPACE + '[[members]]\nemail = "owner"\nrole = "owner"', "members[0].email"),
    bad(WORKSPACE + OWNER + '[[members]]\nemail = "a@b.example"\nrole = "boss"', "members[1].role", "owner, admin"),
    bad(WORKSPACE + OWNER + OWNER.replace("owner@", "Owner@"), "members[1].email", "twice"),
    bad(WORKSPACE + "[[members]]\n" + 'email = "a@b.example"', "members[0].role"),
    bad(WORKSPACE + "[shop]\n", "shop", "workspace, handoff"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "field", "hint"), REFUSED)
async def test_a_bad_file_names_the_field_and_saves_nothing(shop: Shop, text: str, field: str, hint: str) -> None:
    said = await shop.apply(*text.splitlines(keepends=True))
    assert_refused(said, field, hint)
    assert not (shop.folder / "data" / "warmline.sqlite3").exists() or await nothing_is_stored(shop)


def assert_refused(said: Said, field: str, hint: str = "") -> None:
    assert (said.code, said.json["field"]) == (1, field)
    assert field in said.err
    assert hint in said.err
    assert "s3cret" not in said.err


async def test_a_file_that_is_not_there_is_named(shop: Shop) -> None:
    assert_refused(await shop.run("apply", str(shop.folder / "no.toml"), "--json"), "file", "no.toml")


async def test_the_site_of_another_workspace_is_refused(shop: Shop) -> None:
    await shop.applied(WORKSPACE)
    said = await shop.apply('[workspace]\nname = "Other"\nsite = "pk_acme"')
    assert_refused(said, "workspace.site", '"Acme" (acme)')
    async with shop.machine() as machine:
        with pytest.raises(NotFound):
            await machine.app.store.read(lambda tx: tx.workspace_of_site(SiteKey("pk_other")))
