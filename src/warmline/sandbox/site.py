"""The pages of the sandbox: what arrived, and two small forms to act as a person at the helpdesk."""

import re
from collections.abc import Callable

from warmline.sandbox import pages
from warmline.sandbox.control import Controls
from warmline.sandbox.http import Request, Response

SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
DESKS = "zendesk|gorgias|webhook"
TICKET = rf"/({DESKS})/(?:agent/tickets|app/ticket)/(\d{{1,18}})"

Page = Callable[..., Response]


class Site:
    def __init__(self, controls: Controls) -> None:
        self._controls = controls
        self._pages: tuple[tuple[str, str, Page], ...] = (
            ("GET", "/", self._index),
            ("GET", "/_style.css", self._style),
            ("GET", rf"/({DESKS})/?", self._desk),
            ("GET", TICKET, self._ticket),
            ("POST", TICKET + "/reply", self._reply),
            ("POST", TICKET + "/solve", self._solve),
            ("GET", "/klaviyo/?", self._klaviyo),
            ("GET", "/mail/?", self._mail),
            ("GET", rf"/({DESKS}|klaviyo)/requests/?", self._requests),
            ("GET", "/faults/?", self._faults),
            ("POST", "/faults", self._behave),
        )

    def answer(self, request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        for wanted, pattern, page in self._pages:
            match = re.fullmatch(pattern, request.path)
            if match and wanted == method:
                return page(request, *match.groups())
        return _page(404, pages.missing())

    def _index(self, _: Request) -> Response:
        return _page(200, pages.index(self._controls.totals()))

    def _style(self, _: Request) -> Response:
        return Response(200, pages.STYLE.encode(), "text/css; charset=utf-8", SECURITY)

    def _desk(self, _: Request, vendor: str) -> Response:
        return _page(200, pages.desk(vendor, self._controls.tickets(vendor)))

    def _ticket(self, request: Request, vendor: str, id: str) -> Response:
        found = [ticket for ticket in self._controls.tickets(vendor) if ticket.id == int(id)]
        return _page(200, pages.ticket(vendor, found[0], request.path)) if found else _page(404, pages.missing())

    def _reply(self, request: Request, vendor: str, id: str) -> Response:
        form = request.form()
        text, kind = form.get("text", "").strip(), form.get("kind", "public")
        if not text:
            return _page(400, pages.missing())
        how = {"public": kind != "note", "as_customer": kind == "customer"}
        return _acted(request, lambda: self._controls.reply(vendor, int(id), text, **how))

    def _solve(self, request: Request, vendor: str, id: str) -> Response:
        return _acted(request, lambda: self._controls.solve(vendor, int(id)))

    def _klaviyo(self, _: Request) -> Response:
        return _page(200, pages.klaviyo(self._controls.profiles(), self._controls.events()))

    def _mail(self, _: Request) -> Response:
        return _page(200, pages.mail(self._controls.mails()))

    def _requests(self, _: Request, vendor: str) -> Response:
        return _page(200, pages.requests(vendor, self._controls.requests(vendor)))

    def _faults(self, _: Request) -> Response:
        return _page(200, pages.faults(self._controls.behaviour()))

    def _behave(self, request: Request) -> Response:
        form = request.form()
        vendor, profile = form.get("vendor", ""), form.get("profile", "")
        return _acted(request, lambda: self._controls.behave(vendor, profile), "/faults")


def _acted(request: Request, action: Callable[[], None], shown: str | None = None) -> Response:
    """Act, then show the ticket, or the page `shown`. A form of somebody else must not act in our name."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return _page(403, pages.missing())
    try:
        action()
    except ValueError:
        return _page(404, pages.missing())
    return Response(303, b"", "text/plain", {"Location": shown or request.path.rpartition("/")[0], **SECURITY})


def _page(status: int, html: str) -> Response:
    return Response(status, html.encode("utf-8", errors="replace"), "text/html; charset=utf-8", SECURITY)
