"""The live check of a guide: its steps appear as they are done, or all at once where no script runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from warmline.actions.connect_integration import check_connection
from warmline.domain.connection import Checked, CheckStep, Tell, nobody
from warmline.errors import Invalid
from warmline.store.base import Integration
from warmline.web.access import app_of
from warmline.web.console.connection_form import Account, ShownStep, field_of, shown_steps
from warmline.web.console.forms import Form
from warmline.web.console.language import N_
from warmline.web.console.session import Staff
from warmline.web.console.shell import partial

PATIENCE = timedelta(seconds=8)
"""So long a person waits for a check; an unclear answer is asked again until then."""
STREAM = "text/event-stream"

_WRONG = {
    "subdomain": N_("Enter the name before .zendesk.com, such as acme."),
    "account": N_("Enter the name before .gorgias.com, such as acme."),
    "client_id": N_("Paste the identifier of the OAuth client."),
    "client_secret": N_("Paste the secret again: it is missing or holds a space."),
    "api_token": N_("Paste the token again: it is missing or holds a space."),
    "api_key": N_("Paste the key again: it is missing or holds a space."),
    "email": N_("Enter the e-mail address of the user who made the key."),
    "mailbox": N_("This is no e-mail address. Leave it empty for the account's first mailbox."),
    "to": N_("Enter the address of the helpdesk's mailbox, one that people read."),
    "from": N_("Enter another e-mail address than the mailbox, or leave it empty."),
    "name": N_("Enter a name of at most 80 characters."),
    "url": N_("Enter an address that begins with https://, without a user name and without #."),
    "secret": N_("Paste the secret again: whsec_ and then base64 of 24 to 64 bytes."),
    "profile_field": N_("Enter the number of the ticket field, or leave it empty."),
}


async def run_check(request: Request, me: Staff, typed: Integration, form: Form, tell: Tell = nobody) -> Checked | None:
    """What the account says; None when the settings are not understood, which then stands beside the field."""
    try:
        return await check_connection(app_of(request), me.workspace.id, typed, PATIENCE, tell)
    except Invalid as error:
        field = field_of(error.field)
        form.wrong(field, _WRONG.get(field, str(error)))
        return None


def shown_check(account: Account, checked: Checked | None) -> dict[str, Any]:
    """What the template of a finished check reads."""
    return {
        "steps": shown_steps(list(checked.steps), account) if checked else [],
        "passed": checked.ok if checked else None,
        "unclear": checked.unclear if checked else False,
    }


def wants_steps(request: Request) -> bool:
    """Does the page show them one by one? It does where its scripts run."""
    return STREAM in request.headers.get("accept", "")


def stream_check(
    request: Request,
    me: Staff,
    account: Account,
    form: Form,
    check: Callable[[Tell], Awaitable[Checked | None]],
    last: Callable[[Checked | None], Awaitable[Sequence[ShownStep]]],
) -> Response:
    """The check as a stream of pieces of the page; `last` adds the rows that need no asking."""

    def piece(context: dict[str, Any]) -> bytes:
        drawn = partial(request, "settings/check_step.html", me, account=account, form=form, **context)
        return _message(bytes(drawn.body).decode())

    async def frames() -> AsyncIterator[bytes]:
        heard: asyncio.Queue[Sequence[CheckStep] | None] = asyncio.Queue()
        task = asyncio.create_task(_until_done(check, heard))
        try:
            while (steps := await heard.get()) is not None:
                yield piece({"steps": shown_steps(list(steps), account, asking=True), "passed": None})
            checked = await task
            context = shown_check(account, checked)
            context["steps"].extend(await last(checked))
            yield piece(context)
        finally:  # whoever closed the page needs no answer
            task.cancel()

    headers = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
    return StreamingResponse(frames(), media_type=STREAM, headers=headers)


async def _until_done(
    check: Callable[[Tell], Awaitable[Checked | None]], heard: asyncio.Queue[Sequence[CheckStep] | None]
) -> Checked | None:
    try:
        return await check(lambda steps: heard.put_nowait(list(steps)))
    finally:
        heard.put_nowait(None)


def _message(markup: str) -> bytes:
    return ("".join(f"data: {line}\n" for line in markup.splitlines()) + "\n").encode()
