"""What operators set: `WARMLINE_*` in the environment, or `WARMLINE_…_FILE` naming a file that holds the value.

Read once, frozen, loud about what it does not understand. `docs/settings.md` lists them; a test keeps it true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from warmline.errors import SettingsError

Network = IPv4Network | IPv6Network


def _setting(name: str, does: str) -> dict[str, str]:
    return {"name": name, "does": does}


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a process."""

    data: Path = field(
        default=Path("data"),
        metadata=_setting("WARMLINE_DATA", "Folder of the SQLite file, the key and the lock. Made when absent."),
    )
    database_url: str | None = field(
        default=None,
        metadata=_setting("WARMLINE_DATABASE_URL", "`postgresql://…`: PostgreSQL instead of the SQLite file."),
    )
    bus_url: str | None = field(
        default=None,
        metadata=_setting("WARMLINE_BUS_URL", "`nats://…`: how processes tell one another that something changed."),
    )
    secret_key: str | None = field(
        default=None,
        repr=False,
        metadata=_setting(
            "WARMLINE_SECRET_KEY",
            "Seals stored credentials; at least 32 random bytes. Made in the data folder at the first start.",
        ),
    )
    host: str = field(default="127.0.0.1", metadata=_setting("WARMLINE_HOST", "Address to listen on."))
    port: int = field(default=8000, metadata=_setting("WARMLINE_PORT", "Port to listen on; 0 takes a free one."))
    public_url: str | None = field(
        default=None,
        metadata=_setting(
            "WARMLINE_PUBLIC_URL", "Where shoppers and teammates reach this server. Required when not on loopback."
        ),
    )
    trusted_proxies: tuple[Network, ...] = field(
        default=(),
        metadata=_setting(
            "WARMLINE_TRUSTED_PROXIES", "Addresses or networks, by comma, whose `X-Forwarded-For` is believed."
        ),
    )
    metrics_token: str | None = field(
        default=None,
        repr=False,
        metadata=_setting(
            "WARMLINE_METRICS_TOKEN", "Opens `/metrics`, as a bearer token. Empty: it opens to this machine only."
        ),
    )
    smtp_url: str | None = field(
        default=None,
        repr=False,
        metadata=_setting(
            "WARMLINE_SMTP_URL", "`smtp://user:password@host:587?from=support@shop.example`: sends mail."
        ),
    )
    mail_in: str | None = field(
        default=None,
        metadata=_setting(
            "WARMLINE_MAIL_IN",
            "`reply@mail.shop.example`: the mailbox whose plus-addresses are handed to `warmline receive` or"
            " `/hooks/mail`; shoppers may then answer our mails.",
        ),
    )
    mail_in_secret: str | None = field(
        default=None,
        repr=False,
        metadata=_setting(
            "WARMLINE_MAIL_IN_SECRET", "Opens `/hooks/mail`; at least 32 characters. Two by comma during a change."
        ),
    )
    llm: str | None = field(
        default=None,
        metadata=_setting(
            "WARMLINE_LLM",
            "`provider:model`, such as `openai:NAME` or `anthropic:NAME`: a language model words the answers"
            " ([model.md](model.md)). Empty: the agent quotes the shop's pages.",
        ),
    )
    llm_key: str | None = field(
        default=None,
        repr=False,
        metadata=_setting(
            "WARMLINE_LLM_KEY",
            "The key of that provider. Empty: what the provider's own variable says, such as `OPENAI_API_KEY`.",
        ),
    )
    llm_url: str | None = field(
        default=None,
        metadata=_setting(
            "WARMLINE_LLM_URL",
            "Where the model is reached instead of the provider's address. With `openai:NAME` any OpenAI-compatible"
            " server, such as `http://localhost:11434/v1`; a key is not needed.",
        ),
    )
    llm_price: tuple[Decimal, Decimal] | None = field(
        default=None,
        metadata=_setting(
            "WARMLINE_LLM_PRICE",
            "`0.40,1.60`: US dollars for a million tokens read and written. Empty: the list that comes with the model"
            " library; required for a model that is not on it, unless WARMLINE_LLM_URL is set (then it is free).",
        ),
    )
    llm_timeout: timedelta = field(
        default=timedelta(seconds=12),
        metadata=_setting(
            "WARMLINE_LLM_TIMEOUT",
            "Seconds that the model gets, both tries together, until its first word is shown: 0.2 to 13.",
        ),
    )
    zendesk_base_url: str | None = field(
        default=None,
        metadata=_setting(
            "WARMLINE_ZENDESK_BASE_URL", "Stands for `https://{subdomain}.zendesk.com` (sandboxes, tests)."
        ),
    )
    gorgias_base_url: str | None = field(
        default=None,
        metadata=_setting(
            "WARMLINE_GORGIAS_BASE_URL", "Stands for `https://{account}.gorgias.com` (sandboxes, tests)."
        ),
    )
    klaviyo_base_url: str | None = field(
        default=None,
        metadata=_setting("WARMLINE_KLAVIYO_BASE_URL", "Stands for `https://a.klaviyo.com` (sandboxes, tests)."),
    )
    webhook_base_url: str | None = field(
        default=None,
        metadata=_setting(
            "WARMLINE_WEBHOOK_BASE_URL", "Stands for scheme and host of every webhook's address (sandboxes, tests)."
        ),
    )
    helpdesk_timeout: timedelta = field(
        default=timedelta(seconds=20),
        metadata=_setting("WARMLINE_HELPDESK_TIMEOUT", "Seconds that one call to a helpdesk may take in all."),
    )
    helpdesk_requests: int | None = field(
        default=None,
        metadata=_setting(
            "WARMLINE_HELPDESK_REQUESTS",
            "Requests that one helpdesk account gets in a minute. Empty: what the vendor's smallest plan allows, with"
            " room for your other programs.",
        ),
    )
    index_delay: timedelta | None = field(
        default=None,
        metadata=_setting(
            "WARMLINE_INDEX_DELAY",
            "Seconds until a new ticket is found by a helpdesk's search. Empty: what we know of the vendor (30).",
        ),
    )

    @property
    def url(self) -> str:
        """Where this server is reached, without a slash at the end."""
        return self.public_url or f"http://{'localhost' if self.host == '127.0.0.1' else self.host}:{self.port}"


