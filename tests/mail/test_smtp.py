"""Letters over SMTP: to exactly one person, with headers nobody can bend, and with honest failures."""

from __future__ import annotations

import asyncio
import json
import smtplib
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from tests.fixtures.attacks import texts
from tests.fixtures.slices import SHARED
from warmline.domain.visitor import EmailAddress
from warmline.errors import Invalid, MailRefused, MailUnclear, SettingsError
from warmline.mail.base import Letter
from warmline.mail.smtp import SmtpMail
from warmline.mail.smtp_url import SmtpServer, Tls
from warmline.sandbox import Sandbox, credentials

LETTER = Letter(
    to=EmailAddress.parse("ada@example.com"),
    subject="Acme: reply to your question – zażółć",
    text="Marta wrote:\n\n.Hello Ada\n..\nzażółć gęślą jaźń 🎁\n\nhttps://shop.example/r/abc\n",
    message_id="<reply-1.cnv_01@shop.example>",
    sender_name="Marta, Acme",
    in_reply_to="cnv_01@shop.example",
    lang="pl",
)


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    running.reset()
    return running


def mail_to(
    sandbox: Sandbox, login: str = "", options: str = "&reply_to=team@shop.example", timeout: float = 5
) -> SmtpMail:
    url = sandbox.smtp_url.replace("smtp://", f"smtp://{login}")
    return SmtpMail(f"{url}?from=support@shop.example{options}", timeout=timeout)


def the_mail(sandbox: Sandbox) -> EmailMessage:
    [seen] = sandbox.mails()
    assert seen.recipients == ["ada@example.com"]
    assert seen.sender == "support@shop.example"
    message = message_from_bytes(seen.raw, policy=SMTP)
    assert isinstance(message, EmailMessage)
    return message


async def test_a_letter_arrives_as_written(sandbox: Sandbox) -> None:
    await mail_to(sandbox).send(LETTER)
    message = the_mail(sandbox)
    assert message["Subject"] == LETTER.subject
    assert message["From"].addresses[0].display_name == "Marta Acme"
    assert message["From"].addresses[0].addr_spec == "support@shop.example"
    assert [address.addr_spec for address in message["To"].addresses] == ["ada@example.com"]
    assert message["Reply-To"] == "team@shop.example"
    assert message["Message-ID"] == "<reply-1.cnv_01@shop.example>"
    assert message["In-Reply-To"] == message["References"] == "<cnv_01@shop.example>"
    assert message["Content-Language"] == "pl"
    assert "Auto-Submitted" not in message
    assert message.get_content_type() == "text/plain"
    assert message.get_content() == LETTER.text.replace("\n", "\r\n")
    assert sandbox.mails()[0].raw.isascii()


async def test_no_text_adds_a_header_or_a_recipient(sandbox: Sandbox) -> None:
    mail = mail_to(sandbox, options="")
    names = ["From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Content-Language",
             "Content-Type", "Content-Transfer-Encoding", "MIME-Version"]  # fmt: skip
    forged = "x" * 90 + ' "q" <v@evil.example>, c'
    for text in [forged, *texts("crlf", "nasty_strings", "xss")[::9]]:
        sandbox.reset()
        await mail.send(replace(LETTER, subject=text, sender_name=text, text=text))
        message = the_mail(sandbox)
        assert sorted(message.keys()) == sorted(names)
        assert len(message["To"].addresses) == len(message["From"].addresses) == 1
        assert len(str(message["Subject"]).splitlines()) <= 1
        assert message["From"].addresses[0].addr_spec == "support@shop.example"


async def test_addresses_that_are_accepted_reach_exactly_one_mailbox(sandbox: Sandbox) -> None:
    path = SHARED / "attacks" / "emails.jsonl"
    if not path.exists():
        pytest.skip(f"{path} is not there")
    for line in path.read_text().splitlines():
        try:
            address = EmailAddress.parse(json.loads(line)["text"])
        except Invalid:
            continue
        sandbox.reset()
        await mail_to(sandbox).send(replace(LETTER, to=address))
        [seen] = sandbox.mails()
        assert seen.recipients == [str(address)]
        assert [to.addr_spec for to in message_from_bytes(seen.raw, policy=SMTP)["To"].addresses] == [str(address)]


@pytest.mark.parametrize("id", ["", "no-at", "<a@b>\r\nBcc: v@evil.example", "a b@c", "<a@b", "a@b\n"])
async def test_a_bent_message_id_is_refused(sandbox: Sandbox, id: str) -> None:
    if id == "<a@b":
        await mail_to(sandbox).send(replace(LETTER, message_id=id))
        assert the_mail(sandbox)["Message-ID"] == "<a@b>"
        return
    with pytest.raises(MailRefused):
        await mail_to(sandbox).send(replace(LETTER, message_id=id))
    assert sandbox.mails() == []


# --- failures


@pytest.mark.parametrize(
    ("kind", "error"),
    [("error_before", MailUnclear), ("rate_limited", MailUnclear), ("refuse_ticket", MailRefused),
     ("reset_before", MailUnclear), ("reset_after", MailUnclear), ("error_after", MailUnclear),
     ("silence_after", MailUnclear), ("refuse_account", MailUnclear)],
)  # fmt: skip
async def test_what_a_failure_means(sandbox: Sandbox, kind: str, error: type[Exception]) -> None:
    sandbox.add_fault("mail", kind, seconds=0.2)
    with pytest.raises(error) as caught:
        await mail_to(sandbox, timeout=1).send(LETTER)
    assert "ada@example.com" not in str(caught.value)


