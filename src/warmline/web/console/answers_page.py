"""Settings → Answers: how sure the assistant must be, what that has meant so far, and answers to judge."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import Response

from warmline.actions.change_settings import change_settings, seen
from warmline.actions.judge_answer import Opinion, judge_answer
from warmline.actions.sureness import Survey, survey
from warmline.domain.cases import Case
from warmline.domain.ids import ConversationId, Seq
from warmline.domain.model import Spent, dollars
from warmline.domain.sureness import CUTS, Sureness
from warmline.domain.workspace import MOST_GUIDANCE, parse_workspace
from warmline.errors import Conflict, Invalid
from warmline.store.base import Transaction
from warmline.store.calendars import holidays_of
from warmline.store.statements import loads
from warmline.web.access import app_of
from warmline.web.console.forms import Form, read_form
from warmline.web.console.language import N_
from warmline.web.console.lessons import ENOUGH_PHRASINGS
from warmline.web.console.routes import console_router
from warmline.web.console.session import May, Staff
from warmline.web.console.shell import page, redirect

router = console_router()

Me = Annotated[Staff, Depends(May("settings"))]
Judge = Annotated[Staff, Depends(May("knowledge"))]
PATH = "/settings/answers"
TABLES = ("workspace",)
LATEST, AT_ONCE = 200, 8
DAY = timedelta(days=1)
MOST_SHOWN = 8
NAMES = {
    Sureness.CAREFUL: N_("Careful"),
    Sureness.BALANCED: N_("Balanced"),
    Sureness.BOLD: N_("Bold"),
}


@dataclass(frozen=True, slots=True)
class Would:
    """A would-be answer that nobody judged yet."""

    conversation: str
    seq: int
    question: str
    title: str
    url: str | None
    confidence: float


@router.get(PATH)
async def get_answers(request: Request, me: Me) -> Response:
    """The choice with its price, answers to judge, pages that want phrasings."""
    return await _shown(request, me)


@router.post(PATH)
async def post_answers(request: Request, me: Me) -> Response:
    """Save the choice."""
    form = await read_form(request)
    name = form.text("sureness")
    if name not in list(Sureness):
        return await _shown(request, me, 422)
    shop = me.workspace
    table = {**shop.tables.get("workspace", {}), "sureness": name}
    if form.has("guidance"):
        guidance = form.text("guidance")
        if len(guidance) > MOST_GUIDANCE:
            form.wrong("guidance", N_("At most %(most)s characters fit.", most=MOST_GUIDANCE))
            return await _shown(request, me, 422, form)
        table = {key: value for key, value in table.items() if key != "guidance"}
        table |= {"guidance": guidance} if guidance else {}
    tables = dict(shop.tables) | {"workspace": table}
    known = {"id": shop.id, "revision": shop.revision, "knowledge_revision": shop.knowledge_revision}
    wanted = parse_workspace(tables, holidays_of, **known)
    try:
        await change_settings(app_of(request), wanted, TABLES, form.text("seen"))
    except Conflict as error:
        if error.code != "changed":
            raise
        said = N_("Somebody else saved in the meantime. Look at it and choose again.")
        return redirect(request, PATH, said, "warn")
    return redirect(request, PATH, N_("Saved."))


@router.post(f"{PATH}/judge")
async def post_judge(request: Request, me: Judge) -> Response:
    """Right, wrong, or nothing here answers it. `to` is where the judge came from."""
    form = await read_form(request)
    seq, opinion = form.text("seq"), form.text("opinion")
    if opinion not in list(Opinion) or not (seq.isascii() and seq.isdigit() and len(seq) < 16):
        raise Invalid("Choose right, wrong or unknown.", "opinion")
    conversation = ConversationId(form.text("conversation"))
    await judge_answer(app_of(request), me.workspace.id, conversation, Seq(int(seq)), Opinion(opinion))
    return redirect(request, _back(form, conversation), N_("Thank you. The assistant learns from it."))


def _back(form: Form, conversation: ConversationId) -> str:
    match form.text("to"):
        case "inbox":
            return f"/inbox/{conversation}"
        case "page":
            return f"/knowledge/{quote(form.text('page'), safe='')}#phrasings"
        case _:  # who judges one goes on with the next
            return f"{PATH}#judge"


async def _shown(request: Request, me: Staff, status: int = 200, form: Form | None = None) -> Response:
    app = app_of(request)

    def load(tx: Transaction) -> tuple[Survey, list[Would], list[tuple[str, str, int]], tuple[int, Spent], list[Case]]:
        today = tx.spent_since(me.workspace.id, app.clock() - DAY)
        return survey(tx, me.workspace.id), _queue(tx, me), _wanting(tx, me), today, tx.cases(me.workspace.id)

    found, queue, wanting, (calls, spent), cases = await app.store.read(load)
    return page(
        request,
        "settings/answers.html",
        me,
        status,
        section="settings",
        place="answers",
        found=found,
        names=NAMES,
        queue=queue,
        wanting=wanting[:MOST_SHOWN],
        more=max(len(wanting) - MOST_SHOWN, 0),
        enough=ENOUGH_PHRASINGS,
        cases=cases,
        broke=sum(each.broke for each in cases),
        form=form or Form([("guidance", me.workspace.guidance)]),
        most_guidance=MOST_GUIDANCE,
        model=app.writer.name if app.writer else None,
        calls=calls,
        cost=dollars(spent.micros),
        budget=me.workspace.limits.model_cents_per_day / 100,
        seen=seen(me.workspace.tables, TABLES),
    )


def _queue(tx: Transaction, me: Staff) -> list[Would]:
    """A random few of the latest: who judges what they look at anyway judges the easy ones."""
    rows = tx.unjudged(me.workspace.id, CUTS[0], LATEST)
    some = random.sample(rows, min(AT_ONCE, len(rows)))
    found = []
    for row in some:
        best = loads(row["best"])
        found.append(
            Would(row["conversation"], row["seq"], row["question"], best["title"], best["url"], row["confidence"])
        )
    return found


def _wanting(tx: Transaction, me: Staff) -> list[tuple[str, str, int]]:
    """(id, title, phrasings) of the pages with fewer than five, those with the fewest first."""
    taught = tx.phrasings(me.workspace.id)
    counts = [
        (each.id, each.page.title, len({*each.page.phrasings, *taught.get(each.id, ())}))
        for each in tx.articles(me.workspace.id)
        if not each.excluded
    ]
    return sorted((each for each in counts if each[2] < ENOUGH_PHRASINGS), key=lambda each: (each[2], each[1]))
