"""Takes the pictures of README and guides into docs/images, from a demo that it starts: python docs/pictures.py

Needs what `./run test` installs, and a Chromium (WARMLINE_CHROMIUM or on PATH). With names of pictures it keeps only
those: python docs/pictures.py inbox.png
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

IMAGES = Path(__file__).parent / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
KNOWN = {"en": "How long do I have to send something back?", "pl": "Ile mam czasu na zwrot?"}
UNKNOWN = {"en": "Can you sew a name label into the tent bag?", "pl": "Czy wszyjecie metkę z imieniem do worka?"}
YES = {
    "en": re.compile("Yes, "),
    "pl": re.compile("Tak, "),
}
ALSO_IN_POLISH = {"widget-offer", "widget-live", "inbox", "handoff", "dashboard"}
WAIT = 60_000
"""Milliseconds, for whatever a page is waited for."""


@dataclass(frozen=True)
class Demo:
    """What the demo prints: where it is, and who may sign in."""

    server: str
    shop: str
    email: str
    password: str


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        demo = subprocess.Popen(
            [sys.executable, "-m", "warmline", "demo", "--port", "0"],
            env=os.environ | {"WARMLINE_DATA": folder, "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            asyncio.run(_take(_printed(demo)))
        finally:
            demo.terminate()
            demo.wait(30)


def _printed(demo: subprocess.Popen[str]) -> Demo:
    """What the demo says once it is ready."""
    if demo.stdout is None:
        raise RuntimeError("the demo has no output")
    lines: list[str] = []
    while not any("show=waiting" in line for line in lines):
        lines.append(demo.stdout.readline())
    said = "".join(lines)
    server, shop = (re.search(rf"{name}\s+(\S+)", said) for name in ("Server", "Demo shop"))
    login = re.search(r"sign in as (\S+) with\s+(\S+)", said)
    if not (server and shop and login):
        raise RuntimeError(f"the demo printed something else:\n{said}")
    return Demo(server[1], shop[1], login[1], login[2])


async def _take(demo: Demo) -> None:
    IMAGES.mkdir(exist_ok=True)
    async with async_playwright() as driver:
        chromium = (
            os.environ.get("WARMLINE_CHROMIUM") or shutil.which("chromium-headless-shell") or shutil.which("chromium")
        )
        browser = await driver.chromium.launch(executable_path=chromium, args=FLAGS)
        await _other_methods(browser, demo)
        await _story(browser, demo, "en", "light", phone=False)
        await _story(browser, demo, "pl", "dark", phone=True)
        await browser.close()


@asynccontextmanager
async def _page(browser: Browser, lang: str, scheme: str, size: tuple[int, int]) -> AsyncIterator[Page]:
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
        locale=lang,
        reduced_motion="reduce",
    )
    page = await context.new_page()
    page.set_default_timeout(WAIT)
    yield page
    await context.close()


# The shop's page


async def _open_chat(page: Page, demo: Demo, lang: str, site: str) -> None:
    await page.goto(f"{demo.shop}/?site={site}" if lang == "en" else f"{demo.shop}/pl/pomoc?site={site}")
    await page.locator("warmline-chat button").first.click()


async def _say(page: Page, text: str) -> None:
    composer = page.locator("warmline-chat textarea")
    await composer.fill(text)
    await composer.press("Enter")


async def _accept(page: Page, lang: str, email: str) -> None:
    await page.get_by_role("button", name=YES[lang]).click()
    field = page.locator("warmline-chat input[type=email]")
    await field.fill(email)
    await field.press("Enter")


async def _other_methods(browser: Browser, demo: Demo) -> None:
    """The two ways in which the chat ends without a teammate in it."""
    async with _page(browser, "en", "light", (1280, 800)) as page:
        await _open_chat(page, demo, "en", "pk_demo_zendesk")
        await _say(page, UNKNOWN["en"])
        await _accept(page, "en", "anna@example.com")
        await page.get_by_text("Our team has your question").first.wait_for()
        await _shot(page, "widget-ticket.png")
    async with _page(browser, "en", "light", (1280, 800)) as page:
        await _open_chat(page, demo, "en", "pk_demo_message")
        await _say(page, UNKNOWN["en"])
        await page.get_by_text("These pages may").first.wait_for()
        await _shot(page, "widget-message.png")


async def _story(browser: Browser, demo: Demo, lang: str, scheme: str, *, phone: bool) -> None:
    """A shopper asks, a teammate takes over, the question gets its answer."""
    end = "" if (lang, scheme) == ("en", "light") else f"-{lang}-{scheme}"
    async with (
        _page(browser, lang, scheme, (390, 844) if phone else (1280, 800)) as chat,
        _page(browser, lang, scheme, (1440, 900)) as page,
    ):
        await _sign_in(page, demo)
        await _open_chat(chat, demo, lang, "pk_demo")
        await _say(chat, KNOWN[lang])
        await chat.locator("warmline-chat .sources a, warmline-chat .source").first.wait_for()
        await _shot(chat, f"widget-answer{end}.png")
        await _say(chat, UNKNOWN[lang])
        await chat.get_by_role("button", name=YES[lang]).wait_for()
        await _shot(chat, f"widget-offer{end}.png")
        await _accept(chat, lang, "anna@example.com")
        await chat.locator("warmline-chat .card").first.wait_for()
        await page.goto(f"{demo.server}/inbox")
        await page.locator("a[href^='/inbox/cnv_']").first.click()
        await page.locator("#thread-head").wait_for()
        await _shot(page, f"inbox{end}.png")
        await _join(page, lang)
        await chat.get_by_text("Marta").first.wait_for()
        await _shot(chat, f"widget-live{end}.png")
        await _shot(page, f"inbox-live{end}.png")
        await _settings(page, demo, end)
        await _gap(page, demo, lang, end)


# The console


async def _sign_in(page: Page, demo: Demo) -> None:
    await page.goto(f"{demo.server}/sign-in")
    await page.fill("input[type=email]", demo.email)
    await page.fill("input[type=password]", demo.password)
    await page.locator("main button[type=submit], form button[type=submit]").first.click()
    await page.wait_for_url(re.compile("/inbox"))


async def _join(page: Page, lang: str) -> None:
    reply = {
        "en": "Yes, we can: eight letters, 15 zł. Shall I add it to your order?",
        "pl": "Tak, do ośmiu liter, 15 zł. Dodać do zamówienia?",
    }[lang]
    await page.keyboard.press("a")
    await page.locator("#reply-text").fill(reply)
    await page.locator("#reply-text").press("Control+Enter")
    await page.locator("#log .said", has_text=reply[:20]).wait_for()


async def _settings(page: Page, demo: Demo, end: str) -> None:
    for path, name in (
        ("/settings/handoff", "handoff"),
        ("/settings/helpdesks/zendesk", "zendesk"),
        ("/settings/answers", "answers"),
        ("/settings/embed", "embed"),
        ("/knowledge", "knowledge"),
    ):
        await page.goto(f"{demo.server}{path}")
        await _shot(page, f"{name}{end}.png")


async def _gap(page: Page, demo: Demo, lang: str, end: str) -> None:
    """The question that nobody could answer becomes an answer."""
    await page.goto(f"{demo.server}/dashboard")
    await page.locator("a[href^='/knowledge/write']").first.wait_for()
    await _shot(page, f"dashboard{end}.png")
    if end:
        return
    await page.locator("a[href^='/knowledge/write']").first.click()
    await page.fill(
        "textarea[name=text]", "Yes, up to eight letters, for 15 zł. Tell us the name in the order's remarks."
    )
    await page.locator("form[action='/knowledge/write'] button[type=submit]").last.click()
    await page.locator("#verdict").wait_for()
    await _shot(page, "answer-written.png")


async def _shot(page: Page, name: str) -> None:
    if name.endswith("-pl-dark.png") and name.removesuffix("-pl-dark.png") not in ALSO_IN_POLISH:
        return
    if len(sys.argv) > 1 and name not in sys.argv[1:]:
        return
    await page.wait_for_timeout(700)
    await page.screenshot(path=IMAGES / name)


if __name__ == "__main__":
    main()
