"""Knowledge: what the agent answers from. Add a site, a file or an answer; look at it, change it, keep it out."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from warmline.actions.exclude_article import exclude_article
from warmline.actions.learn_in_background import dismiss_reading, read_site, stop_reading
from warmline.actions.learn_source import Learned
from warmline.actions.learn_upload import MOST_BYTES, learn_upload
from warmline.actions.try_question import try_question
from warmline.actions.write_answer import (
    MAX_PHRASING,
    MAX_TEXT,
    MAX_TITLE,
    Seen,
    Written,
    article_id,
    digest_of,
    remove_answer,
    write_answer,
)
from warmline.domain.ids import ArticleId
from warmline.domain.workspace import is_web_address
from warmline.errors import Conflict, Invalid, TooLarge
from warmline.store.base import Transaction
from warmline.store.console import ArticleFilter
from warmline.web.access import app_of
from warmline.web.console.forms import Form, form_of, read_form
from warmline.web.console.knowledge_data import (
    KINDS,
    Entry,
    Shelf,
    Trial,
    article_of,
    from_conversation,
    read_shelf,
    readings_of,
    trial_of,
    written_of,
)
from warmline.web.console.language import N_, Said
from warmline.web.console.lessons import ENOUGH_PHRASINGS, Asked, asked_for
from warmline.web.console.routes import console_router
from warmline.web.console.session import May, Staff
from warmline.web.console.shell import page, partial, redirect
from warmline.web.console.when import HELPERS

router = console_router()

Me = Annotated[Staff, Depends(May("knowledge"))]
Words = Annotated[str, Query(max_length=200)]
LANGS = ("en", "pl", "de", "fr", "es", "it", "pt", "nl", "cs", "sk", "uk", "ro", "hu", "sv", "da", "fi", "nb", "lt")
MOST_PHRASINGS = 50
_FORM_ROOM = 64 * 1024


@router.get("/knowledge")
async def get_knowledge(
    request: Request,
    me: Me,
    q: Words = "",
    source: Words = "",
    lang: Words = "",
    state: Words = "",
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> Response:
    """The table, and what is being read."""
    by = ArticleFilter(q.strip().replace("\x00", ""), source if source in KINDS else "", lang[:8], _excluded(state))
    return await _table(request, me, by, number)


@router.get("/knowledge/reading")
async def get_reading(request: Request, me: Me) -> Response:
    """How far the readings are: asked again by the page while one runs."""
    app = app_of(request)
    readings = await app.store.read(lambda tx: readings_of(tx, me.workspace.id, app.clock()))
    return partial(request, "knowledge/reading.html", me, readings=readings)


@router.get("/knowledge/add")
async def get_add(request: Request, me: Me) -> Response:
    """Three ways to add."""
    return page(request, "knowledge/add.html", me, section="knowledge", form=Form(), **HELPERS)


@router.post("/knowledge/site")
async def post_site(request: Request, me: Me) -> Response:
    """Read a site in the background; the page may be left."""
    form = await read_form(request)
    if form.restored:
        return page(request, "knowledge/add.html", me, section="knowledge", form=form, **HELPERS)
    address = form.needed("address", N_("Write the address of a site, such as https://shop.example/help."))
    if not form.errors:
        try:
            await read_site(app_of(request), me.workspace.id, address)
        except Invalid as error:
            form.wrong("address", _site_fault(error))
    if form.errors:
        return page(request, "knowledge/add.html", me, 422, section="knowledge", form=form, **HELPERS)
    return redirect(request, "/knowledge", N_("Reading has begun. You may leave this page."))


@router.post("/knowledge/stop")
async def post_stop(request: Request, me: Me) -> Response:
    """What was read so far stays."""
    form = await read_form(request)
    await stop_reading(app_of(request), me.workspace.id, form.text("address"))
    return redirect(request, "/knowledge", N_("Reading was stopped. What was read so far stays."))


@router.post("/knowledge/dismiss")
async def post_dismiss(request: Request, me: Me) -> Response:
    """A reading that is over, with what it could not read, goes from the page."""
    form = await read_form(request)
    await dismiss_reading(app_of(request), me.workspace.id, form.text("address"))
    return redirect(request, "/knowledge", N_("It is not shown any more. What was read stays."))


@router.post("/knowledge/upload")
async def post_upload(request: Request, me: Me) -> Response:
    """One file: md, html, txt or csv."""
    try:
        return await _upload(request, me)
    finally:
        await request.close()


async def _upload(request: Request, me: Staff) -> Response:
    form = await read_form(request, MOST_BYTES + _FORM_ROOM, files=True)
    file = form.files.get("file")
    if file is None or not file.filename:
        form.wrong("file", N_("Choose a file."))
        return page(request, "knowledge/add.html", me, 422, section="knowledge", form=form, **HELPERS)
    try:
        learned = await learn_upload(app_of(request), me.workspace.id, file.filename, await file.read(MOST_BYTES + 1))
    except (Invalid, TooLarge) as error:
        form.wrong("file", _file_fault(error))
        return page(request, "knowledge/add.html", me, 422, section="knowledge", form=form, **HELPERS)
    return _uploaded(request, me, form, file.filename, learned)


@router.get("/knowledge/write")
async def get_write(
    request: Request,
    me: Me,
    conversation: Annotated[str | None, Query(alias="from", max_length=80)] = None,
    id: Annotated[str | None, Query(max_length=80)] = None,
    question: Annotated[str, Query(max_length=2_000)] = "",
    lang: Annotated[str, Query(max_length=8)] = "",
) -> Response:
    """A new answer, or one that is changed; prefilled with a question that nobody answered."""

    def load(tx: Transaction) -> dict[str, str]:
        if id:
            return written_of(tx, me.workspace.id, id)
        if conversation:
            return from_conversation(tx, me.workspace.id, conversation)
        first = question.strip().partition("\n")[0][:MAX_TITLE]
        return {"title": first, "phrasings": first, "text": "", "url": "", "lang": lang or me.workspace.locale[:2]}

    values = await app_of(request).store.read(load)
    return _write_page(request, me, form_of(values), values.get("lang", ""))


@router.post("/knowledge/write")
async def post_write(request: Request, me: Me) -> Response:
    """Learned at once, and tried at once when it answers a shopper's question."""
    form = await read_form(request)
    app, old = app_of(request), form.text("id")
    if form.restored:
        return _write_page(request, me, form, form.text("lang"))
    answer = _answer(form)
    if answer is None:
        return _write_page(request, me, form, form.text("lang"), 422)
    over = Seen(ArticleId(old) if old else None, form.text("seen")) if form.has("seen") else None
    try:
        id, _ = await write_answer(app, me.workspace.id, answer, over)
    except Invalid as error:
        form.wrong(error.field or "text", str(error))
        return _write_page(request, me, form, form.text("lang"), 422)
    except Conflict:
        return await _conflict(request, me, form, answer)
    if old and old != id:
        await remove_answer(app, me.workspace.id, ArticleId(old))
    asked = quote(next(iter(answer.phrasings), answer.title)[:500], safe="")
    return redirect(request, f"/knowledge/{id}?ask={asked}", N_("Saved. The assistant knows it now."))


