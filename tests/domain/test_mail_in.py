"""What of a mail the shopper wrote themselves, and which address is whose."""

from __future__ import annotations

import pytest

from warmline.domain.ids import ConversationId, fresh
from warmline.domain.mail_in import own_words, read_address, read_mail, reply_address
from warmline.domain.visitor import EmailAddress
from warmline.errors import Invalid

BASE = EmailAddress("reply@mail.shop.example")


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Yes.", "Yes."),
        ("Yes.\r\n\r\nOn Mon, 23 Nov 2026 at 10:00, Shop <x@y.example> wrote:\r\n> Which?\r\n> colour\r\n", "Yes."),
        ("Yes.\n\nOn Mon, 23 Nov 2026 at 10:00, a Shop with a long name\n<x@y.example> wrote:\n> Which?", "Yes."),
        ("Tak.\n\nW dniu 23.11.2026 o 10:00, Sklep pisze:\n> Który?", "Tak."),
        ("Tak.\n\npon., 23 lis 2026\n-----Wiadomość oryginalna-----\nOd: Sklep\nDo: Anna\n\nKtóry?",
         "Tak.\n\npon., 23 lis 2026"),
        ("Yes.\n\n________________________________\nFrom: Shop\nSent: Monday\nTo: Anna\n\nWhich?", "Yes."),
        ("Yes.\n\nFrom: Shop <x@y.example>\nSent: Monday\nSubject: Re\n\nWhich?", "Yes."),
        ("Yes.\n-- \nAnna\n+48 000", "Yes."),
        ("On Mon Shop wrote:\n> Which?\n\nThe green one.", "The green one."),
        ("> Which?\n\nThe green one.\n\n> And size?\n\nFour.", "The green one.\n\n> And size?\n\nFour."),
        ("On Friday I wrote: nothing came.", "On Friday I wrote: nothing came."),
        ("From: Warsaw, with love", "From: Warsaw, with love"),
        ("> only\n> quotes", ""),
    ],
)  # fmt: skip
def test_quoted_history_and_signatures_are_cut(text: str, own: str) -> None:
    assert own_words(text) == own


def test_an_address_holds_its_conversation_and_its_mark() -> None:
    id = ConversationId(fresh("cnv"))
    address = reply_address(BASE, id, "0123456789abcdef" * 2)
    assert len(address.value.rpartition("@")[0]) <= 64
    assert read_address(BASE, address.value.upper()) == (id, "0123456789abcdef01234567")
    for other in ("reply@mail.shop.example", "x+" + address.value, address.value + ".evil.example", "", "+@"):
        assert read_address(BASE, other) is None


def test_html_becomes_text_and_files_are_counted() -> None:
    raw = (
        b"From: Anna <anna@x.example>\r\nTo: y@z.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<style>p{}</style><p>Yes &amp; no</p><script>x</script>"
        b"\r\n"
        b"--b\r\nContent-Type: image/png\r\nContent-Disposition: attachment\r\n\r\nxx\r\n--b--\r\n"
    )
    mail = read_mail(raw)
    assert (mail.text, mail.left_out, mail.sender.value) == ("Yes & no", 1, "anna@x.example")


@pytest.mark.parametrize(
    "header", ["From: a@b.example, c@d.example", "From: nobody", "From:", "From: a@b.example\r\nFrom: c@d.example"]
)
def test_a_mail_has_one_sender(header: str) -> None:
    with pytest.raises(Invalid):
        read_mail(f"{header}\r\nTo: x@y.example\r\n\r\nhello".encode())
