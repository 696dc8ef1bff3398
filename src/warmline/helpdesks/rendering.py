"""
What a teammate reads in a helpdesk: the facts of a handoff and its transcript, as HTML and as plain text.

Words of a shopper are quoted and escaped, author labels come from our code, and nothing in them can become markup, a
template variable of the helpdesk, a reordered line or a second header (THREATS.md T22). The same ticket always renders
to the same bytes. Too long a transcript is cut in its middle: how it began and how it ended matter most.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from html import escape
from zoneinfo import ZoneInfo

from warmline.domain.ticket import FollowUp, Line, Ticket, Transcript
from warmline.helpdesks.safe_text import link_target, one_line, readable

LARGEST_NOTE = 60_000
LONGEST_SUBJECT = 150
LONGEST_NAME = 100
_LONGEST_QUESTION, _LONGEST_URL, _MOST_PASSAGES = 600, 300, 3
_SHORTENED = 3_000
_ROOM_FOR_NOTICE = 300

_REASONS = {
    "no_answer": "the assistant had no reliable answer",
    "asked": "the shopper asked for a person",
    "rule": "an escalation rule of the shop applied",
    "frustration": "the shopper was unhappy with the chat",
    "unhelpful": "several answers did not help",
    "agent_failure": "the assistant could not answer (technical failure)",
    "agent_off": "the assistant is switched off",
    "by_teammate": "a teammate took over and passed it on",
    "api": "the shop's own software asked for it",
}
_PROOFS = {
    "signed": "signed in: the shop vouches for the address",
    "verified": "verified: the shopper opened a link we sent there",
    "typed": "typed by the shopper, not verified",
}


@dataclass(frozen=True)
class Piece:
    """A part of a note in both forms; `text` ends its line."""

    html: str
    text: str

    @cached_property
    def size(self) -> int:
        return max(len(self.html.encode()), len(self.text.encode()))


def subject(ticket: Ticket) -> str:
    return one_line(ticket.subject, LONGEST_SUBJECT) or "Chat"


def name(given: str | None, email: str) -> str:
    """What the helpdesk may call the shopper."""
    return one_line(given or "", LONGEST_NAME) or email


def profile_id(ticket: Ticket) -> str:
    return one_line(ticket.profile_id or "", LONGEST_NAME)


def label(words: object) -> str:
    """A vendor's name for something, to show in a connection check."""
    return one_line(words, LONGEST_NAME) if isinstance(words, str) else "nobody"


def note(ticket: Ticket) -> Piece:
    """Everything a person needs to take over."""
    facts = [_title("Handed over from the shop's chat"), *_facts(ticket), _title("Conversation")]
    return _joined([*facts, *_transcript(ticket.transcript, LARGEST_NOTE - _size(facts))])


def question(ticket: Ticket) -> Piece:
    """The shopper's own words that a helpdesk shows as their message."""
    asked = ticket.question or next((line.text for line in reversed(ticket.transcript.lines) if line.by_visitor), "")
    quoted = _words(_shortened(asked) or subject(ticket))
    proof = _PROOFS.get(ticket.email_proof, _PROOFS["typed"])
    when = _when(ticket.created_at, ticket.transcript.zone)
    return _joined([quoted, _paragraph(f"(Asked in the shop's chat, {when}. E-mail address {proof}.)")])


def follow_up_note(follow_up: FollowUp) -> Piece:
    """What the shopper wrote after the ticket, with the marker that a look-up finds again."""
    head = [_title("Written in the shop's chat after the handover"), _paragraph(follow_up.marker)]
    return _joined([*head, *_transcript(follow_up.transcript, LARGEST_NOTE - _size(head))])


# --- the facts


def _facts(ticket: Ticket) -> list[Piece]:
    facts = [
        _fact("Conversation", _link(ticket.conversation_url)) if ticket.conversation_url else None,
        _fact("Reason", _plain(_REASONS.get(ticket.reason, one_line(ticket.reason, 60)))),
        _fact("Unanswered question", _plain(_clipped(ticket.question))) if ticket.question else None,
        *(_fact("Closest help page", _titled(*passage)) for passage in ticket.best_passages[:_MOST_PASSAGES]),
        _fact("E-mail", _plain(f"{one_line(ticket.email)} ({_PROOFS.get(ticket.email_proof, _PROOFS['typed'])})")),
        _fact("Name", _plain(one_line(ticket.name, LONGEST_NAME))) if ticket.name else None,
        _fact("Klaviyo profile", _plain(_profile(ticket))),
        _fact("Language", _plain(one_line(ticket.lang, 35))),
        _fact("Page", _titled(ticket.page_title or "", ticket.page_url)) if ticket.page_url else None,
        _fact("Reference", _plain(one_line(ticket.key))),
    ]
    return [fact for fact in facts if fact]


