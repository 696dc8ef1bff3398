"""Web pages become titles and sections; what is not content, or is hidden, or is made to choke us, does not."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from warmline.agent.read.html import Html, decode_html, read_html
from warmline.agent.read.outline import language_code, row_text, tidy
from warmline.domain.knowledge import Section
from warmline.errors import Invalid

SHARED = Path(os.environ.get("WARMLINE_SHARED", Path(__file__).parents[3] / "shared"))

PAGE = """<!doctype html><html lang="pl-PL"><head><title>Delivery – Shop</title>
<link rel="canonical" href="/help/delivery"><script>var a = "<p>no</p>"</script><style>p{}</style></head>
<body><header><h1>Shop</h1></header><nav><a href="/nav">Menu</a></nav>
<main>
  <h1>Delivery</h1><p>We ship to <b>Poland</b> and
  <a href="/de?x=1#top">Germany</a>.<br>Free from&nbsp;€60.</p>
  <h2>Times</h2>
  <ul><li>Locker: <i>one</i> day</li><li><p>Courier: two days</p></li></ul>
  <table><tr><th>Country</th><th>Price</th></tr><tr><td>Poland</td><td>€3</td></tr><tr><td>Malta</td><td></td></tr></table>
  <h3>Saturdays</h3><p>No.</p>
  <h2>Questions</h2>
  <details><summary>Is it insured?</summary><div>Yes, up to €500.</div></details>
  <dl><dt>Can I collect?</dt><dd>In Kraków.</dd></dl>
  <p>Ask us.</p>
  <form><button>Send</button></form><noscript>Turn on scripts</noscript>
