"""A folder or one file → pages: Markdown, HTML, text, and CSV of questions and answers."""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path

from warmline.agent.read.html import decode_html, read_html
from warmline.agent.read.markdown import read_markdown
from warmline.agent.read.outline import MAX_TITLE, LangOf, Problem, language_code, text_of, tidy
from warmline.domain.knowledge import Page, Section, end_of
from warmline.errors import FetchRefused, Invalid
from warmline.outbound import checked_url

MAX_CHARACTERS = 2_000_000
MAX_FILES = 10_000
MAX_FIELD = 100_000


def read_files(path: Path, *, lang_of: LangOf) -> tuple[list[Page], list[Problem]]:
    """Every readable file under `path` (or the file itself), and what could not be read. Raises Invalid for no path."""
    if not path.exists():
        raise Invalid(f"There is no file or folder {path}.", "path")
    pages: list[Page] = []
    problems: list[Problem] = []
    for key, file in _files(path, problems):
        found, failed = read_file(key, file, lang_of=lang_of)
        pages += found
        problems += failed
    return pages, problems


def read_file(key: str, file: Path, *, lang_of: LangOf) -> tuple[list[Page], list[Problem]]:
    """The pages of one file, known by `key` in its source."""
    problems: list[Problem] = []
    try:
        return list(_READERS[file.suffix.lower()](key, _read(file), lang_of, problems)), problems
    except Invalid as error:
        line = int(error.field) if error.field and error.field.isdecimal() else None
        return [], [*problems, Problem(key, str(error), line)]
    except OSError as error:
        return [], [*problems, Problem(key, error.strerror or "it cannot be opened")]


# --- which files


def _files(path: Path, problems: list[Problem]) -> Iterator[tuple[str, Path]]:
    if path.is_file():
        if _is_readable_kind(path.name, path, problems, alone=True):
            yield path.name, path
        return
    inside = path.resolve()
    for number, file in enumerate(_walk(path)):
        if number >= MAX_FILES:
            problems.append(Problem(path.name, f"it holds more than {MAX_FILES:,} files; the rest was not read"))
            return
        key = os.fsencode(file.relative_to(path).as_posix()).decode("utf-8", "replace")
        # A link that leads out of the folder could show shoppers any file of this machine.
        stays = file.resolve().is_relative_to(inside) and file.is_file()
        if stays and _is_readable_kind(key, file, problems, alone=False):
            yield key, file


def _walk(folder: Path) -> Iterator[Path]:
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(here, name)


def _is_readable_kind(key: str, file: Path, problems: list[Problem], *, alone: bool) -> bool:
    kind = file.suffix.lower()
    if kind in _READERS:
        return True
    if alone or kind in _KNOWN_UNREADABLE:
        problems.append(Problem(key, f"{kind or 'a file without an ending'} is not read; use {', '.join(_READERS)}"))
    return False


_KNOWN_UNREADABLE = frozenset([".pdf", ".doc", ".docx", ".odt", ".rtf", ".xls", ".xlsx", ".ods"])


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        body = opened.read(MAX_CHARACTERS * 4 + 1)
    if len(body) > MAX_CHARACTERS * 4:
        raise Invalid(_TOO_LONG)
    return body


# --- what a file must be

