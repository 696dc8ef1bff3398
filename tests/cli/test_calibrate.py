"""`warmline calibrate`."""

from __future__ import annotations

import pytest

from tests.cli.shop import WORKSPACE, Shop
from warmline.domain.sureness import Judged, cut_for


async def test_it_says_from_how_many_judged_answers_on_the_cut_moves(shop: Shop) -> None:
    await shop.applied(WORKSPACE)
    said = await shop.run("calibrate")
    assert said.code == 0
    assert "Judge 50 more answers (console: Settings, Answers): 50 in all." in said.out
    assert "They move the cut as soon as 20 of them had a probability of 50% or more" in said.out


@pytest.mark.parametrize(("judged", "moves"), [(19, False), (20, True)])
def test_it_is_so(judged: int, moves: bool) -> None:
    unsure = [Judged(0.4, right=False)] * 10
    assert (cut_for(0.9, [*unsure, *[Judged(0.5, right=True)] * judged]) != 0.9) is moves
