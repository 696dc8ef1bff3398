"""The pages of the console, all of them: what `web/app.py` takes in by one line."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from starlette.exceptions import HTTPException

from warmline.web.console import (
    answers_page,
    cases_page,
    connections,
    dashboard,
    embed,
    handoff_page,
    hook_form,
    inbox,
    knowledge_pages,
    members,
    needs_page,
    profile,
    rules_page,
    shop_page,
    sign_in,
    static_files,
    styleguide,
)
from warmline.web.console.routes import of_http
from warmline.web.door import Door

_ROUTES = APIRouter()
for _part in (
    sign_in.router,
    needs_page.router,
    inbox.router,
    knowledge_pages.router,
    dashboard.router,
    embed.router,
    handoff_page.router,
    connections.router,
    hook_form.router,
    members.router,
    shop_page.router,
    answers_page.router,
    cases_page.router,
    rules_page.router,
    profile.router,
    static_files.router,
):
    _ROUTES.include_router(_part)


def furnish(app: FastAPI, door: Door) -> None:
    """Pages, their files, and a page for an address that is none."""
    app.router.routes += _ROUTES.routes
    if door.development:
        app.include_router(styleguide.router)
    app.add_exception_handler(HTTPException, of_http)