async def test_a_refusal_of_the_content_is_final(sandbox: Sandbox) -> None:
    sandbox.add_fault("mail", "error_after", status=554)
    with pytest.raises(MailRefused, match="554"):
        await mail_to(sandbox).send(LETTER)


async def test_a_login_works(sandbox: Sandbox) -> None:
    sandbox.configure("mail", auth_required=True)
    mail = mail_to(sandbox, f"{credentials.MAIL_USER}:{credentials.MAIL_PASSWORD}@")
    assert await mail.check() is None
    await mail.send(LETTER)
    assert len(sandbox.mails()) == 1


async def test_a_wrong_login_is_the_operators_to_mend(sandbox: Sandbox) -> None:
    mail = mail_to(sandbox, "warmline:wr%40ng-secret@")
    with pytest.raises(MailUnclear, match="check user and password"):
        await mail.send(LETTER)
    problem = await mail.check()
    assert problem is not None
    assert "wr@ng" not in problem


async def test_no_server_is_unclear_and_told_by_the_check() -> None:
    mail = SmtpMail("smtp://127.0.0.1:9?from=support@shop.example")
    with pytest.raises(MailUnclear):
        await mail.send(LETTER)
    assert await mail.check()


async def test_a_silent_server_does_not_hold_us() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mail = SmtpMail(f"smtp://127.0.0.1:{silent.getsockname()[1]}?from=support@shop.example", timeout=0.3)
        began = time.monotonic()
        with pytest.raises(MailUnclear):
            await mail.send(LETTER)
        assert time.monotonic() - began < 2


async def test_far_away_nothing_is_sent_in_the_open(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SmtpServer, "is_near", False)
    with pytest.raises(MailUnclear, match="encryption"):
        await mail_to(sandbox).send(LETTER)
    assert sandbox.mails() == []
    await mail_to(sandbox, options="&tls=never").send(LETTER)
    assert len(sandbox.mails()) == 1


async def test_a_rude_goodbye_after_acceptance_is_no_failure(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang_up(client: smtplib.SMTP) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr(smtplib.SMTP, "quit", hang_up)
    await mail_to(sandbox).send(LETTER)
    assert len(sandbox.mails()) == 1


async def test_many_letters_at_once_do_not_mix(sandbox: Sandbox) -> None:
    mail = mail_to(sandbox)
    letters = [replace(LETTER, to=EmailAddress.parse(f"a{n}@example.com"), text=f"letter {n}") for n in range(10)]
    await asyncio.gather(*(mail.send(letter) for letter in letters))
    assert sorted((seen.recipients[0], seen.text) for seen in sandbox.mails()) == sorted(
        (f"a{n}@example.com", f"letter {n}") for n in range(10)
    )


# --- the URL


def test_a_url_says_it_all() -> None:
    server = SmtpServer.parse("smtp://bot%40shop.example:p%40ss%2Fw%3Ard@mail.example:2525?reply_to=team@shop.example")
    assert (server.host, server.port, server.tls) == ("mail.example", 2525, Tls.UPGRADE)
    assert (server.user, server.password) == ("bot@shop.example", "p@ss/w:rd")
    assert (str(server.sender), str(server.reply_to)) == ("bot@shop.example", "team@shop.example")
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize(
    ("url", "port", "tls", "near"),
    [("smtp://mail.example?from=a@b.example", 587, Tls.UPGRADE, False),
     ("smtps://mail.example?from=a@b.example", 465, Tls.FROM_START, False),
     ("smtp://mail.example?from=a@b.example&tls=never", 587, Tls.NEVER, False),
     ("smtp://localhost:25?from=a@b.example", 25, Tls.UPGRADE, True),
     ("smtp://[::1]:25?from=a@b.example", 25, Tls.UPGRADE, True)],
)  # fmt: skip
def test_ports_and_encryption_have_defaults(url: str, port: int, tls: Tls, near: bool) -> None:
    server = SmtpServer.parse(url)
    assert (server.port, server.tls, server.is_near) == (port, tls, near)


@pytest.mark.parametrize(
    "url",
    ["", "mail.example", "http://mail.example?from=a@b.example", "smtp://?from=a@b.example", "smtp://user:s3cret@mail.example",
     "smtp://mail.example", "smtp://mail.example:99999?from=a@b.example", "smtp://mail.example?from=a@b.example,c@d.example",
     "smtp://mail.example?from=a@b.example&tls=maybe", "smtps://mail.example?from=a@b.example&tls=never",
     "smtp://mail.example?form=a@b.example", "smtp://mail.example?from=a@b.example&reply_to=x", "smtp://[::1?from=a@b.example",
     "smtp://mail.example?from=a@b.example%0d%0aBcc:v@evil.example"],
)  # fmt: skip
def test_a_bad_url_is_told_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="WARMLINE_SMTP_URL") as caught:
        SmtpMail(url)
    assert "s3cret" not in str(caught.value)
