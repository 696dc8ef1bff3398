"""The escalation rules that the merchant wrote in words: a language model says which of them apply.

It may only name rules that stand on its list, and what follows from one is code. Without a model, or when it fails,
these rules apply to nobody, and the trace says so.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from warmline.actions.app import App
from warmline.actions.call_model import call_model
from warmline.agent.base import Brief, Writer
from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.domain.knowledge import Chatted, Failed, Replied, Thought, Turn, WantsPerson
from warmline.domain.model import Sorted
from warmline.domain.rules import Rule
from warmline.domain.wording import in_language
from warmline.domain.workspace import Workspace
from warmline.errors import ModelError

WITHIN = 4.0
"""Seconds: before the answer is worded, which must still be in time."""
MOST_TRIES = 15
"""Whoever tries a message waits for the examples of all rules, half a minute at most."""
NO_MODEL = "no language model is set up"


async def read_rules(
    app: App,
    workspace: WorkspaceId,
    turn: Turn,
    thought: Thought,
    *,
    conversation: ConversationId | None = None,
    until: float | None = None,
) -> Thought:
    """The thought with the rules in words that apply. `until` is the event loop's time at which it must be over.

    A wish for a person, a safety signal and small talk stand above all rules: then none is read. Raises nothing.
    """
    rules = [
        rule for rule in turn.rules if rule.about and rule.speaks(thought.lang) and rule not in thought.fired.rules
    ]
    if not rules or thought.fired.safety or isinstance(thought.draft, WantsPerson | Chatted | Replied | Failed):
        return thought
    if app.writer is None:
        return _noted(thought, NO_MODEL)
    now = asyncio.get_running_loop().time()
    if not app.writer.breaker.allows(now):
        return _noted(thought, "it rests after failures")
    end = now + WITHIN if until is None else min(now + WITHIN, until)
    try:
        applying = await _asked(app, app.writer, workspace, turn, thought, rules, conversation, end)
    except ModelError as error:
        return _noted(thought, str(error))
    fired = thought.fired.joined(applying, turn.rules)
    told = {"read": len(rules), "applied": [rule.name for rule in applying]}
    trace = {**thought.trace, "rules": fired.names, "rules_in_words": told}
    return replace(thought, fired=fired, trace=trace)


async def try_rules(app: App, shop: Workspace, message: str, lang: str | None = None) -> Thought:
    """What a message would trigger as the first of a conversation. Nothing is stored, and nobody is told."""
    turn = Turn(message, lang, (), in_language(shop.locale), shop.rules)
    thought = await app.agent.think(shop.id, turn)
    for _ in range(MOST_TRIES):
        if "rules_not_ready" not in thought.trace:
            break
        thought = await app.agent.think(shop.id, turn)  # each time some seconds more are spent on their examples
    return await read_rules(app, shop.id, turn, thought)


def _noted(thought: Thought, why: str) -> Thought:
    return replace(thought, trace={**thought.trace, "rules_in_words": {"why": why}})


async def _asked(
    app: App,
    writer: Writer,
    workspace: WorkspaceId,
    turn: Turn,
    thought: Thought,
    rules: list[Rule],
    conversation: ConversationId | None,
    end: float,
) -> list[Rule]:
    abouts = [rule.about or "" for rule in rules]
    brief = Brief(turn.question, thought.lang, (), turn.history)
    shop = await app.store.read(lambda tx: tx.workspace(workspace))

    async def call() -> Sorted:
        try:
            async with asyncio.timeout_at(end):
                return await writer.sort(abouts, brief)
        except TimeoutError as error:
            raise ModelError("the model was too late") from error

    told = await call_model(
        app, writer, shop, writer.price(brief, abouts), call, lambda told: (told.spent, "rules"), conversation
    )
    return [rules[number - 1] for number in told.numbers if 1 <= number <= len(rules)]
