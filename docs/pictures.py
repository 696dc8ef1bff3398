"""Takes the pictures of README and guides into docs/images, from a demo that it starts: python docs/pictures.py

Needs what `./run test` installs, and a Chromium (WARMLINE_CHROMIUM or on PATH).
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx
from playwright.async_api import Browser, Page, async_playwright

IMAGES = Path(__file__).parent / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
QUESTION = {"en": "Can you sew a name label into the tent bag?", "pl": "Czy wszyjecie metkę z imieniem do worka?"}
WAIT = 60.0


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


def _printed(demo: subprocess.Popen[str]) -> str:
    """What the demo says once it is ready."""
    if demo.stdout is None:
        raise RuntimeError("the demo has no output")
    lines: list[str] = []
    while not any("show=waiting" in line for line in lines):
        lines.append(demo.stdout.readline())
    return "".join(lines)


async def _take(said: str) -> None:
    server, shop = (re.search(rf"{name}\s+(\S+)", said) for name in ("Server", "Demo shop"))
    login = re.search(r"sign in as (\S+) with\s+(\S+)", said)
    if not (server and shop and login):
        raise RuntimeError(f"the demo printed something else:\n{said}")
    IMAGES.mkdir(exist_ok=True)
    async with async_playwright() as driver:
        chromium = os.environ.get("WARMLINE_CHROMIUM") or shutil.which("chromium")
        browser = await driver.chromium.launch(executable_path=chromium, args=FLAGS)
        await _widget(browser, shop[1], "en", "light", "widget-offer.png", phone=False)
        await _widget(browser, shop[1], "pl", "dark", "widget-offer-pl-dark.png", phone=True)
        await asyncio.to_thread(_hand_off, server[1])
        for lang, scheme in (("en", "light"), ("pl", "dark")):
            await _console(browser, server[1], login[1], login[2], lang, scheme)
        await browser.close()


async def _widget(browser: Browser, shop: str, lang: str, scheme: str, name: str, *, phone: bool) -> None:
    """The moment of the offer, on the shop's page."""
    size = {"width": 390, "height": 844} if phone else {"width": 1280, "height": 800}
    context = await browser.new_context(
        viewport=size,  # type: ignore[arg-type]  # playwright's own typed dict
        color_scheme="dark" if scheme == "dark" else "light",
        locale=lang,
    )
    page = await context.new_page()
    await page.goto(f"{shop}/?site=pk_demo" if lang == "en" else f"{shop}/pl/pomoc?site=pk_demo")
    await page.locator("warmline-chat button").first.click()
    composer = page.locator("warmline-chat textarea")
    await composer.fill(QUESTION[lang])
    await composer.press("Enter")
    yes = {"en": "Yes, connect me", "pl": "Tak, połącz mnie"}[lang]
    await page.get_by_role("button", name=yes).wait_for(timeout=WAIT * 1000)
    await page.wait_for_timeout(400)
    await page.screenshot(path=IMAGES / name)
    await context.close()


def _hand_off(server: str) -> None:
    """Somebody waits in the Inbox."""
    with httpx.Client(base_url=f"{server}/api/widget", timeout=30) as http:
        started = http.post("/conversations", json={"site": "pk_demo"}).json()
        http.headers["Authorization"] = f"Bearer {started['token']}"
        path = f"/conversations/{started['conversation']['id']}"
        http.post(f"{path}/messages", json={"client_id": "picture-1", "text": QUESTION["en"]})
        end = time.monotonic() + WAIT
        while time.monotonic() < end:
            if http.get(f"{path}/events?after=0&wait=2").json()["state"]["step"] == "offered":
                break
        http.post(f"{path}/handoff", json={"choice": "accept"})
        http.post(f"{path}/email", json={"email": "anna@example.com"})


async def _console(browser: Browser, server: str, email: str, password: str, lang: str, scheme: str) -> None:
    context = await browser.new_context(
        viewport={"width": 1440, "height": 900}, color_scheme="dark" if scheme == "dark" else "light", locale=lang
    )
    page = await context.new_page()
    await page.goto(f"{server}/sign-in")
    await page.fill("input[type=email]", email)
    await page.fill("input[type=password]", password)
    await page.locator("main button[type=submit], form button[type=submit]").first.click()
    await page.wait_for_url(re.compile("/inbox"))
    end = "" if (lang, scheme) == ("en", "light") else f"-{lang}-{scheme}"
    row = page.locator("a[href^='/inbox/cnv_']").first
    await row.click()
    await _shot(page, f"inbox{end}.png")
    for path, name in (("/settings/handoff", "handoff"), ("/dashboard", "dashboard")):
        await page.goto(f"{server}{path}")
        await _shot(page, f"{name}{end}.png")
    await context.close()


async def _shot(page: Page, name: str) -> None:
    await page.wait_for_timeout(700)
    await page.screenshot(path=IMAGES / name)


if __name__ == "__main__":
    main()
