"""What a server does once it is ready, so that the first page that somebody opens does not wait for it.

FastAPI works its routes out at the first request, which took half a second on the event loop. Pages are made into
code, in each language, and the last 30 days of the shops are counted: 10,000 conversations take a third of a second,
which every later view is spared anyway.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from warmline.domain.ids import WorkspaceId
from warmline.errors import WarmlineError
from warmline.store.base import Transaction
from warmline.web.console.dashboard import count_ahead
from warmline.web.console.language import TAGS
from warmline.web.console.shell import environment
from warmline.web.door import Door

log = logging.getLogger(__name__)

AFTER = 3.0
"""Seconds: whoever writes just now comes first."""
SHOPS = 20
"""A server of more shops counts the others when their Dashboard is opened."""


async def prepare(app: FastAPI, door: Door, after: float = AFTER) -> None:
    """Run it beside the server, off the event loop; it may be cancelled at any moment."""
    await asyncio.to_thread(lambda: list(iter_route_contexts(app.router.routes)))
    await asyncio.sleep(after)
    for tag in TAGS:
        for name in environment(tag).list_templates(extensions=["html"]):
            await asyncio.to_thread(environment(tag).get_template, name)
    try:
        shops = await door.app.store.read(lambda tx: [each.id for each in tx.workspaces()[:SHOPS]])
        for shop in shops:
            await door.app.store.read(partial(_count, door, shop))
    except WarmlineError as error:  # the first view counts, then
        log.info("the figures were not counted ahead: %s", error)


def _count(door: Door, shop: WorkspaceId, tx: Transaction) -> None:
    count_ahead(door.app.store, tx, tx.workspace(shop), door.app.clock())
