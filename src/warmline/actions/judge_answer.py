"""Somebody says whether the page that the agent found for a question is right. It moves the cut, and teaches."""

from __future__ import annotations

import json
from enum import StrEnum
from functools import partial

from warmline.actions.app import App
from warmline.actions.learn_source import encode_missing
from warmline.agent.base import Unit
from warmline.domain.effect import Effect, EffectKind
from warmline.domain.ids import ArticleId, ConversationId, Seq, WorkspaceId
from warmline.errors import Invalid, NotFound
from warmline.store.base import NOWHERE, TEAM, Transaction

LONGEST_PHRASING = 300
"""A whole story is no way to ask."""


class Opinion(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    """Another page of the shop would have been right, or it is not known which."""
    UNKNOWN = "unknown"
    """Nothing that the shop knows answers this."""


async def judge_answer(
    app: App, workspace: WorkspaceId, conversation: ConversationId, seq: Seq, opinion: Opinion
) -> None:
    """Keep the opinion of a teammate on the turn that ends at `seq`.

    A right one becomes a phrasing of its page, an unknown one a question that the shop does not answer: from the next
    question on the agent uses both. A wrong one takes back what an earlier judgement of the same question in this
    conversation taught. Raises NotFound when the turn found no page.
    """
    turn = await app.store.read(lambda tx: tx.turn(conversation, seq))
    if turn is None or turn["workspace"] != workspace or not turn["best"]:
        raise NotFound("There is no answer to judge.")
    found = json.loads(turn["best"]).get("article")
    about = {Opinion.RIGHT: found, Opinion.UNKNOWN: NOWHERE}.get(opinion)
    wording = " ".join(turn["question"].split())
    right = opinion is Opinion.RIGHT
    await app.store.write(lambda tx: tx.judge_turn(workspace, conversation, seq, TEAM, right, app.clock()))
    if about is not None and 0 < len(wording) <= LONGEST_PHRASING:
        await teach_phrasing(app, workspace, wording, ArticleId(about), conversation)
    elif about is None:
        await app.store.write(partial(_take_back, app, workspace, wording, conversation))


async def teach_phrasing(
    app: App, workspace: WorkspaceId, wording: str, article: ArticleId, conversation: ConversationId | None = None
) -> None:
    """From now on shoppers ask for this article in these words. Raises NotFound for an article that is not there.

    `conversation` is where a shopper said it: with that it will be forgotten.
    """
    if not wording.strip() or len(wording) > LONGEST_PHRASING:
        raise Invalid(f"A phrasing has 1 to {LONGEST_PHRASING} characters.", "wording")
    if article != NOWHERE:
        await app.store.read(lambda tx: tx.article(workspace, article))
    await encode_missing(app, workspace, app.agent.models[0], [Unit("query", wording)])
    await app.store.write(partial(_teach, app, workspace, wording, article, conversation))


def _take_back(app: App, workspace: WorkspaceId, wording: str, conversation: ConversationId, tx: Transaction) -> None:
    if tx.drop_phrasing(workspace, wording, conversation):
        _changed(app, workspace, tx)


def _teach(
    app: App,
    workspace: WorkspaceId,
    wording: str,
    article: ArticleId,
    conversation: ConversationId | None,
    tx: Transaction,
) -> None:
    tx.add_phrasing(workspace, wording, article, app.clock(), conversation)
    _changed(app, workspace, tx)


def _changed(app: App, workspace: WorkspaceId, tx: Transaction) -> None:
    tx.raise_knowledge(workspace)
    tx.owe(workspace, Effect(EffectKind.ENCODE, f"encode:{workspace}"), app.clock())