@router.get("/knowledge/test")
async def get_test(request: Request, me: Me, q: Annotated[str, Query(max_length=2_000)] = "") -> Response:
    """What would the assistant say to this now?"""
    trial = await _trial(request, me, q)
    return page(request, "knowledge/test.html", me, section="knowledge", q=q, trial=trial, **HELPERS)


@router.get("/knowledge/{id}")
async def get_article(request: Request, id: str, me: Me, ask: Annotated[str, Query(max_length=2_000)] = "") -> Response:
    """One article: its text as the assistant reads it, and a question to try on it."""
    workspace = me.workspace.id

    def load(tx: Transaction) -> tuple[Entry, list[dict[str, Any]], list[str], list[Asked]]:
        entry, pieces, phrasings = article_of(tx, workspace, id)
        known = list(dict.fromkeys([*phrasings, *tx.phrasings(workspace).get(ArticleId(id), ())]))
        return entry, pieces, known, asked_for(tx, workspace, ArticleId(id), known)

    entry, pieces, phrasings, asked = await app_of(request).store.read(load)
    context: dict[str, Any] = {
        "entry": entry,
        "pieces": pieces,
        "phrasings": phrasings,
        "asked": asked,
        "enough": ENOUGH_PHRASINGS,
        "q": ask,
        "trial": await _trial(request, me, ask),
        "kinds": KINDS,
    }
    return page(request, "knowledge/article.html", me, section="knowledge", **context, **HELPERS)


@router.post("/knowledge/{id}/exclude")
async def post_exclude(request: Request, id: str, me: Me) -> Response:
    """Keep it out of answers, or let it in again."""
    form = await read_form(request)
    out = form.text("excluded") == "on"
    await exclude_article(app_of(request), me.workspace.id, ArticleId(id), out)
    done = N_("The assistant does not use it any more.") if out else N_("The assistant uses it again.")
    return redirect(request, f"/knowledge/{quote(id, safe='')}", done)


@router.post("/knowledge/{id}/delete")
async def post_delete(request: Request, id: str, me: Me) -> Response:
    """Only what was written here: a page of a site would come back."""
    await read_form(request)
    try:
        await remove_answer(app_of(request), me.workspace.id, ArticleId(id))
    except Conflict:
        why = N_("This page would come back when its source is read again. Keep it out of answers instead.")
        return redirect(request, f"/knowledge/{quote(id, safe='')}", why, "warn")
    return redirect(request, "/knowledge", N_("The answer is deleted."))


