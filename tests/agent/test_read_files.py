"""Folders and files become pages; a file that is not what it claims is named with its line and stops nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from warmline.agent.read.files import MAX_CHARACTERS, read_files
from warmline.agent.read.markdown import read_markdown
from warmline.agent.read.outline import Problem
from warmline.domain.knowledge import Page, Section
from warmline.errors import Invalid

Folder = Callable[[dict[str, str | bytes]], tuple[list[Page], list[Problem]]]


@pytest.fixture
def read(tmp_path: Path) -> Folder:
    """Write these files into a folder and read it."""

    def write_and_read(files: dict[str, str | bytes]) -> tuple[list[Page], list[Problem]]:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_files(tmp_path, lang_of=lambda text: "xx")

    return write_and_read


MARKDOWN = """---
title: "Returns & refunds"
lang: pl-PL
url: /help/returns
updated: 2026-10-02
tags:
  - a
---
# Returns & refunds

You have **30 days**, see [our terms](https://shop.example/terms).
Second line.

## How

1. Pack it
2. Send it
   - with a label

| Country | Price |
| --- | --- |
| Poland | €3 |

> Keep `the receipt`.

<details><summary>Gifts?</summary>Also <b>yes</b>.</details>

### Deep
```
code line
```
"""


def test_markdown_with_front_matter(read: Folder) -> None:
    pages, problems = read({"help/returns.md": MARKDOWN})
    assert problems == []
    assert pages == [
        Page(
            key="help/returns.md",
            title="Returns & refunds",
            lang="pl",
            url="/help/returns",
            sections=(
                Section((), "You have 30 days, see our terms. Second line."),
                Section(
                    ("How",),
                    "1. Pack it\n2. Send it\n- with a label\nCountry: Poland; Price: €3\nKeep the receipt.\n"
                    "Gifts?\nAlso yes.",
                ),
                Section(("How", "Deep"), "code line"),
            ),
        )
    ]


def test_markdown_without_front_matter_takes_its_heading_or_file_name(read: Folder) -> None:
    pages, _ = read(
        {"a.markdown": "# Sizes\n\nText", "gift-cards_faq.md": "Only text", "rule.md": "---\nx\n\n# T\n\ny"}
    )
    assert [page.title for page in pages] == ["Sizes", "Gift cards faq", "T"]
    assert {page.lang for page in pages} == {"xx"}


def test_html_text_and_csv(read: Folder) -> None:
    pages, problems = read(
        {
            "a.html": "<html lang=de><title>Versand</title><link rel=canonical href='https://s.example/v'><p>Zwei Tage",
            "b.HTM": "<p>no title".encode("utf-16"),
            "c.txt": "Opening hours\n\nMon to Fri\n9-17\n\nNot on Sundays",
            "d.csv": 'Question;ANSWER;Phrasings;Lang;URL\n"How; long?";"Two\ndays";a? | b?;en;https://s.example/d\n',
            "e.csv": "title,text\nSizes,S to XL\n",
        }
    )
    assert problems == []
    by_key = {page.key: page for page in pages}
    assert by_key["a.html"] == Page("a.html", "Versand", "de", "https://s.example/v", (Section((), "Zwei Tage"),))
    assert by_key["b.HTM"].title == "B"
    assert by_key["c.txt"].title == "Opening hours"
    assert by_key["c.txt"].sections[0].text == "Mon to Fri\n9-17\nNot on Sundays"
    assert by_key["d.csv#1"] == Page(
        "d.csv#1",
        "How; long?",
        "en",
        "https://s.example/d",
        (Section((), "Two\ndays"),),
        ("How; long?", "a?", "b?"),
    )
    assert by_key["e.csv#1"] == Page("e.csv#1", "Sizes", "xx", None, (Section((), "S to XL"),))


@pytest.mark.parametrize(
    ("name", "content", "line", "said"),
    [
        ("a.md", b"one\ntwo\xff\n", 2, "UTF-8"),
        ("a.md", b"one\nt\0wo", 2, "binary"),
        ("a.md", b"", None, "empty"),
        ("a.md", b"# only a heading", None, "no text"),
        ("a.md", b"---\ntitle: x\nwhat is this\n---\ntext", 3, "front matter"),
        ("a.md", b"---\nurl: javascript:alert(1)\n---\ntext", None, "url must be"),
        ("a.md", b"---\nurl: //evil.example\n---\ntext", None, "url must be"),
        ("a.md", b"x\n\n" + b"[" * 30_000, 3, "paragraph"),
        ("a.txt", b"%PDF-1.7\x00\xff", 1, "UTF-8"),
        ("a.txt", b"a" * (MAX_CHARACTERS + 1), None, "longer than 2,000,000"),
        ("a.txt", b"a" * (MAX_CHARACTERS * 4 + 1), None, "longer than 2,000,000"),
        ("a.html", b"no tags here", None, "not HTML"),
        ("a.html", b"\x89PNG\r\n\x1a\n\0\0", 3, "binary"),
        ("a.html", b"<script>x</script>", None, "no text"),
        ("a.html", b"<div>" * 100_000, None, "deeply"),
        ("a.csv", b"PK\x03\x04\xff", 1, "UTF-8"),
        ("a.csv", b"q,a\n1,2\n", 1, "first line must name"),
        ("a.csv", b"question,answer,answer\n1,2,3\n", 1, "twice"),
        ("a.csv", b'question,answer\na,b\n"c,d\n', 3, "not CSV"),
        ("a.pdf", b"%PDF", None, ".pdf is not read"),
    ],
)
def test_t24_a_file_that_is_not_what_it_claims_is_named_and_the_others_are_read(
    read: Folder, name: str, content: bytes, line: int | None, said: str
) -> None:
    pages, problems = read({name: content, "good.md": "good"})
    assert "good.md" in [page.key for page in pages]
    (problem,) = problems
    assert (problem.where, problem.line) == (name, line)
    assert said in problem.reason
    assert name in str(problem)


def test_bad_rows_are_named_by_line_and_the_others_are_read(read: Folder) -> None:
    rows = [
        "question,answer,url",
        "a,b,",
        '"c","d',
        'e",',
        "",
        ",no question,",
        "no answer,,",
        "f,g,ftp://x",
        "h,i,,j",
        "k,l,",
    ]
    pages, problems = read({"faq.csv": "\n".join(rows)})
    assert [page.title for page in pages] == ["a", "c", "k"]
    assert [problem.line for problem in problems] == [6, 7, 8, 9]
    assert [page.key for page in pages] == ["faq.csv#1", "faq.csv#2", "faq.csv#7"]


def test_t24_hidden_files_and_links_out_of_the_folder_are_left_alone(read: Folder, tmp_path: Path) -> None:
    outside = tmp_path.parent / f"outside-{tmp_path.name}"
    outside.mkdir()
    (outside / "secret.md").write_text("secret")
    (tmp_path / "real.md").write_text("real")
    (tmp_path / "link.md").symlink_to(outside / "secret.md")
    (tmp_path / "inside.md").symlink_to(tmp_path / "real.md")
    (tmp_path / "folder").symlink_to(outside, target_is_directory=True)
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere.md")
    os.mkfifo(tmp_path / "pipe.md")
    pages, problems = read({".hidden.md": "hidden", ".git/a.md": "hidden", "image.png": b"\x89PNG"})
    assert [page.key for page in pages] == ["inside.md", "real.md"]
    assert problems == []


def test_one_file_can_be_read_alone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("hello")
    (tmp_path / "a.bin").write_text("hello")
    assert read_files(tmp_path / "a.txt", lang_of=lambda _: "en")[0][0].key == "a.txt"
    assert "is not read" in read_files(tmp_path / "a.bin", lang_of=lambda _: "en")[1][0].reason
    with pytest.raises(Invalid, match="no file or folder"):
        read_files(tmp_path / "nothing", lang_of=lambda _: "en")


def test_the_language_is_asked_for_only_when_not_stated(tmp_path: Path) -> None:
    asked: list[str] = []

    def lang_of(text: str) -> str:
        asked.append(text)
        return "en"

    (tmp_path / "a.md").write_text("# Title\n\nSome text")
    (tmp_path / "b.md").write_text("---\nlang: pl\n---\nInny tekst")
    pages, _ = read_files(tmp_path, lang_of=lang_of)
    assert [page.lang for page in pages] == ["en", "pl"]
    assert asked == ["Title\nSome text"]


def test_an_embedded_picture_is_no_long_paragraph() -> None:
    read = read_markdown(f"Before ![x](data:image/png;base64,{'A' * 100_000}) after")
    assert read.sections == (Section((), "Before after"),)


@pytest.mark.parametrize("piece", ["[", "*a ", "`", "a](", "![[](", "<a ", "_*", "> ", "- ", "|a", "[a](<b", "&", "\\"])
def test_t32_markdown_made_to_choke_a_parser_is_read_quickly(piece: str) -> None:
    started = time.process_time()
    read_markdown((piece * (19_000 // len(piece)) + "\n\n") * 2)
    assert time.process_time() - started < 5


def test_a_page_may_say_when_it_ends(read: Folder) -> None:
    pages, problems = read(
        {
            "a.md": "---\nvalid_until: 2026-12-31\n---\nSale text.",
            "b.html": "<meta name=robots content='unavailable_after: 2026-12-31'><p>Sale text.",
            "c.html": "<meta name=robots content='unavailable_after: some day'><p>Sale text.",
            "d.csv": "title,text,valid_until\nSale,All half,2026-12-31\nOpen,At ten,\nOdd,Text,soon\n",
        }
    )
    end = datetime(2027, 1, 1, tzinfo=UTC)
    assert [(page.key, page.valid_until) for page in pages] == [
        ("a.md", end), ("b.html", end), ("c.html", None), ("d.csv#1", end), ("d.csv#2", None),
    ]  # fmt: skip
    assert [(problem.where, problem.line) for problem in problems] == [("d.csv", 4)]
    assert "valid_until" in problems[0].reason and "2026-12-31" in problems[0].reason
