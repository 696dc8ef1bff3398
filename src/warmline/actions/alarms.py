"""Alarms: what must not wait until somebody opens the console. A line in the log, a figure in /metrics, a mail."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from prometheus_client import Counter

from warmline.actions.app import App
from warmline.actions.try_again import mail_each, pause
from warmline.domain.effect import GIVE_UP_AFTER, Effect, EffectKind, OwedEffect
from warmline.domain.ids import WorkspaceId
from warmline.domain.visitor import EmailAddress
from warmline.domain.wording import in_language, say
from warmline.domain.workspace import Workspace
from warmline.errors import MailError
from warmline.failpoints import step
from warmline.mail.base import Letter
from warmline.store.base import Transaction

log = logging.getLogger(__name__)

DOUBLED = Counter("warmline_doubled_tickets", "Handoffs for which a helpdesk was found to hold a second ticket.")
REFUSED = Counter("warmline_accounts_refused", "Times that a helpdesk refused the account, by helpdesk.", ["helpdesk"])


def alarm(what: str, about: str, **said: str) -> Effect:
    """A mail to those who can mend it. Owed again when the same happens again; `said` fills its words."""
    return Effect(EffectKind.ALARM, f"alarm:{what}:{about}", None, None, {"what": what, "about": about, "said": said})


async def mail_alarm(app: App, effect: OwedEffect) -> None:
    """Tell owners, admins and managers, each once; who was told is kept between attempts."""
    mail = app.mail
    if mail is None:
        await app.store.write(lambda tx: tx.finish(effect))
        return
    workspace, to = await app.store.read(
        lambda tx: (tx.workspace(effect.workspace), tuple(tx.to_alarm(effect.workspace)))
    )
    told = list(effect.data.get("told", ()))
    why = await mail_each(
        to, told, lambda address: step("alarm.send", mail.send(_letter(app, workspace, effect, address)))
    )
    await app.store.write(lambda tx: _told(tx, app, effect, told, why))


def _letter(app: App, workspace: Workspace, effect: OwedEffect, address: str) -> Letter:
    what, lang = effect.data["what"], in_language(workspace.locale)
    said: Mapping[str, Any] = {"shop": workspace.name, "console": app.public_url, **effect.data["said"]}
    mark = hashlib.sha256(f"{effect.key} {int(effect.created_at.timestamp())} {address}".encode()).hexdigest()[:24]
    return Letter(
        to=EmailAddress(address),
        subject=say(f"mail.alarm.{what}.subject", lang, **said),
        text=say(f"mail.alarm.{what}", lang, **said),
        message_id=f"<alarm-{mark}@{urlsplit(app.public_url).hostname or 'warmline'}>",
        sender_name=workspace.name,
        lang=lang,
    )


def _told(tx: Transaction, app: App, effect: OwedEffect, told: Sequence[str], why: MailError | None) -> None:
    now = app.clock()
    if why is None or now - effect.created_at > GIVE_UP_AFTER:
        tx.finish(effect)
        return
    tx.put_off(effect, now + pause(effect, now), str(why), told=list(told))


def sound(tx: Transaction, app: App, workspace: WorkspaceId, effect: Effect) -> None:
    """Owe the mail of an alarm, where there is a mail server."""
    if app.mail is not None:
        tx.owe(workspace, effect, app.clock())
