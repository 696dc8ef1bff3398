"""A shopper's answer to our mail: by which address it comes back, and what of it they wrote themselves (THREATS T21).

The address holds the conversation and a mark (a MAC) over it and the shopper's own address: whoever knows only one of
the two gets nowhere, and From alone proves nothing. In-Reply-To, References and Cc are never looked at.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message as Mail
from email.utils import getaddresses
from html import unescape

from warmline.domain.ids import ConversationId
from warmline.domain.message import MESSAGE_LIMIT
from warmline.domain.visitor import EmailAddress
from warmline.errors import Invalid

_MARK = 24
"""Hex digits of the mark in an address: 96 bits, and an address stays short enough."""
_ID = 32
_TOKEN = re.compile(r"[a-z2-7]{45}")
_RECIPIENTS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-forwarded-to")
_NO_PERSON = {"bulk", "list", "junk", "auto_reply"}
_ATTRIBUTION = re.compile(
    r"^\s*(On\b.{4,300}\bwrote|W dniu\b.{4,300}\b(pisze|napisał\w*(\(a\))?)|Dnia\b.{4,300}\bnapisał\w*(\(a\))?"
    r"|Am\b.{4,300}\bschrieb\b.{0,100}|Le\b.{4,300}\ba écrit)\s*:\s*$",
    re.IGNORECASE,
)
_DIVIDER = re.compile(
    r"^\s*(-{2,}\s*(Original Message|Original-Nachricht|Wiadomość oryginalna|Oryginalna wiadomość"
    r"|Forwarded message).*|_{10,}|-- ?)$",
    re.IGNORECASE,
)
_HEADER = re.compile(r"^\s*\*?(From|Od|Von|De)\s*:\*?\s.*", re.IGNORECASE)
_SECOND_HEADER = re.compile(r"^\s*\*?(Sent|Date|To|Subject|Wysłano|Data|Do|Temat|Gesendet|Datum|An|Betreff)\s*:", re.I)
_HIDDEN = re.compile(r"<(style|script|head|title)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<br\s*/?>|</(p|div|li|tr|h[1-6]|blockquote)\s*>", re.IGNORECASE)
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Received:
    """A mail as it came. `recipients` are in the order of trust: the envelope's first. `verdict` is what the mail
    server in front of us said of its sender (SPF, DKIM, DMARC), or ""."""

    id: str
    sender: EmailAddress
    recipients: tuple[str, ...]
    text: str
    automatic: bool
    verdict: str
    left_out: int


def reply_address(base: EmailAddress, conversation: ConversationId, mark: str) -> EmailAddress:
    """`reply@mail.shop.example` → `reply+TOKEN@mail.shop.example`. `mark` is hex."""
    raw = bytes.fromhex(conversation.removeprefix("cnv_") + mark[:_MARK])
    local, _, domain = base.value.rpartition("@")
    return EmailAddress(f"{local}+{base64.b32encode(raw).decode().rstrip('=').lower()}@{domain}")


def read_address(base: EmailAddress, address: str) -> tuple[ConversationId, str] | None:
    """(conversation, mark) in an address of ours; None for any other. Mail servers may change the case."""
    local, _, domain = base.value.lower().rpartition("@")
    given, _, host = address.strip().lower().rpartition("@")
    token = given.removeprefix(f"{local}+") if given.startswith(f"{local}+") and host == domain else ""
    if _TOKEN.fullmatch(token) is None:
        return None
    try:
        raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8)).hex()
    except binascii.Error:
        return None
    return ConversationId(f"cnv_{raw[:_ID]}"), raw[_ID : _ID + _MARK]


def read_mail(raw: bytes, envelope: str | None = None) -> Received:
    """What a raw message of RFC 822 says. Raises Invalid for what is none, or has no single sender."""
    try:
        mail = message_from_bytes(raw)
        text, left_out = _text(mail)
        return Received(
            id=_id(mail, raw),
            sender=_sender(mail),
            recipients=(*([envelope] if envelope else []), *_recipients(mail)),
            text=own_words(text),
            automatic=_is_automatic(mail),
            verdict=" ".join(str((mail.get_all("authentication-results") or [""])[0]).split())[:300],
            left_out=left_out,
        )
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise Invalid("This is no mail that can be read.") from error


def own_words(text: str) -> str:
    """Without the history that mail programs quote below (or above) an answer, and without the signature."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept: list[str] = []
    for number, line in enumerate(lines):
        if _ends_here(lines, number):
            kept += _below_the_quote(lines[number:])
            break
        kept.append(line)
    while kept and (not kept[-1].strip() or kept[-1].lstrip().startswith(">")):
        kept.pop()
    while kept and (not kept[0].strip() or kept[0].lstrip().startswith(">")):
        kept.pop(0)
    return "\n".join(kept).strip()[:MESSAGE_LIMIT]


