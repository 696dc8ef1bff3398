"""Somebody waits and nobody has the Inbox open: a mail to those who answer, once for each handoff."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit

from warmline.actions.app import App
from warmline.actions.mail_replies import contact_of
from warmline.actions.scene import Stage, stage_of
from warmline.actions.try_again import mail_each, pause
from warmline.domain.effect import GIVE_UP_AFTER, OwedEffect
from warmline.domain.owner import OwnerKind
from warmline.domain.visitor import EmailAddress
from warmline.domain.wording import in_language, say
from warmline.errors import MailError
from warmline.failpoints import step
from warmline.mail.base import Letter
from warmline.store.base import Transaction

LOOKED_AWAY = timedelta(seconds=60)
"""An Inbox whose stream ended so long ago is no longer open."""


@dataclass(frozen=True, slots=True)
class _Alert:
    stage: Stage
    to: tuple[str, ...]
    said: str


async def alert_team(app: App, effect: OwedEffect) -> None:
    """Tell each of them once; who was told is kept between attempts."""
    alert = await app.store.read(lambda tx: _alert(tx, app, effect))
    told: list[str] = list(effect.data.get("told", ()))
    mail = app.mail
    if alert is None or mail is None:
        await app.store.write(lambda tx: _end(tx, app, effect, told))
        return
    why = await mail_each(alert.to, told, lambda address: step("alert.send", mail.send(_letter(app, alert, address))))
    await app.store.write(lambda tx: _told(tx, app, effect, told, why))


def _alert(tx: Transaction, app: App, effect: OwedEffect) -> _Alert | None:
    """None when somebody has it by now, or has the Inbox open and may still accept in time."""
    if effect.conversation is None:
        return None
    conversation = tx.conversation(effect.workspace, effect.conversation)
    waits = conversation.open and conversation.owner.kind is OwnerKind.QUEUE
    if not waits:
        return None
    if not effect.data.get("anyway") and tx.console_open(effect.workspace, app.clock() - LOOKED_AWAY):
        return None
    stage = stage_of(tx, conversation, app.mail is not None, app.clock())
    question = conversation.handoff.question if conversation.handoff else None
    said = question or tx.last_said([conversation.id]).get(conversation.id, "…")
    return _Alert(stage, tuple(tx.to_alert(effect.workspace)), said)


def _letter(app: App, alert: _Alert, address: str) -> Letter:
    stage = alert.stage
    conversation, lang = stage.conversation, in_language(stage.workspace.locale)
    host = urlsplit(app.public_url).hostname or "warmline"
    contact = contact_of(stage)
    handoff = conversation.handoff
    identity = stage.visitor.identity
    name = (identity.name if identity else None) or (contact.value if contact else say("mail.alert.visitor", lang))
    return Letter(
        to=EmailAddress(address),
        subject=say("mail.alert.subject", lang, shop=stage.workspace.name),
        text=say(
            "mail.alert",
            lang,
            name=name,
            link=f"{app.public_url}/inbox/{conversation.id}",
            text=alert.said,
        ),
        message_id=f"<alert-{conversation.id}-{handoff.n if handoff else 0}-{_mark(address)}@{host}>",
        sender_name=stage.workspace.name,
        lang=lang,
    )


def _mark(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()[:12]


def _told(tx: Transaction, app: App, effect: OwedEffect, told: Sequence[str], why: MailError | None) -> None:
    now = app.clock()
    if why is None or now - effect.created_at > GIVE_UP_AFTER:
        _end(tx, app, effect, told)
        return
    tx.put_off(effect, now + pause(effect, now), str(why), told=list(told))


def _end(tx: Transaction, app: App, effect: OwedEffect, told: Sequence[str]) -> None:
    """Done, unless the wait was over while this ran: then it looks once more, whoever has the Inbox open."""
    now_held = tx.effect_by_key(effect.workspace, effect.key)
    if now_held is not None and now_held.data.get("anyway") and not effect.data.get("anyway"):
        tx.put_off(replace(now_held, fence=effect.fence), app.clock(), "nobody accepted in time", told=list(told))
    else:
        tx.finish(effect)
