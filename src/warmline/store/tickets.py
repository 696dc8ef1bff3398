"""Tickets that handoffs became: where each stands, what was sent there, and when it was last news."""

from __future__ import annotations

from datetime import datetime

from warmline.domain.conversation import Conversation
from warmline.domain.handoff import Bound
from warmline.domain.ids import ConversationId, Seq, WorkspaceId
from warmline.domain.ticket import TicketRef
from warmline.domain.watch import TicketStatus, Watched
from warmline.store.effects import Effects
from warmline.store.statements import Row, micros, moment


class Tickets(Effects):
    """One row for each delivered ticket, found by its conversation or by the helpdesk's own id."""

    def add_ticket(self, conversation: Conversation, n: int, bound: Bound, ref: TicketRef) -> None:
        """Begin to watch it, once. What the shopper wrote up to `bound.upto` stands in it."""
        self.run(
            "INSERT INTO ticket (workspace, helpdesk, id, url, reference, conversation, n, status, version, sent_upto,"
            " sending_upto, news_at, looks) VALUES (:workspace, :helpdesk, :id, :url, :reference, :conversation, :n,"
            " :status, 1, :upto, :upto, :now, 0) ON CONFLICT DO NOTHING",
            workspace=conversation.workspace,
            helpdesk=bound.helpdesk,
            id=ref.id,
            url=ref.url,
            reference=ref.reference,
            conversation=conversation.id,
            n=n,
            status=TicketStatus.OPEN.value,
            upto=bound.upto,
            now=micros(conversation.last_at),
        )

    def ticket_of(self, conversation: ConversationId, n: int) -> Watched | None:
        row = self.row("SELECT * FROM ticket WHERE conversation = :id AND n = :n", id=conversation, n=n)
        return _watched(row) if row else None

    def ticket_at(self, workspace: WorkspaceId, helpdesk: str, id: str) -> Watched | None:
        """The ticket that the helpdesk calls so; None for one that is none of ours."""
        row = self.row(
            "SELECT * FROM ticket WHERE workspace = :workspace AND helpdesk = :helpdesk AND id = :id",
            workspace=workspace,
            helpdesk=helpdesk,
            id=id,
        )
        return _watched(row) if row else None

    def looked_at(self, ticket: Watched, status: TicketStatus, news: bool, now: datetime) -> None:
        """Keep what a look found."""
        self.run(
            "UPDATE ticket SET status = :status, version = version + :more, looks = CASE WHEN :news = 1 THEN 0 ELSE"
            " looks + 1 END, news_at = CASE WHEN :news = 1 THEN :now ELSE news_at END"
            " WHERE conversation = :id AND n = :n",
            status=status.value,
            more=int(status is not ticket.status),
            news=int(news),
            now=micros(now),
            id=ticket.conversation,
            n=ticket.n,
        )

    def reopened(self, ticket: Watched) -> None:
        """We opened it there: a look that was under way meanwhile may still say "solved", and is out of date."""
        self.run(
            "UPDATE ticket SET status = :open, version = version + 1 WHERE conversation = :id AND n = :n",
            open=TicketStatus.OPEN.value,
            id=ticket.conversation,
            n=ticket.n,
        )

    def rewind_ticket(self, conversation: ConversationId, n: int) -> None:
        """Nobody knows what of the shopper's words stands in it: the next follow-up holds them all."""
        self.run(
            "UPDATE ticket SET sent_upto = 0, sending_upto = 0 WHERE conversation = :id AND n = :n",
            id=conversation,
            n=n,
        )

    def sending_to(self, ticket: Watched, upto: int) -> None:
        """What the shopper wrote up to `upto` is on its way to the ticket."""
        self.run(
            "UPDATE ticket SET sending_upto = :upto WHERE conversation = :id AND n = :n",
            upto=upto,
            id=ticket.conversation,
            n=ticket.n,
        )

    def sent_to(self, ticket: Watched, upto: int, now: datetime) -> None:
        """It is there; a word of the shopper opens a solved ticket again."""
        self.run(
            "UPDATE ticket SET sent_upto = :upto, sending_upto = :upto, status = :open, version = version + 1,"
            " looks = 0, news_at = :now WHERE conversation = :id AND n = :n",
            upto=upto,
            open=TicketStatus.OPEN.value,
            now=micros(now),
            id=ticket.conversation,
            n=ticket.n,
        )


def _watched(row: Row) -> Watched:
    return Watched(
        workspace=row["workspace"],
        helpdesk=row["helpdesk"],
        ref=TicketRef(row["id"], row["url"], row["reference"]),
        conversation=row["conversation"],
        n=row["n"],
        status=TicketStatus(row["status"]),
        version=row["version"],
        sent_upto=Seq(row["sent_upto"]),
        sending_upto=Seq(row["sending_upto"]),
        news_at=moment(row["news_at"]),
        looks=row["looks"],
    )