_TOO_LONG = f"it is longer than {MAX_CHARACTERS:,} characters"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def _text(body: bytes) -> str:
    """The file as text: UTF-8, or UTF-16 with its mark."""
    try:
        text = body.decode("utf-16" if body.startswith(_UTF_16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        raise Invalid("this is not UTF-8 text; save the file as UTF-8", str(line)) from error
    return _checked(text)


def _checked(text: str) -> str:
    if "\0" in text:
        raise Invalid("this is not text but a binary file", str(text.count("\n", 0, text.index("\0")) + 1))
    if len(text) > MAX_CHARACTERS:
        raise Invalid(_TOO_LONG)
    if not text.strip():
        raise Invalid("it is empty")
    return text


# --- the kinds


def _markdown(key: str, body: bytes, lang_of: LangOf, _: list[Problem]) -> Iterator[Page]:
    read = read_markdown(_text(body))
    yield _page(key, read.title or _name(key), read.front, read.sections, lang_of)


def _html(key: str, body: bytes, lang_of: LangOf, _: list[Problem]) -> Iterator[Page]:
    text = _checked(decode_html(body))
    if "<" not in text:
        raise Invalid("this is not HTML: it holds no tag")
    read = read_html(text)
    stated = {"lang": read.lang or "", "url": read.canonical or "", "valid_until": read.valid_until}
    yield _page(key, read.title or _name(key), stated, read.sections, lang_of)


def _plain(key: str, body: bytes, lang_of: LangOf, _: list[Problem]) -> Iterator[Page]:
    paragraphs = [
        "\n".join(line for line in map(tidy, paragraph.splitlines()) if line)
        for paragraph in re.split(r"\n[ \t\r]*\n", _text(body).strip())
    ]
    title = _name(key)
    if len(paragraphs) > 1 and "\n" not in paragraphs[0] and len(paragraphs[0]) <= 100:
        title = paragraphs.pop(0)
    yield _page(key, title, {}, (Section((), "\n".join(paragraphs)),), lang_of)


def _page(key: str, title: str, stated: Mapping[str, str], sections: tuple[Section, ...], lang_of: LangOf) -> Page:
    if not any(section.text for section in sections):
        raise Invalid("it holds no text to answer from")
    lang = language_code(stated.get("lang")) or lang_of(f"{title}\n{text_of(sections)}")
    until = _valid_until(stated.get("valid_until", ""))
    return Page(key, title[:MAX_TITLE], lang, _url(stated.get("url", "")), sections, valid_until=until)


def _valid_until(text: str) -> datetime | None:
    if text and end_of(text) is None:
        raise Invalid(f'valid_until is "{text[:40]}"; write a day such as 2026-12-31')
    return end_of(text)


def _url(text: str) -> str | None:
    """A web address, or a path on the shop's own site; nothing that a browser would run."""
    text = text.strip()
    if not text or re.fullmatch(r"/(?![/\\])[^\s\\]*", text):
        return text or None
    try:
        return str(checked_url(text))
    except FetchRefused as error:
        raise Invalid(f"url must be a web address or a path that begins with /: {error}") from error


def _name(key: str) -> str:
    return tidy(re.sub(r"[-_]+", " ", Path(key).stem)).capitalize() or key


# --- CSV

_COLUMNS = frozenset(["question", "answer", "phrasings", "lang", "url", "title", "text", "valid_until"])


def _csv(key: str, body: bytes, lang_of: LangOf, problems: list[Problem]) -> Iterator[Page]:
    text = _text(body)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    number = line = 0
    try:
        names = _names(next(rows, []))
        line = rows.line_num + 1
        for cells in rows:
            if any(cell.strip() for cell in cells):
                number += 1
                try:
                    yield _row(f"{key}#{number}", names, cells, lang_of)
                except Invalid as error:
                    problems.append(Problem(key, str(error), line))
            line = rows.line_num + 1
    except csv.Error as error:
        raise Invalid(f"this is not CSV: {error}", str(line or 1)) from error


def _delimiter(text: str) -> str:
    head = text.lstrip("\r\n").partition("\n")[0]
    return max(",;\t", key=head.count)


def _names(cells: list[str]) -> list[str]:
    names = [tidy(cell).lower() for cell in cells]
    if not ({"question", "answer"} <= set(names) or {"title", "text"} <= set(names)):
        raise Invalid("the first line must name the columns: question, answer (or title, text)", "1")
    used = [name for name in names if name in _COLUMNS]
    if len(used) != len(set(used)):
        raise Invalid("the first line names a column twice", "1")
    return names


def _row(key: str, names: list[str], cells: list[str], lang_of: LangOf) -> Page:
    if any(cell.strip() for cell in cells[len(names) :]):
        raise Invalid("this row has more cells than the first line; put text with a delimiter in quotes")
    if any(len(cell) > MAX_FIELD for cell in cells):
        raise Invalid(f"a cell is longer than {MAX_FIELD:,} characters")
    values = dict(zip(names, (cell.strip() for cell in cells), strict=False))
    question = tidy(values.get("question", ""))
    title = tidy(values.get("title", "")) or question
    text = "\n".join(line for line in map(tidy, _answer(values).splitlines()) if line)
    if not title or not text:
        raise Invalid("the question or title is empty" if text else "the answer or text is empty")
    phrasings = dict.fromkeys([question, *map(tidy, re.split(r"[|\r\n]", values.get("phrasings", "")))])
    lang = language_code(values.get("lang")) or lang_of(f"{title}\n{text}")
    kept = tuple(phrasing for phrasing in phrasings if phrasing)
    until = _valid_until(values.get("valid_until", ""))
    return Page(key, title[:MAX_TITLE], lang, _url(values.get("url", "")), (Section((), text),), kept, until)


def _answer(values: Mapping[str, str]) -> str:
    return values.get("answer") or values.get("text", "")


_READERS: Mapping[str, Callable[[str, bytes, LangOf, list[Problem]], Iterator[Page]]] = {
    ".md": _markdown,
    ".markdown": _markdown,
    ".html": _html,
    ".htm": _html,
    ".txt": _plain,
    ".csv": _csv,
}