async def _table(request: Request, me: Staff, by: ArticleFilter, number: int) -> Response:
    app = app_of(request)

    def load(tx: Transaction) -> tuple[Shelf, list[Any]]:
        return read_shelf(tx, me.workspace.id, by, number), list(readings_of(tx, me.workspace.id, app.clock()))

    shelf, readings = await app.store.read(load)
    return page(
        request, "knowledge/page.html", me, section="knowledge", shelf=shelf, readings=readings, kinds=KINDS, **HELPERS
    )


def _write_page(request: Request, me: Staff, form: Form, lang: str, status: int = 200) -> Response:
    langs = sorted({*LANGS, lang} - {""})
    context: dict[str, Any] = {"form": form, "langs_known": langs, **HELPERS}
    return page(request, "knowledge/write.html", me, status, section="knowledge", **context)


async def _conflict(request: Request, me: Staff, form: Form, answer: Written) -> Response:
    """Both versions, field by field; nothing was saved. "Save mine" then saves over theirs."""

    def load(tx: Transaction) -> dict[str, str]:
        ids = [ArticleId(form.text("id")), article_id(me.workspace.id, answer)]
        for id in ids if digest_of(tx, me.workspace.id, ids[0]) != form.text("seen") else ids[::-1]:
            if digest_of(tx, me.workspace.id, id):
                return written_of(tx, me.workspace.id, id)
        return {}

    theirs = await app_of(request).store.read(load)
    mine = {name: form.text(name) for name in _FIELDS}
    rows = [
        (label, theirs.get(name, ""), mine[name]) for name, label in _FIELDS.items() if theirs.get(name) != mine[name]
    ]
    return page(
        request,
        "conflict.html",
        me,
        409,
        section="knowledge",
        title=N_("Change an answer"),
        lead=N_("Nothing of yours is saved yet. The two versions differ:")
        if theirs
        else N_("Somebody deleted it. Nothing of yours is saved yet."),
        action="/knowledge/write",
        leave=f"/knowledge/{theirs['id']}" if theirs else "/knowledge",
        rows=rows,
        theirs=theirs.get("seen", ""),
        pairs=[*mine.items(), ("id", theirs.get("id", ""))],
    )


_FIELDS = {
    "title": N_("Question or title"),
    "text": N_("Answer"),
    "phrasings": N_("How shoppers ask it"),
    "lang": N_("Language"),
    "url": N_("Page to link to (optional)"),
}


def _answer(form: Form) -> Written | None:
    title = form.needed("title", N_("Write the question, or a title."), MAX_TITLE)
    text = form.needed("text", N_("Write the answer."), MAX_TEXT)
    url = form.text("url")
    if url and not is_web_address(url):
        form.wrong("url", N_("An address begins with https://."))
    lang = form.text("lang")
    if not (2 <= len(lang) <= 3 and lang.isascii() and lang.isalpha()):
        form.wrong("lang", N_("Choose a language."))
    phrasings = tuple(line.strip() for line in form.text("phrasings").splitlines() if line.strip())
    if len(phrasings) > MOST_PHRASINGS or any(len(line) > MAX_PHRASING for line in phrasings):
        form.wrong("phrasings", N_("At most %(n)s questions, each of at most %(limit)s characters.",
                                   n=MOST_PHRASINGS, limit=MAX_PHRASING))  # fmt: skip
    return None if form.errors else Written(title, text, lang.lower(), url or None, phrasings)


def _uploaded(request: Request, me: Staff, form: Form, name: str, learned: Learned) -> Response:
    if learned.problems and not (learned.new or learned.changed or learned.unchanged):
        form.wrong("file", N_("Nothing could be read: %(why)s", why=learned.problems[0].reason))
        return page(request, "knowledge/add.html", me, 422, section="knowledge", form=form, **HELPERS)
    count = learned.new + learned.changed + learned.unchanged
    if learned.problems:
        why = learned.problems[0]
        said = N_("%(count)s pages were read. %(failed)s were not, the first because: %(why)s",
                  count=count, failed=len(learned.problems), why=str(why))  # fmt: skip
        return redirect(request, "/knowledge", said, "warn")
    return redirect(request, "/knowledge", N_("The file was read. Pages in it: %(count)s.", count=count))


async def _trial(request: Request, me: Staff, question: str) -> Trial | None:
    if not question.strip():
        return None
    return trial_of(question, await try_question(app_of(request), me.workspace.id, question.replace("\x00", "")))


def _excluded(state: str) -> bool | None:
    return {"excluded": True, "used": False}.get(state)


def _site_fault(error: Invalid) -> Said:
    if "password" in str(error):
        return N_("The address holds a user name or password. Leave them out.")
    return N_("Write the address of a site, such as https://shop.example/help.")


def _file_fault(error: Invalid | TooLarge) -> Said:
    if isinstance(error, TooLarge):
        return N_("The file is larger than 10 MiB.")
    if "not a text" in str(error):
        return N_("This is not a text file. Save it as md, html, txt or csv.")
    return N_("Files of these kinds are read: md, html, txt, csv.")
