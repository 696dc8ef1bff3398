"""The widget's files: what the server says with them, how large they are, and that they can be built anywhere."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from warmline.web import widget_files
from warmline.web.widget_files import DIST

ROOT = Path(__file__).parents[2]
WIDGET = ROOT / "widget"


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(widget_files.router)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://warmline.example") as client:
        yield client


def panel() -> str:
    name: str = json.loads((DIST / "manifest.json").read_text())["panel"]
    return name


def packed(*path: str) -> int:
    return len(gzip.compress(DIST.joinpath(*path).read_bytes(), 9))


def test_the_budgets_hold() -> None:
    launcher, rest = packed("widget.js"), packed("hashed", panel())
    assert launcher <= 4_000
    assert launcher + rest <= 20_000
    assert packed("widget.single.js") <= 21_000, "both, and the words of every language"
    console = [each.name for each in DIST.joinpath("console").iterdir() if each.name.endswith(".js")]
    assert len(console) > 5 and sum(packed("console", each) for each in console) <= 40_000


async def test_the_launcher_is_kept_briefly_and_asked_about_by_its_etag(http: httpx.AsyncClient) -> None:
    first = await http.get("/widget.js")
    assert first.status_code == 200 and first.headers["content-type"] == "text/javascript; charset=utf-8"
    assert first.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "max-age=300" in first.headers["cache-control"]
    again = await http.get("/widget.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert (await http.head("/widget.single.js")).status_code == 200


async def test_what_has_a_hash_is_kept_for_a_year_by_pages_of_any_origin(http: httpx.AsyncClient) -> None:
    answer = await http.get(f"/widget/{panel()}")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["access-control-allow-origin"] == "*"


async def test_a_page_from_before_an_upgrade_gets_the_present_panel(http: httpx.AsyncClient) -> None:
    answer = await http.get("/widget/panel-0123456789.js")
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-cache"
    assert (await http.get("/widget/pl-0123456789.json")).json()["launcher.open"] == "Otwórz czat"


@pytest.mark.parametrize(
    "name", ["x.js", "manifest.json", "..%2fmanifest.json", "%2e%2e", "made-from", "panel-1.exe/x"]
)
async def test_nothing_else_is_given_out(http: httpx.AsyncClient, name: str) -> None:
    assert (await http.get(f"/widget/{name}")).status_code == 404


async def test_without_bundles_the_remedy_is_said(http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(widget_files, "DIST", DIST / "nowhere")
    answer = await http.get("/widget.js")
    assert answer.status_code == 404 and "have not been built" in answer.text


def test_the_lock_names_no_registry() -> None:
    lock = (WIDGET / "package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert "omit-lockfile-registry-resolved=true" in (WIDGET / ".npmrc").read_text()


def test_nothing_is_drawn_from_markup() -> None:
    dangerous = re.compile(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|style=[\"{]")
    files = [each for folder in ("core", "panel", "launcher") for each in (WIDGET / folder).glob("*.ts*")]
    assert files
    assert [each.name for each in files if dangerous.search(each.read_text())] == []


# DESIGN_UI section 4: text on what it stands on, light and dark.
PAIRS = [
    ("fg", "card"),
    ("fg", "bg"),
    ("mut", "card"),
    ("mut", "bg"),
    ("acc", "card"),
    ("acc", "soft"),
    ("on", "acc"),
    ("fg", "fill"),
    ("fg", "team-soft"),
    ("team", "card"),
    ("team", "team-soft"),
    ("bad", "card"),
    ("ok", "ok-soft"),
]


@pytest.mark.parametrize(("text", "ground"), PAIRS)
@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_text_stands_out_from_its_ground(text: str, ground: str, theme: int) -> None:
    colours = tokens()
    assert contrast(colours[text][theme], colours[ground][theme]) >= 4.5


def tokens() -> dict[str, tuple[str, str]]:
    css = (WIDGET / "panel" / "panel.css").read_text() + (WIDGET / "launcher" / "launcher.css").read_text()
    found = re.findall(r"--c-([\w-]+): (?:var\([\w-]+, )?light-dark\((#\w+), (#\w+)\)", css)
    return {name: (light, dark) for name, light, dark in found}


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(each * 2 for each in colour[1:])
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
