"""Settings → Connections, and the guides: four steps to a helpdesk or to Klaviyo, with a live check."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from warmline.actions.connect_integration import connect_integration, disconnect_integration
from warmline.actions.retry_deliveries import retry_deliveries
from warmline.domain.connection import Checked
from warmline.domain.handoff import SendTicket
from warmline.errors import Invalid, NotFound
from warmline.store.base import Integration, Transaction
from warmline.store.deliveries import Record
from warmline.web.access import app_of
from warmline.web.console.connection_form import (
    ACCOUNTS,
    Account,
    ShownStep,
    field_of,
    held_secrets,
    last_four,
    made_secret,
    sealed_secret,
    stored_form,
    typed_integration,
)
from warmline.web.console.forms import Form, read_form
from warmline.web.console.guide_check import PATIENCE, run_check, shown_check, stream_check, wants_steps
from warmline.web.console.hook_form import hook_step, shown_hook
from warmline.web.console.language import N_
from warmline.web.console.routes import console_router
from warmline.web.console.session import May, Staff
from warmline.web.console.shell import is_partial, page, partial, redirect

router = console_router()

Me = Annotated[Staff, Depends(May("settings"))]
HELPDESKS, CRMS = "/settings/helpdesks/{name}", "/settings/profiles/{name}"


@router.get("/settings/connections")
async def get_connections(request: Request, me: Me) -> Response:
    """All of them, with how they are doing."""

    def load(tx: Transaction) -> list[dict[str, Any]]:
        there = {each.name: each for each in tx.integrations(me.workspace.id)}
        return [
            {
                "account": account,
                "stored": there.get(account.name),
                "waiting": tx.owed_to(me.workspace.id, account.name),
                "record": tx.record_of(me.workspace.id, account.name),
            }
            for account in ACCOUNTS.values()
        ]

    rows = await app_of(request).store.read(load)
    return page(request, "settings/connections.html", me, section="settings", place="connections", rows=rows)


@router.get(HELPDESKS)
@router.get(CRMS)
async def get_guide(request: Request, me: Me, name: str) -> Response:
    """The four steps, with what is connected now."""
    account = _account(request, name)
    stored = await _stored(request, me, account)
    return await _guide(request, me, account, stored, stored_form(account, stored))


@router.post(HELPDESKS)
@router.post(CRMS)
async def post_guide(request: Request, me: Me, name: str) -> Response:
    """Check, then connect; nothing is saved that does not work."""
    account, form = _account(request, name), await read_form(request)
    stored = await _stored(request, me, account)
    if form.restored:
        return await _guide(request, me, account, stored, form)
    app, typed = app_of(request), typed_integration(request, account, form, stored)
    checked = await run_check(request, me, typed, form)
    if checked is None or not checked.ok:
        return await _guide(request, me, account, stored, form, checked, 422)
    try:
        await connect_integration(app, me.workspace.id, typed, PATIENCE)
    except Invalid as error:
        form.wrong(field_of(error.field), str(error))
        return await _guide(request, me, account, stored, form, checked, 422)
    said = N_("%(name)s is connected.", name=account.title)
    if form.text("back") == "handoff":
        return redirect(request, f"/settings/handoff?helpdesk={account.name}", said)
    return redirect(request, account.path, said)


@router.post(HELPDESKS + "/check")
@router.post(CRMS + "/check")
async def post_check(request: Request, me: Me, name: str) -> Response:
    """The named steps with what is typed, as they are done; saves nothing."""
    account, form = _account(request, name), await read_form(request)
    stored = await _stored(request, me, account)
    typed = typed_integration(request, account, form, stored)

    async def last(checked: Checked | None) -> list[ShownStep]:
        if not account.two_way or stored is None or checked is None:
            return []
        return [hook_step((await shown_hook(request, me, name))[0])]

    if wants_steps(request):
        return stream_check(request, me, account, form, lambda tell: run_check(request, me, typed, form, tell), last)
    checked = await run_check(request, me, typed, form)
    if not is_partial(request):
        return await _guide(request, me, account, stored, form, checked)
    context = shown_check(account, checked)
    context["steps"].extend(await last(checked))
    return partial(request, "settings/checked.html", me, account=account, form=form, **context)


@router.post(HELPDESKS + "/disconnect")
@router.post(CRMS + "/disconnect")
async def post_disconnect(request: Request, me: Me, name: str) -> Response:
    """Only when nothing waits for it, and nothing goes there."""
    account = _account(request, name)
    await read_form(request)
    try:
        await disconnect_integration(app_of(request), me.workspace.id, account.name)
    except Invalid as error:
        return redirect(request, account.path, N_("%(why)s", why=str(error)), kind="bad")
    return redirect(request, "/settings/connections", N_("%(name)s is disconnected.", name=account.title))


@router.post(HELPDESKS + "/retry")
async def post_retry(request: Request, me: Me, name: str) -> Response:
    """Send now what waits."""
    account = _account(request, name)
    await read_form(request)
    try:
        await retry_deliveries(app_of(request), me.workspace.id, account.name)
    except Invalid as error:
        return redirect(request, account.path, N_("Still refused: %(why)s", why=str(error)), kind="bad")
    return redirect(request, account.path, N_("What waited for %(name)s is on its way.", name=account.title))


def _account(request: Request, name: str) -> Account:
    """Raises NotFound for what there is no guide to."""
    account = ACCOUNTS.get(name)
    if account is None or not request.url.path.startswith(account.path):
        raise NotFound("There is no such connection.")
    return account


async def _stored(request: Request, me: Staff, account: Account) -> Integration | None:
    return await app_of(request).store.read(lambda tx: tx.integration(me.workspace.id, account.name))


async def _guide(
    request: Request,
    me: Staff,
    account: Account,
    stored: Integration | None,
    form: Form,
    checked: Checked | None = None,
    status: int = 200,
) -> Response:
    record, waiting, health = await _at_hand(request, me, account)
    if checked is None and health is not None and not health.ok and request.method == "GET":
        checked = health  # what the daily check found: the step that failed, and its remedy
    method = me.workspace.method
    held = held_secrets(request, account, form)
    if made := made_secret(request, account, form, stored):
        held["secret"] = sealed_secret(request, made)
    return page(
        request,
        f"settings/guide_{account.name}.html",
        me,
        status,
        section="settings",
        place="connections",
        account=account,
        stored=stored,
        endings={key: last_four(value) for key, value in stored.secrets.items()} if stored else {},
        held=held,
        made=made,
        form=form,
        record=record,
        waiting=waiting,
        is_chosen=isinstance(method, SendTicket) and method.helpdesk == account.name,
        back=request.query_params.get("back") or form.text("back"),
        **await _check_and_hook(request, me, account, stored, checked),
    )


async def _at_hand(request: Request, me: Staff, account: Account) -> tuple[Record, int, Checked | None]:
    """The trail of the connection's changes, how many deliveries wait for it, and what its last check found."""
    record, waiting, health = await app_of(request).store.read(
        lambda tx: (
            tx.record_of(me.workspace.id, account.name),
            tx.owed_to(me.workspace.id, account.name),
            tx.health(me.workspace.id, account.name),
        )
    )
    return record, waiting, health[0] if health is not None else None


async def _check_and_hook(
    request: Request, me: Staff, account: Account, stored: Integration | None, checked: Checked | None
) -> dict[str, Any]:
    """What the check found, and the address at which the helpdesk calls us, as the template reads them."""
    has_hook = stored is not None and (account.two_way or account.calls_back)
    hook, url = await shown_hook(request, me, account.name) if has_hook else (None, "")
    context = shown_check(account, checked)
    if hook is not None and checked is not None and account.two_way:
        context["steps"].append(hook_step(hook))
    return {**context, "hook": hook, "hook_url": url}
