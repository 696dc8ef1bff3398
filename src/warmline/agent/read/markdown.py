"""Markdown → front matter and sections. Links become their text; raw HTML is read as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from warmline.agent.read.html import read_html
from warmline.agent.read.outline import MAX_TITLE, Outline, row_text, tidy
from warmline.domain.knowledge import Section
from warmline.errors import Invalid

MAX_LINE = 20_000
"""In one paragraph or line; brackets and stars in a longer one would take the parser minutes."""


@dataclass(frozen=True, slots=True)
class Markdown:
    title: str
    front: dict[str, str]
    sections: tuple[Section, ...]


def read_markdown(text: str) -> Markdown:
    """Raises Invalid with the line in `field` when the front matter or a paragraph cannot be used."""
    front, body, first = _front_matter(text)
    body = _EMBEDDED.sub("()", body)
    _check_paragraphs(body, first)
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    title = tidy(front.get("title", "")) or _only_title(tokens)
    return Markdown(title[:MAX_TITLE], front, _Content(title).read(tokens))


# --- front matter

_EMBEDDED = re.compile(r"\(data:[^)\s]*\)")
_FIELD = re.compile(r"([A-Za-z_][\w-]*)\s*:\s*(.*)")


def _front_matter(text: str) -> tuple[dict[str, str], str, int]:
    """The fields between the two `---` lines, the rest, and the number of its first line."""
    lines = text.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].rstrip() != "---":
        return {}, text, 1
    end = next((number for number, line in enumerate(lines[1:], 1) if line.rstrip() in ("---", "...")), None)
    if end is None:
        return {}, text, 1  # a rule, not front matter
    fields = dict(_fields(lines[1:end]))
    return fields, "\n".join(lines[end + 1 :]), end + 2


def _fields(lines: list[str]) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(lines, 2):
        if not line.strip() or line.lstrip().startswith(("#", "- ")) or line[0].isspace():
            continue  # a comment, or part of a list or map that we do not use
        if (match := _FIELD.fullmatch(line.rstrip())) is None:
            raise Invalid("the front matter has a line that is not `name: value`", str(number))
        value = match[2].strip()
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
        yield match[1].lower(), value[1:-1] if quoted else value


def _check_paragraphs(body: str, first: int) -> None:
    length = 0
    for number, line in enumerate(body.splitlines(), first):
        length = length + len(line) if line.strip() else 0
        if length > MAX_LINE:
            raise Invalid(f"a paragraph is longer than {MAX_LINE:,} characters", str(number))


# --- content


def _only_title(tokens: list[Token]) -> str:
    """The only top heading; else the first heading when nothing stands before it."""
    tops = [tokens[i + 1] for i, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h1"]
    if len(tops) == 1:
        return _line(tops[0])
    return _line(tokens[1]) if tokens and tokens[0].type == "heading_open" else ""


class _Content:
    def __init__(self, title: str) -> None:
        self._title = title
        self._outline = Outline()
        self._lead = ""
        self._numbers: list[int | None] = []
        self._names: list[str] = []
        self._cells: list[str] = []

    def read(self, tokens: list[Token]) -> tuple[Section, ...]:
        for i, token in enumerate(tokens):
            match token.type:
                case "heading_open":
                    self._heading(int(token.tag[1]), _line(tokens[i + 1]))
                case "inline" if tokens[i - 1].type == "heading_open":
                    pass
                case "inline" if tokens[i - 1].type in ("td_open", "th_open"):
                    self._cells.append(_line(token))
                case "inline":
                    self._lines(_inline(token))
                case "fence" | "code_block":
                    self._lines(token.content)
                case "html_block":
                    self._html(token.content)
                case _:
                    self._structure(token)
        return self._outline.sections()

    def _structure(self, token: Token) -> None:
        match token.type:
            case "bullet_list_open":
                self._numbers.append(None)
            case "ordered_list_open":
                self._numbers.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                self._numbers.pop()
            case "list_item_open":
                self._item()
            case "table_open":
                self._names = []
            case "tr_open":
                self._cells = []
            case "tr_close":
                self._row(head=token.level == 2 and not self._names)
            case _:
                pass

    def _heading(self, level: int, text: str) -> None:
        self._outline.heading(level, "" if text == self._title else text)

    def _item(self) -> None:
        number = self._numbers[-1]
        self._lead = "- " if number is None else f"{number}. "
        if number is not None:
            self._numbers[-1] = number + 1

    def _row(self, head: bool) -> None:
        if head:
            self._names = self._cells
        else:
            self._outline.line(row_text(self._names, self._cells))

    def _html(self, html: str) -> None:
        for section in read_html(html).sections:
            self._lines("\n".join([*section.headings[-1:], section.text]))

    def _lines(self, text: str) -> None:
        for line in text.splitlines():
            if shown := tidy(line):
                self._outline.line(self._lead + shown)
                self._lead = ""


def _line(token: Token) -> str:
    return tidy(_inline(token))


def _inline(token: Token) -> str:
    return "".join(_piece(child) for child in token.children or [])


def _piece(child: Token) -> str:
    if child.type in ("text", "code_inline"):
        return child.content
    if child.type == "hardbreak" or (child.type == "html_inline" and child.content.lower().startswith("<br")):
        return "\n"
    return " " if child.type == "softbreak" else ""
