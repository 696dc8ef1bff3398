"""What would the agent say to this now? Nothing is stored, and nobody is told."""

from __future__ import annotations

import asyncio

from warmline.actions.app import App
from warmline.actions.compose_answer import compose_answer
from warmline.actions.load_knowledge import load_knowledge
from warmline.domain.ids import WorkspaceId
from warmline.domain.knowledge import Failed, Thought, Turn
from warmline.domain.message import clean_text
from warmline.domain.sureness import cut_for


async def try_question(app: App, workspace: WorkspaceId, question: str, lang: str | None = None) -> Thought:
    """With all that the shop knows at this moment. Raises Invalid for a question that nobody could send."""
    text = clean_text(question, field_name="q")
    shop, judged = await app.store.read(lambda tx: (tx.workspace(workspace), tx.judged(workspace)))
    likely, cut = lang or shop.locale, cut_for(shop.sureness.target, judged)
    try:
        async with asyncio.timeout(app.timings.thinking.total_seconds()):
            await load_knowledge(app, workspace)
            turn = Turn(text, lang, (), likely.split("-")[0], shop.rules, cut)
            thought = await app.agent.think(workspace, turn)
    except TimeoutError:
        return Thought(Failed("too late"), likely, {"verdict": "failure"})
    return await compose_answer(app, workspace, turn, thought)