def read_settings(env: Mapping[str, str], **given: object) -> Settings:
    """Settings from the environment; `given` (from the command line) win. Raises SettingsError naming the variable."""
    read = _Env(env)
    values: dict[str, object] = {
        "data": Path(read.text("WARMLINE_DATA", "data")),
        "database_url": read.address("WARMLINE_DATABASE_URL", ("postgresql", "postgres")),
        "bus_url": read.address("WARMLINE_BUS_URL", ("nats", "tls")),
        "secret_key": read.maybe("WARMLINE_SECRET_KEY"),
        "host": read.text("WARMLINE_HOST", "127.0.0.1"),
        "port": read.port("WARMLINE_PORT", 8000),
        "public_url": read.site("WARMLINE_PUBLIC_URL"),
        "trusted_proxies": read.networks("WARMLINE_TRUSTED_PROXIES"),
        "metrics_token": read.secret("WARMLINE_METRICS_TOKEN"),
        "smtp_url": read.address("WARMLINE_SMTP_URL", ("smtp", "smtps")),
        "mail_in": read.maybe("WARMLINE_MAIL_IN"),
        "mail_in_secret": read.maybe("WARMLINE_MAIL_IN_SECRET"),
        "llm": read.model("WARMLINE_LLM"),
        "llm_key": read.maybe("WARMLINE_LLM_KEY"),
        "llm_url": read.site("WARMLINE_LLM_URL"),
        "llm_price": read.price("WARMLINE_LLM_PRICE"),
        "llm_timeout": timedelta(seconds=read.seconds("WARMLINE_LLM_TIMEOUT", 0.2, 12, most=13) or 12),
        "zendesk_base_url": read.site("WARMLINE_ZENDESK_BASE_URL"),
        "gorgias_base_url": read.site("WARMLINE_GORGIAS_BASE_URL"),
        "klaviyo_base_url": read.site("WARMLINE_KLAVIYO_BASE_URL"),
        "webhook_base_url": read.site("WARMLINE_WEBHOOK_BASE_URL"),
        "helpdesk_timeout": timedelta(seconds=read.seconds("WARMLINE_HELPDESK_TIMEOUT", 0.2, 20) or 20),
        "helpdesk_requests": read.whole_number("WARMLINE_HELPDESK_REQUESTS", 5, 1_000_000),
        "index_delay": read.maybe_seconds("WARMLINE_INDEX_DELAY"),
    }
    values |= {name: value for name, value in given.items() if value is not None}
    settings = Settings(**values)  # type: ignore[arg-type]  # each reader above returns its field's type
    if not _is_loopback(settings.host) and settings.public_url is None:
        raise SettingsError(
            f"WARMLINE_PUBLIC_URL is required when listening on {settings.host}: it is the address in mails and"
            " snippets, such as https://help.shop.example."
        )
    return settings


