"""HTML of the sandbox. Everything that arrived is escaped here; nothing needs a script."""

import re
from collections import Counter
from datetime import UTC, datetime
from html import escape
from json import dumps

from warmline.sandbox.http import Json
from warmline.sandbox.profiles import PROFILES
from warmline.sandbox.seen import SeenMail, SeenMessage, SeenRequest, SeenTicket

MOST_SHOWN = 100
NAMES = {"zendesk": "Zendesk", "gorgias": "Gorgias", "webhook": "Webhook", "klaviyo": "Klaviyo", "mail": "Mail"}
LINK = re.compile(r"(https?://[^\s<>\"'()\[\]]*[^\s<>\"'()\[\].,;:!?])")
STYLE = """
:root { color-scheme: light dark; --line: light-dark(#d8dce3, #3a404b); --soft: light-dark(#5b6472, #a2abba);
  --card: light-dark(#fff, #1d2128); --note: light-dark(#fff8e1, #2f2a1a); --warn: light-dark(#b3261e, #ffb4ab);
  --good: light-dark(#146c43, #7bd8a5); --link: light-dark(#0b57d0, #a8c7fa); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 52rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif;
  background: light-dark(#f4f5f7, #14171c); color: light-dark(#1b1f26, #e6e9ee); }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1rem; padding-bottom: .5rem; border-bottom: 1px solid var(--line); }
a { color: var(--link); overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: 1rem 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.05rem; margin: 0; overflow-wrap: anywhere; }
article, form { background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: .8rem 1rem;
  margin: .8rem 0; }
article.note { background: var(--note); }
p { margin: .25rem 0; }
.soft { color: var(--soft); font-size: .9rem; overflow-wrap: anywhere; }
.warn { color: var(--warn); font-weight: 600; }
.good { color: var(--good); font-weight: 600; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; margin-top: .5rem; }
textarea { width: 100%; min-height: 5rem; font: inherit; padding: .5rem; border-radius: .4rem;
  border: 1px solid var(--soft); background: inherit; color: inherit; }
button, select { font: inherit; padding: .4rem .9rem; border-radius: .4rem; border: 1px solid var(--soft);
  background: var(--card); color: inherit; min-height: 2.75rem; margin: .3rem .3rem 0 0; }
table { width: 100%; border-collapse: collapse; font-size: .85rem; }
.wide { overflow-x: auto; }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem; border-bottom: 1px solid var(--line); }
"""


def index(totals: dict[str, dict[str, int]]) -> str:
    cards = "".join(
        f'<article><h2><a href="/{name}">{NAMES[name]}</a></h2><p class="soft">{_counts(counts)}</p></article>'
        for name, counts in totals.items()
    )
    intro = "<p>Stand-ins for the services Warmline talks to. Nothing here leaves this machine.</p>"
    return _layout("Sandbox", f"<h1>Sandbox</h1>{intro}{cards}", refresh=True)


def desk(vendor: str, tickets: list[SeenTicket]) -> str:
    seen = Counter(ticket.external_id for ticket in tickets)
    cards = "".join(_ticket_card(ticket, seen[ticket.external_id]) for ticket in reversed(tickets[-MOST_SHOWN:]))
    links = f'<p class="soft">{len(tickets)} tickets · <a href="/{vendor}/requests">Requests</a></p>'
    body = f"<h1>{NAMES[vendor]}: tickets</h1>{links}{cards or _nothing('No ticket has arrived yet.')}"
    return _layout(f"{NAMES[vendor]} tickets", body, refresh=True)


def ticket(vendor: str, ticket: SeenTicket, path: str) -> str:
    """No refresh here: it would throw away what somebody is typing."""
    head = f"<h1>{escape(ticket.subject) or '(no subject)'}</h1>{_ticket_facts(ticket)}"
    messages = "".join(_message(vendor, message) for message in ticket.messages)
    reload = f'<p><a href="{escape(path)}">Reload</a></p>'
    return _layout(f"Ticket {ticket.id}", head + messages + _forms(path) + reload)


def klaviyo(profiles: list[Json], events: list[Json]) -> str:
    people = "".join(_facts(str(profile.get("email")), profile) for profile in reversed(profiles[-MOST_SHOWN:]))
    told = "".join(_facts(str(event.get("metric")), event) for event in reversed(events[-MOST_SHOWN:]))
    links = '<p class="soft"><a href="/klaviyo/requests">Requests</a></p>'
    events_part = f"<h1>Klaviyo: events</h1>{links}{told or _nothing('No event has arrived yet.')}"
    people_part = f"<h1>Profiles</h1>{people or _nothing('There is no profile.')}"
    return _layout("Klaviyo", events_part + people_part, refresh=True)


def mail(mails: list[SeenMail]) -> str:
    cards = "".join(_mail_card(one) for one in reversed(mails[-MOST_SHOWN:]))
    return _layout("Mail", f"<h1>Mail</h1>{cards or _nothing('No mail has arrived yet.')}", refresh=True)


def requests(vendor: str, requests: list[SeenRequest]) -> str:
    rows = "".join(_request_row(one) for one in reversed(requests[-MOST_SHOWN:]))
    head = "<tr><th>time</th><th>request</th><th>answer</th><th>body</th></tr>"
    table = f'<div class="wide"><table>{head}{rows}</table></div>'
    return _layout(f"{NAMES[vendor]} requests", f"<h1>{NAMES[vendor]}: requests</h1>{table}")


