"""Does S1 find what is wrong? Each bug here was, or could be, one of ours; the lives of `lives.py` must run into it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.lives import Lives
from warmline.actions import answer_visitor, deliver_ticket, receive_message
from warmline.domain.effect import OwedEffect
from warmline.errors import Conflict
from warmline.store.base import Transaction, key_for
from warmline.store.effects import Effects

LIVES, STEPS = 200, 50
Plant = Callable[[pytest.MonkeyPatch], None]


def no_look_up(plant: pytest.MonkeyPatch) -> None:
    async def nothing(*_: object) -> None:
        """As if the vendor had been asked."""

    plant.setattr(deliver_ticket, "_look_up", nothing)


def a_look_up_too_early(plant: pytest.MonkeyPatch) -> None:
    def at_once(attempt_at: datetime, *_: object) -> datetime:
        return attempt_at

    plant.setattr(deliver_ticket, "look_up_due", at_once)


def a_second_text_for_one_id(plant: pytest.MonkeyPatch) -> None:
    receive = receive_message._receive

    def careless(tx: Transaction, visitor: Any, id: Any, text: str, client_id: str, mail: bool, now: datetime) -> Any:
        try:
            return receive(tx, visitor, id, text, client_id, mail, now)
        except Conflict:
            said = tx.find_said(id, key_for(None, client_id))
            if said is None:
                raise
            return said.seq, False

    plant.setattr(receive_message, "_receive", careless)


def a_silent_failure(plant: pytest.MonkeyPatch) -> None:
    speak = answer_visitor._speak

    def silent(tx: Transaction, app: Any, effect: OwedEffect, reading: Any, thought: Any) -> bool:
        failed = thought is not None and thought.trace.get("verdict") == "failure"
        return tx.finish(effect) and False if failed else speak(tx, app, effect, reading, thought)

    plant.setattr(answer_visitor, "_speak", silent)


def a_fence_that_nobody_checks(plant: pytest.MonkeyPatch) -> None:
    def change(self: Any, effect: OwedEffect, changes: str, **values: Any) -> bool:
        statement = f"UPDATE effect SET {changes} WHERE id = :id AND state = 'pending'"  # noqa: S608 our own
        return bool(self.run(statement, id=effect.id, **values) == 1)

    def ours(self: Any, effect: OwedEffect) -> bool:
        return self.row("SELECT 1 AS ours FROM effect WHERE id = :id AND state = 'pending'", id=effect.id) is not None

    plant.setattr(Effects, "_change", change)
    plant.setattr(Effects, "still_ours", ours)


def an_attempt_that_a_crash_forgets(plant: pytest.MonkeyPatch) -> None:
    def let_go_of_all(self: Any, now: datetime) -> int:
        statement = (
            "UPDATE effect SET lease_owner = NULL, lease_until = NULL, attempt = 'none'"
            " WHERE state = 'pending' AND lease_owner IS NOT NULL"
        )
        return int(self.run(statement))

    plant.setattr(Effects, "let_go_of_all", let_go_of_all)


def a_refused_ticket_that_is_dropped(plant: pytest.MonkeyPatch) -> None:
    plant.setattr(deliver_ticket, "_stick", lambda tx, held, why, now: tx.finish(held))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("bug", "guarantee"),
    [
        (no_look_up, "G5"),
        (a_look_up_too_early, "G5"),
        (a_second_text_for_one_id, "G2"),
        (a_silent_failure, "G7"),
        (a_fence_that_nobody_checks, "G5"),
        (an_attempt_that_a_crash_forgets, "G5"),
        (a_refused_ticket_that_is_dropped, "G6"),
    ],
)
def test_s1_finds_a_planted_bug(bug: Plant, guarantee: str, monkeypatch: pytest.MonkeyPatch) -> None:
    bug(monkeypatch)
    began = time.monotonic()
    with pytest.raises(AssertionError, match=guarantee):
        run_state_machine_as_test(Lives, settings=_until_found())
    print(f"{bug.__name__}: found in {time.monotonic() - began:.1f} s")


def _until_found() -> settings:
    """The first that is found will do: nothing is kept, nothing is made smaller."""
    return settings(
        max_examples=LIVES,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
