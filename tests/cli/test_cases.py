"""`warmline cases`, and cases in the file of `apply` and `dump`."""

from __future__ import annotations

from pathlib import Path

from tests.cli.shop import WORKSPACE, Shop
from tests.flows.shop import HELP

CASES = """
[[cases]]
question = "How long may I return something that I bought?"
page = "https://shop.example/help/returns"
[[cases]]
question = "Do you rent out elephants?"
"""


async def test_cases_are_applied_run_dumped_and_applied_again(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "returns.md").write_text(HELP, encoding="utf-8")
    knowledge = f'[[knowledge]]\npath = "{tmp_path / "returns.md"}"\n'
    await shop.applied(WORKSPACE, knowledge, CASES)
    ran = await shop.run("cases", "run")
    assert "2 of 2 pass, 0 broke since" in ran.out, ran
    dumped = (await shop.run("dump")).out
    assert dumped.count("[[cases]]") == 2 and 'page = "https://shop.example/help/returns"' in dumped
    again = tmp_path / "again.toml"
    again.write_text(dumped, encoding="utf-8")
    assert "cases." not in (await shop.run("apply", str(again), "--dry-run")).out
    added = await shop.run("cases", "add", "May I pay by cheque?", "--nothing")
    assert added.code == 0
    assert "cases.May I pay by cheque?" in (await shop.run("apply", str(again), "--prune", "--dry-run")).out


async def test_a_case_that_fails_is_the_exit_code_and_a_page_that_is_not_there_is_refused(shop: Shop) -> None:
    await shop.applied(WORKSPACE)
    assert "No cases yet" in (await shop.run("cases", "list")).out
    refused = await shop.run("cases", "add", "Where?", "--page", "Nowhere")
    assert refused.code != 0 and "There is no page with this address or title." in refused.err
    await shop.applied(WORKSPACE, '[[cases]]\nquestion = "Where?"\npage = "Nowhere"\n')
    ran = await shop.run("cases", "run")
    assert ran.code == 1 and "gone" in ran.out and "0 of 1 pass" in ran.out
    id = ran.out.split()[1]
    assert (await shop.run("cases", "remove", id)).code == 0
    assert (await shop.run("cases", "remove", id)).code != 0
