"""A mail server that delivers nothing: it keeps every message, and can refuse, be silent or hang up."""

import asyncio
import re
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count
from threading import RLock

from warmline.sandbox.exchange import BEFORE, hang_up, wait_for_goodbye
from warmline.sandbox.faults import Fault, FaultKind, Faults, Operation
from warmline.sandbox.seen import SeenMail
from warmline.sandbox.text import html_to_text
from warmline.sandbox.vendor import Settings
from warmline.sandbox.zendesk_access import decode_basic

MOST_MAILS = 5000
MOST_BYTES = 128 * 1024 * 1024
LARGEST_MAIL = 10 * 1024 * 1024
MOST_RECIPIENTS = 100
_PATH = re.compile(r"(?:FROM|TO):\s*<([^<>\s]*)>\s*(.*)", re.IGNORECASE)
_REFUSALS = {
    FaultKind.ERROR_BEFORE: (451, "4.7.1 Greylisted, please try again later"),
    FaultKind.RATE_LIMITED: (450, "4.7.0 Too many messages, please slow down"),
    FaultKind.REFUSE_TICKET: (550, "5.1.1 No such mailbox"),
    FaultKind.HTML_BEFORE: (451, "4.3.0 Local problem"),
    FaultKind.ERROR_IN_200: (451, "4.3.0 Local problem"),
}


class MailBox:
    """The kept mails, oldest first, and what may go wrong with the next one."""

    def __init__(self, settings: Settings, faults: Faults) -> None:
        self.settings = settings
        self.faults = faults
        self.total = 0
        self._passwords: dict[str, str] = {}
        self._mails: deque[SeenMail] = deque()
        self._bytes = 0
        self._ids = count(1)

    def mails(self) -> list[SeenMail]:
        return list(self._mails)

    def add_credential(self, user: str, secret: str, role: str) -> None:
        del role  # there are no roles in mail
        self._passwords[user] = secret

    def revoke_credential(self, user: str) -> None:
        self._passwords.pop(user, None)

    def lets_in(self, user: str, password: str) -> bool:
        known = self._passwords.get(user)
        return known is not None and secrets.compare_digest(known.encode(), password.encode())

    def keep(self, sender: str, recipients: list[str], raw: bytes) -> None:
        subject, text = read_mail(raw)
        self._mails.append(SeenMail(next(self._ids), time.time(), sender, recipients, subject, text, raw))
        self.total += 1
        self._bytes += len(raw)
        while len(self._mails) > MOST_MAILS or self._bytes > MOST_BYTES:
            self._bytes -= len(self._mails.popleft().raw)


def read_mail(raw: bytes) -> tuple[str, str]:
    """Subject and readable text. A mail that breaks the parser is shown as it came."""
    try:
        message = message_from_bytes(raw, policy=policy.default)
        return str(message.get("Subject", "")), _text_of(message)
    except (LookupError, ValueError, TypeError, AttributeError, IndexError):
        return "(unreadable)", raw.decode("utf-8", errors="replace")


def _text_of(message: EmailMessage) -> str:
    part = message.get_body(preferencelist=("plain", "html"))
    content = part.get_content() if part else ""
    text = content if isinstance(content, str) else ""
    return html_to_text(text) if part and part.get_content_subtype() == "html" else text.strip()


@dataclass
class Envelope:
    sender: str
    recipients: list[str]
    fault: Fault | None
    delay: float


