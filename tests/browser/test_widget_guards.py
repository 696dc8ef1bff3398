"""The widget on pages that are strict, hostile or broken; what it keeps out; who can use it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.mall import Mall, Visit
from tests.browser.test_widget_journeys import CLOSED, to, unsure
from tests.flows.shop import ANSWERABLE, UNANSWERABLE
from warmline.domain.ids import ConversationId

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser_widget")]

AXE = Path(__file__).parents[2] / "widget" / "node_modules" / "axe-core" / "axe.min.js"
LOOKS = """(query) => {
  const host = document.querySelector("warmline-chat");
  const of = (each) => {
    const style = getComputedStyle(each);
    const box = each.getBoundingClientRect();
    return [each.className || each.localName, box.width, box.height, style.color, style.backgroundColor, style.fontSize,
      style.letterSpacing, style.textTransform, style.lineHeight, style.opacity, style.visibility, style.filter,
      style.transform, style.pointerEvents, style.textAlign].join(" ");
  };
  return [of(host), ...[...host.shadowRoot.querySelectorAll(query)].map(of)];
}"""
LOOKED_AT = ".launch, .panel, header *, .told, .bubble, .picks button, textarea, .send"


@pytest.mark.parametrize("script", ["widget.js", "widget.single.js"])
async def test_a_strict_page_with_trusted_types_has_nothing_to_complain_about(mall: Mall, script: str) -> None:
    visit = await mall.visit(await mall.shop(("zendesk",), **to("zendesk")), "strict", script=script)
    await visit.page.evaluate(
        "window.reports = []; addEventListener('securitypolicyviolation', e => reports.push(e.violatedDirective))"
    )
    await visit.open()
    await visit.say(UNANSWERABLE)
    await visit.button("Yes, pass it on").click()
    await visit.chat.locator("#email").fill("anna@example.com")
    await visit.button("Continue").click()
    await visit.sees("Done. Our team has your question", 15)
    # The shop's own page has a style attribute and a link rel=icon that its policy refuses; ours add nothing.
    ours = [each for each in visit.complaints if "style" not in each and "data:," not in each]
    assert ours == []
    assert await visit.page.evaluate("reports") == []
    panel = visit.chat.get_by_role("dialog")
    assert await panel.evaluate("each => getComputedStyle(each).display") == "flex", "the styles arrived"


async def test_a_hostile_style_sheet_changes_nothing(mall: Mall) -> None:
    shop = await mall.shop()
    looks: list[Any] = []
    for kind in ("plain", "hostile"):
        visit = await mall.visit(shop, kind)
        closed = await visit.page.evaluate(LOOKS, LOOKED_AT)
        await visit.open()
        await visit.sees("Hi! Ask me about orders")
        await visit.page.mouse.move(5, 5)
        looks.append(closed + await visit.page.evaluate(LOOKS, LOOKED_AT))
    assert looks[0] == looks[1]


async def test_without_storage_it_still_talks(mall: Mall) -> None:
    shop = await mall.shop()
    context = await mall.browser.new_context(locale="en-GB")
    context.set_default_timeout(25_000)
    await context.add_init_script(
        """for (const name of ["localStorage", "sessionStorage"]) Object.defineProperty(window, name, {
             get() { throw new DOMException("no", "SecurityError"); } });
           window.BroadcastChannel = class { constructor() { throw new DOMException("no", "SecurityError"); } };"""
    )
    visit = await mall.visit(shop, context=context)
    await visit.open()
    await visit.say(ANSWERABLE)
    await visit.sees("60 days")
    assert visit.complaints == []


async def test_a_blocked_script_leaves_the_page_as_it_was(mall: Mall) -> None:
    visit = await mall.visit(await mall.shop(), "blocked")
    await expect(visit.page.get_by_role("heading", name="Tents")).to_be_visible()
    assert await visit.chat.count() == 0
    assert not [each for each in visit.complaints if each.startswith("thrown")]


async def test_a_panel_that_cannot_be_fetched_is_told_and_tried_again(mall: Mall) -> None:
    visit = await mall.visit(await mall.shop())
    mall.wire.down()
    await visit.button("Open chat").click()
    await visit.sees("The chat could not be loaded. Try again.")
    mall.wire.up = True
    await visit.open()
    assert not [each for each in visit.complaints if each.startswith("thrown")]


async def test_a_foreign_page_and_a_wrong_key_get_no_chat_and_no_harm(mall: Mall) -> None:
    shop = await mall.shop()
    foreign = await mall.visit(shop, origin=f"http://127.0.0.1:{mall.port}")
    wrong = await mall.visit("pk_nobody")
    # A foreign page may not even learn why.
    for visit, told in ((foreign, "The chat could not be loaded."), (wrong, "The chat is not available on this page.")):
        await visit.button("Open chat").click()
        await visit.sees(told)
        await visit.button("Close chat").click()
        await visit.page.get_by_role("button", name="Buy").click()
        assert not [each for each in visit.complaints if each.startswith("thrown")]


async def test_pasted_twice_it_runs_once(mall: Mall) -> None:
    visit = await mall.visit(await mall.shop(), "twice")
    await visit.open()
    assert await visit.chat.count() == 1 and visit.complaints == []


async def test_commands_before_and_after_loading(mall: Mall) -> None:
    shop = await mall.shop()
    visit = await mall.visit(shop, "commands", attributes='data-launcher="none"')
    assert await visit.chat.locator(".launch").count() == 0
    await visit.page.get_by_role("link", name="Ask us").click()
    await visit.say(ANSWERABLE)
    await visit.sees("60 days")
    await visit.page.evaluate("warmline('close')")
    await expect(visit.chat.get_by_role("dialog")).to_have_count(0)
    await visit.page.evaluate("warmline('open')")
    await visit.sees("60 days")
    await visit.page.evaluate("warmline('hide')")
    await expect(visit.chat).to_be_hidden()
    await visit.page.evaluate("warmline('show')")
    await visit.sees("60 days")
    assert {"open", "close", "message"} <= set(await visit.page.evaluate("heard"))
    assert not [each for each in visit.complaints if each.startswith("thrown")]
    page = (
        await mall.town.machine.app.store.read(
            lambda tx: tx.conversation(shop.workspace, ConversationId(_id)).page_title
        )
        if (_id := (await visit.token(shop.site))["id"])
        else None
    )
    assert page == "Tent 7"


async def test_hidden_on_chosen_paths_and_open_from_the_start(mall: Mall) -> None:
    shop = await mall.shop()
    hidden = await mall.visit(shop, attributes='data-hide-on="/check*,/pla*"')
    await expect(hidden.chat).to_be_hidden()
    opened = await mall.visit(shop, attributes="data-open")
    await expect(opened.composer).to_be_visible()


async def test_keys_alone_are_enough_and_a_composed_word_is_not_sent(mall: Mall) -> None:
    shop = await mall.shop()
    await shop.teammate()
    visit = await mall.visit(shop)
    page = visit.page
    launcher = visit.button("Open chat")
    await launcher.focus()
    await page.keyboard.press("Enter")
    await expect(visit.composer).to_be_focused()
    await page.keyboard.type("first line")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("second")
    await visit.composer.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    assert await visit.composer.input_value() == "first line\nsecond"
    await visit.composer.fill("")
    await page.keyboard.type(UNANSWERABLE)
    await page.keyboard.press("Enter")
    await expect(visit.button("Yes, connect me")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(visit.chat.locator("#email")).to_be_focused()
    await page.keyboard.type("anna@example.com")
    await page.keyboard.press("Enter")
    await visit.sees("Your question is with our team.")
    await page.keyboard.press("Escape")
    await expect(launcher).to_be_focused()


async def test_a_phone_shows_it_over_the_whole_screen_and_keeps_the_focus_in(mall: Mall) -> None:
    visit = await mall.visit(
        await mall.shop(),
        "polish",
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        locale="pl-PL",
    )
    await visit.open("Otwórz czat")
    panel = visit.chat.get_by_role("dialog")
    assert await panel.bounding_box() == {"x": 0, "y": 0, "width": 390, "height": 844}
    assert await panel.get_attribute("aria-modal") == "true"
    assert await visit.page.evaluate("getComputedStyle(document.documentElement).overflow") == "hidden"
    for _ in range(12):
        await visit.page.keyboard.press("Tab")
        assert await visit.page.evaluate("document.activeElement.localName") == "warmline-chat"
    await visit.button("Zamknij czat").click()
    assert await visit.page.evaluate("getComputedStyle(document.documentElement).overflow") != "hidden"


@pytest.mark.parametrize("width", [320, 390])
async def test_nothing_scrolls_sideways(mall: Mall, width: int) -> None:
    visit = await unsure(mall, await mall.shop(), viewport={"width": width, "height": 640})
    await visit.say("x" * 300 + " https://shop.example/" + "y" * 200)
    await visit.sees("xxxxx")
    wide = await visit.page.evaluate(
        """() => [...document.querySelector("warmline-chat").shadowRoot.querySelectorAll(".panel, .log, .slot, header")]
             .filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.className)"""
    )
    assert wide == []
    small = await visit.page.evaluate(
        """() => [...document.querySelector("warmline-chat").shadowRoot.querySelectorAll(".panel button")]
             .map((each) => [each.textContent || each.ariaLabel, each.getBoundingClientRect().height])
             .filter(([name, height]) => height < 37.9)"""
    )
    assert small == []


async def test_right_to_left_mirrors_the_panel(mall: Mall) -> None:
    visit = await mall.visit(await mall.shop(), "rtl")
    await visit.open()
    await visit.say(ANSWERABLE)
    await visit.sees("60 days")
    panel = await visit.chat.get_by_role("dialog").bounding_box()
    mine = await visit.chat.locator(".me .bubble").first.bounding_box()
    theirs = await visit.chat.locator(".ai .bubble").first.bounding_box()
    close = await visit.button("Close chat").bounding_box()
    assert panel and mine and theirs and close
    assert panel["x"] == 24 and mine["x"] < theirs["x"] and close["x"] < 60


async def states(mall: Mall, scheme: str, **more: Any) -> list[tuple[str, Visit]]:
    """A visit in each of the states that look different."""
    screen: dict[str, Any] = {"color_scheme": scheme} | more
    found = []
    live = await mall.shop()
    marta = await live.teammate()
    visit = await mall.visit(live, **screen)
    await visit.open()
    await visit.say(ANSWERABLE)
    await visit.sees("Did this help?")
    found.append(("answer", visit))
    offer = await unsure(mall, live, **screen)
    found.append(("offer", offer))
    form = await unsure(mall, live, **screen)
    await form.button("Yes, connect me").click()
    await form.chat.locator("#email").fill("anna@")
    await form.button("Continue").click()
    await form.sees("This address looks incomplete.")
    found.append(("form", form))
    person = await mall.visit(live, **screen)
    await person.open()
    await person.button("Talk to a person").click()
    await person.button("Continue without e-mail").click()
    await person.sees("Your question is with our team.")
    id = (await person.token(live.site))["id"]
    await marta.post(f"/conversations/{id}/accept")
    await marta.post(f"/conversations/{id}/reply", {"text": "Hello!"})
    await person.sees("Hello!")
    found.append(("person", person))
    away = await unsure(mall, await mall.shop(**CLOSED), **screen)
    await away.button("Yes, pass it on").click()
    await away.chat.locator("#email").fill("anna@example.com")
    await away.button("Continue").click()
    await away.sees("Our team is away")
    found.append(("away", away))
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing(mall: Mall, scheme: str) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: `npm ci` in widget/ brings it")
    for name, visit in await states(mall, scheme):
        await visit.page.mouse.move(5, 5)
        assert await violations(visit.page) == [], name


async def test_forced_colours_draw_the_edges_and_axe_finds_nothing(mall: Mall) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: `npm ci` in widget/ brings it")
    visit = await unsure(mall, await mall.shop(), forced_colors="active")
    assert await violations(visit.page) == []
    for part in (".panel", ".bubble", ".first"):
        width = await visit.chat.locator(part).first.evaluate("each => getComputedStyle(each).borderTopWidth")
        assert width == "1px", part


async def violations(page: Page) -> list[str]:
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    found = await page.evaluate(
        """async () => (await axe.run(document.querySelector("warmline-chat"))).violations
             .map((each) => [each.id, each.nodes.map((node) => [node.target.join(" "), node.failureSummary])])"""
    )
    return [json.dumps(each) for each in found]
