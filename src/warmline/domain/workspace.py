"""One shop's settings: what the merchant chose, read from the same tables that `apply` takes and `dump` prints."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from warmline.domain.handoff import INBOX, MAX_LINKS, CustomMessage, HandoffMethod, Link, SendTicket
from warmline.domain.ids import SiteKey, WorkspaceId
from warmline.domain.office_hours import OfficeHours, parse_week
from warmline.domain.rules import Rule, parse_rules
from warmline.domain.sureness import Sureness
from warmline.errors import Invalid

Table = Mapping[str, Any]
Calendars = Callable[[str], Callable[[date], bool]]
"""Country code → "is this day a holiday there?". Raises Invalid for an unknown country."""

MOST_GUIDANCE = 1_000
_LANG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_SITE = re.compile(r"[A-Za-z0-9_-]{3,64}")


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    MANAGER = "manager"
    SUPPORT = "support"
    ANALYST = "analyst"


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one visitor, address or network may do; 0 switches a limit off (THREATS section 6)."""

    messages_per_minute: int = 20
    streams_per_visitor: int = 5
    handoffs_per_visitor_day: int = 3
    handoffs_per_address_day: int = 3
    handoffs_per_network_day: int = 20
    conversations_per_network_hour: int = 0
    crawl_pages: int = 500
    model_cents_per_day: int = 500
    """US cents that a language model may cost in 24 hours; then the agent goes on without it."""


@dataclass(frozen=True, slots=True)
class Texts:
    """The merchant's own words at a handoff, per language; an absent one is ours."""

    auto_reply: Mapping[str, str] = field(default_factory=dict)
    away: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Workspace:
    """One shop. `revision` rises with each change of settings, `knowledge_revision` with each change of knowledge."""

    id: WorkspaceId
    name: str
    site: SiteKey
    locale: str = "en"
    timezone: str = "UTC"
    origins: tuple[str, ...] = ()
    agent: bool = True
    sureness: Sureness = Sureness.BOLD
    guidance: str = ""
    """How a language model should sound: tone, brand, style. It shapes wording and nothing else."""
    privacy_url: str | None = None
    greeting: Mapping[str, str] = field(default_factory=dict)
    starters: tuple[str, ...] = ()
    method: HandoffMethod = SendTicket()  # noqa: RUF009 frozen, and the default of DESIGN.md section 2
    queue_wait: timedelta = timedelta(minutes=2)
    texts: Texts = Texts()
    hours: OfficeHours = OfficeHours()  # noqa: RUF009 frozen
    limits: Limits = Limits()
    rules: tuple[Rule, ...] = ()
    tables: Table = field(default_factory=dict)
    revision: int = 0
    knowledge_revision: int = 0

    @property
    def helpdesk(self) -> str:
        """Where an accepted handoff goes: an offer that outlived a switch to the custom message goes to the Inbox."""
        return self.method.helpdesk if isinstance(self.method, SendTicket) else INBOX

    @property
    def sees_person(self) -> bool:
        return isinstance(self.method, SendTicket)


def slug(name: str) -> str:
    """The key of a workspace, from its name: `Acme Shop` → `acme-shop`.

    A name in another alphabet gets one of its own, such as `shop-5d1c3f0a`. Raises Invalid for one of signs alone.
    """
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower().translate(str.maketrans("ąćęłńóśźżäöüß", "acelnoszzaous"))).strip(
        "-"
    )
    if not plain and any(letter.isalnum() for letter in name):
        return f"shop-{hashlib.sha256(name.strip().casefold().encode('utf-8', 'replace')).hexdigest()[:8]}"
    if not plain:
        raise Invalid("The name needs at least one letter or digit.", "workspace.name")
    return plain[:48].strip("-")


