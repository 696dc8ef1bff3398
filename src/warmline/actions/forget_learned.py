"""Forget what the agent noted of a conversation and learned from it: part of erasing it, and of use by itself.

The shopper's words stand in more places than the messages: in the trace of each turn (with what a model searched for),
in judgements, in phrasings that were taken from them, in saved cases, and in the vectors of those phrasings.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from warmline.actions.app import App
from warmline.domain.effect import Effect, EffectKind
from warmline.domain.ids import ConversationId, WorkspaceId
from warmline.store.base import Transaction


async def forget_learned(app: App, workspace: WorkspaceId, conversation: ConversationId) -> Mapping[str, int]:
    """How many notes, judgements, phrasings and cases went. From the next question on the agent answers without them.

    The messages stay, and what the model's calls have cost, without the conversation. Raises NotFound.
    """
    return await app.store.write(partial(_forget, app, workspace, conversation))


def _forget(app: App, workspace: WorkspaceId, conversation: ConversationId, tx: Transaction) -> Mapping[str, int]:
    tx.conversation(workspace, conversation)
    gone = tx.forget_learned(workspace, conversation)
    if gone["phrasings"]:
        tx.raise_knowledge(workspace)
        # Reading the knowledge anew lets go of the vectors of words that are no phrasings any more.
        tx.owe(workspace, Effect(EffectKind.ENCODE, f"encode:{workspace}"), app.clock())
    return gone