class Session:
    """One SMTP connection, from greeting to goodbye."""

    def __init__(self, box: MailBox, lock: RLock, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._box = box
        self._lock = lock
        self._reader = reader
        self._writer = writer
        self._envelope: Envelope | None = None
        self._known = False
        self._open = True
        self._commands: dict[str, Callable[[str], Awaitable[None]]] = {
            "EHLO": self._ehlo, "HELO": self._helo, "AUTH": self._auth, "MAIL": self._mail, "RCPT": self._rcpt,
            "DATA": self._data, "RSET": self._rset, "NOOP": self._noop, "VRFY": self._vrfy, "QUIT": self._quit,
        }  # fmt: skip

    async def run(self) -> None:
        await self._say(220, "sandbox.invalid ESMTP: keeps every mail, delivers none")
        while self._open and (line := await self._line()) is not None:
            word, _, rest = line.partition(" ")
            command = self._commands.get(word.upper())
            if command is None:
                await self._say(500, "5.5.2 Unknown command")
            else:
                await command(rest.strip())

    async def _helo(self, _: str) -> None:
        self._envelope = None
        await self._say(250, "sandbox.invalid")

    async def _ehlo(self, _: str) -> None:
        self._envelope = None
        extensions = (f"SIZE {LARGEST_MAIL}", "8BITMIME", "SMTPUTF8", "PIPELINING", "ENHANCEDSTATUSCODES")
        for line in ("sandbox.invalid", *extensions):
            self._writer.write(f"250-{line}\r\n".encode())
        await self._say(250, "AUTH PLAIN LOGIN")

    async def _auth(self, rest: str) -> None:
        method, _, first = rest.partition(" ")
        if method.upper() == "PLAIN":
            user, _, password = decode_basic(first or await self._ask("")).partition("\0")[2].partition("\0")
        elif method.upper() == "LOGIN":
            user = decode_basic(first or await self._ask("VXNlcm5hbWU6"))
            password = decode_basic(await self._ask("UGFzc3dvcmQ6"))
        else:
            return await self._say(504, "5.5.4 Unknown method")
        self._known = self._box.lets_in(user, password)
        welcome = (235, "2.7.0 Welcome") if self._known else (535, "5.7.8 Wrong user or password")
        return await self._say(*welcome)

    async def _mail(self, rest: str) -> None:
        sender = self._path(rest)
        if sender is None:
            return await self._say(501, "5.5.4 Expected FROM:<address>")
        if self._declared_size(rest) > LARGEST_MAIL:
            return await self._say(552, "5.3.4 The message is too large")
        with self._lock:
            fault, delay = self._box.faults.draw(Operation.MAIL), self._box.faults.delay(Operation.MAIL)
        locked = self._box.settings.auth_required and not self._known
        if locked or (fault and fault.kind is FaultKind.REFUSE_ACCOUNT):
            return await self._say(530, "5.7.0 Authentication required")
        self._envelope = Envelope(sender, [], fault, delay)
        return await self._say(250, "2.1.0 Go on")

    async def _rcpt(self, rest: str) -> None:
        recipient = self._path(rest)
        if self._envelope is None:
            return await self._say(503, "5.5.1 MAIL first")
        if not recipient:
            return await self._say(501, "5.5.4 Expected TO:<address>")
        if len(self._envelope.recipients) >= MOST_RECIPIENTS:
            return await self._say(452, "4.5.3 Too many recipients")
        fault = self._envelope.fault
        if fault and fault.kind in _REFUSALS:
            code, words = _REFUSALS[fault.kind]
            return await self._say(fault.status or code, words)
        self._envelope.recipients.append(recipient)
        return await self._say(250, "2.1.5 Go on")

    async def _data(self, _: str) -> None:
        envelope = self._envelope
        if envelope is None or not envelope.recipients:
            return await self._say(503, "5.5.1 RCPT first")
        await self._say(354, "Go on, end with a single dot")
        raw = await self._content()
        self._envelope = None
        if raw is None:
            return await self._say(552, "5.3.4 The message is too large")
        if envelope.delay:
            await asyncio.sleep(envelope.delay)
        return await self._deliver(envelope, raw)

    async def _deliver(self, envelope: Envelope, raw: bytes) -> None:
        fault = envelope.fault
        if fault is None or fault.kind not in BEFORE:
            with self._lock:
                self._box.keep(envelope.sender, envelope.recipients, raw)
        match fault.kind if fault else None:
            case FaultKind.RESET_BEFORE | FaultKind.RESET_AFTER:
                self._open = False
                hang_up(self._writer)
            case FaultKind.SILENCE_BEFORE | FaultKind.SILENCE_AFTER:
                self._open = False
                await wait_for_goodbye(self._reader, fault.seconds if fault else None)
            case FaultKind.ERROR_AFTER | FaultKind.HTML_AFTER | FaultKind.HALF_JSON:
                await self._say((fault and fault.status) or 451, "4.3.0 Local problem")
            case _:
                await self._say(250, "2.0.0 Kept")

    async def _content(self) -> bytes | None:
        """The message without dot-stuffing; None when it is too large. Only CRLF.CRLF ends it: a bare line feed
        before the dot would let one message smuggle in another."""
        raw, started = bytearray(), True
        while True:
            line = await self._reader.readline()
            if not line:
                raise ConnectionResetError
            if started and line == b".\r\n":
                return bytes(raw) if len(raw) <= LARGEST_MAIL else None
            if len(raw) <= LARGEST_MAIL:
                raw += line[1:] if started and line.startswith(b".") else line
            started = line.endswith(b"\r\n")

    async def _rset(self, _: str) -> None:
        self._envelope = None
        await self._say(250, "2.0.0 Forgotten")

    async def _noop(self, _: str) -> None:
        await self._say(250, "2.0.0 Yes")

    async def _vrfy(self, _: str) -> None:
        await self._say(252, "2.1.5 Try it")

    async def _quit(self, _: str) -> None:
        self._open = False
        await self._say(221, "2.0.0 Goodbye")

    async def _ask(self, prompt: str) -> str:
        await self._say(334, prompt)
        return await self._line() or ""

    async def _line(self) -> str | None:
        line = await self._reader.readline()
        return line.decode("utf-8", errors="replace").strip() if line else None

    async def _say(self, code: int, words: str) -> None:
        self._writer.write(f"{code} {words}\r\n".encode())
        await self._writer.drain()

    def _path(self, rest: str) -> str | None:
        match = _PATH.fullmatch(rest)
        return match[1] if match else None

    def _declared_size(self, rest: str) -> int:
        match = re.search(r"\bSIZE=(\d{1,15})\b", rest, re.IGNORECASE)
        return int(match[1]) if match else 0
