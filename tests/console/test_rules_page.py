"""Settings → Rules: list, add, edit, order, delete, try a message."""

from __future__ import annotations

from pathlib import Path

from tests.console.browser import Visit, a_console, a_desk, words
from warmline.domain.ids import WorkspaceId
from warmline.domain.rules import Action, Rule
from warmline.domain.workspace import Role

ACME = WorkspaceId("acme")
LAWYERS = {"name": "lawyers", "action": "hand_off", "phrases": "my lawyer\nodszkodowanie"}


async def stored(desk: Visit) -> tuple[Rule, ...]:
    return (await desk.house.machine.app.store.read(lambda tx: tx.workspace(ACME))).rules


async def mark(desk: Visit, path: str = "/settings/rules/edit") -> str:
    return (await desk.see(path)).partition('name="seen" value="')[2].partition('"')[0]


async def save(desk: Visit, fields: dict[str, str], status: int = 200) -> str:
    given = fields | {"seen": await mark(desk)}
    return await desk.do("/settings/rules/edit", status, None, **given)


async def test_a_rule_is_added_changed_and_deleted(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (_, desk):
        assert "There are no rules yet." in words(await desk.see("/settings/rules"))
        page = words(await save(desk, LAWYERS))
        assert "Saved." in page and "Phrases: “ my lawyer ”, “ odszkodowanie ”" in page
        assert await stored(desk) == (Rule("lawyers", Action.HAND_OFF, ("my lawyer", "odszkodowanie")),)
        changed = {**LAWYERS, "name": "Law & order!", "about": "A shopper means to sue", "languages": "EN, pl"}
        await save(desk, {**changed, "old": "lawyers"})
        wanted = Rule(
            "law_order",
            Action.HAND_OFF,
            ("my lawyer", "odszkodowanie"),
            (),
            ("en", "pl"),
            about="A shopper means to sue",
        )
        assert await stored(desk) == (wanted,)
        page = await desk.see("/settings/rules/edit?name=law_order")
        assert "none is set up: until then it applies to nobody" in words(page)
        await desk.do("/settings/rules/delete", seen=await mark(desk), name="law_order")
        assert await stored(desk) == ()
        await desk.do("/settings/rules/delete", seen=await mark(desk), name="law_order")
        await desk.see("/settings/rules/edit?name=law_order", 404)


async def test_the_order_is_kept_for_the_first_of_two_counts(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (_, desk):
        for name in ("zebra", "apple", "melon"):
            await save(desk, {"name": name, "action": "suppress", "phrases": name})
        assert [each.name for each in await stored(desk)] == ["zebra", "apple", "melon"]
        before = await mark(desk)
        await desk.do("/settings/rules/move", seen=before, name="melon", way="up")
        assert [each.name for each in await stored(desk)] == ["zebra", "melon", "apple"]
        page = words(await desk.do("/settings/rules/move", seen=before, name="melon", way="up"))
        assert "Somebody else saved in the meantime" in page
        for _ in range(3):
            await desk.do("/settings/rules/move", seen=await mark(desk), name="melon", way="up")
        assert [each.name for each in await stored(desk)] == ["melon", "zebra", "apple"]
        await desk.do("/settings/rules/move", seen=await mark(desk), name="melon", way="down")
        assert [each.name for each in await stored(desk)] == ["zebra", "melon", "apple"]
        await desk.do("/settings/rules/move", 404, seen=await mark(desk), name="grape", way="down")


async def test_what_is_wrong_is_said_beside_its_field_and_saves_nothing(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (_, desk):
        await save(desk, LAWYERS)
        wrong = {
            "Give the rule a name.": {"name": ""},
            "Use letters and digits of the Latin alphabet.": {"name": "правила"},
            "Another rule has this name.": {"name": "lawyers"},
            "Choose what the rule does.": {"action": "explode"},
            "without them the rule never applies": {"phrases": ""},
            "holds no letter or digit": {"phrases": "?!"},
            "At most 200 lines of 200 characters fit.": {"examples": "x" * 201},
            "At most 300 characters fit here.": {"about": "x" * 301},
            "“english” is no language": {"languages": "english"},
            "Choose where its handoffs go": {"action": "route"},
            "A tag takes lower-case letters": {"action": "route", "tag": "Bad Tag"},
            "zendesk is not connected": {"action": "route", "helpdesk": "zendesk"},
        }
        for said, fields in wrong.items():
            page = await save(desk, {**LAWYERS, "name": "other"} | fields, 422)
            assert said in words(page), said
        assert len(await stored(desk)) == 1


async def test_what_somebody_else_saved_is_not_written_over(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (_, desk):
        before = await mark(desk)
        await save(desk, LAWYERS)
        fields = {"name": "jobs", "action": "suppress", "examples": "Are you hiring?"}
        page = await desk.do("/settings/rules/edit", 409, None, **fields, seen=before)
        assert "Somebody else saved" in words(page) and "Are you hiring?" in page
        again = page.partition('name="seen" value="')[2].partition('"')[0]
        await desk.do("/settings/rules/edit", 200, None, **fields, seen=again)
        assert [each.name for each in await stored(desk)] == ["lawyers", "jobs"]


async def test_a_message_is_tried_on_them(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (_, desk):
        await save(desk, LAWYERS)
        await save(desk, {"name": "weddings", "action": "hand_off", "about": "The order is for a wedding"})
        tried = words(await desk.do("/settings/rules/try", message="What would my lawyer <b>say</b>?"))
        assert "lawyers Offer a person instead of an answer" in tried
        assert "Rules in words were not read: no language model is set up." in tried
        assert "No rule applies" in words(await desk.do("/settings/rules/try", message="Where is my parcel?"))
        assert "self-harm" in words(await desk.do("/settings/rules/try", message="I want to kill myself"))
        wish = words(await desk.do("/settings/rules/try", message="I want to talk to a human"))
        assert "It is honoured, whatever the rules say." in wish
        assert "Write what a shopper might write." in words(await desk.do("/settings/rules/try", 422, message=" "))
        assert not await desk.house.machine.app.store.read(lambda tx: tx.rows("SELECT * FROM turn"))


async def test_the_page_speaks_polish(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, desk):
        await save(desk, LAWYERS)
        async with a_desk(house, Role.MANAGER, "Iga", "pl") as iga:
            page = words(await iga.see("/settings/rules"))
            assert "Zaproponuj człowieka zamiast odpowiedzi" in page and "Wypróbuj wiadomość" in page
            assert "Kiedy działa" in words(await iga.see("/settings/rules/edit?name=lawyers"))


async def test_in_polish_a_rule_has_a_name_and_phrases_and_a_missing_one_is_said(tmp_path: Path) -> None:
    async with a_console(tmp_path / "data") as (house, _), a_desk(house, lang="pl") as desk:
        page = words(await desk.see("/settings/rules/edit"))
        assert "Nazwa reguły" in page and "Frazy" in page and "Imię" not in page and "Zwroty" not in page
        await save(desk, LAWYERS)
        assert "Frazy: „ my lawyer ”, „ odszkodowanie ”" in words(await desk.see("/settings/rules"))
        assert "Nie ma takiej reguły." in words(await desk.see("/settings/rules/edit?name=gone", 404))
