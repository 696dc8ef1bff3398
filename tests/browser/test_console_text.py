"""T13: whatever anybody typed is text on every page of the console. Nothing runs, nothing is fetched, nothing breaks.

Each string of the shared collections goes through every input to every page. They travel in packs: one page load shows
many. By default every twentieth string, and with `-m slow` all of them, go through all inputs and all pages.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.mall import Mall
from tests.browser.office import Console, console
from tests.fixtures.attacks import texts
from tests.fixtures.conversations import WORDS
from tests.flows.shop import Shop
from warmline.domain.conversation import Conversation
from warmline.domain.handoff import INBOX, HandoffReason
from warmline.domain.ids import ArticleId, ConversationId, SourceId, TeammateId, VisitorId, fresh
from warmline.domain.knowledge import Article, Section, SourceKind
from warmline.domain.knowledge import Page as Pages
from warmline.domain.message import THE_AGENT, VISITOR, Message, Verdict
from warmline.domain.owner import Owner, OwnerKind
from warmline.domain.scene import Scene
from warmline.domain.visitor import Contact, EmailAddress, Identity, Proof
from warmline.domain.workspace import Role
from warmline.store.base import Transaction

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.xdist_group("browser_console")]

PACK = 12
TRAPS = """
window.trapped = [];
for (const name of ["alert", "confirm", "prompt", "print"]) {
  window[name] = (...told) => { trapped.push([name, ...told]); };
}
document.addEventListener("securitypolicyviolation", (event) => {
  trapped.push([event.violatedDirective, event.blockedURI, event.sample]);
});
"""
STRANGERS = (
    "IMG|IFRAME|FRAME|OBJECT|EMBED|BASE|STYLE|VIDEO|AUDIO|MARQUEE|MATH|APPLET|PORTAL|X|KEYGEN|ISINDEX|IMAGE|FOREIGNOBJECT"
    "|ANIMATE|SET|USE"
)
STRANGE = """() => [...document.querySelectorAll("*")].filter((node) => {
  if (node.getAttributeNames().some((name) => /^(on.*|style|srcdoc|background)$/.test(name))) return true;
  for (const name of ["href", "src", "action", "formaction", "xlink:href", "data", "poster"]) {
    const value = (node.getAttribute(name) ?? "").trim().toLowerCase();
    if (/^[\\x00-\\x20]*(javascript|data|vbscript|blob|file):/.test(value)) return true;
  }
  if (node.tagName === "SCRIPT") return !node.src.startsWith(location.origin + "/console/static/");
  if (node.tagName === "LINK") return !node.href.startsWith(location.origin);
  return STRANGERS.test(node.tagName);
}).map((node) => node.outerHTML.slice(0, 200))""".replace("STRANGERS", f"/^({STRANGERS})$/i")


@dataclass
class Guard:
    """Looks over one tab: what ran, what was refused, what left the house."""

    page: Page
    base: str
    seen: list[str] = field(default_factory=list)

    async def begin(self) -> None:
        await self.page.add_init_script(TRAPS)
        self.page.context.set_default_timeout(120_000)  # a page with a thousand of each takes its time

        async def dialog(shown: Any) -> None:
            self.seen.append(f"dialog: {shown.message}")
            await shown.dismiss()

        def asked(url: str) -> None:
            if not url.startswith((self.base, "data:image/svg")):
                self.seen.append(f"request: {url}")

        self.page.on("dialog", dialog)
        self.page.on("pageerror", lambda error: self.seen.append(f"thrown: {error}"))
        self.page.on("request", lambda request: asked(request.url))
        self.page.on("popup", lambda popup: self.seen.append(f"window: {popup.url}"))

    async def check(self, where: str) -> None:
        assert self.page.url.startswith(self.base), (where, self.page.url)
        assert await self.page.evaluate("trapped") == [], where
        assert await self.page.evaluate(STRANGE) == [], where
        assert self.seen == [], where

    async def look(self, path: str, *holds: str) -> None:
        answer = await self.page.goto(self.base + path)
        assert answer is not None and answer.status < 500, (path, answer and answer.status)
        await self.check(path)
        for selector in holds:
            assert await self.page.locator(selector).count(), f"nothing of {selector} on {path}"


def packs(strings: Sequence[str], size: int = PACK) -> list[list[str]]:
    return [list(strings[n : n + size]) for n in range(0, len(strings), size)]


def filled(strings: Sequence[str], room: int) -> Iterator[str]:
    """As many strings in one field as have room there, parted by new lines."""
    text = ""
    for each in strings:
        if text and len(text) + len(each) + 1 > room:
            yield text
            text = ""
        text = f"{text}\n{each[:room]}" if text else each[:room]
    yield text


def usable(text: str) -> str:
    """As our doors let it in: no NUL, no half character."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode() or "x"


