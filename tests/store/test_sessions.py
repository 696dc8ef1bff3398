"""Sessions end when they should, and guesses are counted by the minute."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fixtures.conversations import DAY, HOUR, MINUTE, NOW, SECOND
from tests.store.conftest import ACME, OTHER_SHOP
from tests.store.test_people import hire
from warmline.domain.visitor import EmailAddress
from warmline.domain.workspace import Role
from warmline.store.base import Store, Transaction
from warmline.store.deliveries import Record


@pytest.mark.parametrize(
    ("unused", "open_for", "lives"),
    [
        (12 * HOUR - SECOND, 12 * HOUR, True),
        (12 * HOUR, 12 * HOUR, False),
        (HOUR, 7 * DAY - SECOND, True),
        (HOUR, 7 * DAY, False),
    ],
)
async def test_a_session_lives_for_twelve_idle_hours_and_a_week(
    store: Store, unused: timedelta, open_for: timedelta, lives: bool
) -> None:
    marta = await hire(store)

    def check(tx: Transaction) -> bool:
        value = tx.open_session(marta, (), NOW)
        tx.touch_session(value, NOW + open_for - unused)
        return tx.session(value, NOW + open_for) is not None

    assert await store.write(check) is lives


async def test_a_session_says_who_and_where_else(store: Store) -> None:
    marta = await hire(store)
    other = await store.write(
        lambda tx: tx.add_teammate(OTHER_SHOP, EmailAddress("marta@shop.example"), "M", Role.OWNER, NOW)
    )

    def check(tx: Transaction) -> None:
        value = tx.open_session(marta, [other.id], NOW)
        session = tx.session(value, NOW)
        assert session and (session.teammate, session.also) == (marta, (other.id,))
        assert tx.session(value.upper(), NOW) is None and tx.session("", NOW) is None
        assert not session.is_stale(NOW + 5 * MINUTE) and session.is_stale(NOW + 6 * MINUTE)
        assert [each.teammate.id for each in tx.candidates("marta@shop.example", None, 4)] == sorted(
            [marta.id, other.id]
        )
        assert [each.teammate.id for each in tx.candidates("marta@shop.example", "other", 4)] == [other.id]

    await store.write(check)


@pytest.mark.parametrize("end", ["sign out", "everywhere", "role", "password", "removed"])
async def test_a_session_ends(store: Store, end: str) -> None:
    marta = await hire(store)

    def check(tx: Transaction) -> None:
        value, second = (tx.open_session(marta, (), NOW) for _ in range(2))
        tx.change_teammate(marta.id, "Marta Nowak", marta.role)
        assert tx.session(value, NOW), "another name ends nothing"
        match end:
            case "sign out":
                tx.end_session(value)
            case "everywhere":
                tx.end_sessions(marta.id)
            case "role":
                tx.change_teammate(marta.id, marta.name, Role.OWNER)
            case "password":
                tx.set_password(marta.id, "hash")
            case _:
                tx.remove_teammate(ACME, marta.id)
        assert tx.session(value, NOW) is None
        assert (tx.session(second, NOW) is not None) == (end == "sign out")

    await store.write(check)


async def test_a_password_ends_the_links_that_would_set_another(store: Store) -> None:
    marta = await hire(store)

    def check(tx: Transaction) -> None:
        link = tx.add_link(ACME, "reset", marta.id, HOUR, 1, NOW)
        assert tx.link(link, "reset", NOW) and not tx.link(link, "invite", NOW) and not tx.anyone_has_password()
        tx.set_password(marta.id, "hash")
        assert tx.link(link, "reset", NOW) is None and tx.use_link(link, "reset", NOW) is None
        assert (
            tx.anyone_has_password() and tx.have_password(ACME) == {marta.id} and tx.have_password(OTHER_SHOP) == set()
        )

    await store.write(check)


async def test_tries_are_counted_by_the_minute(store: Store) -> None:
    def check(tx: Transaction) -> None:
        assert [tx.count_try("a", NOW) for _ in range(3)] == [1, 2, 3]
        assert (tx.tries("a", NOW), tx.tries("b", NOW), tx.tries("a", NOW + MINUTE)) == (3, 0, 0)
        assert tx.count_try("a", NOW + MINUTE) == 1
        tx.forget_tries("a")
        assert tx.tries("a", NOW + MINUTE) == 0

    await store.write(check)


async def test_a_connection_that_never_did_anything_has_no_record(store: Store) -> None:
    assert await store.read(lambda tx: tx.record_of(ACME, "zendesk")) == Record(None, None, None)
    assert await store.read(lambda tx: tx.queue_length(ACME)) == 0
