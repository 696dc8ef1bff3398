"""Which comments of a ticket are recorded, and when it is read again."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fixtures.conversations import NOW
from warmline.domain.ids import ConversationId, Seq, WorkspaceId
from warmline.domain.ticket import TicketRef
from warmline.domain.watch import (
    MOST_LOOKS,
    SOLVED_FOR,
    WATCHED_FOR,
    Comment,
    TicketStatus,
    Watched,
    Writer,
    is_echo,
    next_look,
    plain,
    to_record,
)

KEY = "warmline-cnv_" + "0" * 32 + "-1"
TICKET = Watched(WorkspaceId("acme"), "zendesk", TicketRef("1"), ConversationId("cnv_1"), 1, TicketStatus.OPEN, 1,
                 Seq(3), Seq(3), NOW, 0)  # fmt: skip
SAID = Comment("1", NOW, "On Friday.", public=True, writer=Writer.TEAM, name="Sam")


@pytest.mark.parametrize(
    ("comment", "recorded"),
    [
        (SAID, True),
        (replace(SAID, writer=Writer.SHOPPER), True),
        (replace(SAID, public=False), False),
        (replace(SAID, writer=Writer.US), False),
        (replace(SAID, writer=Writer.OTHER), False),
        (replace(SAID, text=" \n\x00 "), False),
        (replace(SAID, text=f"Written in the shop's chat\n\n{KEY}-upto-7\n\n> Hello"), False),
        (replace(SAID, text=f"Yes, see {KEY} in your mail."), True),
        (replace(SAID, text=f"Yes.\n\n> Written in the shop's chat\n> {KEY}-upto-7"), True),
    ],
)
def test_public_words_of_people_are_recorded_and_nothing_else(comment: Comment, recorded: bool) -> None:
    assert to_record(comment) is recorded


@pytest.mark.parametrize("line", [KEY, f"  {KEY}-upto-12  "])
def test_an_echo_carries_our_key_on_a_line_of_its_own(line: str) -> None:
    assert is_echo(f"before\n{line}\nafter") and not is_echo(f"before {line} after")


def test_what_is_recorded_can_be_stored() -> None:
    assert plain(" a\x00b\ud800 ") == "a b"
    assert len(plain("x" * 9_000)) == 8_000


@pytest.mark.parametrize(
    ("quiet", "live", "hooked", "pause"),
    [
        (timedelta(0), False, False, timedelta(minutes=1)),
        (timedelta(minutes=30), False, False, timedelta(minutes=5)),
        (timedelta(hours=5), False, False, timedelta(minutes=30)),
        (timedelta(days=3), False, False, timedelta(hours=3)),
        (timedelta(days=20), False, False, timedelta(hours=12)),
        (WATCHED_FOR, False, False, None),
        (timedelta(0), True, False, timedelta(seconds=10)),
        (timedelta(hours=1), True, False, timedelta(minutes=1)),
        (timedelta(days=3), True, False, timedelta(hours=3)),
        (timedelta(0), False, True, timedelta(minutes=5)),
        (timedelta(0), True, True, timedelta(minutes=1)),
    ],
)
def test_the_pause_grows_with_the_quiet(quiet: timedelta, live: bool, hooked: bool, pause: timedelta | None) -> None:
    now = NOW + quiet
    due = next_look(TICKET, live=live, hooked=hooked, now=now)
    assert (due - now if due else None) == pause


@pytest.mark.parametrize(
    ("status", "quiet", "goes_on"),
    [
        (TicketStatus.SOLVED, timedelta(0), True),
        (TicketStatus.SOLVED, SOLVED_FOR, False),
        (TicketStatus.CLOSED, timedelta(0), False),
        (TicketStatus.GONE, timedelta(0), False),
    ],
)
def test_it_ends_with_the_ticket(status: TicketStatus, quiet: timedelta, goes_on: bool) -> None:
    due = next_look(replace(TICKET, status=status), live=True, hooked=False, now=NOW + quiet)
    assert (due is not None) is goes_on


def test_it_ends_whatever_the_clock_says() -> None:
    looks, now = 0, NOW
    while (due := next_look(replace(TICKET, looks=looks), live=True, hooked=False, now=now)) is not None:
        looks, now = looks + 1, due
    assert looks < MOST_LOOKS and now - NOW >= WATCHED_FOR - timedelta(days=1)
    assert next_look(replace(TICKET, looks=MOST_LOOKS), live=True, hooked=False, now=NOW) is None
