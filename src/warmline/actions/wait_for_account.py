"""A delivery meets a connection that is paused, gone or refuses it: it waits until the account is well, and no longer.

A pause can end between the look at the connection and the write that puts a delivery off. Each write here looks again:
else the delivery would sleep past the wake-up that it waits for.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from warmline.actions.app import App
from warmline.actions.check_health import refused
from warmline.domain.effect import OwedEffect
from warmline.errors import AccountRefused
from warmline.store.base import Integration, Transaction

_PAUSED = timedelta(minutes=15)
"""It is woken when the account is connected again; this is for the case that nobody wakes it."""


@contextmanager
def asked_with(integration: Integration) -> Iterator[None]:
    """What is refused in here was asked with this revision of the connection."""
    try:
        yield
    except AccountRefused as error:
        error.revision = integration.revision
        raise


def wait_for_account(tx: Transaction, effect: OwedEffect, helpdesk: str, now: datetime) -> bool:
    """Put a delivery off that found no connection, or a paused one; False when there is a good one by now."""
    present = tx.integration(effect.workspace, helpdesk)
    if present is not None and present.paused_why is None:
        tx.stand_in_line(effect, helpdesk, now, "the connection is well again")
        return False
    tx.put_off(effect, now + _PAUSED, (present and present.paused_why) or f"{helpdesk} is not connected")
    return True


def account_refused(
    tx: Transaction, app: App, held: OwedEffect, error: AccountRefused, why: str, now: datetime
) -> None:
    """The vendor refused the account: its connection pauses, unless it was connected anew while we asked."""
    helpdesk = tx.bound_helpdesk(held)
    present = tx.integration(held.workspace, helpdesk) if helpdesk else None
    if present is None:
        tx.put_off(held, now + _PAUSED, why)
    elif error.revision not in (None, present.revision):
        wait_for_account(tx, held, present.name, now)
    else:
        refused(tx, app, held.workspace, present, why)
        tx.put_off(held, now + _PAUSED, why)
