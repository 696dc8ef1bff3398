"""A teammate's words for a shopper who has left: one letter with a link back to the conversation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from warmline.actions.answer_address import answer_address
from warmline.actions.app import App
from warmline.actions.scene import Stage, stage_of
from warmline.actions.try_again import mail_failed
from warmline.domain.conversation import Conversation
from warmline.domain.effect import Attempt, OwedEffect
from warmline.domain.ids import Seq
from warmline.domain.message import AuthorKind, Event
from warmline.domain.visitor import EmailAddress
from warmline.domain.wording import say
from warmline.domain.workspace import Workspace, origin
from warmline.errors import Invalid, MailError
from warmline.failpoints import step
from warmline.mail.base import Letter
from warmline.store.base import Transaction

RESUME_LIFE = timedelta(days=14)
RESUME_DEVICES = 5
"""A link opens on so many devices, once each: the visitor token of a device lives on by itself."""


@dataclass(frozen=True, slots=True)
class _Unseen:
    letter: Letter
    upto: Seq


async def mail_replies(app: App, effect: OwedEffect) -> None:
    """Mail what the shopper has not seen. The Message-ID is the same at each attempt."""
    unseen = await app.store.write(lambda tx: _write_letter(tx, app, effect))
    if unseen is None or app.mail is None:
        await app.store.write(lambda tx: tx.finish(effect))
        return
    if not await app.store.write(lambda tx: tx.begin_attempt(effect, app.clock(), None)):
        return
    try:
        await step("mail.send", app.mail.send(unseen.letter))
    except MailError as error:
        why = error
        await app.store.write(lambda tx: mail_failed(tx, app, effect, why))
        return
    await app.store.write(lambda tx: _sent(tx, app, effect, unseen.upto))


def _write_letter(tx: Transaction, app: App, effect: OwedEffect) -> _Unseen | None:
    if effect.conversation is None or not tx.still_ours(effect):
        return None
    stage = stage_of(tx, tx.conversation(effect.workspace, effect.conversation), app.mail is not None, app.clock())
    contact = contact_of(stage)
    replies = _unseen(tx, stage.conversation)
    if contact is None or not replies:
        return None
    link = tx.add_link(stage.workspace.id, "resume", stage.conversation.id, RESUME_LIFE, RESUME_DEVICES, stage.now)
    reply_to = answer_address(app, tx, stage.conversation.id, contact)
    return _Unseen(_letter(app, stage, contact, replies, link, reply_to), replies[-1].seq)


def contact_of(stage: Stage) -> EmailAddress | None:
    """Where a reply goes by mail: the address of the handoff, else the visitor's."""
    handoff = stage.conversation.handoff
    bound = handoff.bound if handoff else None
    contact = (bound.contact if bound else None) or stage.visitor.reached_at
    return contact.email if contact else None


def _unseen(tx: Transaction, conversation: Conversation) -> list[Event]:
    seen = conversation.visitor_seen_at
    return [
        event
        for event in tx.messages_between(conversation.id, conversation.mailed_upto, conversation.seq)
        if event.data["author"]["kind"] == AuthorKind.TEAMMATE and (seen is None or event.at > seen)
    ]


def _letter(
    app: App, stage: Stage, to: EmailAddress, replies: list[Event], link: str, reply_to: EmailAddress | None
) -> Letter:
    conversation = stage.conversation
    text = "\n\n".join(event.data["text"] for event in replies)
    name = replies[-1].data["author"]["name"]
    host = urlsplit(app.public_url).hostname or "warmline"
    return Letter(
        to=to,
        subject=say("mail.reply.subject", stage.lang, shop=stage.workspace.name),
        text=say(
            "mail.reply.both" if reply_to else "mail.reply",
            stage.lang,
            name=name,
            link=resume_url(app, stage.workspace, conversation, link),
            text=text,
        ),
        message_id=f"<{conversation.id}-{replies[-1].seq}@{host}>",
        sender_name=stage.workspace.name,
        in_reply_to=f"<{conversation.id}@{host}>",
        lang=stage.lang,
        reply_to=reply_to,
    )


def resume_url(app: App, workspace: Workspace, conversation: Conversation, link: str) -> str:
    """Back to the shop's page, or to ours; the secret stands behind the #, which no server ever sees.

    The page's address came from the visitor: it is used only when its origin is on the shop's own list.
    """
    page = conversation.page_url
    if page is not None:
        try:
            if origin(f"{urlsplit(page).scheme}://{urlsplit(page).netloc}") in workspace.origins:
                return f"{page.split('#')[0]}#warmline-resume={link}"
        except (Invalid, ValueError):
            pass
    return f"{app.public_url}/resume#{link}"


def _sent(tx: Transaction, app: App, effect: OwedEffect, upto: Seq) -> None:
    tx.end_attempt(effect, app.clock(), Attempt.NONE, "sent")
    if effect.conversation is not None and tx.finish(effect):
        conversation = tx.conversation(effect.workspace, effect.conversation)
        conversation.mailed_upto = max(conversation.mailed_upto, upto)
        tx.save(conversation)