</main><footer>© Shop</footer></body></html>"""


def text(html: str) -> str:
    return "\n".join(section.text for section in read_html(html).sections)


def test_a_page_becomes_sections_under_its_headings() -> None:
    read = read_html(PAGE, "https://shop.example/help/")
    assert read.title == "Delivery"
    assert read.lang == "pl"
    assert read.canonical == "https://shop.example/help/delivery"
    assert read.links == ("https://shop.example/nav", "https://shop.example/de?x=1#top")
    assert read.sections == (
        Section((), "We ship to Poland and Germany.\nFree from €60."),
        Section(("Times",), "- Locker: one day\n- Courier: two days\nCountry: Poland; Price: €3\nCountry: Malta"),
        Section(("Times", "Saturdays"), "No."),
        Section(("Questions", "Is it insured?"), "Yes, up to €500."),
        Section(("Questions", "Can I collect?"), "In Kraków."),
        Section(("Questions",), "Ask us."),
    )


@pytest.mark.parametrize(
    "hidden",
    [
        "<script>X</script>",
        "<style>X</style>",
        "<template>X</template>",
        "<svg><text>X</text></svg>",
        "<iframe srcdoc='X'>X</iframe>",
        "<p hidden>X</p>",
        "<p aria-hidden=true>X</p>",
        "<p style='color:red; display : none'>X</p>",
        "<span style='font-size:0'>X</span>",
        "<!-- X -->",
        "<div role=navigation>X</div>",
        "<div class='cookie-banner'>X</div>",
        "<ol id=breadcrumbs><li>X</ol>",
        "<button>X</button>",
        "<select><option>X</select>",
        "<img alt=X>",
        "<input value=X>",
        "\U000e0058",
    ],
)
def test_t15_what_a_reader_would_not_see_is_left_out(hidden: str) -> None:
    assert text(f"<body><p>before</p>{hidden}<p>after</p>") == "before\nafter"


def test_a_question_in_a_button_inside_a_heading_is_kept() -> None:
    assert read_html("<h1>FAQ</h1><h3><button>How long?</button></h3><div>Two days.</div>").sections == (
        Section(("How long?",), "Two days."),
    )


@pytest.mark.parametrize(
    ("html", "title"),
    [
        ("<title>A – Shop</title><p>x", "A – Shop"),
        ("<title>Shop</title><h1>Returns</h1>", "Returns"),
        ("<title>Shop</title><h1>A</h1><h1>B</h1>", "Shop"),
        ("<meta property='og:title' content='Returns'><p>x", "Returns"),
        ("<p>x", ""),
        ("<h1>A</h1><h1>B</h1>", "A"),
    ],
)
def test_the_title_is_the_only_main_heading_or_the_title(html: str, title: str) -> None:
    assert read_html(html).title == title


def test_a_layout_table_is_read_as_text_and_rows_without_names_as_cells() -> None:
    assert text("<table><tr><td><h2>A</h2><ul><li>one</li></ul></td></tr></table>") == "- one"
    assert text("<table><tr><td>a</td><td>b</td></tr></table>") == "a | b"
    assert row_text(["", "Price"], ["Malta", "€3", "extra"]) == "Malta; Price: €3; extra"


def test_preformatted_text_keeps_its_lines() -> None:
    assert text("<pre>one\n  two\n</pre>") == "one\ntwo"


@pytest.mark.parametrize(
    ("head", "noindex", "nofollow"),
    [
        ("<meta name=robots content='noindex'>", True, False),
        ("<meta name=ROBOTS content='index, NoFollow'>", False, True),
        ("<meta name=robots content=none>", True, True),
        ("<meta name=description content=noindex>", False, False),
    ],
)
def test_robots_in_the_head_are_understood(head: str, noindex: bool, nofollow: bool) -> None:
    read = read_html(head + "<p>x")
    assert (read.noindex, read.nofollow) == (noindex, nofollow)


def test_only_web_links_without_nofollow_are_links() -> None:
    hrefs = ["javascript:alert(1)", "mailto:a@b.example", "data:x", "//other.example/", "http://[bad", "", "ftp://a/"]
    html = "".join(f"<a href='{href}'>x</a>" for href in hrefs) + "<a rel='x NoFollow' href='/no'>n</a>"
    assert read_html(html, "https://shop.example/").links == ("https://other.example/", "https://shop.example/")[:1]
    assert read_html("<base href='/b/'><a href='c'>x</a>", "https://s.example/").links == ("https://s.example/b/c",)


def test_hidden_characters_go_and_joiners_stay() -> None:
    assert tidy(" a\u00ad\u200bb \x00\ud800c\u202e\n d\ufeff ") == "ab c d"
    assert tidy("\u0645\u06cc\u200c\u062e") == "\u0645\u06cc\u200c\u062e"
    assert text("a\0b\ud800c<p>d").startswith("ab")


@pytest.mark.parametrize(
    ("body", "charset", "expected"),
    [
        ("zażółć".encode(), None, "zażółć"),
        ("zażółć".encode("iso8859-2"), "iso8859-2", "zażółć"),
        ("<meta charset=windows-1250>zażółć".encode("cp1250"), None, "<meta charset=windows-1250>zażółć"),
        (b"<meta charset='utf-16'>abc", None, "<meta charset='utf-16'>abc"),
        (b"<meta charset=zip>abc\xe9", None, "<meta charset=zip>abc\xe9"),
        ("zażółć".encode("utf-8-sig"), "cp1252", "zażółć"),
        ("zażółć".encode("utf-16"), None, "zażółć"),
        (b"caf\xe9", None, "café"),
    ],
)
def test_a_page_is_decoded_by_what_it_says_or_looks_like(body: bytes, charset: str | None, expected: str) -> None:
    assert decode_html(body, charset) == expected


@pytest.mark.parametrize(
    ("tag", "code"), [("pl-PL", "pl"), ("EN", "en"), ("zh_Hant", "zh"), ("", None), ("x" * 9, None), ("1", None)]
)
def test_language_tags(tag: str, code: str | None) -> None:
    assert language_code(tag) == code


CHOKING = {
    "div": "<div>" * 200_000,
    "lists": "<ul><li>" * 100_000,
    "sections": "<section><p>" * 100_000,
    "mixed": "<b><div></b>" * 80_000,
    "links": "<a><div></a>" * 80_000,
    "objects": "<div><object></div>" * 60_000,
    "tables": "<div><table></div>" * 60_000,
    "fonts": "".join(f"<font color={i}>" for i in range(50_000)),
    "repeated": "".join(f"<b x={i}>" for i in range(400)) + "<p>x" * 200_000,
    "attributes": "<div " + " ".join(f"a{i}" for i in range(200_000)) + ">",
    "bodies": "".join(f"<body a{i}=1>" for i in range(100_000)),
    "open tags": "<a" * 500_000,
    "quotes": "<a b='" * 100_000,
    "closing": "</div>" * 300_000,
    "comments": "<!--" * 300_000,
    "entities": "&" * 1_000_000,
    "spans": "<span>" * 300_000,
}


@pytest.mark.parametrize("name", CHOKING)
def test_t32_markup_made_to_choke_a_parser_is_refused_or_read_quickly(name: str) -> None:
    started = time.process_time()
    try:
        assert isinstance(read_html(CHOKING[name]), Html)
    except Invalid as refused:
        assert "deeply" in str(refused) or "attributes" in str(refused)  # noqa: PT017
    assert time.process_time() - started < 5


def test_ordinary_long_pages_are_not_refused() -> None:
    rows = "<tr><td>a<td>b" * 20_000
    read = read_html(f"<table>{rows}</table>" + "<p>text <b>bold</b>" * 20_000 + "<ul>" + "<li>x" * 5_000 + "</ul>")
    assert len(read.sections[0].text) > 100_000


def test_t13_attack_markup_leaves_no_markup_in_the_text() -> None:
    path = SHARED / "attacks" / "xss.jsonl"
    if not path.exists():
        pytest.skip(f"attack data {path} is not here (set WARMLINE_SHARED)")
    for row in map(json.loads, path.read_text("ascii").splitlines()):
        read = read_html(f"<body><p>before</p>{row['text']}<p>after</p>", "https://shop.example/")
        assert all(link.startswith(("http://", "https://")) for link in read.links)
