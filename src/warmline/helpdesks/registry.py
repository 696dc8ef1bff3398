"""The helpdesks that Warmline knows: its own, and those that installed packages bring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files

from warmline.domain.handoff import INBOX
from warmline.errors import Invalid
from warmline.helpdesks.base import Account, Kind
from warmline.helpdesks.email.config import EmailConfig
from warmline.helpdesks.email.helpdesk import Email
from warmline.helpdesks.gorgias.config import GorgiasConfig
from warmline.helpdesks.gorgias.helpdesk import Gorgias
from warmline.helpdesks.gorgias.hook import hear as hear_gorgias
from warmline.helpdesks.webhook.config import WebhookConfig
from warmline.helpdesks.webhook.helpdesk import Webhook
from warmline.helpdesks.webhook.hook import hear as hear_webhook
from warmline.helpdesks.zendesk.config import ZendeskConfig
from warmline.helpdesks.zendesk.helpdesk import Zendesk
from warmline.helpdesks.zendesk.hook import hear as hear_zendesk

GROUP = "warmline.helpdesks"


@dataclass(frozen=True)
class Registry:
    """`kinds` by name; `broken` says why a plug-in could not be loaded."""

    kinds: Mapping[str, Kind]
    broken: Mapping[str, str]

    def account(self, name: str, table: Mapping[str, object]) -> Account:
        """What the table `[helpdesks.NAME]` describes. Raises Invalid and names the field."""
        if name not in self.kinds:
            known = ", ".join(sorted(self.kinds))
            why = f" Its package could not be loaded: {self.broken[name]}" if name in self.broken else ""
            raise Invalid(f"There is no helpdesk called {name!r}; there are {known}.{why}", f"helpdesks.{name}")
        return self.kinds[name].account(table)


def load() -> Registry:
    """Built-ins, and plug-ins from the entry-point group `warmline.helpdesks`, each of which names a `Kind`."""
    return with_plugins(_plugins())


@cache
def _plugins() -> tuple[EntryPoint, ...]:
    """Read once a process: it looks into every installed package, and what is installed does not change."""
    return tuple(entry_points(group=GROUP))


def with_plugins(plugins: Iterable[EntryPoint]) -> Registry:
    kinds, broken = dict(BUILT_IN), dict[str, str]()
    for plugin in plugins:
        try:
            kind = plugin.load()
        except Exception as error:  # noqa: BLE001 - a stranger's package may raise anything; we start without it
            broken[plugin.name] = f"{type(error).__name__}: {error}"
            continue
        if why := _refused(kind, kinds):
            broken[plugin.name] = why
        else:
            kinds[kind.name] = kind
    return Registry(kinds, broken)


def _refused(kind: object, known: Mapping[str, Kind]) -> str | None:
    if not isinstance(kind, Kind):
        return "it is not a warmline.helpdesks.base.Kind"
    if kind.name in known or kind.name == INBOX:
        return f"the name {kind.name!r} is taken"
    return None


def _zendesk(table: Mapping[str, object]) -> Account:
    config = ZendeskConfig.parse(table)
    return Account(config.base_url, lambda http, base_url, _=None: Zendesk(config, http, base_url))


def _gorgias(table: Mapping[str, object]) -> Account:
    config = GorgiasConfig.parse(table)
    return Account(config.base_url, lambda http, base_url, _=None: Gorgias(config, http, base_url))


def _email(table: Mapping[str, object]) -> Account:
    config = EmailConfig.parse(table)
    return Account("", lambda _, __, mailer=None: Email(config, mailer))


def _webhook(table: Mapping[str, object]) -> Account:
    config = WebhookConfig.parse(table)
    return Account(config.origin, lambda http, base_url, _=None: Webhook(config, http, base_url))


_HERE = files("warmline.helpdesks")
BUILT_IN: Mapping[str, Kind] = {
    "zendesk": Kind("zendesk", "Zendesk", _zendesk, _HERE / "zendesk" / "guide.md", hear_zendesk),
    "gorgias": Kind("gorgias", "Gorgias", _gorgias, _HERE / "gorgias" / "guide.md", hear_gorgias),
    "email": Kind("email", "E-mail", _email, _HERE / "email" / "guide.md"),
    "webhook": Kind("webhook", "Webhook", _webhook, _HERE / "webhook" / "guide.md", hear_webhook),
}
INBOX_GUIDE = _HERE / "inbox" / "guide.md"
