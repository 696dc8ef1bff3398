"""What a teammate reads: complete, escaped, and the same bytes each time."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from tests.fixtures.attacks import texts
from tests.fixtures.tickets import a_follow_up, a_line, a_ticket, a_transcript
from warmline.domain.ticket import Ticket, TicketRef
from warmline.helpdesks import rendering
from warmline.helpdesks.safe_text import link_target, one_line, readable

OURS = {"p", "b", "a", "br", "blockquote"}
NASTY = texts("xss", "nasty_strings", "crlf")


class Tags(HTMLParser):
    """Which tags and attributes a browser would see."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.quotes = 0
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.quotes += tag == "blockquote"
        self.text += "\n" if tag == "br" else ""
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_comment(self, data: str) -> None:
        self.tags.add("!--")

    def handle_data(self, data: str) -> None:
        self.text += data


def nasty_everywhere(text: str) -> Ticket:
    return a_ticket(
        subject=text, name=text, question=text, page_url=text, page_title=text, conversation_url=text,
        best_passages=[(text, text)], profile_id=text, lang=text[:20], reason=text,
        transcript=a_transcript(a_line(text), a_line(text, who=text)),
    )  # fmt: skip


def test_a_note_holds_everything_a_person_needs() -> None:
    note = rendering.note(a_ticket())
    for form in (note.html, note.text):
        for needed in (
            "https://warmline.shop.example/inbox/cnv_01", "the assistant had no reliable answer",
            "Where is my order 1001?", "Delivery times", "https://shop.example/help/delivery", "Returns",
            "ada@example.com (typed by the shopper, not verified)", "Ada Byron", "01HKLAVIYOPROFILE", "Your orders",
            "2026-11-22 12:00:04 UTC (13:00:04 Europe/Warsaw) · AI assistant", "warmline-cnv_01-1",
        ):  # fmt: skip
            assert needed in form
    assert note.text.index("inbox/cnv_01") < note.text.index("Reason")


@pytest.mark.parametrize(
    ("profile_id", "known", "shown"),
    [("01H", True, "01H"), (None, True, "none"), (None, False, "unknown (Klaviyo could not be asked)")],
)
def test_a_missing_profile_is_not_an_unknown_one(profile_id: str | None, known: bool, shown: str) -> None:
    note = rendering.note(a_ticket(profile_id=profile_id, profile_known=known))
    assert f"Klaviyo profile: {shown}\n" in note.text


@pytest.mark.parametrize("proof", ["signed", "verified", "typed", "something new"])
def test_a_typed_address_never_looks_proven(proof: str) -> None:
    note = rendering.note(a_ticket(email_proof=proof))
    assert ("not verified" in note.text) == (proof in ("typed", "something new"))


def test_no_text_becomes_markup_a_template_or_a_second_line() -> None:
    for text in NASTY:
        ticket = nasty_everywhere(text)
        check_harmless(rendering.note(ticket))
        check_harmless(rendering.question(ticket))
        assert Tags(rendering.note(ticket).html).quotes == 2
        assert len(rendering.subject(ticket).splitlines()) == 1
        assert len(rendering.subject(ticket)) <= rendering.LONGEST_SUBJECT
        assert len(rendering.name(text, "a@b.example").splitlines()) == 1


def check_harmless(piece: rendering.Piece) -> None:
    found = Tags(piece.html)
    assert found.tags <= OURS
    assert found.attributes <= {"href", "rel"}
    assert all(link.startswith(("http://", "https://")) for link in found.links)
    for form in (piece.html, piece.text, *found.links, found.text):
        assert not {"{{", "{%"} & {form[i : i + 2] for i in range(len(form))}
        assert not set(form) & {"\r", "\x00", "\x1b", "\u202e", "\u2066", "\u2028", "\x85"}
    assert len(piece.html.encode()) <= rendering.LARGEST_NOTE
    assert len(piece.text.encode()) <= rendering.LARGEST_NOTE


def test_harmless_text_survives_as_it_is() -> None:
    for text in NASTY:
        if text.isprintable() and not set(text) & {"{", "}"} and len(text) < 3000:
            note = rendering.note(a_ticket(transcript=a_transcript(a_line(text))))
            assert text in Tags(note.html).text
            assert text in note.text


def test_a_template_stays_readable() -> None:
    assert readable("{{ticket.id}} {%x%} {{{y}}} {#z#}") == "{ {ticket.id} } { %x% } { { {y} } } { #z# }"


def test_a_hidden_character_is_spelled_out() -> None:
    assert readable("a\u202eb\r\nc\ud800") == "a[U+202E]b\nc[U+D800]"
    assert one_line("a\u202eb\r\nc\ud800") == "a b c"


def test_a_forged_line_stays_inside_its_quote() -> None:
    forged = "ok\n2026-11-22 12:00:09 UTC · AI assistant:\n> refund approved"
    note = rendering.note(a_ticket(transcript=a_transcript(a_line(forged))))
    assert "> 2026-11-22 12:00:09 UTC · AI assistant:\n> > refund approved" in note.text
    assert all(line.startswith(">") for line in note.text.splitlines() if "refund approved" in line)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "ftp://x", "https://", ""]
)
def test_only_web_addresses_become_links(url: str) -> None:
    assert link_target(url) is None


def test_a_link_cannot_carry_a_template() -> None:
    assert link_target("https://x.example/{{a}}?q=\"'><&b=1") == "https://x.example/%7B%7Ba%7D%7D?q=%22%27%3E%3C&b=1"


def test_a_long_transcript_loses_its_middle_and_says_so() -> None:
    lines = [a_line(f"{number:04} zażółć " * 30, after=number) for number in range(400)]
    note = rendering.note(a_ticket(transcript=a_transcript(*lines)))
    assert note.size <= rendering.LARGEST_NOTE
    assert note.size > rendering.LARGEST_NOTE - 3000
    assert "0000 " in note.text
    assert "0399 " in note.text
    assert "0200 " not in note.text
    assert "messages (" in note.text
    assert "Warmline has the whole conversation" in note.html


def test_one_huge_message_loses_its_own_middle() -> None:
    huge = a_line("begin " + '"' * 7900 + " end")
    note = rendering.note(a_ticket(transcript=a_transcript(*[huge] * 3)))
    assert note.size <= rendering.LARGEST_NOTE
    assert "characters left out" in note.text
    assert note.text.count("begin") == note.text.count(" end") == 3


def test_the_same_ticket_renders_to_the_same_text() -> None:
    assert rendering.note(a_ticket()) == rendering.note(a_ticket())


def test_an_unknown_zone_leaves_utc() -> None:
    ticket = a_ticket(transcript=a_transcript(a_line(), zone="Mars/Olympus"))
    assert "2026-11-22 12:00:00 UTC · Shopper" in rendering.note(ticket).text


def test_another_day_in_the_shop_is_named() -> None:
    ticket = a_ticket(transcript=a_transcript(a_line(), zone="Pacific/Auckland"))
    assert "2026-11-22 12:00:00 UTC (2026-11-23 01:00:00 Pacific/Auckland)" in rendering.note(ticket).text


def test_the_marker_stands_on_a_line_of_its_own() -> None:
    note = rendering.follow_up_note(a_follow_up(TicketRef("1"), marker="warmline-cnv_01-1-7"))
    assert "\nwarmline-cnv_01-1-7\n" in note.text
    assert "<p>warmline-cnv_01-1-7</p>" in note.html


def test_without_a_question_the_last_words_of_the_shopper_are_shown() -> None:
    question = rendering.question(replace(a_ticket(), question=None))
    assert question.text.startswith("> Yes\n")
    assert "not verified" in question.text
