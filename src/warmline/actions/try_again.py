"""What follows when a call to the outside failed: how long to wait, and when a mail is given up."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from warmline.actions.app import App
from warmline.domain.effect import GIVE_UP_AFTER, Attempt, OwedEffect, backoff
from warmline.errors import MailError, MailRefused
from warmline.store.base import Transaction


def pause(effect: OwedEffect, now: datetime) -> timedelta:
    """The wait before the next try of an effect whose tries are not counted as attempts that make something."""
    return backoff(effect.tries + 1, now - effect.created_at, random.random())  # noqa: S311 jitter is no secret


def mail_failed(tx: Transaction, app: App, effect: OwedEffect, error: MailError) -> None:
    """A mail was not taken: stuck when it was refused or its days are over, else put off."""
    now = app.clock()
    tx.end_attempt(effect, now, Attempt.NONE, str(error))
    if isinstance(error, MailRefused) or now - effect.created_at > GIVE_UP_AFTER:
        tx.stick(effect, str(error))
    else:
        tx.put_off(effect, now + pause(effect, now), str(error))


async def mail_each(to: Sequence[str], told: list[str], send: Callable[[str], Awaitable[None]]) -> MailError | None:
    """Mail each of `to` that is not `told` yet, and add it; the first fault that may pass. Refused ones are out."""
    why: MailError | None = None
    for address in to:
        if address in told:
            continue
        try:
            await send(address)
        except MailRefused:
            told.append(address)
        except MailError as error:
            why = why or error
        else:
            told.append(address)
    return why
