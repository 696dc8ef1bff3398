"""Mail by SMTP: one letter, one recipient, one connection."""

from __future__ import annotations

import asyncio
import re
import smtplib
import ssl
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import TypeVar

from warmline.domain.visitor import EmailAddress
from warmline.errors import MailLoginRefused, MailRefused, MailUnclear
from warmline.mail.base import Letter
from warmline.mail.smtp_url import SmtpServer, Tls

TIMEOUT = 20.0
_LONGEST_SUBJECT, _LONGEST_NAME, _LONGEST_WORDS = 200, 100, 200
_MESSAGE_ID = re.compile(r"<?([A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,120}@[A-Za-z0-9.-]{1,120})>?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_SPECIAL = str.maketrans(dict.fromkeys('<>()[]{}@,;:"\\', " "))
# Not of the letter but of our login; the operator mends that, and then the letter goes out.
_LOGIN_CODES = frozenset({530, 534, 535, 538})
# The answer to SIZE: of this letter, not of the mailbox.
_TOO_LARGE = frozenset({552})

T = TypeVar("T")


class SmtpMail:
    """The mail server of the operator. Its URL is explained in `smtp_url`; a bad one raises SettingsError."""

    def __init__(self, url: str, timeout: float = TIMEOUT) -> None:
        self._server = SmtpServer.parse(url)
        self._timeout = timeout

    @property
    def sender(self) -> EmailAddress:
        return self._server.sender

    async def send(self, letter: Letter) -> None:
        message = as_message(letter, self._server, datetime.now(UTC))
        await self.post(self._server.sender, letter.to, message.as_bytes())

    async def post(self, sender: EmailAddress, to: EmailAddress, raw: bytes) -> None:
        """Hand over a whole message (CRLF line ends). Raises MailRefused or MailUnclear."""
        await self._in_thread(lambda: self._deliver(sender, to, raw))

    async def probe(self, sender: EmailAddress, to: EmailAddress) -> None:
        """Would the server take a letter from here to there? Sends none. Raises MailRefused or MailUnclear."""
        await self._in_thread(lambda: self._ask(sender, to))

    async def check(self) -> str | None:
        try:
            await self._in_thread(self._greet)
        except (MailUnclear, MailRefused) as error:
            return str(error)
        return None

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            async with asyncio.timeout(self._timeout):
                return await asyncio.to_thread(work)
        except TimeoutError as error:
            # The thread goes on: the letter may still be taken.
            raise MailUnclear(f"The mail server did not answer within {self._timeout:g} s.") from error

    def _deliver(self, sender: EmailAddress, to: EmailAddress, raw: bytes) -> None:
        begun = False
        try:
            with self._connected() as client:
                _address_to(client, sender, to, len(raw))
                begun = True
                code, words = client.data(raw)
                if code != 250:
                    # After the final dot: 5xx took nothing; one that fails there (4xx) may have it all the same.
                    raise _meaning(smtplib.SMTPResponseException(code, words), str(to), begun, refuses=True)
        except smtplib.SMTPDataError as error:  # it did not even want to hear the message
            raise _meaning(error, str(to), begun=False, refuses=True) from error
        except (smtplib.SMTPException, OSError) as error:
            raise _meaning(error, str(to), begun) from error

    def _ask(self, sender: EmailAddress, to: EmailAddress) -> None:
        try:
            with self._connected() as client:
                _address_to(client, sender, to, 0)
                client.rset()
        except (smtplib.SMTPException, OSError) as error:
            raise _meaning(error, str(to)) from error

    def _greet(self) -> None:
        try:
            with self._connected() as client:
                client.noop()
        except (smtplib.SMTPException, OSError) as error:
            raise _meaning(error, "") from error

    @contextmanager
    def _connected(self) -> Iterator[smtplib.SMTP]:
        client = self._opened()
        try:
            self._secure(client)
            if self._server.user is not None:
                client.login(self._server.user, self._server.password)
            yield client
        finally:
            # The letter is accepted or not by now; a rude goodbye changes neither.
            with suppress(smtplib.SMTPException, OSError):
                client.quit()
            client.close()

    def _opened(self) -> smtplib.SMTP:
        server, name = self._server, "localhost" if self._server.is_near else None
        if server.tls is Tls.FROM_START:
            return smtplib.SMTP_SSL(server.host, server.port, name, timeout=self._timeout, context=_trust(server))
        return smtplib.SMTP(server.host, server.port, name, timeout=self._timeout)

    def _secure(self, client: smtplib.SMTP) -> None:
        client.ehlo_or_helo_if_needed()
        if self._server.tls is not Tls.UPGRADE:
            return
        if client.has_extn("starttls"):
            client.starttls(context=_trust(self._server))
        elif not self._server.is_near:
            raise smtplib.SMTPNotSupportedError("it offers no encryption; ?tls=never in its URL sends in the open")


def as_message(letter: Letter, server: SmtpServer, now: datetime) -> EmailMessage:
    """The letter as a message. Every header is made from a typed address or cleaned text (THREATS.md T20)."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(_shown_name(letter.sender_name), addr_spec=str(server.sender))
    message["To"] = Address(addr_spec=str(letter.to))
    if reply_to := letter.reply_to or server.reply_to:
        message["Reply-To"] = Address(addr_spec=str(reply_to))
    message["Subject"] = _one_line(letter.subject, _LONGEST_SUBJECT)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = _message_id(letter.message_id)
    if letter.in_reply_to:
        message["In-Reply-To"] = message["References"] = _message_id(letter.in_reply_to)
    text = letter.text.encode("utf-8", "replace").decode()
    message.set_content(text, subtype="plain", charset="utf-8", cte="quoted-printable")
    if _LANGUAGE.fullmatch(letter.lang):  # after the content, which clears every Content- header
        message["Content-Language"] = letter.lang
    return message


def _message_id(text: str) -> str:
    found = _MESSAGE_ID.fullmatch(text)
    if found is None:
        raise MailRefused("The letter has no usable Message-ID.")
    return f"<{found[1]}>"


def _shown_name(text: str) -> str:
    # Python quotes such a name and forgets the quotes when it folds a long line: `<` in it would be another address.
    return " ".join(_one_line(text, _LONGEST_NAME).translate(_SPECIAL).split())


def _one_line(text: str, longest: int) -> str:
    """Header text: no line breaks, control or invisible characters, and nothing that looks encoded already."""
    shown = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in text)
    return " ".join(shown.replace("=?", "= ?").split())[:longest]


def _trust(server: SmtpServer) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if server.is_near:  # a certificate for localhost is nobody's business but the operator's
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _address_to(client: smtplib.SMTP, sender: EmailAddress, to: EmailAddress, size: int) -> None:
    """Name the two ends of the letter. Raises SMTPSenderRefused or SMTPRecipientsRefused."""
    options = [f"size={size}"] if size and client.has_extn("size") else []
    code, words = client.mail(str(sender), options)
    if code != 250:
        raise smtplib.SMTPSenderRefused(code, words, str(sender))
    code, words = client.rcpt(str(to))
    if code not in (250, 251):
        raise smtplib.SMTPRecipientsRefused({str(to): (code, words)})


def _meaning(error: Exception, to: str, begun: bool = False, *, refuses: bool = False) -> MailRefused | MailUnclear:
    """What to do about it. `begun`: the message itself was on its way; `refuses`: a 5xx is about this letter."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return MailLoginRefused(
            f"The mail server refuses our login ({error.smtp_code}): check user and password in its URL."
        )
    code, said = _answer(error)
    if code in _LOGIN_CODES:
        return MailLoginRefused(f"The mail server wants a login ({code}): add user and password to its URL.")
    told = f"The mail server answered {code}: {_said(said, to)}" if code else f"The mail server: {_said(said, to)}"
    every = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPSenderRefused) and code not in _TOO_LARGE
    if (every or refuses or code in _TOO_LARGE) and 500 <= code < 600:
        return MailRefused(told, every=every)
    return MailUnclear(told, made_nothing=not begun, later=400 <= code < 500)


def _answer(error: Exception) -> tuple[int, str]:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(error.recipients.values()))
        return code, _text(words)
    if isinstance(error, smtplib.SMTPResponseException):
        return error.smtp_code, _text(error.smtp_error)
    return 0, str(error) or type(error).__name__


def _text(words: str | bytes) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words


def _said(words: str, to: str) -> str:
    """The server's words for a log: short, and without the address."""
    hidden = words.replace(to, "…") if to else words
    return _one_line(hidden, _LONGEST_WORDS)
