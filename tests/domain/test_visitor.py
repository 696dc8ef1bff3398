"""E-mail addresses: one strictly parsed address, or a sentence that says what to mend (T19, T20)."""

from __future__ import annotations

import json
import os
import time
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest

from warmline.domain.ids import VisitorId, WorkspaceId
from warmline.domain.visitor import Contact, EmailAddress, Identity, Proof, Visitor, find_in, suggestion
from warmline.errors import Invalid

SHARED = Path(os.environ.get("WARMLINE_SHARED", Path(__file__).parents[3] / "shared"))
WORKSPACE = WorkspaceId("wsp_1")


def attacks(name: str) -> list[dict[str, Any]]:
    path = SHARED / "attacks" / name
    if not path.exists():
        pytest.skip(f"attack data {path} is not here (set WARMLINE_SHARED)")
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


def parsed(text: str) -> EmailAddress | None:
    try:
        return EmailAddress.parse(text)
    except Invalid:
        return None


def as_header(email: EmailAddress) -> bytes:
    message = EmailMessage()
    message["To"] = email.value
    message.set_content("hello")
    return message.as_bytes(policy=SMTP)


@pytest.mark.parametrize(
    "text",
    [
        "anna@shop.example",
        "anna.nowak+shop@mail.shop.co.uk",
        "o'neil@example.ie",
        "a@b.pl",
        "user_1-2@xn--bcher-kva.example",
        "dept/sales=eu@example.com",
        "12345@qq.com",
        "x" * 64 + "@example.com",
    ],
)
def test_an_ordinary_address_is_taken_as_it_is(text: str) -> None:
    assert EmailAddress.parse(text).value == text


def test_only_the_domain_is_put_in_lower_case_and_spaces_around_are_forgiven() -> None:
    email = EmailAddress.parse("  Anna.Nowak@Example.COM ")
    assert email.value == "Anna.Nowak@example.com"
    assert (email.local, email.domain, email.key) == ("Anna.Nowak", "example.com", "anna.nowak@example.com")
    assert str(email) == email.value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Write your e-mail"),
        ("   ", "Write your e-mail"),
        ("anna", "@ is missing"),
        ("anna@", "missing"),
        ("@example.com", "missing"),
        ("a@b@example.com", "one e-mail"),
        ("anna@example", "needs a dot"),
        ("anna@.com", "after the @"),
        ("anna@example..com", "after the @"),
        ("anna@example.com.", "after the @"),
        ("anna@-a.com", "after the @"),
        ("anna@a-.com", "after the @"),
        ("anna@exa_mple.com", "after the @"),
        ("anna@10.0.0.1", "after the @"),
        ("anna@0x7f.1", "after the @"),
        ("anna@[10.0.0.1]", "after the @"),
        ("anna@[IPv6:::1]", "after the @"),
        ("anna@xn--.example", "after the @"),
        ("anna@xn--a.example", "after the @"),
        ("anna@ab--cd.example", "after the @"),
        ("anna@example.c", "after the @"),
        ("anna@" + "b" * 64 + ".example", "after the @"),
        (".anna@example.com", "before the @"),
        ("anna.@example.com", "before the @"),
        ("an..na@example.com", "before the @"),
        ('"anna"@example.com', "before the @"),
        ("anna\\@example.com", "before the @"),
        ("anna%other.example@example.com", "before the @"),
        ("relay!anna@example.com", "before the @"),
        ("-oQ/tmp@example.com", "before the @"),
        ("=1+1@example.com", "before the @"),
        ("a=?utf-8?q?x?=@example.com", "before the @"),
        ("anna|x@example.com", "before the @"),
        ("anna`x`@example.com", "before the @"),
        ("mailto:anna@example.com", "before the @"),
        ("y" * 65 + "@example.com", "too long"),
        ("a@" + "b.c" * 100 + ".com", "too long"),
        ("zoë@example.com", "a-z"),
        ("anna@exämple.com", "a-z"),
        ("anna@ex\u0430mple.com", "a-z"),
        ("anna\uff20example.com", "a-z"),
        ("anna@example\u3002com", "a-z"),
        ("\u212aim@example.com", "a-z"),
        ("kim@ex\u212a.com", "a-z"),
        ("Anna <anna@example.com>", "spaces"),
        ("<anna@example.com>", "angle brackets"),
    ],
)
def test_what_is_not_an_address_is_refused_with_the_reason_and_an_example(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refused:
        EmailAddress.parse(text)
    assert refused.value.field == "email"
    assert "name@example.com" in str(refused.value)
    assert len(str(refused.value)) < 140


@pytest.mark.parametrize(
    "bad", ["\r\n", "\n", "\t", "\0", "\u200b", "\u202e", "\ufeff", "\u00ad", "\u2028", "\ud800", " "]
)
@pytest.mark.parametrize("place", ["an{}na@example.com", "anna@exam{}ple.com", "anna@example.com{}Bcc: v@evil.example"])
def test_t20_no_control_format_or_space_character_gets_in(bad: str, place: str) -> None:
    with pytest.raises(Invalid):
        EmailAddress.parse(place.format(bad))


@pytest.mark.parametrize("bad", ["a@b.example,c@d.example", "a@b.example;c@d.example", "a@b.example c@d.example"])
def test_t20_a_second_recipient_is_refused(bad: str) -> None:
    with pytest.raises(Invalid):
        EmailAddress.parse(bad)


def test_t20_the_constructor_checks_too() -> None:
    with pytest.raises(Invalid):
        EmailAddress("a@b.example\nBcc: c@d.example")


def test_t19_t20_every_attack_address_is_handled_as_stated() -> None:
    for row in attacks("emails.jsonl"):
        email = parsed(row["text"])
        if email is None:
            assert row["expect"] != "accept", row
        else:
            assert row["expect"] in ("accept", "accept_or_clear_error"), row
            assert as_header(email).count(b"@") == 1


def test_t20_line_break_attacks_after_an_address_are_refused() -> None:
    for row in attacks("crlf.jsonl"):
        with pytest.raises(Invalid):
            EmailAddress.parse("anna@example.com" + row["text"])


def test_t32_a_huge_address_is_refused_at_once() -> None:
    started = time.process_time()
    for text in ("a" * 1_000_000, "a@" + "b." * 500_000, "a." * 500_000 + "@b.pl", "@" * 1_000_000):
        with pytest.raises(Invalid):
            EmailAddress.parse(text)
        assert find_in(text) is None
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    ("text", "masked"),
    [("anna@example.com", "a…@example.com"), ("x@wp.pl", "x…@wp.pl")],
)
def test_a_masked_address_shows_its_first_letter_and_domain(text: str, masked: str) -> None:
    assert EmailAddress.parse(text).masked == masked


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("gmial.com", "gmail.com"),
        ("gmai.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gamil.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmail.pl", "gmail.com"),
        ("hotnail.com", "hotmail.com"),
        ("hotmial.com", "hotmail.com"),
        ("outlok.com", "outlook.com"),
        ("yahho.com", "yahoo.com"),
        ("icloud.cmo", "icloud.com"),
        ("wp.lp", "wp.pl"),
        ("02.pl", "o2.pl"),
        ("onte.pl", "onet.pl"),
        ("onet.pll", "onet.pl"),
        ("intera.pl", "interia.pl"),
        ("interia.lp", "interia.pl"),
        ("shop.con", "shop.com"),
    ],
)
def test_a_likely_slip_is_suggested_and_never_changed(typed: str, meant: str) -> None:
    email = EmailAddress.parse(f"Anna@{typed}")
    assert suggestion(email) == EmailAddress(f"Anna@{meant}")
    assert email.domain == typed


