import re
import smtplib

import httpx
import pytest

from tests.sandbox.calls import (
    GORGIAS_AUTH,
    GORGIAS_TICKETS,
    KLAVIYO_HEADERS,
    ZENDESK_AUTH,
    ZENDESK_TICKETS,
    a_mail,
    gorgias_message,
    gorgias_ticket,
    klaviyo_event,
    zendesk_ticket,
)
from warmline.sandbox import Sandbox

NASTY = "<script>alert('x')</script>&\"<img src=x onerror=y>"
PAGES = [
    "/",
    "/zendesk",
    "/gorgias",
    "/klaviyo",
    "/mail",
    "/zendesk/requests",
    "/gorgias/requests",
    "/klaviyo/requests",
    "/faults",
]


def fill(http: httpx.Client, text: str) -> None:
    comment = {"body": text, "public": True}
    http.post(ZENDESK_TICKETS, json=zendesk_ticket(text, subject=text, comment=comment), auth=ZENDESK_AUTH)
    message = gorgias_message(body_text=text, from_agent=True, sent_datetime=None)
    http.post(GORGIAS_TICKETS, json=gorgias_ticket(text, subject=text, messages=[message]), auth=GORGIAS_AUTH)
    http.post("/klaviyo/api/events", json=klaviyo_event(text), headers=KLAVIYO_HEADERS)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_strict_and_runs_nothing(http: httpx.Client, path: str) -> None:
    answer = http.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'")
    assert "<script" not in answer.text
    assert " style=" not in answer.text
    assert http.get("/_style.css").headers["content-type"].startswith("text/css")


def test_what_arrived_is_shown_and_escaped(sandbox: Sandbox, http: httpx.Client, smtp: smtplib.SMTP) -> None:
    fill(http, NASTY)
    mail = a_mail(NASTY)
    mail.replace_header("Subject", NASTY)
    smtp.send_message(mail)
    tickets = [ticket.url for vendor in ("zendesk", "gorgias") for ticket in sandbox.tickets(vendor)]
    for page in ["/zendesk", "/gorgias", "/mail", "/zendesk/requests", "/klaviyo", *tickets]:
        text = http.get(page).text
        assert "<script" not in text, page
        assert "<img" not in text, page
    assert "&lt;script&gt;" in http.get("/mail").text
    assert "&lt;script&gt;" in http.get(tickets[1]).text


def test_a_mail_to_the_shopper_and_a_second_ticket_stand_out(sandbox: Sandbox, http: httpx.Client) -> None:
    fill(http, "same id")
    assert "have this external id" not in http.get("/gorgias").text
    fill(http, "same id")
    assert "2 tickets have this external id" in http.get("/gorgias").text
    assert "Gorgias mails this to the shopper" in http.get(sandbox.tickets("gorgias")[0].url).text
    assert "2 tickets · 1 different external ids" in http.get("/").text


@pytest.mark.parametrize(("vendor", "ended"), [("zendesk", "solved"), ("gorgias", "closed")])
def test_a_person_replies_and_solves_with_the_forms(
    sandbox: Sandbox, http: httpx.Client, vendor: str, ended: str
) -> None:
    fill(http, "hello")
    [ticket] = sandbox.tickets(vendor)
    actions = re.findall(r'action="([^"]+)"', http.get(ticket.url).text)
    shown = http.post(actions[0], data={"text": "On its way: https://t.example/1.", "kind": "public"})
    assert (shown.status_code, sandbox.url() + shown.headers["location"]) == (303, ticket.url)
    http.post(actions[0], data={"text": "for us", "kind": "note"})
    http.post(actions[0], data={"text": "thanks", "kind": "customer"})
    http.post(actions[1])
    [ticket] = sandbox.tickets(vendor)
    assert ticket.status == ended
    assert [(message.public, message.from_agent) for message in ticket.messages[1:]] == [
        (True, True), (False, True), (True, False),
    ]  # fmt: skip
    assert '<a href="https://t.example/1"' in http.get(ticket.url).text


def test_a_foreign_page_cannot_press_the_buttons(sandbox: Sandbox, http: httpx.Client) -> None:
    fill(http, "hello")
    [ticket] = sandbox.tickets("zendesk")
    answer = http.post(ticket.url + "/solve", headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert sandbox.tickets("zendesk")[0].status == "new"


def test_a_stand_in_is_made_to_lie_with_a_form(sandbox: Sandbox, http: httpx.Client) -> None:
    shown = http.post("/faults", data={"vendor": "gorgias", "profile": "rough"})
    assert (shown.status_code, shown.headers["location"]) == (303, "/faults")
    assert sandbox.behaviour()["gorgias"] == "rough"
    assert "now: rough" in http.get("/faults").text
    assert http.post("/faults", data={"vendor": "gorgias", "profile": "meteor"}).status_code == 404
    foreign = http.post(
        "/faults", data={"vendor": "gorgias", "profile": "honest"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert (foreign.status_code, sandbox.behaviour()["gorgias"]) == (403, "rough")


@pytest.mark.parametrize("path", ["/nowhere", "/zendesk/agent/tickets/1", "/gorgias/app/ticket/99999", "/zendesk/x"])
def test_what_is_not_there_is_404(http: httpx.Client, path: str) -> None:
    assert http.get(path).status_code == 404
