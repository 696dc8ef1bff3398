"""A workspace from the tables that `apply` takes: the file of DESIGN.md section 5, defaults, and every bad field."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from warmline.domain.handoff import INBOX, CustomMessage, Link, SendTicket
from warmline.domain.workspace import Limits, Texts, Workspace, origin, parse_workspace, slug
from warmline.errors import Invalid

# DESIGN.md section 5, word for word
FILE = """
[workspace]
name = "Acme"
locale = "en"            # "pl", …
timezone = "Europe/Warsaw"
site = "pk_acme"         # public key of the widget
origins = ["https://shop.example"]
agent = true
privacy_url = "https://shop.example/privacy"
[handoff]
method = "ticket"        # or "message"
helpdesk = "zendesk"     # inbox | zendesk | gorgias | email | webhook
message = {en = "…", pl = "…"}
links = [{label = "FAQ", url = "https://shop.example/faq"}]
[helpdesks.zendesk]
subdomain = "acme"
client_id = "warmline"
client_secret = {env = "ACME_ZENDESK_SECRET"}   # or: email + api_token
[helpdesks.gorgias]
account = "acme"
email = "bot@shop.example"
api_key = {env = "ACME_GORGIAS_KEY"}
mailbox = "support@shop.example"                # optional: else the account's first mailbox
[profiles.klaviyo]
api_key = {env = "ACME_KLAVIYO_KEY"}
[identity]
secret = {env = "ACME_IDENTITY_SECRET"}         # HS256 key of the shop's signed shoppers; aud = the site key
[office_hours]                                  # absent = always open; without a day key = always closed
mon-fri = ["09:00-13:00", "14:00-17:00"]        # days, ranges, lists; the more specific key wins
holidays = "PL"
[limits]                                        # defaults in THREATS section 6; 0 = off
messages_per_minute = 20
handoffs_per_network_day = 20
[[knowledge]]
path = "help/"           # or url = "https://shop.example/help"
[[members]]
email = "owner@shop.example"
role = "owner"
"""


def calendars(country: str) -> Callable[[date], bool]:
    if country != "PL":
        raise Invalid(f'"{country}" is no country that we know holidays of.', "office_hours.holidays")
    return lambda day: day == date(2026, 5, 1)


def parsed(**tables: Any) -> Workspace:
    return parse_workspace({"workspace": {"name": "Acme"}} | tables, calendars)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_the_file_of_the_design_is_understood_whole() -> None:
    acme = parse_workspace(tomllib.loads(FILE), calendars)
    assert (acme.id, acme.name, acme.site, acme.locale, acme.timezone) == (
        "acme", "Acme", "pk_acme", "en", "Europe/Warsaw",
    )  # fmt: skip
    assert acme.origins == ("https://shop.example",)
    assert acme.agent
    assert acme.privacy_url == "https://shop.example/privacy"
    assert acme.method == SendTicket("zendesk")
    assert (acme.helpdesk, acme.sees_person) == ("zendesk", True)
    assert acme.limits == Limits(messages_per_minute=20, handoffs_per_network_day=20)
    assert acme.hours.is_open(at("2026-05-04T08:00"))
    assert not acme.hours.is_open(at("2026-05-04T11:30")), "13:30 in Warsaw is between the two slots"
    assert not acme.hours.is_open(at("2026-05-01T08:00")), "a holiday"


def test_a_name_alone_makes_a_workspace_with_our_defaults() -> None:
    shop = parsed()
    assert shop.method == SendTicket(INBOX)
    assert (shop.id, shop.site, shop.locale, shop.timezone) == ("acme", "pk_acme", "en", "UTC")
    assert (shop.queue_wait, shop.texts, shop.limits) == (timedelta(minutes=2), Texts(), Limits())
    assert shop.hours.is_open(at("2026-12-25T03:00"))
    assert shop.agent


def test_the_message_and_links_that_belong_to_the_other_method_are_read_too() -> None:
    other = parse_workspace(tomllib.loads(FILE.replace('method = "ticket"', 'method = "message"')), calendars)
    assert other.method == CustomMessage({"en": "…", "pl": "…"}, (Link("FAQ", "https://shop.example/faq"),))
    assert other.helpdesk == INBOX, "an offer that outlived the switch goes to people, in the Inbox"
    assert not other.sees_person


@pytest.mark.parametrize(
    ("lang", "fallback", "text"),
    [("pl", "en", "Tu nie."), ("de", "en", "Not here."), ("de", "fr", "Tu nie."), ("pl", "pl", "Tu nie.")],
)
def test_the_custom_message_is_said_in_the_shoppers_language_else_the_shops(
    lang: str, fallback: str, text: str
) -> None:
    assert CustomMessage({"pl": "Tu nie.", "en": "Not here."}).text_in(lang, fallback) == text
    assert CustomMessage().text_in(lang, fallback) is None


def test_a_text_without_a_language_is_in_the_shops_own() -> None:
    shop = parsed(
        workspace={"name": "Acme", "locale": "pl", "greeting": "Cześć!"},
        handoff={"auto_reply": "Zaraz wracamy.", "away": {"pl": "Zamknięte.", "en": "Closed."}, "wait_seconds": 30},
    )
    assert shop.greeting == {"pl": "Cześć!"}
    assert shop.texts == Texts({"pl": "Zaraz wracamy."}, {"pl": "Zamknięte.", "en": "Closed."})
    assert shop.queue_wait == timedelta(seconds=30)


def test_a_second_destination_takes_over_after_a_quarter_of_an_hour() -> None:
    assert parsed().method == SendTicket(INBOX, None)
    assert parsed(handoff={"helpdesk": "zendesk", "second": "inbox"}).method == SendTicket(
        "zendesk", INBOX, timedelta(minutes=15)
    )
    kept = parsed(handoff={"method": "message", "message": "…", "second": "zendesk", "second_after_minutes": 5})
    assert isinstance(kept.method, CustomMessage), "kept for the day when tickets are chosen again"


def test_no_table_is_always_open_and_a_table_without_a_day_is_always_closed() -> None:
    assert parsed().hours.is_open(at("2026-05-04T10:00"))
    assert not parsed(office_hours={}).hours.is_open(at("2026-05-04T10:00"))
    assert not parsed(office_hours={"holidays": "PL"}).hours.is_open(at("2026-05-04T10:00"))


def test_what_the_store_knows_stands_beside_what_the_merchant_wrote() -> None:
    shop = parse_workspace({"workspace": {"name": "Renamed"}}, calendars, id="acme", revision=7, knowledge_revision=3)
    assert (shop.id, shop.name, shop.revision, shop.knowledge_revision) == ("acme", "Renamed", 7, 3)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Acme Shop", "acme-shop"),
        ("  Żółta  Łódź! ", "zolta-lodz"),
        ("Grüße & Söhne", "gruse-sohne"),
        ("a" * 80, "a" * 48),
        ("a" * 47 + " b", "a" * 47),
        ("茶店", "shop-dc8c8596"),
        (" متجر الشاي ", "shop-bae4492d"),
        ("ЧАЙНАЯ", slug("чайная")),
    ],
)
def test_the_key_of_a_workspace_comes_from_its_name(name: str, key: str) -> None:
    assert slug(name) == key


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("https://shop.example", "https://shop.example"),
        ("https://Shop.Example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80", "http://shop.example"),
        ("https://shop.example:8443", "https://shop.example:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_an_origin_is_kept_as_browsers_send_it(text: str, meant: str) -> None:
    assert origin(text) == meant


@pytest.mark.parametrize(
    "text",
    [
        "shop.example", "*", "null", "", "https://", "https:///path", "ftp://shop.example", "javascript:alert(1)",
        "https://shop.example/path", "https://shop.example?q=1", "https://shop.example#a", "https://u@shop.example",
        "https://shop.example:port", "https://shop.example:99999", "https://[::1", "https://[x]",
    ],
)  # fmt: skip
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="not an origin") as caught:
        origin(text)
    assert caught.value.field == "workspace.origins"


SHOP = {"name": "Acme"}
LINK = {"label": "FAQ", "url": "https://shop.example/faq"}


@pytest.mark.parametrize(
    ("tables", "field"),
    [
        ({"workspace": {}}, "workspace.name"),
        ({"workspace": []}, "workspace"),
        ({"workspace": {"name": "  "}}, "workspace.name"),
        ({"workspace": {"name": "!!!"}}, "workspace.name"),
        ({"workspace": {"name": 5}}, "workspace.name"),
        ({"workspace": {"name": "a" * 101}}, "workspace.name"),
        ({"workspace": {"name": "a\x00b"}}, "workspace.name"),
        ({"workspace": SHOP | {"nmae": "x"}}, "workspace.nmae"),
        ({"workspace": SHOP | {"timezone": "Warsaw"}}, "workspace.timezone"),
        ({"workspace": SHOP | {"timezone": "../etc/passwd"}}, "workspace.timezone"),
        ({"workspace": SHOP | {"timezone": "Europe"}}, "workspace.timezone"),
        ({"workspace": SHOP | {"locale": "Polski"}}, "workspace.locale"),
        ({"workspace": SHOP | {"locale": "pl_PL"}}, "workspace.locale"),
        ({"workspace": SHOP | {"site": "pk acme"}}, "workspace.site"),
        ({"workspace": SHOP | {"site": "pk"}}, "workspace.site"),
        ({"workspace": SHOP | {"origins": "https://shop.example"}}, "workspace.origins"),
        ({"workspace": SHOP | {"origins": [5]}}, "workspace.origins"),
        ({"workspace": SHOP | {"origins": ["shop.example"]}}, "workspace.origins"),
        ({"workspace": SHOP | {"agent": "yes"}}, "workspace.agent"),
        ({"workspace": SHOP | {"agent": 1}}, "workspace.agent"),
        ({"workspace": SHOP | {"privacy_url": "javascript:alert(1)"}}, "workspace.privacy_url"),
        ({"workspace": SHOP | {"privacy_url": "https://[::1"}}, "workspace.privacy_url"),
        ({"workspace": SHOP | {"greeting": 5}}, "workspace.greeting"),
        ({"workspace": SHOP | {"greeting": {"English": "Hi"}}}, "workspace.greeting"),
        ({"workspace": SHOP | {"greeting": {"en": ""}}}, "workspace.greeting.en"),
        ({"workspace": SHOP | {"starters": ["1", "2", "3", "4", "5"]}}, "workspace.starters"),
        ({"workspace": SHOP | {"starters": [""]}}, "workspace.starters"),
        ({"handoff": "ticket"}, "handoff"),
        ({"handoff": {"method": "both"}}, "handoff.method"),
        ({"handoff": {"method": "message"}}, "handoff.message"),
        ({"handoff": {"method": "message", "message": {}}}, "handoff.message"),
        ({"handoff": {"helpdesk": ""}}, "handoff.helpdesk"),
        ({"handoff": {"links": LINK}}, "handoff.links"),
        ({"handoff": {"links": [LINK] * 6}}, "handoff.links"),
        ({"handoff": {"links": ["https://shop.example"]}}, "handoff.links[0]"),
        ({"handoff": {"links": [LINK, {"label": "FAQ"}]}}, "handoff.links[1].url"),
        ({"handoff": {"links": [{"url": "https://shop.example"}]}}, "handoff.links[0].label"),
        ({"handoff": {"links": [LINK | {"url": "data:text/html,x"}]}}, "handoff.links[0].url"),
        ({"handoff": {"links": [LINK | {"colour": "red"}]}}, "handoff.links[0].colour"),
        ({"handoff": {"second": "inbox"}}, "handoff.second"),
        ({"handoff": {"helpdesk": "zendesk", "second": "zendesk"}}, "handoff.second"),
        ({"handoff": {"second": ["zendesk"]}}, "handoff.second"),
        ({"handoff": {"second": "zendesk", "second_after_minutes": 0}}, "handoff.second_after_minutes"),
        ({"handoff": {"second": "zendesk", "second_after_minutes": 10_081}}, "handoff.second_after_minutes"),
        ({"handoff": {"wait_seconds": 4}}, "handoff.wait_seconds"),
        ({"handoff": {"wait_seconds": 86_401}}, "handoff.wait_seconds"),
        ({"handoff": {"wait_seconds": True}}, "handoff.wait_seconds"),
        ({"handoff": {"away": ["x"]}}, "handoff.away"),
        ({"handoff": {"auto_replies": "x"}}, "handoff.auto_replies"),
        ({"office_hours": ["mon"]}, "office_hours"),
        ({"office_hours": {"holidays": ["PL"]}}, "office_hours.holidays"),
        ({"office_hours": {"holidays": "XX"}}, "office_hours.holidays"),
        ({"office_hours": {"moon": ["09:00-17:00"]}}, "office_hours.moon"),
        ({"office_hours": {"mon": ["9-17"]}}, "office_hours.mon"),
        ({"limits": {"messages_per_minute": -1}}, "limits.messages_per_minute"),
        ({"limits": {"messages_per_minute": 1.5}}, "limits.messages_per_minute"),
        ({"limits": {"messages_a_minute": 5}}, "limits.messages_a_minute"),
        ({"limits": 20}, "limits"),
    ],
)
def test_each_bad_field_is_named(tables: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        parsed(**tables)
    assert caught.value.field == field