def _profile(ticket: Ticket) -> str:
    if ticket.profile_id:
        return profile_id(ticket)
    return "none" if ticket.profile_known else "unknown (Klaviyo could not be asked)"


def _clipped(text: str) -> str:
    return one_line(text, _LONGEST_QUESTION)


def _fact(label: str, value: Piece) -> Piece:
    return Piece(f"<p><b>{label}:</b> {value.html}</p>", f"{label}: {value.text}\n")


def _plain(text: str) -> Piece:
    return Piece(escape(text), text)


def _titled(title: str, url: str | None) -> Piece:
    words = _plain(one_line(title, LONGEST_SUBJECT))
    if not url:
        return words
    link = _link(url)
    return Piece(f"{words.html} {link.html}".strip(), f"{words.text} {link.text}".strip())


def _link(url: str) -> Piece:
    """A link for http and https, plain text for anything else."""
    shown, target = one_line(url, _LONGEST_URL), link_target(url)
    if target is None:
        return _plain(shown)
    return Piece(f'<a href="{escape(target)}" rel="noreferrer nofollow">{escape(shown)}</a>', shown)


def _title(text: str) -> Piece:
    return Piece(f"<p><b>{escape(text)}</b></p>", f"\n{text}\n\n")


def _paragraph(text: str) -> Piece:
    return Piece(f"<p>{escape(text)}</p>", f"{text}\n\n")


# --- the transcript


def _transcript(transcript: Transcript, room: int) -> list[Piece]:
    """The lines as they are; if they do not fit, with long ones shortened; if still not, without the middle ones."""
    pieces = [_line(line, transcript.zone) for line in transcript.lines]
    if _size(pieces) > room:
        pieces = [_line(replace(line, text=_shortened(line.text)), transcript.zone) for line in transcript.lines]
    return pieces if _size(pieces) <= room else _without_middle(pieces, room - _ROOM_FOR_NOTICE)


def _line(line: Line, zone: str) -> Piece:
    head, words = f"{_when(line.at, zone)} · {one_line(line.who, LONGEST_NAME)}", _words(line.text)
    return Piece(f"<p><b>{escape(head)}</b></p>{words.html}", f"{head}:\n{words.text}")


def _words(text: str) -> Piece:
    """Somebody's words, quoted: a line break in them cannot look like the next line of the transcript."""
    lines = readable(text).split("\n")
    html = "<br>".join(escape(line) for line in lines)
    return Piece(f"<blockquote>{html}</blockquote>", "".join(f"> {line}\n" for line in lines) + "\n")


def _when(at: datetime, zone: str) -> str:
    """2026-11-22 10:02:05 UTC (11:02:05 Europe/Warsaw)"""
    utc, here = at.astimezone(UTC), _in_zone(at, zone)
    shown = f"{utc:%Y-%m-%d %H:%M:%S} UTC"
    if here is None:
        return shown
    day = "" if here.date() == utc.date() else f"{here:%Y-%m-%d} "
    return f"{shown} ({day}{here:%H:%M:%S} {one_line(zone, 40)})"


def _in_zone(at: datetime, zone: str) -> datetime | None:
    try:
        return None if zone in ("", "UTC") else at.astimezone(ZoneInfo(zone))
    except (KeyError, OSError, ValueError):  # a zone that this machine does not know: UTC alone is still true
        return None


def _shortened(text: str) -> str:
    left_out = len(text) - _SHORTENED
    if left_out <= 0:
        return text
    half = _SHORTENED // 2
    return f"{text[:half]}\n[… {left_out:,} characters left out …]\n{text[-half:]}"


def _without_middle(pieces: Sequence[Piece], room: int) -> list[Piece]:
    head = _fitting(pieces, room // 2)
    tail = _fitting(pieces[len(head) :][::-1], room - _size(head))
    left = pieces[len(head) : len(pieces) - len(tail)]
    told = f"[… {len(left):,} messages ({_text_size(left):,} bytes) left out; Warmline has the whole conversation …]"
    return [*head, _paragraph(told), *reversed(tail)]


def _fitting(pieces: Iterable[Piece], room: int) -> list[Piece]:
    """As many as fit, from the first on."""
    taken: list[Piece] = []
    for piece in pieces:
        room -= piece.size
        if room < 0:
            break
        taken.append(piece)
    return taken


def _size(pieces: Iterable[Piece]) -> int:
    return sum(piece.size for piece in pieces)


def _text_size(pieces: Iterable[Piece]) -> int:
    return sum(len(piece.text.encode()) for piece in pieces)


def _joined(pieces: Sequence[Piece]) -> Piece:
    return Piece("".join(piece.html for piece in pieces), "".join(piece.text for piece in pieces).strip("\n") + "\n")
