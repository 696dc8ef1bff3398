import smtplib
import socket
import time
from urllib.parse import urlsplit

import pytest

from tests.sandbox.calls import a_mail
from warmline.sandbox import Sandbox
from warmline.sandbox import credentials as demo


def test_a_mail_is_kept_as_it_came(sandbox: Sandbox, smtp: smtplib.SMTP) -> None:
    smtp.send_message(a_mail(), "bounce@example.com", ["ada@example.com", "bob@example.com"])
    [mail] = sandbox.mails()
    assert (mail.sender, mail.recipients) == ("bounce@example.com", ["ada@example.com", "bob@example.com"])
    assert mail.subject == "Your order — 1001"
    assert mail.text.splitlines() == ["Hello Ada", ".dots stay", "..two dots"]
    assert mail.raw.startswith(b"Subject: ")


def test_many_mails_on_one_connection_are_told_apart(sandbox: Sandbox, smtp: smtplib.SMTP) -> None:
    for number in range(3):
        smtp.send_message(a_mail(f"number {number}"))
    smtp.rset()
    smtp.noop()
    assert [mail.text for mail in sandbox.mails()] == ["number 0", "number 1", "number 2"]


def test_an_html_mail_is_shown_as_text_with_its_links(sandbox: Sandbox, smtp: smtplib.SMTP) -> None:
    mail = a_mail()
    mail.set_content('<style>p{}</style><p>Go <a href="https://shop.example/x">on</a></p>', subtype="html")
    smtp.send_message(mail)
    assert sandbox.mails()[0].text == "Go on (https://shop.example/x)"


def test_greylisting_ends_after_some_times(sandbox: Sandbox, smtp: smtplib.SMTP) -> None:
    sandbox.add_fault("mail", "error_before", times=2)
    for _ in range(2):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            smtp.send_message(a_mail())
        assert refused.value.recipients["ada@example.com"][0] == 451
    smtp.send_message(a_mail())
    assert len(sandbox.mails()) == 1


def test_a_refused_mail_is_not_kept(sandbox: Sandbox, smtp: smtplib.SMTP) -> None:
    sandbox.add_fault("mail", "refuse_ticket")
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        smtp.send_message(a_mail())
    assert refused.value.recipients["ada@example.com"][0] == 550
    assert sandbox.mails() == []


@pytest.mark.parametrize(("kind", "kept"), [("reset_after", 1), ("reset_before", 0)])
def test_the_connection_can_drop_after_data(sandbox: Sandbox, smtp: smtplib.SMTP, kind: str, kept: int) -> None:
    sandbox.add_fault("mail", kind)
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        smtp.send_message(a_mail())
    assert len(sandbox.mails()) == kept


def test_a_kept_mail_may_look_refused(sandbox: Sandbox, smtp: smtplib.SMTP) -> None:
    sandbox.add_fault("mail", "error_after")
    with pytest.raises(smtplib.SMTPDataError):
        smtp.send_message(a_mail())
    assert len(sandbox.mails()) == 1


def test_silence_after_data_lasts_as_long_as_asked(sandbox: Sandbox, smtp: smtplib.SMTP) -> None:
    sandbox.add_fault("mail", "silence_after", seconds=0.2)
    began = time.monotonic()
    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtp.send_message(a_mail())
    assert 0.2 <= time.monotonic() - began < 2


def test_a_login_is_checked(sandbox: Sandbox, smtp: smtplib.SMTP) -> None:
    sandbox.configure("mail", auth_required=True)
    with pytest.raises(smtplib.SMTPSenderRefused):
        smtp.send_message(a_mail())
    with pytest.raises(smtplib.SMTPAuthenticationError):
        smtp.login(demo.MAIL_USER, "wrong")
    smtp.login(demo.MAIL_USER, demo.MAIL_PASSWORD)
    smtp.send_message(a_mail())
    assert len(sandbox.mails()) == 1


def test_the_login_method_works_too(sandbox: Sandbox, smtp: smtplib.SMTP) -> None:
    smtp.ehlo()
    smtp.user, smtp.password = demo.MAIL_USER, demo.MAIL_PASSWORD
    assert smtp.auth("LOGIN", smtp.auth_login)[0] == 235


def test_a_mail_that_is_too_large_is_refused_before_it_is_sent(sandbox: Sandbox, smtp: smtplib.SMTP) -> None:
    smtp.ehlo()
    assert smtp.mail("a@example.com", ["SIZE=99999999"])[0] == 552


def test_a_bare_line_feed_does_not_end_a_mail(sandbox: Sandbox) -> None:
    where = urlsplit(sandbox.smtp_url)
    smuggled = b"one\n.\nMAIL FROM:<evil@example.com>\r\nRCPT TO:<x@example.com>\r\nDATA\r\ntwo\r\n.\r\n"
    with socket.create_connection((where.hostname, where.port), timeout=5) as raw, raw.makefile("rb") as answers:
        raw.sendall(
            b"EHLO x\r\nMAIL FROM:<a@example.com>\r\nRCPT TO:<b@example.com>\r\nDATA\r\n" + smuggled + b"QUIT\r\n"
        )
        answers.read()
    [mail] = sandbox.mails()
    assert (mail.sender, mail.recipients) == ("a@example.com", ["b@example.com"])
    assert b"MAIL FROM:<evil" in mail.raw


@pytest.mark.parametrize(
    "raw", [b"\xff\xfe\x00", b"Content-Type: text/plain; charset=nope\r\n\r\n\xff", b"", b"Subject: =?x?q?=FF?="]
)
def test_a_broken_mail_is_kept_all_the_same(sandbox: Sandbox, smtp: smtplib.SMTP, raw: bytes) -> None:
    smtp.sendmail("a@example.com", ["b@example.com"], raw)
    assert len(sandbox.mails()) == 1
