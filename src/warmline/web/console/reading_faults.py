"""Why a page of a site could not be read, in the language of whoever looks: sites are read with reasons in English."""

from __future__ import annotations

import re

from warmline.web.console.language import N_, Said

_REASONS: tuple[tuple[str, Said], ...] = (
    (r"(?P<host>\S+) does not lead to a public address", N_("%(host)s does not lead to a public address")),
    (r"(?P<host>\S+) took longer than (?P<n>\S+) seconds", N_("%(host)s took longer than %(n)s seconds")),
    (r"(?P<host>\S+) redirects more than (?P<n>\d+) times", N_("%(host)s redirects more than %(n)s times")),
    (r"(?P<host>\S+) cannot be read: (?P<why>.+)", N_("%(host)s cannot be read: %(why)s")),
    (r"port (?P<port>\d+) of (?P<host>\S+) is not open to us", N_("port %(port)s of %(host)s is not open to us")),
    (r"the site answered (?P<n>\d+)", N_("the site answered %(n)s")),
    (r"it leads to another site, (?P<host>\S+)", N_("it leads to another site, %(host)s")),
    (
        r"it holds no text to answer from; perhaps a script writes it",
        N_("it holds no text to answer from; perhaps a script writes it"),
    ),
    (r"it holds no text to answer from", N_("it holds no text to answer from")),
    (r"the site's robots.txt asks not to read it", N_("the site's robots.txt asks not to read it")),
    (
        r"the site's robots.txt cannot be read just now \((?P<n>\d+)\)",
        N_("the site's robots.txt cannot be read just now (%(n)s)"),
    ),
    (r"the host is an IP address in an odd notation", N_("the host is an IP address in an odd notation")),
    (r"the host name is not well formed", N_("the host name is not well formed")),
)


def said_of(reason: str) -> Said | str:
    """A reason that stands in no list is shown as it came."""
    for pattern, said in _REASONS:
        if found := re.fullmatch(pattern, reason, re.DOTALL):
            return Said(said.text, found.groupdict())
    return reason
