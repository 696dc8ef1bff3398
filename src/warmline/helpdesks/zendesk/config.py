"""The settings of a Zendesk account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from warmline.domain.visitor import EmailAddress
from warmline.helpdesks.base import Channel
from warmline.helpdesks.fields import Table

TABLE = "helpdesks.zendesk"
_KNOWN = ("subdomain", "client_id", "client_secret", "email", "api_token", "profile_field", "continues_in")


@dataclass(frozen=True)
class OAuthClient:
    """A confidential OAuth client of the merchant: the way that stays."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True)
class ApiToken:
    """An API token that exists already. Nobody can make one since 2026-10-27; all end on 2027-04-30."""

    email: EmailAddress
    token: str = field(repr=False)


@dataclass(frozen=True)
class ZendeskConfig:
    """`profile_field` is the id of a custom ticket field that takes the Klaviyo profile id.

    With `continues_in` chat the shopper's chat stays open and goes on with the ticket, both ways.
    """

    subdomain: str
    credentials: OAuthClient | ApiToken
    profile_field: int | None = None
    continues_in: Channel = Channel.EMAIL

    @classmethod
    def parse(cls, table: Mapping[str, object]) -> ZendeskConfig:
        """Raises Invalid and names the field. Secrets are given resolved."""
        given = Table(TABLE, table)
        given.refuse_others(_KNOWN)
        return cls(
            subdomain=given.host_label("subdomain", ".zendesk.com"),
            credentials=_credentials(given),
            profile_field=given.whole_number("profile_field"),
            continues_in=given.channel("continues_in"),
        )

    @property
    def base_url(self) -> str:
        return f"https://{self.subdomain}.zendesk.com"


def _credentials(given: Table) -> OAuthClient | ApiToken:
    oauth = any(given.text(key) for key in ("client_id", "client_secret"))
    token = any(given.text(key) for key in ("email", "api_token"))
    if oauth and token:
        given.refuse("client_id", "and api_token are two ways in: keep one of them")
    if token:
        return ApiToken(given.email("email"), given.secret("api_token"))
    if not oauth:
        given.refuse(
            "client_id", "is missing: give client_id and client_secret of an OAuth client, or email and api_token"
        )
    return OAuthClient(given.secret("client_id"), given.secret("client_secret"))
