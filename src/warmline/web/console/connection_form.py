"""The forms by which an account is connected: which fields, which of them are secret, and what a check said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from warmline.actions.connect_integration import HELPDESK, PROFILES, connection
from warmline.domain.connection import CheckStep
from warmline.domain.signature import new_secret
from warmline.helpdesks.base import Channel
from warmline.store.base import Integration
from warmline.web.console.forms import Form, whole
from warmline.web.console.language import N_, Said
from warmline.web.console.session import seal, unseal


@dataclass(frozen=True, slots=True)
class Account:
    """What a guide asks for. `plain` and `secret` are keys of the table that the adapter reads."""

    name: str
    kind: str
    title: str
    plain: tuple[str, ...]
    secret: tuple[str, ...]
    flags: tuple[str, ...] = ()
    host: str = ""
    two_way: bool = False
    """Whether replies can come back: by a webhook, by looking, and into the chat."""
    hook_secret_is_ours: bool = False

    @property
    def makes_secret(self) -> bool:
        """Whether the secret is made here and given to the other side, not the other way round."""
        return "previous_secret" in self.secret

    @property
    def calls_back(self) -> bool:
        """Whether the other side may report what became of a handoff, signed with the secret of our own calls."""
        return self.makes_secret

    @property
    def path(self) -> str:
        return f"/settings/{'profiles' if self.kind == PROFILES else 'helpdesks'}/{self.name}"


OFF = ("events",)
"""Switches that are off until somebody switches them on."""

ACCOUNTS: Mapping[str, Account] = {
    "zendesk": Account(
        "zendesk",
        HELPDESK,
        "Zendesk",
        ("subdomain", "client_id", "email", "profile_field"),
        ("client_secret", "api_token"),
        host="zendesk.com",
        two_way=True,
    ),
    "gorgias": Account(
        "gorgias",
        HELPDESK,
        "Gorgias",
        ("account", "email", "mailbox"),
        ("api_key",),
        ("auto_reply",),
        "gorgias.com",
        two_way=True,
        hook_secret_is_ours=True,
    ),
    "email": Account("email", HELPDESK, "E-mail", ("to", "from", "name"), ()),
    "webhook": Account("webhook", HELPDESK, "Webhook", ("url",), ("secret", "previous_secret")),
    "klaviyo": Account("klaviyo", PROFILES, "Klaviyo", (), ("api_key",), ("events",)),
}


def stored_form(account: Account, stored: Integration | None) -> Form:
    """What is connected, without its secrets."""
    settings: Mapping[str, Any] = stored.settings if stored else {}
    pairs = [(key, str(settings[key])) for key in account.plain if settings.get(key) not in (None, "")]
    pairs += [(key, "on" if settings.get(key, key not in OFF) else "") for key in account.flags]
    if account.two_way:
        pairs.append(("in_chat", "on" if settings.get("continues_in") == Channel.CHAT else ""))
    token = stored is not None and "api_token" in stored.secrets
    return Form([*pairs, ("way", "token" if token else "oauth")])


def typed_integration(request: Request, account: Account, form: Form, stored: Integration | None) -> Integration:
    """The account as it would be connected: a secret that was not typed again stays as it is."""
    left_out = _other_way(account, form)
    settings: dict[str, Any] = {
        key: _plain(account, key, form.text(key)) for key in account.plain if form.text(key) and key not in left_out
    }
    settings |= {key: form.flag(key) for key in account.flags}
    if account.two_way and form.flag("in_chat"):
        settings["continues_in"] = Channel.CHAT.value
    secrets, references = {}, {}
    for key in account.secret:
        if key in left_out:
            continue
        typed = typed_secret(request, form, key)
        if typed:
            secrets[key] = typed
        elif stored and key in stored.secrets:
            secrets[key] = stored.secrets[key]
            if key in stored.references:
                references[key] = stored.references[key]
    if account.makes_secret:
        _exchange(form, stored, secrets, references)
    return connection(account.kind, account.name, settings, references, secrets)


def _exchange(form: Form, stored: Integration | None, secrets: dict[str, str], references: dict[str, Any]) -> None:
    """A new secret pushes the one in use into second place, where it goes on signing until it is retired."""
    used = stored.secrets.get("secret") if stored else None
    if stored and used and secrets.get("secret") != used:
        secrets["previous_secret"] = used
        references.pop("previous_secret", None)
        if "secret" in stored.references:
            references["previous_secret"] = stored.references["secret"]
    elif form.flag("retire"):
        secrets.pop("previous_secret", None)
        references.pop("previous_secret", None)


def made_secret(request: Request, account: Account, form: Form, stored: Integration | None) -> str | None:
    """A secret of our making that is to be shown: made just now, or in the try before and not saved yet."""
    if not account.makes_secret or form.secret("secret").strip():
        return None
    if form.text("held.secret"):
        held = unseal(request, form.text("held.secret"))
        return str(held["secret"]) if held and held.get("made") and held.get("key") == "secret" else None
    return new_secret() if stored is None or request.query_params.get("rotate") else None


def sealed_secret(request: Request, made: str) -> tuple[str, str]:
    """As in `held_secrets`, for a secret of our making."""
    return seal(request, {"key": "secret", "secret": made, "made": True}), last_four(made)


def typed_secret(request: Request, form: Form, key: str) -> str:
    """As it was typed now, or in the try before: then it came along sealed."""
    if typed := form.secret(key).strip():
        return typed
    held = unseal(request, form.text(f"held.{key}"))
    return str(held["secret"]) if held and held.get("key") == key else ""


def held_secrets(request: Request, account: Account, form: Form) -> dict[str, tuple[str, str]]:
    """Key → (sealed secret, its last four characters): so that nobody types it twice."""
    typed = {key: typed_secret(request, form, key) for key in account.secret}
    return {
        key: (seal(request, {"key": key, "secret": value}), last_four(value)) for key, value in typed.items() if value
    }


def last_four(secret: str) -> str:
    """Enough to recognise it by; of a short one nothing."""
    return secret[-4:] if len(secret) >= 12 else "…"


def field_of(name: str | None) -> str:
    """`helpdesks.zendesk.subdomain` → `subdomain`; a fault of the whole account has no field of its own."""
    parts = (name or "").split(".")
    return parts[2] if len(parts) > 2 else "account-check"


def _other_way(account: Account, form: Form) -> set[str]:
    """Zendesk knows two ways in: only the chosen one counts."""
    if account.name != "zendesk":
        return set()
    return {"client_id", "client_secret"} if form.text("way") == "token" else {"email", "api_token"}


def _plain(account: Account, key: str, text: str) -> Any:
    if key == "profile_field" and (number := whole(text)) is not None:
        return number
    if account.host and key in ("subdomain", "account"):
        # People paste the whole address.
        return re.sub(rf"^https?://|\.{re.escape(account.host)}.*$", "", text.strip(), flags=re.IGNORECASE)
    return text


# What a check says, in the reader's language

_NAMES: Mapping[str, Said] = {
    "Address answers": N_("The address answers"),
    "Credentials accepted": N_("The credentials are accepted"),
    "May create tickets": N_("It may create tickets"),
    "May read tickets": N_("It may read tickets"),
    "Mailbox found": N_("A mailbox is found"),
    "May read profiles": N_("It may read profiles"),
    "Answers in time": N_("It answers in time"),
    "Mail server set up": N_("A mail server is set up"),
    "No mail loop": N_("Mail cannot go in a circle"),
    "Mail server answers": N_("The mail server answers"),
    "Mailbox accepted": N_("The mailbox is accepted"),
    "Ping accepted": N_("The signed ping is accepted"),
}
_FAILED: Mapping[str, Said] = {
    "Address answers": N_("The address does not answer"),
    "Credentials accepted": N_("The credentials are not accepted"),
    "May create tickets": N_("It may not create tickets"),
    "May read tickets": N_("It may not read tickets"),
    "Mailbox found": N_("No mailbox is found"),
    "May read profiles": N_("It may not read profiles"),
    "Mail server set up": N_("No mail server is set up"),
    "No mail loop": N_("Mail would go in a circle"),
    "Mail server answers": N_("The mail server does not let us in"),
    "Mailbox accepted": N_("The mailbox is not accepted"),
    "Ping accepted": N_("The signed ping is not accepted"),
}
_DETAILS: tuple[tuple[str, Said], ...] = (
    (
        r"Signed in as (?P<name>.*); notes will carry this name\.",
        N_("Signed in as %(name)s; notes will carry this name."),
    ),
    (r"Role (?P<name>.*)\.", N_("Role: %(name)s")),
    (r"Account of (?P<name>.*)\.", N_("Account of %(name)s")),
    (r"It did not answer\.", N_("It did not answer.")),
    (r"Mail goes out as (?P<name>.*)\.", N_("Mail goes out as %(name)s")),
    (r"It wants first letters a little later.*", N_("It wants first letters a little later, which is fine.")),
    (r"WARMLINE_SMTP_URL is not set\.", N_("WARMLINE_SMTP_URL is not set.")),
    (r"The mailbox is also the sender\.", N_("The mailbox is also the sender.")),
    (r"It answered (?P<name>\d+)\.", N_("It answered %(name)s")),
)
_REMEDIES: tuple[tuple[str, Said], ...] = (
    (r"Check the (?:subdomain|account name): .*", N_("Check the name before .%(host)s.")),
    (r"Make a new OAuth client .*", N_("Make a new OAuth client in the Admin Center and paste both values again.")),
    (r"Make the OAuth client while .*", N_("Make the client as an agent or admin, and allow all three scopes.")),
    (r"Allow the OAuth client tickets:read\.", N_("Allow the client tickets:read.")),
    (r"Make a new key under .*", N_("Make a new key and paste it with the e-mail address shown there.")),
    (r"Give this Gorgias user .*", N_("Give this user the role of an agent or admin.")),
    (r"Connect a mailbox .*", N_("Connect a mailbox in Gorgias, or name one under Defaults.")),
    (r"Make a private API key .*", N_("Make a private key with Accounts: read and Profiles: read.")),
    (r"Allow the API key profiles:read\.", N_("Allow the key Profiles: read.")),
    (r"Set WARMLINE_SMTP_URL .*", N_("Ask whoever runs this server to set WARMLINE_SMTP_URL and start it again.")),
    (r"Check WARMLINE_SMTP_URL: .*", N_("Ask whoever runs this server to check WARMLINE_SMTP_URL: user and password.")),
    (r"Name the helpdesk's own mailbox, .*", N_("Name the helpdesk's own mailbox, or another sender.")),
    (
        r"Check the address of the helpdesk's mailbox\. .*",
        N_("Check the address of the mailbox, and let the mail server send for the sender's address."),
    ),
    (r"Use an https address .*", N_("Use an https address that can be reached from the internet.")),
    (
        r"Let the receiver check .*",
        N_("Let the receiver check the signature with this secret, and answer a ping with 200."),
    ),
)


@dataclass(frozen=True, slots=True)
class ShownStep:
    """A check step for people. `state` is ok, bad, unclear, asked (now), waiting or optional."""

    name: Said | str
    state: str
    detail: Said | str
    remedy: Said | str


def shown_steps(steps: list[CheckStep], account: Account, asking: bool = False) -> list[ShownStep]:
    """`asking`: the check still runs, and the first step without a result is the one that is being asked."""
    now = next((n for n, step in enumerate(steps) if step.ok is None), None) if asking else None
    return [_shown(step, account, n == now) for n, step in enumerate(steps)]


def _shown(step: CheckStep, account: Account, asked: bool) -> ShownStep:
    open_state = "asked" if asked else "unclear" if step.detail else "waiting"
    state = "ok" if step.ok else "bad" if step.ok is False else open_state
    return ShownStep(
        (_FAILED if state == "bad" else _NAMES).get(step.name, step.name),
        state,
        _said(step.detail, _DETAILS, account),
        _said(step.remedy, _REMEDIES, account),
    )


def _said(text: str, known: tuple[tuple[str, Said], ...], account: Account) -> Said | str:
    """Words of an adapter that we know are said in the reader's language, others as they are."""
    for pattern, said in known:
        if match := re.fullmatch(pattern, text, re.DOTALL):
            values = match.groupdict() | ({"host": account.host} if "%(host)s" in said.text else {})
            return Said(said.text, values)
    return text
