"""The person in the widget: who they say they are, how far that is proven, and where an answer reaches them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NoReturn

from warmline.domain.ids import VisitorId, WorkspaceId
from warmline.errors import Invalid

EXAMPLE = "name@example.com"
MAX_ADDRESS, MAX_LOCAL, MAX_DOMAIN = 254, 64, 253


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """One e-mail address, strictly parsed; make it with `EmailAddress.parse`.

    It cannot hold a second recipient, a header, or a character that looks like another one.
    """

    value: str

    def __post_init__(self) -> None:
        _check(self.value)

    @classmethod
    def parse(cls, text: str) -> EmailAddress:
        """The address in `text`, with its domain in lower case; plain spaces around it are forgiven."""
        local, at, domain = text.strip(" ").rpartition("@")
        # Lower case only where it is ASCII: the Kelvin sign would fold to an ordinary k and pass as one.
        return cls(local + at + (domain.lower() if domain.isascii() else domain))

    @property
    def local(self) -> str:
        return self.value.rpartition("@")[0]

    @property
    def domain(self) -> str:
        return self.value.rpartition("@")[2]

    @property
    def key(self) -> str:
        """The same for two spellings of one mailbox: for limits and look-ups, never for sending."""
        return self.value.lower()

    @property
    def masked(self) -> str:
        """Enough for its owner to recognise it, such as `a…@example.com`."""
        return f"{self.local[0]}…@{self.domain}"

    def __str__(self) -> str:
        return self.value


class Proof(StrEnum):
    """How we know that an address belongs to the visitor, strongest first."""

    SIGNED = "signed"
    """The shop's signed identity says so, with `email_verified`."""
    VERIFIED = "verified"
    """They opened a link that we sent there."""
    TYPED = "typed"
    """They typed it, and nobody checked."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Where a visitor wants the answer, and how far the address is proven."""

    email: EmailAddress
    proof: Proof

    @property
    def proven(self) -> bool:
        return self.proof is not Proof.TYPED


@dataclass(frozen=True, slots=True)
class Identity:
    """What the shop's signed token says about a visitor. `subject` is the shop's own id for them."""

    subject: str
    email: EmailAddress | None = None
    email_verified: bool = False
    name: str | None = None
    profile_id: str | None = None

    @property
    def contact(self) -> Contact | None:
        """The address that the shop vouches for. One that is not verified only pre-fills the form."""
        if self.email is None or not self.email_verified:
            return None
        return Contact(self.email, Proof.SIGNED)


@dataclass(frozen=True, slots=True)
class Visitor:
    """The person in the widget, known or not."""

    id: VisitorId
    workspace: WorkspaceId
    identity: Identity | None = None
    contact: Contact | None = None

    @property
    def reached_at(self) -> Contact | None:
        """Where a reply goes: the address given in the chat ("Change"), else the one the shop vouches for, else ask."""
        signed = self.identity.contact if self.identity else None
        return self.contact or signed

    @property
    def prefill(self) -> EmailAddress | None:
        """What the e-mail form may show before the visitor types."""
        if self.contact is not None:
            return self.contact.email
        return self.identity.email if self.identity else None


def find_in(text: str) -> EmailAddress | None:
    """The address in a message that holds exactly one, or None when there is none, several or an odd one."""
    if text.count("@") != 1:
        return None
    local, domain = _written_in(text)
    try:
        return EmailAddress.parse(f"{local}@{domain}")
    except Invalid:
        return None


def _written_in(text: str) -> tuple[str, str]:
    before, _, after = text.partition("@")
    return _AROUND.split(before)[-1].lstrip(_QUOTES), _AROUND.split(after, maxsplit=1)[0].rstrip(_QUOTES + ".!?")


def around_address(text: str) -> tuple[str, str]:
    """What stands before and behind the one address that the text holds."""
    before, _, after = text.partition("@")
    local, domain = _written_in(text)
    return before.removesuffix(local), after.removeprefix(domain)


def beside_address(text: str) -> str:
    """A message without the address that it holds; unchanged when it holds none."""
    return " ".join(_WRITTEN.sub(" ", text).split()) if find_in(text) else text


def suggestion(address: EmailAddress) -> EmailAddress | None:
    """What the visitor probably meant (`gmial.com`, `gmail.con`), to ask them; None when nothing looks wrong."""
    meant = _meant(address.domain)
    return None if meant == address.domain else EmailAddress(f"{address.local}@{meant}")


# --- the rules of an address

_LOCAL = re.compile(r"[A-Za-z0-9#$&'*+/=^_{}~-]+(\.[A-Za-z0-9#$&'*+/=^_{}~-]+)*")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_TOP = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{1,58}[a-z0-9]")
_AROUND = re.compile(r"[\s<>()\[\]\",;:]")
_WRITTEN = re.compile(r"\S*@\S*")
_QUOTES = "'`‘’\u201a“”„«»*_"


def _check(text: str) -> None:
    _check_characters(text)
    if text.count("@") != 1:
        _refuse("Write one e-mail address." if "@" in text else "This is not an e-mail address: the @ is missing.")
    local, _, domain = text.partition("@")
    _check_lengths(text, local, domain)
    _check_local(local)
    _check_domain(domain)


def _check_characters(text: str) -> None:
    if not text.strip():
        _refuse("Write your e-mail address.")
    if not text.isprintable() or any(c.isspace() for c in text):
        _refuse("An e-mail address has no spaces, line breaks or invisible characters.")
    if any(c in ",;" for c in text):
        _refuse("Write only one e-mail address, without a comma or semicolon.")
    if any(c in "<>" for c in text):
        _refuse("Write only the address itself, without a name or angle brackets.")
    if not text.isascii():
        _refuse("Use only the letters a-z, digits and plain punctuation in an e-mail address.")


