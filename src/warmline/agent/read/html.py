"""A web page → its title, language, main content under headings, and links. Nothing in it is run or loaded."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from warmline.agent.read.outline import MAX_TITLE, Outline, language_code, row_text, tidy
from warmline.agent.read.shape import check_shape
from warmline.domain.knowledge import Section, end_of
from warmline.outbound import known_charset

MAX_LINKS = 5_000


@dataclass(frozen=True, slots=True)
class Html:
    """What a reader keeps of a web page. `links` are absolute, without those marked nofollow."""

    title: str
    lang: str | None
    canonical: str | None
    sections: tuple[Section, ...]
    links: tuple[str, ...]
    noindex: bool
    nofollow: bool
    valid_until: str = ""
    """A day or moment (ISO 8601), from `unavailable_after`; empty without one, or with one in another form."""


def read_html(html: str, address: str = "") -> Html:
    """Raises Invalid when the markup is made to choke a parser. `address` is what relative links start from."""
    html = html.encode("utf-8", "replace").decode()
    check_shape(html)
    tree = LexborHTMLParser(html)
    robots = _meta(tree, "robots")
    main = _main(tree)
    title = _title(tree, main)
    return Html(
        title=title,
        lang=language_code(_attribute(tree, "html", "lang")) or language_code(_attribute(tree, "html", "xml:lang")),
        canonical=_absolute(_attribute(tree, "link[rel~=canonical]", "href"), address),
        sections=_Content(title).read(main) if main else (),
        links=_links(tree, address),
        noindex="noindex" in robots or "none" in robots.split(","),
        nofollow="nofollow" in robots or "none" in robots.split(","),
        valid_until=_valid_until(robots),
    )


_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)


def decode_html(body: bytes, charset: str | None = None) -> str:
    """The text of a page: by its byte order mark, the server's word, its own word, or the look of it."""
    named = next((codec for bom, codec in _BOMS.items() if body.startswith(bom)), charset)
    if named is None and (told := _META_CHARSET.search(body[:2048])):
        named = known_charset(told[1].decode("ascii", "ignore"))
        # A page that could be read this far as ASCII is not UTF-16, whatever it says.
        named = None if named and named.startswith(("utf-16", "utf-32")) else named
    if named is not None:
        return body.decode(named, "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


# --- the head


def _title(tree: LexborHTMLParser, main: LexborNode | None) -> str:
    """The only main heading; else the title. Titles often end in the shop's name, or are the same on every page."""
    headings = [text for h1 in (main.css("h1") if main else []) if (text := _text(h1))]
    if len(headings) == 1 and len(headings[0]) <= MAX_TITLE:
        return headings[0]
    titles = tree.css_first("head title")
    title = _text(titles) if titles else tidy(_attribute(tree, "meta[property='og:title']", "content") or "")
    return (title or next(iter(headings), ""))[:MAX_TITLE]


def _valid_until(robots: str) -> str:
    found = re.search(r"unavailable_after:([\d:.t+z-]{10,40})", robots)
    return found[1] if found and end_of(found[1]) else ""


def _meta(tree: LexborHTMLParser, name: str) -> str:
    found = [
        node.attributes.get("content") or ""
        for node in tree.css("meta[name]")
        if (node.attributes.get("name") or "").lower() in (name, "warmline")
    ]
    return ",".join(found).lower().replace(" ", "")


def _attribute(tree: LexborHTMLParser, selector: str, name: str) -> str | None:
    node = tree.css_first(selector)
    return node.attributes.get(name) if node else None


def _links(tree: LexborHTMLParser, address: str) -> tuple[str, ...]:
    base = _absolute(_attribute(tree, "base[href]", "href"), address) or address
    found: dict[str, None] = {}
    for node in tree.css("a[href]"):
        if len(found) >= MAX_LINKS:
            break
        link = _absolute(node.attributes.get("href"), base)
        if link and "nofollow" not in (node.attributes.get("rel") or "").lower():
            found[link] = None
    return tuple(found)


def _absolute(href: str | None, base: str) -> str | None:
    if not href or len(href) > 2048:
        return None
    try:
        link = urljoin(base, tidy(href))
    except ValueError:
        return None
    return link if link.lower().startswith(("http://", "https://")) else None


# --- the body

_DROPPED = frozenset(
    [
        *("script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "math", "canvas", "audio"),
        *("video", "nav", "footer", "aside", "select", "input", "textarea", "dialog", "menu", "head"),
    ]
)
_DROPPED_ROLES = frozenset(["navigation", "banner", "contentinfo", "search", "dialog", "alertdialog", "complementary"])
_DROPPED_NAMES = re.compile(
    r"\b(breadcrumbs?|cookie-?(banner|consent|notice|bar)|skip-(link|to-content)|share-(buttons|links)|newsletter-"
    r"(form|signup))\b",
    re.IGNORECASE,
)
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])", re.IGNORECASE)
_BLOCKS = frozenset(
    [
        *("address", "article", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset"),
        *("figcaption", "figure", "header", "hgroup", "hr", "li", "main", "ol", "p", "pre", "section", "summary"),
        *("table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "br", "caption", "form"),
    ]
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
# A question of an accordion or a definition list: a heading below all others.
_QUESTIONS = {"summary": 7, "dt": 7}
_ENDS_QUESTIONS = ("details", "dl")


def _main(tree: LexborHTMLParser) -> LexborNode | None:
    for selector in ("main", "[role=main]", "article", "body"):
        found = tree.css(selector)
        if found and (selector == "body" or (len(found) == 1 and len(_text(found[0])) >= 40)):
            return found[0]
    return tree.body


class _Content:
    """Walks the visible elements in order and writes their lines and headings into an outline."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._outline = Outline()
        self._inline: list[str] = []
        self._lead = ""

    def read(self, main: LexborNode) -> tuple[Section, ...]:
        for entering, node in _visible(main, stop=_is_leaf):
            if node.is_text_node:
                self._inline.append(node.text_content or "")
            elif entering:
                self._enter(node)
            else:
                self._leave(node)
        self._flush()
        return self._outline.sections()

    def _enter(self, node: LexborNode) -> None:
        tag = node.tag or ""
        if tag in _BLOCKS or tag in _HEADINGS:
            self._flush()
        if tag == "li":
            self._lead = "- "
        elif tag in _HEADINGS or tag in _QUESTIONS:
            self._heading(_HEADINGS.get(tag) or _QUESTIONS[tag], _text(node))
        elif _is_data_table(node):
            self._table(node)
        elif tag == "pre":
            for line in (node.text(deep=True) or "").splitlines():
                self._outline.line(tidy(line))

    def _leave(self, node: LexborNode) -> None:
        if node.tag in _BLOCKS:
            self._flush()
        if node.tag in _ENDS_QUESTIONS:
            self._outline.leave(7)

    def _flush(self) -> None:
        text, self._inline = tidy("".join(self._inline)), []
        if text:
            self._outline.line(self._lead + text)
            self._lead = ""

    def _heading(self, level: int, text: str) -> None:
        self._outline.heading(level, "" if text == self._title else text)

    def _table(self, table: LexborNode) -> None:
        names: list[str] = []
        for row in table.css("tr"):
            cells = [cell for cell in row.iter() if cell.tag in ("td", "th")]
            texts = [_text(cell) for cell in cells]
            if not names and len(cells) > 1 and all(cell.tag == "th" for cell in cells):
                names = texts
            else:
                self._outline.line(row_text(names, texts))


def _visible(root: LexborNode, stop: Callable[[LexborNode], bool] = lambda _: False) -> list[tuple[bool, LexborNode]]:
    """Entering (True) and leaving (False) of every node a reader would see, in order, without recursion."""
    steps: list[tuple[bool, LexborNode]] = []
    node, end = root.first_child, root.mem_id
    while node is not None:
        inner = None
        if node.is_text_node:
            steps.append((True, node))
        elif node.is_element_node and not _is_dropped(node):
            steps.append((True, node))
            inner = node.first_child if not stop(node) else None
            if inner is None:
                steps.append((False, node))
        if inner is not None:
            node = inner
            continue
        while node.next is None:
            parent = node.parent
            if parent is None or parent.mem_id == end:
                return steps
            steps.append((False, parent))
            node = parent
        node = node.next
    return steps


def _is_leaf(node: LexborNode) -> bool:
    """Elements whose text is taken as a whole."""
    return node.tag in _HEADINGS or node.tag in _QUESTIONS or node.tag == "pre" or _is_data_table(node)


def _is_data_table(node: LexborNode) -> bool:
    return node.tag == "table" and node.css_first("table table, h1, h2, h3, h4, ul, ol") is None


def _is_dropped(node: LexborNode) -> bool:
    tag, attributes = node.tag or "", node.attributes
    if tag in _DROPPED or (tag == "button" and not _is_question(node)) or (tag == "header" and not _in_content(node)):
        return True
    return bool(attributes) and (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or attributes.get("role") in _DROPPED_ROLES
        or _UNSEEN.search(attributes.get("style") or "") is not None
        or _DROPPED_NAMES.search(f"{attributes.get('class')} {attributes.get('id')}") is not None
    )


def _is_question(button: LexborNode) -> bool:
    """Accordions put the question into a button inside a heading."""
    parent = button.parent
    return parent is not None and (parent.tag in _HEADINGS or parent.tag in _QUESTIONS)


def _in_content(header: LexborNode) -> bool:
    parent = header.parent
    return parent is not None and parent.tag in ("article", "main", "section")


def _text(node: LexborNode) -> str:
    pieces = [
        inner.text_content or "" if inner.is_text_node else " " if inner.tag in _BLOCKS else ""
        for _, inner in _visible(node)
    ]
    return tidy("".join(pieces))