def parse_workspace(tables: Table, calendars: Calendars, **known: Any) -> Workspace:
    """Settings from the tables `workspace`, `handoff`, `office_hours`, `limits`, `rules`. Raises Invalid naming the
    field.

    `known` are the fields that the store gives: id, revision, knowledge_revision.
    """
    shop = Reader("workspace", tables.get("workspace", {}))
    name = shop.text("name", limit=100)
    zone = shop.text("timezone", "UTC")
    _zone(zone)
    known.setdefault("id", WorkspaceId(slug(name)))
    site = shop.text("site", f"pk_{slug(name)}")
    if not _SITE.fullmatch(site):
        raise Invalid("The site key takes 3 to 64 letters, digits, _ or -.", "workspace.site")
    locale = _language(shop.text("locale", "en"), "workspace.locale")
    workspace = Workspace(
        name=name,
        site=SiteKey(site),
        locale=locale,
        timezone=zone,
        origins=tuple(origin(text) for text in shop.texts("origins")),
        agent=shop.flag("agent", True),
        sureness=_sureness(shop.text("sureness", Sureness.BOLD.value)),
        guidance=shop.optional("guidance", limit=MOST_GUIDANCE) or "",
        privacy_url=shop.url("privacy_url"),
        greeting=shop.per_language("greeting", locale),
        starters=shop.texts("starters", 4),
        hours=parse_hours(tables.get("office_hours"), zone, calendars),
        limits=parse_limits(tables.get("limits", {})),
        rules=parse_rules(tables.get("rules", {})),
        tables=tables,
        **parse_handoff(tables.get("handoff", {}), locale),
        **known,
    )
    shop.done()
    return workspace


def parse_handoff(table: Table, locale: str) -> dict[str, Any]:
    """`method`, `queue_wait` and `texts` of a workspace. The default is a ticket to the Inbox."""
    read = Reader("handoff", table)
    kind = read.text("method", "ticket")
    helpdesk = read.text("helpdesk", INBOX)
    message = read.per_language("message", locale)
    links = tuple(_link(n, link) for n, link in enumerate(read.tables("links")))
    if kind != "ticket":
        _second(read, "")  # kept for the day when tickets are chosen again
    if len(links) > MAX_LINKS:
        raise Invalid(f"At most {MAX_LINKS} links fit.", "handoff.links")
    method: HandoffMethod
    if kind == "ticket":
        method = SendTicket(helpdesk, *_second(read, helpdesk))
    elif kind == "message":
        if not message:
            raise Invalid("Write the message that shoppers see, at least in one language.", "handoff.message")
        method = CustomMessage(message, links)
    else:
        raise Invalid('The method is "ticket" or "message".', "handoff.method")
    texts = Texts(read.per_language("auto_reply", locale), read.per_language("away", locale))
    wait = read.whole("wait_seconds", 120, 5, 86_400)
    read.done()
    return {"method": method, "queue_wait": timedelta(seconds=wait), "texts": texts}


def _second(read: Reader, helpdesk: str) -> tuple[str | None, timedelta]:
    """Who takes over, and after how long. Raises Invalid when it is the first one."""
    second = read.optional("second")
    if second == helpdesk:
        raise Invalid(
            f'Handoffs go to "{helpdesk}" already. Name another destination to take over, or none.', "handoff.second"
        )
    return second, timedelta(minutes=read.whole("second_after_minutes", 15, 1, 7 * 24 * 60))


def parse_hours(table: Table | None, zone: str, calendars: Calendars) -> OfficeHours:
    """Absent: always open. Without a day key: always closed."""
    if table is None:
        return OfficeHours(zone=zone)
    if not isinstance(table, Mapping):
        raise Invalid("office_hours must be a table.", "office_hours")
    days = {key: value for key, value in table.items() if key != "holidays"}
    country = table.get("holidays")
    if country is not None and not isinstance(country, str):
        raise Invalid('holidays takes a country code such as "PL".', "office_hours.holidays")
    if country:
        return OfficeHours(parse_week(days), zone, calendars(country))
    return OfficeHours(parse_week(days), zone)


def parse_limits(table: Table) -> Limits:
    read = Reader("limits", table)
    limits = Limits(
        **{name: read.whole(name, getattr(Limits(), name), 0, 1_000_000) for name in Limits.__dataclass_fields__}
    )
    read.done()
    return limits