def _check_lengths(text: str, local: str, domain: str) -> None:
    if not local or not domain:
        _refuse("A part of the e-mail address is missing, before or after the @.")
    if len(text) > MAX_ADDRESS or len(local) > MAX_LOCAL or len(domain) > MAX_DOMAIN:
        _refuse("This e-mail address is too long.")


def _check_local(local: str) -> None:
    # No % ! ? | ` : old relays, encoded words and shells give them a meaning of their own. A leading = + - is a formula
    # in a spreadsheet or an option of a mail program.
    if local[0] in "=+-" or "=?" in local or _LOCAL.fullmatch(local) is None:
        _refuse("The part before the @ does not look right.")


def _check_domain(domain: str) -> None:
    labels = domain.split(".")
    if len(labels) < 2:
        _refuse("The part after the @ needs a dot.")
    if not all(_is_label(label) for label in labels) or _TOP.fullmatch(labels[-1]) is None:
        _refuse("The part after the @ does not look right.")


def _is_label(label: str) -> bool:
    if _LABEL.fullmatch(label) is None:
        return False
    return label[2:4] != "--" or _is_punycode(label)


def _is_punycode(label: str) -> bool:
    """Whether this is `xn--…`, stands for a name that needs it, and would be written the same way again."""
    prefix, coded = label[:4], label[4:].encode("ascii")
    try:
        name = coded.decode("punycode")
        needed = not name.isascii() and name.isprintable()
        return prefix == "xn--" and needed and name.encode("punycode") == coded
    except UnicodeError:
        return False


def _refuse(reason: str) -> NoReturn:
    raise Invalid(f"{reason} Example: {EXAMPLE}.", field="email")


# --- likely slips of the finger

_PROVIDER_NAMES = """
    gmail.com googlemail.com hotmail.com hotmail.co.uk hotmail.fr hotmail.de hotmail.es hotmail.it outlook.com
    outlook.de outlook.fr outlook.es outlook.pl live.com live.co.uk live.nl msn.com yahoo.com yahoo.co.uk
    yahoo.de yahoo.fr yahoo.es yahoo.it yahoo.pl ymail.com icloud.com me.com mac.com aol.com mail.com email.com
    gmx.com gmx.de gmx.net gmx.at web.de t-online.de freenet.de proton.me protonmail.com pm.me fastmail.com
    zoho.com yandex.com mail.ru orange.fr free.fr wanadoo.fr laposte.net libero.it virgilio.it seznam.cz
    centrum.cz wp.pl o2.pl op.pl tlen.pl onet.pl onet.eu poczta.onet.pl interia.pl interia.eu poczta.fm vp.pl
    gazeta.pl go2.pl autograf.pl buziaczek.pl spoko.pl
"""
_PROVIDERS = frozenset(_PROVIDER_NAMES.split())
_SHORT_SLIPS = {
    "wp.p": "wp.pl", "wp.lp": "wp.pl", "wp.pll": "wp.pl", "wpp.pl": "wp.pl", "wp.com.pl": "wp.pl", "wp.ol": "wp.pl",
    "o2.p": "o2.pl", "o2.lp": "o2.pl", "02.pl": "o2.pl", "o2.ol": "o2.pl", "o2.com.pl": "o2.pl",
    "op.lp": "op.pl", "onte.pl": "onet.pl", "onet.lp": "onet.pl", "ont.pl": "onet.pl", "oent.pl": "onet.pl",
    "onet.p": "onet.pl", "onet.ol": "onet.pl", "onet.com.pl": "onet.pl", "onet.pll": "onet.pl", "tlen.lp": "tlen.pl",
    "gmail.pl": "gmail.com", "gmail.co.uk": "gmail.com", "gmail.com.pl": "gmail.com", "yaho.com": "yahoo.com",
    "iclod.com": "icloud.com", "gmx.ed": "gmx.de", "wbe.de": "web.de", "web.ed": "web.de",
}  # fmt: skip
_TOP_SLIPS = {
    "con": "com", "cmo": "com", "ocm": "com", "comm": "com", "coom": "com", "vom": "com", "xom": "com", "cpm": "com",
    "comn": "com", "cim": "com", "clm": "com", "nte": "net", "ent": "net", "nett": "net", "ogr": "org", "rog": "org",
    "pll": "pl", "lp": "pl", "ppl": "pl", "plk": "pl", "ed": "de", "dee": "de",
}  # fmt: skip


def _meant(domain: str) -> str:
    if domain in _PROVIDERS:
        return domain
    rest, _, top = domain.rpartition(".")
    mended = f"{rest}.{_TOP_SLIPS.get(top, top)}"
    if domain in _SHORT_SLIPS or mended in _PROVIDERS:
        return _SHORT_SLIPS.get(domain, mended)
    return _nearest_provider(mended) or mended


def _nearest_provider(domain: str) -> str | None:
    """The one big provider that is a single slip away; short names are too close to each other for that."""
    slips = set(_one_slip_from(domain))
    near = [p for p in _PROVIDERS if len(p.partition(".")[0]) >= 5 and p in slips]
    return near[0] if len(near) == 1 else None


def _one_slip_from(word: str) -> Iterator[str]:
    letters = "abcdefghijklmnopqrstuvwxyz0123456789.-"
    for i in range(len(word) + 1):
        head, tail = word[:i], word[i:]
        yield head + tail[1:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        for letter in letters:
            yield head + letter + tail
            yield head + letter + tail[1:]