def _ends_here(lines: list[str], number: int) -> bool:
    line = lines[number]
    if _DIVIDER.match(line) or _ATTRIBUTION.match(line):
        return True
    following = lines[number + 1] if number + 1 < len(lines) else ""
    if len(line) < 200 and following.strip() and _ATTRIBUTION.match(f"{line} {following.strip()}"):
        return True  # "On … Sam" and "wrote:" on two lines
    after = lines[number + 1 : number + 5]
    return bool(_HEADER.match(line)) and any(_SECOND_HEADER.match(each) for each in after)


def _below_the_quote(lines: list[str]) -> list[str]:
    """Whoever answers below: the words after a block of quoted lines."""
    quoted = [number for number, line in enumerate(lines) if line.lstrip().startswith(">")]
    if not quoted or not _ATTRIBUTION.match(" ".join(each.strip() for each in lines[: quoted[0]])):
        return []
    below = lines[quoted[-1] + 1 :]
    end = next((number for number, line in enumerate(below) if _DIVIDER.match(line)), len(below))
    return below[:end]


def _sender(mail: Mail) -> EmailAddress:
    """Exactly one. Raises Invalid."""
    headers = mail.get_all("from") or []
    found = getaddresses([str(header) for header in headers])
    if len(headers) != 1 or len(found) != 1:
        raise Invalid("The mail has no single sender.")
    return EmailAddress.parse(found[0][1])


def _recipients(mail: Mail) -> Iterator[str]:
    for name in _RECIPIENTS:
        for _, address in getaddresses([str(header) for header in mail.get_all(name) or []][:20])[:50]:
            yield address


def _is_automatic(mail: Mail) -> bool:
    """An out-of-office note, a bounce, a list: nobody wrote it to us."""
    submitted = str(mail.get("auto-submitted", "no")).split(";")[0].strip().lower()
    empty_path = str(mail.get("return-path", "x")).strip() == "<>"
    marked = any(mail.get(name) for name in ("x-autoreply", "x-autorespond", "x-auto-reply", "list-id"))
    precedence = str(mail.get("precedence", "")).strip().lower() in _NO_PERSON
    report = mail.get_content_type() in ("multipart/report", "message/delivery-status")
    return submitted != "no" or empty_path or marked or precedence or report


def _id(mail: Mail, raw: bytes) -> str:
    given = "".join(str(mail.get("message-id", "")).split())
    return hashlib.sha256(given.encode("utf-8", "replace") or raw).hexdigest()[:40]


def _text(mail: Mail) -> tuple[str, int]:
    """The plain part, else the HTML one as text; and how many files were left out."""
    plain, html, files = "", "", 0
    for part in mail.walk():
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment" or kind not in ("text/plain", "text/html"):
            files += 1
        elif kind == "text/plain":
            plain = plain or _decoded(part)
        else:
            html = html or _decoded(part)
    if plain.strip():
        return plain, files
    return unescape(_TAG.sub("", _BREAK.sub("\n", _HIDDEN.sub("", html)))), files


def _decoded(part: Mail) -> str:
    payload = part.get_payload(decode=True)
    raw = payload if isinstance(payload, bytes) else b""
    try:
        text = raw.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        text = raw.decode("utf-8", "replace")
    return "".join(" " if c == "\x00" or "\ud800" <= c <= "\udfff" else c for c in text)
