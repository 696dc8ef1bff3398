"""Keep questions with the page that is right for them, and hold them against what the shop knows now."""

from __future__ import annotations

from warmline.actions.app import App
from warmline.actions.load_knowledge import load_knowledge
from warmline.domain.cases import LONGEST_CASE, MOST_CASES, NOTHING, Case, Verdict, name_of, page_of, verdict_of
from warmline.domain.ids import ConversationId, Seq, WorkspaceId
from warmline.domain.knowledge import Turn
from warmline.domain.message import clean_text
from warmline.domain.sureness import cut_for
from warmline.domain.wording import in_language
from warmline.errors import Invalid, NotFound
from warmline.store.base import Transaction


async def save_case(
    app: App,
    workspace: WorkspaceId,
    question: str,
    page: str,
    conversation: ConversationId | None = None,
    seq: Seq | None = None,
) -> str:
    """Its id. `page` is an address or a title of a page that is there, or NOTHING. Raises Invalid naming the field, and
    NotFound for a conversation that is not there."""
    text = wording_of(question)
    return await app.store.write(lambda tx: _save(tx, app, workspace, text, page.strip(), conversation, seq))


def wording_of(question: str) -> str:
    """On one line. Raises Invalid."""
    text = " ".join(clean_text(question, field_name="question").split())
    if len(text) > LONGEST_CASE:
        raise Invalid(f"A question of a case has at most {LONGEST_CASE} characters.", "question")
    return text


def _save(
    tx: Transaction,
    app: App,
    workspace: WorkspaceId,
    question: str,
    page: str,
    conversation: ConversationId | None,
    seq: Seq | None,
) -> str:
    if conversation is not None:
        tx.conversation(workspace, conversation)
    if page != NOTHING:
        found = page_of(tx.articles(workspace), page)
        if found is None:
            raise Invalid("There is no page with this address or title.", "page")
        page = name_of(found)
    known = {case.question for case in tx.cases(workspace)}
    if question not in known and len(known) >= MOST_CASES:
        raise Invalid(f"At most {MOST_CASES} cases fit. Remove some first.", "question")
    return tx.save_case(workspace, question, page, app.clock(), conversation, seq)


async def remove_case(app: App, workspace: WorkspaceId, id: str) -> None:
    """Raises NotFound."""
    if not await app.store.write(lambda tx: tx.remove_case(workspace, id)):
        raise NotFound("There is no such case.")


async def run_cases(app: App, workspace: WorkspaceId) -> list[Case]:
    """Ask each question now, without a language model, and keep how it ended. No shopper and no report sees it."""
    if not await app.store.read(lambda tx: tx.cases(workspace)):
        return []
    await load_knowledge(app, workspace)
    await app.agent.settle(workspace)
    shop, cases, articles, judged = await app.store.read(
        lambda tx: (tx.workspace(workspace), tx.cases(workspace), tx.articles(workspace), tx.judged(workspace))
    )
    usable = [each for each in articles if not each.excluded]
    cut = cut_for(shop.sureness.target, judged)
    ended: dict[str, Verdict] = {}
    for case in cases:
        turn = Turn(case.question, None, (), in_language(shop.locale), shop.rules, cut)
        right = page_of(usable, case.page) if case.page != NOTHING else None
        verdict = verdict_of(case.page, right.id if right else None, await app.agent.think(workspace, turn))
        if verdict is not None:
            ended[case.id] = verdict
    await app.store.write(lambda tx: tx.keep_verdicts(workspace, ended, app.clock()))
    return await app.store.read(lambda tx: tx.cases(workspace))
