"""Saved cases, for programs (scope `knowledge`): questions with the page that is right, and which of them pass now."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from warmline.actions.save_case import remove_case, run_cases, save_case
from warmline.domain.cases import LONGEST_CASE, LONGEST_PAGE, Case
from warmline.domain.ids import ConversationId
from warmline.web.access import Colleague, Needs, app_of
from warmline.web.body import Body, body_of, takes
from warmline.web.shapes import CaseRow, CaseRows, Learned

router = APIRouter(tags=["knowledge"])

Me = Annotated[Colleague, Depends(Needs("knowledge"))]


class CaseBody(Body):
    question: str = Field(min_length=1, max_length=LONGEST_CASE)
    page: str | None = Field(max_length=LONGEST_PAGE)
    """The address or the title of the right page; null where nothing answers the question."""
    conversation: str | None = Field(None, max_length=64)


@router.get("/cases")
async def get_cases(request: Request, me: Me) -> CaseRows:
    """All of them, with how the last run ended."""
    found = await app_of(request).store.read(lambda tx: tx.cases(me.teammate.workspace))
    return {"cases": [_row(case) for case in found]}


@router.post("/cases", status_code=201, openapi_extra=takes(CaseBody))
async def post_case(request: Request, me: Me, body: Annotated[CaseBody, Depends(body_of(CaseBody))]) -> Learned:
    """Save a question with its page. The same question again: it gets this page."""
    conversation = ConversationId(body.conversation) if body.conversation else None
    page = body.page or ""
    return {"id": await save_case(app_of(request), me.teammate.workspace, body.question, page, conversation)}


@router.post("/cases/run")
async def post_cases_run(request: Request, me: Me) -> CaseRows:
    """Ask each question now, without a language model, and say which pass and which broke since."""
    return {"cases": [_row(case) for case in await run_cases(app_of(request), me.teammate.workspace)]}


@router.delete("/cases/{id}", status_code=204, response_class=Response)
async def delete_case(id: str, request: Request, me: Me) -> Response:
    """Forget it."""
    await remove_case(app_of(request), me.teammate.workspace, id)
    return Response(status_code=204)


def _row(case: Case) -> CaseRow:
    return {
        "id": case.id,
        "question": case.question,
        "page": case.page or None,
        "result": case.result.value if case.result else None,
        "passes": case.result.passes if case.result else None,
        "broke": case.broke,
        "ran_at": case.ran_at.isoformat() if case.ran_at else None,
        "conversation": case.conversation,
    }
