"""Settings → Answers → Saved cases: questions with the page that is right, which of them pass, which broke since."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from warmline.actions.save_case import remove_case, run_cases, save_case
from warmline.domain.cases import LONGEST_CASE, LONGEST_PAGE, Case, Ended, name_of
from warmline.domain.ids import ConversationId, Seq
from warmline.errors import Invalid, NotFound
from warmline.store.base import Transaction
from warmline.web.access import app_of
from warmline.web.console.forms import Form, form_of, read_form, whole
from warmline.web.console.language import N_, Said
from warmline.web.console.routes import console_router
from warmline.web.console.session import May, Staff
from warmline.web.console.shell import page, redirect

router = console_router()

Me = Annotated[Staff, Depends(May("knowledge"))]
PATH = "/settings/answers/cases"
MOST_LISTED = 500
"""Pages offered while typing."""
RESULTS: Mapping[Ended, tuple[str, Said]] = {
    Ended.RIGHT: ("ok", N_("Right")),
    Ended.ASKED: ("ok", N_("Asked back, its page among the choices")),
    Ended.MISSED: ("warn", N_("Not found: a person would be offered")),
    Ended.WRONG: ("bad", N_("Answered wrongly")),
    Ended.GONE: ("warn", N_("Its page is gone")),
}


@router.get(PATH)
async def get_cases(request: Request, me: Me) -> Response:
    """The list; `question`, `page` and where it was asked fill the form."""
    asked = request.query_params
    given = {name: asked.get(name, "")[:LONGEST_PAGE] for name in ("question", "page", "conversation", "seq")}
    return await _shown(request, me, form_of(given))


@router.post(PATH)
async def post_case(request: Request, me: Me) -> Response:
    """Save one."""
    form = await read_form(request)
    nothing, where = form.flag("nothing"), form.text("page")
    if not form.text("question"):
        form.wrong("question", N_("Write what shoppers ask."))
    form.shorter("question", form.text("question"), LONGEST_CASE)
    form.shorter("page", where, LONGEST_PAGE)
    if not nothing and not where:
        form.wrong("page", N_("Choose the page that is right, or say that nothing answers this."))
    if form.restored or form.errors:
        return await _shown(request, me, form, 200 if form.restored else 422)
    asked_in, seq = form.text("conversation"), whole(form.text("seq"))
    try:
        await save_case(
            app_of(request),
            me.workspace.id,
            form.text("question"),
            "" if nothing else where,
            ConversationId(asked_in) if asked_in else None,
            Seq(seq) if seq and asked_in else None,
        )
    except Invalid as error:
        said = N_("There is no page with this address or title.") if error.field == "page" else str(error)
        form.wrong(error.field or "question", said)
        return await _shown(request, me, form, 422)
    return redirect(request, PATH, N_("Saved."))


@router.post(f"{PATH}/run")
async def post_run(request: Request, me: Me) -> Response:
    """Ask each of them now."""
    await read_form(request)
    cases = await run_cases(app_of(request), me.workspace.id)
    passed = sum(each.result.passes for each in cases if each.result)
    said = N_("%(passed)s of %(all)s cases pass.", passed=passed, all=len(cases))
    return redirect(request, PATH, said, "ok" if passed == len(cases) else "warn")


@router.post(f"{PATH}/remove")
async def post_remove(request: Request, me: Me) -> Response:
    """Forget one."""
    form = await read_form(request)
    try:
        await remove_case(app_of(request), me.workspace.id, form.text("id"))
    except NotFound:
        return redirect(request, PATH)
    return redirect(request, PATH, N_("Removed."))


async def _shown(request: Request, me: Staff, form: Form, status: int = 200) -> Response:
    def load(tx: Transaction) -> tuple[list[Case], list[tuple[str, str]]]:
        articles = [each for each in tx.articles(me.workspace.id) if not each.excluded]
        return tx.cases(me.workspace.id), [(name_of(each), each.page.title) for each in articles[:MOST_LISTED]]

    cases, pages = await app_of(request).store.read(load)
    cases.sort(key=lambda each: (not each.broke, bool(each.result and each.result.passes)))
    return page(
        request,
        "settings/cases.html",
        me,
        status,
        section="settings",
        place="answers",
        form=form,
        cases=cases,
        pages=pages,
        results=RESULTS,
        passed=sum(each.result.passes for each in cases if each.result),
        ran=max((each.ran_at for each in cases if each.ran_at), default=None),
        broke=sum(each.broke for each in cases),
        longest=LONGEST_CASE,
    )
