"""How people come in: tokens, keys and links that live as long as they should and open one door only."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.fixtures.conversations import ANNA, DAY, HOUR, MINUTE, NOW, SECOND
from tests.store.conftest import ACME, OTHER_SHOP, add_visitor
from warmline.domain.visitor import Contact, EmailAddress, Identity, Proof
from warmline.domain.workspace import Role
from warmline.errors import Conflict, NotFound
from warmline.store.base import Store, Transaction
from warmline.store.people import Teammate

MARTA = EmailAddress("Marta@shop.example")


async def hire(store: Store, email: EmailAddress = MARTA, role: Role = Role.SUPPORT) -> Teammate:
    return await store.write(lambda tx: tx.add_teammate(ACME, email, "Marta", role, NOW))


# Visitors


async def test_a_visitor_comes_back_with_identity_and_address(store: Store) -> None:
    identity = Identity("shop-77", EmailAddress("Anna@example.com"), True, "Anna", "prof_1")

    def meet(tx: Transaction) -> None:
        visitor = tx.add_visitor(ACME, identity, "net", NOW)
        assert tx.visitor(visitor.id) == visitor
        tx.set_contact(visitor.id, ANNA)
        assert tx.visitor(visitor.id).contact == ANNA
        tx.set_contact(visitor.id, Contact(EmailAddress("b@c.pl"), Proof.VERIFIED))
        tx.identify(visitor.id, Identity("shop-78"))
        changed = tx.visitor(visitor.id)
        assert (changed.identity, changed.contact) == (
            Identity("shop-78"),
            Contact(EmailAddress("b@c.pl"), Proof.VERIFIED),
        )
        with pytest.raises(NotFound):
            tx.visitor(type(visitor.id)("vis_none"))

    await store.write(meet)


@pytest.mark.parametrize(
    ("age", "opens", "renews"),
    [
        (timedelta(0), True, True),
        (DAY - SECOND, True, True),
        (DAY, False, True),
        (15 * DAY - SECOND, False, True),
        (15 * DAY, False, False),
    ],
)
async def test_a_visitors_token_lives_a_day_and_renews_for_fourteen_more(
    store: Store, age: timedelta, opens: bool, renews: bool
) -> None:
    visitor = await store.write(add_visitor)
    token = await store.write(lambda tx: tx.give_token(visitor, NOW))
    assert await store.read(lambda tx: tx.visitor_by_token(token, NOW + age)) == (visitor if opens else None)
    renewing = await store.read(lambda tx: tx.visitor_by_token(token, NOW + age, renewing=True))
    assert renewing == (visitor if renews else None)


async def test_a_renewed_token_works_five_minutes_more_and_an_expired_one_is_not_revived(store: Store) -> None:
    visitor = await store.write(add_visitor)
    token = await store.write(lambda tx: tx.give_token(visitor, NOW))

    await store.write(lambda tx: tx.retire_token(token, NOW + HOUR))
    assert await store.read(lambda tx: tx.visitor_by_token(token, NOW + HOUR + 5 * MINUTE - SECOND)) == visitor
    assert await store.read(lambda tx: tx.visitor_by_token(token, NOW + HOUR + 5 * MINUTE)) is None
    assert await store.read(lambda tx: tx.visitor_by_token(token, NOW + HOUR + 5 * MINUTE, renewing=True)) is None
    old = await store.write(lambda tx: tx.give_token(visitor, NOW))
    await store.write(lambda tx: tx.retire_token(old, NOW + 2 * DAY))
    assert await store.read(lambda tx: tx.visitor_by_token(old, NOW + 2 * DAY)) is None


@pytest.mark.parametrize("token", ["", "wlv_", "wlv_x", "' OR 1=1 --", "\x00", "\ud800"])
async def test_an_unknown_token_opens_nothing(store: Store, token: str) -> None:
    visitor = await store.write(add_visitor)
    await store.write(lambda tx: tx.give_token(visitor, NOW))
    assert await store.read(lambda tx: tx.visitor_by_token(token, NOW)) is None
    assert await store.read(lambda tx: tx.key_holder(token)) is None
    assert await store.write(lambda tx: tx.use_link(token, "resume", NOW)) is None


async def test_no_secret_is_stored_as_it_is(store: Store) -> None:
    teammate = await hire(store)
    visitor = await store.write(add_visitor)

    def give(tx: Transaction) -> list[str]:
        return [
            tx.give_token(visitor, NOW),
            tx.add_key(teammate, ["inbox"], "bot", NOW),
            tx.add_link(ACME, "resume", "cnv_1", HOUR, 1, NOW),
        ]

    secrets = await store.write(give)
    assert len({secret[4:] for secret in secrets}) == 3
    for table in ("visitor_token", "api_key", "link"):
        stored = str(await store.read(lambda tx, t=table: tx.rows(f"SELECT * FROM {t}")))  # type: ignore[misc]  # noqa: S608
        assert not any(secret in stored for secret in secrets)


# Links


async def test_a_link_is_for_one_purpose_so_often_and_so_long(store: Store) -> None:
    def use(tx: Transaction) -> None:
        link = tx.add_link(ACME, "resume", "cnv_1", DAY, 2, NOW)
        assert tx.use_link(link, "invite", NOW) is None
        first = tx.use_link(link, "resume", NOW)
        assert first is not None
        assert (first["subject"], first["workspace"], first["uses_left"]) == ("cnv_1", ACME, 1)
        assert tx.use_link(link, "resume", NOW + DAY) is None, "too old"
        assert tx.use_link(link, "resume", NOW + DAY - SECOND) is not None
        assert tx.use_link(link, "resume", NOW) is None, "used up"

    await store.write(use)


# Teammates


async def test_an_address_is_one_teammate_of_a_shop_however_it_is_spelt(store: Store) -> None:
    marta = await hire(store)
    with pytest.raises(Conflict) as caught:
        await hire(store, EmailAddress("MARTA@shop.example"))
    assert caught.value.code == "exists"
    assert await store.read(lambda tx: tx.teammate_by_email(ACME, EmailAddress("mARTA@shop.example"))) == marta
    assert await store.read(lambda tx: tx.teammate_by_email(OTHER_SHOP, MARTA)) is None
    twin = await store.write(lambda tx: tx.add_teammate(OTHER_SHOP, MARTA, "Marta", Role.OWNER, NOW))
    assert await store.read(lambda tx: tx.teammates(ACME)) == [marta]
    assert await store.read(lambda tx: tx.teammates(OTHER_SHOP)) == [twin]
    await store.write(lambda tx: tx.change_teammate(marta.id, "Marta Nowak", Role.ADMIN))
    [changed] = await store.read(lambda tx: tx.teammates(ACME))
    assert (changed.name, changed.role) == ("Marta Nowak", Role.ADMIN)


@pytest.mark.parametrize(
    ("role", "until", "available"),
    [
        (Role.SUPPORT, HOUR, True),
        (Role.OWNER, SECOND, True),
        (Role.SUPPORT, timedelta(0), False),
        (Role.SUPPORT, None, False),
        (Role.ANALYST, HOUR, False),
    ],
)
async def test_somebody_is_available_who_says_so_and_may_answer(
    store: Store, role: Role, until: timedelta | None, available: bool
) -> None:
    marta = await hire(store, role=role)
    await store.write(lambda tx: tx.set_available(marta.id, NOW + until if until is not None else None))
    assert await store.read(lambda tx: tx.anyone_available(ACME, NOW)) is available
    assert not await store.read(lambda tx: tx.anyone_available(OTHER_SHOP, NOW))


async def test_a_key_speaks_for_its_teammate_until_it_is_revoked(store: Store) -> None:
    marta = await hire(store)
    key = await store.write(lambda tx: tx.add_key(marta, ["knowledge", "inbox"], "bot", NOW))
    holder = await store.read(lambda tx: tx.key_holder(key))
    assert holder is not None
    assert (holder.teammate, holder.scopes) == (marta, frozenset({"inbox", "knowledge"}))
    with pytest.raises(NotFound):
        await store.write(lambda tx: tx.revoke_key(OTHER_SHOP, holder.key_id, NOW))
    assert await store.read(lambda tx: tx.keys(OTHER_SHOP)) == []
    await store.write(lambda tx: tx.revoke_key(ACME, holder.key_id, NOW))
    assert await store.read(lambda tx: tx.key_holder(key)) is None
    with pytest.raises(NotFound):
        await store.write(lambda tx: tx.revoke_key(ACME, holder.key_id, NOW))


async def test_keys_and_invitations_end_with_their_teammate(store: Store) -> None:
    marta = await hire(store)
    jan = await hire(store, EmailAddress("jan@shop.example"))
    key = await store.write(lambda tx: tx.add_key(marta, [], "bot", NOW))
    other = await store.write(lambda tx: tx.add_key(jan, [], "bot", NOW))
    link = await store.write(lambda tx: tx.add_link(ACME, "invite", marta.id, DAY, 1, NOW))
    await store.write(lambda tx: tx.remove_teammate(OTHER_SHOP, marta.id))
    assert await store.read(lambda tx: tx.key_holder(key)) is not None, "another shop removes nobody here"
    await store.write(lambda tx: tx.remove_teammate(ACME, marta.id))
    assert await store.read(lambda tx: tx.key_holder(key)) is None
    assert await store.write(lambda tx: tx.use_link(link, "invite", NOW)) is None
    assert await store.read(lambda tx: tx.key_holder(other)) is not None
    assert await store.read(lambda tx: tx.teammates(ACME)) == [jan]
