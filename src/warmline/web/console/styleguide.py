"""Every part in one place, in development only."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from warmline.web.console.forms import Form
from warmline.web.console.language import N_
from warmline.web.console.routes import console_router
from warmline.web.console.shell import page

router = console_router()


@router.get("/styleguide")
async def get_styleguide(request: Request) -> Response:
    """The parts, with a field that is wrong."""
    form = Form([("email", "anna.kowalczyk@")])
    form.wrong("email", N_("Enter your e-mail address."))
    return page(request, "styleguide.html", None, form=form)
