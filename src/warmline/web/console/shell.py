"""The frame around every page: templates, navigation, headers, and messages that survive one redirect.

A page of the console is a route of `routes.console_router()`, needs `May("right")`, reads forms by `read_form`, and
ends in `page(…)`, `partial(…)` or `redirect(…)`. Its words are English in the template, `_("…")`; Polish stands in
`locales/`. Every element with hx- attributes carries `hx-nonce="{{ nonce }}"`; without it htmx strips them.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from warmline.store.trouble import Cause
from warmline.web.access import app_of
from warmline.web.console import session as door
from warmline.web.console.language import N_, NAMES, TAGS, Language, Said, language
from warmline.web.console.session import Staff, cookie, csrf_token, drop_cookie, keep_guest, set_cookie, tongue

CSP = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; trusted-types htmx; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self';"
    " require-trusted-types-for 'script'"
)
"""THREATS section 6. Scripts are files of ours; htmx minds no element that does not carry the page's nonce."""
HEADERS = {
    "Content-Security-Policy": CSP.format(nonce="none"),
    "Cache-Control": "no-store",
    # no-referrer, as elsewhere, would make browsers send `Origin: null` with our own forms
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_STATIC = files("warmline.web.console") / "static"
_BUNDLES = files("warmline.web") / "static" / "dist" / "console"


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the rail, or of the list that unfolds under the open one. `right` None: for everybody."""

    key: str
    path: str
    title: Said
    icon: str = ""
    right: str | None = None
    count: int | None = None


RAIL: tuple[Place, ...] = (
    Place("inbox", "/inbox", N_("Inbox"), "inbox", "inbox"),
    Place("knowledge", "/knowledge", N_("Knowledge"), "book-open", "knowledge"),
    Place("dashboard", "/dashboard", N_("Dashboard"), "chart-no-axes-column", "reports"),
)
SETTINGS: tuple[Place, ...] = (
    Place("shop", "/settings/shop", N_("Shop"), right="settings"),
    Place("handoff", "/settings/handoff", N_("Agent handoff"), right="settings"),
    Place("answers", "/settings/answers", N_("Answers"), right="settings"),
    Place("rules", "/settings/rules", N_("Rules"), right="settings"),
    Place("connections", "/settings/connections", N_("Connections"), right="settings"),
    Place("members", "/settings/members", N_("Team"), right="members"),
    Place("keys", "/settings/keys", N_("API keys"), right="members"),
    Place("embed", "/settings/embed", N_("Widget"), right="settings"),
    Place("me", "/settings/me", N_("You")),
)
"""The pages of Settings. Whoever may use none of the others still has their own."""

TROUBLES = {
    Cause.FULL: N_("The disk is full: nothing can be saved. It goes on by itself as soon as there is room."),
    Cause.READ_ONLY: N_("The database can only be read: nothing can be saved just now."),
    Cause.BUSY: N_("Another process holds the database: nothing can be saved just now."),
    Cause.DISK: N_("The disk refuses to write: nothing can be saved. Whoever runs this server should look at it."),
    Cause.DAMAGED: N_("The database is damaged. Whoever runs this server should restore the last backup."),
    Cause.AWAY: N_("The database cannot be reached. It goes on by itself as soon as it is back."),
}


def page(request: Request, template: str, who: Staff | None = None, status: int = 200, **context: Any) -> Response:
    """A whole page. `who` None: for a guest, without the rail. `section` and `place` say which entries are open."""
    flash = _take_flash(request)
    response = HTMLResponse(_render(request, template, who, {"flash": flash, **context}), status, _headers(request))
    keep_guest(request, response)
    if cookie(request, door.FLASH) is not None:
        drop_cookie(request, response, door.FLASH)
    if request.query_params.get("lang") in TAGS and who is None:
        set_cookie(request, response, door.LANG, request.query_params["lang"], 365 * 24 * 3600)
    return response


def partial(request: Request, template: str, who: Staff | None = None, status: int = 200, **context: Any) -> Response:
    """A piece of a page, by the template that the page includes too."""
    return HTMLResponse(_render(request, template, who, context), status, _headers(request))


def redirect(
    request: Request, path: str, done: Said | None = None, kind: str = "ok", secret: str | None = None, **more: Any
) -> Response:
    """Go on by GET. `done` is said there once; `secret` is shown there once, such as a new key."""
    response = RedirectResponse(path, 303, HEADERS)
    if done is not None:
        said = {"text": done.text, "values": _plain(done.values), "kind": kind, "secret": secret, **more}
        set_cookie(request, response, door.FLASH, door.seal(request, said), 60)
    return response


def is_partial(request: Request) -> bool:
    """Does htmx ask, for a piece?"""
    return request.headers.get("hx-request") == "true"


def wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")


def home_of(who: Staff) -> str:
    """Where somebody starts: the first place of the rail that their role may use."""
    return next((place.path for place in RAIL if place.right and who.may(place.right)), "/settings/me")


# Rendering


def _headers(request: Request) -> dict[str, str]:
    return HEADERS | {"Content-Security-Policy": CSP.format(nonce=_nonce(request))}


def _nonce(request: Request) -> str:
    """One for each answer."""
    if not hasattr(request.state, "nonce"):
        request.state.nonce = secrets.token_urlsafe(18)
    return str(request.state.nonce)


def _render(request: Request, template: str, who: Staff | None, context: Mapping[str, Any]) -> str:
    # A page of an error in a page: the language is known even where the teammate is not.
    spoken = who.language if who else language(tongue(request))
    given = {
        "request": request,
        "me": who,
        "lang": spoken,
        "langs": NAMES,
        "csrf": csrf_token(request),
        "nonce": _nonce(request),
        "now": app_of(request).clock(),
        "zone": who.workspace.timezone if who else "UTC",
        "rail": _allowed(RAIL, who),
        "settings_places": _allowed(SETTINGS, who),
        "section": "",
        "place": "",
        "flash": None,
        "trouble": _trouble(request),
        "form": None,
        **context,
    }
    return environment(spoken.tag).get_template(template).render(given)


def _trouble(request: Request) -> Said | None:
    """Why nothing can be saved, or None."""
    trouble = app_of(request).store.health.trouble
    return TROUBLES[trouble.cause] if trouble else None


def _allowed(places: Sequence[Place], who: Staff | None) -> list[Place]:
    return [place for place in places if who and (place.right is None or who.may(place.right))]


@lru_cache(maxsize=len(TAGS))
def environment(tag: str) -> Environment:
    """Templates in one language."""
    spoken = language(tag)
    found = Environment(
        loader=PackageLoader("warmline.web.console"),
        autoescape=True,
        undefined=StrictUndefined,
        # The pages belong to this program: an upgrade beside a running server must not mix old code with new pages.
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    found.install_gettext_translations(spoken.translations, newstyle=True)  # type: ignore[attr-defined]  # the i18n extension adds it
    found.filters["say"] = spoken.say
    found.filters["initials"] = initials
    found.filters["tint"] = tint
    found.filters["when"] = _when
    found.filters["day"] = _day
    found.filters["ago"] = _ago
    found.globals["icon"] = icon
    found.globals["static"] = static
    found.globals["bundled"] = bundled
    return found


@pass_context
def _when(context: Context, at: Any) -> str:
    return _speaker(context).day_and_time(at, context["zone"])


@pass_context
def _day(context: Context, at: Any) -> str:
    return _speaker(context).day(at, context["zone"])


@pass_context
def _ago(context: Context, at: Any) -> str:
    return _speaker(context).ago(at, context["now"])


def _speaker(context: Context) -> Language:
    spoken: Language = context["lang"]
    return spoken


def icon(name: str, size: int = 16) -> Markup:
    """A Lucide icon, drawn by the text's colour, unseen by screen readers: a word stands beside it."""
    return Markup(  # noqa: S704 the drawing is our own file
        f'<svg class="icon" width="{size}" height="{size}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">'
        f"{_icons()[name]}</svg>"
    )


@lru_cache(maxsize=1)
def _icons() -> dict[str, str]:
    found: dict[str, str] = json.loads((files("warmline.web.console") / "icons.json").read_text(encoding="utf-8"))
    return found


def static(name: str) -> str:
    """The address of a file of ours, with its version."""
    return f"/console/static/{name}?v={_version(name)}"


@lru_cache(maxsize=64)
def bundled(name: str) -> bool:
    """Is this script there? A checkout without Node has none, and its pages work without."""
    return content_of(name) is not None


def content_of(name: str) -> bytes | None:
    """A static file of the console, or a bundle that the build made."""
    for folder in (_STATIC, _BUNDLES):
        file = folder / name
        if file.is_file():
            return file.read_bytes()
    return None


@lru_cache(maxsize=64)
def _version(name: str) -> str:
    return hashlib.sha256(content_of(name) or b"").hexdigest()[:10]


def initials(name: str) -> str:
    words = [word for word in name.replace("@", " ").split() if word[0].isalnum()]
    return "".join(word[0] for word in [words[0], *words[-1:]][: min(len(words), 2)]).upper() if words else "?"


def tint(text: str) -> int:
    """Which of the six colours of avatars is this person's."""
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[0] % 6


# Messages that survive one redirect


def _take_flash(request: Request) -> dict[str, Any] | None:
    value = cookie(request, door.FLASH)
    said = door.unseal(request, value) if value else None
    if said is None or "text" not in said:
        return None
    values = {name: Said(value["say"]) if isinstance(value, dict) else value for name, value in said["values"].items()}
    return {**said, "said": Said(said["text"], values)}


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: {"say": value.text} if isinstance(value, Said) else value for name, value in values.items()}
