"""The settings of a helpdesk's mailbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from warmline.domain.visitor import EmailAddress
from warmline.helpdesks.fields import Table
from warmline.helpdesks.safe_text import display_name

TABLE = "helpdesks.email"
_KNOWN = ("to", "from", "name")
_LONGEST_NAME = 80
# Nobody reads these, or only machines: a ticket there is lost, or comes back for ever.
_MACHINES = frozenset(
    "abuse bounce bounces daemon do-not-reply donotreply hostmaster mail-daemon mailer-daemon no-reply no_reply noreply"
    " null postmaster root".split()
)


@dataclass(frozen=True)
class EmailConfig:
    """`to` is the helpdesk's mailbox. `sender` None: the mail server's own address. `name` is shown beside it."""

    to: EmailAddress
    sender: EmailAddress | None = None
    name: str = ""

    @classmethod
    def parse(cls, table: Mapping[str, object]) -> EmailConfig:
        """Raises Invalid and names the field."""
        given = Table(TABLE, table)
        given.refuse_others(_KNOWN)
        to = given.email("to")
        sender = given.email("from") if given.text("from") else None
        if to.local.lower() in _MACHINES:
            given.refuse("to", "is a mailbox that nobody reads: name the helpdesk's own, such as support@shop.example")
        if sender is not None and sender.key == to.key:
            given.refuse("from", "must differ from `to`: a helpdesk takes mail from its own address for a loop")
        name = given.text("name") or ""
        if name and (len(name) > _LONGEST_NAME or not display_name(name)):
            given.refuse("name", f"must be a name of at most {_LONGEST_NAME} characters")
        return cls(to, sender, display_name(name))
