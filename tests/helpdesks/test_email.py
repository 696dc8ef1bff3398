"""A helpdesk by mail: one letter to one mailbox, the same bytes at each try, and an honest word on what is known."""

from __future__ import annotations

import json
import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

import pytest

from tests.fixtures.attacks import texts
from tests.fixtures.slices import SHARED
from tests.fixtures.tickets import a_follow_up, a_line, a_ticket, a_transcript
from warmline.domain.ticket import TicketRef
from warmline.errors import AccountRefused, HelpdeskError, Invalid, TicketRefused, Unclear
from warmline.helpdesks import registry
from warmline.helpdesks.base import Channel, Doubles
from warmline.helpdesks.email.config import EmailConfig
from warmline.helpdesks.email.helpdesk import Email
from warmline.mail.smtp import SmtpMail
from warmline.sandbox import Sandbox, SeenMail, credentials

TO = credentials.SUPPORT_MAILBOX


def a_desk(sandbox: Sandbox, login: str = "", timeout: float = 5, sender: str = "", **table: object) -> Email:
    url = sandbox.smtp_url.replace("smtp://", f"smtp://{login}")
    return Email(
        EmailConfig.parse({"to": TO, "from": sender, **table}), SmtpMail(f"{url}?from=chat@shop.example", timeout)
    )


