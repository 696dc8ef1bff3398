"""Where the shop's widget was seen: in memory at each call, in the store now and then."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from starlette.requests import Request

from warmline.actions.see_widget import see_widget
from warmline.domain.workspace import Workspace
from warmline.errors import Unavailable
from warmline.store.console import Sighting
from warmline.web.access import door_of
from warmline.web.door import Door

log = logging.getLogger(__name__)

WRITE_EVERY = timedelta(minutes=5)
MOST = 10_000


async def widget_seen(request: Request, workspace: Workspace) -> None:
    """A call that names no page's origin, or our own, tells nothing."""
    door, origin = door_of(request), request.headers.get("origin")
    if origin is None or origin == door.own_origin:
        return
    now, key = door.app.clock(), (workspace.id, origin)
    before = door.sightings.get(key)
    if before is None and len(door.sightings) >= MOST:
        door.sightings.clear()
    door.sightings[key] = now
    # Minutes on the clock, so that a busy shop writes as rarely as a quiet one.
    if before is None or _slot(before) != _slot(now):
        try:
            await see_widget(door.app, workspace.id, origin)
        except Unavailable:
            log.warning("a sighting of the widget could not be stored")


def latest(door: Door, workspace: Workspace, stored: Sequence[Sighting]) -> list[Sighting]:
    """What this process saw and what is stored, each origin once, the latest first."""
    known = {each.origin: each.at for each in stored}
    for (shop, origin), at in door.sightings.items():
        if shop == workspace.id:
            known[origin] = max(at, known.get(origin, at))
    return sorted((Sighting(origin, at) for origin, at in known.items()), key=lambda each: each.at, reverse=True)


def _slot(at: datetime) -> int:
    return int(at.timestamp() // WRITE_EVERY.total_seconds())
