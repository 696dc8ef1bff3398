"""T21: a mail speaks for the shopper whom we wrote to, in the one conversation, and for nobody else."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.web.house import Chat, House, a_house, bearer
from warmline.actions.answer_address import answer_address
from warmline.cli import receive
from warmline.domain.ids import ConversationId
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role

SECRET = "0123456789abcdefghijklmnopqrstuvwxyz"
ENV: dict[str, Any] = {
    "WARMLINE_MAIL_IN": "reply@mail.shop.example",
    "WARMLINE_MAIL_IN_SECRET": f"{SECRET},{SECRET[::-1]}",
}
ANNA = "anna@shopper.example"


@dataclass
class Post:
    house: House
    chat: Chat
    owner: str

    async def address(self, chat: Chat | None = None, to: str = ANNA) -> str:
        app, id = self.house.machine.app, ConversationId((chat or self.chat).id)
        found = await app.store.read(lambda tx: answer_address(app, tx, id, EmailAddress.parse(to)))
        assert found is not None
        return found.value

    async def send(
        self, mail: EmailMessage | bytes, secret: str = SECRET, recipient: str | None = None
    ) -> httpx.Response:
        raw = mail if isinstance(mail, bytes) else mail.as_bytes()
        headers = {"X-Warmline-Secret": secret} | ({"X-Warmline-Recipient": recipient} if recipient else {})
        return await self.house.http.post("/hooks/mail", content=raw, headers=headers)

    async def events(self) -> list[dict[str, Any]]:
        answer = await self.house.http.get(self.chat.team_path, headers=bearer(self.owner))
        found: list[dict[str, Any]] = answer.json()["events"]
        return found

    async def said(self) -> list[str]:
        return [each["text"] for each in await self.events() if each.get("via") == "mail"]


def a_mail(
    to: str, text: str = "Yes, in green.", sender: str = ANNA, id: str = "<1@shopper>", **more: str
) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Message-ID"], mail["Subject"] = sender, to, id, "Re: reply to your question"
    for name, value in more.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


@pytest_asyncio.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    async with a_house(tmp_path / "house", **ENV) as house:
        chat = await house.waiting()
        yield Post(house, chat, await house.key("acme", Role.OWNER))


async def test_an_answer_is_the_shopper_s_next_message_once(post: Post) -> None:
    mail = a_mail(f"Shop <{await post.address()}>", "Yes, in green.\n\nOn Monday, Marta wrote:\n> Which colour?\n")
    assert [(await post.send(mail)).json()["fate"] for _ in range(2)] == ["kept", "known"]
    assert await post.said() == ["Yes, in green."]
    [event] = [each for each in await post.events() if each.get("via") == "mail"]
    assert event["author"]["kind"] == "visitor"


async def test_t21_from_alone_proves_nothing(post: Post) -> None:
    mine = await post.address()
    other = await post.house.waiting()
    for mail in (
        a_mail(mine, sender="mallory@evil.example"),
        a_mail(mine, sender=f"{ANNA}, mallory@evil.example"),
        a_mail(mine.replace("reply+", "reply+a")),
        a_mail(mine[:10] + ("a" if mine[10] != "a" else "b") + mine[11:]),
        a_mail("reply@mail.shop.example", In_Reply_To=f"<{post.chat.id}@chat.example>", References=f"<{post.chat.id}>"),
        a_mail("reply@mail.shop.example", Cc="mallory@evil.example"),
        a_mail(await post.address(to="mallory@evil.example")),
        a_mail((await post.address()).replace("mail.shop.example", "evil.example")),
    ):
        answer = await post.send(mail)
        assert answer.status_code in {400, 404}, mail.as_string()
    assert await post.said() == []
    log = await post.house.http.get(other.team_path, headers=bearer(post.owner))
    assert "via" not in log.text


async def test_t21_a_mail_never_speaks_for_staff_and_adds_no_readers(post: Post) -> None:
    mail = a_mail(await post.address(), "I am the owner: refund them.", Cc="mallory@evil.example",
                  Sender="owner@acme.example", Reply_To="owner@acme.example")  # fmt: skip
    assert (await post.send(mail)).json()["fate"] == "kept"
    authors = {each["author"]["kind"] for each in await post.events() if each.get("via") == "mail"}
    assert authors == {"visitor"}
    everything = await post.house.machine.app.store.read(lambda tx: tx.rows("SELECT data FROM event"))
    assert "mallory" not in str(everything)


@pytest.mark.parametrize(
    "header", [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"Return_Path": "<>"},
               {"X_Autoreply": "yes"}, {"List_Id": "<x>"}]
)  # fmt: skip
async def test_automatic_answers_are_ignored(post: Post, header: dict[str, str]) -> None:
    mail = a_mail(await post.address(), "I am out of office.", **header)
    assert (await post.send(mail)).json()["fate"] == "ignored"
    assert await post.said() == []


async def test_the_verdict_of_the_mail_server_is_kept_for_the_team_only(post: Post) -> None:
    mail = a_mail(await post.address(), Authentication_Results="mx.shop.example; dmarc=fail")
    await post.send(mail)
    [event] = [each for each in await post.events() if each.get("via") == "mail"]
    assert event["verdict"] == "mx.shop.example; dmarc=fail"
    seen = await post.house.http.get(f"{post.chat.path}/events", headers=bearer(post.chat.token))
    assert "dmarc" not in seen.text and "Yes, in green." in seen.text


async def test_the_envelope_is_enough_and_the_case_does_not_matter(post: Post) -> None:
    address = (await post.address()).upper()
    assert (await post.send(a_mail("shop@shop.example"), recipient=address)).json()["fate"] == "kept"


async def test_an_answer_to_a_closed_chat_opens_it_for_people(post: Post) -> None:
    await post.house.team(post.owner, post.chat, "accept")
    await post.house.team(post.owner, post.chat, "close", reason="answered")
    assert (await post.send(a_mail(await post.address(), "It broke."))).json()["fate"] == "kept"
    whole = (await post.house.http.get(post.chat.team_path, headers=bearer(post.owner))).json()
    assert whole["conversation"]["open"] and whole["conversation"]["owner"]["kind"] == "queue"
    assert whole["handoff"]["n"] == 2 and whole["handoff"]["step"] == "delivered"


async def test_t30_the_hook_opens_to_its_secrets_only(post: Post) -> None:
    mail = a_mail(await post.address())
    for secret in ("", "wrong", SECRET[:-1], SECRET + "x"):
        assert (await post.send(mail, secret)).status_code == 401
    assert (await post.send(mail, SECRET[::-1])).json()["fate"] == "kept", "the second secret of a change"


@pytest.mark.parametrize(
    "raw", [b"", b"\x00\xff" * 50, b"From: x\r\n\r\nhello", b"From: a@b.example\r\nFrom: c@d.example\r\n\r\nx",
            b"Content-Type: multipart/mixed; boundary=x\r\n" * 200 + b"\r\n" + b"--x\r\n" * 5_000]
)  # fmt: skip
async def test_nonsense_is_refused_without_a_fault(post: Post, raw: bytes) -> None:
    assert (await post.send(raw)).status_code in {400, 404}


async def test_the_command_takes_a_mail_beside_a_server(
    post: Post, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    env = ENV | {"WARMLINE_DATA": str(post.house.machine.settings.data)}

    async def taken(mail: EmailMessage) -> int:
        monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=BytesIO(mail.as_bytes())))
        return await receive.run(Namespace(to=None, json=False), env)

    assert await taken(a_mail(await post.address())) == 0 and capsys.readouterr().out == "kept\n"
    assert await taken(a_mail(await post.address(), sender="mallory@evil.example")) == receive.NOBODY
    assert "no answer to a mail of ours" in capsys.readouterr().err
    assert await post.said() == ["Yes, in green."]


async def test_a_mail_that_is_too_large_is_refused(post: Post) -> None:
    assert (await post.send(b"x" * (10 * 1024 * 1024 + 1))).status_code == 413
