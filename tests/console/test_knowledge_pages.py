"""Knowledge: the table, adding by file, site and writing, changing, keeping out, and trying a question."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.console.browser import Visit, a_console, is_harmless, words
from tests.fixtures.slices import SHARED
from tests.web.house import House
from warmline.actions.learn_in_background import site_url
from warmline.actions.learn_upload import KINDS, MOST_BYTES, upload_name
from warmline.domain.effect import EffectKind
from warmline.domain.ids import WorkspaceId
from warmline.errors import Invalid
from warmline.web.console.language import language
from warmline.web.console.reading_faults import said_of

Console = tuple[House, Visit]
ACME = WorkspaceId("acme")
ANSWER: dict[str, Any] = {
    "title": "Can you engrave the box?",
    "text": "Yes, up to 24 letters.",
    "lang": "en",
    "url": "",
    "id": "",
    "phrasings": "Can you put a name on it?",
}


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with a_console(tmp_path / "data") as found:
        yield found


async def test_an_empty_shelf_asks_for_a_site(console: Console) -> None:
    assert "Nothing is known yet." in words(await console[1].see("/knowledge"))


async def test_a_written_answer_is_learned_at_once_and_tried(console: Console) -> None:
    _, desk = console
    page = words(await desk.do("/knowledge/write", **ANSWER))
    assert "Saved. The assistant knows it now." in page
    assert "Pass: the assistant answers this." in page and "Yes, up to 24 letters." in page
    assert "Can you engrave the box? Written here" in words(await desk.see("/knowledge"))


async def test_a_question_that_nothing_answers_fails_and_leads_to_writing(console: Console) -> None:
    _, desk = console
    page = await desk.see("/knowledge/test?q=Do%20you%20sell%20whales%3F")
    assert "Fail: nothing reached your limit" in page and "/knowledge/write?question=Do%20you" in page


async def test_a_page_that_was_looked_at_in_several_places_is_named_once(console: Console) -> None:
    _, desk = console
    long = "\n\n".join(
        f"## Engraving, part {n}\n\n" + f"We engrave part {n} of the box by hand. " * 40 for n in range(6)
    )
    await desk.do("/knowledge/write", **{**ANSWER, "text": long})
    page = words(await desk.see("/knowledge/test?q=Do%20you%20engrave%20the%20box%20by%20hand%3F"))
    assert page.partition("Looked at:")[2].count("Can you engrave the box?") == 1
    assert "Can you engrave the box? (" not in page


async def test_changing_the_title_moves_the_answer(console: Console) -> None:
    _, desk = console
    await desk.do("/knowledge/write", **ANSWER)
    id = desk.at.partition("?")[0].rpartition("/")[2]
    form = await desk.see(f"/knowledge/write?id={id}")
    assert "Yes, up to 24 letters." in form and "Can you put a name on it?" in form
    await desk.do("/knowledge/write", **{**ANSWER, "id": id, "title": "Engraving"})
    table = words(await desk.see("/knowledge"))
    assert "Engraving" in table and "Can you engrave the box?" not in table


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("title", "", "Write the question, or a title."), ("text", " ", "Write the answer."),
     ("url", "shop", "An address begins with https://."), ("lang", "../", "Choose a language."),
     ("title", "x" * 301, "At most 300 characters fit here.")],
)  # fmt: skip
async def test_a_wrong_field_is_said_beside_it_and_nothing_is_lost(
    console: Console, field: str, value: str, said: str
) -> None:
    page = await console[1].do("/knowledge/write", 422, **{**ANSWER, field: value})
    assert said in page and "Can you put a name on it?" in page


async def test_keep_out_let_in_and_delete(console: Console) -> None:
    _, desk = console
    await desk.do("/knowledge/write", **ANSWER)
    path = desk.at.partition("?")[0]
    assert "Kept out" in words(await desk.do(f"{path}/exclude", excluded="on"))
    assert "Fail" in words(await desk.see("/knowledge/test?q=Can%20you%20engrave%20the%20box%3F"))
    assert "Can you engrave" in await desk.see("/knowledge?state=excluded")
    assert "Nothing fits these filters." in await desk.see("/knowledge?state=used")
    assert "Ready" in words(await desk.do(f"{path}/exclude", excluded="off"))
    assert "The answer is deleted." in words(await desk.do(f"{path}/delete"))
    await desk.see(path, 404)


@pytest.mark.parametrize(
    ("name", "body"),
    [("returns.md", b"# Returns\n\nYou may return everything within 30 days."),
     ("delivery.txt", b"Delivery takes two working days everywhere in Poland."),
     ("help.html", b"<html><title>Help</title><body><h1>Help</h1><p>We deliver on Mondays.</p></body></html>"),
     ("faq.csv", b"question,answer\nDo you gift-wrap?,Yes for four euros.\n")],
)  # fmt: skip
async def test_a_file_is_read_at_once(console: Console, name: str, body: bytes) -> None:
    page = words(await console[1].do("/knowledge/upload", files={"file": (name, body)}))
    assert "The file was read. Pages in it: 1." in page and name in page


@pytest.mark.parametrize(
    ("name", "body", "said"),
    [("photo.png", b"\x89PNG\r\n", "Files of these kinds are read"), ("page.md", b"%PDF-1.7 x", "not a text file"),
     ("zip.txt", b"PK\x03\x04 x", "not a text file"), ("nul.md", b"a\x00b", "not a text file"),
     ("empty.md", b"", "Nothing could be read"), ("big.txt", b"x" * (MOST_BYTES + 1), "larger than 10 MiB"),
     (".md", b"# x", "Files of these kinds are read")],
)  # fmt: skip
async def test_a_file_that_cannot_be_read_says_why(console: Console, name: str, body: bytes, said: str) -> None:
    assert said in await console[1].do("/knowledge/upload", 422, files={"file": (name, body)})
    assert "Choose a file." in await console[1].do("/knowledge/upload", 422)


def test_names_of_uploads_are_plain_names_or_refused() -> None:
    samples = [
        "../../etc/passwd.md",
        "C:\\x\\y.txt",
        "a\u202egnp.md",
        "x\x00.md",
        "...md",
        "CON.txt",
        "ok.md/..",
        "a" * 900 + ".md",
    ]
    for file in ("filenames", "paths"):
        path = SHARED / "attacks" / f"{file}.jsonl"
        if path.exists():
            samples += [str(next(iter(json.loads(line).values()))) for line in path.read_text().splitlines()]
            samples += [str(json.loads(line).get("text", "")) + ".md" for line in path.read_text().splitlines()]
    for sample in samples:
        try:
            name = upload_name(sample)
        except Invalid:
            continue
        assert name.endswith(KINDS) and not name.startswith(".") and len(name.encode()) < 120
        assert not any(each in name for each in '/\\\x00\u202e:<>|"?*') and ".." not in name.partition(".")[0]


@pytest.mark.parametrize(
    "text", ["", "shop", "ftp://x.example", "https://a:b@shop.example", "https://x y", "http://[::1", "x" * 600]
)
async def test_what_is_no_site_is_said(console: Console, text: str) -> None:
    _, desk = console
    page = await desk.do("/knowledge/site", 422 if text != "shop" else 200, address=text)
    said = ("Write the address", "user name or password", "At most 500 characters", "Reading has begun")
    assert any(words in page for words in said)


def test_a_site_may_be_named_without_its_scheme() -> None:
    assert site_url(" shop.example/help ") == "https://shop.example/help"


async def test_reading_a_site_goes_on_without_the_page_and_can_be_stopped(console: Console) -> None:
    house, desk = console
    page = words(await desk.do("/knowledge/site", address="shop.example/help"))
    assert "Reading has begun." in page and "Reading shop.example/help looking for pages" in page
    owed = await house.machine.app.store.read(lambda tx: tx.effects_of(ACME, EffectKind.LEARN, 5))
    assert [effect.data["address"] for effect, _ in owed] == ["https://shop.example/help"]
    assert "looking for pages" in words(await desk.see("/knowledge/reading"))
    assert "Reading was stopped." in words(await desk.do("/knowledge/stop", address="https://shop.example/help"))
    assert "looking for pages" not in words(await desk.see("/knowledge/reading"))


async def test_a_site_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data", works=True) as (house, desk):
        await desk.do("/knowledge/site", address="http://127.0.0.1:9/help")
        assert house.machine.worker is not None
        await house.machine.worker.idle()
        page = words(await desk.see("/knowledge"))
        assert "127.0.0.1:9/help could not be read" in page and "Read 127.0.0.1" not in page
        assert "http://127.0.0.1:9/help" in page and "Read again" in page
        page = words(await desk.do("/knowledge/dismiss", address="http://127.0.0.1:9/help"))
        assert "It is not shown any more." in page and "127.0.0.1" not in page
        await desk.do("/knowledge/site", address="http://127.0.0.1:9/help")
        await house.machine.worker.idle()
        assert "could not be read" in words(await desk.see("/knowledge")), "named again, it is read again"


@pytest.mark.parametrize(
    ("reason", "polish"),
    [("169.254.169.254 does not lead to a public address", "169.254.169.254 nie prowadzi do publicznego adresu"),
     ("shop.example took longer than 2.5 seconds", "shop.example: odpowiedź trwała dłużej niż 2.5 s"),
     ("the site answered 404", "strona odpowiedziała kodem 404"), ("something new 100%", "something new 100%")],
)  # fmt: skip
def test_why_a_page_was_not_read_is_said_in_polish(reason: str, polish: str) -> None:
    assert language("pl").say(said_of(reason)) == polish
    assert language("en").say(said_of(reason)) == reason


async def test_titles_and_texts_are_text(console: Console) -> None:
    _, desk = console
    nasty = '"><img src=x onerror=alert(1)>{{7*7}}<script>alert(1)</script>'
    await desk.do("/knowledge/write", **{**ANSWER, "title": nasty, "text": nasty, "phrasings": nasty})
    path = desk.at.partition("?")[0]
    for page in ("/knowledge", path, f"{path}?ask={nasty}", f"/knowledge/write?id={path.rpartition('/')[2]}"):
        markup = await desk.see(page)
        assert is_harmless(markup) and "alert(1)" in words(markup) + markup


async def test_from_a_conversation_the_question_and_the_reply_are_filled_in(console: Console) -> None:
    house, desk = console
    chat = await house.waiting()
    await desk.do(f"/inbox/{chat.id}/accept")
    await desk.do(f"/inbox/{chat.id}/reply", text="Yes, up to 24 letters.")
    form = await desk.see(f"/knowledge/write?from={chat.id}")
    assert "Can you engrave the box?" in form and "Yes, up to 24 letters." in form
    foreign = await house.waiting("other")
    await desk.see(f"/knowledge/write?from={foreign.id}", 404)


async def test_another_shops_article_is_not_found(console: Console) -> None:
    house, desk = console
    foreign = await house.article("other")
    await desk.see(f"/knowledge/{foreign}", 404)
    for verb in ("exclude", "delete"):
        await desk.do(f"/knowledge/{foreign}/{verb}", 404)


def given(desk: Visit, form: str) -> dict[str, Any]:
    """The form as it stands, without its token."""
    return {name: str(value) for name, value in desk.fields(form).items() if name != "csrf"}


async def test_two_who_change_one_answer_see_both_versions_and_lose_none(console: Console) -> None:
    _, desk = console
    await desk.do("/knowledge/write", **ANSWER)
    path = f"/knowledge/write?id={desk.at.partition('?')[0].rpartition('/')[2]}"
    await desk.see(path)
    mine = given(desk, "main form")
    await desk.do("/knowledge/write", **(mine | {"text": "Yes, up to 30 letters."}))
    page = words(await desk.do("/knowledge/write", 409, **(mine | {"text": "No, not any more."})))
    assert "Somebody else saved in the meantime" in page
    assert "Yes, up to 30 letters." in page and "No, not any more." in page
    # "Go on editing mine" loses nothing, and "Save mine" then saves it.
    kept = given(desk, ".conflict-actions form")
    assert "No, not any more." in await desk.do("/knowledge/write", **kept, restore="1")
    assert "Saved. The assistant knows it now." in await desk.do("/knowledge/write", **kept, keep="mine")
    assert "No, not any more." in await desk.see(path)


async def test_a_new_answer_takes_nobodys_place_unseen(console: Console) -> None:
    _, desk = console
    await desk.see("/knowledge/write")
    mine = given(desk, "main form")
    await desk.do("/knowledge/write", **ANSWER)
    typed = ANSWER | {"text": "No.", "seen": mine["seen"]}
    page = words(await desk.do("/knowledge/write", 409, **typed))
    assert "Yes, up to 24 letters." in page and "No." in page
    # The same words again are no conflict: a form that was sent twice.
    assert "Saved." in await desk.do("/knowledge/write", **(typed | {"text": "Yes, up to 24 letters."}))


async def test_an_answer_that_somebody_deleted_is_not_lost_by_the_one_who_changes_it(console: Console) -> None:
    _, desk = console
    await desk.do("/knowledge/write", **ANSWER)
    id = desk.at.partition("?")[0].rpartition("/")[2]
    await desk.see(f"/knowledge/write?id={id}")
    mine = given(desk, "main form")
    await desk.do(f"/knowledge/{id}/delete")
    page = words(await desk.do("/knowledge/write", 409, **(mine | {"text": "Yes, and free."})))
    assert "Somebody deleted it." in page and "Yes, and free." in page
    kept = given(desk, ".conflict-actions form")
    assert "Saved." in await desk.do("/knowledge/write", **kept, keep="mine")
