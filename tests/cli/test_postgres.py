"""The same commands where the data is in PostgreSQL."""

from __future__ import annotations

import pytest

from tests.cli.shop import OWNER, TO_ZENDESK, WORKSPACE, ZENDESK, Chat, Shop
from tests.cli.test_apply import WHOLE
from tests.fixtures.postgres import fresh_postgres_url, postgres_url

__all__ = ["fresh_postgres_url", "postgres_url"]

pytestmark = pytest.mark.xdist_group("postgres")


async def test_apply_dump_report_and_doctor(shop: Shop, fresh_postgres_url: str) -> None:
    shop.env["WARMLINE_DATABASE_URL"] = fresh_postgres_url
    await shop.applied(WHOLE, OWNER)
    text = (await shop.run("dump")).out
    assert (await shop.applied(text))["changes"] == []
    await shop.applied(WORKSPACE, TO_ZENDESK, ZENDESK)
    async with shop.machine() as machine:
        await (await Chat.begin(machine.app)).hand_off()
    said = await shop.apply(WORKSPACE)
    assert (said.code, said.json["field"]) == (1, "helpdesks.zendesk")
    assert (await shop.run("report", "--json")).json["handoffs"]["accepted"]["count"] == 1
    assert (await shop.run("migrate", "--json")).json["migration"] >= 1
    doctor = await shop.run("doctor", "--json", "--patience", "2")
    assert doctor.code == 0, doctor.out