def faults(behaviour: dict[str, str]) -> str:
    """No refresh here: it would throw away what somebody is choosing."""
    intro = "<p>Make a stand-in lie, and watch that each handoff still makes one ticket.</p>"
    cards = "".join(_behaviour_form(vendor, profile) for vendor, profile in behaviour.items())
    return _layout("Faults", f"<h1>Faults</h1>{intro}{cards}")


def missing() -> str:
    return _layout("Not found", "<h1>Not found</h1><p>There is nothing here, or it cannot be changed.</p>")


def _layout(title: str, body: str, *, refresh: bool = False) -> str:
    links = "".join(f'<a href="/{name}">{label}</a>' for name, label in (*NAMES.items(), ("faults", "Faults")))
    again = '<meta http-equiv="refresh" content="5">' if refresh else ""
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">{again}'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/_style.css"></head>'
        f'<body><nav><a href="/">Sandbox</a>{links}</nav><main>{body}</main></body></html>'
    )


def _counts(counts: dict[str, int]) -> str:
    return " · ".join(f"{number} {escape(name)}" for name, number in counts.items())


def _ticket_card(ticket: SeenTicket, same: int) -> str:
    path = escape("/" + ticket.url.split("/", 3)[3])
    twice = f'<p class="warn">{same} tickets have this external id</p>' if same > 1 and ticket.external_id else ""
    subject = escape(ticket.subject) or "(no subject)"
    return f'<article><h2><a href="{path}">{subject}</a></h2>{_ticket_facts(ticket)}{twice}</article>'


def _ticket_facts(ticket: SeenTicket) -> str:
    who = escape(f"{ticket.name} <{ticket.email}>")
    external = escape(ticket.external_id or "none")
    tags = escape(", ".join(ticket.tags)) or "none"
    return (
        f'<p>{who} · <span class="good">{escape(ticket.status)}</span></p>'
        f'<p class="soft">#{ticket.id} · {escape(ticket.created_at)} · external id {external}'
        f" · tags: {tags} · {len(ticket.messages)} messages</p>"
    )


def _message(vendor: str, message: SeenMessage) -> str:
    """An internal note has a colour of its own; what the vendor would mail to the shopper says so."""
    kind = "public" if message.public else "internal note"
    mailed = f' · <span class="warn">{NAMES[vendor]} mails this to the shopper</span>' if message.mailed else ""
    side = "team" if message.from_agent else "shopper"
    head = f"{escape(message.author)} ({side}) · {kind} · {escape(message.created_at)}{mailed}"
    shade = "" if message.public else ' class="note"'
    return f'<article{shade}><p class="soft">{head}</p><div class="text">{_linked(message.text)}</div></article>'


def _forms(path: str) -> str:
    action = escape(path)
    kinds = (("public", "Public reply"), ("note", "Internal note"), ("customer", "As the shopper"))
    options = "".join(f'<option value="{value}">{label}</option>' for value, label in kinds)
    return (
        f'<form method="post" action="{action}/reply"><label>Answer as Sam Support'
        '<textarea name="text" required></textarea></label>'
        f'<select name="kind" aria-label="Kind">{options}</select><button>Send</button></form>'
        f'<form method="post" action="{action}/solve"><button>Solve this ticket</button></form>'
    )


def _behaviour_form(vendor: str, profile: str) -> str:
    name = escape(NAMES.get(vendor, vendor))
    options = "".join(
        f'<option value="{key}"{" selected" if key == profile else ""}>{key}: {escape(each.title)}</option>'
        for key, each in PROFILES.items()
    )
    return (
        f'<form method="post" action="/faults"><h2>{name}</h2>'
        f'<input type="hidden" name="vendor" value="{escape(vendor)}">'
        f'<p class="soft">now: {escape(profile)}</p><select name="profile" aria-label="Behaviour of {name}">{options}'
        "</select><button>Switch</button></form>"
    )


def _facts(title: str, values: Json) -> str:
    text = dumps(values, indent=2, ensure_ascii=False)
    return f'<article><h2>{escape(title)}</h2><div class="text soft">{_linked(text)}</div></article>'


def _mail_card(mail: SeenMail) -> str:
    to = escape(", ".join(mail.recipients))
    return (
        f'<article id="mail-{mail.id}"><h2>{escape(mail.subject) or "(no subject)"}</h2>'
        f'<p class="soft">from {escape(mail.sender) or "(empty)"} · to {to} · {_clock(mail.at)}</p>'
        f'<div class="text">{_linked(mail.text)}</div></article>'
    )


def _request_row(request: SeenRequest) -> str:
    fault = f'<br><span class="warn">{escape(request.fault)}</span>' if request.fault else ""
    status = request.status if request.status is not None else "none"
    what = escape(f"{request.method} {request.path}")
    return f"<tr><td>{_clock(request.at)}</td><td>{what}</td><td>{status}{fault}</td><td>{_body(request)}</td></tr>"


def _body(request: SeenRequest) -> str:
    if not request.size:
        return "none"
    text = escape(request.body[:4000].decode("utf-8", errors="replace"))
    return f'<details><summary>{request.size} bytes</summary><div class="text">{text}</div></details>'


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S UTC")


def _nothing(words: str) -> str:
    return f'<p class="soft">{words}</p>'


def _linked(text: str) -> str:
    """Escaped, with web addresses to click. Only http and https become links."""
    return "".join(_piece(piece) for piece in LINK.split(text))


def _piece(piece: str) -> str:
    if not piece.startswith(("http://", "https://")):
        return escape(piece)
    return f'<a href="{escape(piece)}" rel="noreferrer noopener">{escape(piece)}</a>'
