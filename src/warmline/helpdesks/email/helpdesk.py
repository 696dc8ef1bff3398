"""Tickets by mail, for every helpdesk that has a mailbox.

Mail cannot be searched and has no idempotency key, so this destination's promise is another one: each handoff has ONE
Message-ID and ONE sequence of bytes. A try that is known to have handed over nothing is simply made again; one that was
left without an answer after the last byte is made again *with the same id*, and the receiving helpdesk, which knows the
mails it has by their Message-ID, drops the second. What is counted for mail is Message-IDs.
"""

from __future__ import annotations

from datetime import timedelta

from warmline.domain.bucket import Rate
from warmline.domain.connection import Checked, Tell, nobody
from warmline.domain.ticket import FollowUp, Ticket, TicketRef
from warmline.domain.visitor import EmailAddress
from warmline.errors import AccountRefused, MailLoginRefused, MailRefused, MailUnclear, TicketRefused, Unclear
from warmline.helpdesks import checks
from warmline.helpdesks.base import Channel, Doubles, Mailer
from warmline.helpdesks.checks import NotGood, Step
from warmline.helpdesks.email.config import EmailConfig
from warmline.helpdesks.email.letter import Envelope, follow_up_mail, id_in, ticket_mail

_NO_SERVER = "Set WARMLINE_SMTP_URL on this server and start it again (the operator's guide, Mail)."
_NOT_REACHED = "Check WARMLINE_SMTP_URL: host, port, user and password."
_SENDER = "Let the mail server send for this address, or name another one as the sender."
_MAILBOX = "Check the address of the helpdesk's mailbox."
_LOOP = "Name the helpdesk's own mailbox, or let mail come from another address."


class Email:
    """One mailbox. The shopper stands in Reply-To: whoever answers the mail answers them."""

    name = "email"
    continues_in = Channel.EMAIL
    index_delay = timedelta(0)
    key_life: timedelta | None = None
    doubles = Doubles.DROPPED_THERE
    # Mail servers and helpdesks take a flood from one sender for a loop.
    rate: Rate | None = Rate(60, timedelta(minutes=1))

    def __init__(self, config: EmailConfig, mailer: Mailer | None) -> None:
        self._config, self._mailer = config, mailer
        self._refused: MailRefused | None = None

    async def check(self, tell: Tell = nobody) -> Checked:
        self._refused = None
        return await checks.run(
            [
                Step("Mail server set up", self._set_up, _NO_SERVER),
                Step("No mail loop", self._no_loop, _LOOP),
                Step("Mail server answers", self._answers, _NOT_REACHED),
                Step("Mailbox accepted", self._accepted, f"{_MAILBOX} {_SENDER}"),
            ],
            tell,
        )

    @property
    def prepared(self) -> bool:
        return True

    async def prepare(self) -> None:
        """Raises AccountRefused when there is no mail server, or mail would go in a circle."""
        if self._sender().key == self._config.to.key:
            raise AccountRefused("The helpdesk's mailbox is also the sender of our mail: that makes a loop.")

    def render(self, ticket: Ticket) -> bytes:
        self._refuse_loop(ticket.email)
        return ticket_mail(ticket, self._envelope())

    async def create(self, key: str, body: bytes) -> TicketRef:
        await self._post(body)
        return TicketRef(id_in(body))

    async def find(self, key: str) -> TicketRef | None:
        raise Unclear("Mail cannot be searched for.")

    def render_follow_up(self, follow_up: FollowUp) -> bytes:
        self._refuse_loop(follow_up.email)
        return follow_up_mail(follow_up, self._envelope())

    async def append(self, ticket: TicketRef, body: bytes) -> None:
        await self._post(body)

    async def has_follow_up(self, ticket: TicketRef, marker: str) -> bool:
        raise Unclear("Mail cannot be searched for.")

    async def close(self) -> None:
        """Each mail has a connection of its own."""

    # Who writes to whom

    def _server(self) -> Mailer:
        if self._mailer is None:
            raise AccountRefused("This server has no mail server: WARMLINE_SMTP_URL is not set.")
        return self._mailer

    def _sender(self) -> EmailAddress:
        return self._config.sender or self._server().sender

    def _envelope(self) -> Envelope:
        return Envelope(self._sender(), self._config.name, self._config.to)

    def _refuse_loop(self, shopper: str) -> None:
        """The answer to such a mail would come back as a new one, and so on."""
        if shopper.lower() in (self._config.to.key, self._sender().key):
            raise TicketRefused("The shopper gave the shop's own mailbox as the address for the answer.")

    async def _post(self, raw: bytes) -> None:
        server = self._server()
        try:
            await server.post(self._sender(), self._config.to, raw)
        except MailRefused as error:
            raise (AccountRefused if error.every else TicketRefused)(str(error)) from error
        except MailUnclear as error:
            raise Unclear(str(error), made_nothing=error.made_nothing) from error

    # The check

    async def _set_up(self) -> str:
        if self._mailer is None:
            raise NotGood("WARMLINE_SMTP_URL is not set.")
        return f"Mail goes out as {self._sender()}."

    async def _no_loop(self) -> str:
        if self._sender().key == self._config.to.key:
            raise NotGood("The mailbox is also the sender.")
        return ""

    async def _answers(self) -> str:
        """Greeting, encryption and login. What it thinks of our two addresses is the next step's."""
        try:
            await self._server().probe(self._sender(), self._config.to)
        except MailRefused as error:
            self._refused = error
        except MailLoginRefused as error:
            raise NotGood(str(error)) from error
        except MailUnclear as error:
            if not error.later:
                raise Unclear(str(error)) from error
            # Greylisting: a letter goes out at a later try, so the way is open.
            return "It wants first letters a little later, which is fine."
        return ""

    async def _accepted(self) -> str:
        if self._refused is not None:
            raise NotGood(str(self._refused))
        return str(self._config.to)
