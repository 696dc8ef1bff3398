"""Requests as an adapter would send them, shared by the tests of the sandbox."""

from email.message import EmailMessage
from typing import Any

from warmline.sandbox import credentials as demo

Json = dict[str, Any]

ZENDESK_AUTH = (f"{demo.ZENDESK_EMAIL}/token", demo.ZENDESK_API_TOKEN)
GORGIAS_AUTH = (demo.GORGIAS_EMAIL, demo.GORGIAS_API_KEY)
KLAVIYO_HEADERS = {
    "Authorization": f"Klaviyo-API-Key {demo.KLAVIYO_API_KEY}",
    "revision": "2026-07-15",
    "Content-Type": "application/vnd.api+json",
}
OAUTH = {
    "grant_type": "client_credentials",
    "client_id": demo.ZENDESK_CLIENT_ID,
    "client_secret": demo.ZENDESK_CLIENT_SECRET,
    "scope": "tickets:read tickets:write users:read users:write",
}
ZENDESK_TICKETS = "/zendesk/api/v2/tickets"
GORGIAS_TICKETS = "/gorgias/api/tickets"


def zendesk_ticket(external_id: str = "warmline-cnv_01-1", **changes: object) -> Json:
    ticket: Json = {
        "subject": "Chat: where is my order 1001?",
        "requester": {"name": "Ada Byron", "email": "ada@example.com"},
        "comment": {"html_body": "<p>10:02 UTC <b>Ada</b>: Where is my order?</p>", "public": False},
        "tags": ["warmline", "reason_no_answer"],
        "external_id": external_id,
        "priority": "normal",
        "custom_fields": [{"id": 360001, "value": "01HKLAVIYOPROFILE"}],
        "metadata": {"conversation_id": "cnv_01"},
    }
    return {"ticket": ticket | changes}


def gorgias_message(**changes: object) -> Json:
    message: Json = {
        "channel": "email",
        "via": "api",
        "from_agent": False,
        "sender": {"email": "ada@example.com", "name": "Ada Byron"},
        "source": {"type": "email", "from": {"address": "ada@example.com"}, "to": [{"address": demo.GORGIAS_MAILBOX}]},
        "body_text": "Where is my order?",
        "body_html": "<p>Where is my order?</p>",
        "sent_datetime": "2026-11-22T10:02:00Z",
    }
    return message | changes


def gorgias_note(text: str = "The transcript") -> Json:
    body = {"body_html": f"<p>{text}</p>", "sender": {"email": demo.GORGIAS_EMAIL}}
    return {"channel": "internal-note", "via": "api", "from_agent": True, "public": False, **body}


def gorgias_ticket(external_id: str = "warmline-cnv_01-1", **changes: object) -> Json:
    ticket: Json = {
        "subject": "Chat: where is my order 1001?",
        "channel": "email",
        "via": "api",
        "from_agent": False,
        "external_id": external_id,
        "status": "open",
        "customer": {"email": "ada@example.com", "name": "Ada Byron"},
        "tags": [{"name": "warmline"}],
        "meta": {"conversation_id": "cnv_01"},
        "messages": [gorgias_message(), gorgias_note()],
    }
    return ticket | changes


def klaviyo_event(unique_id: str = "warmline-cnv_01-1-routed", email: str = "ada@example.com") -> Json:
    attributes = {
        "unique_id": unique_id,
        "metric": {"data": {"type": "metric", "attributes": {"name": "Routed to team"}}},
        "profile": {"data": {"type": "profile", "attributes": {"email": email}}},
        "properties": {"conversation_id": "cnv_01", "reason": "no_answer"},
    }
    return {"data": {"type": "event", "attributes": attributes}}


def a_mail(text: str = "Hello Ada\n.dots stay\n..two dots\n") -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "Your order — 1001", "shop@example.com", "ada@example.com"
    mail.set_content(text)
    return mail
