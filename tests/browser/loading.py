"""How long a page's main thread is held up while it loads on a slow phone, and while the chat is opened there."""

from __future__ import annotations

from dataclasses import dataclass

from tests.browser.mall import Mall
from tests.flows.shop import Shop

SLOWER = 4
_WATCH = """window.held = []; new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) held.push([entry.startTime, entry.duration]);
}).observe({ type: "longtask", buffered: true });"""


@dataclass(frozen=True)
class Held:
    """The longest task in milliseconds; browsers report those above 50 only, so 0 means none."""

    loading: float
    opening: float


async def held_up(mall: Mall, shop: Shop, kind: str) -> Held:
    """One load of a shop's page on a phone of a quarter of this machine's speed. `bare` has no widget."""
    context = await mall.browser.new_context(
        viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True, locale="en-GB"
    )
    context.set_default_timeout(60_000)
    try:
        await context.add_init_script(_WATCH)
        page = await context.new_page()
        session = await context.new_cdp_session(page)
        await session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        await page.goto(f"{mall.origin}/{kind}?site={shop.site}", wait_until="load")
        await page.wait_for_timeout(700)
        loading = max(await page.evaluate("held.splice(0).map(([, duration]) => duration)"), default=0)
        if kind != "bare":
            await page.locator("warmline-chat").get_by_role("button", name="Open chat").tap()
            await page.locator("warmline-chat").get_by_role("log").wait_for()
        await page.wait_for_timeout(700)
        opening = max(await page.evaluate("held.splice(0).map(([, duration]) => duration)"), default=0)
        return Held(loading, opening)
    finally:
        await context.close()
