"""One call to the language model: within the day's budget, and watched, so that a model that fails is left alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

from warmline.actions.app import App
from warmline.agent.base import Writer
from warmline.domain.ids import ConversationId, fresh
from warmline.domain.model import Spent, affordable
from warmline.domain.workspace import Workspace
from warmline.errors import ModelError
from warmline.store.base import Transaction

log = logging.getLogger(__name__)

DAY = timedelta(days=1)
Told = TypeVar("Told")


async def call_model(
    app: App,
    writer: Writer,
    shop: Workspace,
    price: int,
    call: Callable[[], Awaitable[Told]],
    said: Callable[[Told], tuple[Spent, str]],
    conversation: ConversationId | None = None,
) -> Told:
    """What `call` returns; `said` tells what it has cost and how it went. `price` is the most that it can cost.

    Raises ModelError when it fails, and when the day's budget would not hold it. A call that is cut, as by a take-over,
    stays in the books at its highest price.
    """
    id = fresh("call")
    if not await app.store.write(lambda tx: _reserve(tx, app, shop, id, price, app.clock(), conversation)):
        log.warning("the model's budget of the day is spent")
        raise ModelError("the budget of the day is spent", again=False)
    now = asyncio.get_running_loop().time
    writer.breaker = writer.breaker.tried(now())
    try:
        told = await call()
    except ModelError as error:
        writer.breaker = writer.breaker.failed(now())
        log.warning("the model failed: %s", error)
        lost = Spent() if error.free else None
        await app.store.write(lambda tx: tx.end_call(id, lost, "failed"))
        raise
    writer.breaker = writer.breaker.worked()
    spent, outcome = said(told)
    await app.store.write(lambda tx: tx.end_call(id, spent, outcome))
    return told


def _reserve(
    tx: Transaction, app: App, shop: Workspace, id: str, price: int, now: datetime, conversation: ConversationId | None
) -> bool:
    _, spent = tx.spent_since(shop.id, now - DAY)
    if app.writer is None or not affordable(spent.micros, price, shop.limits.model_cents_per_day):
        return False
    tx.begin_call(shop.id, id, now, conversation=conversation, model=app.writer.name, price=price)
    return True
