"""Other people's words, made harmless for a helpdesk and still readable."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit

_INVISIBLE = "\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff"
# Liquid (Zendesk) and Jinja (Gorgias) fill in {{ … }}, {% … %} and {# … #}. A space inside the pair stops both, also
# when invisible characters stand between the two and would be dropped later.
_OPENS = re.compile(rf"\{{(?=[{_INVISIBLE}]*[{{%#])")
_CLOSES = re.compile(rf"([}}%#])(?=[{_INVISIBLE}]*\}})")
_LINE_BREAK = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Control characters, bidirectional overrides (they reorder a line), tag characters (they hide words from people but
# not from a machine that reads the ticket) and lone surrogates (they have no UTF-8).
_HARMFUL = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
_SPECIAL = str.maketrans(dict.fromkeys('<>()[]{}@,;:"\\', " "))
_JOINERS = "\u200c\u200d"


def readable(text: str) -> str:
    """Several lines of text in which every harmful character is spelled out, such as [U+202E]."""
    text = _HARMFUL.sub(lambda found: f"[U+{ord(found[0]):04X}]", _LINE_BREAK.sub("\n", text))
    return without_templates(text)


def one_line(text: str, longest: int = 500) -> str:
    """One line for a subject, a name or a label: no line breaks, no control, invisible or reordering characters."""
    text = "".join(" " if _is_break(character) else character for character in text[: 4 * longest])
    text = without_templates(" ".join(text.split()))
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def header_text(text: str, longest: int = 500) -> str:
    """One line for a header of a mail; nothing in it looks like an encoded word, which would be decoded again."""
    return one_line(text.replace("=?", "= ?"), longest)


def display_name(text: str, longest: int = 100) -> str:
    """A name to stand beside an address in a mail."""
    # Python quotes such a name and forgets the quotes when it folds a long line: `<` in it would be another address.
    return " ".join(header_text(text, longest).translate(_SPECIAL).split())


def without_templates(text: str) -> str:
    return _CLOSES.sub(r"\1 ", _OPENS.sub("{ ", text))


def link_target(url: str) -> str | None:
    """The address for a link, or None when it should not be one."""
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc or len(url) > 2_000:
        return None
    # Percent-encoded: an address holds no braces, quotes, spaces or control characters.
    return quote(url.strip().encode("utf-8", "replace"), safe="%/:?#[]@!$&()*+,;=~-._")


def _is_break(character: str) -> bool:
    return character not in _JOINERS and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")
