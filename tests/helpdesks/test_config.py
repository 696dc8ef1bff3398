"""Settings of helpdesks: understood, or refused with the name of the field; and the registry that reads them."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from tests.helpdesks.conftest import TABLES
from warmline.errors import Invalid
from warmline.helpdesks import registry
from warmline.helpdesks.base import Kind
from warmline.helpdesks.gorgias.config import GorgiasConfig
from warmline.helpdesks.zendesk.config import ApiToken, OAuthClient, ZendeskConfig

OAUTH: dict[str, object] = {"subdomain": "acme", "client_id": "warmline", "client_secret": "s3cret-value"}
TOKEN: dict[str, object] = {"subdomain": "acme", "email": "bot@shop.example", "api_token": "s3cret-value"}
GORGIAS: dict[str, object] = {"account": "acme", "email": "bot@shop.example", "api_key": "s3cret-value"}

NOT_ONE_LABEL = [
    "", "acme.zendesk.com", "acme.evil.example", "evil.example/", "https://acme.zendesk.com", "acme@evil.example",
    "acme:pw@evil", "127.0.0.1", "acme:8443", "acme/", "acme#", "acme?", "acme\\evil", " acme", "acme\n", "-acme",
    "acme-", "a_b", "ACME\u212a", "\u0430cme", "acme\u3002evil", "a" * 64, "..", "acme%2eevil", "[::1]", "acme\x00",
]  # fmt: skip


@pytest.mark.parametrize("label", NOT_ONE_LABEL)
@pytest.mark.parametrize("vendor", ["zendesk", "gorgias"])
def test_the_address_is_one_label_and_nothing_else(vendor: str, label: str) -> None:
    key = {"zendesk": "subdomain", "gorgias": "account"}[vendor]
    with pytest.raises(Invalid) as caught:
        registry.load().account(vendor, {**TABLES[vendor], key: label})
    assert caught.value.field == f"helpdesks.{vendor}.{key}"


def test_the_address_is_built_from_the_label() -> None:
    load = registry.load()
    assert load.account("zendesk", {**OAUTH, "subdomain": "Acme-2"}).base_url == "https://acme-2.zendesk.com"
    assert load.account("gorgias", GORGIAS).base_url == "https://acme.gorgias.com"


def test_both_kinds_of_zendesk_credentials_are_read() -> None:
    assert isinstance(ZendeskConfig.parse(OAUTH).credentials, OAuthClient)
    assert isinstance(ZendeskConfig.parse(TOKEN).credentials, ApiToken)
    assert ZendeskConfig.parse({**OAUTH, "profile_field": "360001"}).profile_field == 360001


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ({**OAUTH, **TOKEN}, "client_id"),
        ({"subdomain": "acme"}, "client_id"),
        ({**OAUTH, "client_secret": None}, "client_secret"),
        ({**OAUTH, "client_id": ""}, "client_id"),
        ({**OAUTH, "client_secret": 5}, "client_secret"),
        ({**OAUTH, "client_secret": "two words"}, "client_secret"),
        ({**OAUTH, "client_secret": "line\nbreak"}, "client_secret"),
        ({**TOKEN, "email": "not an address"}, "email"),
        ({**TOKEN, "api_token": ""}, "api_token"),
        ({**OAUTH, "profile_field": "abc"}, "profile_field"),
        ({**OAUTH, "profile_field": True}, "profile_field"),
        ({**OAUTH, "profile_field": -1}, "profile_field"),
        ({**OAUTH, "continues_in": "fax"}, "continues_in"),
        ({**OAUTH, "sub_domain": "acme"}, "sub_domain"),
        ({**OAUTH, "subdomain": ["acme"]}, "subdomain"),
    ],
)
def test_a_wrong_zendesk_table_names_its_field(table: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid, match=rf"helpdesks\.zendesk\.{field}") as caught:
        ZendeskConfig.parse(table)
    assert caught.value.field == f"helpdesks.zendesk.{field}"
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ({**GORGIAS, "email": None}, "email"),
        ({**GORGIAS, "api_key": ""}, "api_key"),
        ({**GORGIAS, "mailbox": "support"}, "mailbox"),
        ({**GORGIAS, "auto_reply": "no"}, "auto_reply"),
        ({**GORGIAS, "channel": "chat"}, "channel"),
    ],
)
def test_a_wrong_gorgias_table_names_its_field(table: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid, match=rf"helpdesks\.gorgias\.{field}") as caught:
        GorgiasConfig.parse(table)
    assert caught.value.field == f"helpdesks.gorgias.{field}"


def test_secrets_stay_out_of_reprs() -> None:
    for config in (ZendeskConfig.parse(OAUTH), ZendeskConfig.parse(TOKEN), GorgiasConfig.parse(GORGIAS)):
        assert "s3cret" not in repr(config)


# --- the registry

A_PLUGIN = Kind("pigeon", "Pigeon post", registry.BUILT_IN["zendesk"].account, registry.INBOX_GUIDE)
A_THIEF = Kind("zendesk", "Not Zendesk", A_PLUGIN.account, A_PLUGIN.guide)


def an_entry(name: str, attribute: str, module: str = "tests.helpdesks.test_config") -> EntryPoint:
    return EntryPoint(name, f"{module}:{attribute}", registry.GROUP)


def test_the_built_in_helpdesks_have_a_guide() -> None:
    for kind in registry.load().kinds.values():
        assert kind.guide.read_text().startswith("# ")
    assert registry.INBOX_GUIDE.read_text().startswith("# ")


def test_a_plug_in_is_found() -> None:
    found = registry.with_plugins([an_entry("pigeon", "A_PLUGIN")])
    assert found.kinds["pigeon"].title == "Pigeon post"
    assert not found.broken


@pytest.mark.parametrize(
    "entry",
    [an_entry("x", "A_THIEF"), an_entry("x", "NOT_ONE_LABEL"), an_entry("x", "nothing"), an_entry("x", "y", "no.such")],
)
def test_a_broken_plug_in_is_reported_and_stops_nobody(entry: EntryPoint) -> None:
    found = registry.with_plugins([entry])
    assert found.kinds == registry.BUILT_IN
    assert found.broken["x"]
    with pytest.raises(Invalid, match="could not be loaded"):
        found.account("x", {})


def test_an_unknown_helpdesk_lists_the_known_ones() -> None:
    with pytest.raises(Invalid, match="email, gorgias, webhook, zendesk") as caught:
        registry.load().account("zendesc", {})
    assert caught.value.field == "helpdesks.zendesc"
