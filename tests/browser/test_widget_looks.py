"""How the widget looks where that is hard: a shop's own colours, small and zoomed screens, less motion, few colours."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Locator, expect

from tests.browser.mall import Mall, Visit
from tests.browser.test_widget_guards import AXE, states, violations
from tests.browser.test_widget_journeys import the_id, unsure
from tests.flows.shop import ANSWERABLE
from tests.widget.test_files import luminance

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser_widget")]

PARTIAL = ".group[aria-hidden=true] .bubble"
STANDS = """node => { const at = node.getBoundingClientRect(), group = node.closest(".group").getBoundingClientRect();
  return [at.left, at.top - group.top]; }"""
"""Where a bubble stands in its group."""
COLOURS = """() => {
  const root = document.querySelector("warmline-chat").shadowRoot;
  const of = (query) => getComputedStyle(root.querySelector(query));
  const mixed = (colour) => { const probe = root.appendChild(document.createElement("i"));
    probe.style.color = `color-mix(in srgb, ${colour}, ${colour})`; const found = getComputedStyle(probe).color;
    probe.remove(); return found; };
  const pair = (text, ground) => [mixed(text), mixed(ground)];
  return { launcher: pair(of(".launch").color, of(".launch").backgroundColor),
    me: pair(of(".me .bubble").color, of(".me .bubble").backgroundColor),
    yes: pair(of(".first").color, of(".first").backgroundColor),
    person: pair(of(".person").color, of(".panel").backgroundColor) };
}"""


def ratio(pair: list[str]) -> float:
    """The contrast of two colours as `color(srgb r g b)`."""
    light, dark = sorted((luminance(_hex(each)) for each in pair), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _hex(colour: str) -> str:
    parts = re.findall(r"-?[\d.]+(?:e-\d+)?", colour.partition("srgb")[2])[:3]
    return "#" + "".join(f"{round(255 * min(max(float(part), 0), 1)):02x}" for part in parts)


async def dressed(mall: Mall, style: str, scheme: str) -> Visit:
    """A visit at the offer, in the shop's own colours."""
    visit = await mall.visit(await mall.shop(), color_scheme=scheme)
    await visit.page.add_style_tag(content=f"warmline-chat {{ {style} }}")
    await visit.open()
    await visit.say("Do you sell sunglasses for astronauts who ride purple elephants?")
    await visit.sees("I don't have a reliable answer")
    await visit.page.mouse.move(5, 5)
    return visit


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "style",
    [
        "--warmline-accent: #ffe14d; --warmline-on-accent: #fff",
        "--warmline-accent: yellow",
        "--warmline-accent: #101010; --warmline-on-accent: #222",
        "--warmline-accent: oklch(0.9 0.15 110); --warmline-on-accent: white",
        "--warmline-accent: rgb(128 128 128); --warmline-on-accent: rgb(140 140 140)",
    ],
)
async def test_a_pair_of_colours_that_cannot_be_read_gives_way_to_one_that_can(
    mall: Mall, style: str, scheme: str
) -> None:
    visit = await dressed(mall, style, scheme)
    found = {name: round(ratio(pair), 2) for name, pair in (await visit.page.evaluate(COLOURS)).items()}
    assert {name: each for name, each in found.items() if each < 4.45} == {}, found


async def test_a_pair_that_can_be_read_is_the_shops_own_and_so_is_the_rest(mall: Mall) -> None:
    visit = await dressed(
        mall,
        "--warmline-accent: #7a1fa2; --warmline-on-accent: #fff8e1; --warmline-radius: 2px; --warmline-offset-x: 60px;"
        " --warmline-offset-y: 70px; --warmline-z: 77; --warmline-font: Georgia, serif",
        "light",
    )
    found = await visit.page.evaluate(
        """() => { const host = document.querySelector("warmline-chat"); const root = host.shadowRoot;
             const style = (query) => getComputedStyle(root.querySelector(query));
             const box = root.querySelector(".panel").getBoundingClientRect();
             return [style(".first").backgroundColor, style(".first").color, style(".person").color,
               style(".bubble").borderTopRightRadius, getComputedStyle(host).zIndex, style("textarea").fontFamily,
               document.documentElement.clientWidth - box.right, innerHeight - box.bottom]; }"""
    )
    purple = "rgb(122, 31, 162)"
    assert found == [purple, "rgb(255, 248, 225)", purple, "2px", "77", "Georgia, serif", 60, 70]