def described() -> dict[str, str]:
    """Every variable and what it does."""
    return {each.metadata["name"]: each.metadata["does"] for each in fields(Settings)}


class _Env:
    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = env

    def maybe(self, name: str) -> str | None:
        """The value, or what stands in the file that NAME_FILE names; an empty value counts as absent."""
        value, path = self._env.get(name), self._env.get(f"{name}_FILE")
        if value and path:
            raise SettingsError(f"{name} and {name}_FILE are both set. Keep one of them.")
        if path:
            try:
                value = Path(path).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise SettingsError(f"{name}_FILE: {path} cannot be read ({error.strerror}).") from error
        return value or None

    def secret(self, name: str) -> str | None:
        value = self.maybe(name)
        if value is not None and len(value) < 16:
            raise SettingsError(f"{name} must have at least 16 characters: it keeps strangers out.")
        return value

    def text(self, name: str, default: str) -> str:
        return self.maybe(name) or default

    def port(self, name: str, default: int) -> int:
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdigit() or int(value) > 65_535:
            raise SettingsError(f"{name} must be a port from 0 to 65535, got {value!r}.")
        return int(value)

    def whole_number(self, name: str, least: int, most: int) -> int | None:
        value = self.maybe(name)
        if value is None:
            return None
        if not value.isascii() or not value.isdigit() or not least <= int(value[:9]) <= most:
            raise SettingsError(f"{name} must be a whole number from {least} to {most}, got {value!r}.")
        return int(value)

    def model(self, name: str) -> str | None:
        value = self.maybe(name)
        provider, colon, model = (value or "").partition(":")
        if value is not None and not (provider and colon and model.strip()):
            raise SettingsError(f"{name} must be provider:model, such as openai:NAME or anthropic:NAME, got {value!r}.")
        return value

    def price(self, name: str) -> tuple[Decimal, Decimal] | None:
        value = self.maybe(name)
        if value is None:
            return None
        try:
            read, written = (Decimal(part.strip()) for part in value.split(","))
            if not (0 <= read <= 10_000 and 0 <= written <= 10_000):  # nan is in no range
                raise ValueError(value)
        except (ValueError, InvalidOperation) as error:
            raise SettingsError(
                f"{name} must be two prices in US dollars for a million tokens, such as 0.40,1.60, got {value!r}."
            ) from error
        return read, written

    def seconds(self, name: str, least: float, default: float | None, most: float = 600) -> float | None:
        value = self.maybe(name)
        if value is None:
            return default
        try:
            seconds = float(value)
        except ValueError:
            seconds = -1.0
        if not least <= seconds <= most:
            raise SettingsError(f"{name} must be a number of seconds from {least} to {most:g}, got {value!r}.")
        return seconds

    def maybe_seconds(self, name: str) -> timedelta | None:
        seconds = self.seconds(name, 0.0, None)
        return None if seconds is None else timedelta(seconds=seconds)

    def address(self, name: str, schemes: tuple[str, ...]) -> str | None:
        value = self.maybe(name)
        if value is not None and urlsplit(value).scheme not in schemes:
            raise SettingsError(f"{name} must begin with {schemes[0]}://.")
        return value

    def site(self, name: str) -> str | None:
        value = self.maybe(name)
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise SettingsError(f"{name} must be an address such as https://help.shop.example, got {value!r}.")
        return value.rstrip("/")

    def networks(self, name: str) -> tuple[Network, ...]:
        value = self.text(name, "")
        try:
            return tuple(ip_network(part.strip(), strict=False) for part in value.split(",") if part.strip())
        except ValueError as error:
            raise SettingsError(f"{name} takes addresses or networks by comma, such as 10.0.0.0/8: {error}.") from error


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
