"""T13: every nasty text through every way into the widget, on a page with a strict policy and Trusted Types."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.browser.mall import Mall, Visit
from tests.browser.test_widget_journeys import kept
from tests.fixtures.attacks import texts
from tests.flows.shop import Shop, Shopper
from warmline.domain.message import SYSTEM, THE_AGENT, VISITOR, Author, AuthorKind, Message
from warmline.store.base import Transaction

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser_widget")]

NOTICES = ("queued", "auto_reply", "away", "ticket", "saved", "custom", "joined", "handback", "of a later version")
STRANGE = """script, img, iframe, object, embed, base, link, meta, video, audio, svg svg, math, form[action],
  [onerror], [onload], [onclick], [onmouseover], [onfocus], [style*=url], [srcdoc], [src]"""


def samples() -> list[str]:
    """All of the collection that the store takes: no NUL, no half characters, none that is empty."""
    found = [each.replace("\x00", "").encode("utf-8", "ignore").decode() for each in texts("xss", "nasty_strings")]
    return [each[:2000] for each in found if each.strip()]


async def strict(mall: Mall, shop: Shop, shopper: Shopper) -> Visit:
    """A page with the strictest policy, where this conversation goes on."""
    visit = await mall.visit(shop, "strict")
    await visit.page.evaluate(
        "([site, kept]) => localStorage.setItem(`warmline:${site}`, JSON.stringify(kept))", [shop.site, kept(shopper)]
    )
    await visit.page.context.add_init_script(
        "window.reports = []; addEventListener('securitypolicyviolation', (e) =>"
        " e.violatedDirective.startsWith('style') || reports.push([e.violatedDirective, e.blockedURI]))"
    )
    await visit.page.reload()
    visit.requests.clear()
    return visit


async def unharmed(visit: Visit) -> None:
    """No script, no dialog, no foreign request, no report, no element that the widget does not draw."""
    assert visit.dialogs == [] and visit.foreign() == []
    assert [each for each in await visit.page.evaluate("reports") if not str(each[1]).startswith("data")] == []
    root = visit.chat.locator(".place")
    assert await root.locator(STRANGE).count() == 0
    links = await root.locator("a").evaluate_all("all => all.map((each) => [each.protocol, each.rel, each.target])")
    assert {protocol for protocol, _, _ in links} <= {"http:", "https:", "mailto:"}
    assert {(rel, target) for _, rel, target in links} <= {("noopener noreferrer", "_blank")}
    assert not [each for each in visit.complaints if each.startswith("thrown")]


def lines(text: str, n: int) -> list[Message]:
    """This text as whatever the log may hold."""
    mark = (text[:100].strip() or "x")[:100]
    return [
        Message(VISITOR, text),
        Message(Author(AuthorKind.TEAMMATE, mark, None), text),
        Message(THE_AGENT, text, sources=({"title": text, "url": text}, {"title": None, "url": text})),
        Message(SYSTEM, text, notice=NOTICES[n % len(NOTICES)], links=({"label": mark, "url": text},)),
    ]


async def test_t13_every_line_of_the_log(mall: Mall) -> None:
    shop = await mall.shop()
    shopper = await shop.shopper(page={"url": "https://shop.example/", "title": samples()[0][:300]})
    every = samples()

    def save(tx: Transaction) -> None:
        conversation = tx.conversation(shop.workspace, shopper.id)  # type: ignore[arg-type]  # an id as text
        for n, text in enumerate(every):
            for message in lines(text, n):
                conversation.say(message, shop.town.clock())
        conversation.say(
            Message(THE_AGENT, "?", choices=tuple({"label": each, "text": each} for each in every[:200])),
            shop.town.clock(),
        )
        tx.save(conversation)

    await shop.town.machine.app.store.write(save)
    visit = await strict(mall, shop, shopper)
    # The closed launcher shows the last of them.
    await visit.chat.locator(".preview").wait_for(timeout=60_000)
    await visit.open()
    await visit.page.wait_for_function(
        "(n) => document.querySelector('warmline-chat').shadowRoot.querySelectorAll('.me .bubble').length >= n",
        arg=len(every),
        timeout=60_000,
    )
    shown = await visit.chat.locator(".me .bubble").all_text_contents()
    assert shown == every, "text for text"
    await unharmed(visit)


async def test_t13_what_the_shop_and_the_moment_say(mall: Mall) -> None:
    every = samples()
    shop = await mall.shop()
    await shop.change(
        workspace={
            "name": '"><img src=x onerror=alert(1)>',
            "site": shop.site,
            "origins": [mall.origin],
            "greeting": {"en": "".join(each[:40] for each in every)[:900]},
            "starters": [each[:100] for each in every if "<" in each][:4],
        }
    )
    fresh = await mall.visit(shop, "strict")
    await fresh.page.evaluate("window.reports = []")
    await fresh.open()
    await fresh.sees('"><img src=x onerror=alert(1)>')
    await unharmed(fresh)
    shopper = await shop.shopper()
    await shop.teammate()
    await shopper.choose("request")
    await shopper.post("/email", {"skip": True})
    visit = await strict(mall, shop, shopper)
    await visit.open()
    await visit.sees("Your question is with our team.")
    live = mall.town.machine.app.live
    for text in every:
        hint: dict[str, Any] = {"kind": "typing", "by": "teammate", "name": text, "text": text, "reply_to": 1}
        await live.tell(shopper.id, hint)
        await live.tell(shopper.id, hint | {"kind": "partial", "by": "agent"})
        await asyncio.sleep(0)
    await live.tell(shopper.id, {"kind": "typing", "by": "teammate", "name": "The last one"})
    await visit.sees("The last one is typing")
    await unharmed(visit)