def read(mail: SeenMail) -> EmailMessage:
    message = message_from_bytes(mail.raw, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


async def send(desk: Email, **changes: Any) -> TicketRef:
    await desk.prepare()
    ticket = a_ticket(**changes)
    return await desk.create(ticket.key, desk.render(ticket))


async def test_a_handoff_is_one_mail_to_the_mailbox_and_the_shopper_gets_the_answer(sandbox: Sandbox) -> None:
    ref = await send(a_desk(sandbox))
    [mail] = sandbox.mails()
    message = read(mail)
    assert (mail.sender, mail.recipients) == ("chat@shop.example", [TO])
    assert message["From"].addresses[0].display_name == "Shop chat"
    assert message["Reply-To"].addresses[0].addr_spec == "ada@example.com"
    assert message["Reply-To"].addresses[0].display_name == "Ada Byron"
    assert message["Subject"] == "Chat: Where is my order 1001?"
    assert message["Message-ID"] == "<warmline-cnv_01-1@shop.example>" == ref.id
    assert message["References"] == "<cnv_01@shop.example>"
    assert message["X-Warmline-Handoff"] == "warmline-cnv_01-1"
    assert (ref.url, ref.reference) == (None, None), "a mailbox gives no number back, so none is shown"
    assert message.get_content_type() == "multipart/alternative"
    for kind in ("plain", "html"):
        for needed in ("Where is my order 1001?", "AI assistant", "12:00:04 UTC", "13:00:04 Europe/Warsaw",
                       "01HKLAVIYOPROFILE", "Delivery times", "not verified"):  # fmt: skip
            assert needed in part(message, kind), (kind, needed)
    # Helpdesks set automatic mail aside, and this is a shopper's.
    assert not {"Auto-Submitted", "Precedence", "X-Auto-Response-Suppress"} & set(message.keys())


async def test_the_same_ticket_is_the_same_bytes_and_every_line_is_short_ascii(sandbox: Sandbox) -> None:
    ticket = a_ticket(transcript=a_transcript(a_line("zażółć " * 500), a_line("x" * 5000)))
    first, second = a_desk(sandbox).render(ticket), a_desk(sandbox).render(ticket)
    assert first == second
    assert first.isascii() and max(len(line) for line in first.split(b"\r\n")) <= 998
    assert b"\n" not in first.replace(b"\r\n", b"") and b"\r" not in first.replace(b"\r\n", b"")
    assert a_desk(sandbox).render(a_ticket(question="another")) != first


async def test_a_follow_up_is_a_mail_in_the_same_thread_with_an_id_of_its_own(sandbox: Sandbox) -> None:
    desk = a_desk(sandbox)
    ref = await send(desk)
    body = desk.render_follow_up(a_follow_up(ref, "warmline-cnv_01-1-upto-7", "It is order 1002 {{x}}"))
    assert body == desk.render_follow_up(a_follow_up(ref, "warmline-cnv_01-1-upto-7", "It is order 1002 {{x}}"))
    await desk.append(ref, body)
    message = read(sandbox.mails()[1])
    assert message["In-Reply-To"] == message["References"] == ref.id
    assert message["Message-ID"] == "<warmline-cnv_01-1-upto-7@shop.example>"
    assert message["Reply-To"].addresses[0].addr_spec == "ada@example.com"
    assert "It is order 1002 { {x} }" in part(message, "plain")


async def test_t20_t22_nasty_words_bend_no_header_and_no_part(sandbox: Sandbox) -> None:
    desk = a_desk(sandbox)
    nasty = texts("xss", "nasty_strings", "crlf")[::9]
    for number, text in enumerate(nasty):
        await send(desk, key=f"warmline-nasty-{number}", subject=text, name=text, question=text, page_title=text,
                   page_url=text, lang=text, transcript=a_transcript(a_line(text)))  # fmt: skip
    mails = sandbox.mails()
    assert len(mails) == len(nasty)
    wanted = {"From", "To", "Reply-To", "Date", "Subject", "Message-ID", "References", "X-Warmline-Handoff",
              "MIME-Version", "Content-Type"}  # fmt: skip
    for mail in mails:
        message = read(mail)
        assert mail.recipients == [TO]
        assert set(message.keys()) - {"Content-Language"} == wanted and len(message.keys()) <= 11
        assert [each.addr_spec for each in message["To"].addresses] == [TO]
        assert [each.addr_spec for each in message["Reply-To"].addresses] == ["ada@example.com"]
        assert [each.addr_spec for each in message["From"].addresses] == ["chat@shop.example"]
        assert [each.get_content_type() for each in message.iter_parts()] == ["text/plain", "text/html"]
        html = part(message, "html")
        assert not re.search(r"<(script|img|svg|iframe|style)\b|\{\{|\{%", html, re.IGNORECASE)
        assert "{{" not in part(message, "plain") + str(message["Subject"])


async def test_nobody_can_write_the_boundary_into_a_mail(sandbox: Sandbox) -> None:
    """The first render shows the boundary; a shopper who types it gets a mail with another one."""
    desk = a_desk(sandbox)
    first = message_from_bytes(desk.render(a_ticket()), policy=SMTP).get_boundary()
    attack = f"\r\n--{first}\r\nContent-Type: text/html\r\n\r\n<script>x</script>\r\n--{first}--"
    ticket = a_ticket(transcript=a_transcript(a_line(attack), a_line("a" * 71 + attack)))
    message = message_from_bytes(desk.render(ticket), policy=SMTP)
    assert message.get_boundary() != first
    assert [each.get_content_type() for each in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_t20_no_odd_address_makes_a_mailbox_or_a_sender() -> None:
    path = SHARED / "attacks" / "emails.jsonl"
    cases = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    bad = [case["text"] for case in cases if case["expect"] == "reject"] or ["a@b.example\r\nBcc: v@evil.example", "x"]
    for text in bad:
        for table in ({"to": text}, {"to": TO, "from": text}):
            if table.get("from", table["to"]) == "":
                continue
            with pytest.raises(Invalid) as caught:
                EmailConfig.parse(table)
            assert (caught.value.field or "").startswith("helpdesks.email.")


# --- what is known after a failure


@pytest.mark.parametrize("kind", ["error_before", "rate_limited"])
async def test_put_off_before_the_message_made_nothing(sandbox: Sandbox, kind: str) -> None:
    sandbox.add_fault("mail", kind)
    with pytest.raises(Unclear) as caught:
        await send(a_desk(sandbox))
    assert caught.value.made_nothing and sandbox.mails() == []


@pytest.mark.parametrize("kind", ["error_after", "reset_after", "reset_before"])
async def test_after_the_last_byte_nobody_knows_and_the_repeat_is_the_same_letter(sandbox: Sandbox, kind: str) -> None:
    sandbox.add_fault("mail", kind, times=1)
    desk = a_desk(sandbox)
    body = desk.render(a_ticket())
    with pytest.raises(Unclear) as caught:
        await desk.create("key", body)
    assert not caught.value.made_nothing
    await desk.create("key", body)
    assert {mail.raw for mail in sandbox.mails()} == {body}
    assert len({read(mail)["Message-ID"] for mail in sandbox.mails()}) == 1


async def test_silence_ends_in_time_and_is_unclear(sandbox: Sandbox) -> None:
    sandbox.add_fault("mail", "silence_after", times=1)
    with pytest.raises(Unclear) as caught:
        await send(a_desk(sandbox, timeout=0.5))
    assert not caught.value.made_nothing


async def test_no_such_mailbox_is_a_refused_account_and_a_refused_letter_is_not(sandbox: Sandbox) -> None:
    sandbox.add_fault("mail", "refuse_ticket", times=1)
    with pytest.raises(AccountRefused, match="No such mailbox"):
        await send(a_desk(sandbox))
    sandbox.add_fault("mail", "error_after", status=554, times=1)
    with pytest.raises(TicketRefused, match="554"):
        await send(a_desk(sandbox))


async def test_a_server_that_is_away_or_refuses_our_login_made_nothing(sandbox: Sandbox) -> None:
    away = Email(EmailConfig.parse({"to": TO}), SmtpMail("smtp://127.0.0.1:9?from=chat@shop.example", 2))
    for desk in (away, a_desk(sandbox, "nobody:wrong@")):
        with pytest.raises(Unclear) as caught:
            await send(desk)
        assert caught.value.made_nothing and "wrong" not in str(caught.value)


async def test_mail_cannot_be_asked_and_says_so_on_its_class(sandbox: Sandbox) -> None:
    desk = a_desk(sandbox)
    assert (Email.doubles, Email.continues_in, Email.key_life) == (Doubles.DROPPED_THERE, Channel.EMAIL, None)
    with pytest.raises(Unclear):
        await desk.find("warmline-cnv_01-1")
    with pytest.raises(Unclear):
        await desk.has_follow_up(TicketRef("<x@y.example>"), "marker")


# --- loops


@pytest.mark.parametrize("shopper", [TO, TO.upper(), "chat@shop.example"])
async def test_a_shopper_with_the_shops_own_mailbox_would_make_a_loop(sandbox: Sandbox, shopper: str) -> None:
    with pytest.raises(TicketRefused, match="own mailbox"):
        await send(a_desk(sandbox), email=shopper)
    assert sandbox.mails() == []


async def test_a_mailbox_that_is_the_sender_is_refused_before_anything_is_sent(sandbox: Sandbox) -> None:
    desk = a_desk(sandbox, to="chat@shop.example")
    with pytest.raises(AccountRefused, match="loop"):
        await send(desk)
    checked = await desk.check()
    assert [step.ok for step in checked.steps] == [True, False, None, None] and "No mail loop" in checked.complaint


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ({}, "to"),
        ({"to": "support"}, "to"),
        ({"to": "no-reply@shop.example"}, "to"),
        ({"to": "MAILER-DAEMON@shop.example"}, "to"),
        ({"to": TO, "from": TO}, "from"),
        ({"to": TO, "from": "x"}, "from"),
        ({"to": TO, "name": "x" * 81}, "name"),
        ({"to": TO, "name": "\r\n"}, "name"),
        ({"to": TO, "name": 5}, "name"),
        ({"to": TO, "cc": "a@b.example"}, "cc"),
    ],
)
def test_a_wrong_table_names_its_field(table: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid, match=rf"helpdesks\.email\.{field}") as caught:
        EmailConfig.parse(table)
    assert caught.value.field == f"helpdesks.email.{field}"