async def test_an_answer_in_the_making_is_shown_to_the_eye_and_enters_the_log_once(
    mall: Mall, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The frames that a model will cause, told by the live channel as it will tell them, while the agent thinks."""
    app, go_on = mall.town.machine.app, asyncio.Event()
    think = app.agent.think

    async def slowly(*what: Any) -> Any:
        await go_on.wait()
        return await think(*what)

    monkeypatch.setattr(app.agent, "think", slowly)
    shop = await mall.shop()
    visit = await mall.visit(shop)
    await visit.open()
    await visit.say(ANSWERABLE)
    await expect(visit.chat.locator(".dots").first).to_be_visible()
    id = await the_id(visit, shop)
    partial = visit.chat.locator(PARTIAL)
    for text in ("You may return", "You may return anything <b>that</b> you bought"):
        await until_shown(app, id, text, partial)
    group = visit.chat.locator(".group[aria-hidden=true]")
    await expect(group.locator(".name")).to_have_text(re.compile(r"^Shop \d+\s*AI"))
    await expect(group.locator(".face svg")).to_have_count(1)
    assert await group.count() == 1, "a reader hears the whole answer, once"
    drafted = await partial.evaluate(STANDS)
    assert await visit.chat.locator(".dots").count() == 0
    go_on.set()
    await visit.sees("60 days")
    await expect(partial).to_have_count(0)
    assert sum("60 days" in each for each in await visit.bubbles()) == 1
    assert await visit.chat.locator(".group.ai .bubble").last.evaluate(STANDS) == drafted, "it jumped"
    # A frame that comes late draws no second answer.
    await app.live.tell(id, {"kind": "partial", "by": "agent", "reply_to": 3, "text": "A ghost"})
    await visit.say("Thanks!")
    await visit.sees("You're welcome.")
    assert "A ghost" not in " ".join(await visit.bubbles())


async def until_shown(app: Any, id: str, text: str, partial: Locator) -> None:
    """A frame is a hint and may meet no open stream: a model sends the next one."""
    async with asyncio.timeout(25):
        while await partial.count() == 0 or await partial.text_content() != text:
            await app.live.tell(id, {"kind": "partial", "by": "agent", "reply_to": 3, "text": text})
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("width", [320, 640])
async def test_two_hundred_per_cent_zoom_and_narrow_screens_scroll_down_only(mall: Mall, width: int) -> None:
    """Zoom is a smaller viewport with more device pixels: 1280 x 800 at 200 % is 640 x 400."""
    for name, visit in await states(mall, "light", viewport={"width": width, "height": 400}, device_scale_factor=2):
        found = await visit.page.evaluate(
            """() => { const root = document.querySelector("warmline-chat").shadowRoot;
                 const wide = [...root.querySelectorAll(".panel, .log, .slot, header, .composer")]
                   .filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.className);
                 const panel = root.querySelector(".panel").getBoundingClientRect();
                 const foot = root.querySelector(".composer") ?? root.querySelector(".panel");
                 foot.scrollIntoView({ block: "end" });
                 const send = foot.getBoundingClientRect();
                 return [wide, panel.left >= 0 && panel.right <= innerWidth, send.bottom <= innerHeight + 1,
                   root.querySelector(".log").clientHeight]; }"""
        )
        assert found[:3] == [[], True, True], name
        assert found[3] >= 40, f"{name}: there is room to read"
        await visit.page.context.close()
        mall.visits.remove(visit)


async def test_less_motion_moves_nothing_and_motion_is_short(mall: Mall) -> None:
    moving = """() => [...document.querySelector("warmline-chat").shadowRoot.querySelectorAll(".panel, .panel *")]
      .flatMap((each) => ["", "::before", "::after"].map((part) => getComputedStyle(each, part)))
      .filter((style) => style.animationName !== "none" || parseFloat(style.transitionDuration) > 0)
      .map(({ animationName, animationDuration, animationIterationCount }) =>
        [animationName, parseFloat(animationDuration) * 1000, animationIterationCount])"""
    shop = await mall.shop()
    calm = await unsure(mall, shop, reduced_motion="reduce")
    assert await calm.page.evaluate(moving) == []
    lively = await unsure(mall, shop, reduced_motion="no-preference")
    found = await lively.page.evaluate(moving)
    assert found, "the panel rises"
    assert [each for each in found if each[1] > 180 and each[2] == "1"] == []


async def test_forced_colours_in_every_state(mall: Mall) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: `npm ci` in widget/ brings it")
    for name, visit in await states(mall, "dark", forced_colors="active"):
        await visit.page.mouse.move(5, 5)
        assert await violations(visit.page) == [], name
        edgeless = await visit.page.evaluate(
            """() => [...document.querySelector("warmline-chat").shadowRoot
                 .querySelectorAll(".panel, .bubble, .panel button:not(.text, .read), .composer, input")]
                 .filter((each) => { const style = getComputedStyle(each);
                   return style.borderTopWidth === "0px" || style.borderTopColor === style.backgroundColor; })
                 .map((each) => each.className || each.localName)"""
        )
        assert edgeless == [], name


@pytest.mark.parametrize("lang", ["en", "pl"])
async def test_right_to_left_pages_mirror_every_state(mall: Mall, lang: str) -> None:
    """The panel stands at the page's end; who speaks which language speaks it in its own direction."""
    shop = await mall.shop()
    await shop.teammate()
    visit = await mall.visit(shop, "rtl", attributes=f'data-lang="{lang}"')
    await visit.open({"en": "Open chat", "pl": "Otwórz czat"}[lang])
    panel = await visit.chat.get_by_role("dialog").bounding_box()
    assert panel and panel["x"] == 24
    assert await visit.chat.locator(".place").get_attribute("dir") == "ltr", "the words of the chat run to the right"
    plain = await mall.visit(shop, "rtl")
    await plain.open()
    await plain.button("Talk to a person").click()
    await plain.button("Continue without e-mail").click()
    await plain.sees("Your question is with our team.")
    badge = await plain.chat.locator(".card .badge").bounding_box()
    text = await plain.chat.locator(".card strong").bounding_box()
    field = await plain.composer.bounding_box()
    send = await plain.button("Send").bounding_box()
    assert badge and text and field and send
    assert badge["x"] > text["x"] and send["x"] < field["x"]
    wide: list[Any] = await plain.page.evaluate(
        """() => [...document.querySelector("warmline-chat").shadowRoot.querySelectorAll(".panel, .log, header")]
             .filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.className)"""
    )
    assert wide == []
