"""Who may use the Zendesk stand-in: OAuth client credentials, bearer tokens, and e-mail/token basic auth."""

import base64
import binascii
import secrets
import time
from dataclasses import dataclass

from warmline.sandbox.http import Refused, Request, Response, json_response
from warmline.sandbox.vendor import Settings

RESOURCES = frozenset({"tickets", "users", "webhooks"})
AGENTS = frozenset({"admin", "agent"})


@dataclass(frozen=True)
class Account:
    """A configured login. A user with an @ is an e-mail with an API token, any other an OAuth client."""

    user: str
    secret: str
    role: str

    @property
    def email(self) -> str:
        return self.user if "@" in self.user else f"{self.user}@demo-shop.example"


@dataclass(frozen=True)
class Token:
    account: Account
    scopes: tuple[str, ...]
    ends: float


class Access:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._accounts: dict[str, Account] = {}
        self._tokens: dict[str, Token] = {}

    def add(self, user: str, secret: str, role: str) -> Account:
        self._accounts[user] = Account(user, secret, role)
        return self._accounts[user]

    def revoke(self, user: str) -> None:
        self._accounts.pop(user, None)
        self._tokens = {text: token for text, token in self._tokens.items() if token.account.user != user}

    def revoke_tokens(self) -> None:
        """Issued bearer tokens die; the clients may ask for new ones."""
        self._tokens.clear()

    def grant(self, request: Request) -> Response:
        """POST /oauth/tokens"""
        asked = _form_or_json(request)
        if asked.get("grant_type") != "client_credentials":
            return _oauth_error(400, "unsupported_grant_type", "The grant type is not supported")
        account = self._accounts.get(asked.get("client_id", ""))
        if account is None or "@" in account.user or not _same(account.secret, asked.get("client_secret", "")):
            return _oauth_error(401, "invalid_client", "Client authentication failed")
        scopes = tuple(asked.get("scope", "read").split())
        if not scopes or not self._allowed(scopes):
            return _oauth_error(400, "invalid_scope", "The requested scope is invalid, unknown, or malformed")
        return self._issue(account, scopes)

    def identify(self, request: Request) -> Account | None:
        """The account behind the Authorization header; None when there is none or it is wrong."""
        scheme, _, value = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            token = self._live_token(value.strip())
            return token.account if token else None
        return self._basic(value.strip()) if scheme.lower() == "basic" else None

    def may(self, request: Request, resource: str) -> bool:
        """Whether the scopes of a bearer token cover this; API tokens may do everything."""
        token = self._live_token(request.headers.get("authorization", "").partition(" ")[2].strip())
        if token is None or resource not in RESOURCES:
            return True
        right = "read" if request.method == "GET" else "write"
        return right in token.scopes or f"{resource}:{right}" in token.scopes

    def _allowed(self, scopes: tuple[str, ...]) -> bool:
        allowed = self._settings.allowed_scopes
        return allowed is None or all(scope in allowed for scope in scopes)

    def _issue(self, account: Account, scopes: tuple[str, ...]) -> Response:
        text, life = secrets.token_hex(32), self._settings.token_life
        self._drop_ended()
        self._tokens[text] = Token(account, scopes, time.monotonic() + life)
        answer = {"access_token": text, "token_type": "bearer", "scope": " ".join(scopes), "expires_in": int(life)}
        return json_response(200, answer)

    def _live_token(self, text: str) -> Token | None:
        token = self._tokens.get(text)
        return token if token and token.ends > time.monotonic() else None

    def _drop_ended(self) -> None:
        now = time.monotonic()
        self._tokens = {text: token for text, token in self._tokens.items() if token.ends > now}

    def _basic(self, value: str) -> Account | None:
        user, _, secret = decode_basic(value).partition(":")
        email, slash, word = user.rpartition("/")
        account = self._accounts.get(email)
        good = slash and word == "token" and account is not None and _same(account.secret, secret)
        return account if good else None


def decode_basic(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _form_or_json(request: Request) -> dict[str, str]:
    if "json" not in request.headers.get("content-type", ""):
        return request.form()
    try:
        data = request.json()
    except ValueError as error:
        raise Refused(_oauth_error(400, "invalid_request", "The request is malformed")) from error
    return {key: value for key, value in data.items() if isinstance(value, str)} if isinstance(data, dict) else {}


def _same(right: str, given: str) -> bool:
    return secrets.compare_digest(right.encode(), given.encode())


def _oauth_error(status: int, error: str, description: str) -> Response:
    return json_response(status, {"error": error, "error_description": description})
