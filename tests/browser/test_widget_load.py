"""The widget holds up nobody's page: no long task on a slow phone (DESIGN.md section 6)."""

from __future__ import annotations

import pytest

from tests.browser.loading import held_up
from tests.browser.mall import Mall

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser_widget")]

TRIES = 12


async def test_no_long_task_when_the_widget_loads_on_a_slow_phone(mall: Mall) -> None:
    """The best of several loads: what else this machine does makes tasks longer, and nothing makes them shorter."""
    shop = await mall.shop()
    without = await held_up(mall, shop, "bare")
    seen = []
    for _ in range(TRIES):
        seen.append(await held_up(mall, shop, "plain"))
        if min(each.loading for each in seen) <= max(50, without.loading):
            break
    print(f"the page alone {without}; with the widget {seen}")
    assert min(each.loading for each in seen) <= max(50, without.loading), seen
    # The shopper's own press opens the panel; what that takes is printed by bench.widget. Here only a hang is a fault.
    assert min(each.opening for each in seen) <= 400, seen


async def test_a_page_that_is_held_up_is_noticed(mall: Mall) -> None:
    """The measure itself: a script that works for long is seen, so that the test above can fail."""
    shop = await mall.shop()
    context = await mall.browser.new_context()
    page = await context.new_page()
    await page.goto(f"{mall.origin}/bare?site={shop.site}")
    found = await page.evaluate(
        """() => new Promise((done) => {
             new PerformanceObserver((list) => done(list.getEntries()[0].duration)).observe({ type: "longtask" });
             setTimeout(() => { const end = performance.now() + 80; while (performance.now() < end); });
           })"""
    )
    await context.close()
    assert found >= 80