# --- the connection check


async def test_a_good_mailbox_passes_and_gets_no_mail(sandbox: Sandbox) -> None:
    checked = await a_desk(sandbox, sender="hello@shop.example").check()
    assert checked.ok and [step.name for step in checked.steps] == [
        "Mail server set up", "No mail loop", "Mail server answers", "Mailbox accepted",
    ]  # fmt: skip
    assert checked.steps[0].detail == "Mail goes out as hello@shop.example."
    assert sandbox.mails() == []


async def test_without_a_mail_server_the_check_names_the_step_and_the_remedy() -> None:
    desk = registry.load().account("email", {"to": TO}).connect(None, "")  # type: ignore[arg-type]  # it makes no call
    checked = await desk.check()
    assert not checked.ok and not checked.unclear
    assert checked.steps[0].ok is False and "WARMLINE_SMTP_URL" in checked.steps[0].remedy
    with pytest.raises(AccountRefused, match="WARMLINE_SMTP_URL"):
        await desk.prepare()


async def test_a_refused_mailbox_and_a_refused_login_are_steps_of_their_own(sandbox: Sandbox) -> None:
    sandbox.add_fault("mail", "refuse_ticket")
    checked = await a_desk(sandbox).check()
    assert [step.ok for step in checked.steps] == [True, True, True, False] and "No such mailbox" in checked.complaint
    login = await a_desk(sandbox, "nobody:wrong@").check()
    assert [step.ok for step in login.steps] == [True, True, False, None] and "535" in login.complaint
    assert "wrong" not in login.complaint


async def test_greylisting_is_no_fault_and_an_absent_server_is_unclear(sandbox: Sandbox) -> None:
    sandbox.add_fault("mail", "error_before")
    checked = await a_desk(sandbox).check()
    assert checked.ok and "later" in checked.steps[2].detail
    away = Email(EmailConfig.parse({"to": TO}), SmtpMail("smtp://127.0.0.1:9?from=chat@shop.example", 2))
    assert (await away.check()).unclear


async def test_nothing_but_what_a_helpdesk_may_raise_comes_out(sandbox: Sandbox) -> None:
    for kind in ("html_before", "error_in_200", "html_after", "half_json", "refuse_account"):
        sandbox.clear_faults("mail")
        sandbox.add_fault("mail", kind)
        with pytest.raises(HelpdeskError):
            await send(a_desk(sandbox))
