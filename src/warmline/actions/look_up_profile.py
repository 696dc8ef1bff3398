"""Who the CRM says this shopper is: asked once for each handoff, for three seconds at most, never in the way."""

from __future__ import annotations

import asyncio
import logging

from warmline.actions.app import App
from warmline.domain.effect import OwedEffect
from warmline.domain.ids import WorkspaceId
from warmline.domain.visitor import EmailAddress
from warmline.errors import WarmlineError
from warmline.failpoints import step

log = logging.getLogger(__name__)


async def look_up_profile(app: App, workspace: WorkspaceId, email: EmailAddress) -> dict[str, str | bool | None]:
    """`known`: somebody could be asked and answered; `id`: of the profile, if there is one. The caller stores it.

    Does not raise for a CRM that is slow or broken.
    """
    integrations = await app.store.read(lambda tx: tx.integrations(workspace))
    connected = next((each for each in integrations if each.kind == "profiles"), None)
    if connected is None:
        return {"known": True, "id": None}
    try:
        async with asyncio.timeout(app.timings.profile.total_seconds()):
            asked = app.desks.profiles(workspace, connected).profile_id(email)
            found = await step("profile.look_up", asked)
    except (TimeoutError, WarmlineError) as error:
        log.warning("the profile look-up failed: %s", type(error).__name__)
        return {"known": False, "id": None}
    return {"known": True, "id": found}


async def look_up_for_inbox(app: App, effect: OwedEffect) -> None:
    """The same for a handoff that is in the Inbox already."""
    id = effect.conversation
    if id is not None:
        conversation = await app.store.read(lambda tx: tx.conversation(effect.workspace, id))
        bound = conversation.handoff.bound if conversation.handoff else None
        if bound is not None and bound.contact is not None:
            profile = await look_up_profile(app, effect.workspace, bound.contact.email)
            await app.store.write(lambda tx: tx.set_profile(id, effect.data["n"], profile))
    await app.store.write(lambda tx: tx.finish(effect))
    await app.live.tell(f"inbox:{effect.workspace}")
