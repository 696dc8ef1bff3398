"""A ticket came late: the shopper who has left reads by mail that it is there, once, with the receipt."""

from __future__ import annotations

from urllib.parse import urlsplit

from warmline.actions.app import App
from warmline.actions.read_receipt import receipt_url
from warmline.actions.reply_as_teammate import PRESENT
from warmline.actions.scene import Stage, stage_of
from warmline.actions.try_again import mail_failed
from warmline.domain.effect import Attempt, Effect, EffectKind, OwedEffect
from warmline.domain.handoff import Delivered
from warmline.domain.wording import say
from warmline.errors import MailError
from warmline.failpoints import step
from warmline.mail.base import Letter
from warmline.store.base import Transaction


def owe_receipt(tx: Transaction, app: App, stage: Stage, n: int) -> None:
    """To be asked in the commit of the delivery. Who has the chat open gets some seconds to see it there."""
    conversation = stage.conversation
    contact = conversation.handoff.bound.contact if conversation.handoff and conversation.handoff.bound else None
    if not stage.mail or contact is None:
        return
    seen = conversation.visitor_seen_at
    here = seen is not None and stage.now - seen < PRESENT
    due = stage.now + app.timings.reply_mail if here else None
    data = {"n": n, "at": stage.now.isoformat()}
    tx.owe(
        conversation.workspace,
        Effect(EffectKind.RECEIPT, f"receipt:{conversation.id}-{n}", conversation.id, due, data),
        stage.now,
    )


async def mail_receipt(app: App, effect: OwedEffect) -> None:
    """The Message-ID is the same at each attempt, and so is what it says."""
    letter = await app.store.read(lambda tx: _letter(tx, app, effect))
    if letter is None or app.mail is None:
        await app.store.write(lambda tx: tx.finish(effect))
        return
    if not await app.store.write(lambda tx: tx.begin_attempt(effect, app.clock(), None)):
        return
    try:
        await step("receipt.send", app.mail.send(letter))
    except MailError as error:
        why = error
        await app.store.write(lambda tx: mail_failed(tx, app, effect, why))
        return
    await app.store.write(lambda tx: _sent(tx, app, effect))


def _letter(tx: Transaction, app: App, effect: OwedEffect) -> Letter | None:
    """None when the shopper has seen it in the chat since."""
    if effect.conversation is None:
        return None
    stage = stage_of(tx, tx.conversation(effect.workspace, effect.conversation), app.mail is not None, app.clock())
    conversation, handoff = stage.conversation, stage.conversation.handoff
    if handoff is None or handoff.n != effect.data["n"] or not isinstance(handoff.step, Delivered):
        return None
    contact, ticket, seen = handoff.step.bound.contact, handoff.step.ticket, conversation.visitor_seen_at
    if contact is None or ticket is None or (seen is not None and seen.isoformat() > effect.data["at"]):
        return None
    host = urlsplit(app.public_url).hostname or "warmline"
    known = f" ({say('ticket.ref', stage.lang, ref=ticket.reference)})" if ticket.reference else ""
    return Letter(
        to=contact.email,
        subject=say("mail.receipt.subject", stage.lang, shop=stage.workspace.name, known=known),
        text=say(
            "mail.receipt",
            stage.lang,
            question=handoff.question or "",
            known=known,
            link=receipt_url(app, stage, handoff.n),
        ),
        message_id=f"<receipt-{conversation.id}-{handoff.n}@{host}>",
        sender_name=stage.workspace.name,
        in_reply_to=f"<{conversation.id}@{host}>",
        lang=stage.lang,
    )


def _sent(tx: Transaction, app: App, effect: OwedEffect) -> None:
    tx.end_attempt(effect, app.clock(), Attempt.NONE, "sent")
    tx.finish(effect)
