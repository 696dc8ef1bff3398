"""The webhook of a connected helpdesk, on its guide: address, secret, and whether anybody has rung."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from warmline.actions.open_hook import fresh_hook_secret, hook_url, open_hook, set_hook_secret
from warmline.errors import Invalid, NotFound
from warmline.store.base import Hook
from warmline.web.access import app_of
from warmline.web.console.connection_form import ACCOUNTS, ShownStep
from warmline.web.console.forms import read_form
from warmline.web.console.language import N_
from warmline.web.console.routes import console_router
from warmline.web.console.session import May, Staff
from warmline.web.console.shell import redirect

router = console_router()

Me = Annotated[Staff, Depends(May("settings"))]


@router.post("/settings/helpdesks/{name}/hook")
async def post_hook_secret(request: Request, me: Me, name: str) -> Response:
    """Zendesk makes the secret and it is pasted here; for Gorgias it is made here, and shown once."""
    form, app, account = await read_form(request), app_of(request), ACCOUNTS.get(name)
    stored = await app.store.read(lambda tx: tx.integration(me.workspace.id, name))
    if account is None or not account.two_way or stored is None:
        raise NotFound("There is no such connection.")
    if account.hook_secret_is_ours:
        secret = await fresh_hook_secret(app, me.workspace.id, name)
        return redirect(request, account.path, N_("Put this into the header X-Warmline-Token."), secret=secret)
    try:
        await set_hook_secret(app, me.workspace.id, name, form.secret("signing_secret"))
    except Invalid:
        return redirect(request, account.path, N_("That is no signing secret. Copy it again."), kind="bad")
    return redirect(request, account.path, N_("The secret is saved. The one before works for another day."))


async def shown_hook(request: Request, me: Staff, name: str) -> tuple[Hook, str]:
    """The hook and its address."""
    hook = await open_hook(app_of(request), me.workspace.id, name)
    return hook, hook_url(app_of(request), hook)


def hook_step(hook: Hook) -> ShownStep:
    """A row of the check. It never fails: without a webhook replies are read by asking."""
    if hook.seen_at is not None:
        return ShownStep(N_("The webhook was heard"), "ok", "", "")
    why = N_("Not heard yet. Until then replies are read by asking.")
    return ShownStep(N_("The webhook was heard"), "optional", why, "")