def origin(text: str) -> str:
    """An origin as browsers send it: scheme, host and port, lower case, without a path. Raises Invalid."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise Invalid(f'"{text}" is not an origin such as https://shop.example.', "workspace.origins") from error
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path not in {"", "/"}:
        raise Invalid(f'"{text}" is not an origin such as https://shop.example.', "workspace.origins")
    if parts.query or parts.fragment or parts.username:
        raise Invalid(f'"{text}" is not an origin such as https://shop.example.', "workspace.origins")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.lower()
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != default else "")


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise Invalid(f'"{name}" is no time zone. Use a name such as Europe/Warsaw.', "workspace.timezone") from error


def _language(tag: str, field_name: str) -> str:
    if not _LANG.fullmatch(tag):
        raise Invalid(f'"{tag}" is no language. Use a tag such as en or pl.', field_name)
    return tag


def _sureness(name: str) -> Sureness:
    if name not in list(Sureness):
        raise Invalid('How sure the agent must be is "careful", "balanced" or "bold".', "workspace.sureness")
    return Sureness(name)


def _link(n: int, table: Table) -> Link:
    read = Reader(f"handoff.links[{n}]", table)
    url = read.url("url")
    if url is None:
        raise Invalid("The link needs an address.", f"handoff.links[{n}].url")
    link = Link(read.text("label", limit=100), url)
    read.done()
    return link


def is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


class Reader:
    """Reads one table; each wrong or unknown key is an Invalid that names it."""

    def __init__(self, name: str, table: Any) -> None:
        if not isinstance(table, Mapping):
            raise Invalid(f"{name} must be a table.", name)
        self._name, self._table, self._seen = name, table, set[str]()

    def text(self, key: str, default: str | None = None, limit: int = 2_000) -> str:
        value = self._get(key, default)
        if value is None:
            raise Invalid(f"{self._field(key)} is missing.", self._field(key))
        if not isinstance(value, str) or not value.strip():
            raise Invalid(f"{self._field(key)} must be a text.", self._field(key))
        if len(value) > limit or "\x00" in value:
            raise Invalid(f"{self._field(key)} takes at most {limit} characters, without NUL.", self._field(key))
        return value

    def optional(self, key: str, limit: int = 2_000) -> str | None:
        return self.text(key, limit=limit) if self._get(key, None) is not None else None

    def flag(self, key: str, default: bool) -> bool:
        value = self._get(key, default)
        if not isinstance(value, bool):
            raise Invalid(f"{self._field(key)} is true or false.", self._field(key))
        return value

    def whole(self, key: str, default: int, least: int, most: int) -> int:
        value = self._get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise Invalid(f"{self._field(key)} is a whole number from {least} to {most}.", self._field(key))
        return value

    def texts(self, key: str, most: int = 100) -> tuple[str, ...]:
        value = self._get(key, [])
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > most:
            raise Invalid(f"{self._field(key)} is a list of at most {most} texts.", self._field(key))
        if not all(isinstance(item, str) and 0 < len(item) <= 500 for item in value):
            raise Invalid(f"{self._field(key)} holds texts only, each of 1 to 500 characters.", self._field(key))
        return tuple(value)

    def tables(self, key: str) -> Sequence[Table]:
        value = self._get(key, [])
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise Invalid(f"{self._field(key)} is a list of tables.", self._field(key))
        return value

    def url(self, key: str) -> str | None:
        value = self.optional(key)
        if value is not None and not is_web_address(value):
            raise Invalid(f"{self._field(key)} is an address that begins with https://.", self._field(key))
        return value

    def per_language(self, key: str, locale: str) -> dict[str, str]:
        """A table of texts by language, or one text in the shop's own language."""
        value = self._get(key, {})
        if isinstance(value, str):
            value = {locale: value}
        if not isinstance(value, Mapping):
            raise Invalid(f'{self._field(key)} is a table such as {{en = "…"}}.', self._field(key))
        inner = Reader(self._field(key), value)
        return {_language(lang, self._field(key)): inner.text(lang) for lang in value}

    def done(self) -> None:
        """Refuse what nobody read."""
        unknown = sorted(set(self._table) - self._seen)
        if unknown:
            known = ", ".join(sorted(self._seen))
            raise Invalid(f"{self._field(unknown[0])} is not known here. Known: {known}.", self._field(unknown[0]))

    def _get(self, key: str, default: Any) -> Any:
        self._seen.add(key)
        return self._table.get(key, default)

    def _field(self, key: str) -> str:
        return f"{self._name}.{key}"