STRINGS = [usable(each) for each in texts("xss", "nasty_strings")]


@dataclass
class Furnished:
    """A shop that is full of them: its conversations and articles."""

    shop: Shop
    conversations: Sequence[str]
    articles: Sequence[str]
    everything: str
    """The conversation in which each string is a message, an answer, a reply and a note of its own."""


async def furnish(shop: Shop, strings: list[str]) -> Furnished:
    now = datetime.now(UTC)
    groups = packs(strings)
    store = shop.town.machine.app.store
    all_of_it = await store.write(lambda tx: conversation(tx, shop, len(groups), strings, now, now))
    made = [
        await store.write(lambda tx, n=n, each=each: conversation(tx, shop, n, each, now, began(n, now)))  # type: ignore[misc]
        for n, each in enumerate(groups)
    ]
    articles = await store.write(lambda tx: knowledge(tx, shop, strings, now))
    await store.write(lambda tx: people(tx, shop, strings, now))
    return Furnished(shop, made, articles, all_of_it)


def began(n: int, now: datetime) -> datetime:
    """Eight to a day: as many questions as the Dashboard lists."""
    return now - timedelta(days=1 + n // 8, minutes=n % 8)


def conversation(
    tx: Transaction, shop: Shop, n: int, strings: Sequence[str], now: datetime, at: datetime
) -> ConversationId:
    """One whose every word is hostile: the shopper's name and page, what everybody says, and what the answer names."""
    pack = "\n".join(strings[:PACK])
    mail = EmailAddress(f"anna{n}@example.com")
    visitor = tx.add_visitor(shop.workspace, Identity(f"s{n}", mail, True, pack, pack[:200]), "192.0.2.0", at)
    it = Conversation(
        ConversationId(fresh("cnv")), shop.workspace, VisitorId(visitor.id), "en", at, at, lang="en",
        page_url=f"https://shop.example/{pack}" if n % 2 else pack, page_title=pack,
    )  # fmt: skip
    tx.add_conversation(it, "192.0.2.0")
    named = [{"title": each, "url": each} for each in strings[:PACK]]
    asked = it.receive(Message(VISITOR, pack), at)
    for each in strings:
        asked = it.receive(Message(VISITOR, each), at)
        choice = {"label": each, "question": each}
        it.answer(
            Message(THE_AGENT, each, sources=tuple(named[:3]), choices=(choice,), verdict=Verdict.CANNOT_ANSWER),
            asked.seq, at,
        )  # fmt: skip
    passages = [{**each, "score": 1.0, "chunk": "c", "exact": False, "views": {}} for each in named]
    trace = {"limits": {"sure": 1.0, "answer": 7.5, "ask": 5.0}, "passages": passages, "rules": [pack]}
    best = {"title": pack, "url": pack, "score": 1.0, "passages": named, "limits": trace["limits"]}
    tx.add_turn(
        it, asked.seq, at, question=pack, lang="en", decision="cannot_answer", confidence=0.1, best=best, trace=trace
    )
    it.offer(HandoffReason.NO_ANSWER, pack, at)
    scene = Scene(helpdesk=INBOX, available=True, contact=Contact(mail, Proof.SIGNED), words=WORDS)
    it.accept(None, scene, at)
    if n % 3:
        ola = Owner(OwnerKind.TEAMMATE, TeammateId("tm_ola"), pack)
        it.take(ola, f"{pack} has joined.", at)
        for each in strings:
            it.reply(ola, each, None, at)
            it.note(ola, each, at)
    tx.save(it)
    for effect in ("answer", "alert", "queue_timeout", "queue_timeout", "reply_mail"):
        tx.cancel(shop.workspace, f"{effect}:{it.id}")
        tx.cancel(shop.workspace, f"{effect}:{it.id}-1")
    return it.id


def knowledge(tx: Transaction, shop: Shop, strings: list[str], now: datetime) -> list[ArticleId]:
    """Titles, addresses, other phrasings, headings and texts."""
    source = SourceId(tx.source(shop.workspace, SourceKind.WRITTEN, "written").id)
    made = []
    whole = list(filled(strings, 18_000))
    for n, title in enumerate(filled(strings, 300)):
        text, id = whole[n % len(whole)] if n < len(whole) else title, ArticleId(fresh("art"))
        page = Pages(f"en/{n}", title, "en", title, (Section((title,), text),), tuple(title.split("\n")))
        tx.save_article(shop.workspace, Article(id, source, page, now))
        made.append(id)
    return made


def people(tx: Transaction, shop: Shop, strings: list[str], now: datetime) -> None:
    """Members and keys."""
    for n, text in enumerate(strings):
        who = tx.add_teammate(shop.workspace, EmailAddress(f"n{n}@acme.example"), text, Role.SUPPORT, now)
        tx.add_key(who, ["inbox"], text, now)


TYPE = """([selector, typed]) => {
  const form = document.querySelector(selector);
  for (const [name, value] of Object.entries(typed)) {
    let field = form.elements.namedItem(name);
    if (!field) {
      field = form.appendChild(document.createElement("input"));
      field.name = name;
    }
    if (field.tagName === "SELECT") field.append(new Option(value, value, true, true));
    if (field.tagName === "INPUT") field.type = "text";
    field.value = value;
  }
  form.noValidate = true;
  form.requestSubmit();
}"""


async def submit(guard: Guard, form: str, typed: Mapping[str, str], where: str) -> None:
    """As somebody would type and send it, whatever the fields allow."""
    async with guard.page.expect_navigation():
        await guard.page.evaluate(TYPE, [form, dict(typed)])
    await guard.check(where)


@pytest.fixture(scope="module", params=[20, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"])
def strings(request: pytest.FixtureRequest) -> list[str]:
    """From different places of the collections, or all of it."""
    return STRINGS[:: request.param]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def furnished(the_mall: Mall, strings: list[str]) -> Furnished:
    return await furnish(await the_mall.shop(connect=("zendesk",)), strings)


async def at_work(mall: Mall, furnished: Furnished, **screen: Any) -> tuple[Guard, Console]:
    marta = await console(mall, furnished.shop, **screen)
    guard = Guard(marta.page, marta.base)
    await guard.begin()
    return guard, marta


async def test_t13_every_message_reply_and_note_is_text_in_the_thread(
    mall: Mall, furnished: Furnished, strings: list[str]
) -> None:
    guard, marta = await at_work(mall, furnished)
    await guard.look(f"/inbox/{furnished.everything}")
    shown = await marta.page.locator("#log .said").all_text_contents()
    wanted = {" ".join(each.split()) for each in strings}
    assert wanted <= {" ".join(each.split()) for each in shown}
    await marta.page.context.close()


async def test_t13_lists_of_people_and_conversations(mall: Mall, furnished: Furnished, strings: list[str]) -> None:
    guard, marta = await at_work(mall, furnished)
    for path in ("/inbox?show=waiting", "/inbox?show=open", "/settings/members", "/settings/keys"):
        await guard.look(path)
    assert await marta.page.locator("tbody tr").count() >= len(strings)
    await guard.look("/inbox?show=open")
    while await marta.page.locator(".list-more a").count():
        await marta.page.locator(".list-more a").click()
        await marta.page.wait_for_load_state()
        await guard.check(marta.page.url)
    await guard.look("/dashboard/conversations?number=all", "tbody tr")
    await guard.look("/knowledge", "tbody tr")
    for n in range(2, len(furnished.articles) // 50 + 2):
        await guard.look(f"/knowledge?page={n}")
    await marta.page.context.close()


async def test_t13_pages_of_single_things(mall: Mall, furnished: Furnished, strings: list[str]) -> None:
    guard, marta = await at_work(mall, furnished)
    for id in furnished.conversations:
        await guard.look(f"/inbox/{id}", "#context")
    for id in furnished.articles:
        await guard.look(f"/knowledge/{id}?ask={quote(strings[0])}", ".pieces")
        await guard.look(f"/knowledge/write?id={id}", "textarea")
    now = datetime.now(UTC)
    for day in range(len(furnished.conversations) // 8 + 1):
        at = (now - timedelta(days=1 + day)).date().isoformat()
        await guard.look(f"/dashboard?since={at}&until={at}")
    for each in filled(strings, 1_900):
        await guard.look(f"/knowledge/write?question={quote(each)}")
    for each in strings[::8]:
        await guard.look(f"/{quote(each.replace('/', ' ').replace('.', ' ')[:200])}")
        await guard.look(f"/settings/handoff?helpdesk={quote(each[:200])}")
        await guard.look(f"/knowledge?q={quote(each[:180])}")
    await marta.page.context.close()


GUIDES = {
    "zendesk": ("subdomain", "client_id", "profile_field", "email"),
    "gorgias": ("account", "email", "mailbox"),
    "email": ("to", "subject"),
    "webhook": ("url",),
}
FORMS = {
    "/settings/members": ("email", "name", "role"),
    "/settings/keys": ("label", "member"),
    "/settings/me": ("name", "lang"),
    "/knowledge/write": ("title", "url", "phrasings", "lang"),
    "/knowledge/site": ("address",),
}


def typed_of(text: str, n: int) -> dict[str, str]:
    """Everything that the handoff form takes."""
    lines = text.split("\n")
    links = {f"link.{k}.{part}": lines[(k + n) % len(lines)][:99] for k in range(5) for part in ("label", "url")}
    said = {f"{name}.{lang}": text for name in ("greeting", "auto_reply", "away", "message") for lang in ("en", "pl")}
    slots = {f"slot.{day}.0.{end}": lines[day % len(lines)][:40] for day in range(3) for end in ("from", "to")}
    return links | said | slots | {"hours": "week", "holidays": lines[0], "wait": lines[-1]}


async def test_t13_every_form_shows_again_what_was_typed(mall: Mall, strings: list[str]) -> None:
    marta = await console(mall, await mall.shop(connect=("zendesk",)))  # with few members: each page is loaded often
    guard = Guard(marta.page, marta.base)
    await guard.begin()
    for n, text in enumerate(filled(strings, 1_900)):
        lines = text.split("\n")
        typed = typed_of(text, n)
        await guard.look("/settings/handoff")
        await submit(guard, "#handoff", typed, "handoff")
        await guard.look("/settings/handoff")
        fine = {f"link.{k}.url": f"https://shop.example/{quote(lines[k % len(lines)])}" for k in range(5)}
        kept = {name: value for name, value in typed.items() if not name.startswith(("slot", "hol", "wait", "hours"))}
        await submit(guard, "#handoff", kept | fine | {"seen": "of long ago"}, "conflict")
        await guard.look("/settings/shop")
        starters = {f"starter.{k}": lines[k % len(lines)][:199] for k in range(4)}
        shop = {"name": text[:99], "origins": text, "privacy_url": text, "timezone": text}
        await submit(guard, "#shop", shop | starters, "shop")
        for name, fields in GUIDES.items():
            await guard.look(f"/settings/helpdesks/{name}")
            await submit(guard, "#connect", dict.fromkeys(fields, text), name)
        for path, fields in FORMS.items():
            await guard.look(path.replace("/site", "/add"))
            await submit(guard, f"main form[action='{path}']", dict.fromkeys(fields, text), path)
    await marta.page.context.close()


PAGES = (
    "/settings/handoff", "/settings/shop", "/settings/connections", "/settings/helpdesks/zendesk", "/settings/embed",
    "/sign-in?shop={shop}", "/inbox", "/inbox/needs-person",
)  # fmt: skip


async def save(shop: Shop, origin: str, text: str, n: int) -> None:
    """A shop named and worded like this, with a connection that is paused for this reason."""
    lines = [line for line in text.split("\n") if line.strip()]
    links = [{"label": line[:99], "url": f"https://shop.example/{quote(line[:150])}"} for line in lines[:5]]
    starters = [line[:199] for line in lines[:4]]
    await shop.change(
        workspace={
            "name": f"x {text}"[:99].strip(), "site": shop.site, "origins": [origin],
            "greeting": {"en": text}, "starters": starters,
        },
        handoff={
            "method": "message" if n % 2 else "ticket",
            "message": {"en": text}, "auto_reply": {"en": text}, "away": {"en": text}, "links": links,
        },
    )  # fmt: skip

    def pause(tx: Transaction) -> None:
        zendesk = tx.integration(shop.workspace, "zendesk")
        assert zendesk is not None
        tx.pause_integration(shop.workspace, "zendesk", text[:499], zendesk.revision)

    await shop.town.machine.app.store.write(pause)


async def test_t13_what_is_saved_is_shown_as_text_by_every_page(mall: Mall, strings: list[str]) -> None:
    """The shop's name, texts, links, starters; why a connection is paused; the live preview; sign-in of this shop."""
    shop = await mall.shop(connect=("zendesk",))
    marta = await console(mall, shop)
    guard = Guard(marta.page, marta.base)
    await guard.begin()
    for n, text in enumerate(filled(strings, 1_900)):
        await save(shop, mall.origin, text, n)
        for path in PAGES:
            await guard.look(path.format(shop=shop.workspace))
        await guard.look("/settings/handoff")
        await marta.page.evaluate(
            """(text) => { const field = document.getElementsByName("greeting.en")[0]; field.value = text + "!";
                field.dispatchEvent(new Event("input", {bubbles: true})); }""", text[:1_800],
        )  # fmt: skip
        await expect(marta.page.locator("#preview .bubble").first).to_contain_text("!")
        await guard.check("preview")
        async with marta.page.expect_navigation():
            await marta.page.locator("[data-discard]").click()
    await marta.page.context.close()


async def test_t13_a_text_that_arrives_while_the_page_is_open_is_text(mall: Mall, strings: list[str]) -> None:
    shop = await mall.shop()
    marta = await console(mall, shop)
    guard = Guard(marta.page, marta.base)
    await guard.begin()
    shopper = await shop.shopper(page={"url": "https://shop.example/<img src=x>", "title": strings[0]})
    await shopper.post("/handoff", {"choice": "request"})
    await shopper.post("/email", {"email": "anna@shopper.example"})
    await guard.look(f"/inbox/{shopper.id}")
    await marta.page.locator(".thread-head [data-act=accept] button").click()
    reply = marta.page.locator("#reply-text")
    for n, text in enumerate(filled(strings, 7_000)):
        await shopper.say(f"{text[:3_900]} said {n}")
        await expect(marta.page.locator("#log")).to_contain_text(f"said {n}")
        await reply.fill(f"{text} answered {n}")
        await reply.press("Control+Enter")
        await expect(marta.page.locator("#log")).to_contain_text(f"answered {n}")
        await expect(marta.page.locator(".is-pending")).to_have_count(0)
        await guard.check(f"live {n}")
    await marta.page.context.close()


async def test_t13_guests_see_their_own_words_as_text(mall: Mall, strings: list[str]) -> None:
    context = await mall.browser.new_context()
    context.set_default_timeout(25_000)
    guard = Guard(await context.new_page(), mall.town.url)
    await guard.begin()
    for text in filled(strings, 1_900):
        for path in ("/sign-in", "/join", "/reset", "/setup"):
            await guard.look(path)
            names = {"email": text, "link": text, "name": text, "shop": text, "password": "x", "to": text, "held": text}
            await submit(guard, "main form", names, path)
    await context.close()
