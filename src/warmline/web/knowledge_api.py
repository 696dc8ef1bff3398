"""What the shop knows, for programs (scope `knowledge`)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from warmline.actions.exclude_article import exclude_article
from warmline.actions.write_answer import MAX_PHRASING, MAX_TEXT, MAX_TITLE, Written, remove_answer, write_answer
from warmline.domain.ids import ArticleId, WorkspaceId
from warmline.errors import NotFound
from warmline.store.base import Transaction
from warmline.store.statements import Row, moment
from warmline.web.access import Colleague, Needs, app_of
from warmline.web.body import LARGE, Body, body_of, takes
from warmline.web.shapes import ArticleRow, Articles, ArticleWhole, Learned

router = APIRouter(tags=["knowledge"])

Me = Annotated[Colleague, Depends(Needs("knowledge"))]


class AnswerBody(Body):
    title: str = Field(min_length=1, max_length=MAX_TITLE)
    text: str = Field(min_length=1, max_length=MAX_TEXT)
    lang: str = Field(pattern="^[a-z]{2,3}$")
    url: str | None = Field(None, max_length=2_000, pattern=r"^https?://[^\s<>\"\\^`{|}\x00-\x20]+$")
    phrasings: list[Annotated[str, Field(min_length=1, max_length=MAX_PHRASING)]] = Field([], max_length=50)


class ExcludedBody(Body):
    excluded: bool


@router.get("/knowledge")
async def get_articles(
    request: Request,
    me: Me,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
) -> Articles:
    """Articles with the source of each, by title."""
    workspace = me.teammate.workspace

    def load(tx: Transaction) -> Articles:
        rows = tx.article_rows(workspace, limit, offset)
        return {"articles": [_row(row) for row in rows], "total": tx.knowledge_size(workspace)[0]}

    return await app_of(request).store.read(load)


@router.get("/knowledge/{id}")
async def get_article(id: str, request: Request, me: Me) -> ArticleWhole:
    """One article with its text."""
    return await app_of(request).store.read(lambda tx: _whole(tx, me.teammate.workspace, ArticleId(id)))


@router.post(
    "/knowledge/answers",
    status_code=201,
    openapi_extra=takes(AnswerBody),
    responses={200: {"model": Learned, "description": "It took the place of the one before"}},
)
async def post_answer(
    request: Request, response: Response, me: Me, body: Annotated[AnswerBody, Depends(body_of(AnswerBody, LARGE))]
) -> Learned:
    """Write an answer: the agent uses it from the next question on. Same title and language: it is replaced."""
    written = Written(body.title, body.text, body.lang, body.url, tuple(body.phrasings))
    id, new = await write_answer(app_of(request), me.teammate.workspace, written)
    response.status_code = 201 if new else 200
    return {"id": id}


@router.delete("/knowledge/{id}", status_code=204, response_class=Response)
async def delete_answer(id: str, request: Request, me: Me) -> Response:
    """Forget a written answer. A page of a site or file would come back: exclude it instead (409)."""
    await remove_answer(app_of(request), me.teammate.workspace, ArticleId(id))
    return Response(status_code=204)


@router.put("/knowledge/{id}/excluded", openapi_extra=takes(ExcludedBody))
async def put_excluded(
    id: str, request: Request, me: Me, body: Annotated[ExcludedBody, Depends(body_of(ExcludedBody))]
) -> ArticleRow:
    """Keep an article out of answers, or let it in again."""
    app, workspace = app_of(request), me.teammate.workspace
    await exclude_article(app, workspace, ArticleId(id), body.excluded)
    return await app.store.read(lambda tx: _row(_found(tx, workspace, id)))


def _row(row: Row) -> ArticleRow:
    return {
        "id": row["id"],
        "title": row["title"],
        "lang": row["lang"],
        "url": row["url"],
        "source": row["address"],
        "source_kind": row["kind"],
        "learned_at": moment(row["learned_at"]).isoformat(),
        "excluded": bool(row["excluded"]),
    }


def _whole(tx: Transaction, workspace: WorkspaceId, id: ArticleId) -> ArticleWhole:
    article = tx.article(workspace, id)
    return {
        **_row(_found(tx, workspace, id)),
        "sections": [{"headings": list(each.headings), "text": each.text} for each in article.page.sections],
        "phrasings": list(article.page.phrasings),
    }


def _found(tx: Transaction, workspace: WorkspaceId, id: str) -> Row:
    row = tx.article_row(workspace, id)
    if row is None:
        raise NotFound("There is no such article.")
    return row
