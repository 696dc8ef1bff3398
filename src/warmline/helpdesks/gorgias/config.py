"""The settings of a Gorgias account."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from warmline.domain.visitor import EmailAddress
from warmline.helpdesks.base import Channel
from warmline.helpdesks.fields import Table

TABLE = "helpdesks.gorgias"
_KNOWN = ("account", "email", "api_key", "mailbox", "auto_reply", "continues_in")


@dataclass(frozen=True)
class GorgiasConfig:
    """`mailbox` is where agents' replies come from, None for the account's first one.

    With `auto_reply` off the shopper's message takes the channel `api`, for which the account's auto-reply rules do not
    fire; the agent then picks e-mail as the reply channel. With `continues_in` chat the shopper's chat stays open
    and goes on with the ticket, both ways.
    """

    account: str
    email: EmailAddress
    api_key: str = field(repr=False)
    mailbox: EmailAddress | None = None
    auto_reply: bool = True
    continues_in: Channel = Channel.EMAIL

    @classmethod
    def parse(cls, table: Mapping[str, object]) -> GorgiasConfig:
        """Raises Invalid and names the field. Secrets are given resolved."""
        given = Table(TABLE, table)
        given.refuse_others(_KNOWN)
        return cls(
            account=given.host_label("account", ".gorgias.com"),
            email=given.email("email"),
            api_key=given.secret("api_key"),
            mailbox=given.email("mailbox") if given.text("mailbox") else None,
            auto_reply=given.flag("auto_reply", True),
            continues_in=given.channel("continues_in"),
        )

    @property
    def base_url(self) -> str:
        return f"https://{self.account}.gorgias.com"