@pytest.mark.parametrize(
    "domain",
    [
        "gmail.com",
        "mail.com",
        "email.com",
        "ymail.com",
        "wp.pl",
        "o2.pl",
        "op.pl",
        "vp.pl",
        "onet.pl",
        "onet.eu",
        "interia.pl",
        "interia.eu",
        "tp.pl",
        "ap.pl",
        "live.com",
        "gmx.de",
        "web.de",
        "shop.example",
        "acme.co",
        "acme.cm",
        "acme.de",
        "outlook.pl",
        "sap.com",
        "aol.com",
        "me.com",
        "one.pl",
    ],
)
def test_a_right_domain_gets_no_suggestion(domain: str) -> None:
    assert suggestion(EmailAddress.parse(f"anna@{domain}")) is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("anna@example.com", "anna@example.com"),
        ("  My address is anna@example.com, thanks!", "anna@example.com"),
        ("mail: <anna@example.com>.", "anna@example.com"),
        ("e-mail:anna@example.com", "anna@example.com"),
        ("„anna@wp.pl”", "anna@wp.pl"),
        ("**anna@wp.pl**", "anna@wp.pl"),
        ("Is it anna@example.com?", "anna@example.com"),
        ("no address here", None),
        ("anna@example.com or bob@example.com", None),
        ("meet @ noon", None),
        ("ask @anna", None),
        ('"a@evil.example"@example.com', None),
        ("anna@example.com?bcc=v%40evil.example", None),
        ("anna@example\uff0ecom", None),
        ("anna\u200b@example.com", None),
    ],
)
def test_an_address_is_found_only_when_it_is_the_only_one(text: str, found: str | None) -> None:
    assert find_in(text) == (EmailAddress(found) if found else None)


def test_t3_an_unverified_address_of_the_shop_prefills_and_proves_nothing() -> None:
    email = EmailAddress("anna@example.com")
    visitor = Visitor(VisitorId("vis_1"), WORKSPACE, Identity("42", email, email_verified=False))
    assert visitor.reached_at is None
    assert visitor.prefill == email


def test_an_address_given_in_the_chat_wins_over_the_one_the_shop_vouches_for() -> None:
    typed = Contact(EmailAddress("other@example.com"), Proof.TYPED)
    signed = EmailAddress("anna@example.com")
    known = Visitor(VisitorId("vis_1"), WORKSPACE, Identity("42", signed, email_verified=True))
    changed = Visitor(VisitorId("vis_1"), WORKSPACE, known.identity, typed)
    assert known.reached_at == Contact(signed, Proof.SIGNED)
    assert known.reached_at.proven
    assert changed.reached_at == typed
    assert not typed.proven


def test_a_visitor_about_whom_nothing_is_known_has_no_address() -> None:
    visitor = Visitor(VisitorId("vis_1"), WORKSPACE)
    assert visitor.reached_at is None
    assert visitor.prefill is None
