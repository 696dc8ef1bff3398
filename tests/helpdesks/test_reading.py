"""Reading a ticket again, on the stand-ins and against the vendors' descriptions: who said what, and its status."""

from __future__ import annotations

import pytest

from tests.fixtures.tickets import a_follow_up, a_ticket
from tests.helpdesks.conftest import Desk
from warmline.domain.ticket import TicketRef
from warmline.domain.watch import Comment, TicketNow, TicketStatus, Writer, to_record
from warmline.errors import HelpdeskError, TicketClosed, Unclear
from warmline.helpdesks.base import Channel, Readable


async def made(desk: Desk, key: str = "warmline-cnv_01-1", **changes: object) -> TicketRef:
    ticket = a_ticket(key, **changes)
    await desk.helpdesk.prepare()
    return await desk.helpdesk.create(ticket.key, desk.helpdesk.render(ticket))


async def read(desk: Desk, ref: TicketRef) -> TicketNow:
    assert isinstance(desk.helpdesk, Readable)
    return await desk.helpdesk.fetch(ref)


def people(now: TicketNow) -> list[Comment]:
    return [comment for comment in now.comments if to_record(comment)]


async def test_our_own_words_are_known_as_ours(desk: Desk) -> None:
    ref = await made(desk)
    await desk.helpdesk.append(ref, desk.helpdesk.render_follow_up(a_follow_up(ref)))
    now = await read(desk, ref)
    assert now.status is TicketStatus.OPEN and len(now.comments) >= 2
    assert people(now) == []


async def test_what_people_wrote_comes_in_order_with_their_names(desk: Desk) -> None:
    ref = await made(desk)
    for text, how in (("Yes.", {}), ("Not for shoppers", {"public": False}), ("Thanks!", {"as_customer": True})):
        desk.sandbox.reply(desk.name, int(ref.id), text, **how)
    now = await read(desk, ref)
    assert [(each.writer, each.text, each.name) for each in people(now)] == [
        (Writer.TEAM, "Yes.", "Sam Support"),
        (Writer.SHOPPER, "Thanks!", None),
    ]
    assert any(each.text == "Not for shoppers" and not each.public for each in now.comments)
    assert len({each.id for each in now.comments}) == len(now.comments)


async def test_a_solved_ticket_says_so(desk: Desk) -> None:
    ref = await made(desk)
    desk.sandbox.solve(desk.name, int(ref.id))
    assert (await read(desk, ref)).status is TicketStatus.SOLVED


async def test_a_ticket_that_is_gone_says_so(desk: Desk) -> None:
    assert await read(desk, TicketRef("999999")) == TicketNow(TicketStatus.GONE, ())
    follow_up = a_follow_up(TicketRef("999999"))
    await desk.helpdesk.prepare()
    with pytest.raises(TicketClosed) as caught:
        await desk.helpdesk.append(TicketRef("999999"), desk.helpdesk.render_follow_up(follow_up))
    assert caught.value.gone


async def test_a_word_on_a_solved_ticket_opens_it_again(desk: Desk) -> None:
    ref = await made(desk)
    desk.sandbox.solve(desk.name, int(ref.id))
    assert isinstance(desk.helpdesk, Readable)
    await desk.helpdesk.reopen(ref)
    await desk.helpdesk.append(ref, desk.helpdesk.render_follow_up(a_follow_up(ref)))
    assert (await read(desk, ref)).status is TicketStatus.OPEN


async def test_a_ticket_that_zendesk_has_closed_is_followed_by_another(desk: Desk) -> None:
    if desk.name != "zendesk":
        pytest.skip("only Zendesk closes for good")
    ref = await made(desk)
    desk.sandbox.set_status("zendesk", int(ref.id), "closed")
    with pytest.raises(TicketClosed) as caught:
        await desk.helpdesk.append(ref, desk.helpdesk.render_follow_up(a_follow_up(ref)))
    assert not caught.value.gone
    following = await made(desk, "warmline-cnv_01-2", follows=ref.id)
    sent = next(each.sent for each in desk.tickets() if str(each.id) == following.id)
    assert sent["ticket"]["via_followup_source_id"] == int(ref.id)


@pytest.mark.parametrize("kind", ["error_before", "reset_before", "html_before", "half_json", "error_in_200"])
async def test_a_ticket_that_cannot_be_read_is_unclear_and_never_empty(desk: Desk, kind: str) -> None:
    ref = await made(desk)
    desk.fails(kind, "fetch")
    with pytest.raises(HelpdeskError) as caught:
        await read(desk, ref)
    assert isinstance(caught.value, Unclear)


@pytest.mark.parametrize("where", ["chat", "email"])
def test_the_merchant_says_where_people_go_on(desk: Desk, where: str) -> None:
    assert desk.another(continues_in=where).continues_in is Channel(where)
    assert desk.helpdesk.continues_in is Channel.EMAIL
